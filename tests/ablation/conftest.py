"""A tiny grid: two variants of a tiny model on a tiny data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from deltascribe.ablation import Ablation, load_ablation

from ..training.conftest import root, write_config

__all__ = ["root", "write_config"]  # fixtures

VARIANTS: dict[str, Any] = {"plain": {"model.settings.fusion": "plain", "objective.tgcl": 0}, "whole": None}
WriteGrid = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_table(no_paraphrase_table: None) -> None:
    """METEOR's table takes seconds to read for each new set of words."""


@pytest.fixture
def write_grid(tmp_path: Path, write_config: Callable[..., Path]) -> WriteGrid:
    """Writes `grid.yaml` over a training configuration of one epoch of one step; names override."""

    def write(**values: Any) -> Path:
        write_config(tmp_path / "base", epochs=1, batch_size=9)
        grid = {
            "output": str(tmp_path / "grid"),
            "base": "base.yaml",
            "seeds": [1, 2],
            "reference": "plain",
            "variants": VARIANTS,
            "beams": 1,
        }
        path = tmp_path / "grid.yaml"
        path.write_text(yaml.safe_dump(grid | values, sort_keys=False))
        return path

    return write


@pytest.fixture
def make_grid(write_grid: WriteGrid) -> Callable[..., Ablation]:
    """The same, read."""
    return lambda **values: load_ablation(write_grid(**values))
