from __future__ import annotations

import pytest

from deltascribe.errors import ConfigError
from deltascribe.metrics import FixedSentence, SetScorer, WordNumbering
from deltascribe.text.special import NO_CHANGE_SENTENCES

REFERENCES = [
    ["two houses are built on the left", "some houses appear on the left"],
    ["a road is built through the woods", "the woods are cut by a new road"],
    list(NO_CHANGE_SENTENCES),
]
SAID = ["two houses appear", "a road appears", "there is no difference"]
NAMES = ["a", "b", "c"]


def test_each_mode_gets_its_table_with_anchors_and_intervals() -> None:
    scorer = SetScorer(REFERENCES, training_captions=["a pool appears"], fixed=[FixedSentence("a road appears", 1, "val")], resamples=30)
    tables = scorer.score("mine", NAMES, SAID)
    assert list(tables) == ["ids", "words"]
    for mode, table in tables.items():
        assert table.mode == mode
        assert [row.label[:6] for row in table.constants] == ["always", "perfec", "perfec", "human,"]
        assert list(table.intervals) == ["all", "balanced", "changed"]
        low, high = table.intervals["all"]["rouge_l"]
        assert low <= table.score("rouge_l") <= high
        assert any("30 resamples, seed 0" in note for note in table.notes)


def test_flags_come_from_the_references_where_none_are_given() -> None:
    assert SetScorer(REFERENCES, modes=["words"], meteor=False).changed == [True, True, False]


def test_without_a_numbering_every_word_of_the_references_has_a_number() -> None:
    scorer = SetScorer(REFERENCES, modes=["ids"])
    assert "every word in the evaluated references" in scorer.numbering.describe()
    given = WordNumbering.build(["a road"], 1, "train captions")
    assert SetScorer(REFERENCES, modes=["ids"], numbering=given).numbering is given


def test_anchors_are_scored_once_and_may_be_left_out() -> None:
    scorer = SetScorer(REFERENCES, modes=["ids"], resamples=0)
    assert scorer.score("a", NAMES, SAID)["ids"].constants is scorer.score("b", NAMES, SAID)["ids"].constants
    bare = SetScorer(REFERENCES, modes=["ids"], anchors=False, resamples=0).score("a", NAMES, SAID)["ids"]
    assert (bare.constants, bare.intervals, bare.notes) == ((), {}, ())


def test_stages_are_told() -> None:
    stages: list[str] = []
    SetScorer(REFERENCES, modes=["ids"], resamples=0).score("a", NAMES, SAID, tell=stages.append)
    assert stages == ["scores, ids", "intervals, ids", "constants and people"]


def test_a_negative_number_of_resamples_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="Give 0 to leave the intervals out"):
        SetScorer(REFERENCES, resamples=-1)


def test_the_note_says_why_there_is_no_row_of_people() -> None:
    table = SetScorer([["a road"], list(NO_CHANGE_SENTENCES)], modes=["ids"], resamples=0).score("a", ["x", "y"], ["a", "b"])["ids"]
    assert any("single reference" in note for note in table.notes)
