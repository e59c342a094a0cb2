"""Where a model looked at each word of a caption, and what its gates make of the pair, for some pairs of an evaluation."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from deltascribe.datasets import ChangeDataset, ChangeSample
from deltascribe.errors import ModelError
from deltascribe.evaluation.gates import GateValues, open_gates
from deltascribe.evaluation.predictions import Prediction
from deltascribe.evaluation.progress import batches
from deltascribe.generation import sentence_attention
from deltascribe.models import Batch, Memory
from deltascribe.pair import scale_images
from deltascribe.tiling import plan_tiles

BY_RULE = "The flag says no change: the caption is the fixed sentence, and no word of it was sought in the images."
TILED = "The pair was read in tiles, each with a sentence of its own."
UNTOLD = "The model's decoder tells no attention."


@dataclass(frozen=True, eq=False)
class Look:
    """What can be seen of how a model read one pair.

    Attributes:
        words: of the caption; empty where there is no attention.
        attention: of each word, over the memory's grid [T, h, w]; or [T, 2, h, w], over the first and over the second date. The weights of
            a word sum to 1.
        gates: of TGCL.
        remark: why there is no attention; empty where there is.
    """

    words: tuple[str, ...] = ()
    attention: npt.NDArray[np.float32] | None = None
    gates: GateValues = field(default_factory=GateValues)
    remark: str = ""


@dataclass(frozen=True, eq=False)
class Looks:
    """Looks of some pairs of an evaluation.

    Attributes:
        pairs: by position among the evaluated pairs.
        missing: what can't be told, and in brackets why.
    """

    pairs: Mapping[int, Look]
    missing: tuple[str, ...] = ()


def choose_looks(predictions: Sequence[Prediction], shown: Sequence[int], limit: int, seed: int = 0) -> list[int]:
    """`limit` of the positions `shown`, drawn with the seed, in rising order.

    First come pairs whose sentence the decoder wrote: where the flag alone decided there is no word that one could see sought.
    """
    draw = random.Random(seed)
    own = [row for row in shown if predictions[row].log_probability is not None]
    rest = [row for row in shown if predictions[row].log_probability is None]
    chosen = draw.sample(own, min(limit, len(own)))
    return sorted([*chosen, *draw.sample(rest, min(limit - len(chosen), len(rest)))])


def run_looks(
    captioner: Any,
    dataset: ChangeDataset,
    indices: Sequence[int],
    predictions: Sequence[Prediction],
    rows: Sequence[int],
    *,
    batch_size: int = 16,
    progress: bool = True,
) -> Looks:
    """Looks at pairs that were captioned already: one more pass of the encoder over each, and one of the decoder over its sentence.

    Args:
        captioner: a `ChangeCaptioner`; of any other, nothing can be told.
        dataset: what the pairs are read from.
        indices: which of its pairs were evaluated.
        predictions: what was said of each of them.
        rows: positions among them of the pairs to look at.
        batch_size: pairs read at once.
        progress: show a progress bar on standard error.

    Raises:
        DatasetError, ImageError: a pair cannot be read.
    """
    if getattr(captioner, "checkpoint", None) is None:
        return Looks({}, ("attention and gates (the captioner gives no checkpoint)",))
    reader, no_gates = open_gates(captioner)
    missing = [f"gates ({no_gates})"] if no_gates else []
    looks: dict[int, Look] = {}
    for start in batches(len(rows), batch_size, "looking", progress):
        part = rows[start : start + batch_size]
        samples, said = [dataset[indices[row]] for row in part], [predictions[row] for row in part]
        memory = encode(captioner, samples)
        gates = None if reader is None else reader.read(memory, samples, [entry.changed for entry in said])
        sentences = [None if entry.log_probability is None else entry.caption for entry in said]
        for place, look in enumerate(look_at(captioner, memory, samples, sentences)):
            whole = gates is not None and look.remark != TILED
            looks[part[place]] = Look(look.words, look.attention, gates[place] if whole and gates else GateValues(), look.remark)
    if any(look.remark == UNTOLD for look in looks.values()):
        missing.insert(0, "attention (the decoder tells none)")
    return Looks(looks, tuple(missing))


def mean_levels(levels: Sequence[Mapping[str, float]], changed: Sequence[bool]) -> dict[str, dict[str, float]]:
    """Mean weight of each feature level over the `changed` and over the `no_change` pairs, leaving out pairs without weights.

    Args:
        levels: of each pair; may be empty where none has weights.
        changed: whether each pair changed.
    """
    means = {}
    for kind, truth in (("changed", True), ("no_change", False)):
        group = [weights for weights, flag in zip(levels, changed, strict=bool(levels)) if weights and flag is truth]
        if group:
            means[kind] = {name: sum(weights[name] for weights in group) / len(group) for name in group[0]}
    return means


@torch.inference_mode()
def encode(captioner: Any, samples: Sequence[ChangeSample]) -> Memory:
    """What the model knows of pairs, each scaled whole to its input."""
    pairs = [scale_images(sample.pair, captioner.size, captioner.size) for sample in samples]
    memory: Memory = captioner.checkpoint.model.encode(Batch(pair=torch.stack(pairs).to(captioner.device)))
    return memory


@torch.inference_mode()
def look_at(captioner: Any, memory: Memory, samples: Sequence[ChangeSample], sentences: Sequence[str | None]) -> list[Look]:
    """Where the decoder looked at each word of its own sentences.

    Args:
        captioner: a `ChangeCaptioner`.
        memory: of `encode`.
        samples: the pairs.
        sentences: what the decoder wrote of each pair, in the vocabulary's words; None where it was not asked.
    """
    sizes = [sample.pair.shape[-2:] for sample in samples]
    tiled = [len(plan_tiles(height, width, captioner.size)) > 1 for height, width in sizes]
    looks = [Look(remark=TILED if cut else BY_RULE) for cut in tiled]
    written = [row for row, sentence in enumerate(sentences) if sentence and not tiled[row]]
    if not written:
        return looks
    tokens = [captioner.checkpoint.vocabulary.encode(str(sentences[row]))[1:-1] for row in written]
    mine = memory.select(torch.tensor(written, device=captioner.device))
    try:
        weights = sentence_attention(captioner.checkpoint.model, mine, tokens)
    except ModelError:
        return [Look(remark=UNTOLD) if row in written else look for row, look in enumerate(looks)]
    for row, each in zip(written, weights, strict=True):
        maps = each.numpy()
        if maps.ndim == 4 and maps.shape[1] > 2:  # grids that are no dates: what counts is the place
            maps = maps.sum(1)
        looks[row] = Look(tuple(str(sentences[row]).split()), maps)
    return looks
