from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.metrics import METRICS, CaptionScorer, FixedSentence, Protocol, ScoreTable, SetScorer, bleu, cider_d, rouge_l
from deltascribe.metrics.render import SHORT, accuracy_line, accuracy_rows, interval_rows, percent, score_rows, to_rich_short
from deltascribe.text import tokenize
from deltascribe.text.special import NO_CHANGE_CAPTION, NO_CHANGE_SENTENCES

NAMES = ["p1", "p2", "p3", "p4", "p5"]
REFERENCES = [
    ["Two houses are built on the left .", "some houses appear on the left"],
    ["a road is built through the woods", "the woods are cut by a new road"],
    ["many trees are removed at the top"],
    list(NO_CHANGE_SENTENCES),
    list(NO_CHANGE_SENTENCES),
]
CHANGED = [True, True, True, False, False]
SAID = ["two houses are built on the left", "There is no difference.", "a road appears", "no change has occurred", "a house appears"]


def words(sentences: list[str]) -> list[list[str]]:
    return [tokenize(sentence) for sentence in sentences]


def score_captions(
    names: list[str],
    said: list[str],
    references: list[list[str]],
    changed: list[bool],
    flags: list[bool] | None = None,
    *,
    fixed: Sequence[FixedSentence] = (),
    label: str = "model",
    anchors: bool = True,
    resamples: int = 0,
) -> ScoreTable:
    scorer = SetScorer(references, changed, modes=["words"], fixed=fixed, anchors=anchors, resamples=resamples, meteor=False)
    return scorer.score(label, names, said, flags)["words"]


def test_overall_scores_are_those_of_the_metrics_on_lower_case_words() -> None:
    table = score_captions(NAMES, SAID, REFERENCES, CHANGED)
    references = [words(entry) for entry in REFERENCES]
    assert [table.score(f"bleu_{order}") for order in range(1, 5)] == pytest.approx(bleu(words(SAID), references))
    assert table.score("rouge_l") == pytest.approx(rouge_l(words(SAID), references))
    assert table.score("cider_d") == pytest.approx(cider_d(words(SAID), references))


def test_the_changed_subset_is_scored_with_its_own_idf() -> None:
    table = score_captions(NAMES, SAID, REFERENCES, CHANGED)
    references = [words(entry) for entry in REFERENCES[:3]]
    assert table.model.subset("changed").pairs == 3
    assert table.score("cider_d", "changed") == pytest.approx(cider_d(words(SAID[:3]), references))
    assert table.score("bleu_4", "changed") == pytest.approx(bleu(words(SAID[:3]), references)[3])


def test_cider_d_is_undefined_where_all_pairs_share_their_references() -> None:
    table = score_captions(NAMES, SAID, REFERENCES, CHANGED)
    assert table.model.subset("no_change").pairs == 2
    assert table.score("cider_d", "no_change") is None
    assert percent(table.score("cider_d", "no_change")) == "-"
    assert table.score("bleu_1", "no_change") == pytest.approx(bleu(words(SAID[3:]), [words(entry) for entry in REFERENCES[3:]])[0])


def test_the_balanced_row_equals_a_set_with_as_many_changed_pairs_as_others() -> None:
    # 2 changed pairs against 1: doubling the one gives the set that the row stands for, up to a common factor of all counts
    rows = [0, 1, 3, 3]
    balanced = score_captions(NAMES[:3], [SAID[0], SAID[1], SAID[3]], [REFERENCES[0], REFERENCES[1], REFERENCES[3]], [True, True, False])
    doubled = score_captions(NAMES[:4], [SAID[row] for row in rows], [REFERENCES[row] for row in rows], [True, True, False, False])
    for metric in ("bleu_1", "bleu_2", "rouge_l"):
        assert balanced.score(metric, "balanced") == pytest.approx(doubled.score(metric), abs=1e-8)
        assert doubled.score(metric, "balanced") == pytest.approx(doubled.score(metric), abs=1e-12)
    assert doubled.score("cider_d", "balanced") == pytest.approx(doubled.score("cider_d"), abs=1e-12)


def test_accuracies_follow_the_predicted_sentences_and_the_flag_has_its_own() -> None:
    table = score_captions(NAMES, SAID, REFERENCES, CHANGED, [True, True, True, True, True])
    assert table.model.change_accuracy == pytest.approx(2 / 3)
    assert table.model.no_change_accuracy == pytest.approx(1 / 2)
    assert table.model.flag_change_accuracy == 1.0
    assert table.model.flag_no_change_accuracy == 0.0


def test_a_set_of_one_kind_has_only_the_rows_that_it_can_fill() -> None:
    table = score_captions(NAMES[:3], SAID[:3], REFERENCES[:3], CHANGED[:3])
    assert [part.subset for part in table.model.subsets] == ["all", "changed"]
    assert table.model.no_change_accuracy is None
    with pytest.raises(PredictionsError, match="no scores for 'no_change'"):
        table.score("cider_d", "no_change")


def test_items_carry_the_scores_of_each_pair_in_order() -> None:
    table = score_captions(NAMES, SAID, REFERENCES, CHANGED)
    assert [item.name for item in table.items] == NAMES
    assert table.items[0].bleu_4 == pytest.approx(1.0, abs=1e-6)
    assert sum(item.cider_d for item in table.items) / 5 == pytest.approx(table.score("cider_d"))
    assert sum(item.rouge_l for item in table.items) / 5 == pytest.approx(table.score("rouge_l"))


