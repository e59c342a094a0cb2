from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from deltascribe.evaluation.cost import WORDS, model_cost
from deltascribe.models import Batch, create_model, list_models


class Counted(nn.Module):
    """A model whose operations can be counted by hand: a 1x1 convolution to encode, a matrix product a word."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 5, 1, bias=False)
        self.matrix = nn.Linear(7, 11, bias=False)

    def encode(self, batch: Batch) -> Any:
        assert batch.pair is not None
        return self.convolution(batch.pair.flatten(0, 1))

    def decode(self, memory: Any, tokens: torch.Tensor, cache: Any) -> tuple[Any, Any]:
        return self.matrix(torch.zeros(1, tokens.shape[1], 7)), "cache"


def test_operations_and_parameters_equal_a_count_by_hand() -> None:
    cost = model_cost(Counted(), 16)
    assert cost.parameters == 3 * 5 + 7 * 11
    assert cost.encode_gflops == pytest.approx(2 * 2 * 16 * 16 * 3 * 5 / 1e9)
    assert cost.decode_gflops == pytest.approx(2 * WORDS * 7 * 11 / 1e9)


def test_a_larger_image_costs_in_proportion(tiny_checkpoint: Any) -> None:
    from deltascribe.models.checkpoint import load_checkpoint

    model = load_checkpoint(tiny_checkpoint).model
    small, large = model_cost(model, 64), model_cost(model, 128)
    assert small.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert 2.5 < large.encode_gflops / small.encode_gflops < 4.5


@pytest.mark.parametrize("name", list_models())
def test_every_model_can_be_counted_and_learns_on(name: str) -> None:
    model: Any = create_model(name, {"backbone": {"weights": "none"}, "width": 32, "heads": 4}, 9)
    learned = [parameter.requires_grad for parameter in model.parameters()]
    cost = model_cost(model, 64)
    assert cost.encode_gflops > 0
    assert cost.decode_gflops > 0
    assert [parameter.requires_grad for parameter in model.parameters()] == learned
