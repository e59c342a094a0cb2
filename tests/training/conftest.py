"""A tiny data set and a tiny model's configuration."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from deltascribe.training import TrainConfig
from deltascribe.training.config import load_config

MAKER = Path(__file__).resolve().parents[1] / "data" / "levir_mci" / "data.py"
PAIRS = [
    *(("train", number, number % 3 != 0) for number in range(1, 10)),
    ("val", 1, True),
    ("val", 2, False),
    ("val", 3, True),
    ("test", 1, True),
    ("test", 2, False),
]


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set in LEVIR-MCI's layout: 9 training pairs (6 changed), 3 of validation, 2 of test; 32x32 pixels."""
    spec = importlib.util.spec_from_file_location("levir_mci_maker", MAKER)
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.PAIRS = PAIRS
    folder = tmp_path_factory.mktemp("levir")
    maker.make(folder)
    return folder


@pytest.fixture(scope="session")
def write_config(root: Path) -> Callable[..., Path]:
    """Writes `OUTPUT.yaml`: two epochs of four steps on the tiny data set, with augmentation; dotted names override."""

    def write(output: Path, **overrides: Any) -> Path:
        values: dict[str, Any] = {
            "output": str(output),
            "data": {"root": str(root), "size": 64, "min_count": 1, "captions_per_pair": 3},
            "model": {"settings": _tiny_model()},
            "optimiser": {"lr": 3e-3, "ema": 0.5},
            "seed": 3,
            "epochs": 2,
            "batch_size": 2,
            "accelerator": "cpu",
            "threads": 1,
            "beams": 1,
            "sentence_encoder": "tfidf",
        }
        for key, value in overrides.items():
            *sections, last = key.split("__")
            section = values
            for name in sections:
                section = section.setdefault(name, {})
            section[last] = value
        path = output.with_suffix(".yaml")
        path.write_text(yaml.safe_dump(values))
        return path

    return write


@pytest.fixture(scope="session")
def make_config(write_config: Callable[..., Path]) -> Callable[..., TrainConfig]:
    """The same, read."""
    return lambda output, **overrides: load_config(write_config(output, **overrides))


def _tiny_model() -> dict[str, Any]:
    return {
        "backbone": {"name": "efficientnet_lite0", "weights": "none", "tuned_stages": 4},
        "width": 32,
        "heads": 2,
        "grid": 4,
        "joint_layers": 1,
        "decoder_layers": 1,
        "embedding": 16,
        "dropout": 0.1,
    }
