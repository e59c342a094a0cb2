"""Tests of deltascribe.evaluation.comparison.comparing."""

from __future__ import annotations

from dataclasses import replace
from statistics import stdev
from typing import Any

import pytest

from deltascribe.errors import ConfigError, MissingDependencyError, PredictionsError
from deltascribe.evaluation.comparison import Comparison, Resampling, compare, read_groups, render
from deltascribe.evaluation.predictions import read_predictions, write_predictions
from deltascribe.metrics import CaptionScorer, Meteor, Protocol, WordNumbering
from deltascribe.metrics.resampling import paired_tests
from deltascribe.metrics.significance import holm, mcnemar_test

from .conftest import MakeRun, references_of

FAST = Resampling(resamples=50, permutations=200)


def made(*entries: object, **settings: Any) -> Comparison:
    settings = {"modes": ("ids",), "anchors": False, "resampling": FAST} | settings
    return compare(read_groups([str(entry) for entry in entries]), **settings)


def captions(folder: Any) -> list[str]:
    return [entry.caption for entry in read_predictions(folder / "predictions.jsonl")]


def own_scorer(words: tuple[str, ...] | None = None) -> CaptionScorer:
    references = [references_of(index) for index in range(30)]
    numbering = (
        WordNumbering.build([text for entry in references for text in entry], 1, "x") if words is None else WordNumbering(words, "x")
    )
    return CaptionScorer(references, [index % 3 != 2 for index in range(30)], Protocol.ids(numbering))


def test_scores_are_computed_from_the_predictions_and_never_read(make_run: MakeRun) -> None:
    folder = make_run("a", record={"runs": {"beam 3": {"model": {"subsets": {"all": {"bleu_4": 99.9}}}}}})
    comparison = made(folder)
    expected = own_scorer().score("a", captions(folder))
    for subset in ("all", "changed", "balanced"):
        cells = comparison.table("ids", subset).row("a").cells
        for key, value in expected.subset(subset).scores.items():
            assert cells[key].value == pytest.approx(100 * value)
    accuracies = comparison.table(None, "accuracy").row("a").cells
    assert accuracies["change_accuracy"].value == pytest.approx(100 * expected.change_accuracy)
    assert accuracies["no_change_accuracy"].value == pytest.approx(100 * expected.no_change_accuracy)
    assert (comparison.pairs, comparison.changed_pairs, comparison.baseline) == (30, 20, None)


def test_differences_are_tested_against_the_baseline_and_adjusted_over_the_columns(make_run: MakeRun) -> None:
    folders = make_run("a", 0.3), make_run("b", 0.9, seed=1)
    comparison = made(*folders, metrics=("bleu_4", "cider_d", "rouge_l"), baseline="b")
    scorer = own_scorer()
    for subset in ("all", "balanced"):
        ours, theirs = (scorer.statistics(captions(folder))[subset] for folder in folders)
        results = paired_tests(ours, theirs, scorer.weights(subset), strata=scorer.strata(subset), permutations=200, resamples=50)
        table = comparison.table("ids", subset)
        assert list(table.columns) == ["bleu_4", "rouge_l", "cider_d"]
        assert table.row("b").tested == {}
        adjusted = holm([results[key].p_value for key in table.columns])
        for key, p_value in zip(table.columns, adjusted, strict=True):
            found = table.row("a").tested[key]
            assert (found.value, found.low, found.high) == pytest.approx(
                (100 * results[key].difference, 100 * results[key].low, 100 * results[key].high)
            )
            assert (found.p_value, found.p_adjusted) == (results[key].p_value, pytest.approx(p_value))
    assert comparison.baseline == "b"
    assert comparison.table("ids", "all").row("a").tested["bleu_4"].mark == "†"


def test_accuracies_of_single_runs_are_tested_by_mcnemar(make_run: MakeRun) -> None:
    first, second = make_run("a", 0.3), make_run("b", 0.9, seed=1)
    comparison = made(second, first)
    right = [
        [entry.predicted_changed for entry in read_predictions(folder / "predictions.jsonl") if entry.changed] for folder in (first, second)
    ]
    expected = mcnemar_test("change_accuracy", *right)
    found = comparison.table(None, "accuracy").row("a").tested["change_accuracy"]
    assert (found.value, found.p_value) == pytest.approx((100 * expected.difference, expected.p_value))
    assert found.value < 0


