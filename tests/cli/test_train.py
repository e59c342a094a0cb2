"""`deltascribe train`, with the very configurations that the shipped model was trained with."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deltascribe.cli import main
from deltascribe.models.checkpoint import load_checkpoint, save_checkpoint
from deltascribe.models.ensembling import ensemble_checkpoints
from deltascribe.training import TrainConfig

TESTS = Path(__file__).resolve().parents[1]
CONFIG = TESTS.parent / "configs" / "dfm_lite0.yaml"
PEOPLE = CONFIG.with_name("dfm_lite0_people.yaml")
SMALLER = [
    "accelerator=cpu",
    "threads=1",
    "epochs=1",
    "batch_size=2",
    "beams=1",
    "sentence_encoder=tfidf",
    "cache.variants=1",
    "data.size=64",
    "data.min_count=1",
    "model.settings.width=32",
    "model.settings.heads=2",
    "model.settings.grid=4",
]


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main.app, list(map(str, arguments)), env={"COLUMNS": "160"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def data(tmp_path: Path) -> Path:
    spec = importlib.util.spec_from_file_location("levir_mci_maker", TESTS / "data" / "levir_mci" / "data.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.make(tmp_path / "data")
    return tmp_path / "data"


def test_the_committed_configurations_train_and_then_fine_tune(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    first = tmp_path / "first"
    code, stdout, stderr = invoke("train", CONFIG, f"data.root={data}", f"output={first}", *SMALLER, "--quiet")
    assert code == 0, stderr
    assert stdout == f"The best checkpoint is {first / 'best'}. Score it with: deltascribe evaluate {first / 'best'} {data}\n"
    best = load_checkpoint(first / "best")
    assert best.settings["width"] == 32
    assert best.settings["transfer"]["encoder"] is True

    second = tmp_path / "second"
    code, _, stderr = invoke("train", PEOPLE, f"data.root={data}", f"output={second}", *SMALLER, "--init", first / "best", "-q")
    assert code == 0, stderr
    assert load_checkpoint(second / "best").vocabulary == best.vocabulary
    # the shipped model is such an ensemble; its first member is what goes on
    save_checkpoint(tmp_path / "both", ensemble_checkpoints([first / "best", first / "last"]), "a card")
    third = tmp_path / "third"
    code, _, stderr = invoke("train", CONFIG, f"data.root={data}", f"output={third}", *SMALLER, "--init", tmp_path / "both", "-q")
    assert code == 0, stderr
    assert load_checkpoint(third / "best").name == "dfm"


def test_where_there_is_no_test_split_the_command_to_score_with_takes_val(
    write_data: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write_data([("train", ["a road is built"]), ("val", ["a barn is torn down"])])
    monkeypatch.setattr("deltascribe.training.train", lambda settings, quiet: settings.output / "best")
    run = tmp_path / "run"
    _, stdout, _ = invoke("train", CONFIG, f"data.root={own}", "data.format=folder", f"output={run}")
    assert stdout.endswith(f"deltascribe evaluate {run / 'best'} {own} --split val --format folder\n")


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ((), "interrupted: no resume point was written yet; the same command begins anew\n"),
        (("step-00000005.pt", "step-00000040.pt"), "interrupted: the same command goes on from step 40\n"),
    ],
)
def test_an_interrupted_run_tells_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, points: tuple[str, ...], said: str) -> None:
    def stopped(settings: TrainConfig, quiet: bool) -> Path:
        (settings.output / "resume").mkdir(parents=True)
        for name in points:
            (settings.output / "resume" / name).touch()
        raise KeyboardInterrupt

    monkeypatch.setattr("deltascribe.training.train", stopped)
    assert invoke("train", CONFIG, f"output={tmp_path / 'run'}") == (130, "", said)


def test_a_wrong_setting_is_told_in_one_line_with_exit_code_2(data: Path, tmp_path: Path) -> None:
    code, _, stderr = invoke("train", CONFIG, "epoch=1")
    assert code == 2
    assert "epoch: unknown setting; did you mean epochs?" in stderr
    assert "Traceback" not in stderr
    code, _, stderr = invoke("train", CONFIG, f"data.root={data}", f"output={tmp_path / 'both'}", *SMALLER, "model.name=dfm_ensemble", "-q")
    assert code == 2
    assert "is made of trained ones, by `deltascribe ensemble`" in stderr
    assert invoke("train", tmp_path / "none.yaml")[0] == 2
    assert invoke("train", CONFIG, "data.root=/no/such/folder", f"output={tmp_path / 'run'}", "--devices", 0)[0] == 2


def test_help_shows_examples() -> None:
    code, stdout, _ = invoke("train", "--help")
    assert code == 0
    assert "Examples" in stdout
    assert "deltascribe train configs/dfm_lite0.yaml data.root=LEVIR-MCI output=runs/first" in stdout
    assert "--init" in stdout
