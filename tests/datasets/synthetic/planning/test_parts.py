"""Tests of what plans are made of: shapes, blockers, roads, buildings, parking lots, and trees."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from deltascribe.datasets.synthetic.bays import AISLE, BAY_DEPTH, BAY_WIDTH, bay_rows, parking_depth
from deltascribe.datasets.synthetic.planning.buildings import design, rectilinear
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.growth import grow
from deltascribe.datasets.synthetic.planning.lots import draw_style, find_lots
from deltascribe.datasets.synthetic.planning.registry import SCENARIOS, scenario
from deltascribe.datasets.synthetic.planning.roads import FORMS, RoadPlan, branch, lay, lay_network
from deltascribe.datasets.synthetic.planning.shapes import Path, Pose, blob, circle, half_plane, ribbon
from deltascribe.datasets.synthetic.planning.store import Blockers
from deltascribe.datasets.synthetic.planning.summary import summarise_places
from deltascribe.datasets.synthetic.planning.trees import plant
from deltascribe.datasets.synthetic.planning.yards import add_parking
from deltascribe.datasets.synthetic.world import Building


@pytest.fixture
def draft() -> Draft:
    return Draft.of_place(128, 128, np.random.default_rng(5))


def test_local_v_is_a_quarter_turn_clockwise_on_the_picture() -> None:
    # facing east, clockwise with y down is south
    assert Pose(1, 2, 0.0).points([(3, 4)])[0] == pytest.approx((4, 6))
    assert Pose(0, 0, np.pi / 2).points([(1, 1)])[0] == pytest.approx((-1, 1))
    pose = Pose(3, -7, 0.8)
    assert pose.local(pose.points([(2, 5)]))[0] == pytest.approx((2, 5))
    assert pose.rectangle(4, 2.5).area == pytest.approx(10)


def test_a_path_is_walked_at_its_length() -> None:
    path = Path(np.array([(0, 0), (3, 4), (3, 10)], float))
    assert path.length == pytest.approx(11)
    pose = path.pose(7.0)
    assert (pose.x, pose.y, pose.angle) == pytest.approx((3, 6, np.pi / 2))
    assert path.part(2.5, 8.0).length == pytest.approx(5.5)
    assert path.nearest(10, 6) == pytest.approx(7)


@pytest.mark.parametrize("seed", range(20))
def test_natural_outlines_are_valid_and_about_the_size_asked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patch = blob(rng, Pose(10, 20, 0.4), 40, 24, 0.35)
    assert patch.is_valid
    assert 0.5 < patch.area / (np.pi * 20 * 12) < 1.9
    assert half_plane(rng, Pose(0, 0, 1.0), 100).is_valid
    river = ribbon(rng, Pose(0, 0, 2.0), 100, 12, 10)
    assert river.is_valid
    assert 0.5 < river.area / (200 * 12) < 1.5


def test_blockers_mind_dates_margins_and_roads() -> None:
    blockers = Blockers()
    for k in range(70):  # more than it holds at first
        blockers.add(shapely.box(100 + k, 100, 100.5 + k, 101), 3)
    number = blockers.add(shapely.box(0, 0, 10, 10), 1)
    blockers.add(shapely.box(0, 20, 10, 24), 3, road=True)
    near = shapely.box(11, 0, 12, 10)
    assert blockers.hit(near, 1, 2.0)
    assert not blockers.hit(near, 2, 2.0)
    assert not blockers.hit(near, 1, 0.5)
    assert blockers.hit(shapely.box(0, 22, 1, 23), 3, 0.0)
    assert not blockers.hit(shapely.box(0, 22, 1, 23), 3, 0.0, roads=False)
    blockers.set_bits(number, 0)
    assert not blockers.hit(near, 3, 2.0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(4))
def test_roads_run_into_the_frame_and_meet(form: str, seed: int) -> None:
    draft = Draft.of_place(128, 128, np.random.default_rng(seed))
    streets = lay_network(draft, form, RoadPlan(8.0))
    assert streets
    frame = shapely.box(0, 0, 128, 128)
    assert any(street.polygon.intersection(frame).area > 150 for street in streets)
    if form not in ("parallel",):
        assert isinstance(shapely.union_all([street.polygon for street in streets]), shapely.Polygon)
    for street in streets:
        ends = street.path.points[[0, -1]]
        closed = np.allclose(ends[0], ends[1])
        outside = [not frame.contains(shapely.Point(end)) for end in ends]
        # a road ends within sight in a turning head or at another road, never in the middle of nowhere
        for end, out in zip(ends, outside, strict=True):
            others = [other for other in streets if other is not street]
            met = any(other.polygon.buffer(0.1).intersects(shapely.Point(end)) for other in others)
            assert closed or out or met or (street.head > 0 and end is not ends[0])


def test_a_turning_head_belongs_to_its_road(draft: Draft) -> None:
    street = lay(draft, np.array([(0, 64), (64, 64)], float), 8.0, head=10.0)
    assert street is not None
    road = draft.store.entries[0].thing
    assert road.polygon.equals(street.polygon)
    assert road.polygon.bounds == pytest.approx((0, 54, 74, 74))


def test_a_road_is_not_laid_through_a_building(draft: Draft) -> None:
    house = design(draft, "house", (12, 10), ((0.3, 0.3, 0.3),), "hip")
    draft.put(house.build(draft, Pose(64, 64, 0.0)))
    line = np.array([(0, 64), (128, 64)], float)
    assert lay(draft, line, 8.0) is None
    assert lay(draft, line + np.array((0, 20)), 8.0) is not None


def test_a_branch_leaves_its_road_to_the_side_asked_for(draft: Draft) -> None:
    main = lay(draft, np.array([(-20, 40), (148, 40)], float), 8.0)
    assert main is not None
    off = branch(draft, RoadPlan(7.0), main, 84.0, 1)
    assert off is not None
    assert off.path.points[0] == pytest.approx((64, 40))
    assert off.path.points[-1][1] > 128


@pytest.mark.parametrize("seed", range(30))
def test_footprints_have_right_angles_and_keep_their_extent(seed: int) -> None:
    draft = Draft.of_place(128, 128, np.random.default_rng(seed))
    outline = rectilinear(draft, (18, 14), 0.7)
    polygon = shapely.Polygon(outline)
    assert polygon.is_valid
    assert polygon.bounds == pytest.approx((-9, -7, 9, 7))
    steps = np.diff(np.vstack((outline, outline[:1])), axis=0)
    assert ((np.abs(steps) < 1e-9).sum(1) == 1).all()


def test_the_angle_of_a_building_is_that_of_its_long_side(draft: Draft) -> None:
    deep = design(draft, "house", (9, 14), ((0.3, 0.3, 0.3),), "hip", wings=0.0)
    building = deep.build(draft, Pose(0, 0, 0.3))
    assert building.size == (14, 9)
    assert np.tan(building.angle) == pytest.approx(np.tan(0.3 + np.pi / 2))


def test_lots_face_their_street_and_keep_off_it(draft: Draft) -> None:
    street = lay(draft, np.array([(-20, 64), (148, 64)], float), 8.0)
    assert street is not None
    style = draw_style(draft, "houses")
    lots = find_lots(draft, [street], style)
    assert len(lots) >= 10
    for lot in lots:
        to_street = np.sign(64 - lot.pose.y)
        front = lot.pose.moved(0, -1)
        assert np.sign(front.y - lot.pose.y) == to_street
        assert lot.footprint.distance(street.polygon) >= 0.8 * style.setback


def test_a_lot_holds_rows_of_bays_with_lanes_between() -> None:
    assert parking_depth(1) == pytest.approx(BAY_DEPTH + AISLE)
    rows = bay_rows(parking_depth(2))
    assert len(rows) == 2
    assert rows[1] - rows[0] == pytest.approx(BAY_DEPTH + AISLE)
    assert rows[0] == pytest.approx(-rows[1])
    # the third row stands back to back with the second
    assert np.diff(bay_rows(parking_depth(3)))[1] == pytest.approx(BAY_DEPTH)


def test_cars_of_a_lot_have_bays_of_their_own_inside_it(draft: Draft) -> None:
    number = add_parking(draft, Pose(64, 64, 0.5), (40, parking_depth(4)))
    polygon = draft.store.places[number][0].polygon
    stands = draft.store.stands
    assert len(stands) == 4 * int((40 - 2) / BAY_WIDTH)
    middles = np.array([(stand.x, stand.y) for stand in stands])
    assert shapely.contains_xy(polygon, middles).all()
    apart = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1)) + 1e9 * np.eye(len(middles))
    assert apart.min() == pytest.approx(BAY_WIDTH)


def test_trees_stand_only_where_nothing_else_does_and_go_where_an_event_clears(draft: Draft) -> None:
    spots = np.array([(10, 10), (30, 10), (50, 10), (70, 10), (90, 10)], float)
    plant(draft, spots, np.full(5, 2.0))
    new = draft.happens("build_houses")
    plant(draft, np.array([(110.0, 10.0)]), np.array([1.5]), "after", new)
    draft.clear(shapely.box(45, 5, 55, 15), new)
    old_house, new_house = shapely.box(28, 8, 32, 12), shapely.box(71.9, 8, 76, 12)
    trees = grow(np.random.default_rng(0), draft.store, ([old_house], [new_house]), (128, 128))
    assert [tree.x for tree in trees.before] == [10, 50, 70, 90]
    # 30 could not grow on the first date, so it is not there on the second either
    assert [tree.x for tree in trees.after] == [10, 90, 110]


@pytest.mark.parametrize(("outcome", "before", "after"), [("before", [50], [50]), ("after", [110], [110])])
def test_an_event_that_is_settled_leaves_no_difference(draft: Draft, outcome: str, before: list[int], after: list[int]) -> None:
    plant(draft, np.array([(50.0, 10.0)]), np.array([2.0]))
    happening = draft.happens("build_houses")
    plant(draft, np.array([(110.0, 10.0)]), np.array([1.5]), "after", happening)
    draft.clear(shapely.box(45, 5, 55, 15), happening)
    happening.outcome = outcome  # type: ignore[assignment]
    trees = grow(np.random.default_rng(0), draft.store, ([], []), (128, 128))
    assert [tree.x for tree in trees.before] == before
    assert [tree.x for tree in trees.after] == after


def test_a_thing_of_one_date_needs_an_event(draft: Draft) -> None:
    with pytest.raises(ValueError, match="needs an event"):
        draft.cover("bare", shapely.box(0, 0, 10, 10), "after")
    with pytest.raises(ValueError, match="EVENTS"):
        draft.happens("earthquake")


def test_a_removed_thing_frees_its_ground_on_the_second_date(draft: Draft) -> None:
    plan = design(draft, "house", (12, 10), ((0.3, 0.3, 0.3),), "hip")
    building = plan.build(draft, Pose(64, 64, 0.0))
    assert isinstance(building, Building)
    number = draft.put(building)
    assert not draft.fits(building.polygon, "after")
    draft.remove(number, draft.happens("demolish"))
    assert draft.fits(building.polygon, "after")
    assert not draft.fits(building.polygon, "before")


def test_a_part_of_a_district_keeps_to_its_region(draft: Draft) -> None:
    part = draft.part(shapely.box(20, 20, 60, 60), np.random.default_rng(0))
    assert not part.fits(shapely.box(55, 30, 65, 40))
    number = part.cover("grass", shapely.box(50, 50, 90, 90))
    assert part.store.places[number][0].polygon.bounds == (50, 50, 60, 60)
    street = lay(part, np.array([(0, 40), (128, 40)], float), 8.0)
    assert street is not None
    assert street.path.length == pytest.approx(40)


def test_a_ring_of_points_is_closed() -> None:
    assert shapely.LinearRing(circle(3, 4, 12)).is_valid
    assert shapely.LineString(circle(3, 4, 12)).is_ring


def test_another_scenario_is_added_in_one_function() -> None:
    with pytest.raises(ValueError, match="exists already"):
        scenario("villa", "again", weight=0.1)(SCENARIOS["villa"].planner)

    @scenario("only_grass", "a trial", weight=0.0)
    def only_grass(draft: Draft) -> None:
        """Nothing but a trial."""

    assert SCENARIOS.pop("only_grass").description == "Nothing but a trial."


def test_a_summary_counts_places() -> None:
    summary = summarise_places(12, seed=3, weights={"no_change": 0.0})
    assert summary["changed"] == 1.0
    assert sum(summary["events"].values()) >= 12
    assert summary["objects"]["cover"] > 1
