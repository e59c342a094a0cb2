"""True sentences are accepted and false ones are not, for every kind of claim, on places made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deltascribe.datasets.synthetic.checking import check_caption
from deltascribe.errors import SizeMismatchError

from .judging import AFTER, BEFORE, BOTH, assert_judged, kinds


def test_one_house(made: Any) -> None:
    assert_judged(
        made().houses((20, 64)),
        true=[
            "a house is built on the left",
            "a villa has appeared on the left side of the scene",
            "a new building shows up",
            "there is a new house on the left",
            "one small house was constructed on the bareland",
            "a single house emerges in the open space",
        ],
        false=[
            "a house is built on the right",
            "a house appears at the top",
            "a house is built in the upper left corner",
            "two houses are built on the left",
            "some houses are built",
            "many houses are built on the left",
            "a house has been removed on the left",
            "a road is built on the left",
            "a large building is built on the left",
            "a parking lot appears on the left",
            "a house is built in the woods",
            "a house is built on the grass",
            "a house is built beside the road",
            "no change has occurred",
            "the lake has dried up",
            "trees are planted on the left",
        ],
    )


def test_counts(made: Any) -> None:
    pair = made().houses((20, 20), (40, 20), (20, 40), (40, 40))
    assert_judged(
        pair,
        true=[
            "four houses are built in the top left",
            "some houses are built",
            "several new houses appear",
            "a few houses have been constructed",
            "houses are built in the upper left corner",
            "a group of houses appears",
        ],
        false=[
            "three houses are built",
            "five houses are built",
            "a house is built",
            "the house is built",
            "many houses are built",
            "a pair of houses appears",
            "a residential area appears",
            "dozens of houses are built",
            "a lot of buildings appear",
        ],
    )


def test_exact_counts_are_of_the_place_that_is_told(made: Any) -> None:
    assert_judged(
        made().houses((15, 64), (110, 50), (110, 80)),
        true=[
            "a house is built on the left and two houses are built on the right",
            "three houses are built",
            "houses appear on both sides of the scene",
        ],
        false=[
            "two houses are built on the left",
            "a house is built",
            "three houses are built on the right",
            "a house is built on the right",
        ],
    )


def test_many_houses_and_rows(made: Any) -> None:
    pair = made().road((0, 64), (128, 64), dates=AFTER).houses(*[(x, y) for x in (15, 35, 55, 75, 95, 115) for y in (50, 78)])
    assert_judged(
        pair,
        true=[
            "many houses are built on both sides of the road",
            "a road with houses built along on both sides appears",
            "two rows of houses and a road are built",
            "a residential area with many houses and a road appears",
            "rows of villas emerge along the newly built road",
            "a road is built across the scene and many villas are neatly arranged along it",
            "dozens of houses are built along the road",
            "the bareland is turned into a residential area",
            "a straight road appears",
            "a horizontal road is built",
        ],
        false=[
            "many houses are built in the upper left corner",
            "a few houses are built on both sides of the road",
            "a winding road appears",
            "a vertical road is built",
            "a crossroads is built",
            "two roads are built",
            "the road is widened",
            "a road with warehouses on both sides appears",
            "the woods are turned into a residential area",
            "many houses are built beside the lake",
        ],
    )


def test_one_side_of_a_road_is_not_both(made: Any) -> None:
    pair = made().road((0, 64), (128, 64)).houses((15, 50), (35, 50), (55, 50), (75, 78))
    assert_judged(
        pair,
        true=["four houses are built along the road", "houses are built beside the road", "three houses are built at the top of the road"],
        false=[
            "houses are built on both sides of the road",
            "four houses are built along the new road",
            "two houses are built beside the lake",
        ],
    )


def test_along_needs_sixty_percent_within_twenty_five_metres(made: Any) -> None:
    near = made().road((0, 10), (128, 10)).houses((20, 30), (40, 30), (60, 30), (80, 90), (100, 90)).truth()
    assert kinds("five houses are built along the road", near) == set()
    far = made().road((0, 10), (128, 10)).houses((20, 30), (40, 30), (60, 60), (80, 90), (100, 90)).truth()
    assert kinds("five houses are built along the road", far) == {"relation"}
    assert kinds("two houses are built along the road", far) == set()


def test_what_stands_around(made: Any) -> None:
    pair = made("grass").wood(0, 0, 60, 24).wood(0, 44, 60, 68).houses((30, 34), (110, 110))
    assert_judged(
        pair,
        true=["a house with trees around is built in the upper left", "a house surrounded by trees is built", "two houses are built"],
        false=[
            "a house with a parking lot is built",
            "a house surrounded by water is built",
            "two houses surrounded by buildings are built",
        ],
    )


def test_what_is_removed(made: Any) -> None:
    pair = (
        made("grass").road((64, 0), (64, 128)).houses((80, 20), (80, 40), dates=BEFORE).building(20, 100, "warehouse", 40, 20, dates=BOTH)
    )
    assert_judged(
        pair,
        true=[
            "two houses beside the road are removed",
            "two houses have disappeared",
            "the houses at the top have been demolished",
            "some buildings next to the road were torn down",
            "two old houses vanish",
        ],
        false=[
            "two houses are built",
            "the houses at the bottom have been demolished",
            "a house has been removed",
            "the large building is demolished",
            "the road is removed",
            "many houses have been torn down",
            "two houses are replaced by a parking lot",
        ],
    )


def test_former_ground(made: Any) -> None:
    pair = made("bare").cover("woods", 64, 0, 128, 128).cover("water", 0, 100, 30, 128).building(100, 64, "warehouse", 40, 25)
    assert_judged(
        pair,
        true=[
            "a large building replaces the woods",
            "a warehouse is built in the forest on the right",
            "part of the woods is replaced by a factory",
            "a factory takes the place of the trees",
            "a large building has been constructed where woods used to be",
            "the woods on the right turn into a large building",
        ],
        false=[
            "a large building replaces the lake",
            "a large building is built on the bareland",
            "the farmland is replaced by a large building",
            "the trees are replaced by houses",
            "the houses are replaced by a large building",
            "a large building has been constructed where a house used to be",
        ],
    )


def test_one_building_replaces_others(made: Any) -> None:
    pair = made("grass").houses((50, 60), (70, 60), dates=BEFORE).building(60, 60, "block", 40, 20)
    assert_judged(
        pair,
        true=[
            "two houses are replaced by a large building",
            "a large building replaces two houses",
            "the houses are demolished and a building is built",
        ],
        false=[
            "three houses are replaced by a large building",
            "a house is replaced by a large building",
            "two houses are replaced by a parking lot",
        ],
    )


def test_trees_removed_and_planted(made: Any) -> None:
    gone = made("grass").wood(0, 0, 60, 60, dates=BEFORE).wood(64, 64, 88, 88)
    assert_judged(
        gone,
        true=[
            "trees are removed in the top left corner",
            "many trees have been cut down",
            "most of the trees disappear",
            "the woods in the upper left are cleared",
            "the forest has vanished",
            "some trees are cleared",
            "vegetation at the top is removed",
        ],
        false=[
            "trees are planted",
            "trees on the right are removed",
            "all the trees are removed",
            "the trees at the bottom are cut down",
            "a tree is cut down",
            "a few trees are removed",
            "the lake is drained",
        ],
    )
    planted = made("grass").wood(0, 0, 24, 24, dates=AFTER)
    assert_judged(
        planted,
        true=["trees are planted in the top left corner", "some trees have grown", "trees are planted on the grass"],
        false=["many trees are planted", "trees are planted on the right", "trees are removed", "trees are planted on the farmland"],
    )


def test_trees_that_only_grow_are_no_change(made: Any) -> None:
    pair = made("grass")
    pair.trees = {"before": [[x, y, 2.0] for x in range(10, 120, 10) for y in range(10, 120, 10)], "after": []}
    pair.trees["after"] = [[x + 0.2, y, 2.3] for x, y, _ in pair.trees["before"]]
    truth = pair.truth() | {"changed": False}
    assert kinds("the scene is the same as before", truth) == set()
    assert kinds("trees are planted", truth) == {"no such thing"}


def test_no_change(made: Any) -> None:
    same = made().houses((20, 20), dates=BOTH)
    assert_judged(
        same,
        true=[
            "the scene is the same as before",
            "there is no difference",
            "no change has occurred",
            "almost nothing has changed",
            "the two scenes seem identical",
        ],
        false=["a house is built", "some trees are removed", "the road is widened", "the house is removed"],
    )


def test_what_is_hardly_in_the_frame_does_not_count(made: Any) -> None:
    edge = made().building(-3.5, 64, width=10, height=8)
    assert kinds("a house is built on the left", edge.truth()) == {"no such thing"}
    assert kinds("there is no difference", edge.truth() | {"changed": False}) == set()
    shed = made().building(64, 64, "shed")
    assert kinds("a building is built", shed.truth()) == {"no such thing"}


def test_silence_is_not_acceptance(made: Any) -> None:
    truth = made().houses((20, 64)).truth()
    assert kinds("a house is frobnicated", truth) >= {"not understood"}
    assert kinds("a house is built and a zeppelin lands", truth) >= {"not understood"}
    assert kinds("a white house is built", truth) == {"cannot be checked"}
    assert kinds("a house is built and some cars are parked", truth) == {"cannot be checked"}
    assert kinds("", truth) == {"not understood"}
    assert kinds("no house is built", truth) >= {"not understood"}


def test_what_the_mask_does_not_show_does_not_count(made: Any) -> None:
    truth = made().houses((20, 64)).truth()
    mask = np.zeros((256, 256), np.uint8)
    assert {complaint.kind for complaint in check_caption("a house is built", truth, mask)} == {"no such thing"}
    mask[2 * 60 : 2 * 68, 2 * 15 : 2 * 25] = 1
    assert check_caption("a house is built", truth, mask) == []
    with pytest.raises(SizeMismatchError):
        check_caption("a house is built", truth, mask[:128])
