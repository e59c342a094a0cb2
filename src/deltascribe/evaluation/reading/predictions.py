"""Reads the predicted captions of any model, ours or not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deltascribe.datasets.caption_json import parse_flag
from deltascribe.errors import CaptionFileError, PredictionsError
from deltascribe.evaluation.reading.rows import CAPTION_KEYS, REFERENCE_KEYS, Content, Row, entries_of, name_of, parse_content
from deltascribe.evaluation.reading.text_file import load_text
from deltascribe.evaluation.reading.troubles import MOST_WORDS, Kind, Troubles, is_text, shown


@dataclass(frozen=True)
class PredictedCaption:
    """What a model said of one pair.

    Attributes:
        name: name of the pair, as the file has it.
        caption: predicted sentence, as the file has it; "" where the model said nothing.
        changed: the model's change flag; None where the file has none.
        change_probability: probability in 0..1 that something changed; None where the file has none.
    """

    name: str
    caption: str
    changed: bool | None = None
    change_probability: float | None = None


@dataclass(frozen=True)
class ParsedPredictions:
    """A file as far as it could be read.

    Attributes:
        captions: the predictions without fault, by name.
        faulty: names of pairs that the file holds, but with a fault.
        troubles: everything that is wrong with the file.
    """

    captions: dict[str, PredictedCaption]
    faulty: list[str] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)

    def describe(self, path: Path) -> str:
        """The file as the subject of an error."""
        return str(path) if self.captions else f"{path} holds no usable prediction (is it the right file?) and"


def read_predicted(path: Path) -> list[PredictedCaption]:
    """Reads a file of predictions.

    Formats, told apart by content: JSONL or a JSON list of objects with a name (`name`, `image`, `filename`, `file_name`, `pair`,
    `image_id`, `id`) and a caption (`caption`, `prediction`, `hypothesis`, `pred`, `text`, `sentence`, `generated_caption`), and
    optionally `predicted_changed` and `change_probability`; a JSON object of name to caption; CSV or TSV with such columns; lines of
    name, tab, caption. A caption may be a list of one. An empty caption is a prediction; a missing one is not.

    Args:
        path: the file, UTF-8 with or without a byte order mark.

    Returns:
        The predictions in the order of the file.

    Raises:
        PredictionsError: the file cannot be read, is something else, or has faulty entries: all of them are listed.
    """
    parsed = parse_predicted(path)
    parsed.troubles.raise_if_any(parsed.describe(path), PredictionsError)
    return list(parsed.captions.values())


def parse_predicted(path: Path) -> ParsedPredictions:
    """Reads a file as `read_predicted`, but gives what is wrong with single entries instead of raising it.

    Raises:
        PredictionsError: the file cannot be read at all, or is something else.
    """
    troubles = Troubles()
    content = parse_content(load_text(path, PredictionsError, "predictions"), path, PredictionsError, troubles)
    rows = _rows(content)
    _refuse_references(content, rows, path)
    read = [(row, _read_row(row, troubles)) for row in rows]
    places: dict[str, list[tuple[str, PredictedCaption | None]]] = {}
    for row, (name, entry) in read:
        if name is not None:
            places.setdefault(name, []).append((row.where, entry))
    troubles.extend(Kind.DOUBLED, (_doubled(name, found) for name, found in places.items() if len(found) > 1))
    first = {name: next((entry for _, entry in found if entry is not None), None) for name, found in places.items()}
    if not first and not troubles:
        raise PredictionsError(f"{path} holds no prediction. Write one caption a pair.")
    captions = {name: entry for name, entry in first.items() if entry is not None}
    return ParsedPredictions(captions, [name for name, entry in first.items() if entry is None], troubles)


def clean_name(value: object) -> str | None:
    """A name as text without blanks around it; numbers become text; None for what is no name."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return (value.strip() or None) if is_text(value) else None


def flag_of(value: object) -> bool | None:
    """True, 1, "yes" or false, 0, "no" as a truth value; None for anything else."""
    try:
        return parse_flag(value, "") if isinstance(value, (int, str)) else None
    except CaptionFileError:
        return None


