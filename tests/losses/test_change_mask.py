"""The loss of change masks against closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from deltascribe.losses.change_mask import ChangeMaskLossConfig, change_mask_loss

PLAIN = ChangeMaskLossConfig()


def draw(classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, classes, 8, 8, generator=generator)
    return logits, torch.randint(0, max(classes, 2), (2, 8, 8), generator=generator).to(torch.uint8)


def test_cross_entropy_is_the_binary_one_and_dice_is_pooled_over_the_batch() -> None:
    logits, mask = draw(1)
    parts = change_mask_loss(logits, mask, PLAIN)
    target = mask.float()[:, None]
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
    torch.testing.assert_close(parts["cross_entropy"], expected)
    probability = logits.sigmoid()
    dice = 1 - (2 * (probability * target).sum() + 100) / (probability.sum() + target.sum() + 100)
    torch.testing.assert_close(parts["dice"], dice)
    torch.testing.assert_close(parts["loss"], expected + dice)


def test_any_class_but_none_is_change_for_a_single_logit() -> None:
    logits, mask = draw(1)
    roads = torch.where(mask > 0, 2, 0).to(torch.uint8)
    assert change_mask_loss(logits, roads, PLAIN)["loss"] == change_mask_loss(logits, mask, PLAIN)["loss"]


def test_three_classes_have_the_usual_cross_entropy_and_the_mean_dice_of_building_and_road() -> None:
    logits, mask = draw(3)
    parts = change_mask_loss(logits, mask, PLAIN)
    torch.testing.assert_close(parts["cross_entropy"], torch.nn.functional.cross_entropy(logits, mask.long()))
    probability = logits.softmax(1)
    each = []
    for index in (1, 2):
        p, t = probability[:, index], (mask == index).float()
        each.append(1 - (2 * (p * t).sum() + 100) / (p.sum() + t.sum() + 100))
    torch.testing.assert_close(parts["dice"], torch.stack(each).mean())


def test_unknown_pixels_count_for_nothing() -> None:
    logits, mask = draw(1)
    mask[:, :4] = 255
    part = change_mask_loss(logits[:, :, 4:], mask[:, 4:], PLAIN)
    torch.testing.assert_close(change_mask_loss(logits, mask, PLAIN), part)
    nothing = change_mask_loss(logits.requires_grad_(), torch.full_like(mask, 255), PLAIN)
    assert nothing["loss"] == 0
    nothing["loss"].backward()
    assert logits.grad is not None
    assert not logits.grad.any()


def test_focal_weighs_each_pixel_by_what_it_misses() -> None:
    logits = torch.tensor([[[[math.log(3.0), -math.log(3.0)]]]])  # 0.75 and 0.25
    mask = torch.tensor([[[1, 1]]], dtype=torch.uint8)
    value = change_mask_loss(logits, mask, ChangeMaskLossConfig(focal=2))["cross_entropy"]
    expected = -(0.25**2 * math.log(0.75) + 0.75**2 * math.log(0.25)) / 2
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_hard_takes_the_mean_of_the_worst_pixels() -> None:
    logits, mask = draw(1)
    pixels = torch.nn.functional.binary_cross_entropy_with_logits(logits[:, 0], mask.float(), reduction="none").flatten()
    value = change_mask_loss(logits, mask, ChangeMaskLossConfig(hard=0.25))["cross_entropy"]
    torch.testing.assert_close(value, pixels.sort().values[-32:].mean())
