"""Trains and scores the runs of a grid, one after the other or several at once, and skips what is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from deltascribe.ablation.buildable import check_buildable
from deltascribe.ablation.clock import Clock
from deltascribe.ablation.config import Ablation
from deltascribe.ablation.performing import ERROR, one_by_one
from deltascribe.ablation.plan import check_unchanged, plan_runs
from deltascribe.ablation.processes import side_by_side
from deltascribe.ablation.scoring import Scoring
from deltascribe.errors import ConfigError, MissingDependencyError

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
    ablation: Ablation,
    only: Sequence[str] = (),
    seeds: Sequence[int] = (),
    *,
    jobs: int = 1,
    quiet: bool = False,
    tell: Tell = lambda line: None,
) -> Outcome:
    """Trains what is not trained and scores what is not scored.

    A run that fails does not stop the others; its traceback lies in its folder.

    Args:
        ablation: the grid.
        only, seeds: see `plan_runs`.
        jobs: runs at once, each in a process of its own with an equal share of the cores, unless the grid sets `threads`; 1: one after
            the other in this process. The results do not depend on it, as far as torch gives the same for other numbers of threads.
            A script that asks for several must do so under `if __name__ == "__main__":`.
        quiet: no progress bars; there are none of several runs at once.
        tell: called with a line for each run that begins and ends.

    Raises:
        ConfigError: a folder holds a run with other settings, or a variant's model or data can't be had; nothing was run.
        MissingDependencyError: a package is missing, which the other runs would miss too.
        DeltascribeError: one of its named kinds, of the same reason as ConfigError.
        ValueError: `jobs` is below 1.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more, not {jobs}")
    runs = plan_runs(ablation, only, seeds)
    check_unchanged(plan_runs(ablation))
    states = {run.folder: run.state(ablation.split, ablation.beams) for run in runs}
    pending = [(run, states[run.folder]) for run in runs if states[run.folder] != "done"]
    check_buildable(ablation, [run for run, state in pending if state != "trained"], runs)
    score = Scoring(ablation.split, ablation.beams, quiet or jobs > 1)
    outcome, clock = Outcome(), Clock(plan_runs(ablation), jobs)
    if len(pending) < len(runs):
        tell(f"{len(runs) - len(pending)} of {len(runs)} runs are done already")
    left, begun = dict(zip((run.folder for run, _ in pending), pending, strict=True)), 0
    # closed, not left to the garbage collector: processes end with it
    with closing(one_by_one(pending, score, quiet) if jobs == 1 else side_by_side(pending, jobs, score)) as events:
        for run, done in events:
            if done is None:
                begun += 1
                tell(f"[{begun}/{len(pending)}] {run.title}{clock.describe(list(left.values()))}")
                continue
            del left[run.folder]
            if done.missing is not None:
                raise MissingDependencyError(*done.missing)
            outcome.trained += done.trained
            name = "" if jobs == 1 else f"{run.title}: "
            if done.failed:
                outcome.failed[run.title] = done.failed
                tell(f"  {name}failed: {done.reason} ({run.folder / ERROR})")
                continue
            outcome.scored += 1
            clock.note_scoring(done.scoring)
            minutes = run.facts().get("minutes")
            tell(f"  {name}{done.line}" + ("" if minutes is None else f", trained in {minutes:.1f} min"))
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
