"""What a valid pair is, and how each unfit one is named."""

from __future__ import annotations

import dataclasses
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, TiffImagePlugin

from deltascribe.errors import (
    BandError,
    DeltascribeError,
    ImageError,
    ImageNotFoundError,
    ImageTooLargeError,
    PixelValueError,
    SizeMismatchError,
)
from deltascribe.geotiff import Affine, Georeference
from deltascribe.pair import ImagePair, _ground_warnings, resize, scale_images

GENERATOR = np.random.default_rng(0)
BEFORE = GENERATOR.integers(0, 256, (8, 12, 3), dtype=np.uint8)
AFTER = GENERATOR.integers(0, 256, (8, 12, 3), dtype=np.uint8)


def save(folder: Path, name: str, array: np.ndarray) -> Path:
    path = folder / name
    Image.fromarray(array).save(path)
    return path


def geotiff(path: Path, *, crs: str = "EPSG:32633", left: float = 500000.0, top: float = 5000000.0, side: float = 0.5) -> Path:
    rasterio = pytest.importorskip("rasterio")
    transform = rasterio.transform.from_origin(left, top, side, side)
    options: dict[str, Any] = {"driver": "GTiff", "count": 3, "height": 8, "width": 12, "dtype": "uint8", "photometric": "RGB"}
    with rasterio.open(path, "w", crs=crs, transform=transform, **options) as dataset:
        dataset.write(BEFORE.transpose(2, 0, 1))
    return path


def test_a_pair_of_files_gives_its_pixels_name_and_sources(tmp_path: Path) -> None:
    before, after = save(tmp_path, "place.png", BEFORE), save(tmp_path, "later.tif", AFTER)
    pair = ImagePair.open(before, str(after))
    assert (pair.name, pair.size, pair.gsd, pair.warnings) == ("place", (8, 12), None, ())
    assert pair.source == (str(before), str(after))
    np.testing.assert_array_equal(pair.before, BEFORE.transpose(2, 0, 1).astype(np.float32) / 255)
    np.testing.assert_array_equal(pair.after, AFTER.transpose(2, 0, 1).astype(np.float32) / 255)


def test_tensor_is_before_then_after_and_a_copy() -> None:
    pair = ImagePair.from_arrays(BEFORE, AFTER)
    tensor = pair.tensor()
    assert (tuple(tensor.shape), tensor.dtype) == ((2, 3, 8, 12), torch.float32)
    np.testing.assert_array_equal(tensor[0].numpy(), pair.before)
    np.testing.assert_array_equal(tensor[1].numpy(), pair.after)
    tensor.zero_()
    assert pair.before.max() > 0


def test_files_and_arrays_give_the_same_pair(tmp_path: Path) -> None:
    opened = ImagePair.open(save(tmp_path, "a.png", BEFORE), save(tmp_path, "b.png", AFTER), bands=(3, 2, 1), scale=200)
    made = ImagePair.from_arrays(BEFORE, AFTER, bands=(3, 2, 1), scale=200)
    assert torch.equal(opened.tensor(), made.tensor())


def test_arrays_take_name_layout_and_ground_resolution() -> None:
    cube = np.zeros((3, 3, 3), np.uint8)
    pair = ImagePair.from_arrays(cube, cube, layout="CHW", name="here", gsd=0.3)
    assert (pair.name, pair.gsd, pair.source) == ("here", 0.3, ("before", "after"))


def test_identical_means_equal_in_every_pixel() -> None:
    assert ImagePair.from_arrays(BEFORE, BEFORE.copy()).identical
    other = BEFORE.copy()
    other[0, 0, 0] ^= 1
    assert not ImagePair.from_arrays(BEFORE, other).identical


def test_a_pair_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ImagePair.from_arrays(BEFORE, AFTER).name = "other"  # type: ignore[misc]


def test_a_missing_side_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageNotFoundError, match=r"gone\.png"):
        ImagePair.open(save(tmp_path, "a.png", BEFORE), tmp_path / "gone.png")


def test_the_pixel_limit_is_passed_on(tmp_path: Path) -> None:
    path = save(tmp_path, "a.png", BEFORE)
    with pytest.raises(ImageTooLargeError):
        ImagePair.open(path, path, max_pixels=95)
    assert ImagePair.open(path, path, max_pixels=96).size == (8, 12)


