"""Masks of change against exact areas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import shapely
from shapely import LineString, Polygon, box

from deltascribe.datasets.synthetic.painting import change_mask, cover_mask
from deltascribe.datasets.synthetic.world import Building, Layout, Place, Road

SIZE = 64.0
WINDOW = (0.0, 0.0, SIZE, SIZE)


def exact(polygon: Polygon, pixels: int = 128, step: float = 0.5) -> np.ndarray:
    """Share of each pixel that a polygon covers, by exact intersection."""
    x, y = np.meshgrid(np.arange(pixels) * step, np.arange(pixels) * step)
    cells = shapely.box(x, y, x + step, y + step)
    return shapely.area(shapely.intersection(cells, polygon)) / step**2


def place(before: Layout, after: Layout) -> Place:
    return Place(SIZE, SIZE, before, after)


def test_a_place_without_change_has_an_empty_mask(full_place: Place) -> None:
    mask = change_mask(full_place)
    assert mask.shape == (192, 192)
    assert mask.dtype == np.uint8
    assert not mask.any()


@pytest.mark.parametrize("added", [True, False])
def test_a_building_that_came_or_went_is_marked_where_half_a_pixel_is_covered(make_house: Callable[..., Building], added: bool) -> None:
    house = make_house(1, 30, 31, size=(17.0, 11.0), angle=0.37)
    with_house, without = Layout(buildings=(house,)), Layout()
    mask = change_mask(place(without, with_house) if added else place(with_house, without))
    share = exact(house.polygon)
    clear = abs(share - 0.5) > 0.04
    assert np.array_equal(mask[clear] == 1, (share > 0.5)[clear])
    assert mask.sum() * 0.25 == pytest.approx(house.polygon.area, rel=0.01)


def test_coverage_is_within_a_few_hundredths_of_the_exact_share() -> None:
    shape = Polygon([(5.3, 4.1), (50.2, 9.7), (44.4, 55.5), (30.1, 21.3), (8.8, 40.6)], [[(20, 12), (30, 12.7), (26, 18)]])
    cover = cover_mask([shape], WINDOW)
    assert np.abs(cover - exact(shape)).max() < 0.08
    assert cover.sum() * 0.25 == pytest.approx(shape.area, rel=0.003)


def test_coverage_of_overlapping_polygons_is_that_of_their_union() -> None:
    one, two = box(5, 5, 25, 25), box(15, 15, 40, 40)
    assert cover_mask([one, two], WINDOW).sum() * 0.25 == pytest.approx(one.union(two).area, rel=0.003)


def test_buildings_lie_over_roads_and_dirt_tracks_do_not_count(make_house: Callable[..., Building]) -> None:
    road = Road(1, LineString([(-10, 32), (80, 32)]), 8.0)
    track = Road(2, LineString([(50, -10), (50, 80)]), 5.0, paved=False)
    house = make_house(3, 20, 32)
    mask = change_mask(place(Layout(), Layout(roads=(road, track), buildings=(house,))))
    assert (mask == 1).sum() * 0.25 == pytest.approx(house.polygon.area)
    assert (mask == 2).sum() * 0.25 == pytest.approx(8 * 64 - 16 * 8)
    assert mask[10, 100] == 0


def test_a_widened_road_shows_its_new_strips_alone() -> None:
    line = LineString([(-10, 32), (80, 32)])
    mask = change_mask(place(Layout(roads=(Road(1, line, 6.0),)), Layout(roads=(Road(2, line, 10.0),))))
    assert set(np.unique(mask)) == {0, 2}
    assert (mask == 2).sum() * 0.25 == pytest.approx(4 * 64)
    assert not mask[2 * 29 : 2 * 35].any()


def test_a_new_road_does_not_mark_the_old_one_that_it_crosses() -> None:
    old = Road(1, LineString([(32, -10), (32, 80)]), 6.0)
    new = Road(2, LineString([(-10, 32), (80, 32)]), 8.0)
    mask = change_mask(place(Layout(roads=(old,)), Layout(roads=(old, new))))
    assert (mask == 2).sum() * 0.25 == pytest.approx(8 * (64 - 6))


def test_a_turning_head_belongs_to_its_road() -> None:
    road = Road(1, LineString([(-10, 32), (32, 32)]), 6.0, head=9.0)
    mask = change_mask(place(Layout(), Layout(roads=(road,))))
    assert mask.sum() / 2 * 0.25 == pytest.approx(road.polygon.intersection(box(*WINDOW)).area, rel=0.01)


def test_a_window_of_the_mask_is_a_piece_of_the_whole(make_house: Callable[..., Building]) -> None:
    far = Place(400.0, 400.0, Layout(), Layout(buildings=(make_house(1, 130, 128, angle=0.2), make_house(2, 190, 60))))
    whole = change_mask(far)
    assert np.array_equal(change_mask(far, window=(120.0, 50.5, 200.0, 140.0)), whole[101:280, 240:400])
    assert set(np.unique(whole)) == {0, 1}


def test_a_coarser_mask_holds_the_same_area(make_house: Callable[..., Building]) -> None:
    house = replace(make_house(1, 30, 31, size=(20.0, 14.0), angle=0.5))
    mask = change_mask(place(Layout(), Layout(buildings=(house,))), resolution=1.0)
    assert mask.shape == (64, 64)
    assert mask.sum() == pytest.approx(house.polygon.area, rel=0.03)