def test_constant_rows_are_scored_like_a_model_that_says_just_that() -> None:
    fixed = FixedSentence("some houses appear on the left", 1.0, "val")
    table = score_captions(NAMES, SAID, REFERENCES, CHANGED, fixed=[fixed])
    never, always = table.constants  # no human row: a pair has one reference
    sentences = [fixed.sentence] * 3 + [NO_CHANGE_CAPTION] * 2
    same = CaptionScorer(REFERENCES, CHANGED, Protocol.words(meteor=False)).score("by hand", sentences)
    assert (never.change_accuracy, never.no_change_accuracy) == (0.0, 1.0)
    assert (always.change_accuracy, always.no_change_accuracy) == (1.0, 1.0)
    assert always.subsets == same.subsets
    assert "some houses appear on the left" in always.label
    assert "best on val" in always.label
    assert never.subset("no_change").scores["rouge_l"] == pytest.approx(1.0)


def test_the_dictionary_holds_everything_times_a_hundred() -> None:
    table = score_captions(NAMES, SAID, REFERENCES, CHANGED)
    values = table.to_dict()
    assert (values["pairs"], values["changed_pairs"]) == (5, 3)
    assert values["model"]["subsets"]["all"]["cider_d"] == pytest.approx(100 * table.score("cider_d"), abs=1e-5)
    assert values["model"]["change_accuracy"] == pytest.approx(200 / 3, abs=1e-5)
    assert values["model"]["subsets"]["no_change"]["cider_d"] is None
    assert any("idf" in note for note in values["notes"])


def test_the_markdown_table_has_a_row_for_each_part_and_as_many_cells_as_columns() -> None:
    table = score_captions(NAMES, SAID, REFERENCES, CHANGED, label="a|b", anchors=False, resamples=20)
    lines = table.to_markdown().splitlines()
    assert lines[:2] == ["Mode words: lower case, without punctuation, references untouched", ""]
    scores = lines[2 : lines.index("", 2)]
    assert len(scores) == 2 + 4
    assert "a\\|b" in scores[2]
    assert {line.replace("\\|", "").count("|") for line in scores} == {len(METRICS) + 3}
    assert percent(table.score("cider_d")) in scores[2]
    names, rows = interval_rows(table)
    assert len(names) == len(METRICS)  # one head more, and no METEOR (exact) on words
    assert [row[0] for row in rows] == ["all pairs", "re-weighted 50/50", "changed only"]
    assert rows[0][names.index("METEOR")] == "-"
    low, high = table.intervals["all"]["rouge_l"]
    assert f"| {percent(low)} to {percent(high)} |" in table.to_markdown()


def test_the_terminal_table_shows_labels_with_brackets_as_they_are() -> None:
    from rich.console import Console

    table = score_captions(NAMES, SAID, REFERENCES, CHANGED, label="[bold]mine[/bold]", resamples=20)
    console = Console(file=io.StringIO(), width=80)
    console.print(table.to_rich())
    text = console.file.getvalue()
    assert "[bold]mine[/bold]" in text
    row = next(line.split() for line in text.splitlines() if line.startswith("changed"))
    assert row == ["changed", "(3)", *(percent(table.score(metric, "changed")) for metric in SHORT)]
    assert accuracy_line(table.model) in text
    assert max(len(line) for line in text.splitlines()) <= 80
    low, high = table.intervals["all"]["rouge_l"]
    assert f"±{50 * (high - low):.1f}" in text
    assert len(score_rows(table)) == 2 * 4
    assert accuracy_rows(table)[0] == ["predictor", "change accuracy", "no-change accuracy"]


def test_the_short_terminal_table_has_all_and_changed_pairs_of_each_search_and_the_constants_once() -> None:
    from rich.console import Console

    fixed = FixedSentence("some houses appear on the left", 1.0, "val")
    tables = [score_captions(NAMES, SAID, REFERENCES, CHANGED, label=label, fixed=[fixed], resamples=20) for label in ("wide", "greedy")]
    console = Console(file=io.StringIO(), width=80)
    console.print(to_rich_short(tables))
    lines = console.file.getvalue().splitlines()
    rows = [line.split(" (")[0] for line in lines if line.startswith(("all (", "50/50 (", "changed (", "no change ("))]
    assert rows == ["all", "changed"] * 4
    assert lines.index("wide") < lines.index("greedy") < lines.index('always "the scene is the same as before"')
    assert lines.count(f"  {accuracy_line(tables[0].model)}") == 2
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((NAMES, SAID[:4], REFERENCES, CHANGED), "4 predicted sentences"),
        ((NAMES[:2], SAID, REFERENCES, CHANGED), "2 names"),
        ((NAMES, SAID, REFERENCES, CHANGED[:1]), "1 change flags"),
        ((NAMES, SAID, REFERENCES, CHANGED, [True]), "1 predicted flags"),
        ((NAMES, SAID, [*REFERENCES[:4], []], CHANGED), "Pair 4 has no reference"),
        ((NAMES, SAID, [*REFERENCES[:4], "one string"], CHANGED), "pair 4 are one string"),
        (([], [], [], []), "no pair to score"),
    ],
)
def test_arguments_that_do_not_fit_together_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        score_captions(*arguments)
