"""Batched search over a cache equals a naive search that recomputes everything, one pair at a time."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from deltascribe.generation import Generated, generate
from deltascribe.models import Memory
from deltascribe.text.special import END, PAD, START, UNKNOWN

Sentence = tuple[list[int], list[float]]  # words with END where it ended, log-probability of each


def naive_search(model: Any, memory: Memory, beams: int, max_length: int, length_penalty: float) -> list[Sentence]:
    """Best first, at most `beams`; for a memory of one pair."""

    def score(sentence: Sentence) -> float:
        return round(sum(sentence[1]) / len(sentence[1]) ** length_penalty, 4)

    running: list[Sentence] = [([], [])]
    finished: list[Sentence] = []
    for step in range(max_length):
        candidates: list[tuple[float, int, int, Sentence]] = []
        for place, (words, steps) in enumerate(running):
            logits, _ = model.decode(memory, torch.tensor([[START, *words]]))
            for word, value in enumerate(logits[0, -1].double().log_softmax(0).tolist()):
                if word not in (PAD, START, UNKNOWN) and not (word == END and step == 0):
                    candidates.append((-round(sum(steps) + value, 4), place, word, ([*words, word], [*steps, value])))
        candidates.sort(key=lambda candidate: candidate[:3])
        running = []
        for rank, (_, _, word, sentence) in enumerate(candidates[: 2 * beams]):
            if word != END and len(running) < beams:
                running.append(sentence)
            elif word == END and rank < beams:
                finished.append(sentence)
        if step == max_length - 1:
            finished += running
        finished = sorted(finished, key=score, reverse=True)[:beams]
        if not running or (len(finished) == beams and score(finished[-1]) >= max(map(score, running))):
            break
    return finished


@torch.no_grad()
def expect_equal(model: Any, memory: Memory, beams: int, max_length: int = 12, length_penalty: float = 1.0) -> list[list[Generated]]:
    written = generate(model, memory, beams=beams, max_length=max_length, length_penalty=length_penalty, alternatives=beams)
    for pair, sentences in enumerate(written):
        naive = naive_search(model, memory.select(torch.tensor([pair])), beams, max_length, length_penalty)
        assert [sentence.tokens for sentence in sentences] == [[word for word in words if word != END] for words, _ in naive]
        for sentence, (words, steps) in zip(sentences, naive, strict=True):
            assert len(sentence.token_log_probabilities) == len(words)
            assert sentence.token_log_probabilities == pytest.approx(steps, abs=1e-5)
            assert sentence.log_probability == pytest.approx(sum(steps), abs=1e-5)
            assert sentence.score == pytest.approx(sum(steps) / len(steps) ** length_penalty, abs=2e-4)
    return written


@pytest.mark.parametrize("beams", [1, 2, 3, 5])
@pytest.mark.parametrize("end_bias", [0.0, 1.5, 2.5])
def test_equals_the_naive_search(make_model: Any, make_memory: Any, beams: int, end_bias: float) -> None:
    lengths = set()
    for seed in range(8):
        written = expect_equal(make_model(words=14, seed=seed, end_bias=end_bias), make_memory(4, seed), beams)
        lengths |= {len(sentences[0].tokens) for sentences in written}
    assert len(lengths) > 1 or not end_bias  # some end early, some are cut


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 2.0])
def test_equals_the_naive_search_at_every_length_penalty(make_model: Any, make_memory: Any, length_penalty: float) -> None:
    for seed in range(4):
        expect_equal(make_model(seed=seed), make_memory(3, seed), 3, length_penalty=length_penalty)


@pytest.mark.parametrize("words", [5, 6])
@pytest.mark.parametrize("beams", [3, 5])
def test_a_vocabulary_smaller_than_the_beam(make_model: Any, make_memory: Any, words: int, beams: int) -> None:
    for seed in range(6):
        for end_bias in (0.0, 3.0):
            written = expect_equal(make_model(words=words, seed=seed, end_bias=end_bias), make_memory(3, seed), beams, max_length=4)
            for sentence in (sentence for sentences in written for sentence in sentences):
                assert set(sentence.tokens) <= set(range(4, words))
                assert math.isfinite(sentence.score)


def test_equal_scores_go_to_the_first_word(make_model: Any, make_memory: Any) -> None:
    model = make_model(words=9, end_bias=-50.0)
    torch.nn.init.zeros_(model.decoder.embedding.weight)
    for sentences in expect_equal(model, make_memory(2), 3, max_length=3):
        assert [sentence.tokens for sentence in sentences] == [[4, 4, 4], [4, 4, 5], [4, 4, 6]]


@pytest.mark.parametrize("beams", [1, 3])
def test_the_batch_size_does_not_matter(make_model: Any, make_memory: Any, beams: int) -> None:
    model, memory = make_model(words=30, seed=3), make_memory(7)
    whole = [sentences[0].tokens for sentences in generate(model, memory, beams=beams)]
    for size in range(1, 7):
        parts = [memory.select(rows) for rows in torch.arange(7).split(size)]
        assert [sentences[0].tokens for part in parts for sentences in generate(model, part, beams=beams)] == whole


def test_the_number_of_threads_does_not_matter(make_model: Any, make_memory: Any) -> None:
    model, memory = make_model(words=30, seed=4), make_memory(7)
    before, results = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append([sentences[0].tokens for sentences in generate(model, memory)])
    finally:
        torch.set_num_threads(before)
    assert results[0] == results[1]


@pytest.mark.parametrize("beams", [1, 3])
def test_special_tokens_are_never_written(make_model: Any, make_memory: Any, beams: int) -> None:
    model = make_model(words=20)
    with torch.no_grad():
        model.decoder.bias[[PAD, START, UNKNOWN]] = 30.0
    for sentences in generate(model, make_memory(5), beams=beams, alternatives=beams):
        for sentence in sentences:
            assert not {PAD, START, END, UNKNOWN} & set(sentence.tokens)


@pytest.mark.parametrize("beams", [1, 3])
def test_no_sentence_is_empty(make_model: Any, make_memory: Any, beams: int) -> None:
    for sentences in generate(make_model(end_bias=50.0), make_memory(3), beams=beams):
        assert len(sentences[0].tokens) == 1


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("max_length", [1, 2, 5])
def test_no_sentence_is_longer_than_allowed(make_model: Any, make_memory: Any, beams: int, max_length: int) -> None:
    for sentences in generate(make_model(end_bias=-50.0), make_memory(3), beams=beams, max_length=max_length):
        assert len(sentences[0].tokens) == max_length
        assert len(sentences[0].token_log_probabilities) == max_length


def test_alternatives_come_best_first_and_differ(make_model: Any, make_memory: Any) -> None:
    for sentences in generate(make_model(words=20), make_memory(4), beams=5, alternatives=4):
        ranks = [sentence.score for sentence in sentences]
        assert ranks == sorted(ranks, reverse=True)
        assert len({tuple(sentence.tokens) for sentence in sentences}) == 4


@pytest.mark.parametrize("settings", [{"beams": 0}, {"alternatives": 0}, {"beams": 2, "alternatives": 3}, {"max_length": 0}])
def test_settings_out_of_range_raise(make_model: Any, make_memory: Any, settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="alternatives"):
        generate(make_model(), make_memory(1), **settings)
