from __future__ import annotations

from collections.abc import Callable

import pytest

from deltascribe.evaluation.page.rivals import best_blind, has_perfect_flag, human_row, is_human, is_left_out, is_told, score_of, verdict
from deltascribe.metrics import METRICS, CaptionScorer, FixedSentence, Protocol, ScoreTable, anchor_rows


def test_people_are_no_row_without_images(make_table: Callable[..., ScoreTable]) -> None:
    table = make_table()
    blind, human = best_blind(table, score_of("all", "s_m")), human_row(table)
    assert blind is not None
    assert human is not None
    assert (score_of("all", "s_m")(blind), score_of("all", "s_m")(human)) == (0.5, 0.7)


def test_without_rows_or_scores_there_is_no_rival(make_table: Callable[..., ScoreTable]) -> None:
    assert best_blind(make_table(constants=False), score_of("all", "s_m")) is None
    assert human_row(make_table(constants=False)) is None
    assert best_blind(make_table(), score_of("no_change", "cider_d")) is None


@pytest.mark.parametrize(
    ("value", "constant", "human", "mark"),
    [
        (0.8, 0.5, 0.7, "▲"),
        (0.7, 0.5, 0.7, "△"),
        (0.6, 0.5, None, "△"),
        (0.5, 0.5, 0.4, "▽"),
        (0.4, 0.5, 0.7, "▽"),
        (None, 0.5, 0.7, ""),
        (0.4, None, 0.7, ""),
    ],
)
def test_a_verdict_says_whom_a_figure_beats(value: float | None, constant: float | None, human: float | None, mark: str) -> None:
    assert verdict(value, constant, human)[0] == mark
    assert bool(verdict(value, constant, human)[1]) is bool(mark)


def test_the_rows_of_an_evaluation_are_told_apart_by_their_kind() -> None:
    references = [["a road is built", "a new road"], ["a house", "one house"], ["there is no difference", "no change has occurred"]]
    scorer = CaptionScorer(references, [True, True, False], Protocol.words(meteor=False))
    rows = anchor_rows(scorer, [FixedSentence("a road", 1.0, "val")], ["a tree is cut"])
    assert [(is_human(row), has_perfect_flag(row)) for row in rows] == [(False, False), (False, True), (False, True), (True, True)]
    assert [is_told(row) for row in rows] == [False, True, True, False]
    assert set(rows[0].subset("all").scores) == set(METRICS)


def test_references_that_no_person_wrote_are_neither_people_nor_a_row_without_images() -> None:
    references = [["a road is built", "a road is built"], ["one house appears", "one house appears"]]
    scorer = CaptionScorer(references, [True, True], Protocol.words(meteor=False))
    rows = anchor_rows(scorer, [FixedSentence("a road", 1.0, "val")], by_people=False)
    assert rows[-1].label == "references, leave one out, perfect flag"
    assert has_perfect_flag(rows[-1])
    assert is_left_out(rows[-1])
    table = ScoreTable(scorer.score("mine", ["a road is built", "one house appears"]), (), 2, 2, constants=rows)
    assert human_row(table) is None
    blind = best_blind(table, score_of("all", "rouge_l"))
    assert blind is not None
    assert blind.label.startswith("perfect flag")
