"""Tiles: they cover the grid, their own parts cover it once, and they come in an order that suits the files."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from deltascribe.scenes.grid import Grid
from deltascribe.scenes.plan import ScenePlan, plan_scene

from .rasters_for_tests import LEFT, TOP, UTM, header

shapely = pytest.importorskip("shapely")

SHAPES = [(64, 64, 0), (64, 64, 16), (65, 64, 16), (200, 300, 0), (200, 300, 16), (129, 1000, 31), (40, 30, 8), (40, 300, 8), (300, 40, 8)]
DRAW = random.Random(0)
SHAPES += [(DRAW.randint(1, 700), DRAW.randint(1, 700), DRAW.randint(0, 31)) for _ in range(40)]


def grid_of(height: int, width: int, left: float = LEFT) -> Grid:
    return Grid(UTM, left, TOP, 0.5, width, height, 0.5)


def plan_of(height: int = 200, width: int = 300, overlap: int = 16, **fields: object) -> ScenePlan:
    return plan_scene(grid_of(height, width), 64, overlap, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("height", "width", "overlap"), SHAPES)
def test_tiles_cover_every_pixel_and_their_own_parts_cover_it_once(height: int, width: int, overlap: int) -> None:
    plan = plan_of(height, width, overlap)
    covered, owned = np.zeros((height, width), int), np.zeros((height, width), int)
    for tile in plan.tiles:
        row, column, tall, wide = tile.window
        assert (tall, wide) == (min(64, height), min(64, width))
        assert 0 <= row <= height - tall
        assert 0 <= column <= width - wide
        covered[row : row + tall, column : column + wide] += 1
        top, left, own_tall, own_wide = plan.own_window(tile)
        assert row <= top
        assert top + own_tall <= row + tall
        assert column <= left
        assert left + own_wide <= column + wide
        owned[top : top + own_tall, left : left + own_wide] += 1
    assert covered.min() >= 1
    assert (owned == 1).all()
    assert len(plan.tiles) == plan.lattice[0] * plan.lattice[1]


@pytest.mark.parametrize(("height", "width", "overlap"), SHAPES)
def test_neighbours_share_the_overlap(height: int, width: int, overlap: int) -> None:
    by_place = {(tile.row, tile.column): tile.window for tile in plan_of(height, width, overlap).tiles}
    for (row, column), window in by_place.items():
        if (row, column + 1) in by_place:
            assert window[1] + window[3] - by_place[row, column + 1][1] >= overlap
        if (row + 1, column) in by_place:
            assert window[0] + window[2] - by_place[row + 1, column][0] >= overlap


def test_where_a_neighbour_is_not_planned_a_tile_keeps_all_of_its_side() -> None:
    # starts: 0, 45, 91, 136 down and 0, 47, 94, 142, 189, 236 across
    plan = plan_of(limit=8)
    first, last_of_row, below, last = (plan.tiles[place] for place in (0, 5, 6, 7))
    assert plan.own_window(first) == (0, 0, 54, 55)
    assert plan.own_window(last_of_row) == (0, 244, 64, 56)
    assert plan.own_window(below) == (54, 0, 55, 55)
    assert plan.own_window(last) == (54, 55, 55, 56)


def test_a_scene_smaller_than_a_tile_is_one() -> None:
    plan = plan_of(40, 50)
    assert [tile.window for tile in plan.tiles] == [(0, 0, 40, 50)]
    assert plan.own_window(plan.tiles[0]) == (0, 0, 40, 50)
    assert plan.lattice == (1, 1)


def test_tiles_are_numbered_row_by_row() -> None:
    plan = plan_of()
    assert plan.lattice == (4, 6)
    assert [tile.index for tile in plan.tiles] == list(range(24))
    assert [(tile.row, tile.column) for tile in plan.tiles] == [(row, column) for row in range(4) for column in range(6)]
    assert plan.tiles[0].window == (0, 0, 64, 64)
    assert plan.tiles[-1].window == (136, 236, 64, 64)


# order


def test_a_tiled_file_is_read_area_by_area() -> None:
    plan = plan_scene(grid_of(300, 5000), 256, 32)
    areas = [tile.window[1] // 2048 for tile in plan.tiles]
    assert areas == sorted(areas)
    assert [tile.index for tile in plan.tiles] != sorted(tile.index for tile in plan.tiles)
    for area in set(areas):
        inside = [tile.index for tile in plan.tiles if tile.window[1] // 2048 == area]
        assert inside == sorted(inside)


@pytest.mark.parametrize("place", [0, 1])
def test_strips_are_read_row_by_row(place: int) -> None:
    infos = [header(), header()]
    infos[place] = header(size=(300, 5000), block=(1, 5000))
    plan = plan_scene(grid_of(300, 5000), 256, 32, infos)
    assert [tile.index for tile in plan.tiles] == list(range(len(plan.tiles)))


def test_batches_hold_all_tiles_in_order() -> None:
    plan = plan_of()
    batches = list(plan.batches(7))
    assert [len(batch) for batch in batches] == [7, 7, 7, 3]
    assert tuple(tile for batch in batches for tile in batch) == plan.tiles


@pytest.mark.parametrize(
    ("size", "workers", "done", "wanted"),
    [(16, 2, 0, [12, 12]), (16, 5, 0, [5, 5, 5, 5, 4]), (16, 100, 0, [1] * 24), (5, 2, 0, [5, 5, 5, 5, 4]), (16, 2, 19, [3, 2])],
)
def test_batches_are_smaller_where_workers_would_have_none(size: int, workers: int, done: int, wanted: list[int]) -> None:
    plan = plan_of()
    found = list(plan.batches(size, {tile.index for tile in plan.tiles[:done]}, workers=workers))
    assert [len(batch) for batch in found] == wanted
    assert tuple(tile for batch in found for tile in batch) == plan.tiles[done:]


def test_nothing_left_makes_no_batch() -> None:
    assert list(plan_of().batches(16, set(range(24)), workers=2)) == []


# parts


def test_a_limit_takes_the_first_tiles_row_by_row() -> None:
    assert {tile.index for tile in plan_scene(grid_of(600, 5000), 256, 32, limit=25).tiles} == set(range(25))
    assert len(plan_of(limit=10**6).tiles) == 24
    assert plan_of(limit=3).lattice == (4, 6)


def test_a_polygon_takes_the_tiles_that_it_touches() -> None:
    left, _, right, top = grid_of(200, 300).window_bounds((70, 100, 1, 60))
    line = shapely.box(left, top - 0.1, right, top)
    plan = plan_of(polygon=line)
    expected = {
        tile.index
        for tile in plan_of().tiles
        if tile.window[0] <= 70 < tile.window[0] + 64 and tile.window[1] < 160 and tile.window[1] + 64 > 100
    }
    assert {tile.index for tile in plan.tiles} == expected
    assert 0 < len(expected) < 24
    assert [tile.index for tile in plan_of(polygon=line, limit=1).tiles] == [min(expected)]


def test_tiles_in_the_hole_of_a_polygon_are_left_out() -> None:
    left, bottom, right, top = grid_of(200, 300).bounds
    ring = shapely.box(left, bottom, right, top).difference(shapely.box(left + 20, bottom + 20, right - 20, top - 20))
    found = {(tile.row, tile.column) for tile in plan_of(polygon=ring).tiles}
    assert (0, 0) in found
    assert not {(1, 2), (1, 3), (2, 2), (2, 3)} & found


# name


def test_the_name_of_a_plan_is_that_of_its_lattice() -> None:
    assert plan_of().digest() == plan_of().digest()
    # which tiles are looked at is no part of it: they keep their numbers and windows
    assert plan_of(limit=5).digest() == plan_of().digest()
    assert {tile.index: tile.window for tile in plan_of().tiles}.items() >= {
        tile.index: tile.window for tile in plan_of(limit=5).tiles
    }.items()
    # the order of reading is no part of it
    wide = grid_of(300, 5000)
    assert plan_scene(wide, 256, 32).digest() == plan_scene(wide, 256, 32, [header(size=(300, 5000), block=(1, 5000))]).digest()


def test_every_part_of_a_plan_changes_its_name() -> None:
    plan = plan_of()
    grids = [
        replace(plan.grid, crs="EPSG:32634"), replace(plan.grid, left=LEFT + 0.5), replace(plan.grid, top=TOP + 0.5),
        replace(plan.grid, step=0.6), replace(plan.grid, gsd=0.6), replace(plan.grid, width=301), replace(plan.grid, height=201),
    ]  # fmt: skip
    names = [plan.digest(), plan_of(overlap=31).digest(), replace(plan, size=65).digest()]
    names += [replace(plan, grid=grid).digest() for grid in grids]
    assert len(set(names)) == len(names)