def test_flags_that_agree_with_the_sentences_are_not_shown_twice(make_run: MakeRun) -> None:
    folder = make_run("a")
    table = made(folder).table(None, "accuracy")
    assert list(table.columns) == ["change_accuracy", "no_change_accuracy"]
    assert "same as by their sentences" in table.notes[0]
    entries = read_predictions(folder / "predictions.jsonl")
    write_predictions(folder / "predictions.jsonl", [replace(entry, predicted_changed=True) for entry in entries])
    cells = made(folder).table(None, "accuracy").row("a").cells
    assert (cells["flag_change_accuracy"].value, cells["flag_no_change_accuracy"].value) == (100, 0)
    write_predictions(folder / "predictions.jsonl", [replace(entry, predicted_changed=None) for entry in entries])
    assert list(made(folder).table(None, "accuracy").columns) == ["change_accuracy", "no_change_accuracy"]


def test_seeds_of_a_row_give_mean_and_deviation_and_are_tested_together(make_run: MakeRun) -> None:
    seeds = [make_run(f"s{seed}", 0.8, seed=seed) for seed in (1, 2, 3)]
    comparison = made(make_run("a", 0.2), f"ours={','.join(map(str, seeds))}")
    row = comparison.table("ids", "all").row("ours")
    scores = [100 * own_scorer().score("", captions(folder)).subset().scores["cider_d"] for folder in seeds]
    assert row.seeds == 3
    assert row.cells["cider_d"].value == pytest.approx(sum(scores) / 3)
    assert row.cells["cider_d"].deviation == pytest.approx(stdev(scores))
    baseline = comparison.table("ids", "all").row("a").cells["cider_d"]
    assert baseline.deviation is None
    others = comparison.table("ids", "all").row("a").cells
    for metric in ("cider_d", "bleu_4", "meteor", "s_m"):
        assert row.tested[metric].value == pytest.approx(row.cells[metric].value - others[metric].value)
    assert set(comparison.table(None, "accuracy").row("ours").tested) == {"change_accuracy", "no_change_accuracy"}
    assert any("several seeds are tested" in note for note in comparison.notes)
    assert [source.label for source in comparison.sources] == ["a", "ours", "ours", "ours"]


def test_identical_runs_differ_by_nothing(make_run: MakeRun) -> None:
    comparison = made(make_run("a"), make_run("b"))
    for found in comparison.table("ids", "all").row("b").tested.values():
        assert (found.value, found.low, found.high, found.p_adjusted, found.mark) == (0, 0, 0, 1, "")
    cells = [comparison.table("ids", "all").row(name).cells["bleu_4"] for name in ("a", "b")]
    assert all(cell.best for cell in cells)


def test_the_best_run_of_each_column_is_marked_and_anchors_never_are(make_run: MakeRun) -> None:
    table = made(make_run("a", 0.1), make_run("b", 0.9), anchors=True).table("ids", "all")
    assert [(row.label, row.kind) for row in table.rows][:2] == [("a", "run"), ("b", "run")]
    assert [row.kind for row in table.rows[2:]] == ["constant", "human"]
    assert [row.cells["bleu_4"].best for row in table.rows] == [False, True, False, False]
    assert not any(cell.best for cell in made(make_run("c")).table("ids", "all").rows[0].cells.values())


def test_all_runs_are_scored_with_the_numbering_of_the_first_that_states_one(make_run: MakeRun) -> None:
    words = [{"words": list(known), "source": "own"} for known in (("a", "built", "road"), ("a", "lake", "is"))]
    folders = [make_run("a"), make_run("b", 0.9, record={"numbering": words[0]}), make_run("c", record={"numbering": words[1]})]
    comparison = made(*folders)
    scorer = own_scorer(("a", "built", "road"))
    for folder in folders:
        expected = scorer.score("", captions(folder)).subset().scores["meteor"]
        assert comparison.table("ids", "all").row(folder.name).cells["meteor"].value == pytest.approx(100 * expected)
    text = "\n".join(comparison.notes)
    assert "numbering of b, not with their own: c" in text
    assert "no numbering stated, scored with that of b: a" in text


def test_without_any_numbering_every_word_of_the_references_has_a_number(make_run: MakeRun) -> None:
    assert "every word of the evaluated references" in made(make_run("a")).notes[0]


def test_runs_decoded_differently_are_told_of(make_run: MakeRun) -> None:
    settings = [{"settings": {"beams": beams}} for beams in ([3, 1], [1])]
    comparison = made(make_run("a", record=settings[0]), make_run("b", record=settings[1]))
    assert any("differ in how they were decoded: beam 3, greedy" in note for note in comparison.notes)


def test_shared_pairs_alone_are_scored_and_said_to_be(make_run: MakeRun) -> None:
    comparison = made(make_run("a"), make_run("b", pairs=range(24)), common=True)
    assert comparison.pairs == 24
    assert any("Only the 24 pairs" in note and "6 others" in note for note in comparison.notes)


