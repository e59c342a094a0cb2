"""What a user types to reach this installation, whether or not its environment is active: its command, and its pip."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def command_line() -> str:
    """What starts `deltascribe` again: `deltascribe` where the shell finds it, else `.venv/bin/deltascribe`, `python -m deltascribe`."""
    script = Path(sys.argv[0])
    if script.stem == "deltascribe" and script.is_file():
        return _typed(script)
    return f"{_typed(Path(sys.executable))} -m deltascribe"


def pip_install(*packages: str) -> str:
    """What installs packages into the environment that runs this."""
    return " ".join([_typed(Path(sys.executable)), "-m pip install", *(f"'{name}'" if "[" in name else name for name in packages)])


def install_extra(extra: str) -> str:
    """What installs the packages of an extra; pip takes deltascribe as it is installed, and asks no index for it."""
    return pip_install(f"deltascribe[{extra}]")


def _typed(program: Path) -> str:
    """A program as a shell in the working folder finds it: by its name, from here, or by its whole path."""
    # links are not followed: the `python` of an environment links to that of the system
    program = program.absolute()
    found = shutil.which(program.name)
    if found is not None and Path(found).absolute() == program:
        return program.name
    here = Path.cwd()
    return shlex.quote(str(program.relative_to(here) if program.is_relative_to(here) and program.parent != here else program))
