"""Scores on the real references of LEVIR-CC's test split, where these are on the machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deltascribe.metrics import CaptionScorer, FixedSentence, PredictorScores, bleu, cider_d, rouge_l
from deltascribe.text import is_no_change, tokenize

FIXED = FixedSentence("some houses are built along the road", 0.0, "train")


@pytest.fixture(scope="module")
def references(shared_data: Path) -> list[list[str]]:
    captions: dict[str, list[str]] = json.loads((shared_data / "levircc" / "captions_all.json").read_text(encoding="utf-8"))
    return [sentences for name, sentences in captions.items() if name.startswith("test_")]


@pytest.fixture(scope="module")
def rows(references: list[list[str]]) -> tuple[PredictorScores, ...]:
    return CaptionScorer(references, [not is_no_change(sentences) for sentences in references]).constants([FIXED])


@pytest.mark.parametrize(
    ("row", "metric", "expected"),
    [
        # made once with pycocoevalcap 1.2 on the same words
        (0, "bleu_4", 51.49),
        (0, "rouge_l", 60.60),
        (0, "cider_d", 101.93),
        (1, "bleu_4", 64.01),
        (1, "rouge_l", 73.13),
        (1, "cider_d", 125.01),
    ],
)
def test_constant_predictions_score_as_pycocoevalcap_has_them(
    rows: tuple[PredictorScores, ...], row: int, metric: str, expected: float
) -> None:
    score = rows[row].subset("all").scores[metric]
    assert score is not None
    assert 100 * score == pytest.approx(expected, abs=0.0051)


def test_other_pairs_captions_score_as_with_the_coco_scorers(references: list[list[str]]) -> None:
    pytest.importorskip("pycocoevalcap")
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    some = references[::10]
    words = [[tokenize(sentence) for sentence in entry] for entry in some]
    said = [words[(index + 7) % len(words)][index % 5] for index in range(len(words))]
    gold = {index: [" ".join(sentence) for sentence in entry] for index, entry in enumerate(words)}
    guess = {index: [" ".join(sentence)] for index, sentence in enumerate(said)}
    assert bleu(said, words) == pytest.approx(Bleu(4).compute_score(gold, guess, verbose=0)[0], abs=1e-12)
    assert rouge_l(said, words) == pytest.approx(Rouge().compute_score(gold, guess)[0], abs=1e-12)
    assert cider_d(said, words) == pytest.approx(Cider().compute_score(gold, guess)[0], abs=1e-9)
