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
        OwnCodeError: there is no such file or module, its path can't be handed on, Python finds another one under its name, or it fails
            or ends the process.
    """
    found = list(dict.fromkeys(_absolute(name) for name in [*names, *own_code()]))
    for name in found:
        _import(name)
    if found:
        os.environ[VARIABLE] = os.pathsep.join(found)


def own_code() -> tuple[str, ...]:
    """What `DELTASCRIBE_IMPORT` names: after `import_own` all that it imported."""
    return tuple(filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)))


def import_options(*, recorded: bool = False) -> list[str]:
    """The same as arguments of a command, for one that a user is told to give next.

    Args:
        recorded: the command is written into a file, which others may read: a path below the working folder is told from there, and of
            any other one the name alone.
    """
    return [word for name in own_code() for word in ("--import", _without_machine(name) if recorded else name)]


def _without_machine(name: str) -> str:
    if not _is_file(name):
        return name
    file, here = Path(name), Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else file.name


def _is_file(name: str) -> bool:
    return name.endswith(".py")


def _absolute(name: str) -> str:
    if not _is_file(name):
        return name
    path = os.path.abspath(name)  # noqa: PTH100, since resolve() would follow a link to a file with another name
    if os.pathsep in path:
        raise OwnCodeError(f"{path} can't be imported by the processes that a command starts: rename the folder, without '{os.pathsep}'")
    return path


def _import(name: str) -> None:
    module = _module_of(Path(name)) if _is_file(name) else name
    try:
        importlib.import_module(module)
    except (Exception, SystemExit) as error:  # whatever a file of the user's raises; it must not end the command as if all were well
        raise OwnCodeError(
            f"{name} can't be imported: {type(error).__name__}: {error}{_place(error)}. Mend it, or give another --import; "
            "`deltascribe --debug ...` shows the whole traceback"
        ) from error


def _place(error: BaseException) -> str:
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
    try:
        spec = find_spec(file.stem)
    except ValueError:  # a module without a place, such as __main__
        spec = None
    origin = None if spec is None else spec.origin
    if origin is None or not Path(origin).is_file() or not file.samefile(origin):
        there = origin or "one that is in no file"
        raise OwnCodeError(f"{file} can't be imported: Python finds another module '{file.stem}' first ({there}); rename the file")
    return file.stem
