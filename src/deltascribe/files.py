"""Atomic writes: a reader sees the whole new file or the old one, never half of one."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any

from deltascribe.errors import ConfigError

_ROOM = 2**20
"""Bytes; no library writes more at once into the files made here."""


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Gives a temporary file beside `path`; on success it is synced to disk and takes the place of `path`.

    Args:
        path: where the file goes; its folder is made if missing.

    Yields:
        Path of an empty temporary file with the same ending, to be written by the caller.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=f".tmp{path.suffix}", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        # mkstemp makes files private; what we write is meant to be read like any other file
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Removes what `atomic_write` of `path`, or a library within it, left beside it when its process was killed.

    Nothing may be writing `path` meanwhile: hold the folder's lock.
    """
    for stale in path.parent.glob(f".{escape(path.stem)}-????????.tmp{escape(path.suffix)}*"):
        stale.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes `text` as UTF-8, atomically."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any, *, indent: int | None = 2) -> None:
    """Writes `value` as JSON, atomically."""
    write_text(path, json.dumps(value, indent=indent, ensure_ascii=False) + "\n")


def read_json_object(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file; None where there is no such file, or none that can be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def make_folder(out: Path) -> None:
    """Makes the folder and tries to write in it, since hours of work must not be lost at their end.

    Raises:
        ConfigError: it is a file, or can't be made or written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except (FileExistsError, NotADirectoryError) as error:
        raise ConfigError(f"{out} can't be a folder, since a file of that name is in its place. Choose another OUT.") from error
    except OSError as error:
        raise ConfigError(f"{out} can't be written: {error.strerror or error}. Choose another OUT, or change its permissions.") from error


def check_room(folder: Path) -> None:
    """Sees whether the disk takes another megabyte: libraries that keep silent when it fills up, as GDAL's drivers do, may have lost
    what they wrote if it doesn't.

    Raises:
        OSError: it doesn't.
    """
    # not zeros, which some file systems store in no room at all
    with tempfile.TemporaryFile(dir=folder, buffering=0) as stream:
        rest = memoryview(os.urandom(_ROOM))
        while rest:
            rest = rest[stream.write(rest) :]
        os.fsync(stream.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows can't open a folder for syncing
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
