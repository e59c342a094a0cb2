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
        (0.8, "▲", "above people and the best row without images"),
        (0.6, "△", "above the best row without images, not above people"),
        (0.45, "▽", "not above the best row without images"),
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


def test_what_is_compared_by_stands_in_the_first_columns(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    words = parse(score_section([("greedy", "ids", make_table())])).words
    start = words.index("predictor")
    assert words[start : start + 5] == ["predictor", "S*m", "CIDEr-D", "BLEU-1", "BLEU-2"]


def test_pairs_without_a_change_are_folded_away_with_their_own_columns(
    make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]
) -> None:
    html = score_section([("greedy", "ids", make_table())])
    start, end = html.index("<details"), html.index("</details>")
    folded, rest = parse(html[start:end] + "</details>"), html[:start] + html[end:]
    assert "no change only, 2 pairs" in folded.text
    assert "open" not in folded.all("details")[0]
    assert len(folded.all("tr", "subset")) == 1
    assert "BLEU-1" in folded.words
    assert not {"S*m", "CIDEr-D"} & set(folded.words)
    assert "no change only" not in rest


def test_the_page_opens_with_word_numbers_and_tiles_and_switches_agree(
    make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]
) -> None:
    tables = [("beam 3", mode, make_table(mode=mode)) for mode in ("words", "ids")]
    page = parse(score_section(tables))
    assert [button["value"] for button in page.all("input") if "checked" in button] == ["ids"]
    shown = [group["data-panel"] for group in page.all("section", "headline") if "hidden" not in group]
    assert [panel["data-mode"] for panel in page.all("section", "panel") if panel["data-panel"] in shown] == ["ids"]
    assert "plots and pairs keep the one that they name" in page.text


def test_accuracies_by_definition_look_other_than_earned_ones(make_table: Callable[..., ScoreTable], parse: Callable[[str], Any]) -> None:
    page = parse(score_section([("greedy", "ids", make_table())]))
    # the fixed sentence and people, two accuracies by the sentence and two by the flag
    assert len(page.all("td", "given")) == 8
