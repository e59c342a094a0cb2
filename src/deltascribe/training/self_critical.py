"""Self-critical tuning: sentences that the captioner draws itself are judged by CIDEr-D, and the better ones become more likely.

Sources: Rennie et al., "Self-critical sequence training for image captioning" (CVPR 2017); the mean of a pair's other samples as
baseline: Luo, "A better variant of self-critical sequence training" (arXiv 2003.09971).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from deltascribe.datasets import ChangeDataset, is_changed
from deltascribe.errors import ConfigError
from deltascribe.generation import log_probabilities, sample
from deltascribe.losses import caption_cross_entropy
from deltascribe.metrics.cider import CiderD
from deltascribe.models import Batch, ModelOutput
from deltascribe.text import Vocabulary, is_no_change
from deltascribe.text.special import END, PAD, START
from deltascribe.training.config import SelfCriticalConfig, TrainConfig
from deltascribe.training.draws import generator_of

PARTS = ("reinforce", "reward")
"""What it adds to the logged losses."""
_DRAW = 0x5E1F
"""Sets its draws apart from the augmentation's."""


class Reward:
    """CIDEr-D, in 0..10, of sentences given as word indices, with the document frequencies of the training references.

    A rare word is the unknown one in references and so never met, but it takes its place in them.

    Args:
        references: captions of each changed training pair.
        vocabulary: words.
        max_length: longest caption in tokens, START and END included.
        end: END counts as a word. Without it a sentence that breaks off ("a house is built on the") may score better than a whole one:
            Hu et al., "A request for clarity over the end of sequence token in the self-critical sequence training" (arXiv 2305.12254).
    """

    def __init__(self, references: Sequence[Sequence[str]], vocabulary: Vocabulary, max_length: int, end: bool = True) -> None:
        self._names = vocabulary.words
        self._left_out = {PAD, START} if end else {PAD, START, END}
        self._cider = CiderD([[self.words(vocabulary.encode(text, max_length)) for text in entry] for entry in references])

    def words(self, tokens: Sequence[int]) -> tuple[str, ...]:
        """Word indices -> what is compared."""
        return tuple(self._names[token] for token in tokens if token not in self._left_out)

    def __call__(self, samples: Tensor, references: Tensor) -> Tensor:
        """Scores of samples [B, K, T] against the references of their pairs [B, R, T'], rows of PAD alone left out -> [B, K]."""
        scores = []
        for drawn, known in zip(samples.tolist(), references.tolist(), strict=True):
            vectors = [self._cider.vector(self.words(row)) for row in known if any(token != PAD for token in row)]
            scores.append([self._cider.against(self.words(row), vectors) for row in drawn])
        return torch.tensor(scores, device=samples.device)


class SelfCritical:
    """The part of a training step that tunes by reward; it keeps nothing between steps.

    Args:
        config: of the run, with `self_critical`.
        training: the training pairs; the document frequencies come from the captions of the changed ones, as published.
        vocabulary: words.
        max_length: longest caption in tokens.

    Raises:
        ConfigError: nothing changed in any training pair.
    """

    def __init__(self, config: TrainConfig, training: ChangeDataset, vocabulary: Vocabulary, max_length: int) -> None:
        self.config = config.self_critical or SelfCriticalConfig()
        self.vocabulary, self.smoothing, self.seed = vocabulary, config.objective.smoothing, config.seed
        references = [record.captions for record in dict.fromkeys(training.records) if is_changed(record)]
        if not references:
            raise ConfigError("self_critical needs training pairs in which something changed, and there is none; leave it out")
        self.reward = Reward(references, vocabulary, max_length, self.config.end)

    def __call__(self, model: Any, output: ModelOutput, batch: Batch, losses: dict[str, Tensor], draw: int) -> dict[str, Tensor]:
        """The losses of a step with the reward's part.

        Args:
            model: that gave `output`; dropout is off while it draws and judges sentences, so that they come from the very distribution
                whose gradient is taken.
            output: of the teacher-forced pass.
            batch: with tokens and flags.
            losses: what `objective` gave.
            draw: number that names the step (and device).

        Returns:
            The same, with `reinforce` (before weighting) and `reward` (mean CIDEr-D of the samples, 0..10; NaN where no pair changed), and
            `loss` with the weighted `reinforce` and with the cross-entropy of changed pairs at the weight `caption`.
        """
        if batch.tokens is None:
            raise ValueError("self-critical tuning needs `tokens`")
        chosen = self._changed(batch, batch.tokens)
        if not len(chosen):
            nothing = output.logits.sum() * 0
            return {**losses, "reinforce": nothing, "reward": torch.full_like(nothing, float("nan"))}
        reinforce, reward = self.reinforce(model, output, batch.tokens, chosen, draw)
        # the mean over all pairs, of which the chosen ones' part is made lighter
        tokens, logits = batch.tokens[chosen], output.logits[chosen]
        share = len(chosen) / int((batch.tokens[..., 1:] != PAD).flatten(1).any(1).sum())
        weight = None if batch.weight is None else batch.weight[chosen]
        heavy = share * caption_cross_entropy(logits, tokens, self.smoothing, weight)
        loss = losses["loss"] - (1 - self.config.caption) * heavy + self.config.weight * reinforce
        return {**losses, "loss": loss, "reinforce": reinforce, "reward": reward}

    def reinforce(self, model: Any, output: ModelOutput, tokens: Tensor, chosen: Tensor, draw: int) -> tuple[Tensor, Tensor]:
        """Loss and mean reward of sentences drawn for the pairs `chosen`: minus advantage times log-probability, mean over words."""
        config, memory = self.config, output.memory.select(chosen)
        training = model.training
        model.eval()
        try:
            samples = sample(
                model,
                memory,
                samples=config.samples,
                temperature=config.temperature,
                top_k=config.top_k,
                max_length=model.max_length - 2,
                generator=generator_of((_DRAW, self.seed, draw)),
            )
            log_probability = log_probabilities(model, memory, samples, temperature=config.temperature, top_k=config.top_k)
        finally:
            model.train(training)
        rewards = self.reward(samples, tokens[chosen])
        words = (samples[..., 1:] != PAD).sum()
        return -(advantages(rewards) * log_probability.sum(-1)).sum() / words, rewards.mean()

    def _changed(self, batch: Batch, tokens: Tensor) -> Tensor:
        """Places of the captioned pairs that changed, by their flag, or by their captions where it is unknown."""
        flags = [float("nan")] * len(tokens) if batch.changed is None else batch.changed.tolist()
        chosen = []
        for place, (flag, rows) in enumerate(zip(flags, tokens.tolist(), strict=True)):
            captions = [caption for row in rows if (caption := self.vocabulary.decode(row[1:]))]
            if captions and (flag == 1 or (math.isnan(flag) and not is_no_change(captions))):
                chosen.append(place)
        return torch.tensor(chosen, dtype=torch.long, device=tokens.device)


def advantages(rewards: Tensor) -> Tensor:
    """Rewards [B, K] -> each minus the mean of the pair's other K - 1."""
    others = (rewards.sum(1, keepdim=True) - rewards) / (rewards.shape[1] - 1)
    return rewards - others
