"""Running a detector on images of any size and resolution."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from deltascribe import load_mapper
from deltascribe.detection import ChangeMap, ChangeMapper
from deltascribe.errors import CheckpointError, ModelKindError, PixelValueError
from deltascribe.models.detector import ChangeDetector, DetectorCheckpoint, at_size
from deltascribe.pair import ImagePair

Build = Callable[..., ChangeDetector]


def image_pair(height: int, width: int, gsd: float | None = None) -> ImagePair:
    rng = np.random.default_rng(0)
    before, after = (rng.random((3, height, width), np.float32) for _ in range(2))
    return ImagePair(before, after, gsd=gsd)


def mapper_of(model: ChangeDetector, threshold: float = 0.5) -> ChangeMapper:
    return ChangeMapper(DetectorCheckpoint(model, 64, 0.5, threshold, {}), torch.device("cpu"), "test")


def test_a_pair_of_the_trained_size_is_what_the_model_says(build_detector: Build) -> None:
    pair = image_pair(64, 64)
    with torch.no_grad():
        expected = at_size(build_detector()(pair.tensor()[None]).mask_logits, 64, 64).sigmoid()[0, 0]
    change = mapper_of(build_detector(), 0.07).detect(pair)
    np.testing.assert_allclose(change.probability, expected.numpy(), atol=2e-5)
    assert ((change.probability >= 0.07) == (change.mask == 1)).all()
    assert change.threshold == 0.07
    assert change.class_names == ("change",)


def test_a_large_pair_is_read_in_tiles_and_does_not_depend_on_the_batch(build_detector: Build) -> None:
    pair, mapper = image_pair(150, 120), mapper_of(build_detector())
    done: list[int] = []
    change = mapper.detect(pair, batch_size=4, progress=done.append)
    assert mapper.tiles(pair) == sum(done) == 6
    assert change.probability.shape == (150, 120)
    np.testing.assert_allclose(mapper.detect(pair, batch_size=1).probability, change.probability, atol=2e-5)
    # a corner that one tile alone covers
    corner = mapper.detect(ImagePair(pair.before[:, :64, :64].copy(), pair.after[:, :64, :64].copy()))
    np.testing.assert_allclose(change.probability[:32, :32], corner.probability[:32, :32], atol=2e-5)


def test_images_are_magnified_to_the_resolution_that_the_model_knows(build_detector: Build) -> None:
    mapper = mapper_of(build_detector())
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


def test_views_average_to_an_answer_that_turns_with_the_image(build_detector: Build) -> None:
    mapper, pair = mapper_of(build_detector()), image_pair(64, 64)
    turned = ImagePair(*(np.ascontiguousarray(np.rot90(image, axes=(1, 2))) for image in (pair.before, pair.after)))
    one, two = (mapper.detect(entry, views=8).probability for entry in (pair, turned))
    np.testing.assert_allclose(np.rot90(one), two, atol=2e-5)
    assert not np.allclose(np.rot90(mapper.detect(pair).probability), mapper.detect(turned).probability, atol=1e-4)
    oblong = mapper.detect(image_pair(64, 80), views=8)
    assert oblong.probability.shape == (64, 80)


def test_three_classes_give_the_likelier_kind_where_something_changed(build_detector: Build) -> None:
    pair = image_pair(64, 64)
    model = build_detector(classes="three-class")
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


def test_what_cannot_be_is_refused(build_detector: Build) -> None:
    mapper, pair = mapper_of(build_detector()), image_pair(64, 64)
    for threshold in (0.0, 1.5, float("nan")):
        with pytest.raises(PixelValueError, match="no probability above 0"):
            mapper.detect(pair, threshold=threshold)
    with pytest.raises(PixelValueError, match="give 1 to 8"):
        mapper.detect(pair, views=9)


def test_it_is_loaded_from_a_folder_by_name_or_without_one(tiny_detector: Path, shipped: Path) -> None:
    for source, told in ((tiny_detector, str(tiny_detector)), ("detector_lite0", "detector_lite0"), (None, "detector_lite0")):
        mapper = ChangeMapper.from_pretrained(source, device="cpu")
        assert (mapper.source, mapper.checkpoint.threshold) == (told, 0.01)
    assert load_mapper(device="cpu").source == "detector_lite0"


def test_a_detector_that_is_not_there_tells_the_next_step(shipped: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no checkpoint folder none, and no shipped model.*`deltascribe models`.*pretrain-detector"):
        ChangeMapper.from_pretrained("none", device="cpu")
    shutil.rmtree(shipped / "detector_lite0")
    with pytest.raises(
        CheckpointError, match=r"lacks its change detector detector_lite0; reinstall.*pretrain-detector.*runs/detector/best"
    ):
        ChangeMapper.from_pretrained(device="cpu")


def test_a_captioner_is_named_as_such_with_the_command_that_takes_it(shipped: Path) -> None:
    with pytest.raises(
        ModelKindError, match=r"holds a captioner, and a change detector is wanted.*`deltascribe caption BEFORE AFTER --model "
    ):
        ChangeMapper.from_pretrained("dfm_lite0", device="cpu")
