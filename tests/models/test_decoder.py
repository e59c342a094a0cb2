"""The decoder's cache gives what the whole sentence gives."""

from __future__ import annotations

import pytest
import torch

from deltascribe.models.decoder import CaptionDecoder


@pytest.fixture(scope="module")
def decoder() -> CaptionDecoder:
    torch.manual_seed(0)
    return CaptionDecoder(vocabulary_size=20, width=32, layers=2, heads=4, dropout=0.1, max_length=12).eval()


@pytest.fixture(scope="module")
def memory() -> torch.Tensor:
    return torch.randn(3, 9, 32, generator=torch.Generator().manual_seed(0))


def words(rows: int, length: int = 10) -> torch.Tensor:
    return torch.randint(0, 20, (rows, length), generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("chunks", [[1] * 10, [4, 6], [1, 5, 1, 3]])
def test_step_by_step_equals_the_whole(decoder: CaptionDecoder, memory: torch.Tensor, chunks: list[int]) -> None:
    tokens = words(3)
    whole, _ = decoder(memory, tokens)
    cache, scores = None, []
    for part in tokens.split(chunks, 1):
        logits, cache = decoder(memory, part, cache)
        scores.append(logits)
    assert cache is not None
    assert cache.length == 10
    torch.testing.assert_close(torch.cat(scores, 1), whole, rtol=1e-5, atol=1e-5)


def test_rows_of_a_pair_share_its_memory(decoder: CaptionDecoder, memory: torch.Tensor) -> None:
    tokens = words(12)
    grouped, _ = decoder(memory, tokens)
    repeated, _ = decoder(memory.repeat_interleave(4, 0), tokens)
    torch.testing.assert_close(grouped, repeated, rtol=1e-5, atol=1e-5)


def test_a_word_does_not_see_those_after_it(decoder: CaptionDecoder, memory: torch.Tensor) -> None:
    tokens = words(3)
    changed = tokens.clone()
    changed[:, 6:] = (changed[:, 6:] + 1) % 20
    one, two = decoder(memory, tokens)[0], decoder(memory, changed)[0]
    torch.testing.assert_close(one[:, :6], two[:, :6])
    assert not torch.allclose(one[:, 6:], two[:, 6:])


def test_reordered_and_kept_rows_go_on_as_if_they_had_been_alone(decoder: CaptionDecoder, memory: torch.Tensor) -> None:
    tokens = words(6)
    _, cache = decoder(memory, tokens[:, :5])
    # pair 1 leaves; the rows of pairs 0 and 2 swap places within the pair
    pairs, rows = torch.tensor([0, 2]), torch.tensor([1, 0, 5, 4])
    logits, _ = decoder(memory[pairs], tokens[rows, 5:6], cache.keep(pairs).reorder(rows))
    expected, _ = decoder(memory[pairs], tokens[rows, :6])
    torch.testing.assert_close(logits[:, 0], expected[:, 5], rtol=1e-5, atol=1e-5)


def test_an_input_cache_is_left_as_it_was(decoder: CaptionDecoder, memory: torch.Tensor) -> None:
    tokens = words(3)
    _, cache = decoder(memory, tokens[:, :4])
    decoder(memory, tokens[:, 4:5], cache)
    assert cache.length == 4
