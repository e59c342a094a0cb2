"""Tests of deltascribe.tiling."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from deltascribe.tiling import Statement, mosaic, place_words, plan_tiles, spread_starts, summarise, tile_names

SIDES = random.Random(0)
SIZES = [(height, width, 64) for height in (1, 63, 64, 96, 97, 128, 129, 300) for width in (1, 64, 97, 200)]
SIZES += [(SIDES.randint(1, 900), SIDES.randint(1, 900), SIDES.choice([32, 64, 100, 256])) for _ in range(100)]


@pytest.mark.parametrize(("height", "width", "size"), SIZES)
def test_windows_cover_every_pixel_lie_inside_and_are_no_larger_than_the_input(height: int, width: int, size: int) -> None:
    windows = plan_tiles(height, width, size)
    covered = np.zeros((height, width), bool)
    for row, column, tall, wide in windows:
        assert row >= 0
        assert column >= 0
        assert row + tall <= height
        assert column + wide <= width
        covered[row : row + tall, column : column + wide] = True
    assert covered.all()
    assert len(set(windows)) == len(windows)
    if max(height, width) > 1.5 * size:
        assert {(tall, wide) for _, _, tall, wide in windows} == {(min(size, height), min(size, width))}
    else:
        assert windows == [(0, 0, height, width)]


def test_an_image_up_to_one_and_a_half_times_the_input_is_one_window() -> None:
    assert plan_tiles(96, 96, 64) == [(0, 0, 96, 96)]
    assert len(plan_tiles(97, 96, 64)) == 4


def test_tiles_go_row_by_row_and_are_evenly_spaced() -> None:
    assert plan_tiles(64, 150, 64) == [(0, 0, 64, 64), (0, 43, 64, 64), (0, 86, 64, 64)]
    assert plan_tiles(128, 128, 64) == [(0, 0, 64, 64), (0, 64, 64, 64), (64, 0, 64, 64), (64, 64, 64, 64)]


def test_tiles_are_called_by_row_and_column_in_any_order() -> None:
    windows = [(64, 86, 64, 64), (0, 0, 64, 64), (64, 0, 64, 64), (0, 43, 64, 64)]
    assert tile_names(windows) == ["Row 2, column 3", "Row 1, column 1", "Row 2, column 1", "Row 1, column 2"]
    assert tile_names([]) == []


def test_the_mosaic_takes_the_mean_where_windows_overlap() -> None:
    masks = [np.full((2, 2), 0.2, np.float32), np.full((2, 2), 0.8, np.float32)]
    result = mosaic(2, 3, [(0, 0, 2, 2), (0, 1, 2, 2)], masks)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, [[0.2, 0.5, 0.8]] * 2)


def test_the_mosaic_of_one_window_is_its_mask() -> None:
    mask = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(mosaic(3, 4, [(0, 0, 3, 4)], [mask]), mask)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (0, 0, "at the upper left"),
        (0, 1, "at the top"),
        (0, 2, "at the upper right"),
        (1, 0, "on the left"),
        (1, 1, "in the middle"),
        (1, 2, "on the right"),
        (2, 0, "at the lower left"),
        (2, 1, "at the bottom"),
        (2, 2, "at the lower right"),
    ],
)
def test_nine_positions_have_their_words(row: int, column: int, words: str) -> None:
    assert place_words((64 * row, 64 * column, 64, 64), 192, 192) == words


def test_a_window_of_one_pixel_in_the_last_corner_has_a_place() -> None:
    assert place_words((191, 191, 1, 1), 192, 192) == "at the lower right"


def at(row: int, column: int, caption: str, probability: float) -> Statement:
    return Statement((64 * row, 64 * column, 64, 64), caption, probability)


def test_one_statement_is_said_with_its_place() -> None:
    assert summarise([at(0, 2, "a house is built", 0.9)], 192, 192) == "at the upper right a house is built"


def test_the_most_certain_statement_comes_first_and_of_equal_ones_the_upper_left() -> None:
    statements = [at(2, 2, "trees are gone", 0.6), at(1, 1, "a road appears", 0.6), at(0, 0, "a house is built", 0.9)]
    expected = "at the upper left a house is built; in the middle a road appears; at the lower right trees are gone"
    assert summarise(statements, 192, 192) == expected
    assert summarise(statements[::-1], 192, 192) == expected


def test_the_same_words_are_said_once_with_all_their_places() -> None:
    statements = [at(0, 0, "a house is built", 0.9), at(1, 2, "a house is built", 0.8)]
    assert summarise(statements, 192, 192) == "at the upper left and on the right a house is built"
    statements.append(at(2, 1, "a house is built", 0.7))
    assert summarise(statements, 192, 192) == "at the upper left, on the right and at the bottom a house is built"


def test_a_place_is_named_once() -> None:
    statements = [Statement((0, place, 64, 64), "a house is built", 0.9) for place in (0, 10, 20)]
    assert summarise(statements, 640, 640) == "at the upper left a house is built"


def test_no_more_than_most_captions_are_said() -> None:
    statements = [at(0, place, f"caption {place}", 0.9 - place / 10) for place in range(3)]
    assert summarise(statements, 192, 192, most=2) == "at the upper left caption 0; at the top caption 1"
    # one more place for a caption that is said does not count
    statements.append(at(2, 2, "caption 0", 0.1))
    assert summarise(statements, 192, 192, most=1) == "at the upper left and at the lower right caption 0"


def test_tiles_overlap_by_what_is_asked_for() -> None:
    windows = plan_tiles(100, 500, 100, overlap=20)
    columns = [window[1] for window in windows]
    assert {window[2:] for window in windows} == {(100, 100)}
    assert columns[0] == 0
    assert columns[-1] == 400
    assert max(right - left for left, right in pairwise(columns)) <= 80
    assert plan_tiles(100, 500, 100, overlap=0) == plan_tiles(100, 500, 100)


def test_feathered_seams_run_smoothly_from_one_tile_to_the_next() -> None:
    windows = [(0, 0, 4, 60), (0, 40, 4, 60)]
    masks = [np.zeros((4, 60), np.float32), np.ones((4, 60), np.float32)]
    row = mosaic(4, 100, windows, masks, feather=20)[1]
    assert (row[:40] == 0).all()
    assert (row[60:] == 1).all()
    assert (np.diff(row[38:62]) >= 0).all()
    assert float(np.diff(row).max()) < 0.1
    np.testing.assert_allclose(mosaic(4, 100, windows, masks)[1, 40:60], 0.5)


@pytest.mark.parametrize(
    ("size", "part", "most", "expected"),
    [(3, 1, 64, [0, 1, 2]), (100, 1, 4, [12, 37, 62, 87]), (1000, 200, 2, [150, 650]), (500, 200, 6, [25, 275]), (200, 200, 6, [0])],
)
def test_parts_are_spread_over_a_side(size: int, part: int, most: int, expected: list[int]) -> None:
    assert spread_starts(size, part, most) == expected
