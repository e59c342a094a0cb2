"""The gate of the change flag, and what a description holds."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
import torch

from deltascribe.generation import Generated, describe, generate
from deltascribe.models import Batch
from deltascribe.text import NO_CHANGE_CAPTION, Vocabulary

WORDS = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", "a", "house", "road", "appears", "near", "tree"))
LOGITS = [-3.0, -1e-3, 0.0, 2.0]


@pytest.fixture
def batch() -> Batch:
    return Batch(pair=torch.tensor(LOGITS).view(4, 1, 1, 1, 1).expand(4, 2, 3, 2, 2))


@pytest.fixture
def model(make_model: Any) -> Any:
    return make_model(words=len(WORDS), end_bias=-1.0)


def test_the_gate_closes_below_one_half(model: Any, batch: Batch) -> None:
    results = describe(model, WORDS, batch)
    written = [WORDS.decode(sentences[0].tokens) for sentences in generate(model, model.encode(batch))]
    assert [result.caption for result in results] == [NO_CHANGE_CAPTION, NO_CHANGE_CAPTION, *written[2:]]
    assert NO_CHANGE_CAPTION not in written
    assert [result.change_probability for result in results] == pytest.approx(torch.tensor(LOGITS).sigmoid().tolist())


def test_without_the_gate_every_sentence_passes(model: Any, batch: Batch) -> None:
    gated, free = describe(model, WORDS, batch), describe(model, WORDS, batch, gate=False)
    for one, two in zip(gated, free, strict=True):
        assert two.caption == WORDS.decode(two.sentences[0].tokens)
        assert one.sentences == two.sentences  # a closed gate still shows what the decoder wrote


@pytest.mark.parametrize("gate", [True, False])
def test_an_open_gate_prefers_a_sentence_that_tells_of_a_change(
    model: Any, batch: Batch, monkeypatch: pytest.MonkeyPatch, gate: bool
) -> None:
    words = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", *dict.fromkeys(f"{NO_CHANGE_CAPTION} road appears".split())))
    same, road = words.encode(NO_CHANGE_CAPTION)[1:-1], words.encode("road appears")[1:-1]
    written = [Generated(same, [-1.0], -1.0, -1.0), Generated(road, [-2.0], -2.0, -2.0)]
    monkeypatch.setattr(import_module("deltascribe.generation.describe"), "generate", lambda *_, **__: [written] * 4)
    captions = [result.caption for result in describe(model, words, batch, gate=gate)]
    assert captions == [NO_CHANGE_CAPTION] * 2 + ["road appears" if gate else NO_CHANGE_CAPTION] * 2


@pytest.mark.parametrize("told", ["road appears", NO_CHANGE_CAPTION])
def test_a_garbled_no_change_sentence_is_never_told_of_a_change(
    model: Any, batch: Batch, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    words = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", *dict.fromkeys(f"{NO_CHANGE_CAPTION} road appears".split())))
    texts = [NO_CHANGE_CAPTION.replace("as before", "as as before"), told]
    written = [Generated(words.encode(text)[1:-1], [-1.0], -1.0, -1.0) for text in texts]
    monkeypatch.setattr(import_module("deltascribe.generation.describe"), "generate", lambda *_, **__: [written] * 4)
    assert [result.caption for result in describe(model, words, batch)][2:] == [told] * 2


@pytest.mark.parametrize(("beams", "alternatives", "given"), [(3, 1, 1), (3, 3, 3), (1, 4, 1)])
def test_alternatives_are_at_most_the_beams(model: Any, batch: Batch, beams: int, alternatives: int, given: int) -> None:
    for result in describe(model, WORDS, batch, beams=beams, alternatives=alternatives):
        assert len(result.sentences) == given


def test_mask_and_level_weights_are_given_where_the_model_has_them(model: Any, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert describe(model, WORDS, batch)[0].mask is None
    memory = replace(model.encode(batch), mask_logits=torch.zeros(4, 1, 3, 5), level_weights=torch.eye(4))
    monkeypatch.setattr(model, "encode", lambda _: memory)
    for row, result in enumerate(describe(model, WORDS, batch)):
        assert result.mask is not None
        assert result.level_weights is not None
        assert torch.equal(result.mask, torch.full((3, 5), 0.5))
        assert torch.equal(result.level_weights, torch.eye(4)[row])


def test_a_model_of_short_captions_writes_short_ones(make_model: Any, batch: Batch) -> None:
    model = make_model(words=len(WORDS), end_bias=-50.0, max_length=6)
    for result in describe(model, WORDS, batch):
        assert len(result.sentences[0].tokens) == 4
