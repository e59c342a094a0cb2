"""Finer levels of the built-in backbone, on demand."""

from __future__ import annotations

import pytest
import torch

from deltascribe.errors import BackboneError
from deltascribe.models.backbones import BackboneConfig, build_backbone
from deltascribe.models.backbones.efficientnet_lite import EfficientNetLite0


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))


def network(tuned_stages: int, finest: int) -> EfficientNetLite0:
    torch.manual_seed(0)
    return EfficientNetLite0(tuned_stages, finest).eval()


@pytest.mark.parametrize(("finest", "strides"), [(2, (2, 4, 8, 16, 32)), (4, (4, 8, 16, 32)), (8, (8, 16, 32))])
def test_finer_levels_come_first_and_the_others_stay_as_they_are(finest: int, strides: tuple[int, ...], images: torch.Tensor) -> None:
    backbone = network(4, finest)
    levels = backbone(images)
    assert backbone.strides == strides
    for level, channels, stride in zip(levels, backbone.channels, strides, strict=True):
        assert level.shape == (2, channels, 64 // stride, 96 // stride)
    for one, two in zip(levels[-3:], network(4, 8)(images), strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("finest", [2, 4])
@pytest.mark.parametrize("tuned_stages", range(5))
def test_frozen_and_tuned_part_compose_to_the_whole(tuned_stages: int, finest: int, images: torch.Tensor) -> None:
    backbone = network(tuned_stages, finest)
    levels = backbone.tuned_part([feature.clone() for feature in backbone.frozen_part(images)])
    for one, two in zip(network(4, finest)(images), levels, strict=True):
        assert torch.equal(one, two)


def test_the_class_says_what_it_gives_by_default() -> None:
    assert (EfficientNetLite0.strides, EfficientNetLite0.channels) == ((8, 16, 32), (40, 112, 320))
    assert build_backbone(BackboneConfig(weights="none")).strides == (8, 16, 32)
    assert build_backbone(BackboneConfig(weights="none"), 4).strides == (4, 8, 16, 32)


def test_a_level_that_is_not_there_is_refused() -> None:
    with pytest.raises(BackboneError, match="stride 2, 4 or 8, not 16"):
        EfficientNetLite0(4, 16)
    with pytest.raises(BackboneError, match="'auto:somewhere' gives its own levels alone, and finest=4 asks for another; set finest=null"):
        build_backbone(BackboneConfig(name="auto:somewhere"), 4)
    with pytest.raises(BackboneError, match="no backbone 'vgg'"):
        build_backbone(BackboneConfig(name="vgg"), 4)


def test_convolutions_that_are_slow_in_bf16_are_computed_in_32_bits_with_the_same_result() -> None:
    backbone = network(4, 4)
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.autocast("cpu", torch.bfloat16):
        with_gradient = backbone(images)
        with torch.no_grad():
            without = backbone(images)
    for one, two in zip(with_gradient, without, strict=True):
        assert one.dtype == two.dtype == torch.bfloat16
        assert float((one.float() - two.float()).abs().max()) <= 0.1 * float(two.float().abs().max())
