"""How long the rest takes."""

from __future__ import annotations

import json

from deltascribe.ablation import Clock, duration, load_ablation, plan_runs
from deltascribe.ablation.plan import RUN

from .conftest import WriteGrid


def test_what_is_left_is_told_by_what_finished_runs_of_the_variant_took(write_grid: WriteGrid) -> None:
    runs = plan_runs(load_ablation(write_grid(seeds=[1, 2, 3])))  # plain, whole, plain, whole ...
    pending = [(run, "to do") for run in runs[2:]]
    assert Clock(runs).minutes_left(pending) is None  # type: ignore[arg-type]
    for run, minutes in zip(runs, (4, 10), strict=False):
        run.folder.mkdir(parents=True)
        (run.folder / RUN).write_text(json.dumps({"minutes": minutes}))
    clock = Clock(runs)
    assert clock.minutes_left(pending) == 28  # type: ignore[arg-type]
    clock.note_scoring(30)
    assert clock.minutes_left(pending) == 30  # type: ignore[arg-type]
    assert clock.minutes_left([(runs[3], "trained")]) == 0.5
    assert Clock(runs, jobs=2).minutes_left(pending) == 14  # type: ignore[arg-type]
    # never less than the longest of them
    assert Clock(runs, jobs=9).minutes_left(pending) == 10  # type: ignore[arg-type]
    assert Clock(runs, jobs=9).minutes_left([]) == 0
    assert [duration(minutes) for minutes in (0.2, 7.4, 125)] == ["1 min", "7 min", "2 h 05 min"]
