"""What a user is told to type reaches this installation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deltascribe.errors import MissingDependencyError
from deltascribe.shell import command_line, pip_install


def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> Path:
    """An environment with a `python` that links to the one that runs this, and a `deltascribe`; the shell finds others."""
    others, place = tmp_path / "others", tmp_path / folder / "bin"
    for target in (others, place):
        target.mkdir(parents=True)
        (target / "python").symlink_to(sys.executable)
        (target / "deltascribe").write_text("#!/bin/sh\n")
        (target / "deltascribe").chmod(0o755)
    monkeypatch.setenv("PATH", str(others))
    monkeypatch.setattr(sys, "executable", str(place / "python"))
    monkeypatch.setattr(sys, "argv", [str(place / "deltascribe"), "demo"])
    monkeypatch.chdir(tmp_path)
    return place


def test_in_an_active_environment_names_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(programs(tmp_path, monkeypatch, ".venv")))
    assert command_line() == "deltascribe"
    assert pip_install("torch") == "python -m pip install torch"


def test_another_installation_on_the_path_is_not_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(tmp_path, monkeypatch, ".venv")
    assert command_line() == ".venv/bin/deltascribe"
    assert pip_install("deltascribe[geo]", "torch") == ".venv/bin/python -m pip install 'deltascribe[geo]' torch"


def test_from_another_folder_the_whole_path_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = programs(tmp_path, monkeypatch, "my environment")
    assert command_line() == "'my environment/bin/deltascribe'"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert command_line() == f"'{place}/deltascribe'"
    assert subprocess.run(command_line(), shell=True, check=False).returncode == 0
    monkeypatch.chdir(place)  # `deltascribe` alone would be another one
    assert command_line() == f"'{place}/deltascribe'"


def test_a_call_as_a_module_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(tmp_path, monkeypatch, ".venv")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "deltascribe" / "__main__.py"), "demo"])
    assert command_line() == ".venv/bin/python -m deltascribe"


def test_a_missing_package_is_installed_by_the_pip_of_this_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(tmp_path, monkeypatch, ".venv")
    error = MissingDependencyError("rasterio", "Reading scenes", "geo")
    told = "Reading scenes needs the package 'rasterio'. Install it with: .venv/bin/python -m pip install 'deltascribe[geo]'"
    assert str(error) == told
