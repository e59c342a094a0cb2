"""Sentence vectors from word counts alone: TF-IDF and a truncated singular value decomposition."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor

from deltascribe.errors import ConfigError
from deltascribe.text.normalise import tokenize

_CHUNK = 2048
_MAX_WORDS = 4000


class TfidfSvdEncoder:
    """Latent semantic analysis (Deerwester et al. 1990) of the training captions; needs no download.

    The weight of a word is its count times ln((1 + n) / (1 + df)) + 1, with n captions of which df hold it. A caption's weights,
    scaled to unit length, are projected on the leading right singular vectors of the training matrix and scaled to unit length
    again. The sign of a singular vector is chosen so that its entry of largest magnitude is positive.

    Attributes:
        name: `tfidf-E-` and a digest of what was fitted, so that two fits are not mistaken for one another.
        dimension: length E of the vectors.
    """

    def __init__(self, index: dict[str, int], idf: Tensor, basis: Tensor, fallback: Tensor) -> None:
        """Takes what `fit` found: word indices, their idf [V], the basis [V, E], and the vector [E] of a sentence of unknown words."""
        self._index, self._idf, self._basis, self._fallback = index, idf, basis, fallback
        self.dimension = basis.shape[1]
        digest = hashlib.sha256()
        digest.update(" ".join(index).encode())
        digest.update(idf.numpy().tobytes())
        self.name = f"tfidf-{self.dimension}-{digest.hexdigest()[:12]}"

    @classmethod
    def fit(cls, captions: Sequence[str], dimension: int = 128) -> Self:
        """Learns the word weights and the basis.

        Args:
            captions: captions of the training split.
            dimension: length of the vectors; fewer where the captions have fewer different words.

        Raises:
            ConfigError: there is no word to learn from, or `dimension` is below 1.
        """
        if dimension < 1:
            raise ConfigError(f"the sentence vectors cannot have {dimension} dimensions; give 1 or more")
        documents = [tokenize(caption) for caption in captions]
        frequency = Counter(word for document in documents for word in set(document))
        if not frequency:
            raise ConfigError("the TF-IDF sentence encoder has no words to learn from; give it the captions of the training split")
        words = sorted(frequency, key=lambda word: (-frequency[word], word))[:_MAX_WORDS]
        index = {word: position for position, word in enumerate(words)}
        idf = torch.tensor([math.log((1 + len(documents)) / (1 + frequency[word])) + 1 for word in words], dtype=torch.float64)
        gram = torch.zeros(len(words), len(words), dtype=torch.float64)
        total = torch.zeros(len(words), dtype=torch.float64)
        for start in range(0, len(documents), _CHUNK):
            rows = _weights(documents[start : start + _CHUNK], index, idf)
            gram += rows.T @ rows
            total += rows.sum(0)
        # the eigenvectors of the Gram matrix are the right singular vectors of the training matrix
        basis = torch.linalg.eigh(gram).eigenvectors.flip(1)[:, :dimension]
        largest = basis.abs().argmax(0, keepdim=True)
        basis = basis * basis.gather(0, largest).sign()
        return cls(index, idf, basis.contiguous(), _unit(total @ basis))

    def encode(self, sentences: Sequence[str]) -> Tensor:
        """Vectors of the sentences.

        Returns:
            Float32 [n, E], unit length; a sentence without a known word gets the mean direction of the training captions.
        """
        vectors = torch.empty(len(sentences), self.dimension)
        for start in range(0, len(sentences), _CHUNK):
            documents = [tokenize(sentence) for sentence in sentences[start : start + _CHUNK]]
            projected = _weights(documents, self._index, self._idf) @ self._basis
            known = projected.norm(dim=1, keepdim=True) > 1e-6
            vectors[start : start + _CHUNK] = torch.where(known, _unit(projected), self._fallback).float()
        return vectors


def _weights(documents: Sequence[Sequence[str]], index: dict[str, int], idf: Tensor) -> Tensor:
    """TF-IDF rows [n, V] of unit length; a row without a known word stays zero."""
    rows = torch.zeros(len(documents), len(index), dtype=torch.float64)
    for row, document in enumerate(documents):
        for word, count in Counter(document).items():
            if word in index:
                rows[row, index[word]] = count
    return _unit(rows * idf)


def _unit(vectors: Tensor) -> Tensor:
    lengths: Tensor = vectors.norm(dim=-1, keepdim=True)
    return vectors / lengths.clamp_min(1e-12)
