from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from deltascribe.captioner import ChangeCaptioner
from deltascribe.datasets import ChangeDataset
from deltascribe.errors import ConfigError, DatasetError, MissingDependencyError, ModelError, PredictionsError
from deltascribe.evaluation import retrieval
from deltascribe.evaluation.retrieval import compare, embed_pairs, embed_sentences, encoder_of, run_retrieval
from deltascribe.metrics.retrieval import relevance, retrieval_scores
from deltascribe.models import Batch
from deltascribe.text import Vocabulary, normalise

MakeDataset = Callable[..., ChangeDataset]


class WordEncoder:
    """A unit vector a sentence, drawn from its words; keeps what it was asked."""

    name = "words"

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.asked: list[str] = []

    def encode(self, sentences: Sequence[str]) -> Tensor:
        self.asked += sentences
        rows = [torch.randn(self.dimension, generator=torch.Generator().manual_seed(sum(map(ord, text)))) for text in sentences]
        return F.normalize(torch.stack(rows), dim=1)


class OracleModel:
    """A model whose pairs lie where their own sentences lie, or where those of the next pair lie."""

    def __init__(self, dataset: ChangeDataset, encoder: WordEncoder, turn: int = 0) -> None:
        self.pixels = torch.stack([dataset[index].pair for index in range(len(dataset))])
        texts = [encoder.encode([normalise(text) for text in record.captions]).mean(0) for record in dataset.records]
        self.vectors = F.normalize(torch.stack(texts), dim=1).roll(turn, 0)
        self.sizes: list[int] = []

    def encode(self, batch: Batch) -> Any:
        assert batch.pair is not None
        self.sizes.append(len(batch.pair))
        rows = [int((self.pixels - pair).abs().flatten(1).sum(1).argmin()) for pair in batch.pair]
        return SimpleNamespace(embedding=self.vectors[rows])

    def embed_text(self, vectors: Tensor) -> Tensor:
        return vectors


def captioner_of(model: Any, **training: Any) -> Any:
    checkpoint = SimpleNamespace(model=model, name="oracle", training=training)
    return SimpleNamespace(checkpoint=checkpoint, device=torch.device("cpu"), size=16)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> WordEncoder:
    """The sentence encoder that every name leads to."""
    words = WordEncoder()
    monkeypatch.setattr(retrieval, "build_sentence_encoder", lambda name, fit_on=None, *, device="cpu": words)
    return words


def test_pairs_and_sentences_are_compared_in_the_shared_space(make_dataset: MakeDataset, encoder: WordEncoder) -> None:
    dataset = make_dataset(3, 2)
    model = OracleModel(dataset, encoder)
    found = run_retrieval(captioner_of(model, sentence_encoder="words"), dataset, ks=(1, 2), batch_size=2, progress=False)
    assert (found.reason, found.encoder, found.notes, found.pairs) == ("", "words", (), 5)
    assert model.sizes == [2, 2, 1]
    sentences, relevant = relevance([record.captions for record in dataset.records])
    similarity = model.vectors.numpy() @ encoder.encode([normalise(text) for text in sentences]).numpy().T
    assert found.scores["all"].to_dict() == retrieval_scores(similarity, relevant, ks=(1, 2)).to_dict()
    # the changed pairs are searched among their own sentences
    sentences, relevant = relevance([record.captions for record in dataset.records[:3]])
    similarity = model.vectors[:3].numpy() @ encoder.encode([normalise(text) for text in sentences]).numpy().T
    assert found.scores["changed"].to_dict() == retrieval_scores(similarity, relevant, ks=(1, 2)).to_dict()


def test_a_model_that_mistakes_its_pairs_scores_lower(make_dataset: MakeDataset, encoder: WordEncoder) -> None:
    dataset = make_dataset(3, 0)
    right, wrong = (
        run_retrieval(captioner_of(OracleModel(dataset, encoder, turn)), dataset, ks=(1,), progress=False).scores["all"] for turn in (0, 1)
    )
    assert (right.image_to_text.recall[1], right.text_to_image.recall[1]) == (1, 1)
    assert (wrong.image_to_text.recall[1], wrong.text_to_image.recall[1]) == (0, 0)


def test_a_limit_and_given_pairs_choose_what_is_searched(make_dataset: MakeDataset, encoder: WordEncoder) -> None:
    dataset = make_dataset(4, 4)
    captioner = captioner_of(OracleModel(dataset, encoder))
    assert run_retrieval(captioner, dataset, limit=3, progress=False).pairs == 3
    unchanged = run_retrieval(captioner, dataset, indices=[5, 6], progress=False)
    assert (set(unchanged.scores), unchanged.pairs) == ({"all"}, 2)


