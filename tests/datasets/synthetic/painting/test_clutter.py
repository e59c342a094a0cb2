"""Shrubs, yards and worn lines: what is drawn without being planned keeps off what is, and depends on the world alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from shapely import LineString, box

from deltascribe.datasets.synthetic.painting import change_mask
from deltascribe.datasets.synthetic.painting.canvas import Canvas
from deltascribe.datasets.synthetic.painting.grid import Grid
from deltascribe.datasets.synthetic.painting.scrub import shrubs
from deltascribe.datasets.synthetic.painting.tracks import lines
from deltascribe.datasets.synthetic.painting.yards import bushes, clutter
from deltascribe.datasets.synthetic.world import Building, Cover, Layout, Place, Pool, Road, Tree

WINDOW = (0.0, 0.0, 200.0, 200.0)
GRID = Grid(0, 0, 320, 240, 0.25)  # 80 x 60 m


def bushy(kind: str = "grass") -> Layout:
    """Ground on whose seed many shrubs grow."""
    seed = max(range(40), key=lambda number: len(shrubs(Layout(covers=(Cover(1, "grass", box(-50, -50, 250, 250), number),)), 5, WINDOW)))
    return Layout(covers=(Cover(1, kind, box(-50, -50, 250, 250), seed),))  # type: ignore[arg-type]


def within(trees: tuple[Tree, ...], window: tuple[float, float, float, float]) -> set[Tree]:
    left, top, right, bottom = window
    return {tree for tree in trees if left <= tree.x < right and top <= tree.y < bottom}


def yard(seed: int) -> Cover:
    return Cover(1, "lawn", box(20, 14, 48, 50), seed, soft=0.4)


def drawn(layout: Layout) -> np.ndarray:
    paper = Canvas.on(GRID, np.full((*GRID.shape, 3), 120, np.uint8))
    clutter(paper, layout)
    return np.asarray((paper.albedo != 120).any(2) | (paper.height > 0))


def test_shrubs_of_a_window_are_those_of_the_whole_that_stand_in_it() -> None:
    part = (40.0, 60.0, 120.0, 110.0)
    assert within(shrubs(bushy(), 5, part), part) == within(shrubs(bushy(), 5, WINDOW), part)


@pytest.mark.parametrize("kind", ["water", "lawn", "concrete", "field"])
def test_no_shrub_grows_on_tended_ground(kind: str) -> None:
    assert len(shrubs(bushy(), 5, WINDOW)) > 100
    assert not shrubs(bushy(kind), 5, WINDOW)


def test_shrubs_make_room_for_what_is_built_and_stay_elsewhere(make_house) -> None:  # type: ignore[no-untyped-def]
    before = bushy()
    house: Building = make_house(2, 100, 100, size=(40.0, 30.0))
    road = Road(3, LineString([(-50, 40), (250, 60)]), 8.0)
    was, now = (set(shrubs(layout, 5, WINDOW)) for layout in (before, replace(before, buildings=(house,), roads=(road,))))
    gone = [shapely.Point(tree.x, tree.y) for tree in was - now]
    assert gone
    assert now < was
    built = shapely.union(house.polygon, road.polygon)
    assert all(spot.distance(built) < 2 for spot in gone)
    assert all(not built.contains(shapely.Point(tree.x, tree.y)) for tree in now)


def test_yards_hold_things_that_keep_off_house_and_pool(make_house) -> None:  # type: ignore[no-untyped-def]
    house, pool = make_house(2, 34, 30), Pool(3, box(26, 41, 36, 46))
    count = 0
    for seed in range(30):
        seen = drawn(Layout(covers=(yard(seed),), buildings=(house,), pools=(pool,)))
        count += int(seen.any())
        for x0, y0, x1, y1 in (house.polygon.bounds, pool.polygon.bounds):
            assert not seen[round(4 * y0) : round(4 * y1), round(4 * x0) : round(4 * x1)].any()
    assert count > 20


def test_yards_look_alike_whatever_is_built_elsewhere(make_house) -> None:  # type: ignore[no-untyped-def]
    alone = Layout(covers=(yard(7),))
    more = Layout(
        covers=(yard(7), Cover(9, "lawn", box(60, 14, 78, 50), 3, soft=0.4)), buildings=(make_house(2, 70, 25, size=(10.0, 8.0)),)
    )
    here = np.s_[:, : 4 * 54]
    assert np.array_equal(drawn(alone)[here], drawn(more)[here])
    assert set(bushes(alone)) <= set(bushes(more))


def test_bushes_keep_off_houses_and_the_street(make_house) -> None:  # type: ignore[no-untyped-def]
    house, road = make_house(2, 34, 30), Road(3, LineString([(-20, 8), (100, 8)]), 8.0)
    found = [tree for seed in range(20) for tree in bushes(Layout(covers=(yard(seed),), buildings=(house,), roads=(road,)))]
    assert len(found) > 20
    assert all(house.polygon.distance(shapely.Point(tree.x, tree.y)) > tree.radius for tree in found)
    assert all(road.polygon.distance(shapely.Point(tree.x, tree.y)) > 3 for tree in found)


def test_lines_on_the_ground_are_the_same_in_every_window() -> None:
    whole_grid, part_grid = Grid(-20, -30, 300, 260, 0.5), Grid(60, 41, 120, 150, 0.5)
    some = 0
    for seed in range(12):
        whole, part = lines(whole_grid, seed), lines(part_grid, seed)
        cut = np.zeros(part_grid.shape) if whole is None else whole[whole_grid.slices(part_grid)]
        assert np.abs(cut - (0 if part is None else part)).max() < 0.01
        some += whole is not None and bool(whole.any())
    assert some > 3


def test_what_is_drawn_without_being_planned_is_in_no_mask() -> None:
    layout = bushy()
    lawns = tuple(replace(yard(seed), id=10 + seed) for seed in range(3))
    layout = replace(layout, covers=(*layout.covers, *lawns))
    assert (drawn(layout) != 120).any()
    assert shrubs(layout, 5, WINDOW)
    place = Place(80.0, 60.0, layout, layout, seed=5)
    assert not change_mask(place).any()
