"""Tells JSON, JSONL, CSV, TSV and plain text apart by their content and gives their rows, each with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltascribe.errors import DeltascribeError
from deltascribe.evaluation.reading.json_text import InvalidJson, RepeatedKeys, parse_json
from deltascribe.evaluation.reading.troubles import Kind, Troubles, shown

NAME_KEYS = ("name", "image", "filename", "file_name", "pair", "image_id", "id")
"""Fields that may hold the name of a pair; the first that is there counts, so that file names go before numbers."""
CAPTION_KEYS = ("caption", "prediction", "hypothesis", "pred", "text", "sentence", "generated_caption")
"""Fields that may hold the predicted caption."""
REFERENCE_KEYS = ("references", "refs", "captions", "sentences")
"""Fields of an entry that may hold its references."""
FORMATS = (
    'JSONL with {"name": ..., "caption": ...} a line, a JSON list of such objects, a JSON object of name to caption, '
    "CSV or TSV with the columns name and caption, or lines of name, tab, caption"
)

_WRAPPERS = ("predictions", "results", "annotations")
"""Keys under which some tools put the list of entries."""

_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Row:
    """One entry of a file: where it stands ("line 3") and its fields."""

    where: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes:
        layout: JSON, JSONL, CSV, TSV or plain text.
        rows: its entries; empty where `mapping` is given.
        mapping: the one JSON object that the file is.
    """

    layout: str
    rows: list[Row]
    mapping: dict[str, Any] | None = None


def parse_content(text: str, path: Path, error: type[DeltascribeError], troubles: Troubles) -> Content:
    """Splits a text into its entries; what is wrong with single ones goes to `troubles`.

    Raises:
        DeltascribeError: of class `error`: the text is none of the formats, or a JSON document is not valid.
    """
    start = text.lstrip()[0]
    if start != "[" and _one_object_a_line(text, path):
        return Content("JSONL", list(_json_lines(text, troubles)))
    if start not in "{[":
        return _parse_table(text, path, error, troubles)
    try:
        document = parse_json(text)
    except InvalidJson as cause:
        raise error(
            f"{path} is not valid JSON: line {cause.line}, column {cause.column}: {cause.reason}. "
            "Correct it there, or write the file again."
        ) from cause
    if isinstance(document, dict):
        if any(key in document for key in NAME_KEYS) and any(key in document for key in (*CAPTION_KEYS, *REFERENCE_KEYS)):
            return Content("JSONL", list(_as_row(document, "line 1", troubles)))
        wrapped = [document[key] for key in _WRAPPERS if isinstance(document.get(key), list)]
        if not wrapped or "images" in document:
            return Content("JSON", [], document)
        document = wrapped[0]
    return Content("JSON", [row for number, entry in enumerate(document, 1) for row in _as_row(entry, f"entry {number}", troubles)])


def entries_of(mapping: dict[str, Any]) -> list[tuple[str, Any]]:
    """The items of a JSON object, those of a repeated key too."""
    return mapping.pairs if isinstance(mapping, RepeatedKeys) else list(mapping.items())


def name_of(row: Row) -> object:
    """The value of the first name field that is there; None without one."""
    return next((row.values[key] for key in NAME_KEYS if row.values.get(key) is not None), None)


def _one_object_a_line(text: str, path: Path) -> bool:
    lines = [line for line in (line.strip() for line in text.split("\n")) if line]
    whole = sum(line.startswith("{") and line.endswith("}") for line in lines)
    # a list written with one object a line ends its lines in "},"; the file's ending helps where half the lines are broken
    return len(lines) > 1 and (2 * whole > len(lines) or (whole > 0 and path.suffix.lower() in _LINES))


def _json_lines(text: str, troubles: Troubles) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines, which breaks inside captions that hold U+2028
        if not line.strip():
            continue
        try:
            value = parse_json(line)
        except InvalidJson as cause:
            troubles.add(Kind.INVALID_JSON, f"line {number}, column {cause.column}: {cause.reason}")
            continue
        yield from _as_row(value, f"line {number}", troubles)


def _as_row(value: object, where: str, troubles: Troubles) -> Iterator[Row]:
    if isinstance(value, RepeatedKeys):
        troubles.add(Kind.NO_ROW, f"{where} (the field {shown(value.repeated[0])} occurs twice)")
    elif isinstance(value, dict):
        yield Row(where, value)
    else:
        troubles.add(Kind.NO_ROW, f"{where} (no object, but `{shown(value)}`)")


def _parse_table(text: str, path: Path, error: type[DeltascribeError], troubles: Troubles) -> Content:
    first = text.lstrip("\r\n").split("\n", 1)[0].rstrip("\r")
    delimiter = next((mark for mark in "\t,;" if mark in first), None)
    cells = [cell.strip().strip('"').lower() for cell in first.split(delimiter)] if delimiter else [first.strip().lower()]
    is_header = any(key in cells for key in NAME_KEYS) and any(key in cells for key in (*CAPTION_KEYS, "references"))
    if is_header and delimiter:
        return Content("TSV" if delimiter == "\t" else "CSV", list(_csv_rows(text, delimiter, path, error, troubles)))
    if path.suffix.lower() == ".csv" or any(cell in NAME_KEYS + CAPTION_KEYS for cell in cells):
        raise error(
            f"{path} has no header that names a column name and a column caption; its first line is `{shown(first)}`. "
            "Write the header name,caption as the first line."
        )
    if delimiter != "\t":
        raise error(f"{path} is in none of the known formats; it begins with `{shown(first)}`. Write {FORMATS}.")
    return Content("plain text", list(_tab_lines(text, troubles)))


def _csv_rows(text: str, delimiter: str, path: Path, error: type[DeltascribeError], troubles: Troubles) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter, strict=True)
    skipped = text[: len(text) - len(text.lstrip("\r\n"))].count("\n")
    columns: list[str] = []
    line = skipped + 1
    try:
        for cells in reader:
            where, line = f"line {line}", skipped + reader.line_num + 1
            if not columns:
                columns = [cell.strip().lower() for cell in cells]
                twice = sorted({column for column in columns if columns.count(column) > 1 and column})
                if twice:
                    raise error(f"{path} has two columns {shown(twice[0])}. Keep one of them.")
            elif len(cells) > len(columns):
                troubles.add(Kind.NO_ROW, f"{where} (more fields than columns: put captions that hold the separator in quotes)")
            elif cells:
                yield Row(where, dict(zip(columns, cells, strict=False)))
    except csv.Error as cause:
        troubles.add(Kind.NO_ROW, f"line {line} (not valid CSV: {cause}; the lines after it were not read)")


def _tab_lines(text: str, troubles: Troubles) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name, *captions = line.rstrip("\r").split("\t")
        if captions:
            yield Row(f"line {number}", {"name": name, "caption": captions})
        else:
            troubles.add(Kind.NO_ROW, f"line {number} (no tab after the name: `{shown(line.strip())}`)")