@pytest.mark.parametrize(
    ("captioner", "reason"),
    [
        (SimpleNamespace(), "no checkpoint"),
        (captioner_of(torch.nn.Identity()), "'oracle' has no space"),
        (captioner_of(SimpleNamespace(embed_text=lambda vectors: vectors), sentence_encoder=None), "without TGCL"),
    ],
)
def test_a_model_without_such_a_space_gives_the_reason(make_dataset: MakeDataset, captioner: Any, reason: str) -> None:
    found = run_retrieval(captioner, make_dataset(), progress=False)
    assert reason in found.reason
    assert json.loads(json.dumps(found.to_dict()))["scores"] is None


def test_a_missing_sentence_encoder_is_told_before_an_image_is_read(make_dataset: MakeDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, fit_on: Any = None, *, device: str = "cpu") -> Any:
        raise MissingDependencyError("sentence-transformers", "The sentence encoder", "train")

    dataset = make_dataset()
    dataset.records[0].before.unlink()
    monkeypatch.setattr(retrieval, "build_sentence_encoder", missing)
    found = run_retrieval(captioner_of(SimpleNamespace(embed_text=None), sentence_encoder="minilm"), dataset, progress=False)
    assert "no space" in found.reason
    found = run_retrieval(captioner_of(SimpleNamespace(embed_text=print), sentence_encoder="minilm"), dataset, progress=False)
    assert found.reason.startswith("the sentence encoder 'minilm' can't be used here")
    assert "pip install 'deltascribe[train]'" in found.reason
    assert (found.scores, found.encoder) == ({}, "minilm")


