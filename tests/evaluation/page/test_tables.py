from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deltascribe.evaluation.page.tables import score_section
from deltascribe.metrics import ScoreTable


def test_there_is_a_panel_for_each_mode_and_decoding_and_switches_between_them(
    make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]
) -> None:
    tables = [(heading, mode, make_table(heading, mode=mode)) for heading in ("beam 3", "greedy") for mode in ("ids", "words")]
    page = parse(score_section(tables))
    panels = [(panel["data-decoding"], panel["data-mode"]) for panel in page.all("section", "panel")]
    assert panels == [("beam 3", "ids"), ("beam 3", "words"), ("greedy", "ids"), ("greedy", "words")]
    switches = [(button["name"], button["value"], "checked" in button) for button in page.all("input")]
    assert switches == [("mode", "ids", True), ("mode", "words", False), ("decoding", "beam 3", True), ("decoding", "greedy", False)]
    assert page.text.count("a note on words") == 2


def test_a_single_panel_needs_no_switch(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    assert parse(score_section([("greedy", "ids", make_table())])).all("input") == []
    assert score_section([]) == ""


def test_the_models_cells_tell_by_shape_and_words_whom_they_beat(
    make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]
) -> None:
    for level, mark, words in (
        (0.8, "▲", "above the strongest constant and people"),
        (0.6, "△", "above the strongest constant, not above people"),
        (0.45, "▽", "not above the strongest constant"),
    ):
        page = parse(score_section([("greedy", "ids", make_table(level=level))]))
        # nine metrics in four subsets, less the two that the no-change subset lacks; once more in the legend
        assert page.words.count(mark) == 9 * 4 - 2 + 1
        assert page.words.count(f", {words}") == 9 * 4 - 2


def test_every_predictor_stands_in_every_subset_with_its_figures(
    make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]
) -> None:
    page = parse(score_section([("greedy", "ids", make_table())]))
    assert len(page.all("tr", "subset")) == 4
    assert [page.words.count(label) for label in ("model", "human, leave one out, perfect flag")] == [5, 5]
    assert "changed only" in page.words
    assert " 2 pairs, idf of these pairs alone" in page.words
    start = page.words.index("changed only")
    assert page.words[start : start + 40].count("30.00") >= 8
    assert "55.0\N{EN DASH}65.0" in page.words


def test_a_metric_that_nobody_has_gets_no_column(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    table = make_table(constants=False)
    subsets = tuple(replace(part, scores={**part.scores, "meteor_exact": None}) for part in table.model.subsets)
    page = parse(score_section([("greedy", "words", replace(table, model=replace(table.model, subsets=subsets)))]))
    assert "METEOR (exact)" not in page.words
    assert "METEOR" in page.words


def test_accuracies_by_definition_look_other_than_earned_ones(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    page = parse(score_section([("greedy", "ids", make_table())]))
    # the fixed sentence and people, two accuracies by the sentence and two by the flag
    assert len(page.all("td", "given")) == 8