def test_subsets_without_a_pair_are_left_out_with_a_note(make_run: MakeRun) -> None:
    folder = make_run("a", pairs=[0, 1, 3])
    comparison = made(folder)
    assert [table.subset for table in comparison.tables] == ["all", "changed", "accuracy"]
    assert list(comparison.table(None, "accuracy").columns) == ["change_accuracy"]
    assert any("lack of pairs: re-weighted 50/50" in note for note in comparison.notes)
    with pytest.raises(PredictionsError, match="--subset"):
        made(folder, subsets=("no_change",))


def test_published_figures_of_other_pairs_stand_apart(make_run: MakeRun) -> None:
    folder = make_run("a")
    assert all(row.kind != "published" for table in made(folder).tables for row in table.rows)
    last = made(folder, published="levir-cc").tables[-1]
    assert last.subset == "published"
    assert "another set of pairs" in last.notes[0]
    assert "do not compare" in last.notes[0]
    assert last.row("Chg2Cap 2023 [ids]").cells["bleu_4"].value == 64.39
    whu = made(folder, published="whu-cdc").tables[-1]
    assert list(whu.columns) == ["s_m"]


def test_published_figures_of_the_same_pairs_stand_in_the_table_of_their_mode(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    from deltascribe.evaluation.comparison.published import PublishedSet

    monkeypatch.setattr(PublishedSet, "covers", lambda self, *facts: self.key == "levir-cc")
    folder = make_run("a")
    table = made(folder).table("ids", "all")
    assert [row.kind for row in table.rows] == ["run", *["published"] * 11]
    assert table.row("DFM 2026 [ids, second-hand]").cells["meteor"].value is None
    assert "Published rows" in table.notes[0]
    assert all(row.kind != "published" for row in made(folder, published="none").table("ids", "all").rows)
    changed_only = made(folder, subsets=("changed",)).tables[-1]
    assert (changed_only.subset, "do not compare with other modes or subsets" in changed_only.notes[0]) == ("published", True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"subsets": ("al",)}, "no subset 'al'"),
        ({"metrics": ("bleu",)}, "bleu_1, bleu_2"),
        ({"metrics": ()}, "no metric"),
        ({"baseline": "z"}, "No row is named 'z'. Choose the baseline from: a"),
        ({"published": "coco"}, "levir-cc"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(make_run: MakeRun, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        made(make_run("a"), **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"permutations": 0}, r"--permutations is 0\. Give a number from 1 to 1000000; 10000 is usual"),
        ({"permutations": 1_000_001}, "--permutations is 1000001"),
        ({"resamples": 0}, r"--resamples is 0\. Give a number from 1 to 1000000; 1000 is usual"),
        ({"resamples": -3}, "--resamples is -3"),
        ({"level": 95}, r"--level is 95\. .*between 0 and 1"),
        ({"seed": -1}, r"--seed is -1\. Give 0 or more"),
    ],
)
def test_impossible_numbers_are_refused_by_the_name_of_their_option(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Resampling(**settings)


def test_a_perfect_flag_with_the_fixed_sentences_of_the_first_run_that_has_any_stands_under_the_runs(make_run: MakeRun) -> None:
    sentence = {"sentence": "a road appears near a lake", "chosen_on": "val", "cider_d_there": 30.5}
    folders = [
        make_run("a"),
        make_run("b", record={"fixed_sentences": [sentence]}),
        make_run("c", record={"fixed_sentences": [{**sentence, "sentence": "x"}]}),
    ]
    comparison = made(*folders, anchors=True)
    label = 'perfect flag + always "a road appears near a lake" (best on val)'
    said = ["the scene is the same as before" if index % 3 == 2 else sentence["sentence"] for index in range(30)]
    for subset in ("all", "changed"):
        table = comparison.table("ids", subset)
        assert [row.kind for row in table.rows[3:]] == ["constant", "oracle", "human"]
        expected = own_scorer().score("", said).subset(subset).scores["cider_d"]
        assert table.row(label).cells["cider_d"].value == pytest.approx(100 * expected)
    text = "\n".join(comparison.notes)
    assert "the fixed sentences in the scores.json of b" in text
    assert "compare has no training captions" in text


def test_without_a_fixed_sentence_a_note_says_how_to_get_the_row(make_run: MakeRun) -> None:
    folder = make_run("a", record={"fixed_sentences": []})
    (note,) = [note for note in made(folder, anchors=True).notes if "no run has" in note]
    assert "deltascribe evaluate MODEL DATA -o RUN" in note
    assert "deltascribe score FILE REFERENCES -o RUN" in note
    assert not any("perfect flag" in note for note in made(folder).notes)


def test_a_row_can_be_chosen_whose_numbering_is_used(make_run: MakeRun) -> None:
    words = [{"words": list(known), "source": "own"} for known in (("a", "built", "road"), ("a", "lake", "is"))]
    folders = [make_run("a", record={"numbering": words[0]}), make_run("b", 0.9, record={"numbering": words[1]}), make_run("c")]
    comparison = made(*folders, vocabulary_from="b")
    expected = own_scorer(("a", "lake", "is")).score("", captions(folders[0])).subset().scores["meteor"]
    assert comparison.table("ids", "all").row("a").cells["meteor"].value == pytest.approx(100 * expected)
    assert "numbering of b, not with their own: a." in comparison.notes[0]
    assert comparison.vocabulary == "3 words, own"
    with pytest.raises(ConfigError, match=r"No row is named 'z'\. Choose --vocabulary-from from: a, b, c"):
        made(*folders, vocabulary_from="z")
    with pytest.raises(ConfigError, match=r"c states no numbering.*Choose one that does: a, b\."):
        made(*folders, vocabulary_from="c")


def test_a_metric_that_cannot_be_computed_stays_as_dashes(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object) -> Meteor:
        raise MissingDependencyError("pycocoevalcap", "METEOR", "evaluate")

    monkeypatch.setattr(Meteor, "english", missing)
    comparison = made(make_run("a"), make_run("b", 0.9), modes=("words",), anchors=True)
    table = comparison.table("words", "all")
    assert list(table.columns)[4:] == ["meteor", "rouge_l", "cider_d", "s_m"]
    assert {row.cells[key].value for row in table.rows for key in ("meteor", "s_m")} == {None}
    assert set(table.row("b").tested) == {"bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider_d"}
    assert any("pip install 'deltascribe[evaluate]'" in note for note in comparison.notes)
    text = render(made(make_run("c"), make_run("d", 0.9), modes=("words",), metrics=("meteor",)))
    assert "|  | METEOR |\n| --- | --: |\n| c | - |\n| d | - |" in text
    assert "-: METEOR, and so S\\*m, could not be computed" in text


def test_exact_meteor_on_words_gives_no_empty_table(make_run: MakeRun) -> None:
    comparison = made(make_run("a"), modes=("ids", "words"), metrics=("meteor_exact",))
    assert {table.mode for table in comparison.tables} == {"ids", None}
    assert "in the mode ids alone: no tables of words" in comparison.notes[0]
    with pytest.raises(ConfigError, match="--mode ids"):
        made(make_run("b"), modes=("words",), metrics=("meteor_exact",))


def test_a_score_that_no_run_can_have_stays_as_dashes(make_run: MakeRun) -> None:
    table = made(make_run("a"), make_run("b", 0.9), subsets=("no_change",)).table("ids", "no_change")
    assert [table.row("a").cells[key].value for key in ("cider_d", "s_m")] == [None, None]
    assert not {"cider_d", "s_m"} & set(table.row("b").tested)


def test_published_rows_obey_the_choice_of_metrics(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    from deltascribe.evaluation.comparison.published import PublishedSet

    folder = make_run("a")
    apart = made(folder, published="levir-cc", metrics=("bleu_1", "meteor")).tables[-1]
    assert list(apart.columns) == ["meteor"]
    assert len(apart.rows) == 8
    assert not any(row.comparable for row in apart.rows)
    nothing = made(folder, published="levir-cc", metrics=("bleu_1",))
    assert all(table.subset != "published" for table in nothing.tables)
    assert any("none of the metrics asked for" in note for note in nothing.notes)
    monkeypatch.setattr(PublishedSet, "covers", lambda self, *facts: self.key == "levir-cc")
    rows = [row for row in made(folder, metrics=("meteor",)).table("ids", "all").rows if row.kind == "published"]
    assert {row.label for row in rows if not row.comparable} == {
        "KCFI 2024 [mode not stated]",
        "CCExpert-7b 2024 [mode not stated, 200,000 extra pairs]",
    }
    assert len(rows) == 8


def test_a_stammer_and_an_empty_sentence_are_judged_as_elsewhere(make_run: MakeRun) -> None:
    folder = make_run("a")
    entries = read_predictions(folder / "predictions.jsonl")
    said = ["", "a road", "the scene is the same as before and before"]
    write_predictions(folder / "predictions.jsonl", [replace(entry, caption=said[index % 3]) for index, entry in enumerate(entries)])
    cells = made(folder).table(None, "accuracy").row("a").cells
    assert (cells["change_accuracy"].value, cells["no_change_accuracy"].value) == (50, 100)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"name": "levir", "format": "levir_mci", "split": "test", "pairs": 30}, "levir (levir_mci), split test"),
        ({"source": "/data/mine/captions.json (JSON of name to sentences)", "split": None}, "captions.json"),
        ({"source": "refs/LevirCCcaptions.json", "split": "val"}, "LevirCCcaptions.json, split val"),
        ({"pairs": 3}, ""),
    ],
)
def test_the_data_set_is_named_as_the_records_have_it(make_run: MakeRun, data: dict[str, Any], text: str) -> None:
    assert made(make_run("a"), make_run("b", record={"data": data})).data == text
