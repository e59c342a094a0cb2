"""What a model costs: parameters, and floating point operations of one pair."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from deltascribe.models import Batch
from deltascribe.text.special import START

WORDS = 12
"""Length of the caption whose decoding is counted; LEVIR-CC's captions of changed pairs have 11 words on average."""


@dataclass(frozen=True)
class ModelCost:
    """Size and work of a model.

    Attributes:
        parameters: number of weights, frozen ones counted too.
        encode_gflops: 10^9 floating point operations that encoding one pair takes, a multiplication with an addition counted as two.
        decode_gflops: the same for a caption of `WORDS` words, greedily and with a cache.
        image_size: height and width in pixels of the counted pair.
    """

    parameters: int
    encode_gflops: float
    decode_gflops: float
    image_size: int


def model_cost(model: Any, image_size: int) -> ModelCost:
    """Counts matrix products and convolutions, as is usual; what is element-wise is left out.

    Args:
        model: a `CaptionModel`, on any device.
        image_size: height and width in pixels of the pair to count for.
    """
    device = next(model.parameters()).device
    batch = Batch(pair=torch.zeros(1, 2, 3, image_size, image_size, device=device))
    word, cache = torch.full((1, 1), START, device=device), None
    with torch.inference_mode(), _without_gradients(model):
        with FlopCounterMode(display=False) as encoding:
            memory = model.encode(batch)
        with FlopCounterMode(display=False) as decoding:
            for _ in range(WORDS):
                _, cache = model.decode(memory, word, cache)
    return ModelCost(
        sum(parameter.numel() for parameter in model.parameters()),
        encoding.get_total_flops() / 1e9,
        decoding.get_total_flops() / 1e9,
        image_size,
    )


@contextmanager
def _without_gradients(model: Any) -> Iterator[None]:
    """The counter asks for the gradient of each input of a module that could have one, and in inference a weight among them has none."""
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in learned:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learned:
            parameter.requires_grad_(True)