def test_messages_say_which_array_is_unfit() -> None:
    with pytest.raises(PixelValueError, match=r"^after"):
        ImagePair.from_arrays(BEFORE, np.full((8, 12, 3), np.nan))
    with pytest.raises(BandError, match=r"^before"):
        ImagePair.from_arrays(np.zeros((8, 12, 5)), AFTER)


# sizes


def test_sizes_that_differ_are_named_with_the_way_out(tmp_path: Path) -> None:
    before, after = save(tmp_path, "a.png", BEFORE), save(tmp_path, "b.png", AFTER[:4])
    with pytest.raises(SizeMismatchError, match=r"12 x 8 pixels .* 12 x 4\. .*align=True, or --align on the command line"):
        ImagePair.open(before, after)


@pytest.mark.parametrize("shape", [(4, 6), (16, 24), (4, 24), (8, 13)])
def test_align_resizes_the_after_image_and_warns(shape: tuple[int, int]) -> None:
    after = np.full((*shape, 3), 51, np.uint8)
    pair = ImagePair.from_arrays(BEFORE, after, align=True)
    assert pair.size == (8, 12)
    assert pair.after == pytest.approx(0.2, abs=1e-6)
    assert f"resized from {shape[1]} x {shape[0]} to 12 x 8" in pair.warnings[0]
    assert ("proportions" in pair.warnings[0]) == (shape[1] / shape[0] != 1.5)


def test_align_changes_nothing_where_sizes_agree() -> None:
    assert ImagePair.from_arrays(BEFORE, AFTER, align=True).warnings == ()


def test_resize_averages_areas_when_it_shrinks() -> None:
    pixels = GENERATOR.random((3, 8, 12), dtype=np.float32)
    np.testing.assert_allclose(resize(pixels, 4, 6), pixels.reshape(3, 4, 2, 6, 2).mean(axis=(2, 4)), atol=1e-6)


def test_resize_stays_within_0_and_1_when_it_enlarges() -> None:
    step = np.zeros((3, 8, 8), np.float32)
    step[..., 4:] = 1
    large = resize(step, 32, 32)
    assert large.shape == (3, 32, 32)
    assert (large.min(), large.max()) == (0.0, 1.0)


# ground


def test_ground_resolution_comes_from_the_file_unless_given(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif")
    assert ImagePair.open(path, path).gsd == 0.5
    assert ImagePair.open(path, path, gsd=2.0).gsd == 2.0


def test_ground_resolution_of_the_after_image_serves_where_the_before_image_has_none(tmp_path: Path) -> None:
    plain, placed = save(tmp_path, "a.png", BEFORE), geotiff(tmp_path / "b.tif")
    assert ImagePair.open(plain, placed).gsd == 0.5
    smaller = save(tmp_path, "c.png", BEFORE[:4, :6])
    assert ImagePair.open(smaller, placed, align=True).gsd is None


def test_georeferences_that_agree_give_no_warning(tmp_path: Path) -> None:
    first, second = geotiff(tmp_path / "a.tif"), geotiff(tmp_path / "b.tif", left=500000.2)  # 0.4 pixels aside
    assert ImagePair.open(first, second).warnings == ()


def test_different_bounds_give_a_warning_in_pixels(tmp_path: Path) -> None:
    first, second = geotiff(tmp_path / "a.tif"), geotiff(tmp_path / "b.tif", left=500005.0)
    (warning,) = ImagePair.open(first, second).warnings
    assert "differ by up to 10.0 pixels" in warning


def test_different_coordinate_systems_give_a_warning(tmp_path: Path) -> None:
    first, second = geotiff(tmp_path / "a.tif"), geotiff(tmp_path / "b.tif", crs="EPSG:32634")
    (warning,) = ImagePair.open(first, second).warnings
    assert "EPSG:32633" in warning
    assert "EPSG:32634" in warning


@pytest.mark.parametrize(
    "transform",
    [
        (0.0, 0.0, 500000.0, 0.0, 0.0, 5000000.0),
        (0.5, 0.0, 500000.0, 0.0, 0.0, 5000000.0),
        (0.5, 0.5, 500000.0, 0.5, 0.5, 5000000.0),
        (1e-12, 0.0, 500000.0, 0.0, -1e-12, 5000000.0),
        (math.nan, 0.0, 0.0, 0.0, -1.0, 0.0),
        (math.inf, 0.0, 0.0, 0.0, -1.0, 0.0),
    ],
)
def test_a_georeference_without_area_is_taken_as_none(transform: Affine) -> None:
    flat = Georeference("EPSG:32633", transform, (8, 12), None)
    good = Georeference("EPSG:32634", (0.5, 0.0, 0.0, 0.0, -0.5, 0.0), (8, 12), 0.5)
    assert _ground_warnings(flat, flat) == _ground_warnings(flat, good) == _ground_warnings(good, flat) == []


@pytest.mark.parametrize("rasterio", [True, False])
def test_a_geotiff_with_a_pixel_size_of_0_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rasterio: bool) -> None:
    if not rasterio:
        monkeypatch.setitem(sys.modules, "rasterio", None)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, kind, values in (
        (33550, 12, (0.0, 0.0, 0.0)),
        (33922, 12, (0.0, 0.0, 0.0, 5e5, 5e6, 0.0)),
        (34735, 3, (1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32633)),
    ):
        tags.tagtype[tag] = kind
        tags[tag] = values
    Image.fromarray(BEFORE).save(tmp_path / "a.tif", tiffinfo=tags)
    pair = ImagePair.open(tmp_path / "a.tif", tmp_path / "a.tif")
    assert (pair.gsd, pair.warnings) == (None, ())


