"""A model that would fail late, or never and be wrong, is told before its training."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pydantic import BaseModel
from torch import Tensor, nn

from deltascribe.errors import ModelInterfaceError
from deltascribe.models import Batch, DecoderCache, Memory, ModelOutput, check_interface, list_models, register_model
from deltascribe.models.peers.base import Fused
from deltascribe.models.peers.plain import Plain, PlainConfig

from .test_behaviour import SMALL

pytestmark = pytest.mark.usefixtures("own_imports")
SETTINGS: dict[str, Any] = {"backbone": {"weights": "none", "tuned_stages": 1}, "width": 32, "heads": 4}


@pytest.mark.parametrize("name", list_models())
def test_every_model_of_the_package_passes(name: str) -> None:
    check_interface(name, SMALL[name])


def test_nothing_random_is_drawn_from_the_caller() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    check_interface("plain", SETTINGS)
    assert torch.equal(torch.rand(1), expected)


def test_no_accelerator_is_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    seeded: list[int] = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    check_interface("plain", SETTINGS)
    assert seeded == []
    torch.manual_seed(0)
    assert seeded == [0]


def faults(model: type[nn.Module], config: type[BaseModel] = PlainConfig, settings: dict[str, Any] | None = None) -> str:
    register_model("faulty", config)(model)
    with pytest.raises(ModelInterfaceError, match="the model 'faulty' does not keep to") as caught:
        check_interface("faulty", SETTINGS if settings is None else settings)
    return str(caught.value)


def test_what_a_model_lacks_is_named() -> None:
    class Bare(nn.Module):
        gated = True

        def __init__(self, config: BaseModel, vocabulary_size: int) -> None:
            super().__init__()

    class Nothing(BaseModel): ...

    assert "it lacks: config, max_length, frozen_part, encode, decode" in faults(Bare, Nothing, {})


def test_fused_tokens_of_another_shape_are_told_with_the_right_one() -> None:
    class Pooled(Plain):
        def fuse(self, before: list[Tensor], after: list[Tensor]) -> Fused:
            fused = super().fuse(before, after)
            return Fused(fused.tokens.mean(1), fused.grid)

    register_model("pooled", PlainConfig)(Pooled)
    with pytest.raises(ModelInterfaceError, match=r"Pooled.fuse gives tokens \[2, 32\], and must give \[B, N, d\], here \[2, any, 32\]"):
        check_interface("pooled", SETTINGS)


def memory_with(change: Callable[[Memory], dict[str, Any]]) -> type[Plain]:
    class Changed(Plain):
        def encode(self, batch: Batch) -> Memory:
            memory = super().encode(batch)
            return Memory(**{**vars(memory), **change(memory)})

    return Changed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda memory: {"grid": (9, 9)}, r"memory.grid is \(9, 9\), and memory.tokens are 4"),
        (lambda memory: {"change_logit": memory.change_logit[:, None]}, r"memory.change_logit is \[2, 1\], and must be \[B\], here \[2\]"),
        (lambda memory: {"embedding": 2 * memory.embedding}, "memory.embedding must have unit length"),
        (lambda memory: {"embedding": None}, r"memory.embedding is a NoneType, and must be a tensor \[B, E\]"),
        (lambda memory: {"mask_logits": memory.change_logit}, r"memory.mask_logits is \[2\], and must be \[B, 1, h', w'\]"),
        (lambda memory: {"level_weights": memory.embedding}, "memory.level_weights need an attribute `strides`"),
    ],
)
def test_a_memory_that_is_not_as_it_must_be_is_told(change: Callable[[Memory], dict[str, Any]], said: str) -> None:
    assert re.search(said, faults(memory_with(change)))


def test_cached_features_that_give_another_memory_are_told() -> None:
    class Doubled(Plain):
        def frozen_part(self, pair: Tensor) -> list[Tensor] | None:
            levels = super().frozen_part(pair)
            return None if levels is None else [level + 1 for level in levels]

    assert "encode gives another memory for the features of frozen_part" in faults(Doubled)


def test_word_scores_of_another_vocabulary_are_told() -> None:
    class Short(Plain):
        def forward(self, batch: Batch) -> ModelOutput:
            output = super().forward(batch)
            return ModelOutput(output.logits[..., :-1], output.memory)

    assert "logits is [2, 2, 4, 15], and must be [B, K, T-1, V], here [2, 2, 4, 16]" in faults(Short)


def decoding(change: Callable[[Tensor, DecoderCache | None], Tensor]) -> type[Plain]:
    class Changed(Plain):
        def decode(self, memory: Memory, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
            scores, longer = super().decode(memory, tokens, cache)
            return change(scores, cache), longer

    return Changed


def test_a_word_that_sees_those_behind_it_is_told() -> None:
    assert "decode lets a word see the words behind it" in faults(decoding(lambda scores, cache: scores + scores.mean(1, keepdim=True)))


def test_a_cache_that_changes_the_scores_is_told() -> None:
    assert "one word at a time" in faults(decoding(lambda scores, cache: scores if cache is None else scores + 1))


def wrong(name: str, function: Callable[..., Any]) -> type[Plain]:
    return type("Wrong", (Plain,), {name: function})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"grid": None}, r"memory\.grid is None, and must be \(h, w\)"),
        ({"grid": (2, 2, 1)}, r"memory\.grid is \(2, 2, 1\), and must be \(h, w\)"),
        ({"embedding": torch.ones(())}, r"memory\.embedding is \[\], and must be \[B, E\]"),
    ],
)
def test_a_memory_with_parts_of_another_kind_is_told(change: dict[str, Any], said: str) -> None:
    assert re.search(said, faults(memory_with(lambda memory: change)))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("forward", "a word", "forward gives a str, and must give a ModelOutput with a Memory"),
        ("encode", None, "encode gives a NoneType, and must give a Memory"),
        ("decode", torch.zeros(4, 4, 16), r"decode gives a Tensor, and must give \(scores, cache\)"),
        ("decode", (None, None), r"decode gives a tuple, and must give \(scores, cache\)"),
        ("frozen_part", torch.zeros(2, 2, 3, 4, 4), "frozen_part gives a Tensor, and must give a list of tensors"),
    ],
)
def test_a_part_that_gives_something_else_is_told(name: str, value: Any, said: str) -> None:
    assert re.search(said, faults(wrong(name, lambda self, *values: value)))


@pytest.mark.parametrize("name", ["forward", "encode", "decode", "frozen_part"])
@pytest.mark.parametrize("error", [TypeError, ValueError, IndexError, RuntimeError])
@pytest.mark.filterwarnings("ignore:model 'faulty' was registered twice")
def test_a_part_that_breaks_off_is_told_with_its_line(name: str, error: type[Exception]) -> None:
    def broken(self: Any, *values: Any) -> Any:
        raise error("as it happens")

    assert re.search(
        rf"{name} breaks off: {error.__name__}: as it happens \(.*test_conformity\.py, line \d+\)", faults(wrong(name, broken))
    )


def test_shapes_that_differ_are_told_and_do_not_break_the_check() -> None:
    def short(self: Any, memory: Memory, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
        scores, longer = Plain.decode(self, memory, tokens, cache)
        return (scores if cache is None else scores[..., :-1]), longer

    assert "one word at a time" in faults(wrong("decode", short))

    def fewer(self: Any, batch: Batch) -> Memory:
        memory = Plain.encode(self, batch)
        return memory if batch.features is None else Memory(**{**vars(memory), "tokens": memory.tokens[:, :2], "grid": (1, 2)})

    with pytest.warns(UserWarning, match="registered twice"):
        assert "encode gives another memory for the features" in faults(wrong("encode", fewer))


@pytest.mark.parametrize("part", ["embedding", "change_logit", "mask_logits", "level_weights"])
def test_each_part_of_the_memory_must_be_the_same_from_cached_features(part: str) -> None:
    def encode(self: Any, batch: Batch) -> Memory:
        memory = vars(Plain.encode(self, batch))
        made = {"mask_logits": torch.ones(2, 1, 2, 2), "level_weights": torch.ones(2, 1)}
        value = made.get(part, memory[part])
        return Memory(**{**memory, part: value if batch.features is None else value.flip(-1) + value})

    model = wrong("encode", encode)
    model.strides = (32,)  # type: ignore[assignment]
    assert re.search(rf"encode gives another memory .* than for the pixels \({part} differ\)", faults(model))


def test_a_mask_from_pixels_alone_is_told() -> None:
    def encode(self: Any, batch: Batch) -> Memory:
        mask = torch.ones(2, 1, 2, 2) if batch.features is None else None
        return Memory(**{**vars(Plain.encode(self, batch)), "mask_logits": mask})

    assert "than for the pixels (mask_logits differ)" in faults(wrong("encode", encode))


def caching(change: Callable[[Any], Any]) -> type[Plain]:
    """A model whose decoder works with a cache of its own kind."""

    def decode(self: Any, memory: Memory, tokens: Tensor, cache: Any = None) -> tuple[Tensor, Any]:
        scores, longer = Plain.decode(self, memory, tokens, None if cache is None else cache.inside)
        return scores, change(longer)

    return wrong("decode", decode)


class Bare:
    def __init__(self, inside: DecoderCache) -> None:
        self.inside = inside


class Deaf(Bare):
    """Takes part in a search and does not do what it is asked to."""

    def keep(self, pairs: Tensor) -> Deaf:
        return Deaf(self.inside.keep(pairs))

    def reorder(self, rows: Tensor) -> Deaf:
        return Deaf(self.inside.reorder(rows.sort().values))


class Unkept(Deaf):
    def keep(self, pairs: Tensor) -> Unkept:
        return Unkept(self.inside)

    def reorder(self, rows: Tensor) -> Unkept:
        return Unkept(self.inside.reorder(rows))


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        (Bare, r"decode gives a cache \(Bare\) without keep and reorder, which beam search needs"),
        (Deaf, r"decode gives other scores after keep\(pairs\) and reorder\(rows\)"),
        (Unkept, r"decode (breaks off|gives other scores after keep)"),
    ],
)
def test_a_cache_that_a_beam_search_cannot_use_is_told(cache: type[Bare], said: str) -> None:
    assert re.search(said, faults(caching(cache)))


@pytest.mark.filterwarnings("ignore:model 'faulty' was registered twice")
def test_a_model_whose_configuration_does_not_build_it_again_is_told() -> None:
    class Deeper(Plain):
        def __init__(self, config: PlainConfig, vocabulary_size: int) -> None:
            super().__init__(config, vocabulary_size)
            self.config = config.model_copy(update={"decoder_layers": 2})

    assert "built from its `config` it has other weights: decoder.layers.1" in faults(Deeper)

    class Other(Plain):
        def __init__(self, config: PlainConfig, vocabulary_size: int) -> None:
            super().__init__(config, vocabulary_size)
            self.config = More.model_validate(config.model_dump())

    class More(PlainConfig):
        decoder_width: int = 1

    assert "decoder_width: unknown setting" in faults(Other)
