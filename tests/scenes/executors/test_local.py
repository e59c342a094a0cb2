"""Batches in threads of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import torch

from deltascribe.captioner import ChangeCaptioner
from deltascribe.errors import ImageDecodeError
from deltascribe.scenes.executors import run_local
from deltascribe.scenes.plan import Tile
from deltascribe.scenes.preparing import PreparedScene
from deltascribe.scenes.results import BatchResult, TileResult
from deltascribe.scenes.worker import SceneWorker, WorkOrder

from ..small import Prepare


@pytest.fixture
def scene(prepare_scene: Prepare) -> PreparedScene:
    return prepare_scene()


def order_of(scene: PreparedScene) -> WorkOrder:
    return WorkOrder(scene.before, scene.after, scene.plan.grid, scene.plan.size, None, "cpu", 1, 0.25)


def team() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("scene-")]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Workers that answer without looking; gives the numbers of their tiles as they are asked for."""
    asked: list[int] = []

    def answer(worker: SceneWorker, tiles: tuple[Tile, ...]) -> BatchResult:
        asked.extend(tile.index for tile in tiles)
        return BatchResult(tuple(TileResult(tile.index, 1.0, None, 0.0, False, None) for tile in tiles), 0, 0)

    monkeypatch.setattr(SceneWorker, "__call__", answer)
    return asked


@pytest.mark.parametrize("threads", [1, 3])
def test_every_batch_is_answered_once_and_the_threads_go(
    scene: PreparedScene, captioner: ChangeCaptioner, quick: list[int], threads: int
) -> None:
    answers = list(run_local(order_of(scene), scene.plan.batches(3), threads=threads, captioner=captioner))
    assert sorted(tile.index for answer in answers for tile in answer.tiles) == list(range(20)) == sorted(quick)
    assert team() == []


def test_no_more_than_two_batches_a_thread_are_taken_ahead(scene: PreparedScene, captioner: ChangeCaptioner, quick: list[int]) -> None:
    taken: list[int] = []

    def batches() -> Iterator[tuple[Tile, ...]]:
        for tile in scene.plan.tiles:
            taken.append(tile.index)
            yield (tile,)

    answers = run_local(order_of(scene), batches(), threads=2, captioner=captioner)
    for done in range(1, 6):
        next(answers)
        assert len(taken) == 4 + done - 1
    answers.close()
    assert team() == []


def test_each_worker_computes_on_one_core_and_the_setting_comes_back(
    scene: PreparedScene, captioner: ChangeCaptioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    cores: list[int] = []

    def answer(worker: SceneWorker, tiles: tuple[Tile, ...]) -> BatchResult:
        cores.append(torch.get_num_threads())
        return BatchResult((), 0, 0)

    monkeypatch.setattr(SceneWorker, "__call__", answer)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        list(run_local(order_of(scene), scene.plan.batches(10), captioner=captioner))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert cores == [1, 1]


def test_an_error_of_one_thread_ends_all(scene: PreparedScene, captioner: ChangeCaptioner, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(worker: SceneWorker, tiles: tuple[Tile, ...]) -> BatchResult:
        if tiles[0].index == 6:
            raise ImageDecodeError("a block can't be decoded")
        time.sleep(0.01)
        return BatchResult((), 0, 0)

    monkeypatch.setattr(SceneWorker, "__call__", answer)
    with pytest.raises(ImageDecodeError, match="a block can't be decoded"):
        list(run_local(order_of(scene), scene.plan.batches(2), threads=2, captioner=captioner))
    assert team() == []


def test_nothing_to_do_gives_nothing(scene: PreparedScene, captioner: ChangeCaptioner) -> None:
    assert list(run_local(order_of(scene), [], captioner=captioner)) == []
    assert team() == []
