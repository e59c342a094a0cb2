"""Losses of words, flag and mask against closed forms and torch's own."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from deltascribe.losses import caption_cross_entropy, flag_loss, mask_loss


def scores(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_one_caption_equals_the_cross_entropy_of_torch(smoothing: float) -> None:
    logits, tokens = scores(1, 1, 4, 7), torch.tensor([[[1, 4, 5, 6, 2]]])
    expected = F.cross_entropy(logits[0, 0], tokens[0, 0, 1:], label_smoothing=smoothing)
    torch.testing.assert_close(caption_cross_entropy(logits, tokens, smoothing), expected)


def test_smoothing_by_hand() -> None:
    logits = torch.tensor([2.0, 0.0, 1.0, 0.0]).log_softmax(0)
    loss = caption_cross_entropy(logits.view(1, 1, 1, 4), torch.tensor([[[1, 2]]]), 0.2)
    assert float(loss) == pytest.approx(float(-0.8 * logits[2] - 0.2 * logits.mean()), rel=1e-6)


def test_every_pair_counts_the_same() -> None:
    tokens = torch.tensor([[[1, 4, 5, 6, 2], [1, 6, 2, 0, 0]], [[1, 2, 0, 0, 0], [0, 0, 0, 0, 0]]])
    logits = scores(2, 2, 4, 7)
    alone = [caption_cross_entropy(logits[row : row + 1], tokens[row : row + 1]) for row in range(2)]
    torch.testing.assert_close(caption_cross_entropy(logits, tokens), (alone[0] + alone[1]) / 2)
    # the captions of a pair are averaged word by word
    words = [
        F.cross_entropy(logits[0, 0, :4], tokens[0, 0, 1:], reduction="sum"),
        F.cross_entropy(logits[0, 1, :2], tokens[0, 1, 1:3], reduction="sum"),
    ]
    torch.testing.assert_close(caption_cross_entropy(logits[:1], tokens[:1], 0.0), (words[0] + words[1]) / 6)


def test_a_pair_without_captions_is_left_out_and_a_batch_without_words_costs_nothing() -> None:
    tokens, logits = torch.tensor([[[1, 4, 2]], [[0, 0, 0]]]), scores(2, 1, 2, 7)
    torch.testing.assert_close(caption_cross_entropy(logits, tokens), caption_cross_entropy(logits[:1], tokens[:1]))
    assert float(caption_cross_entropy(logits[1:], tokens[1:])) == 0


def test_padding_gets_no_gradient() -> None:
    logits = scores(1, 1, 4, 7).requires_grad_()
    caption_cross_entropy(logits, torch.tensor([[[1, 4, 2, 0, 0]]])).backward()
    assert logits.grad is not None
    assert logits.grad[0, 0, :2].any(1).all()
    assert not logits.grad[0, 0, 2:].any()


def test_the_flag_ignores_what_is_unknown() -> None:
    logit = torch.tensor([1.0, -2.0, 50.0], requires_grad=True)
    loss = flag_loss(logit, torch.tensor([1.0, 0.0, float("nan")]))
    assert loss.item() == pytest.approx((math.log1p(math.exp(-1)) + math.log1p(math.exp(-2))) / 2)
    loss.backward()
    assert logit.grad is not None
    assert logit.grad[2] == 0
    assert bool(logit.grad.isfinite().all())


def test_no_known_flag_or_mask_costs_nothing_and_has_a_gradient() -> None:
    logit, logits = torch.ones(2, requires_grad=True), torch.ones(1, 1, 4, 4, requires_grad=True)
    losses = flag_loss(logit, torch.full((2,), float("nan"))), mask_loss(logits, torch.full((1, 8, 8), 255, dtype=torch.uint8))
    for loss, leaf in zip(losses, (logit, logits), strict=True):
        loss.backward()
        assert loss.item() == 0
        assert leaf.grad is not None
        assert not leaf.grad.any()


def mask() -> torch.Tensor:
    one = torch.zeros(2, 16, 16, dtype=torch.uint8)
    one[0, 4:12, 4:12] = 1
    one[0, 0:4, 0:4] = 2  # any class is a change
    return one


def test_a_perfect_mask_costs_nearly_nothing_and_a_wrong_one_much() -> None:
    target = (mask()[:, ::4, ::4] > 0).float().unsqueeze(1)
    perfect, wrong = (float(mask_loss(sign * (target * 40 - 20), mask())) for sign in (1, -1))
    assert perfect < 1e-4
    assert wrong > 10


def test_a_mask_that_is_unknown_is_ignored() -> None:
    logits = scores(2, 1, 4, 4)
    known, unknown = mask()[:1], torch.full((1, 16, 16), 255, dtype=torch.uint8)
    torch.testing.assert_close(mask_loss(logits, torch.cat((known, unknown))), mask_loss(logits[:1], known))


def test_the_target_of_a_cell_is_its_changed_share() -> None:
    half = torch.zeros(1, 4, 4, dtype=torch.uint8)
    half[:, :2] = 1
    # one cell, half changed, predicted one half: entropy log 2; Dice (2 * 1/4 + 10) / (1 + 10)
    assert float(mask_loss(torch.zeros(1, 1, 1, 1), half)) == pytest.approx(math.log(2) + 1 - 10.5 / 11)
