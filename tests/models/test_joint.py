"""JFM starts as the plain multi-level difference."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from deltascribe.models.joint import JointFeatureModeling, PlainFeatureModeling, Prior, to_grid
from deltascribe.models.layers import sine_grid

CHANNELS = (6, 10)


def make(layers: int, seed: int = 0) -> JointFeatureModeling:
    torch.manual_seed(seed)
    return JointFeatureModeling(CHANNELS, width=32, grid=8, layers=layers, heads=4, dropout=0.0)


def inputs(seed: int = 1) -> tuple[list[torch.Tensor], list[torch.Tensor], torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    levels = [[torch.randn(3, count, side, side, generator=generator) for count, side in zip(CHANNELS, (16, 4), strict=True)] for _ in "12"]
    return levels[0], levels[1], torch.rand(3, 2, 3, 64, 64, generator=generator)


def test_untrained_layers_change_nothing() -> None:
    plain, joint = make(0), make(2, seed=5)
    joint.load_state_dict(plain.state_dict(), strict=False)
    one, two = plain(*inputs()), joint(*inputs())
    assert torch.equal(one.tokens, two.tokens)
    assert torch.equal(one.fine, two.fine)


def test_untrained_tokens_are_the_mean_of_the_differences_of_the_levels() -> None:
    model = make(2)
    before, after, thumbnails = inputs()
    maps: list[Any] = []
    for index, (one, two) in enumerate(zip(before, after, strict=True)):
        level = model.differences[index](one, two)
        maps.append(to_grid(level, 8))
    expected = torch.stack(maps).mean(0).flatten(2).transpose(1, 2) + sine_grid(8, 32)
    torch.testing.assert_close(model(before, after, thumbnails).tokens, model.norm(expected))


def test_untrained_levels_weigh_the_same_and_the_pixel_level_is_zero() -> None:
    model = make(2)
    before, after, thumbnails = inputs()
    torch.testing.assert_close(model(before, after, thumbnails).level_weights, torch.full((3, 2), 0.5))
    assert not model.pixels(thumbnails[:, 0], thumbnails[:, 1]).any()


def test_untrained_gates_are_half_open() -> None:
    difference = make(0).differences[0]
    before, after, _ = inputs()
    first, second = difference.norm(before[0]), difference.norm(after[0])
    cosine = torch.nn.functional.cosine_similarity(first, second, dim=1).unsqueeze(1)
    parts = torch.cat((first / 2, second / 2, second - first, (second - first).abs(), cosine), 1)
    torch.testing.assert_close(difference(before[0], after[0]), difference.project(parts))


def test_the_direction_of_a_change_is_kept() -> None:
    model = make(1)
    before, after, thumbnails = inputs()
    assert not torch.allclose(model(before, after, thumbnails).tokens, model(after, before, thumbnails.flip(1)).tokens)


def test_zero_started_branches_learn() -> None:
    model = make(2)
    model(*inputs()).tokens[..., 0].sum().backward()
    for weight in (
        model.layers[0].attention.out.weight,
        model.pixels.out.weight,
        model.differences[0].gate.weight,
        model.level_weight.weight,
        model.local[0].weight,
    ):
        assert weight.grad is not None
        assert bool(weight.grad.abs().sum() > 0)


def prior(seed: int = 3, strength: float = 0.0) -> Prior:
    generator = torch.Generator().manual_seed(seed)
    bias = strength * torch.rand(3, 4, 1, 2 * 64, generator=generator)
    return Prior(torch.randn(3, 64, 32, generator=generator), bias)


def test_a_prior_changes_nothing_at_the_start_and_is_read_once_the_layers_have_learned() -> None:
    model = make(2)
    assert torch.equal(model(*inputs()).tokens, model(*inputs(), prior()).tokens)
    with torch.no_grad():
        for layer in model.layers:
            layer.attention.out.weight.copy_(torch.eye(32))
    assert not torch.allclose(model(*inputs()).tokens, model(*inputs(), prior()).tokens)
    assert not torch.allclose(model(*inputs(), prior(4)).tokens, model(*inputs(), prior()).tokens)


def test_the_bias_draws_attention_to_a_place() -> None:
    model = make(1)
    layer = model.layers[0]
    with torch.no_grad():
        layer.attention.out.weight.copy_(torch.eye(32))
    known = prior()
    bias = torch.zeros(3, 4, 1, 128)
    bias[..., 64 + 5] = 1e4  # all queries read the sixth token of the prior alone
    x = torch.randn(3, 64, 32)
    value = layer.attention.key_value(layer.norm1(known.tokens[:, 5]))[..., 32:]
    expected = x + value[:, None]
    torch.testing.assert_close(layer(x, Prior(known.tokens, bias)), expected + layer.feed_forward(layer.norm2(expected)))


class TestTakenApart:
    @pytest.mark.parametrize(
        ("left_out", "gone"),
        [
            ({"difference": "plain"}, {"gate", "local", "date"}),
            ({"level_weights": False}, {"level_weight", "level_embedding"}),
            ({"pixel_level": False}, {"pixels"}),
            ({"layers": 0}, {"layers"}),
        ],
    )
    def test_each_part_can_be_left_out_alone(self, left_out: dict[str, Any], gone: set[str]) -> None:
        settings = {"width": 32, "grid": 8, "layers": 2, "heads": 4, "dropout": 0.0}
        whole, less = JointFeatureModeling(CHANNELS, **settings), JointFeatureModeling(CHANNELS, **{**settings, **left_out})
        parts = {word for name in set(dict(whole.named_parameters())) - set(dict(less.named_parameters())) for word in name.split(".")}
        others = {"gate", "local", "date", "level_weight", "level_embedding", "pixels", "layers"} - gone
        assert gone <= parts
        assert not others & parts
        assert less(*inputs()).tokens.shape == (3, 64, 32)

    def test_levels_without_weights_count_the_same(self) -> None:
        model = JointFeatureModeling(CHANNELS, 32, 8, 1, 4, 0.0, level_weights=False)
        torch.testing.assert_close(model(*inputs()).level_weights, torch.full((3, 2), 0.5))

    def test_without_all_of_them_it_is_the_plain_fusion(self) -> None:
        torch.manual_seed(0)
        plain = PlainFeatureModeling(CHANNELS, 32, 8)
        bare = JointFeatureModeling(CHANNELS, 32, 8, 0, 4, 0.0, difference="plain", level_weights=False, pixel_level=False)
        bare.load_state_dict(plain.state_dict())
        one, two = plain(*inputs()), bare(*inputs())
        torch.testing.assert_close(one.tokens, two.tokens)
        assert torch.equal(one.fine, two.fine)


class TestPlain:
    def test_tokens_are_the_mean_of_the_projected_levels(self) -> None:
        torch.manual_seed(0)
        model = PlainFeatureModeling(CHANNELS, 32, 8)
        before, after, thumbnails = inputs()
        maps = []
        for index in range(2):
            difference: Any = model.differences[index]
            first, second = difference.norm(before[index]), difference.norm(after[index])
            maps.append(to_grid(difference.project(torch.cat((first, second, second - first), 1)), 8))
        expected = torch.stack(maps).mean(0).flatten(2).transpose(1, 2) + sine_grid(8, 32)
        result = model(before, after, thumbnails)
        torch.testing.assert_close(result.tokens, model.norm(expected))
        torch.testing.assert_close(result.level_weights, torch.full((3, 2), 0.5))

    def test_a_prior_is_added_place_by_place(self) -> None:
        model = PlainFeatureModeling(CHANNELS, 32, 8, prior=True)
        before, after, thumbnails = inputs()
        known = prior()
        plain = model(before, after, thumbnails)
        assert torch.equal(model(before, after, thumbnails, known).tokens, plain.tokens)  # at the start
        assert model.known is not None
        with torch.no_grad():
            model.known.weight.copy_(torch.eye(32))
        expected = model.norm(plain.fused.flatten(2).transpose(1, 2) + sine_grid(8, 32) + known.tokens)
        torch.testing.assert_close(model(before, after, thumbnails, known).tokens, expected)


@pytest.mark.parametrize("side", [3, 8])
def test_position_codes_tell_all_places_apart(side: int) -> None:
    codes = sine_grid(side, 32)
    assert codes.shape == (side * side, 32)
    assert float((torch.cdist(codes, codes) + torch.eye(side * side) * 9).min()) > 0.1
    # places of one row share the first half, places of one column the second
    grid = codes.view(side, side, 32)
    assert torch.equal(grid[1, 0, :16], grid[1, 2, :16])
    assert torch.equal(grid[0, 1, 16:], grid[2, 1, 16:])
