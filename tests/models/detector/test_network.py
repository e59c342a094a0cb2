"""The change detector's shapes, its indifference to the order of dates, and that it learns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from deltascribe.errors import BackboneError
from deltascribe.models.backbones import BackboneConfig
from deltascribe.models.detector import (
    ChangeDetector,
    DetectorCheckpoint,
    DetectorConfig,
    at_size,
    change_probability,
    load_detector,
    save_detector,
)

Build = Callable[..., ChangeDetector]


@pytest.mark.parametrize(("classes", "count"), [("binary", 1), ("three-class", 3)])
@pytest.mark.parametrize("finest", [2, 4, 8])
def test_shapes_are_as_announced(finest: int, classes: str, count: int, build_detector: Build, pair: torch.Tensor) -> None:
    model = build_detector(finest=finest, classes=classes)
    output = model(pair)
    assert output.mask_logits.shape == (2, count, 128 // finest, 192 // finest)
    assert output.change_map.shape == (2, 1, 128 // finest, 192 // finest)
    assert model.strides[0] == finest
    for feature, channels, stride in zip(output.features, model.feature_channels, model.strides, strict=True):
        assert feature.shape == (2, channels, 64 // stride, 96 // stride)
    assert at_size(output.mask_logits, 64, 96).shape == (2, count, 64, 96)


@pytest.mark.parametrize("size", [(64, 64), (75, 101), (33, 40)])
def test_any_size_goes_through(size: tuple[int, int], build_detector: Build) -> None:
    pair = torch.rand(1, 2, 3, *size, generator=torch.Generator().manual_seed(1))
    logits = build_detector()(pair).mask_logits
    assert logits.shape[-2:] == tuple(2 * -(-side // 4) for side in size)


@pytest.mark.parametrize("classes", ["binary", "three-class"])
def test_swapping_the_dates_gives_the_same_mask_to_the_last_bit(classes: str, build_detector: Build, pair: torch.Tensor) -> None:
    model = build_detector(classes=classes)
    one, two = model(pair), model(pair.flip(1))
    assert torch.equal(one.mask_logits, two.mask_logits)
    assert all(torch.equal(a, b) for a, b in zip(one.features, two.features, strict=True))
    signed = build_detector(classes=classes, order_free=False)
    assert not torch.allclose(signed(pair).mask_logits, signed(pair.flip(1)).mask_logits)


def test_another_backbone_gives_its_own_levels_once_finest_is_left_to_it(tmp_path: Path, pair: torch.Tensor) -> None:
    transformers = pytest.importorskip("transformers")
    settings = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "mlp_ratio": 2, "image_size": 64, "patch_size": 16}
    transformers.Dinov2Model(transformers.Dinov2Config(**settings)).save_pretrained(tmp_path)
    chosen = {"backbone": {"name": f"auto:{tmp_path}", "weights": "pretrained", "tuned_stages": 1}, "width": 16}
    with pytest.raises(BackboneError, match="set finest=null"):
        ChangeDetector(DetectorConfig.model_validate(chosen))
    model = ChangeDetector(DetectorConfig.model_validate({**chosen, "finest": None})).eval()
    assert model.strides == (16, 16, 16, 16)
    assert model(pair).mask_logits.shape == (2, 1, 8, 12)
    save_detector(tmp_path / "saved", DetectorCheckpoint(model, 64, 0.5, 0.5, {}), "")
    assert torch.equal(load_detector(tmp_path / "saved").model(pair).mask_logits, model(pair).mask_logits)


def test_each_pair_is_seen_by_itself(build_detector: Build, pair: torch.Tensor) -> None:
    model = build_detector()
    both = model(pair).mask_logits
    torch.testing.assert_close(both[1:], model(pair[1:]).mask_logits, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(both[0], both[1])


def test_the_change_map_is_the_probability_of_all_changed_classes(build_detector: Build, pair: torch.Tensor) -> None:
    output = build_detector(classes="three-class")(pair)
    torch.testing.assert_close(output.change_map, 1 - output.mask_logits.softmax(1)[:, :1])
    output = build_detector()(pair)
    torch.testing.assert_close(output.change_map, output.mask_logits.sigmoid())
    logits = torch.tensor([100.0, -100.0]).view(1, 1, 1, 2)
    assert change_probability(logits).flatten().tolist() == pytest.approx([1, 0])


@pytest.mark.parametrize(("classes", "expected"), [("binary", 0.0759), ("three-class", 0.1410)])
def test_change_is_rare_to_a_new_model(classes: str, expected: float, pair: torch.Tensor) -> None:
    torch.manual_seed(0)
    model = ChangeDetector(DetectorConfig(backbone=BackboneConfig(weights="none"), classes=classes)).eval()  # type: ignore[arg-type]
    torch.nn.init.zeros_(model.head[2].weight)  # type: ignore[arg-type]
    assert float(model(pair).change_map.detach().mean()) == pytest.approx(expected, abs=1e-3)


def test_the_default_is_light() -> None:
    model = ChangeDetector(DetectorConfig(backbone=BackboneConfig(weights="none", tuned_stages=4)))
    total = sum(parameter.numel() for parameter in model.parameters())
    backbone = sum(parameter.numel() for parameter in model.backbone.parameters())
    assert total < 5e6
    assert total - backbone < 1.5e6


def test_every_trainable_weight_gets_a_gradient(build_detector: Build, pair: torch.Tensor) -> None:
    model = build_detector().train()
    output = model(pair)
    output.mask_logits.square().mean().backward()
    silent = [name for name, p in model.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.abs().max() > 0)]
    assert silent == []


def test_it_learns_to_find_a_new_square(build_detector: Build) -> None:
    generator = torch.Generator().manual_seed(0)
    before = 0.5 + 0.05 * torch.rand(2, 3, 64, 64, generator=generator)
    after, mask = before.clone(), torch.zeros(2, 1, 64, 64)
    for index, (row, column) in enumerate([(8, 8), (32, 24)]):
        after[index, :, row : row + 16, column : column + 16] = 0.95
        mask[index, :, row : row + 16, column : column + 16] = 1
    pair = torch.stack((before, after), 1)
    model = build_detector(backbone=BackboneConfig(weights="none", tuned_stages=0), width=32, dropout=0).train()
    optimiser = torch.optim.AdamW([parameter for parameter in model.parameters() if parameter.requires_grad], 5e-3)
    for _ in range(30):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(at_size(model(pair).mask_logits, 64, 64), mask)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    found = at_size(model.eval()(pair).mask_logits, 64, 64) > 0
    overlap = (found & (mask > 0)).sum() / (found | (mask > 0)).sum()
    assert float(overlap) > 0.6
