"""Takes the entries of references out of each kind of file: LEVIR-CC's, a mapping, COCO's, rows, a data set folder."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deltascribe.datasets import SPLITS, ChangeDataset, open_dataset
from deltascribe.datasets.caption_json import parse_split, read_caption_json
from deltascribe.errors import CaptionFileError, DatasetNotFoundError
from deltascribe.evaluation.reading.json_text import RepeatedKeys
from deltascribe.evaluation.reading.predictions import clean_name, flag_of
from deltascribe.evaluation.reading.rows import REFERENCE_KEYS, Content, Row, entries_of, name_of
from deltascribe.evaluation.reading.troubles import MOST_WORDS, Kind, Troubles, is_text, shown
from deltascribe.text import tokenize

_PREFIX = re.compile(r"(train|val|test)_")


@dataclass(frozen=True)
class ReferenceEntry:
    """The references of one pair as a file has them.

    Attributes:
        name: name of the pair.
        where: its place in the file.
        sentences: its references; () where they are at fault.
        changed: the file's flag; None without one.
        split: train, val or test; None where the file does not say.
        alias: another name of the pair.
        caption_source: who wrote the sentences, as in `ChangeRecord`; people, where the file does not say.
    """

    name: str
    where: str
    sentences: tuple[str, ...]
    changed: bool | None
    split: str | None
    alias: str | None = None
    caption_source: str = "human"


def from_folder(path: Path, split: str | None) -> tuple[str, list[ReferenceEntry]]:
    """Title and entries of a data set folder; of `split` alone where the images of another split are not there.

    Raises:
        DatasetError: the folder is no data set, or its caption file is not valid.
    """
    dataset: ChangeDataset
    try:
        dataset = open_dataset(path)
    except DatasetNotFoundError:  # perhaps only the images of the split at hand were fetched
        known = next((name for name in SPLITS if name == split), None)
        if known is None:
            raise
        dataset = open_dataset(path, known)
    return dataset.format.title, [
        ReferenceEntry(record.name, "the data set", record.captions, record.changed, record.split, caption_source=record.caption_source)
        for record in dataset.records
    ]


def from_content(content: Content, path: Path, troubles: Troubles) -> tuple[str, list[ReferenceEntry]]:
    """Name of the layout and entries of a file; what is wrong with single entries goes to `troubles`.

    Raises:
        CaptionFileError: a caption file of LEVIR-CC's kind is not valid.
    """
    document = content.mapping
    if document is not None and isinstance(document.get("images"), list):
        if isinstance(document, RepeatedKeys):
            raise CaptionFileError(f"{path}: the field {shown(document.repeated[0])} occurs twice. Keep one of them.")
        if isinstance(document.get("annotations"), list):
            return "COCO annotations", _with_prefixes(_from_coco(document, troubles))
        return "LEVIR-CC captions", _from_levir(path)
    if document is not None:
        rows = [Row(f"entry {number}", {"name": name, "references": value}) for number, (name, value) in enumerate(entries_of(document), 1)]
        return "JSON of name to sentences", _with_prefixes(_from_rows(rows, troubles))
    if content.layout == "JSON" and content.rows and all("filename" in row.values and "sentences" in row.values for row in content.rows):
        return "LEVIR-CC captions", _from_levir(path)
    return f"{content.layout} with references", _from_rows(content.rows, troubles)


def _from_levir(path: Path) -> list[ReferenceEntry]:
    return [
        ReferenceEntry(entry.name, f"entry {number}", entry.captions, entry.changed, entry.split, caption_source=entry.caption_source)
        for number, entry in enumerate(read_caption_json(path), 1)
    ]


def _from_rows(rows: Iterable[Row], troubles: Troubles) -> list[ReferenceEntry]:
    entries = []
    for row in rows:
        name = clean_name(name_of(row))
        if name is None:
            troubles.add(Kind.NO_NAME, row.where)
            continue
        value = next((row.values[key] for key in REFERENCE_KEYS if key in row.values), None)
        where = f"{shown(name)} ({row.where})"
        sentences = _sentences(value, where, troubles)
        entries.append(ReferenceEntry(name, row.where, sentences, _flag(row.values, where, troubles), _split(row.values, where, troubles)))
    return entries


def _from_coco(document: dict[str, Any], troubles: Troubles) -> list[ReferenceEntry]:
    images: dict[str, tuple[str, dict[str, Any], list[Any]]] = {}
    for number, image in enumerate(document["images"], 1):
        number_of = clean_name(image.get("id")) if isinstance(image, dict) else None
        name = clean_name(image.get("file_name")) or number_of if isinstance(image, dict) else None
        if number_of is None or name is None:
            troubles.add(Kind.NO_NAME, f"image {number} (no id)")
        elif number_of in images:
            troubles.add(Kind.DOUBLED, f"{shown(number_of)} (the id of two images)")
        else:
            images[number_of] = (name, image, [])
    for number, annotation in enumerate(document["annotations"], 1):
        target = clean_name(annotation.get("image_id")) if isinstance(annotation, dict) else None
        if target not in images:
            troubles.add(Kind.NO_IMAGE, f"annotation {number} (image_id {shown(target)})")
        else:
            images[target][2].append(annotation.get("caption"))
    return [
        ReferenceEntry(
            name,
            f"image {key}",
            _sentences(captions, f"{shown(name)} (image {shown(key)})", troubles),
            _flag(image, shown(name), troubles),
            _split(image, shown(name), troubles),
            alias=key if key != name else None,
        )
        for key, (name, image, captions) in images.items()
    ]


def _sentences(value: object, where: str, troubles: Troubles) -> tuple[str, ...]:
    """The sentences of a pair; also as `[{"caption": ...}]` or `[{"raw": ...}]`. () for what is at fault, which goes to `troubles`."""
    items = value if isinstance(value, list) else []
    texts = [next((item[key] for key in ("caption", "raw") if key in item), None) if isinstance(item, dict) else item for item in items]
    good = [text for text in texts if is_text(text) and tokenize(text) and len(text.split()) <= MOST_WORDS]
    if texts and len(good) == len(texts):
        return tuple(good)
    reason = (
        f"{len(texts) - len(good)} of {len(texts)} sentences without a word, no text, or of more than {MOST_WORDS} words"
        if texts
        else "no list of sentences"
        if value
        else "none"
    )
    troubles.add(Kind.NO_REFERENCES, f"{where}: {reason}")
    return ()


def _split(values: dict[str, Any], where: str, troubles: Troubles) -> str | None:
    if values.get("split") is None:
        return None
    try:
        return parse_split(values["split"], where)
    except CaptionFileError:
        troubles.add(Kind.NO_SPLIT, f"{where}: {shown(values['split'])}")
        return None


def _flag(values: dict[str, Any], where: str, troubles: Troubles) -> bool | None:
    given = next((values[key] for key in ("changeflag", "changed") if values.get(key) is not None), None)
    if given is None:
        return None
    flag = flag_of(given)
    if flag is None:
        troubles.add(Kind.NO_FLAG, f"{where}: {shown(given)}")
    return flag


def _with_prefixes(entries: list[ReferenceEntry]) -> list[ReferenceEntry]:
    """Splits by the beginning of the names, if all names have one and no entry states a split itself."""
    found = [_PREFIX.match(entry.name) for entry in entries]
    if not all(found) or any(entry.split is not None for entry in entries):
        return entries
    return [replace(entry, split=match[1]) for entry, match in zip(entries, found, strict=True) if match is not None]
