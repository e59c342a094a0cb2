"""What is said of a whole scene, and that each statement rests on its tiles."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from deltascribe.scenes.answer import DescribedTile, Summary
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.plan import ScenePlan, plan_scene
from deltascribe.scenes.words import meaning, place_in, summarise_scene

HOUSE, HOUSES, ROAD = "a house is built", "some villas appear near the trees", "a road has been built"
GONE = "the trees are removed"
PLAN = plan_scene(Grid("EPSG:32633", 0.0, 0.0, 0.5, 320, 320, 0.5), 64, 0)
"""5 x 5 tiles."""


def tiles_of(
    captions: Mapping[int, str], *, plan: ScenePlan = PLAN, skipped: tuple[int, ...] = (), sure: Mapping[int, float] | None = None
) -> list[DescribedTile]:
    found = []
    for tile in plan.tiles:
        if tile.index in skipped:
            found.append(DescribedTile(tile, 0.0, None, 0.0, False, 0.0, 0.0, 0.0))
            continue
        changed = tile.index in captions
        caption = captions.get(tile.index, "there is no difference")
        probability = (sure or {}).get(tile.index, 0.8 if changed else 0.1)
        found.append(DescribedTile(tile, 1.0, caption, probability, changed, 500.0 * changed, 400.0 * changed, 900.0))
    return found


def summary_of(captions: Mapping[int, str], **settings: object) -> Summary:
    return summarise_scene(PLAN, tiles_of(captions, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("caption", "wanted"),
    [
        (HOUSE, ("house", "appeared")),
        (HOUSES, ("house", "appeared")),
        (GONE, ("tree", "disappeared")),
        ("the farmland is replaced by houses", ("farmland", "were replaced")),
        ("many houses and roads are replaced by bareland", ("house", "disappeared")),
        ("a large building is replaced with some trees", ("building", "disappeared")),
        ("the trees are replaced by bareland", ("tree", "were replaced")),
        ("a house is replaced by a new building", ("house", "were replaced")),
        ("the road is widened", ("road", "changed")),
        ("it looks different", ("something", "changed")),
    ],
)
def test_captions_of_one_meaning_need_not_be_of_the_same_words(caption: str, wanted: tuple[str, str]) -> None:
    assert meaning(caption) == wanted


def test_tiles_side_by_side_that_mean_the_same_are_one_finding_in_the_words_of_the_surest() -> None:
    captions = {0: HOUSE, 1: HOUSES, 6: HOUSE, 7: HOUSE, 2: ROAD, 24: HOUSE}
    summary = summary_of(captions, sure={1: 0.95})
    assert [(finding.tiles, finding.area) for finding in summary.findings] == [((0, 1, 6, 7), 1600.0), ((2,), 400.0), ((24,), 400.0)]
    assert summary.findings[0].text == f"In the north-west (4 tiles, 0.2 ha): {HOUSES}."
    assert summary.findings[1].text == f"In the north (1 tile, 400 square metres): {ROAD}."
    assert summary.findings[2].text == f"In the south-east (1 tile, 400 square metres): {HOUSE}."


def test_a_finding_does_not_say_where_in_its_tile_something_lies() -> None:
    summary = summary_of({0: f"{HOUSE} on the right side of the scene"})
    assert summary.findings[0].text == f"In the north-west (1 tile, 400 square metres): {HOUSE}."


def test_rows_do_not_wrap_around() -> None:
    summary = summary_of({4: HOUSE, 5: HOUSE})  # the end of the first row, and the beginning of the second
    assert [finding.tiles for finding in summary.findings] == [(4,), (5,)]


def test_every_changed_tile_supports_one_finding_that_means_what_it_says() -> None:
    rng = random.Random(0)
    for _ in range(50):
        captions = {index: rng.choice((HOUSE, HOUSES, ROAD, GONE)) for index in rng.sample(range(25), rng.randint(1, 25))}
        tiles = tiles_of(captions)
        summary = summarise_scene(PLAN, tiles)
        told = [index for finding in summary.findings for index in finding.tiles]
        assert sorted(told) == sorted(captions)
        for finding in summary.findings:
            assert len({meaning(captions[index]) for index in finding.tiles}) == 1
            assert finding.text.endswith(tuple(f": {captions[index]}." for index in finding.tiles))
            assert finding.area == 400.0 * len(finding.tiles)
            assert finding.place == place_in(PLAN, [tiles[index] for index in finding.tiles])
        assert [finding.area for finding in summary.findings] == sorted((finding.area for finding in summary.findings), reverse=True)


@pytest.mark.parametrize(
    ("index", "place"),
    [
        (0, "in the north-west"),
        (2, "in the north"),
        (4, "in the north-east"),
        (10, "in the west"),
        (12, "in the centre"),
        (14, "in the east"),
        (20, "in the south-west"),
        (22, "in the south"),
        (24, "in the south-east"),
    ],
)
def test_places_are_those_of_the_compass(index: int, place: str) -> None:
    assert place_in(PLAN, [tiles_of({})[index]]) == place


def test_a_place_is_the_middle_of_its_tiles_and_large_ones_are_said_to_be() -> None:
    tiles = tiles_of({})
    assert place_in(PLAN, [tiles[0], tiles[4]]) == "in the north"
    assert place_in(PLAN, tiles) == place_in(PLAN, [tiles[0], tiles[12]]) == "across the scene"
    one = plan_scene(Grid("EPSG:32633", 0.0, 0.0, 0.5, 64, 64, 0.5), 64, 0)
    assert place_in(one, tiles_of({}, plan=one)) == "in the centre"


@pytest.mark.parametrize(
    ("captions", "skipped", "headline"),
    [
        ({}, (), "No change was found in the 25 tiles that were looked at."),
        ({}, tuple(range(5)), "No change was found in the 20 tiles that were looked at."),
        ({}, tuple(range(24)), "No change was found."),
        ({}, tuple(range(25)), "Nothing can be said: none of the 25 tiles is known well enough on both dates."),
        ({3: HOUSE}, (1, 2), "Something changed in 1 of 23 tiles: houses appeared in 1."),
        (
            {0: ROAD, 1: HOUSE, 2: HOUSES, 3: GONE, 4: "the bushes are removed", 5: "water appears"},
            (),
            "Something changed in 6 of 25 tiles: houses appeared in 2, bushes disappeared in 1, roads appeared in 1.",
        ),
        ({1: "the farmland is replaced by a factory"}, (), "Something changed in 1 of 25 tiles: farmland was replaced in 1."),
        ({1: "it looks different"}, (), "Something changed in 1 of 25 tiles: something changed in 1."),
    ],
)
def test_the_headline_counts(captions: dict[int, str], skipped: tuple[int, ...], headline: str) -> None:
    summary = summary_of(captions, skipped=skipped)
    assert summary.headline == headline
    assert bool(summary.findings) == bool(captions)


def test_a_plan_without_tiles_has_nothing_to_tell() -> None:
    empty = ScenePlan(PLAN.grid, 64, 0, (), (0, 0))
    assert summarise_scene(empty, []) == Summary("There is no tile to look at.", ())


def test_the_paragraph_tells_the_largest_and_counts_the_rest() -> None:
    summary = summary_of({0: HOUSE, 1: HOUSE, 4: ROAD, 20: GONE, 24: HOUSE})
    assert summary.text(2) == " ".join([summary.headline, *(finding.text for finding in summary.findings[:2]), "And 2 smaller findings."])
    assert summary.text(3).endswith("And 1 smaller finding.")
    assert summary.text() == " ".join([summary.headline, *(finding.text for finding in summary.findings)])


def test_the_order_of_the_tiles_does_not_matter() -> None:
    captions = {0: HOUSE, 1: HOUSES, 2: ROAD, 3: ROAD, 7: GONE, 20: GONE, 24: ROAD}
    tiles = tiles_of(captions)
    wanted = summarise_scene(PLAN, tiles)
    for seed in range(10):
        random.Random(seed).shuffle(tiles)
        assert summarise_scene(PLAN, tiles) == wanted
