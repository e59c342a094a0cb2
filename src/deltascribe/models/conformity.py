"""Whether a model keeps to `CaptionModel`: asked of a user's own before its training, since some faults show after hours or never."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from deltascribe.errors import ConfigError, ModelInterfaceError
from deltascribe.models.checkpoint import without_first_weights
from deltascribe.models.interface import Batch, Memory, ModelOutput
from deltascribe.models.registry import create_model
from deltascribe.text.special import END, PAD, START

_PAIRS, _CAPTIONS, _WORDS = 2, 2, 5
_NAMES = ("config", "gated", "max_length", "frozen_part", "encode", "decode")
_RTOL, _ATOL = 1e-3, 1e-4


def check_interface(name: str, settings: Mapping[str, Any] | None = None, *, vocabulary_size: int = 16, size: int = 64) -> None:
    """Builds a registered model, lets it read two made-up pairs with two captions each, and looks at what it gives.

    Besides names and shapes: cached features must give the same memory as pixels, a word must not see the words behind it, one word
    at a time must give the same scores as all at once, and the model must be built the same from the settings that a checkpoint keeps.

    Args:
        name: registered name.
        settings: its own settings.
        vocabulary_size: number of words V, special tokens included, at least 5.
        size: side of the images in pixels.

    Raises:
        ModelInterfaceError: names each thing that is not as it must be.
        UnknownModelError: no such model.
        ConfigError: a setting is unknown or out of range.
    """
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = create_model(name, settings or {}, vocabulary_size).eval()
        problems = [*_problems(model, vocabulary_size, size)] or [*_rebuilding_problems(name, model, vocabulary_size)]
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise ModelInterfaceError(f"the model '{name}' does not keep to deltascribe.models.CaptionModel, which tells all shapes:\n{lines}")


def _problems(model: Any, vocabulary_size: int, size: int) -> Iterator[str]:
    missing = [name for name in _NAMES if not hasattr(model, name)]
    if missing:
        yield f"it lacks: {', '.join(missing)}"
        return
    if not hasattr(model.config, "model_dump"):
        yield f"config is a {type(model.config).__name__}, and must be the pydantic configuration that it was built from"
    batch = _batch(vocabulary_size, min(_WORDS, model.max_length), size)
    output = model(batch)
    if not isinstance(output, ModelOutput) or not isinstance(output.memory, Memory):
        yield f"forward gives a {type(output).__name__}, and must give a ModelOutput with a Memory"
        return
    tokens = _given(batch.tokens)
    wrong = [
        *_wrong_shape("logits", output.logits, (_PAIRS, _CAPTIONS, tokens.shape[-1] - 1, vocabulary_size), "[B, K, T-1, V]"),
        *_memory_problems(model, output.memory),
    ]
    yield from wrong
    if not wrong:
        yield from _feature_problems(model, batch)
        yield from _decoding_problems(model, tokens, output)


def _batch(vocabulary_size: int, length: int, size: int) -> Batch:
    words = torch.arange(END, END + _PAIRS * _CAPTIONS * length).remainder(vocabulary_size - END - 1) + END + 1
    tokens = words.reshape(_PAIRS, _CAPTIONS, length).clone()
    tokens[..., 0], tokens[..., -1] = START, END
    tokens[1, 1, 1:] = PAD
    tokens[1, 1, 1] = END
    return Batch(pair=torch.rand(_PAIRS, 2, 3, size, size), tokens=tokens, changed=torch.tensor([1.0, 0.0]))


def _memory_problems(model: Any, memory: Memory) -> Iterator[str]:
    yield from _wrong_shape("memory.tokens", memory.tokens, (_PAIRS, None, None), "[B, N, d]")
    yield from _wrong_shape("memory.embedding", memory.embedding, (_PAIRS, None), "[B, E]")
    yield from _wrong_shape("memory.change_logit", memory.change_logit, (_PAIRS,), "[B]")
    if memory.mask_logits is not None:
        yield from _wrong_shape("memory.mask_logits", memory.mask_logits, (_PAIRS, 1, None, None), "[B, 1, h', w']")
    if memory.level_weights is not None:
        yield from _wrong_shape("memory.level_weights", memory.level_weights, (_PAIRS, None), "[B, L]")
        if not hasattr(model, "strides"):
            yield "memory.level_weights need an attribute `strides` of the model: pixels that a cell of each level spans"
    grid = memory.grid
    if isinstance(memory.tokens, Tensor) and memory.tokens.ndim > 1 and not 0 < grid[0] * grid[1] <= memory.tokens.shape[1]:
        yield f"memory.grid is {grid}, and memory.tokens are {memory.tokens.shape[1]}: the first h*w of them must be that grid"
    if isinstance(memory.embedding, Tensor) and not _close(memory.embedding.norm(dim=-1), torch.ones(())):
        yield "memory.embedding must have unit length: torch.nn.functional.normalize(embedding, dim=-1)"


def _feature_problems(model: Any, batch: Batch) -> Iterator[str]:
    pair = _given(batch.pair)
    features = model.frozen_part(pair)
    if features is None:
        return
    shapes = [tuple(level.shape) for level in features]
    if any(len(shape) != 5 or shape[:2] != (_PAIRS, 2) for shape in shapes):
        yield f"frozen_part gives {shapes}, and must give tensors [B, 2, C, h, w], or None"
        return
    read, cached = model.encode(Batch(pair=pair)), model.encode(Batch(features=features))
    if not _close(read.tokens, cached.tokens):
        yield "encode gives another memory for the features of frozen_part than for the pixels: cache.variants would train another model"


def _decoding_problems(model: Any, tokens: Tensor, output: ModelOutput) -> Iterator[str]:
    words = tokens[..., :-1].reshape(_PAIRS * _CAPTIONS, -1)
    together, _ = model.decode(output.memory, words)
    expected = output.logits.flatten(0, 1)
    if together.shape != expected.shape or not _close(together, expected):
        yield "decode gives other scores than forward: row r of its tokens belongs to pair r // (R / B)"
        return
    cut, _ = model.decode(output.memory, words[:, :-1])
    if not _close(cut, together[:, :-1]):
        yield "decode lets a word see the words behind it: mask the decoder's attention, or it learns to copy and writes nonsense in use"
        return
    cache, alone = None, []
    for place in range(words.shape[1]):
        scores, cache = model.decode(output.memory, words[:, place : place + 1], cache)
        alone.append(scores)
    if not _close(torch.cat(alone, 1), together):
        yield "decode gives other scores for one word at a time, with its cache, than for all at once"


def _rebuilding_problems(name: str, model: Any, vocabulary_size: int) -> Iterator[str]:
    try:
        again = create_model(name, without_first_weights(model.config.model_dump(mode="json")), vocabulary_size)
    except ConfigError as error:
        yield f"a checkpoint of it could not be loaded: {error}"
        return
    shapes = [{key: tuple(value.shape) for key, value in one.state_dict().items()} for one in (model, again)]
    different = sorted(key for key in shapes[0].keys() | shapes[1].keys() if shapes[0].get(key) != shapes[1].get(key))
    if different:
        yield f"a checkpoint of it could not be loaded: built from its `config` it has other weights: {', '.join(different[:3])}"


def _wrong_shape(name: str, value: Any, wanted: tuple[int | None, ...], meaning: str) -> Iterator[str]:
    if not isinstance(value, Tensor):
        yield f"{name} is a {type(value).__name__}, and must be a tensor {meaning}"
        return
    fits = value.ndim == len(wanted) and all(want in (None, side) for want, side in zip(wanted, value.shape, strict=True))
    if not fits:
        sides = ", ".join("any" if side is None else str(side) for side in wanted)
        yield f"{name} is {list(value.shape)}, and must be {meaning}, here [{sides}]"


def _close(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.expand_as(one).shape and torch.allclose(one, other.expand_as(one), rtol=_RTOL, atol=_ATOL)


def _given(value: Tensor | None) -> Tensor:
    if value is None:
        raise ValueError("the made-up batch lacks a part")
    return value
