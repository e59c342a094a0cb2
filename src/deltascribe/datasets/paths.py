"""Checks of folders and files that a reader needs, with errors that say where to get what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from deltascribe.errors import DatasetError, DatasetNotFoundError
from deltascribe.imaging import IMAGE_SUFFIXES


def require_folder(path: Path, title: str, source: str) -> Path:
    """Returns `path` if it is a folder.

    Raises:
        DatasetNotFoundError: it is not there; the message names `title` and where to get it.
    """
    if not path.is_dir():
        raise DatasetNotFoundError(f"{title}: the folder {path} is missing. Where to get it: {source}")
    return path


def require_file(path: Path, title: str, source: str) -> Path:
    """Returns `path` if it is a file.

    Raises:
        DatasetNotFoundError: it is not there; the message names `title` and where to get it.
    """
    if not path.is_file():
        raise DatasetNotFoundError(f"{title}: the file {path} is missing. Where to get it: {source}")
    return path


def index_by_stem(folder: Path) -> dict[str, Path]:
    """The image files of a folder by their name without ending.

    Raises:
        DatasetError: two images differ only in their ending, so that a name would be ambiguous.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in IMAGE_SUFFIXES or path.name.startswith("."):
            continue
        if path.stem in found:
            raise DatasetError(f"{folder} holds both {found[path.stem].name} and {path.name}: rename or remove one of them.")
        found[path.stem] = path
    return found


def shorten(names: Iterable[str], limit: int = 5) -> str:
    """Names as one readable list that is cut after `limit`."""
    listed = list(names)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more
