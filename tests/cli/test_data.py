"""`deltascribe data`."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from deltascribe.cli.data import app
from deltascribe.datasets import list_formats, open_dataset
from deltascribe.errors import DatasetError, DatasetNotFoundError

DATA = Path(__file__).resolve().parents[1] / "data"
runner = CliRunner()


@pytest.fixture
def levir(tmp_path: Path) -> Path:
    return _fake(tmp_path, "levir_mci")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return _fake(tmp_path, "folder")


def _fake(folder: Path, name: str) -> Path:
    root = folder / name
    root.mkdir()
    runpy.run_path(str(DATA / name / "data.py"))["make"](root)
    return root


def _json(*arguments: Any) -> Any:
    return json.loads(runner.invoke(app, [*map(str, arguments), "--json"]).stdout)


def test_check_prints_counts_and_ends_with_0_for_a_sound_data_set(levir):
    result = runner.invoke(app, ["check", str(levir)])
    assert result.exit_code == 0
    assert "LEVIR-MCI" in result.output
    assert "6,815" in result.output
    assert "12 of 32x32" in result.output


def test_check_ends_with_1_and_names_the_file_where_there_is_an_error(levir):
    (levir / "images/val/A/val_000003.png").unlink()
    result = runner.invoke(app, ["check", str(levir), "--quiet"])
    assert result.exit_code == 1
    assert "images that are not on disk" in result.output
    assert "val_000003.png" in result.output
    assert runner.invoke(app, ["check", str(levir), "--split", "test"]).exit_code == 0


def test_check_as_json_is_nothing_but_json(levir):
    value = _json("check", levir, "--split", "train")
    assert value["ok"] is True
    assert value["counts"] == {"train": 3}
    assert _json("check", levir, "--format", "levir_cc")["format"] == "levir_cc"


def test_build_writes_a_folder_that_levir_readers_take(own, tmp_path):
    result = runner.invoke(app, ["build", str(own), str(tmp_path / "built")])
    assert result.exit_code == 0, result.output
    assert "Wrote 4 pairs (2 train, 1 val, 1 test), 6 captions and 3 labels" in result.output
    assert len(open_dataset(tmp_path / "built", format="levir_cc")) == 4
    assert isinstance(runner.invoke(app, ["build", str(own), str(tmp_path / "built")]).exception, DatasetError)
    assert _json("build", own, tmp_path / "built", "--force")["counts"] == {"train": 2, "val": 1, "test": 1}


def test_show_writes_a_png_and_names_the_pairs(levir, tmp_path):
    out = tmp_path / "sheet.png"
    result = runner.invoke(app, ["show", str(levir), "-o", str(out), "--name", "val_001024", "--tile", "48"])
    assert result.exit_code == 0, result.output
    assert "val_001024" in result.output
    assert Image.open(out).format == "PNG"
    result = runner.invoke(app, ["show", str(levir), "-o", str(out), "-n", "2", "--seed", "1", "--split", "train"])
    assert result.output.count("train_") == 2


def test_formats_lists_every_layout_and_where_to_get_it():
    output = runner.invoke(app, ["formats"]).output
    for name in list_formats():
        assert name in output
    assert "https://huggingface.co/datasets/lcybuaa/LEVIR-CC" in output
    assert next(row for row in _json("formats") if row["name"] == "whu_cdc")["counts"] == {"train": 5947, "val": 743, "test": 744}


def test_wrong_folder_and_split_raise_named_errors_for_the_main_command_to_print(levir, tmp_path):
    assert isinstance(runner.invoke(app, ["check", str(tmp_path / "nowhere")]).exception, DatasetNotFoundError)
    assert isinstance(runner.invoke(app, ["check", str(levir), "--split", "dev"]).exception, DatasetError)


@pytest.mark.parametrize("command", ["check", "build", "show", "formats"])
def test_help_shows_an_example(command):
    assert f"deltascribe data {command}" in runner.invoke(app, [command, "--help"]).output
