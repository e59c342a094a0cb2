"""TGCL against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from deltascribe.losses import binary_gate, text_guided_contrastive


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


def test_the_binary_gate_opens_for_pairs_known_to_have_changed() -> None:
    assert binary_gate(torch.tensor([1.0, 0.0, float("nan")])).tolist() == [1.0, 0.0, 0.0]