def _rows(content: Content) -> list[Row]:
    if content.mapping is None:
        return content.rows
    return [
        Row(f"entry {number}", {**value, "name": name} if isinstance(value, dict) else {"name": name, "caption": value})
        for number, (name, value) in enumerate(entries_of(content.mapping), 1)
    ]


def _refuse_references(content: Content, rows: list[Row], path: Path) -> None:
    """Captions of people given as predictions: most often the two arguments are swapped."""
    if content.mapping is not None and isinstance(content.mapping.get("images"), list):
        reason = 'it has a list "images" as the caption files of data sets do'
    elif rows and not any(key in row.values for row in rows for key in CAPTION_KEYS) and _any_key(rows, REFERENCE_KEYS):
        reason = "its entries have references, but no caption"
    elif rows and all(_several(row) for row in rows):
        reason = "every pair has several captions"
    else:
        return
    raise PredictionsError(
        f"{path} looks like references, not predictions: {reason}. The order is: deltascribe score PREDICTIONS REFERENCES. "
        "Swap the two files if they are the wrong way round, or else write one caption a pair, its words joined by spaces."
    )


def _any_key(rows: Iterable[Row], keys: tuple[str, ...]) -> bool:
    return any(key in row.values for row in rows for key in keys)


def _several(row: Row) -> bool:
    return any(isinstance(row.values.get(key), list) and len(row.values[key]) > 1 for key in CAPTION_KEYS)


def _read_row(row: Row, troubles: Troubles) -> tuple[str | None, PredictedCaption | None]:
    """Name and prediction of an entry; None for what is at fault, which goes to `troubles`."""
    name = clean_name(name_of(row))
    if name is None:
        troubles.add(Kind.NO_NAME, row.where)
        return None, None
    where = f"{shown(name)} ({row.where})"
    caption = _caption(row, where, troubles)
    changed = _flag(row.values.get("predicted_changed"), where, troubles)
    probability = _probability(row.values.get("change_probability"), where, troubles)
    return name, None if caption is None else PredictedCaption(name, caption, changed, probability)


def _caption(row: Row, where: str, troubles: Troubles) -> str | None:
    given = {key: _alone(row.values[key]) for key in CAPTION_KEYS if key in row.values}
    stated = {key: value for key, value in given.items() if value is not None}
    values = list(stated.values())
    if len(values) > 1 and (not all(isinstance(value, str) for value in values) or len(set(values)) > 1):
        troubles.add(Kind.SEVERAL, f"{where}: the fields {' and '.join(stated)} differ")
    elif values and isinstance(values[0], list) and values[0]:
        troubles.add(Kind.SEVERAL, f"{where}: {len(values[0])}")
    elif not values or not is_text(values[0]):
        found = next(iter(given), None)
        troubles.add(Kind.NO_CAPTION, f"{where}: {'no such field' if found is None else f'{found} is `{shown(given[found])}`'}")
    elif (words := len(values[0].split())) > MOST_WORDS:
        troubles.add(Kind.TOO_LONG, f"{where}: {words} words")
    else:
        return values[0]
    return None


def _alone(value: Any) -> Any:
    """The caption inside a list of one, also as the COCO tools write it: `[{"caption": ...}]`."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
        if isinstance(value, dict) and len(value) >= 1 and is_text(value.get("caption")):
            return value["caption"]
    return value


def _flag(value: object, where: str, troubles: Troubles) -> bool | None:
    if value is None or value == "":
        return None
    flag = flag_of(value)
    if flag is None:
        troubles.add(Kind.FLAG, f"{where}: {shown(value)}")
    return flag


def _probability(value: object, where: str, troubles: Troubles) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, (int, float, str)) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if 0 <= number <= 1:
        return number
    troubles.add(Kind.PROBABILITY, f"{where}: {shown(value)}")
    return None


def _doubled(name: str, found: list[tuple[str, PredictedCaption | None]]) -> str:
    captions = {entry.caption for _, entry in found if entry is not None}
    unit = found[0][0].split(" ")[0]
    numbers = ", ".join(where.split(" ")[1] for where, _ in found[:5]) + (", ..." if len(found) > 5 else "")
    plural = "lines" if unit == "line" else "entries"
    return f"{shown(name)} ({plural} {numbers}; {'different captions' if len(captions) > 1 else 'the same caption'})"
