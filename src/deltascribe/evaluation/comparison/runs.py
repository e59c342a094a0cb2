"""Finds and reads the runs of a comparison: folders that an evaluation left, or files of predictions."""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.evaluation.comparison.entries import parse_entries
from deltascribe.evaluation.predictions import Prediction, read_predictions
from deltascribe.evaluation.reading.troubles import is_text, listed, shown
from deltascribe.evaluation.record import PREDICTIONS, SCORES
from deltascribe.metrics import FixedSentence, WordNumbering

_OTHER_SEARCH = re.compile(r"predictions-(?:(greedy)|beam(\d+))")


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """One run as it lies on disk.

    Attributes:
        path: the file of predictions.
        predictions: by name of the pair, in the order of the file.
        record: the `scores.json` beside it; empty where there is none.
        numbering: the numbers of the mode `ids` that it was scored with; None where the record has none.
        fixed: the fixed sentences that it was compared with, chosen on another set; empty where the record has none.
    """

    path: Path
    predictions: dict[str, Prediction]
    record: dict[str, Any]
    numbering: WordNumbering | None
    fixed: tuple[FixedSentence, ...] = ()

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

    @property
    def by_people(self) -> bool:
        """Whether people wrote the references, as far as the record says."""
        return not self.data.get("machine_source")


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
        entries: see `parse_entries`.

    Raises:
        ConfigError: a name is missing or taken, or a run is named twice.
        PredictionsError: a run is missing or cannot be used.
    """
    return [RunGroup(entry.label, tuple(read_run(path) for path in entry.paths)) for entry in parse_entries(entries)]


def find_group(groups: Sequence[RunGroup], label: str, purpose: str) -> RunGroup:
    """The row of a name.

    Args:
        groups: all rows.
        label: the name.
        purpose: what the row is wanted for, for the message ("the baseline").

    Raises:
        ConfigError: no row has this name.
    """
    for group in groups:
        if group.label == label:
            return group
    raise ConfigError(f"No row is named '{label}'. Choose {purpose} from: {', '.join(group.label for group in groups)}.")


def read_run(path: Path) -> ComparedRun:
    """Reads a file of predictions and the `scores.json` beside it.

    Raises:
        PredictionsError: the file holds no predictions of ours, is empty, names a pair twice, or lacks references; or the record
            can't be read.
    """
    entries = _read_entries(path)
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
    beside = path.parent / SCORES
    record = _read_record(beside)
    return ComparedRun(path, by_name, record, _read_numbering(record, beside), _read_fixed(record, beside))


def _read_entries(path: Path) -> list[Prediction]:
    try:
        return read_predictions(path)
    except PredictionsError as error:
        if isinstance(error.__cause__, OSError):
            raise
        raise PredictionsError(
            f"{path} is no run: it doesn't hold captions with their references, as `deltascribe evaluate` writes them. "
            f"If it holds captions, first: deltascribe score {shlex.quote(str(path))} REFERENCES -o FOLDER\n"
            "Then give FOLDER as the run."
        ) from error


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


def _read_fixed(record: dict[str, Any], path: Path) -> tuple[FixedSentence, ...]:
    entries = record.get("fixed_sentences") or []
    sentences = [entry.get("sentence") if isinstance(entry, dict) else None for entry in entries] if isinstance(entries, list) else [None]
    if not all(is_text(sentence) and sentence.strip() for sentence in sentences):
        raise PredictionsError(f"The fixed sentences in {path} are no list of sentences. Run the evaluation again.")
    # how good it was on the other set is of no use here
    return tuple(FixedSentence(entry["sentence"], math.nan, str(entry.get("chosen_on", "another set"))) for entry in entries)


def _inside(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
