"""Facts of places made by hand: counts, places, arrangement, roads, and what was there before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from deltascribe.datasets.synthetic.wording import describe_facts

Maker = Any


def street(town: Any, kind: str, xs: range, *ys: float) -> list[Any]:
    return [town.building(kind, x, y) for y in ys for x in xs]


def test_a_building_counts_from_a_quarter_of_its_footprint_or_40_square_metres(town: Maker) -> None:
    place = town()
    # houses of 11 x 9 m = 99 m2: all, 36 % and 18 % of which lie in the frame; and a hall of which 60 m2 do
    place.come(place.building("house", 50, 50), place.building("house", -1.5, 20), place.building("house", -3.5, 80))
    assert describe_facts(place.place()).buildings[0].most == 2
    place.come(place.building("warehouse", 60, -13))
    assert describe_facts(place.place()).buildings[0].least == 3


def test_a_count_that_hangs_on_a_building_at_the_bound_is_a_range(town: Maker) -> None:
    place = town()
    place.come(place.building("house", 50, 50), place.building("house", -5.5 + 0.25 * 11, 20))
    group = describe_facts(place.place()).buildings[0]
    assert (group.least, group.most) == (1, 2)


@pytest.mark.parametrize(
    ("x", "y", "places"),
    [
        (20, 64, {"left"}),
        (110, 64, {"right"}),
        (64, 20, {"top"}),
        (64, 110, {"bottom"}),
        (20, 20, {"left", "top"}),
        (110, 110, {"right", "bottom"}),
        (64, 64, {"center"}),
        (46, 64, {"center"}),
    ],
)
def test_places_follow_the_thirds_of_the_frame(town: Maker, x: float, y: float, places: set[str]) -> None:
    place = town()
    place.come(place.building("house", x, y))
    assert describe_facts(place.place()).buildings[0].places == places


def test_a_group_with_a_quarter_of_its_area_in_the_other_half_is_not_on_a_side(town: Maker) -> None:
    place = town()
    place.come(*street(place, "house", range(10, 35, 12), 64), place.building("house", 75, 64))
    assert describe_facts(place.place()).buildings[0].places == frozenset()


def test_buildings_within_25_m_of_a_standing_road_are_along_it(town: Maker) -> None:
    for distance, along in ((20.0, True), (40.0, False)):
        place = town()
        place.stay(place.road((-10, 64), (140, 64)))
        place.come(*street(place, "house", range(20, 110, 30), 64 - distance))
        traits = describe_facts(place.place()).buildings[0].traits
        assert ("roadside" in traits) == along
        assert "both_sides" not in traits
        assert ("one_side" in traits) == along


def test_both_sides_need_two_buildings_on_each(town: Maker) -> None:
    place = town()
    place.come(place.road((-10, 64), (140, 64)))
    place.come(*street(place, "house", range(20, 90, 20), 48), place.building("house", 30, 80))
    assert "both_sides" not in describe_facts(place.place()).buildings[0].traits
    place.come(place.building("house", 60, 80))
    group = describe_facts(place.place()).buildings[0]
    assert {"both_sides", "along_new", "along_all", "along_one"} <= group.traits


def test_a_road_that_was_removed_is_no_roadside(town: Maker) -> None:
    place = town()
    place.go(place.road((-10, 64), (140, 64)))
    place.come(*street(place, "house", range(20, 90, 20), 48))
    facts = describe_facts(place.place())
    assert "roadside" not in facts.buildings[0].traits
    assert facts.lost_roads is not None
    assert facts.roads is None


def test_rows_are_found_along_roads_and_without(town: Maker) -> None:
    place = town()
    place.come(*street(place, "house", range(10, 120, 18), 40))
    assert "row_1" in describe_facts(place.place()).buildings[0].traits
    place.come(*street(place, "house", range(10, 120, 18), 85))
    assert {"row_2", "rows", "neat"} <= describe_facts(place.place()).buildings[0].traits
    far = town()
    far.come(far.building("house", 20, 20), far.building("house", 100, 45), far.building("house", 30, 100))
    assert "scattered" in describe_facts(far.place()).buildings[0].traits


def test_what_is_new_replaces_the_ground_under_at_least_half_of_it(town: Maker) -> None:
    for edge, ground in ((40, {"grass"}), (90, {"bare"})):
        place = town("grass")
        place.stay(place.cover("bare", edge / 2, 64, edge, 130))
        place.come(place.building("warehouse", 64, 64))
        facts = describe_facts(place.place())
        assert facts.ground == ground
        assert facts.buildings[0].ground == ground


def test_ground_under_crowns_is_woods(town: Maker) -> None:
    place = town("grass")
    trees = place.woods(64, 64, 130, 130)
    place.plant(trees)
    house = place.building("villa", 64, 64)
    place.come(house)
    place.clear(house.polygon.buffer(5))
    facts = describe_facts(place.place())
    assert facts.ground == {"woods"}
    assert "in_woods" in facts.buildings[0].traits


def test_trees_are_removed_from_150_square_metres_and_a_tenth(town: Maker) -> None:
    for count, some, many in ((4, False, False), (12, True, False), (70, True, True)):
        place = town("grass")
        trees = place.woods(32, 64, 64, 120)
        place.plant(trees[: 2 * count], trees[count : 2 * count])
        lost = describe_facts(place.place()).trees_lost
        crown = np.pi * 2.5**2
        assert lost.area == pytest.approx(count * crown, rel=0.05)
        assert (lost.some, lost.many) == (some, many)
    place = town("grass")
    trees = place.woods(64, 64, 128, 128)
    place.plant(trees, trees[:-20])
    assert not describe_facts(place.place()).trees_lost.some  # 390 m2, but few of the many


def test_crowns_that_only_grow_are_not_planted(town: Maker) -> None:
    place = town("grass")
    place.plant(place.woods(64, 64, 60, 60, radius=2.5), [])
    grown = [type(tree)(tree.x, tree.y, 3.4, tree.height, tree.colour) for tree in place.trees[0]]
    place.plant((), grown)
    facts = describe_facts(place.place())
    assert not facts.trees_gained.some
    assert not facts.trees_lost.some


def test_a_road_on_the_same_line_is_widened_from_one_and_a_half_metres(town: Maker) -> None:
    for width, wider in ((6.2, False), (7.0, True)):
        place = town()
        place.go(place.road((-10, 64), (140, 64), width=5))
        place.come(place.road((-10, 65), (140, 65), width=width))
        facts = describe_facts(place.place())
        assert ("widened" in facts.road_traits) == wider
        assert facts.roads is None
        assert facts.lost_roads is None


def test_a_dirt_track_that_is_paved_is_no_new_road(town: Maker) -> None:
    place = town()
    place.go(place.road((-10, 64), (140, 64), paved=False))
    place.come(place.road((-10, 64), (140, 64)))
    facts = describe_facts(place.place())
    assert facts.road_traits == {"paved"}
    assert facts.roads is None


def test_roads_count_from_20_m_and_are_straight_or_curved_by_chord_and_length(town: Maker) -> None:
    place = town()
    place.come(place.road((-10, 10), (15, 10)))
    assert describe_facts(place.place()).roads is None
    place.come(place.road((-10, 64), (140, 64)))
    straight = describe_facts(place.place()).roads
    assert straight is not None
    assert straight.most == 1
    assert {"straight", "across"} <= straight.traits
    bent = town()
    angles = np.linspace(0, np.pi, 30)
    bent.come(bent.road(*[(float(64 + 40 * np.cos(a)), float(90 - 40 * np.sin(a))) for a in angles]))
    curved = describe_facts(bent.place()).roads
    assert curved is not None
    assert "curved" in curved.traits


def test_junctions_need_a_new_road(town: Maker) -> None:
    across, down, stub = ((-10, 64), (140, 64)), ((64, -10), (64, 140)), ((64, 64), (64, 140))
    for new, old, expected in (
        ((across, down), (), {"crossroad", "crossing_new"}),
        ((down,), (across,), {"crossroad"}),
        ((), (across, down), set()),
        ((across, stub), (), {"tee"}),
        ((stub,), (across,), {"joined"}),
    ):
        place = town()
        place.come(*(place.road(*line) for line in new))
        place.stay(*(place.road(*line) for line in old))
        assert describe_facts(place.place()).road_traits == expected


def test_demolished_buildings_are_counted_with_what_took_their_place(town: Maker) -> None:
    place = town("grass")
    place.go(place.building("house", 40, 40), place.building("house", 60, 40), place.building("shed", 80, 40))
    place.come(place.parking(50, 40, 60, 30))
    facts = describe_facts(place.place())
    assert (facts.demolished[0].kind, facts.demolished[0].most) == ("house", 2)
    assert facts.in_its_place == {"parking"}
    assert facts.buildings == ()


def test_a_mixed_place_has_a_group_for_all_and_one_for_each_sort(town: Maker) -> None:
    place = town()
    place.come(*street(place, "house", range(20, 110, 30), 20), place.building("warehouse", 64, 100), place.building("block", 64, 60))
    kinds = [(group.kind, group.most) for group in describe_facts(place.place()).buildings]
    assert kinds == [("building", 5), ("house", 3), ("large", 1)] or kinds == [("building", 5), ("house", 3), ("hall", 1)]


def test_water_comes_goes_grows_and_floods(town: Maker) -> None:
    came = town("grass")
    came.come(came.cover("water", 30, 30, 40, 30))
    new = describe_facts(came.place()).water.new
    assert new is not None
    assert (new.kind, new.least, new.most, new.places, new.ground) == ("pond", 1, 1, {"left", "top"}, {"grass"})
    gone = town("grass")
    gone.go(gone.cover("water", 30, 30, 60, 40))
    old = describe_facts(gone.place()).water.gone
    assert old is not None
    assert (old.kind, old.most) == ("lake", 1)
    grown = town("grass")
    grown.go(grown.cover("water", 30, 30, 20, 20))
    grown.come(grown.cover("water", 30, 30, 40, 30))
    water = describe_facts(grown.place()).water
    assert water.grown
    assert water.new is None
    flood = town("grass")
    flood.stay(flood.road((-10, 64), (140, 64)))
    flood.come(flood.cover("water", 64, 64, 60, 50))
    assert describe_facts(flood.place()).water.flooded


def test_ponds_with_a_narrow_bank_between_them_have_no_sure_number(town: Maker) -> None:
    for gap, least in ((4, 1), (30, 2)):
        place = town("field")
        place.come(place.cover("water", 30, 64, 30, 30), place.cover("water", 60 + gap, 64, 30, 30))
        new = describe_facts(place.place()).water.new
        assert new is not None
        assert (new.least, new.most) == (least, 2)


def test_ground_that_turns_is_told_where_nothing_was_built(town: Maker) -> None:
    place = town("woods")
    place.come(place.cover("bare", 100, 64, 60, 140))
    place.stay(place.road((-10, 20), (60, 20)))
    turned = describe_facts(place.place()).turned
    assert [(one.was, one.now, one.all, one.places) for one in turned] == [("woods", "bare", False, frozenset({"right"}))]
    assert turned[0].area == pytest.approx(58 * 128, rel=0.02)


def test_sheds_and_things_out_of_sight_are_no_facts(town: Maker) -> None:
    place = town()
    place.come(place.building("shed", 60, 60), place.building("house", 300, 60), place.road((200, 0), (200, 100)))
    assert describe_facts(place.place()).empty


def test_polygons_with_holes_and_odd_sizes_are_measured(town: Maker) -> None:
    place = town("grass", size=80.0)
    ring = shapely.box(10, 10, 70, 70).difference(shapely.box(30, 30, 50, 50))
    cover = place.cover("water", 0, 0, 1, 1)
    place.come(type(cover)(cover.id, "water", ring, 0))
    facts = describe_facts(place.place())
    assert facts.water.new is not None
    assert [(one.was, one.now) for one in facts.turned] == [("grass", "water")]
    assert facts.turned[0].area == pytest.approx(60 * 60 - 20 * 20, rel=0.03)
