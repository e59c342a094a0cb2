"""scripts/ship_detector.py: a release copy is whole, stored in 16 bits, and passes the package's own checks."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from deltascribe.models.detector import DetectorCheckpoint, load_detector, save_detector
from deltascribe.shipped import shipped_models

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


@pytest.fixture
def ship(build_detector: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Runs the script on a checkpoint of a run and gives the folder of the release copy."""
    training = {"seed": 3, "epoch": 5, "data": ["levir (train, 3 crops a pair)"], "validation": {"f1": 80.0}}
    save_detector(tmp_path / "best", DetectorCheckpoint(build_detector(), 64, 0.5, 0.41, training), "card of the run")
    monkeypatch.setattr("deltascribe.shipped.MODELS", tmp_path / "models")
    monkeypatch.syspath_prepend(SCRIPTS)

    def run(*arguments: str) -> Path:
        monkeypatch.setattr(sys, "argv", ["ship_detector.py", str(tmp_path / "best"), *arguments])
        runpy.run_path(str(SCRIPTS / "ship_detector.py"), run_name="__main__")
        return tmp_path / "models" / "detector_lite0"

    return run


def test_the_release_copy_is_whole_and_in_16_bits(ship: Callable[..., Path], tmp_path: Path) -> None:
    folder = ship()
    names = {"model.safetensors", "config.json", "README.md", "WEIGHTS-LICENSE", "SHA256SUMS"}
    assert {path.name for path in folder.iterdir()} == names
    (model,) = shipped_models()
    assert (model.name, model.kind, model.integrity) == ("detector_lite0", "detector", "right")
    kinds = {tensor.dtype for tensor in load_file(folder / "model.safetensors").values()}
    assert kinds == {torch.float16, torch.int64}  # the counters of batch normalisation are whole numbers
    one, two = (load_detector(path) for path in (folder, tmp_path / "best"))
    assert (one.size, one.gsd, one.threshold, one.training) == (two.size, two.gsd, two.threshold, two.training)
    pair = torch.rand(1, 2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(one.model(pair).change_map, two.model(pair).change_map, atol=2e-3, rtol=0)


def test_its_card_tells_how_it_was_made_and_scored(ship: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Not measured yet." in (ship() / "README.md").read_text()
    assert "--scores table.md" in capsys.readouterr().out
    table = "`python benchmarks/detector.py --data data/levir`\n\n| split | F1 |\n|---|---|\n| val | 80.00 |\n"
    (tmp_path / "table.md").write_text(table)
    card = (ship("--scores", str(tmp_path / "table.md"), "--overrides", "epochs=8") / "README.md").read_text()
    assert table in card
    for part in ("# detector_lite0: ", "64 x 64 pixels", "0.5 m a pixel", "from 0.41 on", "seed 3", "epoch 5", "epochs=8", "levir (train"):
        assert part in card
    assert "{" not in card
