"""Sentence vectors of all captions that training can meet, computed once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from deltascribe.files import atomic_write
from deltascribe.locks import locked
from deltascribe.text import ALL_DIHEDRALS, SentenceEncoder, normalise, rewrite_directions


class TextVectors:
    """Unit vectors by sentence; a pair's vector is the mean of its captions', made unit again.

    Args:
        encoder: frozen sentence encoder.
        captions: all training captions; the forms that augmentation turns them into are covered too.
        folder: where the vectors are kept for the next run and for a resume; None computes them each time.
    """

    def __init__(self, encoder: SentenceEncoder, captions: Iterable[str], folder: Path | None = None) -> None:
        sentences: dict[str, None] = {}
        for caption in captions:
            for transform in ALL_DIHEDRALS:
                rewritten = rewrite_directions(caption, transform)
                if rewritten is not None:
                    sentences[normalise(rewritten)] = None
        self._rows = {sentence: row for row, sentence in enumerate(sentences)}
        self._vectors = _encode(encoder, list(sentences), folder)

    def mean(self, captions: Sequence[str]) -> Tensor:
        """Captions of one pair -> unit vector [E]; captions never seen before are left out, and zero is given where all are."""
        return F.normalize(self.each(captions).sum(0), dim=0)

    def each(self, captions: Sequence[str]) -> Tensor:
        """Captions of one pair -> a unit vector each [K, E]; zero for a caption never seen before."""
        vectors = torch.zeros(len(captions), self._vectors.shape[1])
        for place, caption in enumerate(captions):
            row = self._rows.get(normalise(caption))
            if row is not None:
                vectors[place] = self._vectors[row]
        return vectors


def _encode(encoder: SentenceEncoder, sentences: list[str], folder: Path | None) -> Tensor:
    if folder is None:
        return encoder.encode(sentences)
    digest = hashlib.sha256(json.dumps([encoder.name, sentences]).encode()).hexdigest()[:16]
    path = folder / f"text-{digest}.safetensors"
    if path.exists():
        return load_file(path)["vectors"]
    # runs side by side want the same ones, and take them from the first
    with locked(folder, f".text-{digest}.lock", waiting=lambda: None):
        if path.exists():
            return load_file(path)["vectors"]
        vectors = encoder.encode(sentences)
        with atomic_write(path) as temporary:
            save_file({"vectors": vectors.contiguous()}, temporary)
    return vectors
