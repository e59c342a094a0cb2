from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.page.content import changed_tiles
from deltascribe.scenes.page.listing import list_parts, rest_in_words

pytest.importorskip("rasterio")


def test_each_changed_tile_is_a_link_with_caption_and_figures(make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any]) -> None:
    answer = make_answer()
    page = parse("".join(list_parts(answer, changed_tiles(answer), {3: (b"before", b"after")})))
    assert [item["data-tile"] for item in page.all("li")] == ["1", "3"]
    assert [(link["href"], link["id"]) for link in page.all("a")] == [("#tile-1", "tile-1"), ("#tile-3", "tile-3")]
    assert "a house is built" in page.words
    assert "tile 3, 89.0\u00a0%, 256\u00a0m²" in page.words
    assert [image["alt"] for image in page.all("img")] == ["tile 3, before", "tile 3, after"]
    assert page.all("img")[0]["src"] == "data:image/jpeg;base64,YmVmb3Jl"


def test_without_a_change_there_is_no_list_but_a_word(make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any]) -> None:
    page = parse("".join(list_parts(make_answer(changed={}), [], {})))
    assert page.all("ol") == page.all("input") == []
    assert "All tiles that were looked at (6) tell of no change." in page.words


SKIPPED = "since too little of their ground is known on both dates."


@pytest.mark.parametrize(
    ("changed", "skipped", "words"),
    [
        ({1: "a"}, [], "5 other tiles tell of no change."),
        ({0: "a", 1: "a", 2: "a", 3: "a", 4: "a"}, [], "1 other tile tells of no change."),
        ({1: "a"}, [0, 5], f"3 other tiles tell of no change. Skipped: 2, {SKIPPED}"),
        ({}, [0], f"All tiles that were looked at (5) tell of no change. Skipped: 1, {SKIPPED}"),
        ({}, range(6), "None of the 6 tiles could be looked at: too little of their ground is known on both dates."),
        (dict.fromkeys(range(6), "a"), [], ""),
    ],
)
def test_the_other_tiles_in_words(
    make_answer: Callable[..., SceneAnswer], changed: dict[int, str], skipped: Sequence[int], words: str
) -> None:
    assert rest_in_words(make_answer(changed=changed, skipped=skipped)) == words


def test_pixels_that_are_mapped_where_no_sentence_tells_of_them_are_not_hidden(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer()
    mapped = replace(answer, tiles=(replace(answer.tiles[0], changed_area=40.0), *answer.tiles[1:]))
    assert "Some pixels of 1 of them are mapped as changed all the same" in rest_in_words(mapped)


def test_a_plan_without_tiles_is_told(make_answer: Callable[..., SceneAnswer]) -> None:
    assert rest_in_words(make_answer(tiles=())) == "There was no tile to look at."
