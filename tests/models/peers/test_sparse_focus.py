"""SFT: who sees whom, what the attention adds, how much lighter it is than Chg2Cap's."""

from __future__ import annotations

import pytest
import torch

from deltascribe.models.peers.chg2cap import AttentiveEncoder
from deltascribe.models.peers.sparse_focus import SparseFocusConfig, SparseFocusEncoder, cross_mask

from .conftest import published

CHANNELS, WIDTH, GRID = 12, 16, (3, 5)


def encoder_of(share: float | None = None, **settings: object) -> SparseFocusEncoder:
    torch.manual_seed(0)
    config = SparseFocusConfig.model_validate({"width": WIDTH, "heads": 4, **settings})
    encoder = SparseFocusEncoder(CHANNELS, config).eval()
    if share is not None:
        for layer in encoder.layers:
            torch.nn.init.constant_(layer.share, share)
    return encoder


def maps(seed: int) -> torch.Tensor:
    return torch.randn(2, CHANNELS, *GRID, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5), (8, 8), (16, 12)])
@pytest.mark.parametrize("reach", [1, 2, 4, 8, 100])
def test_the_mask_has_as_many_places_as_the_formula(height: int, width: int, reach: int) -> None:
    mask = cross_mask(height, width, reach)
    along = {side: sum(2 * (side - step) for step in range(1, min(reach, side))) for side in (height, width)}
    assert int(mask.sum()) == height * width + height * along[width] + width * along[height]
    assert torch.equal(mask, mask.T)
    assert bool(mask.diagonal().all())


def test_the_published_reach_is_the_whole_row_and_column() -> None:
    mask = cross_mask(8, 8, published("sparse_focus").reach)
    assert torch.equal(mask.sum(1), torch.full((64,), 15))


def test_the_mask_of_a_place() -> None:
    expected = torch.tensor([[0, 0, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0]], dtype=torch.bool)
    assert torch.equal(cross_mask(3, 5, 2)[1 * 5 + 2].view(3, 5), expected)


def test_a_place_off_row_and_column_is_not_seen_by_one_layer_but_by_two() -> None:
    def reached(layers: int) -> torch.Tensor:
        encoder = encoder_of(share=1.0, layers=layers)
        mask = cross_mask(*GRID, 8)
        x = torch.randn(1, 15, WIDTH)
        other = x.clone()
        other[0, 0] += 1
        for layer in encoder.layers:
            x, other = layer(x, mask), layer(other, mask)
        return (x != other).any(-1)[0].view(GRID)

    assert torch.equal(reached(1), cross_mask(*GRID, 8)[0].view(GRID))
    assert bool(reached(2).all())


def test_the_attention_starts_without_a_share() -> None:
    encoder = encoder_of()
    layer, x = encoder.layers[0], torch.randn(1, 15, WIDTH)
    torch.testing.assert_close(layer(x, cross_mask(*GRID, 8)), x)


def test_within_its_mask_the_attention_is_a_softmax() -> None:
    layer, x = encoder_of(share=0.5).layers[0], torch.randn(1, 15, WIDTH)
    mask = cross_mask(*GRID, 2)
    scores = layer.query(x) @ layer.key(x).transpose(1, 2) / (WIDTH // 8) ** 0.5
    weights = torch.where(mask, scores.exp(), 0.0)
    expected = x + 0.5 * (weights / weights.sum(-1, keepdim=True)) @ layer.value(x)
    torch.testing.assert_close(layer(x, mask), expected, rtol=1e-5, atol=1e-5)


def test_both_dates_are_read_alike() -> None:
    encoder = encoder_of(share=1.0)
    joined: list[torch.Tensor] = []
    encoder.fusion.project.register_forward_pre_hook(lambda _, inputs: joined.append(inputs[0]))
    memory, swapped = encoder(maps(1), maps(2)), encoder(maps(2), maps(1))
    torch.testing.assert_close(joined[1], joined[0].roll(WIDTH, 1), rtol=1e-5, atol=1e-5)
    assert memory.shape == (2, 15, WIDTH)
    assert not torch.allclose(memory, swapped, atol=1e-3)


def test_every_parameter_gets_a_gradient() -> None:
    encoder = encoder_of(share=0.5).train()
    encoder(maps(1), maps(2)).square().sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        # a key's bias moves all scores of a query alike
        assert bool(parameter.grad.abs().sum() > 0) or name.endswith("key.bias"), name


def test_the_published_layers_have_a_tenth_of_the_parameters_of_chg2caps() -> None:
    with torch.device("meta"):
        ours = SparseFocusEncoder(2048, published("sparse_focus"))
        theirs = AttentiveEncoder(2048, published("chg2cap"))
    few, many = (sum(parameter.numel() for parameter in encoder.layers.parameters()) for encoder in (ours, theirs))
    d = 2048
    assert few == 2 * (2 * (d + 1) * (d // 8) + (d + 1) * d + 1)
    assert few < 0.1 * many  # the paper: "over 90 %" fewer
