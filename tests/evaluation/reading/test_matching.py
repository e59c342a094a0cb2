"""Matching predictions with references."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.evaluation.reading import PredictedCaption, ReferenceSet, match, match_file


def reference_set(*names: str, **more: object) -> ReferenceSet:
    return ReferenceSet({name: (f"one {name}", f"two {name}") for name in names}, {name: name != "b" for name in names}, None, "x", **more)


def said(*names: str) -> list[PredictedCaption]:
    return [PredictedCaption(name, f"says {name}") for name in names]


def fault(predicted: list[PredictedCaption], references: ReferenceSet, *, allow_missing: bool = False) -> str:
    with pytest.raises(PredictionsError) as caught:
        match(predicted, references, allow_missing=allow_missing)
    return str(caught.value)


def test_pairs_come_in_the_order_of_the_references() -> None:
    found = match(said("c", "a", "b"), reference_set("a", "b", "c"))
    assert found.names == ["a", "b", "c"]
    assert found.hypotheses == ["says a", "says b", "says c"]
    assert found.references[1] == ("one b", "two b")
    assert found.changed == [True, False, True]
    assert found.predicted_changed is None
    assert found.change_probabilities is None
    assert found.notes == ["Names matched: 3 exactly."]


def test_flags_and_probabilities_are_given_where_every_pair_has_them() -> None:
    whole = [PredictedCaption("b", "x", True, 0.5), PredictedCaption("a", "y", False, 0.0)]
    found = match(whole, reference_set("a", "b"))
    assert found.predicted_changed == [False, True]
    assert found.change_probabilities == [0.0, 0.5]
    partly = match([whole[0], PredictedCaption("a", "y", False)], reference_set("a", "b"))
    assert partly.predicted_changed == [False, True]
    assert partly.change_probabilities is None
    assert "change_probability is there for 1 of 2 pairs only and was not used." in partly.notes


@pytest.mark.parametrize(
    ("predicted", "known"),
    [("a.png", "a"), ("a", "a.png"), ("a.jpg", "a.PNG"), ("test/A/a.png", "a"), ("C:\\test\\a.tif", "a"), ("x/test/a", "test/a.png")],
)
def test_names_match_by_stem_and_a_note_says_so(predicted: str, known: str) -> None:
    found = match(said(predicted, "b"), reference_set(known, "b"))
    assert found.names == [known, "b"]
    assert found.hypotheses[0] == f"says {predicted}"
    assert found.notes[0].startswith("Names matched: 1 exactly, 1 by file stem (")
    assert found.notes[0].endswith(f" = {known}).")


@pytest.mark.parametrize(("predicted", "known"), [("area.1", "area.2"), ("val/1.png", "test/1.png"), ("A", "a")])
def test_names_that_only_look_alike_do_not_match(predicted: str, known: str) -> None:
    assert "the references do not know (1)" in fault(said(predicted), reference_set(known))


def test_stems_that_fit_several_pairs_are_an_error() -> None:
    message = fault(said("a"), reference_set("a.png", "a.jpg"))
    assert "names that fit several pairs of the references (1): a (a.png; a.jpg)" in message


@pytest.mark.parametrize("names", [("a", "a.png"), ("a.png", "a.jpg"), ("a.png", "a")])
def test_two_names_for_one_pair_are_doubled_and_none_is_chosen(names: tuple[str, str]) -> None:
    assert "pairs given more than once (1): a." in fault(said(*names), reference_set("a"))


def test_numbers_of_images_match_unless_a_file_has_the_same_name() -> None:
    found = match(said("4", "7"), reference_set("a.png", "b.png", aliases={"4": "a.png", "7": "b.png"}))
    assert found.hypotheses == ["says 4", "says 7"]
    assert found.notes == ["Names matched: 2 by the number of the image (4 = a.png)."]
    message = fault(said("1", "2"), reference_set("1.png", "2.png", aliases={"0": "1.png", "1": "2.png"}))
    assert "fit several pairs of the references (1): 1 (2.png; 1.png)" in message


def test_all_kinds_of_trouble_are_listed_in_one_error() -> None:
    references = reference_set("test_000001", "test_000002", "test_000003", elsewhere={"val_000001": "val"})
    message = fault(said("test_000001", "test_000001", "test_00002", "val_000001.png"), references)
    assert "more than once (1): test_000001. Keep one" in message
    assert "do not know (2): test_00002 (closest: test_000002); val_000001.png (is in the split val). Correct" in message
    assert "without a prediction (2): test_000002; test_000003. Predict them too, or score the shared pairs alone" in message


def test_shared_pairs_alone_are_scored_on_demand_and_what_is_left_out_is_told() -> None:
    found = match(said("c", "zebra"), reference_set("a", "b", "c"), allow_missing=True)
    assert found.names == ["c"]
    assert found.notes[1:] == [
        "2 of 3 pairs have no prediction and were left out: a; b.",
        "1 predictions are of pairs that the references do not have and were left out: zebra.",
    ]


def test_nothing_shared_is_an_error_even_on_demand() -> None:
    assert "without a prediction (1): a" in fault(said("zebra"), reference_set("a"), allow_missing=True)
    assert "without a prediction (1): a" in fault([], reference_set("a"), allow_missing=True)


def test_doubled_pairs_are_an_error_even_on_demand() -> None:
    assert "more than once" in fault(said("a", "a"), reference_set("a", "b"), allow_missing=True)


def test_empty_captions_are_scored_as_empty_with_a_note() -> None:
    found = match([PredictedCaption("a", ""), PredictedCaption("b", " ")], reference_set("a", "b"))
    assert found.hypotheses == ["", " "]
    assert found.notes[1:] == ["2 of 2 captions hold no word and were scored as empty."]


def test_notes_of_the_references_are_carried_on() -> None:
    assert match(said("a"), reference_set("a", notes=("told",))).notes[1:] == ["told"]


def test_a_file_is_told_its_own_faults_and_those_against_the_references_at_once(tmp_path: Path) -> None:
    rows = [{"name": "a", "caption": None}, {"name": "b", "caption": "x"}, {"name": "b", "caption": "x"}, {"name": "zz", "caption": "x"}]
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n{oops}")
    with pytest.raises(PredictionsError) as caught:
        match_file(path, reference_set("a", "b", "c"))
    heads = [line.split(" (")[0] for line in str(caught.value).splitlines()[1:]]
    assert heads == [
        "- lines that are not valid JSON",
        "- pairs without a caption that is text",
        "- pairs given more than once",
        "- names that the references do not know",
        "- pairs of the references without a prediction",
    ]
    assert "without a prediction (1): c." in str(caught.value), "a pair with a faulty caption isn't missing"


def test_a_sound_file_is_matched(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"a.png": "x", "b.png": "y"}))
    assert match_file(path, reference_set("a", "b")).hypotheses == ["x", "y"]
