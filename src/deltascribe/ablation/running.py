"""Trains and scores the runs of a grid, one after the other, and skips what is done."""

from __future__ import annotations

import gc
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from deltascribe.ablation.buildable import check_buildable
from deltascribe.ablation.config import Ablation
from deltascribe.ablation.plan import PlannedRun, State, check_unchanged, is_finished, note_training, plan_runs
from deltascribe.ablation.scoring import Scoring
from deltascribe.errors import ConfigError, MissingDependencyError
from deltascribe.evaluation.machine import machine_summary, package_versions, utc_now
from deltascribe.files import write_text
from deltascribe.training import train

ERROR = "error.txt"
"""Holds the traceback of a run that failed."""
Tell = Callable[[str], None]


@dataclass
class Outcome:
    """What a call did.

    Attributes:
        failed: the runs that broke off, with the reason.
        trained, scored: how many.
    """

    failed: dict[str, str] = field(default_factory=dict)
    trained: int = 0
    scored: int = 0


def run_grid(
    ablation: Ablation, only: Sequence[str] = (), seeds: Sequence[int] = (), *, quiet: bool = False, tell: Tell = lambda line: None
) -> Outcome:
    """Trains what is not trained and scores what is not scored.

    A run that fails does not stop the others; its traceback lies in its folder.

    Args:
        ablation: the grid.
        only, seeds: see `plan_runs`.
        quiet: no progress bars.
        tell: called with a line for each run that begins and ends.

    Raises:
        ConfigError: a folder holds a run with other settings, or a variant's model or data can't be had; nothing was run.
        DeltascribeError: one of its named kinds, of the same reason.
    """
    runs = plan_runs(ablation, only, seeds)
    check_unchanged(plan_runs(ablation))
    states = {run.folder: run.state(ablation.split, ablation.beams) for run in runs}
    pending = [run for run in runs if states[run.folder] != "done"]
    check_buildable(ablation, [run for run in pending if states[run.folder] != "trained"], runs)
    score = Scoring(ablation.split, ablation.beams, quiet)
    outcome, clock = Outcome(), Clock(plan_runs(ablation))
    if len(pending) < len(runs):
        tell(f"{len(runs) - len(pending)} of {len(runs)} runs are done already")
    for place, run in enumerate(pending, start=1):
        left = [(entry, states[entry.folder]) for entry in pending[place - 1 :]]
        tell(f"[{place}/{len(pending)}] {run.title}{clock.describe(left)}")
        try:
            if states[run.folder] != "trained":
                _train(run, quiet)
                outcome.trained += 1
            began = time.monotonic()
            line = score(run)
            clock.note_scoring(time.monotonic() - began)
            outcome.scored += 1
        except MissingDependencyError:  # the other runs would miss it too
            raise
        except Exception as error:  # hours of other runs must not be lost with this one
            outcome.failed[run.title] = f"{type(error).__name__}: {error}"
            write_text(run.folder / ERROR, traceback.format_exc())
            tell(f"  failed: {_first_line(error)} ({run.folder / ERROR})")
        else:
            (run.folder / ERROR).unlink(missing_ok=True)
            minutes = run.facts().get("minutes")
            tell(f"  {line}" + ("" if minutes is None else f", trained in {minutes:.1f} min"))
        gc.collect()  # models of one run after the other
    return outcome


def score_finished(
    ablation: Ablation,
    split: str,
    only: Sequence[str] = (),
    seeds: Sequence[int] = (),
    *,
    quiet: bool = False,
    tell: Tell = lambda line: None,
) -> Outcome:
    """Scores the finished runs on a split, such as once on test at the end.

    Args:
        ablation: the grid.
        split: what to score on.
        only, seeds: see `plan_runs`.
        quiet, tell: as for `run_grid`.

    Raises:
        ConfigError: no chosen run is finished, or a folder holds a run with other settings.
    """
    runs = [run for run in plan_runs(ablation, only, seeds) if run.finished]
    if not runs:
        which = "None of the chosen runs" if only or seeds else "No run"
        raise ConfigError(f"{which} of {ablation.path} is finished. Run `deltascribe ablate {ablation.path}` first.")
    check_unchanged(runs)
    score, outcome = Scoring(split, ablation.beams, quiet), Outcome()
    for run in runs:
        if run.state(split, ablation.beams) != "done":
            tell(f"scoring {run.title} on {split}")
            tell(f"  {score(run)}")
            outcome.scored += 1
    return outcome


class Clock:
    """Tells how long the rest takes, by what finished runs took.

    Args:
        runs: of the grid, finished or not.
    """

    def __init__(self, runs: Sequence[PlannedRun]) -> None:
        self._runs = runs
        self._scoring: list[float] = []

    def note_scoring(self, seconds: float) -> None:
        """Notes what the scoring of a run took."""
        self._scoring.append(seconds)

    def minutes_left(self, pending: Sequence[tuple[PlannedRun, State]]) -> float | None:
        """Minutes for these runs; None where nothing is known yet. What an interrupted run has done is not counted."""
        known = [(run.variant.name, minutes) for run in self._runs if (minutes := run.facts().get("minutes")) is not None]
        if not known:
            return None
        scoring = fmean(self._scoring) / 60 if self._scoring else 0.0
        total = 0.0
        for run, state in pending:
            own = [minutes for name, minutes in known if name == run.variant.name] or [minutes for _, minutes in known]
            total += scoring + (0.0 if state == "trained" else fmean(own))
        return total

    def describe(self, pending: Sequence[tuple[PlannedRun, State]]) -> str:
        """The same in words, or nothing."""
        minutes = self.minutes_left(pending)
        return "" if minutes is None else f"; about {duration(minutes)} left for {len(pending)} run{'s' * (len(pending) > 1)}"


def duration(minutes: float) -> str:
    """`7 min` or `2 h 05 min`."""
    whole = max(1, round(minutes))
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02d} min"


def _train(run: PlannedRun, quiet: bool) -> None:
    if run.start is not None and not is_finished(run.start):  # its best weights so far are not those that it will have
        raise ConfigError(f"the run in {run.start}, which this one starts from, is not finished: see its {ERROR}, and run both again")
    resumed = any((run.folder / "resume").glob("step-*.pt"))
    began: list[float] = []
    # features and text vectors that this run computes are there for all: they are not its own time
    train(run.config, quiet=quiet, begins=lambda: began.append(time.monotonic()))
    minutes = None if resumed else (time.monotonic() - began[0]) / 60
    note_training(run, minutes, machine_summary(), package_versions(), utc_now())


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
