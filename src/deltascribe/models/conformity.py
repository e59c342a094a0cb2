"""Whether a model keeps to `CaptionModel`: asked of a user's own before its training, since some faults show after hours or never."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
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
_MEMORY = ("tokens", "embedding", "change_logit", "mask_logits", "level_weights")
_RTOL, _ATOL = 1e-3, 1e-4
_BREAKS = (TypeError, ValueError, LookupError, AttributeError, RuntimeError)  # what a fault in code over tensors raises


class _FaultError(Exception):
    """What is wrong where nothing behind it can be asked."""


def check_interface(name: str, settings: Mapping[str, Any] | None = None, *, vocabulary_size: int = 16, size: int = 64) -> None:
    """Builds a registered model, lets it read two made-up pairs with two captions each, and looks at what it gives.

    Besides names and shapes: cached features must give the same memory as pixels, a word must not see the words behind it, one word
    at a time must give the same scores as all at once, also in the order of a beam search, and the model must be built the same from the
    settings that a checkpoint keeps.

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
        torch.default_generator.manual_seed(0)  # torch.manual_seed would seed accelerators too, and these are not forked
        model = create_model(name, settings or {}, vocabulary_size).eval()
        problems: list[str] = []
        cause: BaseException | None = None
        try:
            problems.extend(_problems(model, vocabulary_size, size))
            problems.extend([] if problems else _rebuilding_problems(name, model, vocabulary_size))
        except _FaultError as fault:
            problems.append(str(fault))
            cause = fault.__cause__
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        told = f"the model '{name}' does not keep to deltascribe.models.CaptionModel, which tells all shapes:\n{lines}"
        raise ModelInterfaceError(told) from cause


def _problems(model: Any, vocabulary_size: int, size: int) -> Iterator[str]:
    missing = [name for name in _NAMES if not hasattr(model, name)]
    if missing:
        yield f"it lacks: {', '.join(missing)}"
        return
    if not hasattr(model.config, "model_dump"):
        yield f"config is a {type(model.config).__name__}, and must be the pydantic configuration that it was built from"
    batch = _batch(vocabulary_size, min(_WORDS, model.max_length), size)
    pair, tokens = _given(batch.pair), _given(batch.tokens)
    memory = _encode(model, Batch(pair=pair))
    wrong = [*_memory_problems(model, memory)]
    yield from wrong
    if wrong:
        return
    # before forward, which may call it: what breaks off is then told by its own name
    _decode(model, memory, tokens[..., :-1].flatten(0, 1))
    output = _call("forward", model, batch)
    if not isinstance(output, ModelOutput) or not isinstance(output.memory, Memory):
        yield f"forward gives a {type(output).__name__}, and must give a ModelOutput with a Memory"
        return
    wrong = [
        *_wrong_shape("logits", output.logits, (_PAIRS, _CAPTIONS, tokens.shape[-1] - 1, vocabulary_size), "[B, K, T-1, V]"),
        *_memory_problems(model, output.memory),
    ]
    yield from wrong
    if not wrong:
        yield from _feature_problems(model, pair)
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
    grid: Any = memory.grid
    if not isinstance(grid, tuple) or len(grid) != 2 or not all(isinstance(side, int) for side in grid):
        yield f"memory.grid is {grid!r}, and must be (h, w), the grid that the first h*w of memory.tokens are"
    elif isinstance(memory.tokens, Tensor) and memory.tokens.ndim > 1 and not 0 < grid[0] * grid[1] <= memory.tokens.shape[1]:
        yield f"memory.grid is {grid}, and memory.tokens are {memory.tokens.shape[1]}: the first h*w of them must be that grid"
    if isinstance(memory.embedding, Tensor) and memory.embedding.ndim == 2 and not _unit(memory.embedding):
        yield "memory.embedding must have unit length: torch.nn.functional.normalize(embedding, dim=-1)"


