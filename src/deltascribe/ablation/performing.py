"""One run of a grid from where it stands to its scores."""

from __future__ import annotations

import gc
import time
import traceback
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from deltascribe.ablation.given import note_given
from deltascribe.ablation.plan import PlannedRun, State, is_finished, note_training
from deltascribe.ablation.scoring import Scoring
from deltascribe.errors import ConfigError, MissingDependencyError
from deltascribe.evaluation.machine import machine_summary, package_versions, utc_now
from deltascribe.files import write_text
from deltascribe.training import train

ERROR = "error.txt"
"""Holds the traceback of a run that failed."""


@dataclass(frozen=True)
class Performed:
    """What became of a run.

    Attributes:
        trained: it was trained in this call.
        line: its main scores; empty where it failed.
        scoring: seconds that the scores took.
        failed: why it broke off; empty where it did not.
        reason: the first line of that.
        missing: arguments of a `MissingDependencyError` that it broke off with.
    """

    trained: bool = False
    line: str = ""
    scoring: float = 0.0
    failed: str = ""
    reason: str = ""
    missing: tuple[str, str, str] | None = None


Ended = tuple[PlannedRun, Performed | None]
"""A run that begins (None), or has ended."""


def perform(run: PlannedRun, state: State, score: Scoring, quiet: bool) -> Performed:
    """Trains the run unless it is, and scores it; what it breaks off with is told and lies in its folder."""
    trained = False
    try:
        if state != "trained":
            _train(run, quiet)
            trained = True
        began = time.monotonic()
        line = score(run)
        scoring = time.monotonic() - began
    except Exception as error:  # hours of other runs must not be lost with this one
        note_failure(run, traceback.format_exc())
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        missing = (error.package, error.feature, error.extra) if isinstance(error, MissingDependencyError) else None
        return Performed(trained, failed=f"{type(error).__name__}: {error}", reason=reason, missing=missing)
    finally:
        gc.collect()  # models of one run after the other
    (run.folder / ERROR).unlink(missing_ok=True)
    return Performed(trained, line, scoring)


def note_failure(run: PlannedRun, text: str) -> None:
    """Leaves in the run's folder why it broke off, if the disk takes it."""
    with suppress(OSError):
        write_text(run.folder / ERROR, text)


def one_by_one(pending: Sequence[tuple[PlannedRun, State]], score: Scoring, quiet: bool) -> Generator[Ended]:
    """Performs the runs in their order, in this process."""
    for run, state in pending:
        yield run, None
        yield run, perform(run, state, score, quiet)


def _train(run: PlannedRun, quiet: bool) -> None:
    if run.start is not None and not is_finished(run.start):  # its best weights so far are not those that it will have
        raise ConfigError(f"the run in {run.start}, which this one starts from, is not finished: see its {ERROR}, and run both again")
    resumed = any((run.folder / "resume").glob("step-*.pt"))
    if not resumed:
        note_given(run.folder, run.config)
    began: list[float] = []
    # features and text vectors that this run computes are there for all: they are not its own time
    train(run.config, quiet=quiet, begins=lambda: began.append(time.monotonic()))
    minutes = None if resumed else (time.monotonic() - began[0]) / 60
    note_training(run, minutes, machine_summary(), package_versions(), utc_now())
