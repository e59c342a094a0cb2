"""What a process that works for another one owes it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def serve_parent() -> None:
    """To be called first in a process that another one started: it leaves Ctrl-C to that one, and ends when that was killed."""
    # Ctrl-C reaches every process of a terminal; the first one decides what becomes of it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """It would wait for work for ever, or do what nobody waits for."""
    wait([sentinel])
    os._exit(1)
