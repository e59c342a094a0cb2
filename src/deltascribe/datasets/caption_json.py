"""Reads caption files of the LEVIR-CC kind: `{"images": [{filename, split, sentences: [{tokens, raw}]}]}`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from deltascribe.datasets.sample import Split
from deltascribe.errors import CaptionFileError, DatasetNotFoundError
from deltascribe.text import is_no_change

_SPLIT_NAMES: dict[str, Split] = {"train": "train", "val": "val", "test": "test", "validation": "val", "valid": "val"}
_FINAL_STOP = re.compile(r"\s*\.\s*$")


@dataclass(frozen=True)
class CaptionEntry:
    """One pair as its caption file describes it.

    Attributes:
        folder: folder of the pair, `filepath` in the file; the split where the file does not say.
        filename: file name of both images.
        split, captions, changed, caption_source, quality: as in `ChangeRecord`.
        ground: as in `ChangeRecord`; "" where the file says that it is unknown, None where it does not say.
        mask_known: whether a mask exists; None where the file does not say.
    """

    folder: str
    filename: str
    split: Split
    captions: tuple[str, ...]
    changed: bool
    ground: str | None = None
    caption_source: str = "human"
    quality: str = ""
    mask_known: bool | None = None

    @property
    def name(self) -> str:
        """Name of the pair: the file name without its ending."""
        return PurePosixPath(self.filename).stem


def read_caption_json(
    path: Path, *, split: Split | None = None, no_change: Callable[[Iterable[str]], bool] = is_no_change
) -> list[CaptionEntry]:
    """Reads a caption file.

    A sentence is its `tokens` joined by spaces; where there are none, `raw` without its final full stop.
    Empty sentences are left out. `changeflag` is absent in the oldest files; it is then derived from the sentences.

    Args:
        path: the JSON file.
        split: the split of all entries, for data sets with a file a split; None: each entry says its own.
        no_change: tells from the sentences of a pair whether they say that nothing changed; used where `changeflag` is absent.

    Raises:
        DatasetNotFoundError: no such file.
        CaptionFileError: not JSON, or an entry lacks a field or has a wrong one; the message gives the entry's position.
    """
    entries = []
    for position, item in enumerate(_load_images(path)):
        where = f"{path}, entry {position}"
        if not isinstance(item, dict):
            raise CaptionFileError(f"{where}: expected an object with filename and sentences, found {type(item).__name__}.")
        entries.append(_parse_entry(item, where, split, no_change))
    return entries


def parse_split(value: object, where: str) -> Split:
    """`train`, `val` or `test` (`validation` and `valid` are taken as `val`).

    Raises:
        CaptionFileError: anything else.
    """
    found = _SPLIT_NAMES.get(str(value).strip().lower())
    if found is None:
        raise CaptionFileError(f"{where}: split {value!r} is not one of train, val, test. Correct it in the caption file.")
    return found


def parse_flag(value: object, where: str) -> bool:
    """A yes/no value as JSON or CSV files hold it: true, 1, "1" or "yes"; false, 0, "0" or "no".

    Raises:
        CaptionFileError: anything else.
    """
    text = str(value).strip().lower()
    if text in ("1", "true", "yes"):
        return True
    if text in ("0", "false", "no"):
        return False
    raise CaptionFileError(f"{where}: {value!r} is neither 0 nor 1. Correct it in the caption file.")


def _load_images(path: Path) -> list[Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise DatasetNotFoundError(f"The caption file {path} is missing.") from error
    except json.JSONDecodeError as error:
        raise CaptionFileError(
            f"{path} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}. Fetch the file again or correct it."
        ) from error
    except UnicodeDecodeError as error:
        raise CaptionFileError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start}). Save it as UTF-8.") from error
    images = document.get("images") if isinstance(document, dict) else document
    if not isinstance(images, list):
        raise CaptionFileError(f'{path} has no list "images". Expected is the schema of LEVIR-CC: {{"images": [...]}}.')
    return images


def _parse_entry(item: Mapping[str, Any], where: str, split: Split | None, no_change: Callable[[Iterable[str]], bool]) -> CaptionEntry:
    filename = item.get("filename")
    if not isinstance(filename, str) or not filename:
        raise CaptionFileError(f"{where}: the field filename is missing or empty.")
    where = f"{where} ({filename})"
    if PurePosixPath(filename).name != filename or "\\" in filename:
        raise CaptionFileError(f"{where}: filename must be a bare file name without folders.")
    captions = _parse_sentences(item.get("sentences"), where)
    if split is None:
        if item.get("split", item.get("filepath")) is None:
            raise CaptionFileError(f"{where}: the field split is missing.")
        own_split = parse_split(item.get("split", item.get("filepath")), where)
    else:
        own_split = split
    flag = item.get("changeflag")
    known = item.get("mask_known")
    return CaptionEntry(
        folder=_parse_folder(item.get("filepath"), own_split, where),
        filename=filename,
        split=own_split,
        captions=captions,
        changed=not no_change(captions) if flag is None else parse_flag(flag, f"{where}, changeflag"),
        ground=str(item["ground"] or "") if "ground" in item else None,
        caption_source=str(item.get("caption_source") or "human"),
        quality=str(item.get("quality") or ""),
        mask_known=None if known is None else parse_flag(known, f"{where}, mask_known"),
    )


def _parse_folder(value: object, split: Split, where: str) -> str:
    if value is None or value == "":
        return split
    folder = PurePosixPath(str(value))
    if folder.is_absolute() or ".." in folder.parts:
        raise CaptionFileError(f"{where}: filepath {value!r} must lie inside the data set.")
    return str(folder)


def _parse_sentences(sentences: object, where: str) -> tuple[str, ...]:
    if not isinstance(sentences, list):
        raise CaptionFileError(f"{where}: the field sentences is missing or not a list.")
    captions = []
    for number, sentence in enumerate(sentences):
        if not isinstance(sentence, dict) or ("tokens" not in sentence and "raw" not in sentence):
            raise CaptionFileError(f"{where}: sentence {number} has neither tokens nor raw.")
        tokens = sentence.get("tokens")
        if tokens is not None and not (isinstance(tokens, list) and all(isinstance(token, str) for token in tokens)):
            raise CaptionFileError(f"{where}: the tokens of sentence {number} are not a list of words.")
        raw = str(sentence.get("raw") or "")
        caption = " ".join(tokens).strip() if tokens else _FINAL_STOP.sub("", raw.strip())
        if caption:
            captions.append(caption)
    if not captions:
        raise CaptionFileError(f"{where}: no sentence holds any word. Give the pair a caption or remove the entry.")
    return tuple(captions)
