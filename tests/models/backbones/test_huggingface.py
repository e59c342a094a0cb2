"""Backbones from `transformers`, on tiny random models in local folders."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from deltascribe.errors import BackboneError, MissingDependencyError
from deltascribe.models import Batch, create_model
from deltascribe.models.backbones import BackboneConfig, build_backbone
from deltascribe.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from deltascribe.text import Vocabulary

transformers = pytest.importorskip("transformers")

VISION = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 2, "image_size": 64, "patch_size": 16}
TEXT = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 50}
SIZES = [16, 24, 32, 40]
KINDS = ["dinov2", "resnet", "convnext", "clip_vision", "clip_full"]
WORDS = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", "a", "house"))


def make(kind: str) -> Any:
    torch.manual_seed(0)
    if kind == "dinov2":
        return transformers.Dinov2Model(transformers.Dinov2Config(**{**VISION, "mlp_ratio": 2}))
    if kind == "resnet":
        return transformers.ResNetModel(
            transformers.ResNetConfig(embedding_size=8, hidden_sizes=SIZES, depths=[1, 1, 1, 1], layer_type="basic")
        )
    if kind == "convnext":
        return transformers.ConvNextModel(transformers.ConvNextConfig(hidden_sizes=SIZES, depths=[1, 1, 1, 1]))
    if kind == "clip_vision":
        return transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**VISION))
    return transformers.CLIPModel(transformers.CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=16))


@pytest.fixture(params=KINDS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Any]:
    """Name of a backbone for the configuration, and the model that was saved there."""
    model = make(request.param)
    model.save_pretrained(tmp_path / "model")
    return f"{'clip' if request.param.startswith('clip') else 'auto'}:{tmp_path / 'model'}", model.eval()


def build(name: str, **settings: Any) -> Any:
    return build_backbone(BackboneConfig(name=name, **{"weights": "pretrained", "tuned_stages": 0, **settings}))


def folder_of(name: str) -> Path:
    return Path(name.partition(":")[2])


@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 64)])
def test_levels_have_the_channels_and_strides_that_are_announced(source: tuple[str, Any], height: int, width: int) -> None:
    backbone = build(source[0])
    levels = backbone(torch.rand(2, 3, height, width))
    assert len(levels) in (3, 4)
    for level, channels, stride in zip(levels, backbone.channels, backbone.strides, strict=True):
        assert level.shape == (2, channels, height // stride, width // stride)


def test_pretrained_weights_are_those_of_the_folder(source: tuple[str, Any]) -> None:
    name, model = source
    images = torch.rand(2, 3, 64, 64)
    backbone = build(name)
    last = backbone(images)[-1]
    x = (images - backbone.mean) / backbone.std
    with torch.no_grad():
        if name.startswith("clip"):
            tower = getattr(model, "vision_model", model)
            state = tower(x, output_hidden_states=True).hidden_states[-1]
            expected = state[:, 1:].transpose(1, 2).reshape(2, 32, 4, 4)
        elif model.config.model_type == "dinov2":
            expected = model(x).last_hidden_state[:, 1:].transpose(1, 2).reshape(2, 32, 4, 4)
        else:
            expected = model(x).last_hidden_state
    if model.config.model_type == "convnext":  # AutoBackbone adds a normalisation of its own
        expected = backbone.network.hidden_states_norms["stage4"](expected)
    torch.testing.assert_close(last, expected)


def test_clip_gives_four_evenly_spaced_blocks(tmp_path: Path) -> None:
    model = transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**{**VISION, "num_hidden_layers": 8})).eval()
    model.save_pretrained(tmp_path)
    backbone = build(f"clip:{tmp_path}")
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        states = model((images - backbone.mean) / backbone.std, output_hidden_states=True).hidden_states
    for level, block in zip(backbone(images), (2, 4, 6, 8), strict=True):
        torch.testing.assert_close(level.flatten(2).transpose(1, 2), states[block][:, 1:])


def test_a_size_that_does_not_fill_the_patches_still_spans_the_image(tmp_path: Path) -> None:
    make("dinov2").save_pretrained(tmp_path)
    backbone = build(f"auto:{tmp_path}")
    assert backbone(torch.rand(1, 3, 72, 100))[0].shape[-2:] == (4, 6)


def test_architecture_rebuilds_the_same_network_without_the_folder(source: tuple[str, Any]) -> None:
    name = source[0]
    backbone = build(name)
    architecture = json.loads(json.dumps(backbone.architecture))
    again = build(f"{name.partition(':')[0]}:gone/away", weights="none", architecture=architecture)
    again.load_state_dict(backbone.state_dict())
    images = torch.rand(1, 3, 64, 64)
    for one, two in zip(backbone(images), again(images), strict=True):
        assert torch.equal(one, two)
    assert again.architecture == backbone.architecture


def test_only_the_tuned_stages_are_trained(source: tuple[str, Any]) -> None:
    backbone = build(source[0], tuned_stages=2).train()
    images = torch.rand(2, 3, 64, 64)
    assert not backbone.cacheable
    assert backbone.frozen_part(images)[0] is images
    sum(level.square().mean() for level in backbone(images)).backward()
    trained = {name for name, parameter in backbone.named_parameters() if parameter.requires_grad}
    with_gradient = {name for name, parameter in backbone.named_parameters() if parameter.grad is not None}
    assert trained == with_gradient
    blocks = {part for name in trained for part in name.split(".") if part.isdigit()}
    assert {"2", "3"} <= blocks
    assert any(not parameter.requires_grad for parameter in backbone.parameters())


def test_a_frozen_network_gives_all_levels_as_its_frozen_part(source: tuple[str, Any]) -> None:
    backbone = build(source[0]).train()
    images = torch.rand(2, 3, 64, 64)
    before = copy.deepcopy(backbone.state_dict())
    kept = backbone.frozen_part(images)
    assert backbone.cacheable
    assert not any(parameter.requires_grad for parameter in backbone.parameters())
    for one, two, three in zip(kept, backbone.tuned_part(kept), backbone.eval()(images), strict=True):
        assert one is two
        assert torch.equal(one, three)
    assert all(torch.equal(before[key], value) for key, value in backbone.state_dict().items())


def test_a_copy_gives_the_same(source: tuple[str, Any]) -> None:
    backbone = build(source[0])
    images = torch.rand(1, 3, 64, 64)
    for one, two in zip(backbone(images), copy.deepcopy(backbone)(images), strict=True):
        assert torch.equal(one, two)


def test_mean_and_deviation_come_from_the_preprocessor_and_travel_with_the_architecture(source: tuple[str, Any]) -> None:
    name = source[0]
    expected = 0.48145466 if name.startswith("clip") else 0.485
    assert build(name).mean.flatten()[0].item() == pytest.approx(expected)
    preprocessor = {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6]}
    (folder_of(name) / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    backbone = build(name)
    again = build(name, weights="none", architecture=backbone.architecture)
    assert again.mean.flatten().tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert again.std.flatten().tolist() == pytest.approx([0.4, 0.5, 0.6])


@pytest.mark.parametrize("damage", ["missing", "left over", "shape"])
def test_weights_that_do_not_fit_raise(source: tuple[str, Any], damage: str) -> None:
    path = folder_of(source[0]) / "model.safetensors"
    weights = load_file(path)
    key = next(key for key in weights if ("vision" in key or "text" not in key) and "encoder" in key and key.endswith("weight"))
    if damage == "left over":
        weights["encoder.something.weight"] = torch.zeros(2)
    elif damage == "missing":
        del weights[key]
    else:
        weights[key] = torch.zeros(1)
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(BackboneError, match="do not fit"):
        build(source[0])


def test_pickled_weights_are_not_read(tmp_path: Path) -> None:
    model = make("resnet")
    model.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(BackboneError, match="safetensors"):
        build(f"auto:{tmp_path}")


def test_a_source_that_is_not_there_raises_with_the_next_step(tmp_path: Path) -> None:
    for kind in ("auto", "clip"):
        with pytest.raises(BackboneError, match="save_pretrained"):
            build(f"{kind}:{tmp_path / 'nothing'}")


def test_a_model_that_is_no_backbone_raises(tmp_path: Path) -> None:
    transformers.BertConfig().save_pretrained(tmp_path)
    with pytest.raises(BackboneError):
        build(f"auto:{tmp_path}", weights="none")


def test_settings_out_of_range_raise(source: tuple[str, Any]) -> None:
    with pytest.raises(BackboneError, match="tuned_stages=5"):
        build(source[0], tuned_stages=5)
    with pytest.raises(BackboneError, match="imagenet"):
        build(source[0], weights="imagenet")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(MissingDependencyError, match="transformers"):
        build("auto:somewhere")


def test_a_checkpoint_of_a_whole_model_needs_no_folder_of_the_backbone(source: tuple[str, Any], tmp_path: Path) -> None:
    name = source[0]
    settings = {"backbone": {"name": name, "weights": "pretrained", "tuned_stages": 1}, "width": 32, "heads": 4, "grid": 4}
    model: Any = create_model("dfm", settings, len(WORDS)).eval()
    saved = Checkpoint(model, WORDS, "dfm", model.config.model_dump(mode="json"), {"size": 64}, {})
    save_checkpoint(tmp_path / "checkpoint", saved, "card")
    folder_of(name).rename(tmp_path / "moved")
    loaded: Any = load_checkpoint(tmp_path / "checkpoint").model
    batch = Batch(pair=torch.rand(2, 2, 3, 64, 64))
    with torch.no_grad():
        assert torch.equal(model.encode(batch).tokens, loaded.encode(batch).tokens)
