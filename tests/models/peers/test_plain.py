"""The plain baseline."""

from __future__ import annotations

import pytest
import torch

from deltascribe.models import Batch
from deltascribe.models.peers.plain import Plain, PlainConfig, PlainEncoder


@pytest.fixture(scope="module")
def model() -> Plain:
    torch.manual_seed(0)
    return Plain(PlainConfig(backbone={"weights": "none", "tuned_stages": 4}, width=32, heads=4), 9).eval()  # type: ignore[arg-type]


def pairs(height: int = 96, width: int = 96) -> torch.Tensor:
    return torch.rand(2, 2, 3, height, width, generator=torch.Generator().manual_seed(1))


def test_both_dates_are_read_with_the_second_minus_the_first() -> None:
    encoder = PlainEncoder(5, PlainConfig(width=32, heads=4))
    joined: list[torch.Tensor] = []
    encoder.tokens.register_forward_pre_hook(lambda _, inputs: joined.append(inputs[0]))
    one, two = torch.randn(2, 1, 5, 3, 3, generator=torch.Generator().manual_seed(0))
    encoder(one, two)
    encoder(one, one)
    assert torch.equal(joined[0], torch.cat((one, two, two - one), 1))
    assert not joined[1][:, 10:].any()


def test_the_grid_follows_the_image(model: Plain) -> None:
    with torch.no_grad():
        memory = model.encode(Batch(pair=pairs(64, 128)))
    assert memory.grid == (2, 4)
    assert memory.tokens.shape == (2, 8, 32)
    assert memory.mask_logits is None


def levels(seed: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(1, channels, side, side, generator=generator) for channels, side in ((40, 12), (112, 6), (320, 3))]


@torch.no_grad()
def test_every_token_reads_the_whole_image(model: Plain) -> None:
    before, after = levels(1), levels(2)
    altered = [level.clone() for level in after]
    altered[2][..., -1, -1] *= -1
    one, two = model.fuse(before, after), model.fuse(before, altered)
    assert bool(((one.tokens - two.tokens).abs().amax(-1) > 1e-5).all())


@torch.no_grad()
def test_the_order_of_the_dates_matters(model: Plain) -> None:
    before, after = levels(1), levels(2)
    assert not torch.allclose(model.fuse(before, after).tokens, model.fuse(after, before).tokens, atol=1e-3)


@torch.no_grad()
def test_it_reads_the_coarsest_level_alone(model: Plain) -> None:
    before, after = levels(1), levels(2)
    assert torch.equal(model.fuse(before, after).tokens, model.fuse([*levels(3)[:2], before[2]], [*levels(4)[:2], after[2]]).tokens)


def test_it_has_no_shared_space(model: Plain) -> None:
    output = model(Batch(pair=pairs(), tokens=torch.tensor([[[1, 4, 2]], [[1, 5, 2]]])))
    assert output.text_embedding is None
    assert output.logit_scale is None


def test_its_sentence_decides_unless_its_probe_is_asked_to() -> None:
    settings = {"backbone": {"weights": "none"}, "width": 32, "heads": 4}
    assert not Plain(PlainConfig.model_validate(settings), 9).gated
    assert Plain(PlainConfig.model_validate(settings | {"gated": True}), 9).gated
