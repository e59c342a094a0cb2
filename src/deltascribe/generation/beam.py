"""Batched beam search over a key/value cache; greedy search is its case of one beam."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from deltascribe.models.interface import CaptionModel, Memory
from deltascribe.shipped import DEFAULT_BEAMS
from deltascribe.text.special import END, PAD, START, UNKNOWN

NEVER_WRITTEN = (PAD, START, UNKNOWN)


@dataclass(frozen=True)
class Generated:
    """One sentence that a model wrote.

    Attributes:
        tokens: word indices without START and END.
        token_log_probabilities: of each word and, last, of END where the sentence ended by itself (nats).
        log_probability: their sum.
        score: the sum divided by (number of words with END) ** length_penalty; what sentences are ranked by.
    """

    tokens: list[int]
    token_log_probabilities: list[float]
    log_probability: float
    score: float


@dataclass(frozen=True)
class _Beam:
    """An unfinished sentence."""

    words: list[int] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)

    def extended(self, word: int, step: float) -> _Beam:
        return _Beam([*self.words, word], [*self.steps, step])

    def score(self, length_penalty: float) -> float:
        return _rounded(sum(self.steps) / max(len(self.steps), 1) ** length_penalty)

    def finish(self, length_penalty: float) -> Generated:
        words = self.words[:-1] if self.words and self.words[-1] == END else self.words
        return Generated(words, self.steps, sum(self.steps), self.score(length_penalty))


_DEAD = _Beam([PAD], [float("-inf")])
"""Fills the place of a beam where there are fewer words than beams; it can't win."""


@torch.inference_mode()
def generate(
    model: CaptionModel,
    memory: Memory,
    *,
    beams: int = DEFAULT_BEAMS,
    max_length: int = 40,
    length_penalty: float = 1.0,
    alternatives: int = 1,
) -> list[list[Generated]]:
    """Writes a sentence for each pair of a memory.

    At each step the 2 * `beams` best continuations of a pair are looked at, best first: one that ends is a finished sentence if it
    is among the `beams` best, the others run on until `beams` of them do. A pair is done when it has `beams` finished sentences
    that no running one beats by its present score, or when sentences reach `max_length` words. PAD, START and the unknown word
    are never written, and no sentence is empty.

    Args:
        model: any captioner.
        memory: what its `encode` gave.
        beams: beams a pair; 1 is greedy search.
        max_length: most words of a sentence.
        length_penalty: exponent of the length normalisation; 0 ranks by the plain sum.
        alternatives: sentences to return for each pair, at most `beams`.

    Returns:
        A list a pair, best first.

    Raises:
        ValueError: beams, max_length or alternatives out of range.
    """
    if max_length < 1 or not 1 <= alternatives <= beams:
        raise ValueError(f"need 1 <= alternatives <= beams and max_length >= 1, not {alternatives}, {beams}, {max_length}")
    pairs = memory.tokens.shape[0]
    finished: list[list[Generated]] = [[] for _ in range(pairs)]
    running = {pair: [_Beam()] for pair in range(pairs)}  # one beam at the first step: more would all be the same
    tokens = torch.full((pairs, 1), START, device=memory.tokens.device)
    cache = None
    for step in range(max_length):
        logits, cache = model.decode(memory, tokens, cache)
        width = tokens.shape[0] // len(running)
        beam_rows = [beam for group in running.values() for beam in group]
        banned = NEVER_WRITTEN if step else (*NEVER_WRITTEN, END)
        continuations = _best_continuations(logits[:, -1], beam_rows, width, 2 * beams, banned)
        survivors: dict[int, list[_Beam]] = {}
        sources: list[int] = []  # row that each surviving beam continues
        kept: list[int] = []  # place of each surviving pair among the running ones
        for place, (pair, group) in enumerate(running.items()):
            alive: list[tuple[_Beam, int]] = []
            for rank, (beam, word, log_probability) in enumerate(continuations[place]):
                longer = group[beam].extended(word, log_probability)
                if word != END:
                    alive.append((longer, place * width + beam))
                elif rank < beams:
                    finished[pair].append(longer.finish(length_penalty))
                if len(alive) == beams:
                    break
            if step == max_length - 1:
                finished[pair] += [beam.finish(length_penalty) for beam, _ in alive]
            # stable: of equal sentences the one found first stays ahead
            finished[pair] = sorted(finished[pair], key=lambda sentence: -sentence.score)[:beams]
            best = max((beam.score(length_penalty) for beam, _ in alive), default=float("-inf"))
            if not alive or (len(finished[pair]) == beams and finished[pair][-1].score >= best):
                continue
            alive += [(_DEAD, alive[0][1])] * (beams - len(alive))
            survivors[pair] = [beam for beam, _ in alive]
            sources += [row for _, row in alive]
            kept.append(place)
        if not survivors or step == max_length - 1:
            break
        if len(kept) < len(running):
            places = torch.tensor(kept, device=tokens.device)
            memory, cache = memory.select(places), cache.keep(places)
        cache = cache.reorder(torch.tensor(sources, device=tokens.device))
        running = survivors
        tokens = torch.tensor([[beam.words[-1]] for group in running.values() for beam in group], device=tokens.device)
    return [sentences[:alternatives] for sentences in finished]


def _best_continuations(
    logits: Tensor, beams: list[_Beam], width: int, count: int, banned: tuple[int, ...]
) -> list[list[tuple[int, int, float]]]:
    """The `count` best (beam, word, log-probability of the word) of each pair, best first."""
    log_probabilities = logits.cpu().double().log_softmax(-1)  # [R, V]; not every device has 64-bit floats
    log_probabilities[:, list(banned)] = float("-inf")
    words = log_probabilities.shape[1]
    sums = torch.tensor([sum(beam.steps) for beam in beams], dtype=torch.float64)
    total = (sums[:, None] + log_probabilities).reshape(-1, width * words)  # [pairs, width * V]
    # The last digits of a matrix product depend on batch size and threads: compare rounded scores, ties by beam, then word.
    order = torch.arange(width * words, dtype=torch.float64)
    _, index = ((total * 1e4).round() / 1e4 - order * 1e-10).topk(min(count, width * words), dim=1)
    step = log_probabilities.reshape(-1, width * words).gather(1, index)
    # by the total: words of a beam that only fills a place have a probability of their own
    possible = total.gather(1, index) > float("-inf")
    return [
        [(place // words, place % words, value) for place, value, there in zip(places, values, theres, strict=True) if there]
        for places, values, theres in zip(index.tolist(), step.tolist(), possible.tolist(), strict=True)
    ]


def _rounded(value: float) -> float:
    return round(value, 4)
