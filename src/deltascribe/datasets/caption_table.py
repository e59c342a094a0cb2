"""Reads the caption file of one's own data: `captions.csv` or `captions.jsonl`, one row a caption."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from deltascribe.datasets.caption_json import parse_flag, parse_split
from deltascribe.datasets.sample import Split
from deltascribe.errors import CaptionFileError

CAPTION_FILES = ("captions.csv", "captions.jsonl")
COLUMNS = ("name", "split", "caption", "changed", "ground", "caption_source", "quality")


T = TypeVar("T")


@dataclass
class CaptionedName:
    """All rows of one pair, joined. None and "" stand for what no row says."""

    name: str
    captions: list[str] = field(default_factory=list)
    split: Split | None = None
    changed: bool | None = None
    ground: str | None = None
    caption_source: str = ""
    quality: str = ""


def read_caption_table(path: Path) -> dict[str, CaptionedName]:
    """Reads a caption table.

    The columns `name` and `caption` are needed; `split`, `changed`, `ground`, `caption_source` and `quality` are optional and may be empty.
    Rows of one name are joined and may not contradict each other. A JSONL row may hold a list `captions` instead of `caption`.

    Returns:
        Name to what its rows say, in the order of the file.

    Raises:
        CaptionFileError: the file cannot be parsed, or a row lacks a field or contradicts another; the message gives the line.
    """
    pairs: dict[str, CaptionedName] = {}
    try:
        for line, row in _rows_of_csv(path) if path.suffix == ".csv" else _rows_of_jsonl(path):
            where = f"{path}, line {line}"
            name = _text(row.get("name"))
            if not name:
                raise CaptionFileError(f"{where}: the name of the pair is missing.")
            if "/" in name or "\\" in name:
                raise CaptionFileError(f"{where}: the name {name!r} holds a folder. Give the bare name of the image.")
            _join(pairs.setdefault(name, CaptionedName(name)), row, where)
    except UnicodeDecodeError as error:
        raise CaptionFileError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start}). Save it as UTF-8.") from error
    if not pairs:
        raise CaptionFileError(f"{path} holds no rows. Give one row a caption, with the columns {', '.join(COLUMNS)}.")
    return pairs


def _rows_of_csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        try:
            columns = [column.strip().lower() for column in reader.fieldnames or []]
            missing = [column for column in ("name", "caption") if column not in columns]
            if missing:
                raise CaptionFileError(
                    f"{path}, line 1: no column {' and '.join(missing)}. Needed are name and caption; found: {', '.join(columns)}."
                )
            reader.fieldnames = columns
            for row in reader:
                if None in row:
                    raise CaptionFileError(
                        f"{path}, line {reader.line_num}: more fields than columns. Put captions that hold a comma in quotes."
                    )
                yield reader.line_num, row
        except csv.Error as error:
            raise CaptionFileError(f"{path}, line {reader.line_num}: not valid CSV ({error}). Correct it there.") from error


def _rows_of_jsonl(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise CaptionFileError(
                    f"{path}, line {number}: not valid JSON ({error.msg} at column {error.colno}). Correct it there."
                ) from error
            if not isinstance(row, dict):
                raise CaptionFileError(f"{path}, line {number}: expected an object with name and caption.")
            yield number, row


def _join(pair: CaptionedName, row: Mapping[str, Any], where: str) -> None:
    captions = row.get("captions") if row.get("captions") is not None else [row.get("caption")]
    texts = [_text(caption) for caption in captions] if isinstance(captions, list) else [""]
    if not texts or not all(texts):
        raise CaptionFileError(f"{where} ({pair.name}): the caption is missing or empty.")
    pair.captions += texts
    split, changed, ground = (_text(row.get(key)) for key in ("split", "changed", "ground"))
    if split:
        pair.split = _agree(pair.split, parse_split(split, where), "split", pair.name, where)
    if changed:
        pair.changed = _agree(pair.changed, parse_flag(changed, f"{where}, changed"), "changed", pair.name, where)
    if ground:
        pair.ground = _agree(pair.ground, ground, "ground", pair.name, where)
    pair.caption_source = pair.caption_source or _text(row.get("caption_source"))
    pair.quality = pair.quality or _text(row.get("quality"))


def _agree(known: T | None, new: T, column: str, name: str, where: str) -> T:
    if known is not None and known != new:
        raise CaptionFileError(f"{where}: {column} of {name} is {new!r}, an earlier row says {known!r}. Make them agree.")
    return new


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
