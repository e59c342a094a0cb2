"""A tiny data set with masks, and the configuration of a tiny run over it."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def masks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight training pairs of 64 pixels on four grounds, two for validation, two for the test."""
    root = tmp_path_factory.mktemp("masks")
    names = {
        "train": [f"train_{scene}_{cell}" for scene in (1, 2, 3, 4) for cell in (1, 2)],
        "val": ["val_1_1", "val_1_2"],
        "test": ["test_1_1", "test_1_2"],
    }
    runpy.run_path(str(DATA / "change_detection" / "data.py"))["make"](root, size=64, names=names)
    return root


@pytest.fixture(scope="session")
def two_kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings of a run whose masks tell buildings from roads: three training pairs of 32 pixels, two for validation."""
    root = tmp_path_factory.mktemp("two_kinds")
    runpy.run_path(str(DATA / "levir_mci" / "data.py"))["make"](root)
    train, val, test = ({"root": str(root), "split": split} for split in ("train", "val", "test"))
    return {"model__classes": "three-class", "data__train": [train], "data__val": [val], "data__held_out": [test]}


@pytest.fixture(scope="session")
def write_config(masks: Path) -> Callable[..., Path]:
    """Writes the configuration of a run of two epochs of four steps beside its output folder."""

    def write(output: Path, **values: Any) -> Path:
        config: dict[str, Any] = {
            "output": str(output),
            "seed": 3,
            "epochs": 2,
            "batch_size": 2,
            "accelerator": "cpu",
            "threads": 1,
            "data": {
                "size": 48,
                "train": [{"root": str(masks)}],
                "val": [{"root": str(masks), "split": "val"}],
                "held_out": [{"root": str(masks), "split": "test"}],
            },
            "model": {"backbone": {"weights": "none", "tuned_stages": 3}, "width": 16},
            "optimiser": {"lr": 0.001, "backbone_lr": 0.0005, "ema": 0.9},
        }
        for key, value in values.items():
            *sections, last = key.split("__")
            inner = config
            for section in sections:
                inner = inner.setdefault(section, {})
            inner[last] = value
        path = output.with_suffix(".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(config))
        return path

    return write
