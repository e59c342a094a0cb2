"""What every change captioner takes and gives: training, metrics, generation, scenes and export know no more of a model.

A model is an `nn.Module` that follows `CaptionModel`. Its three entry points share the work so that nothing is computed twice:
`encode` turns pixels into `Memory`, `decode` turns memory and words into word scores, and `forward` does both for training.
What goes in and out of `forward` is not frozen, because Lightning rebuilds it when it converts precision.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, Self, runtime_checkable

import torch
from pydantic import BaseModel
from torch import Tensor


def _map_tensors(instance: Any, function: Any) -> Any:
    """The same dataclass with `function` applied to each tensor (and to each in a list), other values kept."""
    changed: dict[str, Any] = {}
    for item in fields(instance):
        value = getattr(instance, item.name)
        if isinstance(value, Tensor):
            changed[item.name] = function(value)
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Tensor):
            changed[item.name] = type(value)(function(entry) for entry in value)
    return replace(instance, **changed)


@dataclass
class Batch:
    """A batch of captioned pairs.

    Attributes:
        pair: images [B, 2, 3, H, W], float32 in 0..1; None where `features` stand in for them.
        tokens: word indices of K captions of each pair [B, K, T]: START first, END after the last word, then PAD.
            A pair with fewer captions has rows of PAD alone.
        text: unit sentence vectors, the mean of each pair's captions [B, E] or one a caption [B, K, E] (zeros for captions that a
            pair lacks), or None.
        changed: 1.0 changed, 0.0 not, NaN unknown [B].
        mask: class indices [B, H, W], uint8, 255 where unknown.
        features: cached output of the model's `frozen_part`, each [B, 2, C, H_l, W_l], or None.
        names: names of the pairs.
        weight: how much each pair counts in the loss of the words [B]; None: the same.
        flag_weight: and in that of the change flag [B].
    """

    pair: Tensor | None = None
    tokens: Tensor | None = None
    text: Tensor | None = None
    changed: Tensor | None = None
    mask: Tensor | None = None
    features: list[Tensor] | None = None
    names: tuple[str, ...] = ()
    weight: Tensor | None = None
    flag_weight: Tensor | None = None

    def to(self, device: torch.device | str) -> Self:
        """The same batch on another device."""
        moved: Self = _map_tensors(self, lambda tensor: tensor.to(device, non_blocking=True))
        return moved


@dataclass
class Memory:
    """What the encoder knows of a batch of pairs: all that decoding needs.

    Attributes:
        tokens: memory tokens [B, N, d], the first h*w of them a row-major grid over the image.
        grid: (h, w) of that grid.
        embedding: pooled difference vector in the space shared with text [B, E], unit length.
        change_logit: logit of "something changed" [B].
        mask_logits: logits of "this place changed" [B, 1, h', w'], or None for a model that marks none.
        level_weights: weight of each difference level [B, L], or None. A model that gives them has an attribute `strides`: pixels of the
            image that a cell of each level spans.
    """

    tokens: Tensor
    grid: tuple[int, int]
    embedding: Tensor
    change_logit: Tensor
    mask_logits: Tensor | None = None
    level_weights: Tensor | None = None

    def select(self, rows: Tensor) -> Self:
        """The pairs `rows`, in that order."""
        chosen: Self = _map_tensors(self, lambda tensor: tensor.index_select(0, rows))
        return chosen


@dataclass
class ModelOutput:
    """What `forward` gives for training.

    Attributes:
        logits: word scores [B, K, T-1, V]: position t scores token t+1.
        memory: the encoder's result.
        text_embedding: the captions' vectors in the shared space [B, E] or [B, K, E], unit length, or None.
        logit_scale: inverse temperature of the shared space (scalar), or None.
        gate: learned weight of each pair in the contrastive loss, in 0..1 [B], or None.
        channel_gate: weight that each text gives to the channels of the shared space, not negative [B, E] or [B, K, E], or None.
        mimicry: distance of each pair's difference features from the change detector's [B], or None.
    """

    logits: Tensor
    memory: Memory
    text_embedding: Tensor | None = None
    logit_scale: Tensor | None = None
    gate: Tensor | None = None
    channel_gate: Tensor | None = None
    mimicry: Tensor | None = None


@dataclass(frozen=True)
class DecoderCache:
    """Keys and values that a decoder keeps between steps, one entry a layer.

    Attributes:
        keys, values: of the words so far, each [R, heads, t, d/heads].
        memory_keys, memory_values: of the memory, each [B, heads, N, d/heads].
    """

    keys: list[Tensor]
    values: list[Tensor]
    memory_keys: list[Tensor]
    memory_values: list[Tensor]

    @property
    def length(self) -> int:
        """Number of words that the cache holds."""
        return self.keys[0].shape[2]

    def reorder(self, rows: Tensor) -> Self:
        """The same memory with the word rows `rows`, in that order (beams move, pairs stay)."""
        keys = [tensor.index_select(0, rows) for tensor in self.keys]
        return replace(self, keys=keys, values=[tensor.index_select(0, rows) for tensor in self.values])

    def keep(self, pairs: Tensor) -> Self:
        """The same words with the memory of `pairs` alone (finished pairs leave)."""
        memory_keys = [tensor.index_select(0, pairs) for tensor in self.memory_keys]
        return replace(self, memory_keys=memory_keys, memory_values=[tensor.index_select(0, pairs) for tensor in self.memory_values])


@runtime_checkable
class CaptionModel(Protocol):
    """A change captioner. Implemented by an `nn.Module`; `check_interface` tells whether one keeps to it.

    Parameters whose names begin with `backbone.` learn at `optimiser.backbone_lr`.
    """

    @property
    def config(self) -> BaseModel:
        """Its settings, which a checkpoint keeps: the model is built from them anew."""
        ...

    gated: bool
    """Whether the change flag decides at inference that nothing changed; else the sentence alone decides."""

    @property
    def max_length(self) -> int:
        """Longest caption in tokens, START and END included."""
        ...

    def forward(self, batch: Batch) -> ModelOutput:
        """Word scores and everything that the losses read; needs `batch.tokens`."""
        ...

    def frozen_part(self, pair: Tensor) -> list[Tensor] | None:
        """Pairs [B, 2, 3, H, W] -> what training never changes, each [B, 2, C, h, w], or None where there is no such part."""
        ...

    def encode(self, batch: Batch) -> Memory:
        """Memory of a batch, from its `pair` and, where they are cached, its `features`."""
        ...

    def decode(self, memory: Memory, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
        """Word scores for `tokens` that follow what `cache` holds.

        Args:
            memory: of B pairs.
            tokens: word indices [R, t], R a multiple of B: row r belongs to pair r // (R / B), so that several captions or beams
                of a pair share its memory without a copy.
            cache: what an earlier call returned; None at the first word.

        Returns:
            Scores [R, t, V], and the cache that includes `tokens`.
        """
        ...


def word_scores(model: CaptionModel, memory: Memory, batch: Batch) -> Tensor:
    """Teacher-forced scores of each next word [B, K, T-1, V] of a batch's captions.

    Raises:
        ValueError: the batch has no `tokens`.
    """
    if batch.tokens is None:
        raise ValueError("word scores need `tokens`: give the batch its captions")
    pairs, captions, length = batch.tokens.shape
    logits, _ = model.decode(memory, batch.tokens[..., :-1].reshape(pairs * captions, length - 1))
    return logits.reshape(pairs, captions, *logits.shape[1:])
