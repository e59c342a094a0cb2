"""A grid is trained and scored once, goes on after a kill, and refuses what changed."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("lightning")

from deltascribe.ablation import (
    Ablation,
    check_unchanged,
    performing,
    plan_runs,
    run_grid,
    score_finished,
)
from deltascribe.ablation.plan import RUN
from deltascribe.errors import ConfigError
from deltascribe.training import loop

Make = Callable[..., Ablation]
KILLED_RUN = Path(__file__).resolve().parents[1] / "training" / "killed_run.py"


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Folders of the runs that are handed to the training loop from here on."""
    seen: list[str] = []
    train = performing.train

    def noting(config: Any, **options: Any) -> Path:
        seen.append("/".join(config.output.parts[-2:]))
        return train(config, **options)

    monkeypatch.setattr(performing, "train", noting)
    return seen


def steps(run: Path) -> list[int]:
    with (run / "losses.csv").open(newline="") as stream:
        return [int(row["step"]) for row in csv.DictReader(stream)]


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "tensorboard" not in path.parts}


def test_every_variant_is_trained_with_every_seed_and_scored_and_a_second_call_does_nothing(make_grid: Make, trained: list[str]) -> None:
    grid, lines = make_grid(), []
    outcome = run_grid(grid, quiet=True, tell=lines.append)
    assert trained == ["plain/seed-1", "whole/seed-1", "plain/seed-2", "whole/seed-2"]
    assert (outcome.trained, outcome.scored, outcome.failed) == (4, 4, {})
    assert lines[0] == "[1/4] plain, seed 1"
    assert lines[1].startswith("  val: S*m ")
    assert "trained in 0." in lines[1]
    assert "left for 3 runs" in lines[2]
    for run in plan_runs(grid):
        record = json.loads((run.folder / "val" / "scores.json").read_text())
        assert record["data"]["split"] == "val"
        assert record["model"]["checkpoint"]["training"]["seed"] == run.seed
        assert record["command"].startswith(f"deltascribe evaluate {run.folder / 'best'} ")
        assert run.facts()["minutes"] > 0
        assert not (run.folder / "test").exists()

    trained.clear()
    before = contents(grid.output)
    lines.clear()
    outcome = run_grid(grid, quiet=True, tell=lines.append)
    assert (outcome.trained, outcome.scored, trained) == (0, 0, [])
    assert lines == ["4 of 4 runs are done already"]
    assert contents(grid.output) == before


def test_a_new_seed_or_variant_is_added_to_what_is_there(make_grid: Make, trained: list[str]) -> None:
    run_grid(make_grid(seeds=[1]), ["plain"], quiet=True)
    run_grid(make_grid(seeds=[1, 2]), ["plain"], quiet=True)
    run_grid(make_grid(seeds=[1]), quiet=True)
    assert trained == ["plain/seed-1", "plain/seed-2", "whole/seed-1"]


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_run_goes_on_where_it_was(make_grid: Make, tmp_path: Path) -> None:
    grid = make_grid(seeds=[1], set={"batch_size": 2, "checkpoint_minutes": 0}, variants={"plain": None})
    undisturbed = make_grid(output=str(tmp_path / "other"), seeds=[1], set={"batch_size": 2}, variants={"plain": None})
    (run,), (whole,) = plan_runs(grid), plan_runs(undisturbed)
    config = tmp_path / "killed.yaml"
    config.write_text(yaml.safe_dump(run.config.model_dump(mode="json"), sort_keys=False))
    command = [sys.executable, str(KILLED_RUN), str(config), "step", "3"]
    killed = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert run.state("val", 1) == "interrupted"
    run_grid(grid, quiet=True)
    run_grid(undisturbed, quiet=True)
    assert run.state("val", 1) == "done"
    assert (run.folder / "losses.csv").read_text() == (whole.folder / "losses.csv").read_text()
    assert steps(run.folder) == [1, 2, 3, 4]
    # nobody knows how long the killed part took
    assert run.facts()["minutes"] is None
    assert whole.facts()["minutes"] > 0


def test_training_that_is_over_but_not_scored_is_scored_alone(make_grid: Make, trained: list[str]) -> None:
    grid = make_grid(seeds=[1], variants={"plain": None})
    run_grid(grid, quiet=True)
    (run,) = plan_runs(grid)
    (run.folder / "val" / "scores.json").unlink()
    assert run.state("val", 1) == "trained"
    trained.clear()
    assert run_grid(grid, quiet=True).scored == 1
    assert trained == []
    # captions of another search are made anew too
    wider = make_grid(seeds=[1], variants={"plain": None}, beams=2)
    assert run_grid(wider, quiet=True).scored == 1
    assert trained == []
    assert json.loads((run.folder / "val" / "scores.json").read_text())["settings"]["beams"] == [2]


