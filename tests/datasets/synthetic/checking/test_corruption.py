"""Sentences made false are false, are noticed, and differ in the way that their kind says."""

from __future__ import annotations

from typing import Any

import pytest

from deltascribe.datasets.synthetic.checking import check_caption, corrupt

BOTH, BEFORE, AFTER = ("before", "after"), ("before",), ("after",)


def all_corrupted(caption: str, truth: dict[str, Any], tries: int = 60) -> dict[str, set[str]]:
    """Kind -> sentences that come of many seeds."""
    found: dict[str, set[str]] = {}
    for seed in range(tries):
        made = corrupt(caption, truth, seed)
        if made is not None:
            found.setdefault(made.kind, set()).add(made.sentence)
    return found


def test_one_house_can_be_made_false_in_every_way(made: Any) -> None:
    truth = made("grass").houses((20, 64)).truth()
    caption = "a house is built on the grass on the left side of the scene"
    assert check_caption(caption, truth) == []
    found = all_corrupted(caption, truth, tries=150)
    assert set(found) == {"side", "count", "object", "verb", "former", "change"}
    assert found["side"] == {"a house is built on the grass on the right side of the scene"}
    assert "a house is removed on the grass on the left side of the scene" in found["verb"]
    assert "a lake is built on the grass on the left side of the scene" in found["object"]
    assert "a house is built on the farmland on the left side of the scene" in found["former"]
    assert "many houses are built on the grass on the left side of the scene" in found["count"]
    assert all(check_caption(sentence, truth) for sentences in found.values() for sentence in sentences)


@pytest.mark.parametrize(
    "caption",
    [
        "two houses are removed in the upper left corner",
        "two houses disappear",
        "the houses at the top are demolished",
        "two houses are replaced by a parking lot",
        "a parking lot replaces two houses at the top of the scene",
        "a parking lot appears",
    ],
)
def test_removed_houses(made: Any, caption: str) -> None:
    truth = made("grass").houses((20, 20), (36, 20), dates=BEFORE).thing("parking", 10, 10, 45, 30).truth()
    assert check_caption(caption, truth) == []
    found = all_corrupted(caption, truth)
    assert found
    assert all(check_caption(sentence, truth) for sentences in found.values() for sentence in sentences)


def test_trees_and_roads(made: Any) -> None:
    truth = (
        made("grass")
        .wood(0, 0, 40, 40, dates=BEFORE)
        .road((64, 0), (64, 128), width=5, dates=BEFORE)
        .road((64, 0), (64, 128), width=9, dates=AFTER)
        .truth()
    )
    for caption in ("trees are removed in the top left corner", "the road is widened"):
        assert check_caption(caption, truth) == []
        found = all_corrupted(caption, truth)
        assert found
        assert all(check_caption(sentence, truth) for sentences in found.values() for sentence in sentences)
    assert all_corrupted("trees are removed in the top left corner", truth)["verb"] == {"trees are planted in the top left corner"}


def test_a_pair_without_a_change_gets_an_invented_one(made: Any) -> None:
    truth = made().houses((20, 20), dates=BOTH).truth()
    found = all_corrupted("there is no difference", truth)
    assert set(found) == {"change"}
    assert all(check_caption(sentence, truth) for sentence in found["change"])


def test_a_side_is_not_swapped_where_the_other_side_changed_too(made: Any) -> None:
    truth = made().houses((20, 64), (110, 64)).truth()
    assert "side" not in all_corrupted("a house is built on the left", truth)


def test_a_verb_is_not_swapped_where_both_happened(made: Any) -> None:
    truth = made().houses((20, 64)).houses((110, 64), dates=BEFORE).truth()
    assert "verb" not in all_corrupted("a house is built on the left", truth)


def test_a_place_beside_a_thing_is_left_alone(made: Any) -> None:
    truth = made().road((64, 0), (64, 128)).houses((50, 64)).truth()
    assert "side" not in all_corrupted("a house is built on the left side of the road", truth)


def test_the_same_seed_gives_the_same_sentence(made: Any) -> None:
    truth = made().houses((20, 64)).truth()
    assert corrupt("a house is built", truth, 5) == corrupt("a house is built", truth, 5)
