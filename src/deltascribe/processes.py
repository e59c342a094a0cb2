"""What a process that works for another one owes it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait

from deltascribe.own_code import import_own


def serve_parent() -> None:
    """To be called first in a process that another one started: it leaves Ctrl-C to that one, ends when that was killed, and imports
    the user's code that that one has imported (`own_code`).

    Raises:
        OwnCodeError: that code is gone or fails by now.
    """
    # Ctrl-C reaches every process of a terminal; the first one decides what becomes of it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    import_own()


def _end_with(sentinel: int) -> None:
    """It would wait for work for ever, or do what nobody waits for."""
    wait([sentinel])
    os._exit(1)