def test_a_finished_run_whose_settings_changed_is_refused_by_name_and_left_alone(make_grid: Make, trained: list[str]) -> None:
    grid = make_grid(seeds=[1], variants={"plain": None})
    run_grid(grid, quiet=True)
    trained.clear()
    before = contents(grid.output)
    changed = make_grid(seeds=[1], variants={"plain": {"objective.tgcl": 0.3, "data.min_count": 2}, "new": None})
    with pytest.raises(ConfigError) as caught:
        run_grid(changed, quiet=True)
    text = str(caught.value)
    assert "plain/seed-1 holds a run with other settings:" in text.replace(os.sep, "/")
    assert "objective.tgcl: 0.2 there, 0.3 now" in text
    assert "data.min_count: 1 there, 2 now" in text
    assert "Nothing was run" in text
    assert trained == []
    assert contents(grid.output) == before
    # how fast it is trained changes no result
    check_unchanged(plan_runs(make_grid(seeds=[1], set={"threads": 2, "checkpoint_minutes": 9}, variants={"plain": None})))


def test_a_default_of_the_model_that_is_written_down_later_changes_no_finished_run(make_grid: Make) -> None:
    run_grid(make_grid(seeds=[1], variants={"plain": None}), quiet=True)
    check_unchanged(plan_runs(make_grid(seeds=[1], variants={"plain": {"model.settings.gated": True}})))
    with pytest.raises(ConfigError, match=r"model\.settings\.gated: true there, false now"):
        check_unchanged(plan_runs(make_grid(seeds=[1], variants={"plain": {"model.settings.gated": False}})))


def test_a_run_of_an_older_version_that_lacks_a_new_setting_is_the_same(make_grid: Make) -> None:
    grid = make_grid(seeds=[1], variants={"plain": None})
    run_grid(grid, quiet=True)
    (run,) = plan_runs(grid)
    path = run.folder / "config.yaml"
    values = yaml.safe_load(path.read_text())
    del values["objective"]["smoothing"]
    path.write_text(yaml.safe_dump(values))
    check_unchanged([run])
    path.write_text("optimiser: {rate: 3}")
    with pytest.raises(ConfigError, match="cannot be read"):
        check_unchanged([run])


def test_a_variant_that_cannot_be_built_is_told_before_any_run(make_grid: Make, trained: list[str]) -> None:
    variants = {
        "plain": None,
        "cd": {"model.settings.transfer": {"mode": "features", "detector": "gone"}},
        "nobody": {"data.sources": ["x"]},
    }
    with pytest.raises(ConfigError) as caught:
        run_grid(make_grid(variants=variants), quiet=True)
    assert "variants.cd: " in str(caught.value)
    assert "variants.nobody: no training pair has a caption source" in str(caught.value)
    assert trained == []


