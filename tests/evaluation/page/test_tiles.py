from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deltascribe.evaluation.page.tiles import headline, tiles
from deltascribe.metrics import ScoreTable


def test_the_tiles_show_each_figure_beside_its_rivals(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    page = parse(tiles([("beam 3", "ids", make_table())]))
    assert len(page.all("div", "tile")) == 4
    words = page.words
    start = words.index("S*m")
    assert words[start : start + 11] == [
        "S*m",
        "all pairs; ids, beam 3",
        "60.00",
        "95 %: 55.00 to 65.00",
        "this model",
        "60.00",
        "best row without images",
        ", told which pairs changed",
        "50.00",
        "people",
        "70.00",
    ]
    start = words.index("CIDEr-D")
    assert words[start + 1 : start + 4] == ["changed only; ids, beam 3", "30.00", "95 %: 20.00 to 45.00"]
    assert page.text.count("above the best row without images, not above people") == 2


def test_the_best_row_is_told_of_only_where_it_was_told(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    table = make_table()
    untold = replace(table, constants=(table.constants[0], table.constants[2]))
    page = parse(tiles([("beam 3", "ids", untold)]))
    assert "told which pairs changed" not in page.text
    assert page.words.count("best row without images") == 2
    told = parse(tiles([("beam 3", "ids", table)])).all("dt")
    assert next(entry["title"] for entry in told if "title" in entry) == table.constants[1].label


def test_each_table_has_its_tiles_and_one_set_is_shown(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    page = parse(tiles([("beam 3", mode, make_table(level=level, mode=mode)) for mode, level in (("words", 0.55), ("ids", 0.6))]))
    groups = page.all("section", "headline")
    assert [(group["data-panel"], "hidden" in group) for group in groups] == [("0", True), ("1", False)]
    assert [word for word in page.words if word.startswith("all pairs; ")] == ["all pairs; words, beam 3", "all pairs; ids, beam 3"]
    assert {"55.00", "60.00"} <= set(page.words)


def test_the_captions_maker_is_called_by_name(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    page = parse(tiles([("", "words", make_table())], "<theirs>"))
    assert page.words.count("<theirs>") == 4
    assert "this model" not in page.text
    assert "all pairs; words" in page.words


@pytest.mark.parametrize(("pairs", "text"), [(1, "only 1 pair: intervals are wide"), (99, "only 99 pairs: intervals are wide"), (100, "")])
def test_a_small_sample_is_called_small(pairs: int, text: str, make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    page = parse(tiles([("greedy", "ids", replace(make_table(), pairs=pairs))]))
    assert page.text.count("intervals are wide") == bool(text)
    assert text in page.text


def test_accuracies_stand_beside_the_row_without_a_perfect_flag(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    words = parse(tiles([("beam 3", "ids", make_table())])).words
    start = words.index("Change accuracy")
    assert words[start + 2] == "90.00"
    still = 'always "the scene is the same as before"'
    assert words[start + 3 : start + 9] == ["this model", "90.00", "its change flag", "95.00", still, "0.00"]
    start = words.index("No-change accuracy")
    assert words[start + 3 : start + 9] == ["this model", "80.00", "its change flag", "85.00", still, "100.00"]


def test_bars_are_in_proportion(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    widths = [fill["style"] for fill in parse(tiles([("beam 3", "ids", make_table())])).all("span", "fill")]
    assert widths[:3] == ["width:85.7%", "width:71.4%", "width:100.0%"]
    assert widths[6:9] == ["width:90.0%", "width:95.0%", "width:0.0%"]


def test_the_headline_is_of_word_numbers_where_there_are_any(make_table: Callable[..., ScoreTable]) -> None:
    words, numbers = ("greedy", "words", make_table()), ("greedy", "ids", make_table())
    assert headline([words, numbers]) is numbers
    assert headline([words]) is words
    assert headline([]) is None
    assert tiles([]) == ""


def test_a_table_without_rivals_or_changed_pairs_has_tiles_too(parse: Callable[[str], Any]) -> None:
    from deltascribe.metrics import PredictorScores, SubsetScores

    only = PredictorScores("m", (SubsetScores("all", 1, {"s_m": None}),), None, 1.0)
    page = parse(tiles([("greedy", "words", ScoreTable(only, (), 1, 0))]))
    assert len(page.all("div", "tile")) == 4
    assert page.text.count("100.00") == 2