def test_a_fitted_encoder_needs_the_training_captions(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    captions = [text for record in dataset.records for text in record.captions]
    model = OracleModel(dataset, WordEncoder())
    captioner = captioner_of(model, sentence_encoder="tfidf")
    assert "pass the training captions" in run_retrieval(captioner, dataset, progress=False).reason
    encoder = retrieval.build_sentence_encoder("tfidf", captions)
    model.vectors = F.normalize(torch.randn(5, encoder.dimension, generator=torch.Generator().manual_seed(0)), dim=1)
    found = run_retrieval(captioner, dataset, fit_on=captions, progress=False)
    assert set(found.scores) == {"all", "changed"}
    assert "fitted anew" in found.notes[0]


def test_notes_tell_what_the_checkpoint_leaves_open() -> None:
    name, notes = encoder_of(captioner_of(None))
    assert name == "minilm"
    assert "does not record its sentence encoder" in notes[0]
    assert encoder_of(captioner_of(None, sentence_encoder="some/hub-model", gate="none")) == ("some/hub-model", ())
    assert "unchanged pairs were left out" in encoder_of(captioner_of(None, sentence_encoder="minilm", gate="binary"))[1][0]


def test_pair_vectors_are_those_that_the_model_compares_with_texts(tiny_checkpoint: Path, make_dataset: MakeDataset) -> None:
    captioner, dataset = ChangeCaptioner.from_pretrained(tiny_checkpoint, device="cpu"), make_dataset()
    vectors = embed_pairs(captioner, dataset, [3, 0, 4], batch_size=2, progress=False)
    assert (vectors.shape, vectors.dtype) == ((3, 16), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    large = F.interpolate(dataset[0].pair, (64, 64), mode="bilinear", antialias=True, align_corners=False)
    with torch.inference_mode():
        alone = captioner.checkpoint.model.encode(Batch(pair=large[None])).embedding
    np.testing.assert_allclose(vectors[1], alone[0].numpy(), atol=1e-5)
    assert np.abs(vectors[0] - vectors[1]).max() > 0.01


def test_sentence_vectors_go_through_the_text_layer(tiny_checkpoint: Path) -> None:
    captioner, encoder = ChangeCaptioner.from_pretrained(tiny_checkpoint, device="cpu"), WordEncoder(8)
    vectors = embed_sentences(captioner, ["A house is built .", "a road"], encoder).vectors
    assert encoder.asked == ["a house is built", "a road"]
    model = captioner.checkpoint.model
    with torch.inference_mode():
        expected = F.normalize(model.textual(encoder.encode(["a house is built", "a road"])), dim=1)
    np.testing.assert_allclose(vectors, expected.numpy(), rtol=1e-5)


def test_an_encoder_of_another_width_is_a_reason(tiny_checkpoint: Path, make_dataset: MakeDataset, encoder: WordEncoder) -> None:
    captioner = ChangeCaptioner.from_pretrained(tiny_checkpoint, device="cpu")
    with pytest.raises(ModelError, match="vectors of 5 numbers, and the model takes 8"):
        embed_sentences(captioner, ["a road"], WordEncoder(5))
    encoder.dimension = 8
    assert run_retrieval(captioner, make_dataset(), progress=False).reason == ""
    encoder.dimension = 5
    assert "vectors of 5 numbers" in run_retrieval(captioner, make_dataset(), progress=False).reason


@pytest.mark.parametrize("arguments", [{"limit": 0}, {"batch_size": 0}, {"ks": (1, 0)}, {"ks": ()}])
def test_impossible_numbers_are_refused(make_dataset: MakeDataset, arguments: dict) -> None:
    with pytest.raises(ConfigError, match="Give 1 or more"):
        run_retrieval(SimpleNamespace(), make_dataset(), progress=False, **arguments)


def test_a_pair_without_references_is_refused(make_dataset: MakeDataset, encoder: WordEncoder) -> None:
    dataset = make_dataset(extra={"bare": ()})
    with pytest.raises(PredictionsError, match="no reference"):
        run_retrieval(captioner_of(OracleModel(make_dataset(), encoder)), dataset, progress=False)


def test_no_pair_is_refused(make_dataset: MakeDataset) -> None:
    with pytest.raises(DatasetError, match="no pair"):
        run_retrieval(SimpleNamespace(), make_dataset(), indices=[], progress=False)


def test_a_model_that_reads_words_itself_needs_no_sentence_encoder(make_dataset: MakeDataset, encoder: WordEncoder) -> None:
    dataset = make_dataset(3, 2)
    oracle = OracleModel(dataset, encoder)
    words = Vocabulary.build([caption for record in dataset.records for caption in record.captions], 1)
    encoder.asked.clear()

    def embed(tokens: Tensor) -> Tensor:
        return WordEncoder().encode([normalise(words.decode(row.tolist())) for row in tokens])

    model = SimpleNamespace(encode=oracle.encode, embed_sentences=embed, max_length=40)
    captioner = captioner_of(model, sentence_encoder="minilm")
    captioner.checkpoint.vocabulary = words
    found = run_retrieval(captioner, dataset, progress=False)
    assert (found.reason, found.encoder) == ("", "")
    assert not encoder.asked
    assert (
        found.scores
        == run_retrieval(captioner_of(OracleModel(dataset, encoder), sentence_encoder="minilm"), dataset, progress=False).scores
    )


def test_a_gate_on_channels_is_used_as_in_training() -> None:
    generator = torch.Generator().manual_seed(3)
    pairs = F.normalize(torch.randn(3, 6, generator=generator), dim=1)
    texts = F.normalize(torch.randn(4, 6, generator=generator), dim=1)
    gates = torch.rand(4, 6, generator=generator) + 0.1
    expected = torch.stack([F.normalize(pairs * gate, dim=1) @ text for gate, text in zip(gates, texts, strict=True)], 1)
    torch.testing.assert_close(torch.from_numpy(compare(pairs.numpy(), texts.numpy(), gates.numpy())), expected)
    torch.testing.assert_close(torch.from_numpy(compare(pairs.numpy(), texts.numpy(), None)), pairs @ texts.T)


def test_a_model_with_a_gate_on_channels_is_searched_through_it(make_dataset: MakeDataset, encoder: WordEncoder) -> None:
    dataset = make_dataset(3, 2)
    oracle = OracleModel(dataset, encoder)
    model = SimpleNamespace(encode=oracle.encode, embed_text=oracle.embed_text, channel_weights=lambda vectors: torch.ones_like(vectors))
    plain = run_retrieval(captioner_of(oracle, sentence_encoder="words"), dataset, progress=False)
    assert run_retrieval(captioner_of(model, sentence_encoder="words"), dataset, progress=False).scores == plain.scores
    # a gate that lets one channel pass leaves nothing to tell sentences by
    model.channel_weights = lambda vectors: torch.eye(vectors.shape[1])[0].expand_as(vectors)
    assert run_retrieval(captioner_of(model, sentence_encoder="words"), dataset, progress=False).scores != plain.scores
