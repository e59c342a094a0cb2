"""The anchor table of LEVIR-CC's test split, where its captions are on the machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deltascribe.metrics import CaptionScorer, FixedSentence, PredictorScores, Protocol, WordNumbering, anchor_rows
from deltascribe.text import is_no_change

FIXED = FixedSentence("some roads and houses are built on bareland", 0.0, "train")

Captions = dict[str, list[str]]


@pytest.fixture(scope="module")
def captions(shared_data: Path) -> Captions:
    loaded: Captions = json.loads((shared_data / "levircc" / "captions_all.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def ids(captions: Captions) -> Protocol:
    # the numbering behind the table: words seen at least five times over all splits (497), alphabetical from 4
    numbering = WordNumbering.build((sentence for entry in captions.values() for sentence in entry), 5, "captions of all splits")
    assert len(numbering.words) == 497
    return Protocol.ids(numbering)


@pytest.fixture(scope="module", params=["ids", "words"])
def rows(request: pytest.FixtureRequest, captions: Captions, ids: Protocol) -> tuple[PredictorScores, ...]:
    test = [sentences for name, sentences in captions.items() if name.startswith("test_")]
    protocol = ids if request.param == "ids" else Protocol.words()
    scorer = CaptionScorer(test, [not is_no_change(sentences) for sentences in test], protocol)
    return anchor_rows(scorer, [FIXED], human=False)


EXPECTED = {
    # B4, METEOR of ids and of words, R, C (ids), S*m (ids)
    0: {"bleu_4": 51.49, "rouge_l": 60.60, "ids": {"meteor": 29.33, "cider_d": 101.93, "s_m": 60.84}, "words": {"meteor": 27.77}},
    1: {"bleu_4": 59.83, "rouge_l": 70.41, "ids": {"meteor": 36.84, "cider_d": 126.70, "s_m": 73.44}, "words": {"meteor": 38.59}},
}


@pytest.mark.parametrize("row", EXPECTED)
def test_constant_predictions_reproduce_the_published_anchors(
    request: pytest.FixtureRequest, rows: tuple[PredictorScores, ...], row: int
) -> None:
    mode = request.node.callspec.params["rows"]
    expected = {key: value for key, value in EXPECTED[row].items() if not isinstance(value, dict)} | EXPECTED[row][mode]
    scores = rows[row].subset("all").scores
    assert {key: 100 * scores[key] for key in expected} == pytest.approx(expected, abs=0.0100001)
