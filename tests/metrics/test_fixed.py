from __future__ import annotations

import random

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.metrics import CiderD, best_fixed_sentence
from deltascribe.text import tokenize
from deltascribe.text.special import NO_CHANGE_CAPTION, NO_CHANGE_SENTENCES

STILL = [tokenize(sentence) for sentence in NO_CHANGE_SENTENCES]


def make_set(seed: int) -> tuple[list[list[list[str]]], list[bool]]:
    rng = random.Random(seed)
    changed = [rng.random() < 0.6 for _ in range(25)]
    changed[0] = True
    parts = (
        ["some houses", "a road", "many trees"],
        ["are built", "appears", "are removed"],
        ["at the top", "on the left", "beside the road road"],
    )
    make = lambda: tokenize(" ".join(rng.choice(part) for part in parts))  # noqa: E731
    return [[make() for _ in range(rng.randint(1, 5))] if flag else STILL for flag in changed], changed


@pytest.mark.parametrize("seed", range(4))
def test_the_choice_equals_trying_each_sentence_with_the_scorer(seed: int) -> None:
    references, changed = make_set(seed)
    scorer, still = CiderD(references), tokenize(NO_CHANGE_CAPTION)
    candidates = sorted({tuple(sentence) for entry, flag in zip(references, changed, strict=True) if flag for sentence in entry})
    scores = {words: scorer.score([words if flag else still for flag in changed]) for words in candidates}
    best = best_fixed_sentence(references, changed, chosen_on="val")
    assert best.cider_d == pytest.approx(max(scores.values()), abs=1e-12)
    assert scores[tuple(best.sentence.split())] == pytest.approx(best.cider_d, abs=1e-12)
    assert best.chosen_on == "val"


def test_the_sentence_that_fits_most_pairs_wins() -> None:
    common, rare = tokenize("two villas are built here"), tokenize("one tree is gone now")
    references = [[common], [common], [rare], STILL, STILL]
    assert best_fixed_sentence(references, [True, True, True, False, False]).sentence == "two villas are built here"


def test_of_equal_sentences_the_alphabetically_first_wins() -> None:
    references = [[tokenize("b c d e")], [tokenize("a f g h")]]
    assert best_fixed_sentence(references, [True, True]).sentence == "a f g h"


def test_a_set_without_change_gives_no_sentence() -> None:
    with pytest.raises(PredictionsError, match="no changed pair"):
        best_fixed_sentence([STILL], [False])
    with pytest.raises(PredictionsError, match="2 change flags"):
        best_fixed_sentence([STILL], [False, True])
