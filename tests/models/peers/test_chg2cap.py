"""Chg2Cap: hierarchical self-attention, fusion with the cosine similarity."""

from __future__ import annotations

import torch

from deltascribe.models.peers.chg2cap import AttentiveEncoder, Chg2CapConfig, CosineFusion

from .conftest import published

CHANNELS, WIDTH, GRID = 12, 16, (3, 5)


def encoder_of(layers: int = 2) -> AttentiveEncoder:
    torch.manual_seed(0)
    config = Chg2CapConfig.model_validate({"width": WIDTH, "heads": 4, "layers": layers})
    return AttentiveEncoder(CHANNELS, config).eval()


def maps(seed: int) -> torch.Tensor:
    return torch.randn(2, CHANNELS, *GRID, generator=torch.Generator().manual_seed(seed))


def test_memory_has_one_token_a_place_and_tells_the_dates_apart() -> None:
    encoder = encoder_of()
    memory = encoder(maps(1), maps(2))
    assert memory.shape == (2, GRID[0] * GRID[1], WIDTH)
    assert not torch.allclose(memory, encoder(maps(2), maps(1)), atol=1e-3)


def test_the_cosine_is_added_to_both_dates() -> None:
    fusion = CosineFusion(WIDTH)
    seen: list[torch.Tensor] = []
    fusion.project.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    one = torch.randn(2, WIDTH, *GRID)
    other = one.roll(1, 1) * torch.tensor([1.0, -1.0] * (WIDTH // 2))[:, None, None]
    fusion(one, one)
    fusion(one, -3 * one)
    fusion(one, other)
    torch.testing.assert_close(seen[0], torch.cat((one, one), 1) + 1)
    torch.testing.assert_close(seen[1], torch.cat((one, -3 * one), 1) - 1)
    cosine = (one * other).sum(1, keepdim=True) / one.norm(dim=1, keepdim=True).square()
    torch.testing.assert_close(seen[2], torch.cat((one, other), 1) + cosine)


def test_the_first_step_of_a_layer_sees_one_date_alone() -> None:
    layer = encoder_of().layers[0]
    seen: list[torch.Tensor] = []
    layer.together.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    dates = torch.randn(2, 1, 15, WIDTH)
    other = torch.stack((dates[0], torch.randn(1, 15, WIDTH)))
    layer(dates, dates)
    layer(other, other)
    layer(dates.flip(0), dates.flip(0))
    torch.testing.assert_close(seen[1][..., :WIDTH], seen[0][..., :WIDTH])
    assert not torch.allclose(seen[1][..., WIDTH:], seen[0][..., WIDTH:])
    # one set of weights for both: swapped dates swap the halves
    torch.testing.assert_close(seen[2], seen[0].roll(WIDTH, -1), rtol=1e-5, atol=1e-5)


def test_the_second_step_of_a_layer_sees_both_dates() -> None:
    layer = encoder_of().layers[0]
    dates = torch.randn(2, 1, 15, WIDTH)
    other = torch.stack((dates[0], torch.randn(1, 15, WIDTH)))
    assert not torch.allclose(layer(dates, dates)[0], layer(other, other)[0], atol=1e-3)


def test_each_layer_comes_back_to_the_input() -> None:
    layer = encoder_of().layers[0]
    with torch.no_grad():
        layer.together.norm2.weight.zero_()
    dates, start = torch.randn(2, 2, 1, 15, WIDTH)
    torch.testing.assert_close(layer(dates, start), start)


def test_every_parameter_gets_a_gradient() -> None:
    encoder = encoder_of().train()
    encoder(maps(1), maps(2)).square().sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.abs().sum() > 0), name


def test_the_published_encoder_has_the_parameters_of_its_formula() -> None:
    d, layers = 2048, 3
    with torch.device("meta"):
        encoder = AttentiveEncoder(2048, published("chg2cap"))
    alone = 4 * d * (d + 1) + (d + 1) * (d // 4) + (d // 4 + 1) * d + 4 * d
    together = 3 * (2 * d + 1) * d + (d + 1) * 2 * d + (2 * d + 1) * (d // 4) + (d // 4 + 1) * 2 * d + 8 * d
    assert d // 4 == 512  # the published width of the feed-forward steps
    assert sum(parameter.numel() for parameter in encoder.layers.parameters()) == layers * (alone + together)
