"""Fixtures for tests of data sets: the makers of fake data."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[1] / "data"


@pytest.fixture
def make_fake(tmp_path: Path) -> Callable[..., Path]:
    """Writes the fake data set of a name into a fresh folder and returns it."""

    def make(name: str, folder: str | None = None, **options: Any) -> Path:
        root = tmp_path / (folder or name)
        root.mkdir()
        runpy.run_path(str(DATA / name / "data.py"))["make"](root, **options)
        return root

    return make


@pytest.fixture
def edit_json() -> Callable[[Path, Callable[[Any], None]], None]:
    """Changes a JSON file in place."""

    def edit(path: Path, change: Callable[[Any], None]) -> None:
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value))

    return edit
