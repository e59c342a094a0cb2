"""Tests of deltascribe.datasets.synthetic.windows."""

from __future__ import annotations

import numpy as np
import pytest

from deltascribe.datasets.synthetic.windows import PlaceIndex, move
from deltascribe.datasets.synthetic.world import Car


@pytest.fixture
def place(fake_parts):
    return fake_parts.plan(0, 0, scenario="build", width=256.0, height=256.0)


def _ids(layout):
    return {thing.id for thing in layout.things()}


def test_near_keeps_what_reaches_into_the_margin_and_leaves_coordinates_alone(place):
    near = PlaceIndex(place).near((0.0, 0.0, 64.0, 64.0), 0.0)
    assert (near.width, near.height) == (256.0, 256.0)
    # houses stand at x = 51.2 (old) and from 102.4 on (new), all at y = 64
    assert _ids(near.before) == {1, 3}
    assert near.before.buildings[0] is place.before.buildings[0]
    assert _ids(PlaceIndex(place).near((0.0, 0.0, 64.0, 64.0), 45.0).after) == {1, 3, 5}
    assert not near.before.trees
    assert len(PlaceIndex(place).near((0.0, 0.0, 126.0, 64.0), 0.0).before.trees) == 1  # its crown reaches in


def test_a_thing_that_grew_is_found_on_both_dates(place, fake_parts):
    from dataclasses import replace

    old = fake_parts.house(3, 30.0, 30.0)
    grown = replace(old, polygon=old.polygon.buffer(20.0))
    both = replace(place, before=replace(place.before, buildings=(old,)), after=replace(place.after, buildings=(grown,)))
    near = PlaceIndex(both).near((45.0, 20.0, 60.0, 40.0), 0.0)
    assert near.added() == near.removed() == []
    assert 3 in _ids(near.before)


def test_a_window_is_a_place_of_its_own(place):
    window = PlaceIndex(place).window((90.0, 40.0, 154.0, 104.0))
    assert (window.width, window.height) == (64.0, 64.0)
    assert window.changed
    assert [item.x for item in window.added()] == pytest.approx([12.4, 36.4, 60.4])
    assert {item.y for item in window.added()} == {24.0}
    assert window.added()[0].polygon.centroid.coords[0] == pytest.approx((12.4, 24.0))
    assert np.allclose(window.before.trees[0].x, 128 - 90)


def test_a_window_tells_of_events_that_can_be_seen_in_it(place):
    index = PlaceIndex(place)
    assert not index.window((0.0, 128.0, 128.0, 256.0)).changed
    # the house at x = 102.4 is 14 m wide: 1.6 m of it are a ninth
    assert not index.window((0.0, 0.0, 97.0, 128.0)).changed
    assert index.window((0.0, 0.0, 100.0, 128.0)).changed


def test_moving_a_thing_moves_its_outline_and_its_centre(fake_parts):
    house = move(fake_parts.house(3, 30.0, 40.0), -10.0, 5.0)
    assert (house.x, house.y) == (20.0, 45.0)
    assert house.polygon.centroid.coords[0] == pytest.approx((20.0, 45.0))
    assert move(Car(1.0, 2.0, 0.0, (1.0, 1.0, 1.0)), 1.0, 1.0).x == 2.0
    road = move(fake_parts.plan(0, 0).before.roads[0], 0.0, 4.0)
    assert road.line.coords[0][1] == 68.0
