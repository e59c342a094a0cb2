"""Finds and reads the runs of a comparison: folders that an evaluation left, or files of predictions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.evaluation.outputs import PREDICTIONS, SCORES
from deltascribe.evaluation.predictions import Prediction, read_predictions
from deltascribe.evaluation.reading.troubles import is_text, listed, shown
from deltascribe.metrics import WordNumbering

_OTHER_SEARCH = re.compile(r"predictions-(?:(greedy)|beam(\d+))")


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """One run as it lies on disk.

    Attributes:
        path: the file of predictions.
        predictions: by name of the pair, in the order of the file.
        record: the `scores.json` beside it; empty where there is none.
        numbering: the numbers of the mode `ids` that it was scored with; None where the record has none.
    """

    path: Path
    predictions: dict[str, Prediction]
    record: dict[str, Any]
    numbering: WordNumbering | None

    @property
    def decoding(self) -> str:
        """`greedy`, `beam 3`, or "" where nothing tells."""
        other = _OTHER_SEARCH.fullmatch(self.path.stem)
        if other is not None:
            return "greedy" if other[1] else f"beam {int(other[2])}"
        beams = _inside(self.record, "settings", "beams")
        widths = [width for width in beams if isinstance(width, int)] if isinstance(beams, list) else []
        if not widths or self.path.name != PREDICTIONS:
            return ""
        return "greedy" if max(widths) == 1 else f"beam {max(widths)}"

    @property
    def command(self) -> str:
        """The command that made it; "" where nothing tells."""
        value = self.record.get("command")
        return value if isinstance(value, str) else ""

    @property
    def seed(self) -> int | None:
        """Seed of the evaluation."""
        return _whole(self.record.get("seed"))

    @property
    def training_seed(self) -> int | None:
        """Seed that the model was trained with."""
        return _whole(_inside(self.record, "model", "checkpoint", "training", "seed"))

    @property
    def data(self) -> dict[str, Any]:
        """What the record says of the pairs."""
        value = self.record.get("data")
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, eq=False)
class RunGroup:
    """One row of the comparison: a run, or several seeds of one model.

    Attributes:
        label: name of the row.
        runs: one or more.
    """

    label: str
    runs: tuple[ComparedRun, ...]


def read_groups(entries: Sequence[str]) -> list[RunGroup]:
    """Reads all runs of a command line.

    Args:
        entries: each `RUN`, `NAME=RUN` or `NAME=RUN,RUN,...`; a RUN is a folder of an evaluation or a file of its predictions.

    Raises:
        ConfigError: a name is missing or taken, or a run is named twice.
        PredictionsError: a run is missing or cannot be used.
    """
    if not entries:
        raise ConfigError("There is nothing to compare. Give one or more evaluation folders.")
    named = [_split_entry(entry) for entry in entries]
    paths = [[_find_file(place) for place in places] for _, places in named]
    files = [path.resolve() for group in paths for path in group]
    doubled = sorted({str(path) for path in files if files.count(path) > 1})
    if doubled:
        raise ConfigError(f"The same run is named more than once: {listed(doubled)}. Name each run once.")
    labels = _label([name for name, _ in named], [group[0] for group in paths])
    taken = sorted({label for label in labels if labels.count(label) > 1})
    if taken:
        raise ConfigError(f"Two rows have the name {listed(taken)}. Name them apart: NAME=RUN.")
    return [RunGroup(label, tuple(read_run(path) for path in group)) for label, group in zip(labels, paths, strict=True)]


def read_run(path: Path) -> ComparedRun:
    """Reads a file of predictions and the `scores.json` beside it.

    Raises:
        PredictionsError: the file is empty, names a pair twice, or lacks references; or the record can't be read.
    """
    entries = read_predictions(path)
    if not entries:
        raise PredictionsError(f"{path} holds no prediction. Run `deltascribe evaluate` again.")
    unusable = [shown(entry.name) for entry in entries if not _is_usable(entry)]
    if unusable:
        raise PredictionsError(
            f"{path} has pairs ({len(unusable)}) without a caption, references or a change flag as `deltascribe evaluate` writes them: "
            f"{listed(unusable)}. Use `deltascribe score` for files of other origin; it writes a folder that can be compared."
        )
    by_name = {entry.name: entry for entry in entries}
    if len(by_name) < len(entries):
        names = [entry.name for entry in entries]
        doubled = [shown(name) for name in by_name if names.count(name) > 1]
        raise PredictionsError(f"{path} has pairs ({len(doubled)}) more than once: {listed(doubled)}. Keep one line a pair.")
    record = _read_record(path.parent / SCORES)
    return ComparedRun(path, by_name, record, _read_numbering(record, path.parent / SCORES))


def _split_entry(entry: str) -> tuple[str | None, list[str]]:
    # a path may hold "=" and "," itself
    if entry and Path(entry).exists():
        return None, [entry]
    name, equals, rest = entry.partition("=")
    if not equals:
        name, rest = "", entry
    places = [rest] if rest and Path(rest).exists() else [place.strip() for place in rest.split(",") if place.strip()]
    if equals and not name.strip():
        raise ConfigError(f"'{entry}' has no name before the '='. Write NAME=RUN.")
    if not places:
        raise ConfigError(f"'{entry}' names no run. Write NAME=RUN, or NAME=RUN,RUN,RUN for several seeds.")
    if not equals and len(places) > 1:
        raise ConfigError(f"Several runs in one row need a name: NAME={entry}.")
    return name.strip() or None, places


def _find_file(place: str) -> Path:
    path = Path(place)
    if path.is_dir():
        path = path / PREDICTIONS
    if not path.is_file():
        raise PredictionsError(
            f"There is no run at {place}. Give a folder that `deltascribe evaluate` or `deltascribe score -o` wrote, or its {PREDICTIONS}."
        )
    return path


def _label(names: Sequence[str | None], paths: Sequence[Path]) -> list[str]:
    """Given names, or as much of each path as tells the runs apart."""
    parts = [(path.parent if path.name == PREDICTIONS else path.with_suffix("")).resolve().parts for path in paths]
    for length in range(1, max(map(len, parts)) + 1):
        labels = ["/".join(part[-length:]) if name is None else name for name, part in zip(names, parts, strict=True)]
        if len(set(labels)) == len(labels):
            return labels
    return ["/".join(part) if name is None else name for name, part in zip(names, parts, strict=True)]


def _is_usable(entry: Prediction) -> bool:
    texts = [entry.name, entry.caption, *entry.references]
    known = entry.predicted_changed is None or isinstance(entry.predicted_changed, bool)
    return all(map(is_text, texts)) and bool(entry.references) and isinstance(entry.changed, bool) and known


def _read_record(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PredictionsError(f"{path} cannot be read ({error}). Run the evaluation again, or remove the file.") from error
    if not isinstance(value, dict):
        raise PredictionsError(f"{path} is no record of an evaluation. Run the evaluation again, or remove the file.")
    return value


def _read_numbering(record: dict[str, Any], path: Path) -> WordNumbering | None:
    value = record.get("numbering")
    if value is None:
        return None
    words = value.get("words") if isinstance(value, dict) else None
    if not isinstance(words, list) or not words or not all(map(is_text, words)) or len(set(words)) < len(words):
        raise PredictionsError(f"The numbering in {path} is no list of different words. Run the evaluation again.")
    return WordNumbering(tuple(words), str(value.get("source", "a numbering without a source")))


def _inside(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
