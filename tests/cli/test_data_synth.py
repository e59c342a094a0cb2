"""`deltascribe data synth`."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from deltascribe.cli.data import app
from deltascribe.datasets import open_dataset
from deltascribe.datasets.synthetic import makers
from deltascribe.errors import DatasetError, MissingDependencyError

runner = CliRunner()


pytestmark = pytest.mark.usefixtures("fake_renderer")


def _run(*arguments: Any) -> Any:
    return runner.invoke(app, ["synth", *map(str, arguments)])


def test_pairs_are_written_with_a_sheet_and_pass_the_check(tmp_path):
    out = tmp_path / "out"
    result = _run(out, "--count", 10, "--seed", 3, "--size", 64)
    assert result.exit_code == 0, result.output
    assert "10 pairs" in result.output
    assert len(open_dataset(out)) == 10
    # one row a pair
    assert Image.open(out / "sheet.png").height > 10 * 224
    assert runner.invoke(app, ["check", str(out), "--quiet"]).exit_code == 0


def test_the_same_call_again_makes_nothing_anew_and_a_larger_count_adds(tmp_path):
    arguments = (tmp_path, "--seed", 3, "--size", 64, "--no-sheet", "--quiet")
    assert _run(*arguments, "--count", 4).exit_code == 0
    assert not (tmp_path / "sheet.png").exists()
    assert "4 pairs, 4 of them there before" in _run(*arguments, "--count", 4).output
    assert "6 pairs, 4 of them there before" in _run(*arguments, "--count", 6).output
    error = _run(tmp_path, "--seed", 4, "--size", 64, "--count", 6).exception
    assert isinstance(error, DatasetError)
    assert "seed was 3 and is now 4" in str(error)


def test_scenarios_can_be_chosen_and_listed(tmp_path):
    assert _run(tmp_path, "-n", 6, "--size", 64, "--scenario", "build", "--scenario", "demolish", "--no-sheet").exit_code == 0
    stories = {json.loads(path.read_text())["scenario"] for path in (tmp_path / "truth").iterdir()}
    assert stories == {"build", "demolish"}
    listed = _run("--list-scenarios")
    assert listed.exit_code == 0
    assert "demolish" in listed.output
    assert "title of demolish" in listed.output
    assert isinstance(_run(tmp_path / "other", "--scenario", "earthquake").exception, DatasetError)


def test_backgrounds_are_used(tmp_path):
    (tmp_path / "aerial").mkdir()
    for number in range(3):
        Image.new("RGB", (80, 80), (90, 100 + number, 80)).save(tmp_path / "aerial" / f"{number}.png")
    result = _run(tmp_path / "out", "-n", 4, "--size", 64, "--backgrounds", tmp_path / "aerial", "--no-sheet")
    assert result.exit_code == 0, result.output
    assert all(record.ground.startswith("background ") for record in open_dataset(tmp_path / "out").records)


def test_a_scene_is_written(tmp_path):
    result = _run(tmp_path, "--scene", 512, "--seed", 1, "--scenario", "build", "--scene-shift", "2,1")
    assert result.exit_code == 0, result.output
    names = {"before.tif", "after.tif", "change_mask.tif", "truth.geojson", "synth.json"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert names - {"synth.json"} <= set(result.output.replace("/", " ").split())
    assert json.loads((tmp_path / "synth.json").read_text())["command"].endswith("--scenario build --scene-shift 2,1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scene", 512, "--count", 5], "Leave out --count"),
        (["--scene", 512, "--scene-shift", "2"], "--scene-shift takes 2 numbers"),
        (["--scene", 512, "--scene-shift", "0.5,1"], "whole pixels"),
        (["--scene", 512, "--scenario", "build", "--scenario", "demolish"], "one --scenario at most"),
        (["--shares", "a,b,c"], "--shares takes 3 numbers"),
        (["--shares", "50,10,10"], "sum up to 1"),
        (["--size", 7], "32 to 2048"),
    ],
)
def test_wrong_use_is_told(tmp_path, arguments, message):
    error = _run(tmp_path / "out", *arguments).exception
    assert isinstance(error, DatasetError)
    assert message in str(error)
    assert not (tmp_path / "out").exists()


def test_a_missing_folder_or_package_is_told(tmp_path, monkeypatch):
    result = _run()
    assert result.exit_code == 2
    assert "list-scenarios" in result.output
    monkeypatch.setitem(sys.modules, "cv2", None)
    makers.default_makers.cache_clear()
    assert isinstance(_run(tmp_path / "out").exception, MissingDependencyError)
    assert not (tmp_path / "out").exists()


def test_help_shows_examples():
    assert "deltascribe data synth data/scene --scene 4096" in " ".join(_run("--help").output.split())
