"""Logs of a run: `losses.csv`, `scores.csv` and TensorBoard; a resumed run drops the lines that it is going to write again."""

from __future__ import annotations

import csv
from pathlib import Path
from types import ModuleType

from deltascribe.files import atomic_write


class RunLog:
    """Writes the logs of a run.

    Args:
        folder: of the run.
        step: steps done so far; later lines of an interrupted run are dropped.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._losses = folder / "losses.csv"
        self._scores = folder / "scores.csv"
        for path in (self._losses, self._scores):
            _drop_after(path, step)
        tensorboard = _tensorboard()
        self._board = None if tensorboard is None else tensorboard.SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def losses(self, step: int, losses: dict[str, float], factor: float) -> None:
        """One training step: each loss, and the learning-rate factor."""
        self._write(self._losses, step, {**losses, "lr_factor": factor}, "train")

    def scores(self, step: int, scores: dict[str, float]) -> None:
        """One validation."""
        self._write(self._scores, step, scores, "val")
        if self._board is not None:
            self._board.flush()

    def _write(self, path: Path, step: int, values: dict[str, float], group: str) -> None:
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            if new:
                writer.writerow(["step", *values])
            writer.writerow([step, *(repr(value) for value in values.values())])
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(f"{group}/{name}", value, step)


def _drop_after(path: Path, step: int) -> None:
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8") as stream:
        header, *lines = list(csv.reader(stream)) or [[]]
    # a line that a kill cut short is dropped too: it belongs to a step that is done again
    kept = [line for line in lines if len(line) == len(header) and line[0].isdigit() and int(line[0]) <= step]
    if not kept:  # even the header may have been cut short
        path.unlink()
        return
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *kept])


def _tensorboard() -> ModuleType | None:
    try:
        from torch.utils import tensorboard
    except ImportError:
        return None
    return tensorboard