def _feature_problems(model: Any, pair: Tensor) -> Iterator[str]:
    features = _call("frozen_part", model.frozen_part, pair)
    if features is None:
        return
    if not isinstance(features, (list, tuple)) or not all(isinstance(level, Tensor) for level in features):
        yield f"frozen_part gives a {type(features).__name__}, and must give a list of tensors [B, 2, C, h, w], or None"
        return
    shapes = [tuple(level.shape) for level in features]
    if any(len(shape) != 5 or shape[:2] != (_PAIRS, 2) for shape in shapes):
        yield f"frozen_part gives {shapes}, and must give tensors [B, 2, C, h, w], or None"
        return
    read, cached = _encode(model, Batch(pair=pair)), _encode(model, Batch(features=list(features)))
    different = [name for name in _MEMORY if not _same(getattr(read, name), getattr(cached, name))]
    if different:
        yield (
            f"encode gives another memory for the features of frozen_part than for the pixels ({', '.join(different)} differ): "
            "cache.variants would train another model"
        )


def _decoding_problems(model: Any, tokens: Tensor, output: ModelOutput) -> Iterator[str]:
    words = tokens[..., :-1].reshape(_PAIRS * _CAPTIONS, -1)
    together, _ = _decode(model, output.memory, words)
    if not _close(together, output.logits.flatten(0, 1)):
        yield "decode gives other scores than forward: row r of its tokens belongs to pair r // (R / B)"
        return
    cut, _ = _decode(model, output.memory, words[:, :-1])
    if not _close(cut, together[:, :-1]):
        yield "decode lets a word see the words behind it: mask the decoder's attention, or it learns to copy and writes nonsense in use"
        return
    yield from _search_problems(model, output.memory, words)
    cache = None
    for place in range(words.shape[1]):
        scores, cache = _decode(model, output.memory, words[:, place : place + 1], cache)
        if not _close(scores, together[:, place : place + 1]):
            yield "decode gives other scores for one word at a time, with its cache, than for all at once"
            return


def _search_problems(model: Any, memory: Memory, words: Tensor) -> Iterator[str]:
    """Whether a cache goes on as a search of captions asks it to: pairs leave, and rows change their places."""
    # an untrained backbone gives nearly the same memory for any pair
    memory = replace(memory, tokens=torch.randn_like(memory.tokens))
    together, _ = _decode(model, memory, words)
    _, cache = _decode(model, memory, words[:, :-1])
    lacking = [name for name in ("keep", "reorder") if not callable(getattr(cache, name, None))]
    if lacking:
        yield f"decode gives a cache ({type(cache).__name__}) without {' and '.join(lacking)}, which beam search needs: see DecoderCache"
        return
    pair, rows = torch.tensor([_PAIRS - 1]), torch.arange(words.shape[0]).flip(0)[:_CAPTIONS]  # of the last pair, turned round
    kept = _call("keep of the cache", cache.keep, pair)
    turned = _call("reorder of the cache", kept.reorder, rows)
    scores, _ = _decode(model, memory.select(pair), words[rows, -1:], turned)
    if not _close(scores, together[rows, -1:]):
        yield "decode gives other scores after keep(pairs) and reorder(rows) of its cache: beam search would mix up captions or pairs"


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


def _call(name: str, function: Callable[..., Any], *values: Any) -> Any:
    """What a part of the user's model gives; what it breaks off with is told."""
    try:
        return function(*values)
    except _BREAKS as error:
        raise _FaultError(f"{name} breaks off: {type(error).__name__}: {error}{_place(error)}") from error


def _place(error: Exception) -> str:
    """The line of the last file that is not an installed package's: most often the user's own."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)[1:] if "site-packages" not in frame.filename]
    return f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""


def _encode(model: Any, batch: Batch) -> Memory:
    memory = _call("encode", model.encode, batch)
    if not isinstance(memory, Memory):
        raise _FaultError(f"encode gives a {type(memory).__name__}, and must give a Memory")
    return memory


def _decode(model: Any, memory: Memory, words: Tensor, cache: Any = None) -> tuple[Tensor, Any]:
    given = _call("decode", model.decode, memory, words, cache)
    if not isinstance(given, tuple) or len(given) != 2 or not isinstance(given[0], Tensor):
        raise _FaultError(f"decode gives a {type(given).__name__}, and must give (scores, cache), the scores a tensor [R, t, V]")
    return given


def _same(one: Any, other: Any) -> bool:
    return _close(one, other) if isinstance(one, Tensor) and isinstance(other, Tensor) else one is other


def _unit(vectors: Tensor) -> bool:
    norm = vectors.norm(dim=-1)
    return _close(norm, torch.ones_like(norm))


def _close(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, rtol=_RTOL, atol=_ATOL)


def _given(value: Tensor | None) -> Tensor:
    if value is None:
        raise ValueError("the made-up batch lacks a part")
    return value
