"""TF-IDF with singular value decomposition, against numpy on small captions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from deltascribe.errors import ConfigError
from deltascribe.text.tfidf import TfidfSvdEncoder

CAPTIONS = [
    "a road is built",
    "two houses are built",
    "the trees are removed and a road is built",
    "houses replace the trees",
    "a pond",
] * 3


def test_vectors_equal_those_of_numpys_svd() -> None:
    words = sorted({word for caption in CAPTIONS for word in caption.split()})
    counts = np.array([[caption.split().count(word) for word in words] for caption in CAPTIONS], dtype=float)
    weights = counts * (np.log((1 + len(CAPTIONS)) / (1 + (counts > 0).sum(0))) + 1)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    right = np.linalg.svd(weights)[2][:3]
    expected = weights @ right.T
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    vectors = TfidfSvdEncoder.fit(CAPTIONS, dimension=3).encode(CAPTIONS).double().numpy()
    # the similarities do not depend on the signs of the singular vectors
    np.testing.assert_allclose(vectors @ vectors.T, expected @ expected.T, atol=1e-5)


def test_signs_are_fixed_by_the_largest_entry() -> None:
    basis = TfidfSvdEncoder.fit(CAPTIONS, dimension=4)._basis
    assert (basis.gather(0, basis.abs().argmax(0, keepdim=True)) > 0).all()


def test_vectors_have_unit_length_even_for_unknown_words() -> None:
    vectors = TfidfSvdEncoder.fit(CAPTIONS).encode(["a road", "zebra", "", "THE trees."])
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))
    torch.testing.assert_close(vectors[1], vectors[2])


def test_like_sentences_are_closer_than_unlike_ones() -> None:
    road, again, pond = TfidfSvdEncoder.fit(CAPTIONS).encode(["a road is built", "the road is built", "a pond"])
    assert road @ again > road @ pond


def test_a_fit_is_repeatable_and_its_name_tells_fits_apart() -> None:
    first, second = TfidfSvdEncoder.fit(CAPTIONS), TfidfSvdEncoder.fit(CAPTIONS)
    assert first.name == second.name
    assert torch.equal(first.encode(CAPTIONS), second.encode(CAPTIONS))
    assert TfidfSvdEncoder.fit(CAPTIONS[:4]).name != first.name


def test_the_dimension_is_at_most_the_number_of_words() -> None:
    encoder = TfidfSvdEncoder.fit(["a road", "a house"], dimension=128)
    assert encoder.dimension == 3
    assert encoder.encode(["a road"]).shape == (1, 3)
    assert encoder.encode([]).shape == (0, 3)


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(ConfigError, match="training split"):
        TfidfSvdEncoder.fit(["", " . "])
    with pytest.raises(ConfigError, match="1 or more"):
        TfidfSvdEncoder.fit(CAPTIONS, dimension=0)
