"""Several runs of a grid at once, each in a process of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lightning")

from deltascribe.ablation import Ablation, check_unchanged, performing, plan_runs, processes, run_grid
from deltascribe.ablation.processes import side_by_side
from deltascribe.ablation.scoring import Scoring

Make = Callable[..., Ablation]
VARIANTS = {"plain": {"model.settings.fusion": "plain"}, "whole": None, "tuned": {"from": "plain", "epochs": 1}}


def said(grid: Ablation) -> dict[str, str]:
    return {run.title: (run.folder / "val" / "predictions.jsonl").read_text() for run in plan_runs(grid)}


def losses(grid: Ablation) -> dict[str, str]:
    return {run.title: (run.folder / "losses.csv").read_text() for run in plan_runs(grid)}


def test_runs_at_once_give_what_they_give_one_by_one(make_grid: Make, tmp_path: Path) -> None:
    values: dict[str, Any] = {"seeds": [1], "variants": VARIANTS, "set": {"threads": 1}}
    alone, together = make_grid(**values), make_grid(**values, output=str(tmp_path / "together"))
    run_grid(alone, quiet=True)
    lines: list[str] = []
    outcome = run_grid(together, jobs=3, tell=lines.append)
    assert (outcome.trained, outcome.scored, outcome.failed) == (3, 3, {})
    assert said(together) == said(alone)
    assert losses(together) == losses(alone)
    # the third begins when the run whose weights it takes has ended
    assert lines[:2] == ["[1/3] plain, seed 1", "[2/3] whole, seed 1"]
    begins = next(place for place, line in enumerate(lines) if line.startswith("[3/3] tuned, seed 1"))
    ends = next(place for place, line in enumerate(lines) if line.startswith("  plain, seed 1: val: S*m"))
    assert begins > ends
    assert run_grid(together, jobs=2).trained == 0


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_run_whose_process_is_killed_fails_alone(make_grid: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = processes._begin

    def killing(run: Any, *rest: Any) -> Any:
        job = begin(run, *rest)
        if run.variant.name == "plain":
            job.process.kill()
        return job

    monkeypatch.setattr(processes, "_begin", killing)
    lines: list[str] = []
    grid = make_grid(seeds=[1])
    outcome = run_grid(grid, jobs=2, tell=lines.append)
    plain, whole = plan_runs(grid)
    assert list(outcome.failed) == ["plain, seed 1"]
    assert whole.state("val", 1) == "done"
    assert any(line.startswith("  plain, seed 1: failed: its process was killed") and "fewer --jobs" in line for line in lines)
    assert "exit code -9" in (plain.folder / "error.txt").read_text()


def test_closing_ends_the_processes_and_their_runs_go_on_in_the_next_call(make_grid: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, begun = processes._begin, list[Any]()

    def noting(*arguments: Any) -> Any:
        begun.append(begin(*arguments))
        return begun[-1]

    monkeypatch.setattr(processes, "_begin", noting)
    # without `threads`, so that the share of the cores is what it computes with
    grid = make_grid(seeds=[1], set={"threads": None, "batch_size": 1, "epochs": 40, "checkpoint_minutes": 0})
    first, second = plan_runs(grid)
    events = side_by_side([(first, "to do"), (second, "to do")], 2, Scoring("val", 1, quiet=True))
    assert [next(events), next(events)] == [(first, None), (second, None)]
    while not (first.folder / "scores.csv").exists():
        assert begun[0].process.is_alive()
        time.sleep(0.05)
    events.close()
    assert not begun[0].process.is_alive()
    assert first.state("val", 1) == "interrupted"
    assert not list(grid.output.rglob("*.tmp*"))
    check_unchanged(plan_runs(grid))


def test_the_cores_are_shared_by_the_runs_that_are_left(make_grid: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "available_cores", lambda: 5)
    asked: list[int] = []

    def begin(run: Any, state: Any, score: Any, threads: int) -> Any:
        asked.append(threads)
        raise RuntimeError("enough")

    monkeypatch.setattr(processes, "_begin", begin)
    for jobs in (2, 3, 9):
        with pytest.raises(RuntimeError, match="enough"):
            run_grid(make_grid(seeds=[1], variants={"plain": None, "whole": None}), jobs=jobs)
    assert asked == [2, 2, 2]


def test_a_number_of_jobs_below_one_is_refused(make_grid: Make) -> None:
    with pytest.raises(ValueError, match="jobs must be 1 or more"):
        run_grid(make_grid(), jobs=0)


def test_what_a_run_lacks_is_an_error_of_the_grid(make_grid: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from deltascribe.errors import MissingDependencyError

    def without(config: Any, **options: Any) -> Path:
        raise MissingDependencyError("nothing", "Training", "train")

    monkeypatch.setattr(performing, "train", without)
    with pytest.raises(MissingDependencyError, match=r"Training needs the package 'nothing'.*deltascribe\[train\]"):
        run_grid(make_grid(seeds=[1]), quiet=True)
    assert "MissingDependencyError" in (plan_runs(make_grid(seeds=[1]))[0].folder / "error.txt").read_text()
