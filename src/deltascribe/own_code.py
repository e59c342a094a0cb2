"""Python code of the user's own, such as a model in one file: imported because the user names it, never because a file says so."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from deltascribe.errors import OwnCodeError

VARIABLE = "DELTASCRIBE_IMPORT"
"""Environment variable with what every command imports first, separated as in PATH. Processes that a command starts read it too."""


def import_own(names: Sequence[str] = ()) -> None:
    """Imports code that registers models or data set layouts, and notes it for the processes that this one will start.

    Args:
        names: Python files, by a path that ends in `.py`, or modules by name; those of `DELTASCRIBE_IMPORT` are imported after them.

    Raises:
        OwnCodeError: there is no such file or module, Python finds another one under its name, or it fails.
    """
    found = list(dict.fromkeys(_absolute(name) for name in [*names, *own_code()]))
    for name in found:
        _import(name)
    if found:
        os.environ[VARIABLE] = os.pathsep.join(found)


def own_code() -> tuple[str, ...]:
    """What `DELTASCRIBE_IMPORT` names: after `import_own` all that it imported."""
    return tuple(filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)))


def import_options() -> list[str]:
    """The same as arguments of a command, for one that a user is told to give next."""
    return [word for name in own_code() for word in ("--import", name)]


def _is_file(name: str) -> bool:
    return name.endswith(".py")


def _absolute(name: str) -> str:
    return str(Path(name).resolve()) if _is_file(name) else name


def _import(name: str) -> None:
    module = _module_of(Path(name)) if _is_file(name) else name
    try:
        importlib.import_module(module)
    except Exception as error:  # whatever a file of the user's raises
        raise OwnCodeError(
            f"{name} can't be imported: {type(error).__name__}: {error}{_place(error)}. Mend it, or give another --import; "
            "`deltascribe --debug ...` shows the whole traceback"
        ) from error


def _place(error: Exception) -> str:
    """The line that raised it, where that is not Python's own machinery of imports."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    inside = isinstance(error, SyntaxError) or last.filename == importlib.__file__ or last.filename.startswith("<frozen")
    return "" if inside else f" ({last.filename}, line {last.lineno})"


def _module_of(file: Path) -> str:
    """The name under which Python finds a file, so that what it defines can be sent to other processes."""
    if not file.is_file():
        raise OwnCodeError(f"there is no file {file} to import; give the Python file that registers your model")
    if not file.stem.isidentifier():
        raise OwnCodeError(f"{file} has no name that Python can import: use letters, digits and _ alone, such as my_model.py")
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))  # at the end: files beside it are found, and hide nothing
        importlib.invalidate_caches()
    spec = find_spec(file.stem)
    if spec is None or spec.origin is None or Path(spec.origin).resolve() != file:
        there = "none" if spec is None else spec.origin
        raise OwnCodeError(f"{file} can't be imported: Python finds another module '{file.stem}' first ({there}); rename the file")
    return file.stem
