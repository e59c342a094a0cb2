"""True sentences are accepted and false ones are not: roads, water, fields, lots and pools."""

from __future__ import annotations

from typing import Any

from deltascribe.datasets.synthetic.checking import parse

from .judging import AFTER, BEFORE, assert_judged


def test_roads(made: Any) -> None:
    pair = made("grass").road((64, 0), (64, 128)).road((0, 40), (128, 40), dates=AFTER)
    assert_judged(
        pair,
        true=[
            "a road is built",
            "a crossroads is built",
            "a new road connected to the original road appears",
            "a straight road appears on the grass",
            "an intersection appears",
            "a cement road has been constructed",
            "a road runs across the scene",
        ],
        false=[
            "a t-shaped junction is built",
            "two roads are built",
            "a dirt road is built",
            "a winding road appears",
            "a road is removed",
            "the road is widened",
            "a road is built at the bottom",
            "some houses are built along the road",
        ],
    )


def test_two_new_roads_that_make_a_t_are_one_t_shaped_road(made: Any) -> None:
    pair = made("grass").road((64, 0), (64, 128), dates=AFTER).road((64, 40), (128, 40), dates=AFTER)
    assert_judged(pair, true=["a t-shaped road is built", "two roads are built"], false=["a road is built", "three roads are built"])
    apart = made("grass").road((20, 0), (20, 128), dates=AFTER).road((90, 0), (90, 128), dates=AFTER)
    assert_judged(apart, true=["two roads are built"], false=["a t-shaped road is built"])


def test_ground_that_becomes_another_may_have_a_place_before_its_verb() -> None:
    kinds_of = {claim.event for claim in parse("the woods at the top become bareland")}
    assert kinds_of == {"replace"}


def test_a_road_that_ends_on_another(made: Any) -> None:
    pair = made("grass").road((64, 0), (64, 128)).road((64, 40), (128, 40), dates=AFTER, kind="dirt", width=4)
    assert_judged(
        pair,
        true=[
            "a t-junction appears",
            "a dirt road is built",
            "a path leading to the road is built",
            "a t-shaped road appears",
            "a branch of the road is built",
        ],
        false=["a crossroads is built", "a cement road is built", "a ring road is built", "a wide road is built"],
    )


def test_widened_extended_and_paved_roads(made: Any) -> None:
    wide = made().road((64, 0), (64, 128), width=5, dates=BEFORE).road((64, 0), (64, 128), width=9, dates=AFTER)
    assert_judged(
        wide,
        true=["the road in the middle is widened", "the road has become wider", "a road is broadened", "the road is rebuilt"],
        false=[
            "a road is built",
            "the road is removed",
            "the road on the left is widened",
            "two roads are widened",
            "the road is extended",
            "the scene is the same",
        ],
    )
    longer = made().road((0, 64), (60, 64)).road((60, 64), (128, 64), dates=AFTER)
    assert_judged(longer, true=["the road is extended", "a road is built on the right"], false=["the road is widened"])
    paved = made().road((64, 0), (64, 128), kind="dirt", dates=BEFORE).road((64, 0), (64, 128), dates=AFTER)
    assert_judged(
        paved, true=["the dirt road has been paved", "the dirt road is replaced by a cement road"], false=["a dirt road is built"]
    )


def test_water(made: Any) -> None:
    flood = made("field").road((0, 20), (128, 20)).cover("water", 0, 64, 128, 128, dates=AFTER)
    assert_judged(
        flood,
        true=[
            "the field at the bottom is flooded",
            "water covers the farmland",
            "the farmland is under water",
            "a lake appears on the field",
            "the cropland becomes a lake",
        ],
        false=[
            "the lake has dried up",
            "the woods are flooded",
            "the road is flooded",
            "the field at the top is flooded",
            "the whole area is flooded",
            "two ponds appear",
        ],
    )
    drained = made("grass").cover("water", 10, 10, 40, 40, dates=BEFORE).cover("bare", 10, 10, 40, 40, dates=AFTER)
    assert_judged(
        drained,
        true=[
            "the pond has dried up",
            "the lake in the upper left corner is drained",
            "the lake is filled",
            "the pond turns into bareland",
            "the water disappears",
        ],
        false=[
            "a pond appears",
            "a pond was dug",
            "the pond turns into a field",
            "the lake at the bottom is drained",
            "the field is flooded",
        ],
    )


def test_fields_and_lawns(made: Any) -> None:
    pair = made("bare").cover("field", 0, 0, 128, 128, dates=BEFORE).cover("grass", 0, 0, 128, 128, dates=AFTER)
    assert_judged(
        pair,
        true=[
            "the farmland becomes grassland",
            "the field is replaced by a meadow",
            "grass grows on the former cropland",
            "the crops disappear",
        ],
        false=["the farmland becomes a lake", "the grass becomes farmland", "the woods become grassland", "bareland appears"],
    )


def test_lots_pools_and_courts(made: Any) -> None:
    pair = (
        made("grass")
        .building(64, 64, "block", 40, 20)
        .thing("parking", 40, 80, 90, 100)
        .thing("pool", 10, 10, 20, 16)
        .thing("playground", 95, 20, 125, 40, kind="court")
    )
    assert_judged(
        pair,
        true=[
            "a large building with a parking lot is built in the center",
            "a swimming pool appears in the top left corner",
            "a parking lot is constructed next to the building",
            "a basketball court is built on the right",
            "a playground is laid out",
            "a building, a parking lot and a swimming pool appear",
        ],
        false=[
            "a large building with two parking lots is built",
            "a swimming pool appears in the top right corner",
            "a running track is built",
            "a house is built in the center",
            "a parking lot is removed",
            "a bridge is built",
            "a stadium appears",
        ],
    )
