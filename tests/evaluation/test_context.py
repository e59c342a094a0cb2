from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.errors import ConfigError, VocabularyError
from deltascribe.evaluation import build_context, read_split_captions
from deltascribe.text.special import NO_CHANGE_SENTENCES

STILL = (NO_CHANGE_SENTENCES, False)
CAPTIONS = {
    "train": [(("a road is built",) * 5, True), STILL],
    "val": [(("a barn is torn down", "a barn is gone"), True), STILL],
    "test": [(("a kiln is built",) * 6, True)],
}


def test_words_of_the_train_split_have_numbers() -> None:
    numbering = build_context(CAPTIONS, "test").numbering
    assert numbering is not None
    assert numbering.words == ("a", "built", "is", "road")


def test_parity_counts_words_over_all_splits() -> None:
    numbering = build_context(CAPTIONS, "test", vocabulary="parity").numbering
    assert numbering is not None
    assert numbering.words == ("a", "built", "is", "kiln", "the")  # road is seen five times only
    assert "all splits" in numbering.source


def test_another_count_gives_another_vocabulary() -> None:
    numbering = build_context(CAPTIONS, "test", vocabulary="parity", min_count=5).numbering
    assert numbering is not None
    assert numbering.words == ("a", "built", "is", "kiln", "road", "the")


def test_without_anchors_nothing_is_chosen_and_nothing_warned_of() -> None:
    context = build_context({"test": CAPTIONS["test"]}, "test", vocabulary="references", anchors=False)
    assert (context.fixed, context.training_captions, context.warnings) == ((), (), ())


def test_the_fixed_sentence_and_the_random_captions_come_from_other_splits() -> None:
    context = build_context(CAPTIONS, "test")
    assert context.fixed[0].sentence in ("a barn is torn down", "a barn is gone")
    assert context.fixed[0].chosen_on.startswith("val")
    assert context.training_captions == ("a road is built",) * 5
    assert context.warnings == ()


@pytest.mark.parametrize(
    ("captions", "options", "warning"),
    [
        ({"test": CAPTIONS["test"]}, {}, "no captions of the split train"),
        ({"test": CAPTIONS["test"]}, {"vocabulary": "parity"}, "no captions of the split train, val"),
        ({"test": CAPTIONS["test"]}, {}, "no row of random training captions"),
        ({"test": CAPTIONS["test"]}, {}, "no row of a fixed sentence: there is no split 'val'"),
        ({**CAPTIONS, "val": [STILL]}, {}, "no row of a fixed sentence"),
        (CAPTIONS, {"fixed_from": "test"}, "looks better than it is"),
    ],
)
def test_what_is_missing_is_warned_of(captions: dict, options: dict, warning: str) -> None:
    assert any(warning in entry for entry in build_context(captions, "test", **options).warnings)


def test_a_train_split_of_few_words_is_a_warning_and_no_error() -> None:
    few = {**CAPTIONS, "train": [(("a road",), True)]}
    context = build_context(few, "test")
    assert context.numbering is None
    assert any("every word of the evaluated references: No word occurs 5 times" in warning for warning in context.warnings)
    with pytest.raises(VocabularyError, match="No word occurs 4 times"):
        build_context(few, "test", min_count=4)
    assert build_context(few, "test", numbered=False).warnings == ()


def test_random_captions_of_the_evaluated_split_are_warned_of() -> None:
    assert any("random training captions is drawn from 'train'" in warning for warning in build_context(CAPTIONS, "train").warnings)


def test_nothing_is_warned_of_that_was_not_asked_for() -> None:
    context = build_context(CAPTIONS, "test", fixed_from="none", vocabulary="references")
    assert (context.numbering, context.fixed, context.warnings) == (None, (), ())


@pytest.mark.parametrize(("options", "message"), [({"vocabulary": "mine"}, "no vocabulary 'mine'"), ({"fixed_from": "tset"}, "no split")])
def test_unknown_choices_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_context(CAPTIONS, "test", **options)


def test_captions_of_all_splits_of_a_folder_are_read_and_a_missing_split_is_left_out(tmp_path: Path) -> None:
    for date in ("before", "after"):
        (tmp_path / date).mkdir()
        for name in ("p0", "p1"):
            (tmp_path / date / f"{name}.png").write_bytes(b"never opened")
    (tmp_path / "captions.csv").write_text("name,split,caption\np0,train,a road is built\np1,test,there is no difference\n")
    captions = read_split_captions(tmp_path)
    assert captions == {"train": [(("a road is built",), True)], "test": [(("there is no difference",), False)]}