@pytest.mark.parametrize("gsd", [0.0, -0.5, math.nan, math.inf])
def test_an_impossible_ground_resolution_is_named(gsd: float) -> None:
    with pytest.raises(ImageError, match="metres a pixel"):
        ImagePair.from_arrays(BEFORE, AFTER, gsd=gsd)


def test_warnings_of_both_images_are_kept_once_each() -> None:
    dark = np.full((8, 12), 900, np.uint16)
    warnings = ImagePair.from_arrays(dark, dark).warnings
    assert [warning.split(":")[0] for warning in warnings] == ["before", "after"]


# the constructor itself


@pytest.mark.parametrize(
    ("array", "error"),
    [
        (np.zeros((3, 4, 4), np.float64), PixelValueError),
        (np.zeros((3, 4, 4), np.uint8), PixelValueError),
        ([[0.0]], PixelValueError),
        (torch.zeros(3, 4, 4), PixelValueError),
        (np.zeros((4, 4, 3), np.float32), BandError),
        (np.zeros((4, 4), np.float32), BandError),
        (np.zeros((3, 0, 4), np.float32), BandError),
        (np.full((3, 4, 4), np.nan, np.float32), PixelValueError),
        (np.full((3, 4, 4), 1.5, np.float32), PixelValueError),
        (np.full((3, 4, 4), -0.1, np.float32), PixelValueError),
        (np.zeros((3, 4, 5), np.float32), SizeMismatchError),
    ],
)
@pytest.mark.parametrize("swap", [False, True])
def test_the_constructor_names_unfit_arrays(array: Any, error: type[DeltascribeError], swap: bool) -> None:
    good = np.zeros((3, 4, 4), np.float32)
    with pytest.raises(error):
        ImagePair(*((array, good) if swap else (good, array)))


def test_real_pairs_are_read(shared_data: Path) -> None:
    pictures = sorted(shared_data.rglob("*.png"))[:2]
    if len(pictures) < 2:
        pytest.skip("no pictures there")
    assert ImagePair.open(pictures[0], pictures[1], align=True).tensor().shape[:2] == (2, 3)


def test_images_are_scaled_to_a_models_input_with_antialiasing_and_stay_in_range() -> None:
    images = torch.rand(2, 2, 3, 40, 60, generator=torch.Generator().manual_seed(0))
    scaled = scale_images(images, 20, 90)
    assert scaled.shape == (2, 2, 3, 20, 90)
    assert 0 <= float(scaled.min()) < float(scaled.max()) <= 1
    assert torch.equal(scaled[1], scale_images(images[1], 20, 90))
    assert torch.equal(scaled[1, 0], scale_images(images[1, 0], 20, 90))
    assert scale_images(images, 40, 60) is images
    # stripes of one pixel at half the size: plain bilinear sampling could keep black or white, the mean over the filter is grey
    stripes = torch.zeros(1, 3, 32, 32)
    stripes[..., ::2] = 1
    inner = scale_images(stripes, 8, 8)[..., 1:-1]
    torch.testing.assert_close(inner, torch.full_like(inner, 0.5), atol=0.01, rtol=0)
