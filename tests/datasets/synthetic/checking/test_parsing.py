"""Sentences come apart into the claims that they make, and nothing in them is passed over."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from deltascribe.datasets.synthetic.checking import Claim, parse
from deltascribe.text import NO_CHANGE_SENTENCES, normalise

PACKAGE = Path(__file__).parents[4] / "src/deltascribe/datasets/synthetic/checking"


def brief(claim: Claim) -> tuple[str, str, tuple[str, ...]]:
    return claim.event, claim.thing.noun if claim.thing else "", tuple(group.noun for group in claim.former)


@pytest.mark.parametrize(
    ("caption", "claims"),
    [
        ("a house is built", [("appear", "house", ())]),
        ("a house and two roads have been built", [("appear", "house", ()), ("appear", "road", ())]),
        ("there are three new villas", [("appear", "house", ())]),
        ("trees are removed and many houses appear", [("vanish", "tree", ()), ("appear", "house", ())]),
        ("the woods are replaced by houses and roads", [("replace", "house", ("woods",)), ("replace", "road", ("woods",))]),
        ("houses replace trees and bareland", [("replace", "house", ("tree", "bare area"))]),
        ("a warehouse takes the place of the farmland", [("replace", "large building", ("field",))]),
        ("the lake turns into a field", [("replace", "field", ("lake",))]),
        ("what used to be a field is now a lake", [("replace", "lake", ("field",))]),
        ("where woods stood, a row of villas now stands", [("replace", "house", ("woods",))]),
        ("a road appears in place of the trees", [("replace", "road", ("tree",))]),
        ("the woods are cleared, leaving bare ground", [("vanish", "woods", ()), ("replace", "bare", ("woods",))]),
        ("the building is demolished to make room for a road", [("vanish", "building", ()), ("replace", "road", ("building",))]),
        ("the road is widened and extended", [("widen", "road", ()), ("extend", "road", ())]),
        ("the road becomes wider", [("widen", "road", ())]),
        ("the field has been flooded", [("flood", "water", ("field",))]),
        ("the pond has dried up", [("vanish", "lake", ())]),
        ("many trees are planted", [("appear", "tree", ())]),
        ("a road with houses on both sides appears", [("appear", "road", ()), ("appear", "house", ())]),
        ("a house with trees around is built", [("appear", "house", ()), ("stand", "tree", ())]),
        ("a dirt road has been paved", [("pave", "road", ())]),
        ("while the house on the left is torn down, a parking lot emerges", [("vanish", "house", ()), ("appear", "parking", ())]),
    ],
)
def test_claims(caption: str, claims: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert [brief(claim) for claim in parse(caption)] == claims


@pytest.mark.parametrize(
    ("caption", "sides", "form"),
    [
        ("a house is built on the left", [{"left"}], ""),
        ("a house is built in the upper right corner of the scene", [{"top", "right"}], "corner"),
        ("a house is built at the lower-left", [{"bottom", "left"}], ""),
        ("in the bottom left corner, a house is built", [{"bottom", "left"}], "corner"),
        ("a house is built in the middle of the scene", [{"middle"}], ""),
        ("houses are built at the top and bottom", [{"top"}, {"bottom"}], "both"),
        ("houses are built in the upper and lower right corners", [{"top", "right"}, {"bottom", "right"}], "both"),
        ("a house is built in the corner", [], "corner"),
        ("a road is built across the scene", [], "across"),
    ],
)
def test_places(caption: str, sides: list[set[str]], form: str) -> None:
    (claim,) = parse(caption)
    assert claim.thing is not None
    (spot,) = claim.thing.spots
    assert ([set(side) for side in spot.sides], spot.form) == (sides, form)


@pytest.mark.parametrize(
    ("caption", "kind", "anchor", "side"),
    [
        ("houses are built along the road", "along", "road", None),
        ("houses are built on both sides of the road", "both sides", "road", None),
        ("a house is built on the left side of the road", "side", "road", "left"),
        ("a house is built next to the parking lot", "near", "parking", None),
        ("a house is built at the edge of the forest", "edge", "forest", None),
        ("a house is built in the forest", "in", "forest", None),
        ("a path leading to the villa is built", "connected", "house", None),
        ("a house is built among the trees", "among", "tree", None),
    ],
)
def test_relations(caption: str, kind: str, anchor: str, side: str | None) -> None:
    (claim,) = parse(caption)
    assert claim.thing is not None
    (relation,) = claim.thing.relations
    assert (relation.kind, relation.anchors[0].noun, relation.side) == (kind, anchor, side)


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("a", 1, 1),
        ("one", 1, 1),
        ("two", 2, 2),
        ("a pair of", 2, 2),
        ("a few", 2, 5),
        ("some", 2, 12),
        ("many", 5, None),
        ("dozens of", 12, None),
        ("two more", 2, 2),
    ],
)
def test_numbers(words: str, low: int, high: int | None) -> None:
    (claim,) = parse(f"{words} houses are built")
    assert claim.thing is not None
    assert claim.thing.quantity is not None
    assert (claim.thing.quantity.low, claim.thing.quantity.high) == (low, high)


@pytest.mark.parametrize("caption", [*NO_CHANGE_SENTENCES, "nothing has changed between the two images", "no obvious change can be seen"])
def test_no_change(caption: str) -> None:
    assert [claim.event for claim in parse(caption)] == ["none"]


@pytest.mark.parametrize(
    "caption", ["no new house is built", "nothing but a house is built", "a house is not built", "a quixotic house zooms"]
)
def test_words_that_are_not_understood_are_told(caption: str) -> None:
    assert any(claim.unknown for claim in parse(caption))


def test_pronouns_mean_what_was_told_before() -> None:
    road, houses = parse("a road is built and villas are built on both sides of it")
    assert houses.thing is not None
    assert road.thing is not None
    assert houses.thing.relations[0].anchors[0].noun == "road"
    assert "told" in houses.thing.relations[0].anchors[0].traits
    _, two = parse("a building is built and two disappear")
    assert (two.event, two.thing.noun if two.thing else None) == ("vanish", "building")


def test_most_real_captions_are_understood(shared_data: Path) -> None:
    captions = json.loads((shared_data / "levircc/captions_all.json").read_text(encoding="utf-8"))
    alike = set(NO_CHANGE_SENTENCES)
    train = [five for name, five in captions.items() if name.startswith("train_")]
    changed = [caption for five in train for caption in five if not alike & {normalise(one) for one in five}]
    assert len(changed) > 15_000
    understood = sum(not any(claim.unknown for claim in parse(caption)) for caption in changed[::5])
    assert understood / len(changed[::5]) > 0.98


def test_the_check_shares_nothing_with_the_grammar() -> None:
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            ours = [name for name in names if name.startswith("deltascribe")]
            assert all(name.startswith("deltascribe.datasets.synthetic.checking") or name == "deltascribe.errors" for name in ours), path


def test_the_facts_behind_false_sentences_do_not_use_the_check() -> None:
    allowed = {f"deltascribe.datasets.synthetic.checking.{name}" for name in ("claims", "facts", "swaps")} | {
        "deltascribe.datasets.synthetic.checking"
    }
    for name in ("facts", "swaps", "corruption"):
        for node in ast.walk(ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("deltascribe"):
                assert node.module in allowed, name
