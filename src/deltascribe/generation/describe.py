"""From a batch of pairs to sentences and flags: the one way in which training, evaluation and captioning read a model."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from deltascribe.generation.beam import Generated, generate
from deltascribe.generation.calibration import Calibration
from deltascribe.models.interface import Batch, CaptionModel, Memory
from deltascribe.shipped import DEFAULT_BEAMS
from deltascribe.text import NO_CHANGE_CAPTION, Vocabulary, begins_as_no_change, echoes_no_change


@dataclass(frozen=True)
class Description:
    """What a model says of one pair.

    Attributes:
        caption: one sentence; the canonical no-change sentence where the flag gate closed.
        change_probability: in 0..1.
        sentences: what the decoder wrote, best first; the first is the caption unless the gate closed.
        mask: probability of change [h, w] at the model's own resolution, or None.
        level_weights: weight of each difference level [L], or None.
    """

    caption: str
    change_probability: float
    sentences: list[Generated]
    mask: Tensor | None
    level_weights: Tensor | None


@torch.inference_mode()
def describe(
    model: CaptionModel,
    vocabulary: Vocabulary,
    batch: Batch | Memory,
    *,
    beams: int = DEFAULT_BEAMS,
    gate: bool = True,
    alternatives: int = 1,
    calibration: Calibration | None = None,
    unchanged_sentences: bool = True,
) -> list[Description]:
    """Captions a batch.

    Args:
        model: in evaluation mode, on the batch's device.
        vocabulary: of the model.
        batch: pairs, or what the model's `encode` gave of them.
        beams: beams a pair; 1 is greedy.
        gate: let the change flag decide: below one half the caption is the canonical no-change sentence, from one half on it is
            the best sentence that tells of a change, if the search found one, else one that says there is none: the canonical one for
            a garbled one ("the same as as before"). A model that is not `gated` leaves it to the sentence.
        calibration: of the change flag; None takes its sigmoid as it is.
        alternatives: sentences to keep for each pair, at most `beams`.
        unchanged_sentences: search for sentences of pairs on which the gate closed too; without it a batch of such pairs alone is not
            searched, and their `sentences` are empty.
    """
    gate = gate and model.gated
    memory = batch if isinstance(batch, Memory) else model.encode(batch)
    probabilities = (calibration or Calibration())(memory.change_logit).tolist()
    if unchanged_sentences or not gate or max(probabilities) >= 0.5:
        written = generate(model, memory, beams=beams, max_length=model.max_length - 2, alternatives=beams)
    else:
        written = [[] for _ in probabilities]
    masks = None if memory.mask_logits is None else memory.mask_logits[:, 0].float().sigmoid().cpu()
    results = []
    for row, (probability, sentences) in enumerate(zip(probabilities, written, strict=True)):
        closed = gate and probability < 0.5
        if gate and not closed:
            # stable: sentences of a change first, each group in the order of the search
            sentences = sorted(sentences, key=lambda entry: echoes_no_change(vocabulary.decode(entry.tokens)))
        caption = NO_CHANGE_CAPTION if closed else vocabulary.decode(sentences[0].tokens)
        results.append(
            Description(
                caption=_ungarbled(caption) if gate else caption,
                change_probability=probability,
                sentences=sentences[:alternatives],
                mask=None if masks is None else masks[row],
                level_weights=None if memory.level_weights is None else memory.level_weights[row].cpu(),
            )
        )
    return results


def _ungarbled(caption: str) -> str:
    """The canonical sentence for a garbled one of no change; any other as it is."""
    return NO_CHANGE_CAPTION if echoes_no_change(caption) and not begins_as_no_change(caption) else caption
