"""One step of training reaches every trainable weight of every model, whatever its settings: data-parallel training waits for each."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from deltascribe.losses import ObjectiveConfig
from deltascribe.models import Batch, create_model, list_models

from .conftest import unheard

SMALL: dict[str, Any] = {"backbone": {"weights": "none", "tuned_stages": 2}, "width": 32, "heads": 4}
PEERS = sorted(set(list_models()) - {"dfm"})
GATES = {
    "none": ({}, {"gate": "none"}),
    "binary": ({}, {"gate": "binary"}),
    "area": ({}, {"gate": "area"}),
    "learned": ({"learned_gate": True}, {"gate": "learned"}),
    "channel": ({"channel_gate": True}, {"similar_from": 0.5}),
}
"""Settings of the model and of the objective."""


def batch(captions: int = 0) -> Batch:
    generator = torch.Generator().manual_seed(1)
    shape = (3, captions, 12) if captions else (3, 12)
    return Batch(
        pair=torch.rand(3, 2, 3, 64, 64, generator=generator),
        tokens=torch.tensor([[[1, 4, 5, 6, 2], [1, 4, 7, 2, 0]], [[1, 5, 2, 0, 0], [0, 0, 0, 0, 0]], [[1, 7, 6, 2, 0], [1, 6, 2, 0, 0]]]),
        text=F.normalize(torch.randn(shape, generator=generator), dim=-1),
        changed=torch.tensor([1.0, 1.0, 0.0]),
        mask=torch.randint(0, 3, (3, 64, 64), generator=generator).to(torch.uint8),
    )


def make(name: str, **settings: Any) -> Any:
    torch.manual_seed(0)
    return create_model(name, {**SMALL, **settings}, 8)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("name", PEERS)
def test_peers_at_every_level(name: str, level: int) -> None:
    assert unheard(make(name, level=level), batch(), ObjectiveConfig(gate="none", mask=1.0)) == (set(), set())


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("fusion", ["joint", "plain"])
def test_dfm_with_every_fusion_and_gate(fusion: str, gate: str) -> None:
    settings, losses = GATES[gate]
    model = make("dfm", grid=4, embedding=16, text_dimension=12, fusion=fusion, **settings)
    assert unheard(model, batch(), ObjectiveConfig.model_validate(losses)) == (set(), set())


@pytest.mark.parametrize("left_out", [{"difference": "plain"}, {"level_weights": False}, {"pixel_level": False}, {"joint_layers": 0}])
def test_dfm_without_a_part_of_jfm(left_out: dict[str, Any]) -> None:
    model = make("dfm", grid=4, embedding=16, text_dimension=12, **left_out)
    assert unheard(model, batch(captions=2), ObjectiveConfig(texts="all")) == (set(), set())
