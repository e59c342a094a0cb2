"""Sentence vectors of all captions that training can meet, computed once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from deltascribe.text import ALL_DIHEDRALS, SentenceEncoder, normalise, rewrite_directions


class TextVectors:
    """Unit vectors by sentence; a pair's vector is the mean of its captions', made unit again.

    Args:
        encoder: frozen sentence encoder.
        captions: all training captions; the forms that augmentation turns them into are covered too.
    """

    def __init__(self, encoder: SentenceEncoder, captions: Iterable[str]) -> None:
        sentences: dict[str, None] = {}
        for caption in captions:
            for transform in ALL_DIHEDRALS:
                rewritten = rewrite_directions(caption, transform)
                if rewritten is not None:
                    sentences[normalise(rewritten)] = None
        self._rows = {sentence: row for row, sentence in enumerate(sentences)}
        self._vectors = encoder.encode(list(sentences))

    def __call__(self, captions: Sequence[str]) -> Tensor:
        """Captions of one pair -> unit vector [E]; captions never seen before are left out, and zero is given where all are."""
        rows = [row for caption in captions if (row := self._rows.get(normalise(caption))) is not None]
        if not rows:
            return torch.zeros(self._vectors.shape[1])
        return F.normalize(self._vectors[rows].mean(0), dim=0)
