"""One process at a time works in the folder of a grid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deltascribe.errors import ConfigError
from deltascribe.evaluation.record import make_folder

_NAME = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder; the lock of a process that was killed is gone with it. Systems without file locks have none.

    Raises:
        ConfigError: another process holds it, or it can't be written.
    """
    make_folder(folder)
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (folder / _NAME).open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"Another process works in {folder}. Wait for it, or give another output.") from error
        yield
