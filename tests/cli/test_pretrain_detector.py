"""`deltascribe pretrain-detector`, with the very configuration of the repository."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deltascribe.cli import main
from deltascribe.models.detector import load_detector

TESTS = Path(__file__).resolve().parents[1]
CONFIG = TESTS.parent / "configs" / "detector.yaml"


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main.app, list(map(str, arguments)), env={"COLUMNS": "200"})
    return result.exit_code, result.stdout, result.stderr


def test_the_committed_configuration_trains_and_then_fine_tunes(tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    data = tmp_path / "data"
    names = {"train": ["train_1", "train_2", "train_3", "train_4"], "val": ["val_1"], "test": ["test_1"]}
    runpy.run_path(str(TESTS / "data" / "change_detection" / "data.py"))["make"](data, names=names)
    sources = [
        f"data.train=[{{root: {data}}}]",
        f"data.val=[{{root: {data}, split: val}}]",
        f"data.held_out=[{{root: {data}, split: test}}]",
    ]
    smaller = [*sources, "accelerator=cpu", "epochs=1", "batch_size=2", "data.size=32", "model.backbone.weights=none", "model.width=16"]
    first = tmp_path / "first"
    code, stdout, stderr = invoke("pretrain-detector", CONFIG, f"output={first}", *smaller, "--quiet")
    assert code == 0, stderr
    assert stdout.splitlines()[-1] == (
        f"The best checkpoint is {first / 'best'}. Use it with: deltascribe detect BEFORE AFTER --model {first / 'best'}"
    )
    assert load_detector(first / "best").model.config.order_free
    code, _, stderr = invoke("pretrain-detector", CONFIG, f"output={tmp_path / 'second'}", *smaller, "--init", first / "best", "-q")
    assert code == 0, stderr
    code, _, stderr = invoke(
        "pretrain-detector", CONFIG, f"output={tmp_path / 'third'}", *smaller, sources[0].replace("}", ", split: test}")
    )
    assert code == 2
    assert "1 training pairs" in stderr
    assert "Leave them out" in stderr


def test_a_wrong_setting_is_told_in_one_line_with_exit_code_2(tmp_path: Path) -> None:
    code, _, stderr = invoke("pretrain-detector", CONFIG, "augment.zoom=1")
    assert code == 2
    assert "augment.zoom: unknown setting; there are: " in stderr
    assert invoke("pretrain-detector", tmp_path / "none.yaml")[0] == 2


def test_help_shows_examples() -> None:
    code, stdout, _ = invoke("pretrain-detector", "--help")
    assert code == 0
    assert "deltascribe pretrain-detector configs/detector.yaml output=runs/detector" in stdout
    assert "--init" in stdout
