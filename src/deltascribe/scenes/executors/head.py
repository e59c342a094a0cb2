"""Tells when the head of a Ray cluster is gone: Ray itself ends the process then, a minute later and without a word."""

from __future__ import annotations

import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

NEXT = "What was found is saved: give the same command again, or use --executor local."


@contextmanager
def watched(head: tuple[str, int] | None, *, every: float = 5.0, patience: int = 4) -> Iterator[None]:
    """Within it, a cluster's head is called up, and a warning given once it has not answered several times in a row.

    Args:
        head: its host and port; None: nothing is watched.
        every: seconds between two calls.
        patience: calls without an answer before the warning.
    """
    over = threading.Event()
    if head is not None:
        threading.Thread(target=_watch, args=(head, every, patience, over), name="ray-head", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _watch(head: tuple[str, int], every: float, patience: int, over: threading.Event) -> None:
    missed = 0
    while not over.wait(every):
        missed = 0 if _answers(head, every) else missed + 1
        if missed == patience and not over.is_set():
            warnings.warn(
                f"The Ray cluster's head at {head[0]}:{head[1]} hasn't answered for {every * patience:.0f} seconds. If it stays away, Ray "
                f"ends this process a minute after it was lost. {NEXT}",
                RuntimeWarning,
                stacklevel=1,
            )


def _answers(head: tuple[str, int], timeout: float) -> bool:
    try:
        socket.create_connection(head, timeout).close()
    except OSError:
        return False
    return True
