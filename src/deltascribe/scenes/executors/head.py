"""Tells when the head of a Ray cluster is gone: Ray ends this process then, a minute later, and its own word on it is muted (`ray.py`)."""

from __future__ import annotations

import socket
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

WHAT_NEXT = "What was found is saved: give the same command again, or use --executor local."


@contextmanager
def watched(head: tuple[str, int] | None, *, every: float = 5.0, patience: float = 20.0) -> Iterator[None]:
    """Within it, a cluster's head is called up, and a warning given once it has not answered for a while.

    Args:
        head: its host and port; None: nothing is watched.
        every: seconds between two calls, and for an answer.
        patience: seconds without an answer before the warning.
    """
    over = threading.Event()
    if head is not None:
        threading.Thread(target=_watch, args=(head, every, patience, over), name="ray-head", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _watch(head: tuple[str, int], every: float, patience: float, over: threading.Event) -> None:
    answered, told = time.monotonic(), False
    while not over.wait(every):
        if _reachable(head, every):
            answered, told = time.monotonic(), False
            continue
        silent = time.monotonic() - answered
        if silent >= patience and not told and not over.is_set():
            told = True
            warnings.warn(
                f"The Ray cluster's head at {head[0]}:{head[1]} hasn't answered for {silent:.0f} seconds. If it stays away, Ray ends this "
                f"process a minute after it was lost. {WHAT_NEXT}",
                RuntimeWarning,
                stacklevel=1,
            )


def _reachable(head: tuple[str, int], timeout: float) -> bool:
    try:
        socket.create_connection(head, timeout).close()
    except OSError:
        return False
    return True
