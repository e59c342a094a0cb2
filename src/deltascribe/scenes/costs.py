"""What a run will cost, measured on a few tiles."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from deltascribe.captioner import ChangeCaptioner
from deltascribe.device import available_cores
from deltascribe.scenes.plan import Tile, fair_size
from deltascribe.scenes.preparing import PreparedScene
from deltascribe.scenes.reading import open_dates, read_pair
from deltascribe.scenes.worker import SceneWorker, WorkOrder

Kind = Literal["threads", "actors", "cluster"]

_PROBES = 3
_SAMPLES = 36
"""Tiles that are read, but not looked at."""

# Main memory in 10^9 bytes without the model's weights and the pixels of a batch, from peaks of whole runs on a CPU: 0.81, 0.88, 0.98, 1.29
# and 1.90 with 1, 2, 4, 8 and 16 threads, 0.99 with 2 threads and batches of 64; 1.72, 2.26 and 2.61 with Ray and 1, 2 and 3 actors.
_PROCESS_GB = 0.665
"""Python, torch, GDAL and its block cache, and what puts the answers together."""
_THREAD_GB = 0.055
"""A thread's open files, the model's intermediate results, and what the allocator keeps for it."""
_RAY_GB = 0.48
"""Ray's own processes."""
_ACTOR_GB = 0.525
"""A process with its own Python, torch, GDAL and block cache."""


@dataclass(frozen=True)
class Crew:
    """Who works on the tiles.

    Attributes:
        workers: threads or actors at most.
        batch_size: tiles of a batch at most.
        kind: `threads` of this process, which share the model; Ray `actors` on this machine, which load it each; or such of a `cluster`.
    """

    workers: int
    batch_size: int = 16
    kind: Kind = "threads"

    def busy(self, tiles: int) -> int:
        """Workers that get a batch, if there are so many tiles."""
        return min(self.workers, math.ceil(tiles / fair_size(tiles, self.batch_size, self.workers)))

    def turns(self, tiles: int, device: torch.device) -> int:
        """Tiles that are worked on one after the other, by the worker that has most of them."""
        if not tiles:
            return 0
        size = fair_size(tiles, self.batch_size, self.workers)
        at_once = self.workers if self.kind == "cluster" else min(self.workers, own_room(self.kind, device))
        return min(math.ceil(math.ceil(tiles / size) / at_once) * size, tiles)

    def memory_gb(self, tiles: int, weights: int, tile: int) -> tuple[float, float]:
        """Main memory in 10^9 bytes on this machine, and of each worker of a cluster on its machine (0 without one).

        Args:
            tiles: of the scene.
            weights: bytes of the model's.
            tile: bytes of a tile's pixels.
        """
        model, batch = weights / 1e9, fair_size(tiles, self.batch_size, self.workers) * tile / 1e9
        own, actor = _PROCESS_GB + model, _ACTOR_GB + model + batch
        if self.kind == "threads":
            return own + self.busy(tiles) * (_THREAD_GB + batch), 0.0
        return (own, actor) if self.kind == "cluster" else (own + _RAY_GB + self.busy(tiles) * actor, 0.0)


@dataclass(frozen=True)
class Estimate:
    """Expected costs.

    Attributes:
        seconds_a_tile: of one worker, on average; captions of changed tiles take longer than those of unchanged ones.
        seconds: of all tiles.
        busy: workers that get tiles.
        memory_gb: main memory of this machine in 10^9 bytes.
        worker_gb: the same of each worker of a cluster, on its machine; 0 without a cluster.
        unknown: share of the sampled tiles' pixels that is not known on both dates.
        skipped: share of the sampled tiles of which too little is known.
    """

    seconds_a_tile: float
    seconds: float
    busy: int
    memory_gb: float
    worker_gb: float
    unknown: float
    skipped: float


def own_room(kind: Kind, device: torch.device) -> int:
    """Workers on this machine that don't have to share a core or a GPU."""
    if device.type == "cpu":
        return available_cores()
    return max(torch.cuda.device_count(), 1) if kind == "actors" else 1


def estimate(scene: PreparedScene, captioner: ChangeCaptioner, crew: Crew, *, network: bool = False) -> Estimate:
    """Reads some tiles spread over the plan, and looks at a few of those of which enough is known, after one that warms up.

    Args:
        scene: as `prepare` gives it.
        captioner: the model.
        crew: who will work.
        network: whether web addresses are read.
    """
    order = scene.order(captioner, network=network)
    tiles = scene.plan.tiles
    sample = _spread(tiles, _SAMPLES)
    known = _known(order, sample)
    enough = [tile for tile, share in zip(sample, known, strict=True) if share >= order.min_valid]
    seen = len(enough) / max(len(sample), 1)
    seconds = _look(order, captioner, _spread(enough, _PROBES + 1)) * seen
    weights = sum(weight.nbytes for weight in captioner.checkpoint.model.parameters())
    memory = crew.memory_gb(len(tiles), weights, tile=2 * 3 * order.size**2 * np.dtype(np.float32).itemsize)
    unknown = 1 - float(np.mean(known)) if known else 0.0
    turns = crew.turns(len(tiles), captioner.device)
    return Estimate(seconds, turns * seconds, crew.busy(len(tiles)), *memory, unknown, 1 - seen if sample else 0.0)


def _spread(tiles: Sequence[Tile], count: int) -> list[Tile]:
    """So many tiles, or all, evenly from the first to the last."""
    if len(tiles) <= count:
        return list(tiles)
    return [tiles[round(place * (len(tiles) - 1) / (count - 1))] for place in range(count)]


def _known(order: WorkOrder, tiles: Sequence[Tile]) -> list[float]:
    """The share of each tile that is known on both dates."""
    with open_dates(order.before, order.after, order.grid, network=order.network) as readers:
        return [float(read_pair(readers, tile.window)[1].mean()) for tile in tiles]


def _look(order: WorkOrder, captioner: ChangeCaptioner, tiles: Sequence[Tile]) -> float:
    """Seconds that a worker takes for one of these tiles; the first of several warms up."""
    if not tiles:
        return 0.0
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with SceneWorker(order, captioner) as worker:
            worker(tiles[:1])
            started = time.perf_counter()
            worker(tiles[1:] or tiles)
            return (time.perf_counter() - started) / (len(tiles) - 1 or 1)
    finally:
        torch.set_num_threads(cores)
