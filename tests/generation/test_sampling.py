"""Sampling of sentences, and the log-probability of sentences under the distribution they are drawn from."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor

from deltascribe.generation import generate, log_probabilities, sample
from deltascribe.models import Memory
from deltascribe.text.special import END, PAD, START, UNKNOWN


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def words_of(row: Tensor) -> list[int]:
    """Words and END, without START and PAD."""
    return [token for token in row.tolist()[1:] if token != PAD]


@torch.no_grad()
def step_distribution(model: Any, memory: Memory, before: list[int], temperature: float, top_k: int | None) -> Tensor:
    """Probabilities of the next word of one pair, by a full pass over the sentence so far and in the plainest way."""
    logits, _ = model.decode(memory, torch.tensor([before]))
    scores = logits[0, -1].double() / temperature
    scores[[PAD, START, UNKNOWN, *([END] if len(before) == 1 else [])]] = float("-inf")
    if top_k is not None:
        keep = scores.topk(top_k).indices
        scores = torch.full_like(scores, float("-inf")).scatter(0, keep, scores[keep])
    return scores.softmax(0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("max_length", [1, 6, 40])
def test_near_temperature_zero_each_sample_is_the_greedy_sentence(make_model: Any, make_memory: Any, seed: int, max_length: int) -> None:
    model, memory = make_model(seed=seed, end_bias=3.0), make_memory(4, seed)
    greedy = [sentences[0].tokens for sentences in generate(model, memory, beams=1, max_length=max_length)]
    tokens = sample(model, memory, samples=3, temperature=1e-6, max_length=max_length)
    written = [[[word for word in words_of(row) if word != END] for row in rows] for rows in tokens]
    assert written == [[sentence] * 3 for sentence in greedy]


@pytest.mark.parametrize(("temperature", "top_k"), [(1.0, None), (2.0, None), (3.0, 4)])
def test_over_the_cache_it_draws_what_a_full_pass_for_each_word_draws(
    make_model: Any, make_memory: Any, temperature: float, top_k: int | None
) -> None:
    model, memory = make_model(end_bias=2.0), make_memory(3)
    tokens = sample(model, memory, samples=4, temperature=temperature, top_k=top_k, max_length=9, generator=seeded(5))
    dice = torch.rand(12, 9, generator=seeded(5), dtype=torch.float64)
    for place, row in enumerate(tokens.flatten(0, 1)):
        sentence = [START]
        one = memory.select(torch.tensor([place // 4]))
        while sentence[-1] != END and len(sentence) < 10:
            cumulative = step_distribution(model, one, sentence, temperature, top_k).cumsum(0)
            sentence.append(int((cumulative <= dice[place, len(sentence) - 1]).sum()))
        assert words_of(row) == sentence[1:]
    assert len({len(words_of(row)) for row in tokens.flatten(0, 1)}) > 1


@pytest.mark.parametrize("seed", range(4))
def test_sentences_have_the_form_of_a_batchs_captions(make_model: Any, make_memory: Any, seed: int) -> None:
    model = make_model(seed=seed, end_bias=2.0)
    tokens = sample(model, make_memory(5, seed), samples=6, temperature=4.0, max_length=12, generator=seeded(seed))
    assert tokens.shape[:2] == (5, 6)
    assert tokens.dtype == torch.long
    lengths = []
    for row in tokens.flatten(0, 1).tolist():
        words = words_of(torch.tensor(row))
        assert row == [START, *words, *[PAD] * (len(row) - 1 - len(words))]  # nothing follows what PAD fills
        assert words[0] != END
        assert END not in words[:-1]
        assert words[-1] == END or len(words) == 12
        assert not {PAD, START, UNKNOWN} & set(words)
        lengths.append(len(words))
    assert max(lengths) == tokens.shape[2] - 1
    assert min(lengths) < max(lengths)


def test_the_generator_decides(make_model: Any, make_memory: Any) -> None:
    model, memory = make_model(), make_memory(3)
    draws = [sample(model, memory, temperature=3.0, max_length=8, generator=seeded(seed)) for seed in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert draws[0].shape != draws[2].shape or not torch.equal(draws[0], draws[2])


def test_a_pairs_sentences_do_not_depend_on_its_neighbours(make_model: Any, make_memory: Any) -> None:
    model, memory = make_model(end_bias=1.0), make_memory(4)
    alone = sample(model, memory.select(torch.tensor([0])), samples=2, temperature=3.0, max_length=9, generator=seeded(3))
    among = sample(model, memory, samples=2, temperature=3.0, max_length=9, generator=seeded(3))
    assert [words_of(row) for row in alone[0]] == [words_of(row) for row in among[0]]


@pytest.mark.parametrize(("temperature", "top_k"), [(1.0, None), (5.0, None), (5.0, 2)])
def test_the_probabilities_of_all_sentences_sum_to_one_and_are_the_frequencies(
    make_model: Any, make_memory: Any, temperature: float, top_k: int | None
) -> None:
    model, memory = make_model(words=7), make_memory(1)
    sentences = [(a, b) for a, b in itertools.product((4, 5, 6), (END, 4, 5, 6))]
    probability = {}
    for sentence in sentences:
        first = step_distribution(model, memory, [START], temperature, top_k)[sentence[0]]
        probability[sentence] = float(first * step_distribution(model, memory, [START, sentence[0]], temperature, top_k)[sentence[1]])
    assert sum(probability.values()) == pytest.approx(1)
    possible = [sentence for sentence in sentences if probability[sentence] > 0]
    tokens = torch.tensor([[[START, *sentence] for sentence in possible]])
    found = log_probabilities(model, memory, tokens, temperature=temperature, top_k=top_k).sum(-1)[0].exp().tolist()
    assert found == pytest.approx([probability[sentence] for sentence in possible], rel=1e-4)

    count = 4000
    drawn = sample(model, memory, samples=count, temperature=temperature, top_k=top_k, max_length=2, generator=seeded(0))
    seen = Counter(tuple(words_of(row)) for row in drawn[0])
    for sentence in sentences:
        expected = probability[sentence]
        assert seen[sentence] / count == pytest.approx(expected, abs=1e-9 + 5 * math.sqrt(expected * (1 - expected) / count))


def test_log_probabilities_of_one_pass_are_those_of_single_steps_and_zero_at_pad(make_model: Any, make_memory: Any) -> None:
    model, memory = make_model(end_bias=2.0), make_memory(3)
    tokens = sample(model, memory, samples=3, temperature=3.0, top_k=5, max_length=9, generator=seeded(1))
    values = log_probabilities(model, memory, tokens, temperature=3.0, top_k=5)
    assert values.shape == (3, 3, tokens.shape[2] - 1)
    for pair, place in itertools.product(range(3), range(3)):
        one, row = memory.select(torch.tensor([pair])), tokens[pair, place].tolist()
        for step, word in enumerate(row[1:]):
            known = 0.0 if word == PAD else math.log(step_distribution(model, one, row[: step + 1], 3.0, 5)[word])
            assert float(values[pair, place, step].detach()) == pytest.approx(known, abs=1e-4)
    assert bool((tokens == PAD).any())


def test_a_word_that_rounding_moved_out_of_the_best_keeps_a_finite_log_probability(make_model: Any, make_memory: Any) -> None:
    model, memory = make_model(), make_memory(1)
    worst = int(model.decode(memory, torch.tensor([[START]]))[0][0, -1, 4:].argmin()) + 4
    values = log_probabilities(model, memory, torch.tensor([[[START, worst, END]]]), top_k=2)
    assert bool(values.isfinite().all())


@pytest.mark.parametrize("top_k", [None, 3])
def test_the_gradient_is_finite_and_padding_gives_none(make_model: Any, make_memory: Any, top_k: int | None) -> None:
    model, memory = make_model(), make_memory(1)
    gradients = []
    for padding in (0, 4):
        model.zero_grad()
        tokens = torch.tensor([[[START, 5, 6, END, *[PAD] * padding]]])
        log_probabilities(model, memory, tokens, top_k=top_k).sum().backward()
        gradients.append(model.decoder.bias.grad.clone())
    assert bool(gradients[0].isfinite().all())
    assert bool(gradients[0].any())
    torch.testing.assert_close(gradients[0], gradients[1])


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"temperature": 0.0}, {"top_k": 0}, {"max_length": 0}])
def test_what_is_out_of_range_is_refused(make_model: Any, make_memory: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="need samples"):
        sample(make_model(), make_memory(1), **wrong)
