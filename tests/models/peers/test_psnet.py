"""PSNet: progressive difference perception, scale-aware reinforcement, a decoder that reads scale by scale."""

from __future__ import annotations

import pytest
import torch

from deltascribe.errors import ConfigError
from deltascribe.models import create_model
from deltascribe.models.peers.psnet import ProgressiveDecoder, ProgressiveEncoder, PSNetConfig

from .conftest import published

CHANNELS, WIDTH, GRID = 12, 16, (3, 5)
PLACES = GRID[0] * GRID[1]


def encoder_of(layers: int = 3) -> ProgressiveEncoder:
    torch.manual_seed(0)
    config = PSNetConfig.model_validate({"width": WIDTH, "heads": 4, "layers": layers, "decoder_layers": layers})
    return ProgressiveEncoder(CHANNELS, config).eval()


def maps(seed: int) -> torch.Tensor:
    return torch.randn(2, CHANNELS, *GRID, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def decoder() -> ProgressiveDecoder:
    torch.manual_seed(0)
    return ProgressiveDecoder(vocabulary_size=20, width=WIDTH, layers=3, heads=4, dropout=0.1, max_length=12).eval()


@pytest.mark.parametrize(("layers", "decoder_layers", "message"), [(1, 1, "layers"), (3, 2, "decoder_layers=2")])
def test_scales_that_no_layer_reads_are_refused(layers: int, decoder_layers: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        create_model("psnet", {"backbone": {"weights": "none"}, "layers": layers, "decoder_layers": decoder_layers}, 6)


def test_memory_holds_every_scale_and_tells_the_dates_apart() -> None:
    encoder = encoder_of()
    memory = encoder(maps(1), maps(2))
    assert memory.shape == (2, 3 * PLACES, WIDTH)
    assert not torch.allclose(memory, encoder(maps(2), maps(1)), atol=1e-3)


def test_equal_dates_give_no_difference_at_any_scale() -> None:
    encoder = encoder_of()
    joined: list[torch.Tensor] = []
    for layer in encoder.perception:
        layer.layer.register_forward_pre_hook(lambda _, inputs: joined.append(inputs[0]))
    for scale in encoder.scales(maps(1), maps(1)):
        torch.testing.assert_close(scale[..., :WIDTH], scale[..., WIDTH:])
    assert len(joined) == 3
    assert all(bool((tokens[..., WIDTH:] == 0).all()) for tokens in joined)


def test_swapped_dates_negate_the_difference() -> None:
    encoder = encoder_of()
    joined: list[torch.Tensor] = []
    encoder.perception[0].layer.register_forward_pre_hook(lambda _, inputs: joined.append(inputs[0]))
    encoder.scales(maps(1), maps(2))
    encoder.scales(maps(2), maps(1))
    torch.testing.assert_close(joined[1][..., WIDTH:], -joined[0][..., WIDTH:])


def test_a_scale_asks_the_others_and_keeps_itself() -> None:
    encoder = encoder_of()
    block = encoder.reinforcement[0]
    one, two, three = torch.randn(3, 2, PLACES, 2 * WIDTH)
    told = block(one, [two, three])
    assert not torch.allclose(told, block(one, [two, -three]), atol=1e-4)
    torch.testing.assert_close(told, block(one, [three, two]), rtol=1e-5, atol=1e-5)  # a set: places carry their positions
    with torch.no_grad():
        block.feed_forward[3].weight.zero_()
        block.feed_forward[3].bias.zero_()
    torch.testing.assert_close(block(one, [two, three]), one)


def test_the_deepest_scale_comes_first() -> None:
    encoder = encoder_of()
    with torch.no_grad():
        for block in encoder.reinforcement:
            block.feed_forward[3].weight.zero_()
            block.feed_forward[3].bias.zero_()
        scales = encoder.scales(maps(1), maps(2))
        torch.testing.assert_close(encoder(maps(1), maps(2)), torch.cat([encoder.out(scale) for scale in scales[::-1]], 1))


def test_each_decoder_layer_reads_its_scale_alone(decoder: ProgressiveDecoder) -> None:
    memory = torch.randn(2, 3 * PLACES, WIDTH)
    _, cache = decoder(memory, torch.tensor([[1], [1]]))
    for index, layer in enumerate(decoder.layers):
        keys, values = layer.memory.keys_values(memory[:, index * PLACES : (index + 1) * PLACES])
        torch.testing.assert_close(cache.memory_keys[index], keys)
        torch.testing.assert_close(cache.memory_values[index], values)


@pytest.mark.parametrize("chunks", [[1] * 10, [4, 6]])
def test_step_by_step_equals_the_whole(decoder: ProgressiveDecoder, chunks: list[int]) -> None:
    generator = torch.Generator().manual_seed(2)
    memory = torch.randn(2, 3 * PLACES, WIDTH, generator=generator)
    tokens = torch.randint(0, 20, (4, 10), generator=generator)  # two rows a pair
    whole, _ = decoder(memory, tokens)
    cache, scores = None, []
    for part in tokens.split(chunks, 1):
        logits, cache = decoder(memory, part, cache)
        scores.append(logits)
    torch.testing.assert_close(torch.cat(scores, 1), whole, rtol=1e-5, atol=1e-5)


def test_every_parameter_gets_a_gradient() -> None:
    encoder = encoder_of().train()
    encoder(maps(1), maps(2)).square().sum().backward()
    assert all(parameter.grad is not None and bool(parameter.grad.abs().sum() > 0) for parameter in _heard(encoder))


def test_the_published_encoder_has_the_parameters_of_its_formula() -> None:
    d, channels, layers = 512, 768, 3
    with torch.device("meta"):
        encoder = ProgressiveEncoder(channels, published("psnet"))
    tokens = 2 * channels + (channels + 1) * d
    wide = 2 * d
    attention = 4 * wide * (wide + 1)
    perception = attention + (wide + 1) * 2 * wide + (2 * wide + 1) * wide + 4 * wide + (wide + 1) * d
    reinforcement = attention + (wide + 1) * 4 * wide + (4 * wide + 1) * wide + 4 * wide
    total = tokens + layers * (perception + reinforcement) + (wide + 1) * d
    assert sum(parameter.numel() for parameter in encoder.parameters()) == total


def _heard(module: torch.nn.Module) -> list[torch.nn.Parameter]:
    """Parameters whose gradient is not zero by construction: a key's bias moves all of a query's scores alike."""
    return [parameter for name, parameter in module.named_parameters() if not name.endswith("key_value.bias")]
