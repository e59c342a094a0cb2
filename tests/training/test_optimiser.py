"""Optimiser groups, learning rates and averaged weights."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from deltascribe.models.layers import Probe
from deltascribe.training.config import OptimiserConfig
from deltascribe.training.optimiser import MovingAverage, build_optimiser, clip_gradients, set_rates


class Toy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Linear(3, 3)
        self.head = nn.Linear(3, 2)
        self.scale = nn.Parameter(torch.ones(()))
        self.frozen = nn.Linear(2, 2).requires_grad_(False)
        self.norm = nn.BatchNorm1d(2)


def test_the_backbone_has_its_own_rate_and_only_matrices_decay() -> None:
    toy = Toy()
    optimiser = build_optimiser(toy, OptimiserConfig(lr=1e-3, backbone_lr=1e-4, weight_decay=0.1))
    found = {id(p): (group["peak"], group["lr"], group["weight_decay"]) for group in optimiser.param_groups for p in group["params"]}
    expected = {
        toy.backbone.weight: (1e-4, 0.1),
        toy.backbone.bias: (1e-4, 0.0),
        toy.head.weight: (1e-3, 0.1),
        toy.head.bias: (1e-3, 0.0),
        toy.scale: (1e-3, 0.0),
        toy.norm.weight: (1e-3, 0.0),
        toy.norm.bias: (1e-3, 0.0),
    }
    assert found == {id(parameter): (rate, rate, decay) for parameter, (rate, decay) in expected.items()}


def test_the_rate_warms_up_linearly_and_falls_as_a_cosine() -> None:
    optimiser = build_optimiser(Toy(), OptimiserConfig(lr=2.0, backbone_lr=1.0))
    factors = [set_rates(optimiser, step, 100, 0.1) for step in range(100)]
    assert factors[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert factors[10:] == pytest.approx([0.5 * (1 + math.cos(math.pi * step / 90)) for step in range(90)])
    assert factors[10] == 1
    assert factors[55] == pytest.approx(0.5)
    assert sorted({group["lr"] for group in optimiser.param_groups}) == pytest.approx([factors[-1], 2 * factors[-1]])


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_run_of_a_few_steps_has_rates_in_0_to_1(steps: int) -> None:
    optimiser = build_optimiser(Toy(), OptimiserConfig())
    factors = [set_rates(optimiser, step, steps, 0.0) for step in range(steps)]
    assert factors[0] == 1
    assert all(0 <= factor <= 1 for factor in factors)


class Probed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Linear(3, 2)
        self.flag = Probe(2, 1)

    def gradients(self, flag: float, largest: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Of body and probe, clipped, with the probe's loss at a weight."""
        seen = self.body(torch.arange(6.0).view(2, 3))
        (seen.square().sum() + flag * self.flag(seen).sum()).backward()
        clip_gradients(self, largest, error_if_nonfinite=True)
        body, probe = (torch.cat([p.grad.flatten() for p in part.parameters() if p.grad is not None]) for part in (self.body, self.flag))
        return body, probe


def test_a_probe_leaves_the_gradients_of_the_rest_as_they_are() -> None:
    alone, _ = Probed().gradients(0.0, 0.5)
    for weight in (1.0, 1000.0):
        body, probe = Probed().gradients(weight, 0.5)
        assert torch.equal(body, alone)
        assert float(probe.norm()) == pytest.approx(0.5, abs=1e-4)  # clipped by itself
    assert float(alone.norm()) == pytest.approx(0.5, abs=1e-4)


def test_a_small_gradient_is_left_alone_and_one_that_is_not_finite_is_an_error() -> None:
    small, _ = Probed().gradients(1.0, 1e6)
    assert float(small.norm()) > 1
    model = Probed()
    model.body.weight.grad = torch.full((2, 3), float("inf"))
    with pytest.raises(RuntimeError, match="non-finite"):
        clip_gradients(model, 1.0, error_if_nonfinite=True)
    clip_gradients(model, 1.0, error_if_nonfinite=False)


def test_the_average_follows_its_closed_form() -> None:
    model = nn.Linear(1, 1, bias=False)
    model.weight.data.fill_(0.0)
    average = MovingAverage(model, 0.25)
    expected = 0.0
    for step in range(6):
        model.weight.data.fill_(step + 1.0)
        average.update(model, step)
        decay = min(0.25, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * (step + 1)
        assert average.model.weight.item() == pytest.approx(expected)
    assert model.weight.item() == 6


def test_the_average_takes_in_buffers_and_leaves_counts_and_gradients_alone() -> None:
    toy = Toy()
    average = MovingAverage(toy, 0.5)
    toy.norm.running_mean.fill_(1.0)
    toy.norm.num_batches_tracked.fill_(9)
    average.update(toy, 100)
    assert average.model.norm.running_mean.tolist() == [0.5, 0.5]
    assert average.model.norm.num_batches_tracked == 0
    assert not any(parameter.requires_grad for parameter in average.model.parameters())
    assert not average.model.training
    assert toy.head.weight.requires_grad