def test_a_run_whose_start_was_trained_anew_is_refused(make_grid: Make) -> None:
    grid = make_grid(seeds=[1], variants={"plain": None, "tuned": {"from": "plain"}})
    assert run_grid(grid, quiet=True).failed == {}
    plain, tuned = plan_runs(grid)
    weights = plain.folder / "best" / "model.safetensors"
    assert tuned.facts()["start"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert "start" not in plain.facts()
    check_unchanged([plain, tuned])
    note, before = (tuned.folder / RUN).read_text(), weights.read_bytes()
    weights.write_bytes(b"others")
    with pytest.raises(ConfigError, match=rf"weights of .*: {tuned.facts()['start'][:12]} there, [0-9a-f]{{12}} now"):
        check_unchanged([plain, tuned])
    (tuned.folder / RUN).write_text(json.dumps({key: value for key, value in json.loads(note).items() if key != "start"}))
    check_unchanged([plain, tuned])  # nobody noted it
    (tuned.folder / RUN).write_text(note)
    weights.unlink()
    check_unchanged([plain, tuned])  # cleared away, and not replaced
    shutil.rmtree(plain.folder)
    with pytest.raises(ConfigError, match=r"there, to be trained now"):
        run_grid(grid, quiet=True)
    weights.parent.mkdir(parents=True)
    weights.write_bytes(before)
    check_unchanged([plain, tuned])


def test_a_start_must_be_chosen_or_finished(make_grid: Make, trained: list[str]) -> None:
    grid = make_grid(seeds=[1], variants={"plain": None, "tuned": {"from": "plain"}})
    with pytest.raises(ConfigError, match=r"tuned, seed 1: 'plain', which it starts from, is not trained: add --only 'plain'"):
        run_grid(grid, ["tuned"], quiet=True)
    plain, _ = plan_runs(grid)
    (plain.folder / RUN).parent.mkdir(parents=True)
    (plain.folder / RUN).write_text("{}")
    (plain.folder / "config.yaml").write_text(yaml.safe_dump(plain.config.model_dump(mode="json")))
    with pytest.raises(ConfigError, match=r"has no weights to start from: delete "):
        run_grid(grid, ["tuned"], quiet=True)
    assert trained == []


def test_a_run_never_starts_from_one_that_broke_off(make_grid: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    train = performing.train

    def failing(config: Any, **options: Any) -> Path:
        best = train(config, **options)
        if "plain" in config.output.parts:  # its best weights so far lie there already
            raise RuntimeError("broke off")
        return best

    monkeypatch.setattr(performing, "train", failing)
    grid = make_grid(seeds=[1], variants={"plain": None, "tuned": {"from": "plain"}})
    failed = run_grid(grid, quiet=True).failed
    assert list(failed) == ["plain, seed 1", "tuned, seed 1"]
    assert "which this one starts from, is not finished" in failed["tuned, seed 1"]


def test_settings_with_which_the_weights_of_the_start_do_not_fit_are_told_before_any_run(
    make_grid: Make, write_config: Any, tmp_path: Path, trained: list[str]
) -> None:
    write_config(tmp_path / "other", model={"name": "plain"})
    variants = {
        "plain": None,
        "wider": {"from": "plain", "model.settings.width": 64},
        "again": {"from": "wider"},
        "masked": {"from": "plain", "model.settings.mask_head": False},
        "other": {"from": "plain", "config": "other.yaml"},
        "fits": {"from": "plain", "model.settings.dropout": 0.3, "epochs": 1},
    }
    with pytest.raises(ConfigError) as caught:
        run_grid(make_grid(seeds=[1], variants=variants), quiet=True)
    text = str(caught.value)
    fit = "which it starts from, would not fit; give both the same settings"
    assert f"variants.wider: the weights of 'plain', {fit} (model.settings.width: 32 there, 64 here)" in text
    assert f"variants.masked: the weights of 'plain', {fit} (model.settings.mask_head: true there, false here)" in text
    assert f"variants.again: the weights of 'wider', {fit} (model.settings.width: 64 there, 32 here)" in text
    assert "variants.other: it starts from 'plain', whose model is 'dfm': set model.name=dfm" in text
    assert "variants.fits" not in text
    assert trained == []


def test_a_run_that_fails_does_not_stop_the_others(make_grid: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    train, lines = performing.train, []

    def failing(config: Any, **options: Any) -> Path:
        if "plain" in config.output.parts:
            raise RuntimeError("the gradients are not finite\nmore")
        return train(config, **options)

    monkeypatch.setattr(performing, "train", failing)
    grid = make_grid(seeds=[1])
    outcome = run_grid(grid, quiet=True, tell=lines.append)
    plain, whole = plan_runs(grid)
    assert list(outcome.failed) == ["plain, seed 1"]
    assert whole.state("val", 1) == "done"
    assert "RuntimeError" in (plain.folder / "error.txt").read_text()
    assert any(line.startswith("  failed: the gradients are not finite (") for line in lines)
    monkeypatch.setattr(performing, "train", train)
    assert run_grid(grid, quiet=True).failed == {}
    assert not (plain.folder / "error.txt").exists()


def test_the_minutes_of_a_run_begin_with_its_first_step(make_grid: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare, train, took = loop.start, performing.train, []

    def preparing(*arguments: Any) -> Any:
        time.sleep(0.4)
        return prepare(*arguments)

    def timed(config: Any, **options: Any) -> Path:
        began = time.monotonic()
        best = train(config, **options)
        took.append(time.monotonic() - began)
        return best

    monkeypatch.setattr(loop, "start", preparing)
    monkeypatch.setattr(performing, "train", timed)
    grid = make_grid(seeds=[1], variants={"plain": None})
    run_grid(grid, quiet=True)
    assert 0 < 60 * plan_runs(grid)[0].facts()["minutes"] <= took[0] - 0.4


def test_the_test_split_is_scored_by_finished_runs_alone_and_once(make_grid: Make, trained: list[str]) -> None:
    grid = make_grid(seeds=[1])
    with pytest.raises(ConfigError, match=r"No run of .* is finished"):
        score_finished(grid, "test", quiet=True)
    run_grid(grid, ["plain"], quiet=True)
    trained.clear()
    with pytest.raises(ConfigError, match=r"None of the chosen runs of .* is finished"):
        score_finished(grid, "test", ["whole"], quiet=True)
    assert score_finished(grid, "test", ["plain"], quiet=True).scored == 1
    assert score_finished(grid, "test", quiet=True).scored == 0
    plain, whole = plan_runs(grid)
    assert json.loads((plain.folder / "test" / "scores.json").read_text())["data"]["split"] == "test"
    assert not whole.folder.exists()
    assert trained == []
