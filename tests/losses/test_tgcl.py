"""TGCL against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from deltascribe.losses import text_guided_contrastive


def unit(count: int, seed: int = 0, dimension: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(count, dimension, generator=generator, dtype=torch.float64), dim=-1)


@pytest.mark.parametrize("scale", [1.0, 3.0, 14.0])
def test_two_orthogonal_pairs(scale: float) -> None:
    eye = torch.eye(2, dtype=torch.float64)
    # each row of similarities is (s, 0): -log(e^s / (e^s + 1))
    assert float(text_guided_contrastive(eye, eye, scale)) == pytest.approx(math.log1p(math.exp(-scale)))


def test_two_pairs_by_hand() -> None:
    visual = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    textual = torch.tensor([[0.8, 0.6], [0.6, -0.8]], dtype=torch.float64)
    # similarities times 2: rows (1.6, 1.2), (1.2, -1.6)
    rows = math.log1p(math.exp(1.2 - 1.6)) + math.log1p(math.exp(1.2 + 1.6))
    columns = math.log1p(math.exp(1.2 - 1.6)) + math.log1p(math.exp(1.2 + 1.6))
    assert float(text_guided_contrastive(visual, textual, 2.0)) == pytest.approx((rows + columns) / 4)


def test_three_pairs_by_hand() -> None:
    visual = torch.eye(3, dtype=torch.float64)
    textual = torch.tensor([[1, 0, 0], [0.6, 0.8, 0], [0, 0.6, 0.8]], dtype=torch.float64)
    # similarities: rows of images (1, .6, 0), (0, .8, .6), (0, 0, .8)
    e = math.exp
    to_text = [math.log(e(1) + e(0.6) + 1) - 1, math.log(1 + e(0.8) + e(0.6)) - 0.8, math.log(2 + e(0.8)) - 0.8]
    to_image = [math.log(e(1) + 2) - 1, math.log(e(0.6) + e(0.8) + 1) - 0.8, math.log(1 + e(0.6) + e(0.8)) - 0.8]
    assert float(text_guided_contrastive(visual, textual, 1.0)) == pytest.approx((sum(to_text) + sum(to_image)) / 6)
    weights = [1.0, 0.5, 0.25]
    weighted = sum(weight * (one + two) for weight, one, two in zip(weights, to_text, to_image, strict=True)) / (2 * sum(weights))
    gate = torch.tensor(weights)
    assert float(text_guided_contrastive(visual, textual, 1.0, gate)) == pytest.approx(weighted)


def test_pairs_that_cannot_be_told_apart_cost_the_logarithm_of_their_number() -> None:
    same = unit(1).expand(7, -1)
    assert float(text_guided_contrastive(same, same, 10.0)) == pytest.approx(math.log(7))


@pytest.mark.parametrize("is_open", [[1, 0, 1, 1, 0], [0, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
def test_closing_a_pair_equals_removing_it(is_open: list[int]) -> None:
    visual, textual = unit(5).requires_grad_(), unit(5, 1).requires_grad_()
    kept = torch.tensor(is_open, dtype=torch.bool)
    gated = text_guided_contrastive(visual, textual, 5.0, torch.tensor(is_open, dtype=torch.float32))
    assert float(gated) == pytest.approx(float(text_guided_contrastive(visual[kept], textual[kept], 5.0)))
    gated.backward()
    assert visual.grad is not None
    assert textual.grad is not None
    assert not visual.grad[~kept].any()
    assert not textual.grad[~kept].any()
    assert bool(visual.grad[kept].any(1).all())


@pytest.mark.parametrize("gate", [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
def test_under_two_open_gates_the_loss_is_zero_and_has_a_gradient(gate: list[float]) -> None:
    visual, textual = unit(3).requires_grad_(), unit(3, 1).requires_grad_()
    loss = text_guided_contrastive(visual, textual, 5.0, torch.tensor(gate))
    loss.backward()
    assert float(loss) == 0
    for vectors in (visual, textual):
        assert vectors.grad is not None
        assert not vectors.grad.any()


def test_a_batch_of_one_costs_nothing() -> None:
    assert float(text_guided_contrastive(unit(1), unit(1, 1), 5.0)) == 0


@pytest.mark.parametrize("gate", [None, [1.0, 0.0, 1.0, 0.5]])
def test_the_gradient_equals_finite_differences(gate: list[float] | None) -> None:
    weights = None if gate is None else torch.tensor(gate, dtype=torch.float64)
    values = unit(4).requires_grad_(), unit(4, 1).requires_grad_(), torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda visual, textual, scale: text_guided_contrastive(visual, textual, scale, weights), values)


def test_several_texts_of_a_pair_share_its_target() -> None:
    visual = torch.eye(2, dtype=torch.float64)
    texts = torch.tensor([[[1, 0], [0.6, 0.8]], [[0, 1], [0, 1]]], dtype=torch.float64)
    e = math.exp
    # image 1 scores its texts 1 and .6, the other's 0 and 0; image 2 scores 0, .8, 1, 1
    first, second = math.log(e(1) + e(0.6) + 2), math.log(1 + e(0.8) + 2 * e(1))
    to_text = [first - 0.8, second - 1]
    columns = [math.log(e(1) + 1) - 1, math.log(e(0.6) + e(0.8)) - 0.6, math.log(1 + e(1)) - 1]
    to_image = [(columns[0] + columns[1]) / 2, columns[2]]
    loss = text_guided_contrastive(visual, texts, 1.0)
    assert float(loss) == pytest.approx((sum(to_text) + sum(to_image)) / 4)


def test_texts_that_are_not_there_count_nothing() -> None:
    visual, textual = unit(3), unit(3, 1)
    padded = torch.stack((textual, unit(3, 2)), 1)
    present = torch.tensor([[True, False]] * 3)
    loss = text_guided_contrastive(visual, padded, 4.0, present=present)
    assert float(loss) == pytest.approx(float(text_guided_contrastive(visual, textual, 4.0)))


def test_a_pair_without_texts_is_closed() -> None:
    visual, textual = unit(3), unit(3, 1).unsqueeze(1)
    present = torch.tensor([[True], [False], [True]])
    kept = [0, 2]
    expected = text_guided_contrastive(visual[kept], textual[kept], 4.0)
    assert float(text_guided_contrastive(visual, textual, 4.0, present=present)) == pytest.approx(float(expected))


def test_soft_positives_spread_the_target() -> None:
    eye = torch.eye(2, dtype=torch.float64)
    affinity = torch.tensor([[1.0, 0.5], [0.5, 1.0]], dtype=torch.float64)
    # (log(e + 1) - 1) * 2/3 + log(e + 1) * 1/3 in each row and column
    expected = math.log(math.e + 1) - 2 / 3
    assert float(text_guided_contrastive(eye, eye, 1.0, affinity=affinity)) == pytest.approx(expected)


def test_an_affinity_of_ones_cannot_fall_below_the_logarithm_of_the_number_of_pairs() -> None:
    visual, textual = unit(4), unit(4, 1)
    loss = text_guided_contrastive(visual, textual, 6.0, affinity=torch.ones(4, 4, dtype=torch.float64))
    assert float(loss) > math.log(4)


def test_an_open_channel_gate_changes_nothing_and_a_shut_channel_is_not_seen() -> None:
    visual, textual = unit(3), unit(3, 1)
    plain = text_guided_contrastive(visual, textual, 4.0)
    assert float(text_guided_contrastive(visual, textual, 4.0, channels=torch.ones(3, 5, dtype=torch.float64))) == pytest.approx(
        float(plain)
    )
    shut = torch.ones(3, 5, dtype=torch.float64)
    shut[:, 2] = 0
    other = visual.clone()
    other[:, 2] = 9.0
    one = text_guided_contrastive(visual, textual, 4.0, channels=shut)
    two = text_guided_contrastive(other, textual, 4.0, channels=shut)
    assert float(one) == pytest.approx(float(two))


def test_the_gradient_of_the_whole_form_equals_finite_differences() -> None:
    visual, texts = unit(4).requires_grad_(), F.normalize(torch.randn(4, 2, 5, dtype=torch.float64), dim=-1).requires_grad_()
    gate = torch.tensor([0.9, 0.4, 0.0, 0.7], dtype=torch.float64, requires_grad=True)
    channels = torch.rand(4, 2, 5, dtype=torch.float64).add(0.2).requires_grad_()
    present = torch.tensor([[True, True], [True, False], [True, True], [True, True]])
    affinity = torch.eye(4, dtype=torch.float64) * 0.7 + 0.3

    def loss(visual: torch.Tensor, texts: torch.Tensor, channels: torch.Tensor) -> torch.Tensor:
        return text_guided_contrastive(visual, texts, 3.0, gate, present=present, affinity=affinity, channels=channels)

    assert torch.autograd.gradcheck(loss, (visual, texts, channels))
    loss(visual, texts, channels).backward()
    assert gate.grad is not None  # a learned gate learns through the weights
    assert bool(gate.grad[[0, 1, 3]].any())
