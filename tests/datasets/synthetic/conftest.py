"""Fixtures for tests of the making of synthetic pairs."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

FAKES = Path(__file__).resolve().parents[2] / "data" / "synthetic"


@pytest.fixture
def fake_parts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of tiny stand-ins for the renderer's parts, which spawned processes find too."""
    monkeypatch.syspath_prepend(str(FAKES))
    return import_module("fake_parts")


@pytest.fixture
def makers(fake_parts: Any) -> Any:
    return fake_parts.MAKERS


@pytest.fixture
def tree_bytes() -> Callable[[Path], dict[str, bytes]]:
    """Every file of a folder, hidden ones too, with its bytes."""

    def read(folder: Path) -> dict[str, bytes]:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    return read
