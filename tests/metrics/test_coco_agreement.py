"""All metrics against the official scorers themselves; METEOR's jar needs Java (see meteor/test_jar.py for its corners)."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.meteor.meteor import Meteor as JavaMeteor
from pycocoevalcap.rouge.rouge import Rouge

from deltascribe.metrics import Meteor, WordNumbering, bleu, bleu_items, cider_d, cider_d_items, rouge_l, rouge_l_items
from deltascribe.text import tokenize
from deltascribe.text.special import NO_CHANGE_SENTENCES

Case = tuple[list[list[str]], list[list[list[str]]]]
WORDS = ["a", "some", "houses", "road", "roads", "trees", "are", "is", "built", "removed", "on", "along", "the", "and", "bareland"]


def random_case(seed: int, pairs: int, references: tuple[int, int] = (1, 5), shortest: int = 1) -> Case:
    rng = random.Random(seed)

    def sentence(low: int) -> list[str]:
        return rng.choices(WORDS, k=rng.randint(low, 14))

    hypotheses = [sentence(shortest) for _ in range(pairs)]
    return hypotheses, [[sentence(1) for _ in range(rng.randint(*references))] for _ in range(pairs)]


def caption_case() -> Case:
    still = [tokenize(sentence) for sentence in NO_CHANGE_SENTENCES]
    built = [tokenize(f"some {thing} are built {place}") for thing in ("houses", "villas") for place in ("along the road", "at the top")]
    gone = [tokenize(f"the {thing} are removed and a road appears") for thing in ("trees", "plants", "bushes")]
    references = [still, built, gone, still, [*built[:2], *gone[:1]], still]
    hypotheses = [still[0], built[3], built[0], gone[1], tokenize("some unseen words appear along the road"), still[4]]
    return hypotheses, references


CASES: dict[str, Case] = {
    "random": random_case(0, 60),
    "one reference": random_case(1, 40, (1, 1)),
    "five references": random_case(2, 80, (5, 5)),
    "some hypotheses empty": random_case(3, 60, shortest=0),
    "one pair": random_case(4, 1),
    "captions": caption_case(),
    "all empty": ([[], []], [[["a", "b"]], [["c"], ["d", "e"]]]),
    "single words": ([["road"], ["house"]], [[["road"]], [["road"], ["house"]]]),
    "the same pair twice": ([["a", "b", "c", "d", "e"]] * 2, [[["a", "b", "c", "d", "e"], ["a", "b"]]] * 2),
    "a word repeated": ([["the"] * 7, ["a", "b"]], [[["the", "cat", "the"]], [["a", "b"], ["a", "b"]]]),
}


def as_coco(case: Case) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    hypotheses, references = case
    return (
        {index: [" ".join(sentence) for sentence in entry] for index, entry in enumerate(references)},
        {index: [" ".join(sentence)] for index, sentence in enumerate(hypotheses)},
    )


@pytest.mark.parametrize("name", CASES)
def test_bleu_equals_the_coco_scorer(name: str) -> None:
    scores, items = Bleu(4).compute_score(*as_coco(CASES[name]), verbose=0)
    assert bleu(*CASES[name]) == pytest.approx(scores, abs=1e-12)
    assert bleu_items(*CASES[name]) == [pytest.approx(row, abs=1e-12) for row in zip(*items, strict=True)]


@pytest.mark.parametrize("name", CASES)
def test_rouge_l_equals_the_coco_scorer(name: str) -> None:
    score, items = Rouge().compute_score(*as_coco(CASES[name]))
    assert rouge_l(*CASES[name]) == pytest.approx(score, abs=1e-12)
    assert rouge_l_items(*CASES[name]) == pytest.approx(list(items), abs=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_cider_d_equals_the_coco_scorer(name: str) -> None:
    score, items = Cider().compute_score(*as_coco(CASES[name]))
    assert cider_d(*CASES[name]) == pytest.approx(score, abs=1e-9)
    assert cider_d_items(*CASES[name]) == pytest.approx(list(items), abs=1e-9)


@pytest.fixture(scope="module")
def real_case(shared_data: Path) -> Case:
    """3,262 real pairs (val and test): a third each says another pair's sentence, leaves a word out, swaps two words."""
    captions: dict[str, list[str]] = json.loads((shared_data / "levircc" / "captions_all.json").read_text(encoding="utf-8"))
    references = [[tokenize(s) for s in entry] for name, entry in captions.items() if not name.startswith("train_")]
    rng = random.Random(0)
    hypotheses = []
    for row, entry in enumerate(references):
        words = list(rng.choice(references[rng.randrange(len(references))] if row % 3 == 0 else entry))
        first, second = rng.randrange(len(words)), rng.randrange(len(words))
        if row % 3 == 1:
            del words[first]
        elif row % 3 == 2:
            words[first], words[second] = words[second], words[first]
        hypotheses.append(words)
    return hypotheses, references


def test_real_captions_score_as_with_the_official_scorers(real_case: Case) -> None:
    coco = as_coco(real_case)
    assert bleu(*real_case) == pytest.approx(Bleu(4).compute_score(*coco, verbose=0)[0], abs=1e-12)
    assert rouge_l(*real_case) == pytest.approx(Rouge().compute_score(*coco)[0], abs=1e-12)
    score, items = Cider().compute_score(*coco)
    assert cider_d(*real_case) == pytest.approx(score, abs=1e-9)
    assert cider_d_items(*real_case) == pytest.approx(list(items), abs=1e-9)


@pytest.mark.skipif(os.environ.get("DELTASCRIBE_NO_JAVA") == "1", reason="DELTASCRIBE_NO_JAVA=1: METEOR's jar is not run")
@pytest.mark.parametrize("mode", ["ids", "words"])
def test_meteor_of_real_captions_equals_the_jar(real_case: Case, mode: str) -> None:
    hypotheses, references = real_case
    if mode == "ids":
        # rare words share one number, as in published vocabularies
        numbering = WordNumbering.build((" ".join(s) for entry in references for s in entry), 6, "val and test captions")
        hypotheses = [numbering.encode(sentence) for sentence in hypotheses]
        references = [[numbering.encode(sentence) for sentence in entry] for entry in references]
        ours = Meteor.numbers()
    else:
        ours = Meteor.english({word for entry in (*references, hypotheses) for sentence in entry for word in sentence})
    score, items = JavaMeteor().compute_score(*as_coco((hypotheses, references)))
    assert ours.score(hypotheses, references) == pytest.approx(score, abs=1e-12)
    assert ours.items(hypotheses, references) == pytest.approx(items, abs=1e-12)
