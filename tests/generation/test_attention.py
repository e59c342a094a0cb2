"""Attention of words: what it is, and that looking changes nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from deltascribe.errors import ModelError
from deltascribe.generation import generate, sentence_attention, word_attention
from deltascribe.models import Batch, Memory, create_model, list_models
from deltascribe.models.decoder import CaptionDecoder
from deltascribe.text.special import END, START


def make_decoder(layers: int = 2) -> CaptionDecoder:
    torch.manual_seed(0)
    return CaptionDecoder(20, width=16, layers=layers, heads=2, dropout=0.1, max_length=12).eval()


def make_memory(places: int, grid: tuple[int, int]) -> Memory:
    tokens = torch.randn(2, places, 16, generator=torch.Generator().manual_seed(1)) * 3
    return Memory(tokens, grid, torch.ones(2, 1), torch.zeros(2))


def words() -> Tensor:
    return torch.randint(4, 20, (2, 5), generator=torch.Generator().manual_seed(2))


def ask(decoder: CaptionDecoder, memory: Memory, tokens: Tensor) -> Tensor:
    model: Any = SimpleNamespace(decoder=decoder)
    return word_attention(model, memory, tokens)


@torch.no_grad()
def direct(decoder: Any, memory: Tensor, tokens: Tensor) -> Tensor:
    """Attention by hand, for one head at a time: softmax(q k / sqrt(d)), mean over heads and layers."""
    x = decoder.embedding(tokens) * 4.0 + decoder.position.weight[: tokens.shape[1]]
    total = []
    for layer in decoder.layers:
        y = layer.norm1(x)
        x = x + layer.words(y, *layer.words.keys_values(y), causal=True)
        y = layer.norm2(x)
        query = layer.memory.query(y)
        key = layer.memory.key_value(memory)[..., :16]
        for head in (slice(0, 8), slice(8, 16)):
            scores = torch.einsum("btd,bnd->btn", query[..., head], key[..., head]) / 8**0.5
            total.append(scores.exp() / scores.exp().sum(-1, keepdim=True))
        x = x + layer.memory(y, *layer.memory.keys_values(memory))
        x = x + layer.feed_forward(layer.norm3(x))
    return torch.stack(total).mean(0)


@pytest.mark.parametrize("layers", [1, 2])
def test_it_equals_the_softmax_by_hand(layers: int) -> None:
    decoder, memory, tokens = make_decoder(layers), make_memory(6, (2, 3)), words()
    given = torch.cat((torch.full((2, 1), START), tokens[:, :-1]), 1)
    expected = direct(decoder, memory.tokens, given).reshape(2, 5, 2, 3)
    torch.testing.assert_close(ask(decoder, memory, tokens), expected, rtol=1e-5, atol=1e-6)


def test_the_weights_of_a_word_sum_to_one() -> None:
    weights = ask(make_decoder(), make_memory(6, (2, 3)), words())
    assert bool((weights >= 0).all())
    torch.testing.assert_close(weights.sum((-1, -2)), torch.ones(2, 5))


def test_they_are_those_with_which_the_memory_is_read() -> None:
    torch.manual_seed(0)
    decoder, memory = CaptionDecoder(20, width=16, layers=1, heads=1, dropout=0.1, max_length=12).eval(), make_memory(6, (2, 3))
    attention: Any = decoder.layers[0].memory
    seen: list[tuple[Tensor, Tensor]] = []
    handle = attention.register_forward_hook(lambda module, inputs, output: seen.append((inputs[2], output)))
    weights = ask(decoder, memory, words()).flatten(2)
    handle.remove()
    values, output = seen[0]
    with torch.no_grad():
        torch.testing.assert_close(attention.out(weights @ values[:, 0]), output, rtol=1e-5, atol=1e-5)


def test_a_word_does_not_know_the_words_after_it() -> None:
    decoder, memory, tokens = make_decoder(), make_memory(6, (2, 3)), words()
    other = tokens.clone()
    other[:, 3:] = 4
    one, two = ask(decoder, memory, tokens), ask(decoder, memory, other)
    # the step that writes word 3 has read the words before it alone
    torch.testing.assert_close(one[:, :4], two[:, :4])
    assert not torch.allclose(one[:, 4], two[:, 4], atol=1e-5)


def test_a_memory_of_two_dates_gives_two_maps() -> None:
    decoder, memory = make_decoder(), make_memory(12, (2, 3))
    weights = ask(decoder, memory, words())
    assert weights.shape == (2, 5, 2, 2, 3)
    torch.testing.assert_close(weights.sum((2, 3, 4)), torch.ones(2, 5))
    flat = ask(decoder, make_memory(12, (3, 4)), words()).flatten(2)
    torch.testing.assert_close(weights[:, :, 0].flatten(2), flat[..., :6])
    torch.testing.assert_close(weights[:, :, 1].flatten(2), flat[..., 6:])


def test_tokens_beside_the_grid_have_no_place() -> None:
    decoder = make_decoder()
    weights = ask(decoder, make_memory(7, (2, 3)), words())
    whole = ask(decoder, make_memory(7, (1, 7)), words())
    torch.testing.assert_close(weights.flatten(2), whole.flatten(2)[..., :6])


def test_looking_does_not_change_what_is_written() -> None:
    decoder, memory, tokens = make_decoder(), make_memory(6, (2, 3)), words()
    with torch.no_grad():
        before, _ = decoder(memory.tokens, tokens)
        ask(decoder, memory, tokens)
        after, _ = decoder(memory.tokens, tokens)
    assert torch.equal(before, after)


@pytest.mark.parametrize("name", list_models())
def test_every_model_tells_it(name: str) -> None:
    torch.manual_seed(0)
    settings: dict[str, Any] = {"backbone": {"weights": "none", "tuned_stages": 4}, "width": 32, "heads": 4}
    model: Any = create_model(name, settings, 12).eval()
    with torch.no_grad():
        memory = model.encode(Batch(pair=torch.rand(2, 2, 3, 64, 64)))
    sentences = [found[0].tokens for found in generate(model, memory, beams=2, max_length=6)]
    maps = sentence_attention(model, memory, sentences)
    for sentence, weights in zip(sentences, maps, strict=True):
        assert weights.shape[0] == len(sentence)
        assert weights.shape[-2:] == memory.grid
        torch.testing.assert_close(weights.flatten(1).sum(1), torch.ones(len(sentence)), rtol=1e-4, atol=1e-4)


def test_a_shorter_sentence_is_read_as_if_alone() -> None:
    decoder, memory = make_decoder(), make_memory(6, (2, 3))
    padded = torch.tensor([[5, 6, 7, END], [8, 9, END, 0]])
    together = ask(decoder, memory, padded)
    alone = ask(decoder, memory.select(torch.tensor([1])), padded[1:, :2])
    torch.testing.assert_close(together[1:, :2], alone)


def test_a_model_that_cannot_tell_raises() -> None:
    model: Any = SimpleNamespace(decoder=None)
    with pytest.raises(ModelError, match="CaptionDecoder"):
        word_attention(model, make_memory(6, (2, 3)), words())
