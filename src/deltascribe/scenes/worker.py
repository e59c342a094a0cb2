"""Reads tiles and lets the model look at them: the part of a run that executors repeat, on one machine or many."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from deltascribe.captioner import ChangeCaptioner
from deltascribe.device import set_threads
from deltascribe.errors import ExecutorError
from deltascribe.generation import Description
from deltascribe.own_code import import_own
from deltascribe.pixels import Pixels
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.plan import Tile
from deltascribe.scenes.reading import DateSource, Valid, open_dates, read_pair
from deltascribe.scenes.results import BatchResult, TileResult, quantised, rounded
from deltascribe.text import begins_as_no_change


@dataclass(frozen=True)
class WorkOrder:
    """All that a worker must know, small enough to be sent to another machine.

    Attributes:
        before, after: the dates.
        grid: common grid.
        size: side of the model's input in pixels.
        model: checkpoint folder, or name of a shipped model; None for the default one.
        device: see `resolve_device`.
        beams: of the search.
        min_valid: share of a tile's pixels that must be known on both dates.
        network: whether web addresses are read.
        fingerprint: of the model that is meant (`ChangeCaptioner.fingerprint`); empty where any will do.
        own_code: files of the user's own that the worker imports before it loads the model, see `own_code.import_own`.
    """

    before: DateSource
    after: DateSource
    grid: Grid
    size: int
    model: str | None
    device: str
    beams: int
    min_valid: float
    network: bool = False
    fingerprint: str = ""
    own_code: tuple[str, ...] = ()


class SceneWorker:
    """Answers for tiles. Opens the rasters at the first call, so that it can be made in one place and used in another.

    On a CPU each tile goes through the model on its own, on one thread: sums are then added up in one order, and an answer does not
    depend on which tiles share a batch, on the number of workers or on the executor.

    Args:
        order: what to do.
        captioner: the model where it is loaded already; None loads it at the first call.
    """

    def __init__(self, order: WorkOrder, captioner: ChangeCaptioner | None = None) -> None:
        self.order = order
        self._captioner = captioner
        self._files = ExitStack()
        self._read: Callable[[Tile], tuple[Pixels, Valid]] | None = None

    def __call__(self, tiles: Sequence[Tile]) -> BatchResult:
        """Reads and describes tiles.

        Raises:
            ImageDecodeError: a block of a file can't be decoded.
        """
        started = time.perf_counter()
        read = self._reader()
        pixels = [read(tile) for tile in tiles]
        between = time.perf_counter()
        results = self._describe(tiles, pixels)
        return BatchResult(results, between - started, time.perf_counter() - between)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()
        self._read = None

    def captioner(self) -> ChangeCaptioner:
        """The model, loaded at the first call.

        Raises:
            OwnCodeError: the user's code is not on this machine, or fails.
            ExecutorError: by its name another model is found here than is meant.
        """
        if self._captioner is None:
            set_threads(1)
            import_own(self.order.own_code)
            captioner = ChangeCaptioner.from_pretrained(self.order.model, device=self.order.device)
            if self.order.fingerprint not in ("", captioner.fingerprint):
                raise ExecutorError(
                    f"A worker found another model as {self.order.model} than the one that the run began with. Put the same checkpoint "
                    "folder in the same place on all machines."
                )
            self._captioner = captioner
        return self._captioner

    def _reader(self) -> Callable[[Tile], tuple[Pixels, Valid]]:
        if self._read is None:
            order = self.order
            readers = self._files.enter_context(open_dates(order.before, order.after, order.grid, network=order.network))

            def read(tile: Tile) -> tuple[Pixels, Valid]:
                pair, valid = read_pair(readers, tile.window)
                return _padded(pair, order.size), valid

            self._read = read
        return self._read

    def _describe(self, tiles: Sequence[Tile], found: Sequence[tuple[Pixels, Valid]]) -> tuple[TileResult, ...]:
        seen = [place for place, (_, valid) in enumerate(found) if _share(valid) >= self.order.min_valid]
        captioner = self.captioner()
        groups = [[place] for place in seen] if captioner.device.type == "cpu" else [seen] if seen else []
        answers: dict[int, Description] = {}
        for group in groups:
            pixels = torch.from_numpy(np.stack([found[place][0] for place in group]))
            said = captioner.describe(pixels, beams=self.order.beams, unchanged_sentences=False)
            answers.update(zip(group, said, strict=True))
        return tuple(_result(tile, found[place][1], answers.get(place)) for place, tile in enumerate(tiles))


def _result(tile: Tile, valid: Valid, answer: Description | None) -> TileResult:
    if answer is None:
        return TileResult(tile.index, _share(valid), None, 0.0, False, None)
    mask = None if answer.mask is None else quantised(answer.mask.numpy())
    changed, probability = not begins_as_no_change(answer.caption), rounded(answer.change_probability)
    return TileResult(tile.index, _share(valid), answer.caption, probability, changed, mask, None if valid.all() else valid)


def _share(valid: Valid) -> float:
    """Of the pixels that are known, in steps of 0.0001."""
    return round(float(valid.mean()), 4)


def _padded(pair: Pixels, size: int) -> Pixels:
    """A window smaller than the model's input, at its upper left; the rest is black on both dates, so that nothing changes there."""
    height, width = pair.shape[-2:]
    if (height, width) == (size, size):
        return pair
    full = np.zeros((2, 3, size, size), np.float32)
    full[..., :height, :width] = pair
    return full
