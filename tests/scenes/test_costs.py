"""What a run will cost, before it is run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from deltascribe.captioner import ChangeCaptioner
from deltascribe.scenes.costs import Crew, Estimate, Kind, estimate, own_room

from .small import TILES, Prepare, write_raster

CPU = torch.device("cpu")
WEIGHTS, TILE = 55_000_000, 2 * 3 * 256**2 * 4
"""Bytes of the shipped model's weights and of its tiles."""


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Workers that take 2 s a tile by a clock of their own; gives the numbers of the tiles."""
    seen: list[int] = []
    monkeypatch.setattr("deltascribe.scenes.worker.SceneWorker.__call__", lambda worker, tiles: seen.extend(tile.index for tile in tiles))
    monkeypatch.setattr("deltascribe.scenes.costs.time.perf_counter", lambda: 2.0 * len(seen))
    monkeypatch.setattr("deltascribe.scenes.costs.available_cores", lambda: 2)
    return seen


def test_a_few_tiles_spread_over_what_is_known_are_looked_at(prepare_scene: Prepare, captioner: ChangeCaptioner, looked: list[int]) -> None:
    found = estimate(prepare_scene(), captioner, Crew(2))
    assert looked == [0, 7, 13, 19]  # 4 is skipped
    assert found.seconds_a_tile == pytest.approx(2 * 19 / 20)
    assert found.seconds == pytest.approx(10 * found.seconds_a_tile)
    assert found.busy == 2
    assert found.skipped == pytest.approx(1 / 20)
    assert found.worker_gb == 0


def test_one_tile_is_looked_at_again_when_it_is_warm(prepare_scene: Prepare, captioner: ChangeCaptioner, looked: list[int]) -> None:
    found = estimate(prepare_scene(limit=1), captioner, Crew(32))
    assert looked == [0, 0]
    assert (found.seconds_a_tile, found.seconds, found.busy) == (2.0, 2.0, 1)


def test_the_sample_tells_how_much_is_not_known(captioner: ChangeCaptioner, prepare_scene: Prepare, tmp_path: Path) -> None:
    ground = np.full((3, 64, 640), 90, np.uint8)
    before = write_raster(tmp_path / "before.tif", ground)
    ground[:, :, :320] = 0
    found = estimate(prepare_scene(before, write_raster(tmp_path / "after.tif", ground), overlap=0), captioner, Crew(1))
    assert found.unknown == pytest.approx(0.5)
    assert found.skipped == pytest.approx(0.5)


def test_many_tiles_are_sampled_evenly(
    prepare_scene: Prepare, captioner: ChangeCaptioner, looked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    monkeypatch.setattr("deltascribe.scenes.costs._known", lambda order, tiles: [read.append(tile.index) or 1.0 for tile in tiles])  # type: ignore[func-returns-value]
    scene = prepare_scene()
    many = tuple(replace(scene.plan.tiles[0], index=number) for number in range(211))
    estimate(replace(scene, plan=replace(scene.plan, tiles=many)), captioner, Crew(1))
    assert read == list(range(0, 211, 6))
    assert looked == [0, 72, 138, 210]


def test_a_plan_without_tiles_costs_no_time(prepare_scene: Prepare, captioner: ChangeCaptioner) -> None:
    scene = prepare_scene(limit=1)
    found = estimate(replace(scene, plan=replace(scene.plan, tiles=())), captioner, Crew(2))
    assert found == Estimate(0.0, 0.0, 0, found.memory_gb, 0.0, 0.0, 0.0)


def test_a_real_look_takes_time(prepare_scene: Prepare, captioner: ChangeCaptioner) -> None:
    found = estimate(prepare_scene(), captioner, Crew(1))
    assert 0 < found.seconds_a_tile < 60
    assert found.seconds == pytest.approx(TILES * found.seconds_a_tile)


@pytest.mark.parametrize(
    ("tiles", "crew", "busy", "turns"),
    [
        (9, Crew(1), 1, 9),
        (9, Crew(2), 2, 5),
        (9, Crew(32), 9, 3),  # 9 batches of a tile on 4 cores
        (9, Crew(32, kind="actors"), 9, 3),
        (9, Crew(32, kind="cluster"), 9, 1),
        (9, Crew(8, kind="cluster"), 5, 2),  # 5 batches of 2
        (100, Crew(4, batch_size=16), 4, 32),  # 7 batches: two turns of 16
        (0, Crew(4), 0, 0),
    ],
)
def test_time_is_that_of_the_worker_with_the_most_batches(
    tiles: int, crew: Crew, busy: int, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deltascribe.scenes.costs.available_cores", lambda: 4)
    assert (crew.busy(tiles), crew.turns(tiles, CPU)) == (busy, turns)


def test_workers_share_the_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    gpu = torch.device("cuda")
    assert (own_room("threads", gpu), own_room("actors", gpu)) == (1, 8)
    assert Crew(4).turns(64, gpu) == 64
    assert Crew(4, kind="actors").turns(64, gpu) == 16


@pytest.mark.parametrize(
    ("workers", "kind", "measured"),
    [
        (1, "threads", 0.81),
        (2, "threads", 0.88),
        (4, "threads", 0.98),
        (8, "threads", 1.29),
        (16, "threads", 1.90),
        (1, "actors", 1.72),
        (2, "actors", 2.26),
        (3, "actors", 2.61),
    ],
)
def test_memory_is_as_measured_or_somewhat_more(workers: int, kind: Kind, measured: float) -> None:
    expected, elsewhere = Crew(workers, kind=kind).memory_gb(361, WEIGHTS, TILE)
    assert 0.98 * measured < expected < 1.2 * measured
    assert elsewhere == 0


def test_memory_grows_with_busy_workers_their_batches_and_the_model() -> None:
    threads = [Crew(workers).memory_gb(361, WEIGHTS, TILE)[0] for workers in (1, 2, 3)]
    assert threads[2] - threads[1] == pytest.approx(threads[1] - threads[0])
    assert Crew(32).memory_gb(2, WEIGHTS, TILE) == Crew(2, 1).memory_gb(2, WEIGHTS, TILE)
    assert Crew(2, 64).memory_gb(361, WEIGHTS, TILE)[0] - threads[1] == pytest.approx(2 * 48 * TILE / 1e9)
    heavier = [Crew(3, kind=kind).memory_gb(361, WEIGHTS + 10**9, TILE)[0] for kind in ("threads", "actors")]  # type: ignore[arg-type]
    assert heavier[0] - threads[2] == pytest.approx(1.0)  # threads share the model, and each actor has its own
    assert heavier[1] - Crew(3, kind="actors").memory_gb(361, WEIGHTS, TILE)[0] == pytest.approx(4.0)


def test_on_a_cluster_each_worker_has_memory_of_its_own() -> None:
    few, many = (Crew(workers, kind="cluster").memory_gb(5329, WEIGHTS, TILE) for workers in (2, 64))
    assert few == many
    assert few == pytest.approx((0.72, 0.605), abs=0.01)
