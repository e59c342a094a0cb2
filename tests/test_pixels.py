"""Raw values to float32 RGB: scaling, band choice, and arrays of every layout."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from deltascribe.errors import (
    BandError,
    PixelValueError,
)
from deltascribe.imaging import load_array

RGB = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
EXPECTED = RGB.transpose(2, 0, 1).astype(np.float32) / 255


def test_one_bright_pixel_does_not_change_the_others() -> None:
    dim, hot = np.full((4, 4), 20000, np.uint16), np.full((4, 4), 20000, np.uint16)
    hot[0, 0] = 65535
    np.testing.assert_array_equal(load_array(dim).pixels[:, 1:], load_array(hot).pixels[:, 1:])


@pytest.mark.parametrize(("highest", "likely"), [(200, 255), (1023, 1023), (1500, 2047), (4000, 4095), (10000, 16383)])
def test_16_bit_values_far_below_the_range_carry_a_warning(highest: int, likely: int) -> None:
    (warning,) = load_array(np.full((2, 2), highest, np.uint16)).warnings
    assert f"scale={likely}, or --scale {likely} on the command line" in warning
    assert load_array(np.full((2, 2), highest, np.uint16), scale=likely).warnings == ()


def test_a_16_bit_image_that_uses_its_range_or_is_all_black_carries_no_warning() -> None:
    assert load_array(np.full((2, 2), 40000, np.uint16)).warnings == ()
    assert load_array(np.zeros((2, 2), np.uint16)).warnings == ()


def test_an_8_bit_image_with_the_scale_of_a_wider_one_carries_a_warning() -> None:
    assert "scale='dtype'" in load_array(np.full((2, 2), 9, np.uint8), scale=2047).warnings[0]


@pytest.mark.parametrize("scale", [0, -1, math.nan, math.inf, (5, 5), (1, 2, 3), "auto", None])
def test_an_unusable_scale_is_named(scale: Any) -> None:
    with pytest.raises(PixelValueError, match=r"Give 'dtype'.*on the command line --scale"):
        load_array(RGB, scale=scale)


def test_integers_without_a_fixed_range_need_a_scale() -> None:
    values = np.full((2, 2), 5000, np.int32)
    with pytest.raises(PixelValueError, match="scale=10000, or --scale 10000 on the command line"):
        load_array(values)
    assert load_array(values, scale=10000).pixels == pytest.approx(0.5)


def test_values_that_are_no_numbers_are_named() -> None:
    with pytest.raises(PixelValueError, match="complex"):
        load_array(np.zeros((2, 2), complex))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("scale", ["dtype", 255])
def test_nan_and_infinity_are_named_and_counted(bad: float, scale: Any) -> None:
    values = np.full((3, 4, 4), 0.5, np.float32)
    values[0, 1, 1] = values[1, 1, 1] = values[0, 2, 2] = bad
    with pytest.raises(PixelValueError, match="2 pixels that are NaN or infinite"):
        load_array(values, scale=scale)


@pytest.mark.parametrize("bad", [-0.01, 1.01, 255.0])
def test_floats_outside_0_to_1_need_a_scale(bad: float) -> None:
    values = np.full((2, 2), 0.5, np.float32)
    values[0, 0] = bad
    with pytest.raises(PixelValueError, match=r"scale=255 .*--scale 255 .*on the command line"):
        load_array(values)
    assert load_array(values, scale=(bad - 1, bad + 255)).pixels.max() <= 1.0


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (RGB, EXPECTED),
        (RGB.transpose(2, 0, 1), EXPECTED),
        (RGB[..., 0], np.repeat(EXPECTED[:1], 3, 0)),
        (EXPECTED.transpose(1, 2, 0).astype(np.float64), EXPECTED),
        (np.dstack([RGB, np.full((6, 9), 255, np.uint8)]), EXPECTED),
        (RGB[..., :1], np.repeat(EXPECTED[:1], 3, 0)),
        (RGB[..., 0] > 127, np.repeat(RGB[None, ..., 0] > 127, 3, 0)),
    ],
)
def test_arrays_of_every_layout_are_taken(array: np.ndarray, expected: np.ndarray) -> None:
    pixels = load_array(array).pixels
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, expected)


def test_an_array_is_copied() -> None:
    array = np.full((3, 5, 5), 0.5, np.float32)
    pixels = load_array(array).pixels
    array[:] = 0
    assert (pixels == 0.5).all()


@pytest.mark.parametrize("shape", [(4,), (2, 3, 4, 5), (5, 6, 2), (5, 6, 7), (0, 5), (4, 0, 3)])
def test_arrays_that_are_no_image_are_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(BandError):
        load_array(np.zeros(shape, np.uint8))


def test_an_ambiguous_array_needs_a_layout() -> None:
    cube = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    with pytest.raises(BandError, match="layout='HWC'"):
        load_array(cube)
    np.testing.assert_array_equal(load_array(cube, layout="CHW").pixels, cube.astype(np.float32) / 255)
    np.testing.assert_array_equal(load_array(cube, layout="HWC").pixels, cube.transpose(2, 0, 1).astype(np.float32) / 255)
    with pytest.raises(BandError, match="not known"):
        load_array(cube, layout="WHC")  # type: ignore[arg-type]


def test_bands_of_unknown_meaning_are_asked_for_in_both_forms() -> None:
    with pytest.raises(BandError, match=r"bands=\(3, 2, 1\), or --bands 3,2,1 on the command line"):
        load_array(np.zeros((6, 8, 8), np.uint8), layout="CHW")
