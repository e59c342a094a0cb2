from __future__ import annotations

import pytest

from deltascribe.errors import MissingDependencyError
from deltascribe.metrics import CaptionScorer, Meteor, Protocol, WordNumbering
from deltascribe.metrics.protocol import MeteorVariants

REFERENCES = [["a road is built", "a new road appears"], ["trees are removed", "the trees disappear"]]
SAID = ["a road appears", "the trees are removed"]
NUMBERING = WordNumbering.build([s for entry in REFERENCES for s in entry], 1, "references")


def test_words_are_lower_case_without_punctuation_and_ids_their_numbers() -> None:
    assert Protocol.words().tokens("A Road, appears .") == ["a", "road", "appears"]
    assert Protocol.ids(NUMBERING).tokens("A Road, appears .") == NUMBERING.encode(["a", "road", "appears"])


def test_descriptions_say_how_sentences_are_counted() -> None:
    assert Protocol.words().describe().startswith("words: lower case")
    assert Protocol.ids(NUMBERING).describe() == f"ids: {NUMBERING.describe()}"


def test_ids_have_meteor_with_and_without_number_paraphrases() -> None:
    protocol = Protocol.ids(NUMBERING)
    references = [[protocol.tokens(s) for s in entry] for entry in REFERENCES]
    said = [protocol.tokens(s) for s in SAID]
    scores = CaptionScorer(REFERENCES, [True, True], protocol).score("x", SAID).subset("all").scores
    assert scores["meteor"] == pytest.approx(Meteor.numbers().score(said, references))
    assert scores["meteor_exact"] == pytest.approx(Meteor.exact().score(said, references))
    assert scores["s_m"] == pytest.approx(sum(scores[key] for key in ("bleu_4", "meteor", "rouge_l", "cider_d")) / 4)


def test_without_the_resources_of_english_there_is_no_meteor_but_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(words: object, folder: object = None) -> Meteor:
        raise MissingDependencyError("pycocoevalcap", "METEOR with stems, synonyms and paraphrases", "evaluate")

    monkeypatch.setattr(Meteor, "english", missing)
    scorer = CaptionScorer(REFERENCES, [True, True], Protocol.words())
    scores = scorer.score("x", SAID).subset("all").scores
    assert (scores["meteor"], scores["s_m"]) == (None, None)
    assert scores["rouge_l"] is not None
    assert scorer.meteor.note is not None
    assert "pip install 'deltascribe[evaluate]'" in scorer.meteor.note


def test_words_are_learned_once_for_all_predictors(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []

    def remember(words: set[str], folder: object = None) -> Meteor:
        asked.append(set(words))
        return Meteor.exact()

    monkeypatch.setattr(Meteor, "english", remember)
    variants = MeteorVariants(Protocol.words())
    variants.learn([["a", "road"], ["trees"]])
    variants.learn([["road"]])
    assert asked == [{"a", "road", "trees"}]
    variants.learn([["house"]])
    assert asked[1] == {"a", "road", "trees", "house"}
