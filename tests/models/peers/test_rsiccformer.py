"""RSICCformer: cross-encoding with the difference, multistage fusion."""

from __future__ import annotations

import pytest
import torch

from deltascribe.models.peers.rsiccformer import DualBranchEncoder, RSICCformerConfig

from .conftest import published

CHANNELS, WIDTH, GRID = 12, 16, (3, 5)


def encoder_of(**settings: object) -> DualBranchEncoder:
    torch.manual_seed(0)
    config = RSICCformerConfig.model_validate({"width": WIDTH, "heads": 4, "layers": 2, **settings})
    return DualBranchEncoder(CHANNELS, config).eval()


def maps(seed: int) -> torch.Tensor:
    return torch.randn(2, CHANNELS, *GRID, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("difference", ["key_value", "query"])
def test_memory_has_one_token_a_place_and_tells_the_dates_apart(difference: str) -> None:
    encoder = encoder_of(difference=difference)
    one, two = maps(1), maps(2)
    memory = encoder(one, two)
    assert memory.shape == (2, GRID[0] * GRID[1], WIDTH)
    assert not torch.allclose(memory, encoder(two, one), atol=1e-3)


def test_swapped_dates_negate_the_difference_and_swap_the_queries() -> None:
    encoder = encoder_of()
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    encoder.layers[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs))
    encoder(maps(1), maps(2))
    encoder(maps(2), maps(1))
    (queries, difference), (swapped_queries, swapped_difference) = seen
    torch.testing.assert_close(swapped_difference, -difference)
    torch.testing.assert_close(swapped_queries, queries.roll(2, 0))
    # both branches meet the same difference: that of the second date to the first
    torch.testing.assert_close(difference[:2], queries[2:] - queries[:2])
    torch.testing.assert_close(difference[2:], difference[:2])


def test_equal_dates_leave_the_attention_nothing_but_its_biases() -> None:
    encoder = encoder_of()
    layer = encoder.layers[0]
    dates = torch.randn(2, 1, 15, WIDTH)
    dates[1] = dates[0]
    values = layer.attention.key_value.bias.chunk(2)[1]
    x = layer.norm1(dates + layer.attention.out(values))
    torch.testing.assert_close(encoder.cross(layer, dates), layer.norm2(x + layer.feed_forward(x)), rtol=1e-5, atol=1e-5)


def test_every_stage_reaches_the_memory() -> None:
    encoder = encoder_of(layers=3)
    stages: list[torch.Tensor] = []

    def keep(_: object, __: object, output: torch.Tensor) -> None:
        output.retain_grad()
        stages.append(output)

    for layer in encoder.layers:
        layer.register_forward_hook(keep)
    encoder.blocks[0].register_forward_hook(keep)
    encoder(maps(1), maps(2)).square().sum().backward()
    assert len(stages) == 4
    assert all(stage.grad is not None and bool(stage.grad.abs().sum() > 0) for stage in stages)
    assert all(parameter.grad is not None and bool(parameter.grad.isfinite().all()) for parameter in encoder.parameters())


def test_the_published_encoder_has_the_parameters_of_its_formula() -> None:
    d, channels, layers = 512, 1024, 3
    with torch.device("meta"):
        encoder = DualBranchEncoder(channels, published("rsiccformer"))
    tokens = 2 * channels + (channels + 1) * d
    cross = 4 * d * (d + 1) + (d + 1) * 4 * d + (4 * d + 1) * d + 4 * d
    block = (2 * d + 1) * d + (9 * d + 1) * d + (d + 1) * 2 * d + 2 * (d + d + 2 * d)
    total = tokens + layers * (cross + block + 4 * d) + (2 * d + 1) * d
    assert sum(parameter.numel() for parameter in encoder.parameters()) == total
