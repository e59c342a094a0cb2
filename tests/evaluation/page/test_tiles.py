from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deltascribe.evaluation.page.tiles import headline, tiles
from deltascribe.metrics import ScoreTable


def test_the_tiles_show_each_figure_beside_its_rivals(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    page = parse(tiles([("beam 3", "ids", make_table())]))
    assert len(page.all("div", "tile")) == 4
    words = page.words
    start = words.index("S*m")
    assert words[start : start + 10] == [
        "S*m",
        "all pairs; ids, beam 3",
        "60.00",
        "95 %: 55.00 to 65.00",
        "this model",
        "60.00",
        "strongest constant",
        "50.00",
        "people",
        "70.00",
    ]
    start = words.index("CIDEr-D")
    assert words[start + 1 : start + 4] == ["changed only; ids, beam 3", "30.00", "95 %: 20.00 to 45.00"]
    assert page.text.count("above the strongest constant, not above people") == 2


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
