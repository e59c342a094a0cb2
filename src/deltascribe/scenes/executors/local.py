"""Works on batches in threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from queue import Empty, SimpleQueue

import torch

from deltascribe.captioner import ChangeCaptioner
from deltascribe.scenes.plan import Tile
from deltascribe.scenes.results import BatchResult
from deltascribe.scenes.worker import SceneWorker, WorkOrder

_Tasks = SimpleQueue[tuple[Tile, ...] | None]
_Answers = SimpleQueue[BatchResult | BaseException]


def run_local(
    order: WorkOrder, batches: Iterable[tuple[Tile, ...]], *, threads: int = 1, captioner: ChangeCaptioner | None = None
) -> Generator[BatchResult, None, None]:
    """Answers for batches, as they become ready.

    Each thread opens the rasters for itself and computes on one core; the model's weights are shared. At most two batches a thread are
    under way, so that memory does not grow with the scene.

    Args:
        order: what to do.
        batches: tiles.
        threads: batches that are worked on at once.
        captioner: the model, where it is loaded already.

    Raises:
        DeltascribeError: of the first batch that failed; the others under way are given up.
    """
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    model = captioner or SceneWorker(order).captioner()
    tasks, answers = _Tasks(), _Answers()
    team = [threading.Thread(target=_serve, args=(order, model, tasks, answers), name=f"scene-{n}", daemon=True) for n in range(threads)]
    for thread in team:
        thread.start()
    try:
        yield from _exchange(iter(batches), tasks, answers, 2 * threads)
    finally:
        _empty(tasks)
        for _ in team:
            tasks.put(None)
        for thread in team:
            thread.join()
        torch.set_num_threads(cores)


def _serve(order: WorkOrder, model: ChangeCaptioner, tasks: _Tasks, answers: _Answers) -> None:
    """What a thread does: it opens the rasters, and closes them in the end, since GDAL's settings belong to a thread."""
    try:
        with SceneWorker(order, model) as worker:
            while (tiles := tasks.get()) is not None:
                answers.put(worker(tiles))
    except BaseException as error:  # handed over to the thread that waits for answers
        answers.put(error)


def _exchange(batches: Iterator[tuple[Tile, ...]], tasks: _Tasks, answers: _Answers, room: int) -> Iterator[BatchResult]:
    """Gives out batches, no more than `room` ahead of their answers."""
    under_way = 0
    while True:
        while under_way < room and (batch := next(batches, None)) is not None:
            tasks.put(batch)
            under_way += 1
        if not under_way:
            return
        answer = answers.get()
        if isinstance(answer, BaseException):
            raise answer
        under_way -= 1
        yield answer


def _empty(tasks: _Tasks) -> None:
    while True:
        try:
            tasks.get_nowait()
        except Empty:
            return
