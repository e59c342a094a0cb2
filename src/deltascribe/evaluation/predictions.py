"""Predicted captions with their references, and the JSONL file that holds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from deltascribe.errors import PredictionsError
from deltascribe.files import write_text


@dataclass(frozen=True)
class Prediction:
    """What a model said of one pair, and what people said.

    Attributes:
        name: name of the pair.
        caption: predicted sentence, normalised.
        references: published sentences, untouched.
        changed: whether the pair changed.
        predicted_changed: the model's change flag, None where it gives none.
        change_probability: probability in 0..1 that something changed, None where the model gives none.
        log_probability: natural logarithm of the caption's probability, None where the model gives none.
    """

    name: str
    caption: str
    references: tuple[str, ...]
    changed: bool
    predicted_changed: bool | None = None
    change_probability: float | None = None
    log_probability: float | None = None


def write_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Writes one JSON object a line, atomically."""
    write_text(path, "".join(json.dumps(asdict(entry), ensure_ascii=False, allow_nan=False) + "\n" for entry in predictions))


def read_predictions(path: Path) -> list[Prediction]:
    """Reads what `write_predictions` wrote.

    Raises:
        PredictionsError: there is no such file, or a line is not such an object.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PredictionsError(f"{path} cannot be read ({error}). Give a predictions.jsonl that `deltascribe evaluate` wrote.") from error
    return [_parse(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1) if line.strip()]


def _parse(line: str, where: str) -> Prediction:
    try:
        values: dict[str, Any] = json.loads(line)
        known = {field.name: values[field.name] for field in fields(Prediction) if field.name in values}
        if isinstance(known["references"], str):  # a sequence of strings too, which would be scored letter by letter
            raise TypeError("references is one string, not a list of sentences")
        known["references"] = tuple(known["references"])
        return Prediction(**known)
    except (ValueError, TypeError, KeyError) as error:
        wanted = ", ".join(field.name for field in fields(Prediction))
        raise PredictionsError(f"{where} is no prediction ({error}). Each line holds a JSON object with {wanted}.") from error
