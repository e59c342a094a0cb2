"""MCI: its layers of interaction, and its two branches."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from deltascribe.losses import ObjectiveConfig, objective
from deltascribe.models import Batch
from deltascribe.models.peers.mci import MCI, Branch, DifferenceAttention, Interaction, LocalPerception, MCIConfig


def build(**settings: object) -> MCI:
    torch.manual_seed(0)
    backbone = {"weights": "none", "tuned_stages": 4}
    return MCI(MCIConfig.model_validate({"backbone": backbone, "width": 32, "heads": 4, "detection_width": 16, **settings}), 9)


def level(seed: int, side: int = 5, channels: int = 16) -> torch.Tensor:
    return torch.randn(2, channels, side, side, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_the_difference_of_identical_dates_is_zero() -> None:
    torch.manual_seed(0)
    attention = DifferenceAttention(16, 4, 0.0, 16)
    assert not attention.difference(level(1), level(1)).any()
    branch = Branch(16, 16, 2, MCIConfig(heads=4, dropout=0.0, detection_width=16)).eval()
    first, second = branch.refine(level(1), level(1))
    assert torch.equal(first, second)


@torch.no_grad()
def test_swapped_dates_turn_the_difference_round() -> None:
    torch.manual_seed(0)
    attention = DifferenceAttention(16, 4, 0.0, 16)
    torch.testing.assert_close(attention.difference(level(1), level(2)), -attention.difference(level(2), level(1)))


@torch.no_grad()
def test_a_date_hears_of_the_other() -> None:
    torch.manual_seed(0)
    layer = Interaction(16, 4, 0.0, 16).eval()
    one, two = layer(level(1), level(2))[0], layer(level(1), level(3))[0]
    assert not torch.allclose(one, two, atol=1e-4)


@torch.no_grad()
def test_local_perception_reaches_two_places_far() -> None:
    torch.manual_seed(0)
    local = LocalPerception(16).eval()
    x = level(1, side=9)
    altered = x.clone()
    altered[:, :, 4, 4] += level(2, side=1)[:, :, 0, 0]
    moved = (local(altered) - local(x)).abs().amax((0, 1)) > 1e-6
    expected = torch.zeros(9, 9, dtype=torch.bool)
    expected[2:7, 2:7] = True
    assert torch.equal(moved, expected)


@torch.no_grad()
def test_attention_over_a_large_level_reads_all_of_it() -> None:
    torch.manual_seed(0)
    attention = DifferenceAttention(16, 4, 0.0, 16).eval()
    x = level(1, side=32)
    altered = x.clone()
    altered[:, :, -1, -1] += 20 * level(2, side=1)[:, :, 0, 0]
    moved = (attention(altered, torch.zeros_like(x)) - attention(x, torch.zeros_like(x))).abs().amax((0, 1))
    assert bool((moved > 0).all())


def test_the_places_that_attention_reads_are_a_setting() -> None:
    found = {module.places for module in build(places=8).modules() if isinstance(module, DifferenceAttention)}
    assert found == {8}


@pytest.mark.parametrize(("height", "width"), [(64, 64), (64, 96), (96, 128)])
def test_mask_logits_have_a_quarter_of_the_side(height: int, width: int) -> None:
    pair = torch.rand(1, 2, 3, height, width)
    with torch.no_grad():
        memory = build().eval().encode(Batch(pair=pair))
    assert memory.mask_logits is not None
    assert memory.mask_logits.shape == (1, 1, height // 4, width // 4)
    assert memory.grid == (height // 32, width // 32)


def test_both_tasks_together_reach_every_trainable_weight() -> None:
    model = build().train()
    batch = Batch(
        pair=torch.rand(2, 2, 3, 64, 64),
        tokens=torch.tensor([[[1, 4, 5, 2]], [[1, 6, 2, 0]]]),
        changed=torch.tensor([1.0, 0.0]),
        mask=torch.randint(0, 2, (2, 64, 64)).to(torch.uint8),
    )
    objective(model(batch), batch, ObjectiveConfig(tgcl=0, mask=1.0))["loss"].backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.any()), name


def test_the_mask_alone_trains_the_shared_encoder_and_not_the_captioning_branch() -> None:
    model = build().train()
    memory = model.encode(Batch(pair=torch.rand(1, 2, 3, 64, 64)))
    assert memory.mask_logits is not None
    memory.mask_logits.sum().backward()
    assert any(parameter.grad is not None for parameter in model.backbone.parameters())
    assert all(parameter.grad is None for parameter in model.captioning.parameters())


def test_heads_must_divide_both_widths() -> None:
    with pytest.raises(ValidationError, match="detection_width=24"):
        MCIConfig(width=160, heads=16, detection_width=24)
