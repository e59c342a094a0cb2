"""What a few windows tell before a run: brightness, and whether the dates lie on each other."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from deltascribe.errors import PixelValueError
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.reading import DateSource
from deltascribe.scenes.sampling import Misregistration, phase_shift, sample_dates, sample_windows, with_scale

from .rasters_for_tests import LEFT, TOP, UTM, date, header, noise, north_up, texture, write

Array = npt.NDArray[Any]


def grid_of(side: int) -> Grid:
    return Grid(UTM, LEFT, TOP, 0.5, side, side, 0.5)


def moved(picture: Array, rows: float, columns: float) -> Array:
    """Content moved down and to the right by parts of a pixel, around the border (Fourier's shift theorem)."""
    height, width = picture.shape
    turn = np.fft.fftfreq(height)[:, None] * rows + np.fft.rfftfreq(width)[None] * columns
    return np.fft.irfft2(np.fft.rfft2(picture) * np.exp(-2j * np.pi * turn), s=(height, width))


# windows


@pytest.mark.parametrize(("height", "width", "count"), [(100, 3000, 6), (256, 256, 1), (5000, 5000, 36), (700, 520, 4), (40, 40, 1)])
def test_sampled_windows_lie_in_the_grid_and_apart(height: int, width: int, count: int) -> None:
    windows = sample_windows(Grid(UTM, LEFT, TOP, 0.5, width, height, 0.5))
    assert len(windows) == count
    for row, column, tall, wide in windows:
        assert (tall, wide) == (min(256, height), min(256, width))
        assert 0 <= row <= height - tall
        assert 0 <= column <= width - wide
    for (row, column, tall, wide), (lower, righter, _, _) in combinations(windows, 2):
        assert lower >= row + tall or righter >= column + wide or righter + wide <= column


# phase correlation


@pytest.mark.parametrize("shift", [(0, 0), (1, 0), (0, -1), (7, -3), (-20, 25), (40, 40)])
def test_whole_shifts_are_found(shift: tuple[int, int]) -> None:
    scene = texture(400, 400)
    one, other = scene[50:306, 50:306], scene[50 - shift[0] : 306 - shift[0], 50 - shift[1] : 306 - shift[1]]
    assert phase_shift(one, other) == pytest.approx(shift, abs=0.15)


@pytest.mark.parametrize("shift", [(0.5, 0.0), (0.25, -0.25), (-3.3, 2.7), (10.5, -7.5)])
def test_parts_of_a_pixel_are_found_to_a_fifth(shift: tuple[float, float]) -> None:
    scene = texture(300, 280)
    assert phase_shift(scene[20:276, 12:268], moved(scene, *shift)[20:276, 12:268]) == pytest.approx(shift, abs=0.2)


def test_another_brightness_does_not_matter() -> None:
    scene = texture(300, 300)
    assert phase_shift(scene[20:276, 20:276], 5 - 0.3 * -scene[16:272, 25:281]) == pytest.approx((4, -5), abs=0.15)


@pytest.mark.parametrize("seed", range(5))
def test_two_noises_have_no_shift(seed: int) -> None:
    draw = np.random.default_rng(seed)
    assert phase_shift(draw.normal(size=(256, 256)), draw.normal(size=(256, 256))) is None
    assert phase_shift(texture(256, 256, 2 * seed), texture(256, 256, 2 * seed + 1)) is None


def test_nothing_has_no_shift() -> None:
    assert phase_shift(np.zeros((64, 64)), np.zeros((64, 64))) is None
    assert phase_shift(np.zeros((64, 64)), texture(64, 64)) is None


# scenes


def scene_pair(folder: Path, rows: int, columns: int, side: int = 700) -> tuple[DateSource, DateSource]:
    """Two GeoTIFFs on one grid; the after image's content lies `rows` below and `columns` to the right."""
    scene = texture(side + 100, side + 100)
    levels = np.clip(120 + 40 * scene / scene.std(), 1, 254).astype(np.uint8)
    before = levels[50 : 50 + side, 50 : 50 + side]
    after = levels[50 - rows : 50 - rows + side, 50 - columns : 50 - columns + side] // 2 + 60  # another light
    return date(write(folder / "before.tif", before[None])), date(write(folder / "after.tif", after[None]))


@pytest.mark.parametrize("shift", [(0, 0), (5, -3), (-12, 8)])
def test_a_planted_shift_is_found(tmp_path: Path, shift: tuple[int, int]) -> None:
    found = sample_dates(*scene_pair(tmp_path, *shift), grid_of(700)).misregistration
    assert (found.rows, found.columns) == pytest.approx(shift, abs=0.1)
    assert found.distance == pytest.approx(float(np.hypot(*shift)), abs=0.1)
    assert (found.windows, found.tried) == (4, 4)
    assert found.spread < 0.1
    assert found.certain


def test_a_shift_that_is_taken_back_is_gone(tmp_path: Path) -> None:
    before, after = scene_pair(tmp_path, 5, -3)
    back = DateSource(after.info, after.bands, shift=(3.0, -5.0))
    found = sample_dates(before, back, grid_of(700)).misregistration
    assert found.distance < 0.1
    assert found.certain


def test_unlike_scenes_have_no_certain_shift(tmp_path: Path) -> None:
    one, other = (date(write(tmp_path / f"{seed}.tif", noise(1, 700, 700, seed))) for seed in (1, 2))
    found = sample_dates(one, other, grid_of(700)).misregistration
    assert (found.windows, found.tried, found.distance) == (0, 4, 0.0)
    assert not found.certain


def test_windows_of_which_too_little_is_known_do_not_count(tmp_path: Path) -> None:
    before, after = scene_pair(tmp_path, 2, 2)
    values = np.full((1, 700, 700), 1, np.uint8)
    values[:, :350, :350] = 0
    clouds = write(tmp_path / "clouds.tif", values)
    cloudy = DateSource(after.info, after.bands, clouds=str(clouds))
    found = sample_dates(before, cloudy, grid_of(700)).misregistration
    assert (found.windows, found.tried) == (1, 4)
    assert not found.certain


def test_what_a_cloud_mask_hides_is_told_for_its_date(tmp_path: Path) -> None:
    before, after = scene_pair(tmp_path, 0, 0)
    values = np.zeros((1, 700, 700), np.uint8)
    values[:, :, :350] = 3
    cloudy = DateSource(after.info, after.bands, clouds=str(write(tmp_path / "clouds.tif", values)))
    assert sample_dates(before, cloudy, grid_of(700)).hidden == (None, pytest.approx(0.5, abs=0.01))
    assert sample_dates(cloudy, before, grid_of(60)).hidden == (1.0, None)


def test_ground_that_is_black_without_a_gap_is_measured(tmp_path: Path) -> None:
    before, after = noise(3, 512, 512), noise(3, 512, 512)
    after[:, :, :200] = 0
    dark = np.random.default_rng(1).random((512, 512)) < 0.3
    before[:, dark] = 0  # as many, but here and there
    before[:2, :, :200] = 0  # and not in all bands
    dates = [date(write(tmp_path / f"{name}.tif", values)) for name, values in (("b", before), ("a", after))]
    assert sample_dates(*dates, grid_of(512)).black == (0.0, pytest.approx(200 / 512, abs=0.02))
    declared = date(write(tmp_path / "c.tif", after, nodata=0))
    assert sample_dates(declared, DateSource(dates[1].info, (1, 2, 3), nodata=0.0), grid_of(512)).black == (0.0, 0.0)


def test_tiny_scenes_are_not_tried(tmp_path: Path) -> None:
    source = date(write(tmp_path / "a.tif", noise(1, 60, 60)))
    assert sample_dates(source, source, grid_of(60)).misregistration.tried == 0


@pytest.mark.parametrize(
    ("windows", "spread", "columns", "certain"), [(3, 1.0, 0.0, True), (2, 0.0, 5.0, False), (9, 2.4, 5.0, True), (9, 2.6, 5.0, False)]
)
def test_a_shift_is_certain_where_windows_agree(windows: int, spread: float, columns: float, certain: bool) -> None:
    assert Misregistration(columns, 0.0, spread, windows, 9).certain == certain


# brightness


def test_8_bit_values_are_kept_without_a_look(tmp_path: Path) -> None:
    source = with_scale(DateSource(header(path=str(tmp_path / "missing.tif")), (1,)), grid_of(64), "auto")
    assert (source.low, source.high) == (0.0, 255.0)


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32", "float64", "int32", "int8"])
def test_other_values_are_stretched_between_two_percentiles(tmp_path: Path, dtype: str) -> None:
    top = 100 if dtype == "int8" else 3000
    values = np.linspace(-20 if dtype in ("int8", "int16", "float32") else 0, top, 3 * 200 * 200)
    np.random.default_rng(0).shuffle(values)
    values = values.reshape(3, 200, 200).astype(dtype)
    source = with_scale(date(write(tmp_path / "a.tif", values)), grid_of(200), "auto")
    assert (source.low, source.high) == pytest.approx(tuple(np.percentile(values, (2, 98))))


def test_the_stretch_is_one_for_all_bands_and_of_the_bands_that_are_shown(tmp_path: Path) -> None:
    values = np.zeros((4, 100, 100), np.uint16)
    values[:] = np.array([1000, 2000, 3000, 60_000])[:, None, None]
    path = write(tmp_path / "a.tif", values, photometric="minisblack")
    source = with_scale(date(path, (3, 2, 1)), grid_of(100), "auto")
    assert (source.low, source.high) == (1000.0, 3000.0)


def test_missing_values_do_not_count(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(1000, 2000, (1, 200, 200)).astype(np.uint16)
    values[:, :, 40:] = 65_535
    source = with_scale(date(write(tmp_path / "a.tif", values, nodata=65_535)), grid_of(200), "auto")
    assert 1000 <= source.low < 1050 < 1950 < source.high < 2000


def test_one_hot_pixel_does_not_change_the_stretch(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(1000, 2000, (1, 200, 200)).astype(np.uint16)
    usual = with_scale(date(write(tmp_path / "a.tif", values)), grid_of(200), "auto")
    values[0, 7, 7] = 65_535
    hot = with_scale(date(write(tmp_path / "b.tif", values)), grid_of(200), "auto")
    assert (hot.low, hot.high) == pytest.approx((usual.low, usual.high), abs=1)


def test_a_constant_raster_has_a_range_too(tmp_path: Path) -> None:
    source = with_scale(date(write(tmp_path / "a.tif", np.full((1, 64, 64), 700, np.uint16))), grid_of(64), "auto")
    assert (source.low, source.high) == (700.0, 701.0)


@pytest.mark.parametrize(
    ("dtype", "scale", "limits"),
    [
        ("uint16", "dtype", (0.0, 65_535.0)),
        ("float32", "dtype", (0.0, 1.0)),
        ("uint8", "dtype", (0.0, 255.0)),
        ("uint16", 10_000.0, (0.0, 10_000.0)),
        ("uint8", (20.0, 200.0), (20.0, 200.0)),
    ],
)
def test_a_scale_can_be_given(dtype: str, scale: Any, limits: tuple[float, float]) -> None:
    source = with_scale(DateSource(header(dtype=dtype), (1,)), grid_of(64), scale)
    assert (source.low, source.high) == limits


@pytest.mark.parametrize(
    ("dtype", "scale", "message"),
    [
        ("int16", "dtype", "not fixed by their type.*--scale LOW,HIGH"),
        ("complex64", "auto", "complex values.*amplitude"),
        ("complex_int16", "dtype", "complex values.*amplitude"),
        ("uint16", (5.0, 5.0), "--scale LOW,HIGH"),
        ("uint16", -1.0, "--scale LOW,HIGH"),
    ],
)
def test_a_range_that_can_not_be_used_is_named(dtype: str, scale: Any, message: str) -> None:
    with pytest.raises(PixelValueError, match=message):
        with_scale(DateSource(header(dtype=dtype), (1,)), grid_of(64), scale)


def test_a_raster_without_a_value_has_no_stretch(tmp_path: Path) -> None:
    source = date(write(tmp_path / "a.tif", np.zeros((1, 64, 64), np.uint16), nodata=0))
    with pytest.raises(PixelValueError, match=r"no valid value.*-unsetnodata"):
        with_scale(source, grid_of(64), "auto")


def test_only_the_shared_ground_counts(tmp_path: Path) -> None:
    values = np.full((1, 300, 300), 9000, np.uint16)
    values[:, :100, :100] = np.random.default_rng(0).integers(100, 200, (100, 100))
    source = with_scale(date(write(tmp_path / "a.tif", values, transform=north_up(0.5))), grid_of(100), "auto")
    assert 100 <= source.low < source.high < 200
