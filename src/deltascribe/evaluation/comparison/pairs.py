"""The pairs that all runs share, and the refusal to compare runs on different ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltascribe.errors import PredictionsError
from deltascribe.evaluation.comparison.runs import ComparedRun, RunGroup
from deltascribe.evaluation.predictions import Prediction
from deltascribe.evaluation.reading.troubles import listed, shown
from deltascribe.text import normalise

_SHOWN = 5


@dataclass(frozen=True)
class SharedPairs:
    """The pairs that are scored.

    Attributes:
        names: in the order of the first run.
        references: published sentences of each.
        changed: whether each changed.
        left_out: number of pairs that some run lacks.
    """

    names: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    changed: tuple[bool, ...]
    left_out: int

    def of(self, run: ComparedRun) -> list[Prediction]:
        """The run's predictions in this order."""
        return [run.predictions[name] for name in self.names]


def share_pairs(groups: Sequence[RunGroup], common: bool = False) -> SharedPairs:
    """Finds the pairs to score.

    Args:
        groups: all rows.
        common: score the pairs that all runs have, where they differ, instead of raising an error.

    Raises:
        PredictionsError: the runs differ in their pairs (without `common`), share none, or differ in the references or the
            truth of a shared pair; what differs is listed.
    """
    runs = [(f"{group.label} ({run.path})", run) for group in groups for run in group.runs]
    first_title, first = runs[0]
    lines = []
    for title, run in runs[1:]:
        for kind, names in _differences(first, run, common):
            shown_names = listed([shown(name) for name in names], _SHOWN)
            lines.append(f"- {kind.format(first=first_title, other=title)} ({len(names)}): {shown_names}.")
    if lines:
        raise PredictionsError("\n".join(["These runs can't be compared as they are; nothing was scored.", *lines, _next_step(lines)]))
    everywhere = [name for name in first.predictions if all(name in run.predictions for _, run in runs)]
    if not everywhere:
        raise PredictionsError("The runs share no pair. Evaluate all of them on the same split of the same data set.")
    chosen = [first.predictions[name] for name in everywhere]
    seen = {name for _, run in runs for name in run.predictions}
    return SharedPairs(
        tuple(everywhere),
        tuple(entry.references for entry in chosen),
        tuple(entry.changed for entry in chosen),
        len(seen) - len(everywhere),
    )


def _differences(first: ComparedRun, other: ComparedRun, common: bool) -> list[tuple[str, list[str]]]:
    ours, theirs = first.predictions, other.predictions
    shared = [name for name in ours if name in theirs]
    found = [
        ("pairs that {first} has and {other} lacks", [] if common else [name for name in ours if name not in theirs]),
        ("pairs that {other} has and {first} lacks", [] if common else [name for name in theirs if name not in ours]),
        (
            "pairs whose references differ between {first} and {other}",
            [name for name in shared if _texts(ours[name]) != _texts(theirs[name])],
        ),
        (
            "pairs that changed in only one of {first} and {other}",
            [name for name in shared if ours[name].changed is not theirs[name].changed],
        ),
    ]
    return [(kind, names) for kind, names in found if names]


def _texts(entry: Prediction) -> list[str]:
    # neither the order nor the punctuation of references touches a score
    return sorted(map(normalise, entry.references))


def _next_step(lines: Sequence[str]) -> str:
    if all("lacks" in line for line in lines):
        return "Evaluate all runs on the same pairs, or score only those that they share with --common."
    return "Evaluate all runs on the same files of the same data set."
