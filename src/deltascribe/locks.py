"""One process at a time works in a folder."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from deltascribe.errors import ConfigError
from deltascribe.files import make_folder

_NAME = ".lock"


@contextmanager
def locked(folder: Path, name: str = _NAME, *, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Holds the folder, which is made if missing; the lock of a process that was killed is gone with it.

    Windows has no such locks, and some network drives have none: those give a warning.

    Args:
        folder: the folder.
        name: of the lock's file; locks of different names do not meet.
        waiting: called once where another process holds it, which is then waited for; without it that is an error.

    Raises:
        ConfigError: another process holds it and `waiting` is not given, or it can't be written.
    """
    make_folder(folder)
    try:
        import fcntl  # noqa: F401
    except ImportError:  # Windows
        yield
        return
    with _open(folder / name) as stream:
        _hold(stream, folder, waiting)
        yield


def _open(path: Path) -> TextIO:
    try:
        return path.open("a")
    except OSError as error:
        raise ConfigError(
            f"{path} can't be opened ({error.strerror or error}). Delete it if no other process works there, or give another output."
        ) from error


def _hold(stream: TextIO, folder: Path, waiting: Callable[[], None] | None) -> None:
    import fcntl

    try:
        if not _taken(stream):
            return
        if waiting is None:
            raise ConfigError(f"Another process works in {folder}. Wait for it, or give another output.")
        waiting()
        fcntl.flock(stream, fcntl.LOCK_EX)
    except OSError as error:
        warnings.warn(
            f"{folder} can't be locked ({error.strerror or error}): see to it that no other process works there at the same time",
            stacklevel=2,
        )


def _taken(stream: TextIO) -> bool:
    """Takes the lock, or says that another process holds it."""
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
