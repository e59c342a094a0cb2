"""The backbone of a change detector as the first weights of another model's."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from deltascribe.errors import BackboneError, ModelKindError
from deltascribe.models.backbones import Backbone, BackboneConfig, build_backbone, frozen_levels_of_pairs, levels_of_pairs
from deltascribe.models.detector import ChangeDetector, DetectorCheckpoint, DetectorConfig, load_detector, save_detector
from deltascribe.shipped import DEFAULT_DETECTOR, require_folder, shipped_models


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, ChangeDetector]:
    torch.manual_seed(1)
    detector = ChangeDetector(DetectorConfig(backbone=BackboneConfig(weights="none"), finest=4, width=16))
    save_detector(tmp_path / "detector", DetectorCheckpoint(detector, 256, 0.5, 0.5, {}), "a card")
    return tmp_path / "detector", detector


def same(one: Backbone, other: Backbone) -> bool:
    first, second = one.state_dict(), other.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("finest", [None, 2])
def test_the_weights_are_the_detectors_and_the_tuned_stages_ones_own(saved: tuple[Path, ChangeDetector], finest: int | None) -> None:
    folder, detector = saved
    backbone = build_backbone(BackboneConfig(weights=str(folder), tuned_stages=1), finest)
    assert same(backbone, detector.backbone)
    tuned = {name.split(".")[1] for name, parameter in backbone.named_parameters() if parameter.requires_grad}
    assert tuned == {"11", "12", "13", "14", "15"}


def test_a_shipped_detector_goes_by_its_name() -> None:
    if DEFAULT_DETECTOR not in {model.name for model in shipped_models()}:
        pytest.skip("no detector is shipped")
    backbone = build_backbone(BackboneConfig(weights=DEFAULT_DETECTOR))
    assert same(backbone, load_detector(require_folder(DEFAULT_DETECTOR, "detector")).model.backbone)


def test_what_is_no_detector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=r"backbone\.weights=places: there is no change detector of that name.*pretrain-detector"):
        build_backbone(BackboneConfig(weights="places"))
    captioner = next(model for model in shipped_models() if model.kind == "captioner")
    with pytest.raises(ModelKindError):
        build_backbone(BackboneConfig(weights=str(captioner.folder)))


def test_a_detector_on_another_backbone_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: tuple[Path, ChangeDetector]
) -> None:
    folder, detector = saved
    detector.backbone = torch.nn.Identity()  # type: ignore[assignment]
    monkeypatch.setattr("deltascribe.models.detector.load_detector", lambda folder: DetectorCheckpoint(detector, 256, 0.5, 0.5, {}))
    with pytest.raises(BackboneError, match="not efficientnet_lite0"):
        build_backbone(BackboneConfig(weights=str(folder)))


def test_the_frozen_part_of_pairs_is_that_of_their_images() -> None:
    torch.manual_seed(0)
    backbone = build_backbone(BackboneConfig(weights="none", tuned_stages=0))
    pair = torch.rand(3, 2, 3, 64, 64)
    with torch.no_grad():
        whole = levels_of_pairs(backbone, pair)
    for few, level in zip(frozen_levels_of_pairs(backbone, pair), whole, strict=True):
        torch.testing.assert_close(few.flatten(0, 1), level)
