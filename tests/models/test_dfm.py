"""DFM's settings and heads."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from deltascribe.errors import ConfigError
from deltascribe.models import Batch, create_model

SMALL: dict[str, Any] = {"backbone": {"weights": "none", "tuned_stages": 4}, "width": 32, "heads": 4, "grid": 4}


@pytest.mark.parametrize(("grid", "fits"), [(1, True), (4, True), (16, True), (64, True), (14, False), (24, False)])
def test_the_grid_divides_the_thumbnail(grid: int, fits: bool) -> None:
    if not fits:
        with pytest.raises(ConfigError, match=f"grid={grid}"):
            create_model("dfm", {**SMALL, "grid": grid}, 6)
        return
    model: Any = create_model("dfm", {**SMALL, "grid": grid}, 6)
    memory = model.encode(Batch(pair=torch.rand(1, 2, 3, 64, 64)))
    assert memory.tokens.shape == (1, grid * grid, 32)


def test_the_mask_has_a_quarter_of_the_resolution_or_is_left_out() -> None:
    pair = torch.rand(1, 2, 3, 64, 96)
    model: Any = create_model("dfm", SMALL, 6)
    assert model.encode(Batch(pair=pair)).mask_logits.shape == (1, 1, 16, 24)
    bare: Any = create_model("dfm", {**SMALL, "mask_head": False}, 6)
    assert bare.encode(Batch(pair=pair)).mask_logits is None


@pytest.mark.parametrize(("stored", "scale"), [(50.0, 100.0), (-3.0, 1.0)])
def test_the_temperature_stays_in_bounds(stored: float, scale: float) -> None:
    model: Any = create_model("dfm", SMALL, 6)
    with torch.no_grad():
        model.log_scale.fill_(stored)
    output = model(Batch(pair=torch.rand(1, 2, 3, 64, 64), tokens=torch.tensor([[[1, 4, 2]]])))
    assert output.logit_scale.item() == pytest.approx(scale)
