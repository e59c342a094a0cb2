"""What a run will cost, measured on a few tiles."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from deltascribe.captioner import ChangeCaptioner
from deltascribe.scenes.preparing import PreparedScene
from deltascribe.scenes.worker import SceneWorker

_PROBES = 3
_BASE_GB = 0.7
"""Main memory of Python, torch, GDAL and its block cache before the first tile."""
_WORKER_GB = 0.15
"""What a worker adds: its open files, the tiles of a batch, the model's intermediate results."""


@dataclass(frozen=True)
class Estimate:
    """Expected costs.

    Attributes:
        seconds_a_tile: of one worker; captions of changed tiles take longer than those of unchanged ones.
        memory_gb: main memory in 10^9 bytes, for one worker.
    """

    seconds_a_tile: float
    memory_gb: float


def estimate(scene: PreparedScene, captioner: ChangeCaptioner, *, network: bool = False) -> Estimate:
    """Looks at a few tiles spread over the plan, after one that warms up."""
    order = scene.order(captioner, network=network)
    tiles = scene.plan.tiles
    if not tiles:
        return Estimate(0.0, _BASE_GB + _WORKER_GB)
    chosen = [tiles[round(share * (len(tiles) - 1) / _PROBES)] for share in range(_PROBES + 1)]
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with SceneWorker(order, captioner) as worker:
            worker(chosen[:1])
            started = time.perf_counter()
            worker(chosen[1:])
            return Estimate((time.perf_counter() - started) / _PROBES, _BASE_GB + _WORKER_GB)
    finally:
        torch.set_num_threads(cores)
