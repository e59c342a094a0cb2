"""What holds for every planned place: nothing stands in another thing, changes are to be seen, and without events nothing differs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely

from deltascribe.datasets.synthetic.planning import EVENTS, plan_place
from deltascribe.datasets.synthetic.world import Building, Cover, Layout, Place, Road, Thing

COUNT = 300
LENGTHS = {"villa": (12, 22), "house": (7, 15), "block": (25, 50), "warehouse": (18, 80), "shed": (2, 5)}


@pytest.fixture(scope="module")
def places() -> list[Place]:
    return [plan_place(77, index, weights={"no_change": 0.5}) for index in range(COUNT)]


@pytest.fixture(scope="module")
def district() -> Place:
    return plan_place(3, 0, width=1024, height=1024)


def overlaps(place: Place, layout: Layout) -> Counter[tuple[str, str]]:
    """How many pairs of things stand in one another, by their classes; roads may cross, and floods may lie over what stands."""
    floods = {number for event in place.events if event.kind == "flood" for number in event.added}
    groups = {
        "building": [thing.polygon for thing in layout.buildings],
        "road": [thing.polygon for thing in layout.roads],
        "parking": [thing.polygon for thing in layout.parkings],
        "pool": [thing.polygon for thing in layout.pools],
        "playground": [thing.polygon for thing in layout.playgrounds],
        "water": [cover.polygon for cover in layout.covers if cover.kind == "water" and cover.id not in floods],
    }
    found: Counter[tuple[str, str]] = Counter()
    names = list(groups)
    for i, first in enumerate(names):
        for second in names[i:]:
            if (first, second) in (("road", "road"), ("water", "water")) or not groups[first] or not groups[second]:
                continue
            for a, b in shapely.STRtree(groups[second]).query(groups[first], predicate="intersects").T:
                if (first != second or a < b) and groups[first][a].intersection(groups[second][b]).area > 0.05:
                    found[first, second] += 1
        if layout.trees and groups[first]:
            crowns = np.asarray(shapely.points([(tree.x, tree.y) for tree in layout.trees]), object)
            radii = np.array([tree.radius for tree in layout.trees])
            found["tree", first] += shapely.STRtree(groups[first]).query(crowns, predicate="dwithin", distance=radii).shape[1]
    return +found


def visible(thing: Thing, place: Place) -> float:
    return float(shapely.clip_by_rect(thing.polygon, 0, 0, place.width, place.height).area)


def is_named(thing: Thing) -> bool:
    """Whether a caption could be about it alone."""
    if isinstance(thing, Cover):
        return thing.kind not in ("lawn", "concrete")
    return not (isinstance(thing, Building) and thing.kind == "shed")


def test_nothing_stands_in_anything_else(places: list[Place]) -> None:
    wrong = [(index, overlaps(place, layout)) for index, place in enumerate(places) for layout in (place.before, place.after)]
    assert [(index, found) for index, found in wrong if found] == []


def test_overlaps_would_be_found() -> None:
    place = plan_place(0, 0, scenario="subdivision")
    house, other = place.after.buildings[:2]
    moved = shapely.affinity.translate(house.polygon, other.x - house.x + 1.0, other.y - house.y)
    wrong = Building(9999, "house", moved, 0, 0, 0.0, house.size, 3.0, "hip", (0.3, 0.3, 0.3), 1)
    layout = Layout(buildings=(*place.after.buildings, wrong), trees=place.after.trees)
    assert overlaps(place, layout)["building", "building"] >= 1


def test_outlines_are_valid_and_ids_unique(places: list[Place]) -> None:
    for place in places:
        for layout in (place.before, place.after):
            things = list(layout.things())
            assert all(thing.polygon.is_valid and thing.polygon.area > 0 for thing in things)
            assert len({thing.id for thing in things}) == len(things)


def test_events_list_exactly_what_came_and_went(places: list[Place]) -> None:
    for place in places:
        trees = {tree.id for layout in (place.before, place.after) for tree in layout.trees} - {0}
        assert {number for event in place.events for number in event.added} - trees == {thing.id for thing in place.added()}
        assert {number for event in place.events for number in event.removed} == {thing.id for thing in place.removed()}
        assert all(event.kind in EVENTS for event in place.events)


def test_a_thing_of_both_dates_is_the_same_thing(places: list[Place]) -> None:
    for place in places:
        before = {thing.id: thing for thing in place.before.things()}
        assert all(before.get(thing.id, thing) is thing for thing in place.after.things())


def test_every_change_is_to_be_seen(places: list[Place]) -> None:
    for place in places:
        if not place.changed:
            continue
        things = {thing.id: thing for layout in (place.before, place.after) for thing in layout.things()}
        crowns = {tree.id: np.pi * tree.radius**2 for layout in (place.before, place.after) for tree in layout.trees if tree.id}
        for event in place.events:
            numbers = (*event.added, *event.removed)
            area = sum(visible(things[n], place) for n in numbers if n in things and is_named(things[n]))
            assert area >= 30 or sum(crowns.get(n, 0.0) for n in numbers) >= 100


def test_no_building_that_comes_or_goes_is_cut_to_a_sliver(places: list[Place]) -> None:
    for place in places:
        for thing in (*place.added(), *place.removed()):
            if isinstance(thing, Building):
                assert visible(thing, place) >= 0.3 * thing.polygon.area


def test_without_events_only_cars_and_the_size_of_crowns_differ(places: list[Place]) -> None:
    same = [place for place in places if not place.changed]
    assert len(same) > 60
    for place in same:
        assert list(place.before.things()) == list(place.after.things())
        crowns = [{(tree.x, tree.y): tree.radius for tree in layout.trees} for layout in (place.before, place.after)]
        assert crowns[0].keys() == crowns[1].keys()
        assert all(abs(crowns[1][spot] / radius - 1) <= 0.101 for spot, radius in crowns[0].items())
        assert not any(tree.id for tree in place.after.trees)
    assert sum(place.before.cars != place.after.cars for place in same) > 0.5 * len(same)


def test_a_tree_of_both_dates_grows_by_a_tenth_at_most(places: list[Place]) -> None:
    for place in places:
        before = {(tree.x, tree.y): tree.radius for tree in place.before.trees}
        both = [(before[tree.x, tree.y], tree.radius) for tree in place.after.trees if (tree.x, tree.y) in before]
        assert all(abs(after / radius - 1) <= 0.101 for radius, after in both)


def test_buildings_and_roads_have_real_sizes(places: list[Place]) -> None:
    for place in places:
        for thing in place.after.things():
            if isinstance(thing, Building):
                low, high = LENGTHS[thing.kind]
                assert low <= thing.size[0] <= high
                assert thing.size[1] <= thing.size[0]
                assert 0.4 * thing.size[0] * thing.size[1] < thing.polygon.area <= 1.001 * thing.size[0] * thing.size[1]
            if isinstance(thing, Road):
                assert (4.0 if thing.paved else 2.5) <= thing.width <= 21


def test_the_size_of_a_building_is_that_of_its_outline_along_its_angle(places: list[Place]) -> None:
    for place in places[:40]:
        for building in place.after.buildings:
            level = shapely.affinity.rotate(building.polygon, -building.angle, origin=(building.x, building.y), use_radians=True)
            left, top, right, bottom = level.bounds
            assert right - left == pytest.approx(building.size[0], abs=1e-6)
            assert bottom - top == pytest.approx(building.size[1], abs=1e-6)


def test_cars_stand_in_the_place_and_on_hard_ground_or_roads(places: list[Place]) -> None:
    for place in places[:100]:
        for layout in (place.before, place.after):
            ground = [cover.polygon for cover in layout.covers if cover.kind == "concrete"]
            ground += [thing.polygon for thing in (*layout.roads, *layout.parkings)]
            hard = shapely.union_all(ground).buffer(1.5) if ground else shapely.Polygon()
            assert all(-2 <= car.x <= place.width + 2 and -2 <= car.y <= place.height + 2 for car in layout.cars)
            assert all(hard.contains(shapely.Point(car.x, car.y)) for car in layout.cars)


def test_houses_in_former_woods_lie_above_the_woods_that_stood_there() -> None:
    for index in range(8):
        place = plan_place(21, index, scenario="villa_in_woods")
        house = next(thing for thing in place.added() if isinstance(thing, Building))
        crowns = [shapely.Point(tree.x, tree.y).buffer(tree.radius) for tree in place.before.trees]
        kinds = [cover.kind for cover in place.before.covers if cover.polygon.intersects(house.polygon)]
        assert "woods" in kinds or shapely.union_all(crowns).distance(house.polygon) < 25
        new = {thing.id for thing in place.added()}
        order = [cover.id in new for cover in place.after.covers]
        assert order == sorted(order)


def test_a_district_is_full_and_its_events_are_spread_out(district: Place) -> None:
    assert overlaps(district, district.before) == overlaps(district, district.after) == Counter()
    assert len(district.after.buildings) > 200
    assert len(district.events) >= 12
    things = {thing.id: thing for layout in (district.before, district.after) for thing in layout.things()}
    middles = [things[(event.added or event.removed)[0]].polygon.centroid for event in district.events]
    quarters = {(middle.x > 512, middle.y > 512) for middle in middles}
    assert len(quarters) == 4


def test_blocks_of_a_district_leave_the_trees_of_others_alone(district: Place) -> None:
    after = {(tree.x, tree.y) for tree in district.after.trees}
    gone = [tree for tree in district.before.trees if (tree.x, tree.y) not in after]
    came = shapely.union_all([thing.polygon for thing in district.added()]).buffer(45)
    assert gone
    assert all(came.intersects(shapely.Point(tree.x, tree.y)) for tree in gone)
