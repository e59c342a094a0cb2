"""How long the rest of a grid takes."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from deltascribe.ablation.plan import PlannedRun, State


class Clock:
    """Tells how long the rest takes, by what finished runs took.

    Args:
        runs: of the grid, finished or not.
        jobs: how many are trained at once.
    """

    def __init__(self, runs: Sequence[PlannedRun], jobs: int = 1) -> None:
        self._runs, self._jobs = runs, jobs
        self._scoring: list[float] = []

    def note_scoring(self, seconds: float) -> None:
        """Notes what the scoring of a run took."""
        self._scoring.append(seconds)

    def minutes_left(self, pending: Sequence[tuple[PlannedRun, State]]) -> float | None:
        """Minutes for these runs; None where nothing is known yet. What an interrupted run, or one under way, has done is not counted."""
        known = [(run.variant.name, minutes) for run in self._runs if (minutes := run.facts().get("minutes")) is not None]
        if not known:
            return None
        scoring = fmean(self._scoring) / 60 if self._scoring else 0.0
        each = []
        for run, state in pending:
            own = [minutes for name, minutes in known if name == run.variant.name] or [minutes for _, minutes in known]
            each.append(scoring + (0.0 if state == "trained" else fmean(own)))
        return max(max(each, default=0.0), sum(each) / self._jobs)

    def describe(self, pending: Sequence[tuple[PlannedRun, State]]) -> str:
        """The same in words, or nothing."""
        minutes = self.minutes_left(pending)
        return "" if minutes is None else f"; about {duration(minutes)} left for {len(pending)} run{'s' * (len(pending) > 1)}"


def duration(minutes: float) -> str:
    """`7 min` or `2 h 05 min`."""
    whole = max(1, round(minutes))
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02d} min"
