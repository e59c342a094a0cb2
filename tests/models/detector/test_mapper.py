"""Running a detector on images of any size and resolution."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from deltascribe.errors import CheckpointError, PixelValueError
from deltascribe.models.detector import ChangeDetector, DetectorCheckpoint, at_size, save_detector
from deltascribe.models.detector.mapper import ChangeMap, ChangeMapper
from deltascribe.pair import ImagePair

Build = Callable[..., ChangeDetector]


def image_pair(height: int, width: int, gsd: float | None = None) -> ImagePair:
    rng = np.random.default_rng(0)
    before, after = (rng.random((3, height, width), np.float32) for _ in range(2))
    return ImagePair(before, after, gsd=gsd)


def mapper_of(model: ChangeDetector, threshold: float = 0.5) -> ChangeMapper:
    return ChangeMapper(DetectorCheckpoint(model, 64, 0.5, threshold, {}), torch.device("cpu"), "test")


def test_a_pair_of_the_trained_size_is_what_the_model_says(build: Build) -> None:
    pair = image_pair(64, 64)
    with torch.no_grad():
        expected = at_size(build()(pair.tensor()[None]).mask_logits, 64, 64).sigmoid()[0, 0]
    change = mapper_of(build(), 0.07).detect(pair)
    np.testing.assert_allclose(change.probability, expected.numpy(), atol=2e-5)
    assert ((change.probability >= 0.07) == (change.mask == 1)).all()
    assert change.threshold == 0.07
    assert change.class_names == ("change",)


def test_a_large_pair_is_read_in_tiles_and_does_not_depend_on_the_batch(build: Build) -> None:
    pair, mapper = image_pair(150, 120), mapper_of(build())
    done: list[int] = []
    change = mapper.detect(pair, batch_size=4, progress=done.append)
    assert mapper.tiles(pair) == sum(done) == 6
    assert change.probability.shape == (150, 120)
    np.testing.assert_allclose(mapper.detect(pair, batch_size=1).probability, change.probability, atol=2e-5)
    # a corner that one tile alone covers
    corner = mapper.detect(ImagePair(pair.before[:, :64, :64].copy(), pair.after[:, :64, :64].copy()))
    np.testing.assert_allclose(change.probability[:32, :32], corner.probability[:32, :32], atol=2e-5)


def test_images_are_magnified_to_the_resolution_that_the_model_knows(build: Build) -> None:
    mapper = mapper_of(build())
    assert mapper.tiles(image_pair(64, 64, gsd=0.5)) == 1
    assert mapper.tiles(image_pair(64, 64, gsd=1.0)) == 9  # tiles of 32 pixels
    assert mapper.tiles(image_pair(64, 64, gsd=0.6)) == 1  # near enough
    change = mapper.detect(image_pair(64, 64, gsd=1.0))
    assert change.probability.shape == (64, 64)
    assert change.changed_area == change.changed_pixels
    assert any("small changes are missed" in warning for warning in change.warnings)
    far = mapper.detect(image_pair(64, 64, gsd=10.0))
    assert any("the model sees 2.5 m a pixel but was trained on 0.5 m" in warning for warning in far.warnings)
    assert mapper.detect(image_pair(64, 64, gsd=0.5)).warnings == ()


def test_views_average_to_an_answer_that_turns_with_the_image(build: Build) -> None:
    mapper, pair = mapper_of(build()), image_pair(64, 64)
    turned = ImagePair(*(np.ascontiguousarray(np.rot90(image, axes=(1, 2))) for image in (pair.before, pair.after)))
    one, two = (mapper.detect(entry, views=8).probability for entry in (pair, turned))
    np.testing.assert_allclose(np.rot90(one), two, atol=2e-5)
    assert not np.allclose(np.rot90(mapper.detect(pair).probability), mapper.detect(turned).probability, atol=1e-4)
    oblong = mapper.detect(image_pair(64, 80), views=8)
    assert oblong.probability.shape == (64, 80)


def test_three_classes_give_the_likelier_kind_where_something_changed(build: Build) -> None:
    pair = image_pair(64, 64)
    model = build(classes="three-class")
    with torch.no_grad():
        kinds = at_size(model(pair.tensor()[None]).mask_logits, 64, 64).softmax(1)[0, 1:].argmax(0).numpy()
    change = mapper_of(model).detect(pair, threshold=0.1)
    changed = change.probability >= 0.1
    assert changed.any()
    assert (change.mask[changed] == kinds[changed] + 1).mean() > 0.999
    assert not change.mask[~changed].any()
    assert change.class_names == ("building", "road")


def test_figures_follow_from_the_mask() -> None:
    mask = np.zeros((10, 20), np.uint8)
    mask[:2, :5] = 1
    change = ChangeMap("a", mask.astype(np.float32), mask, 0.5, gsd=2.0)
    assert (change.changed_pixels, change.changed_share, change.changed_area) == (10, 0.05, 40.0)
    assert ChangeMap("a", mask.astype(np.float32), mask, 0.5).changed_area is None


def test_what_cannot_be_is_refused(build: Build) -> None:
    mapper, pair = mapper_of(build()), image_pair(64, 64)
    for threshold in (0.0, 1.5, float("nan")):
        with pytest.raises(PixelValueError, match="no probability above 0"):
            mapper.detect(pair, threshold=threshold)
    with pytest.raises(PixelValueError, match="give 1 to 8"):
        mapper.detect(pair, views=9)


def test_it_is_loaded_from_a_folder_or_by_name(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_detector(tmp_path / "one", DetectorCheckpoint(build(), 64, 0.5, 0.3, {}), "")
    assert ChangeMapper.from_pretrained(tmp_path / "one", device="cpu").checkpoint.threshold == 0.3
    with pytest.raises(CheckpointError, match="no checkpoint folder none, and no shipped detector"):
        ChangeMapper.from_pretrained("none", device="cpu")
    monkeypatch.setattr("deltascribe.models.detector.mapper.shipped_model", lambda name: tmp_path / "one")
    assert ChangeMapper.from_pretrained(device="cpu").source == "one"
    monkeypatch.setattr("deltascribe.models.detector.mapper.shipped_model", lambda name: None)
    with pytest.raises(CheckpointError, match=r"pretrain-detector.*--model runs/detector/best"):
        ChangeMapper.from_pretrained(device="cpu")
