"""Maps a function over items in several fresh processes, in order, with a bounded number of results in memory."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from deltascribe.processes import serve_parent

Item = TypeVar("Item")
Result = TypeVar("Result")

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_AHEAD = 3  # tasks a worker that are handed out before a result is taken


def parallel_map(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Generator[Result, None, None]:
    """Yields `function(item)` for each item in order.

    Processes are spawned, not forked, so that no state of this one leaks into them; each computes on one thread. A script that calls
    this with more than one worker must do so under `if __name__ == "__main__":`.

    Args:
        function: can be pickled.
        items: can be pickled, each; read as they are needed.
        workers: number of processes; 1 computes in this one.

    Raises:
        BrokenProcessPool: a process was killed, for instance because memory ran out.
    """
    if workers <= 1:
        yield from map(function, items)
        return
    with _one_thread_each():
        pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=serve_parent)
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > workers * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that start in here take one thread: libraries read these variables when they are imported."""
    old = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in old.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
