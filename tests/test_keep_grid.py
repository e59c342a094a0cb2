"""scripts/keep_grid.py: a grid's record holds all but the weights, and its runs count as done where it is restored."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "keep_grid.py"


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("keep_grid", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Two finished runs and one that is not."""
    folder = tmp_path / "runs" / "parts"
    for run in ("plain/seed-1", "all/seed-1", "all/seed-2"):
        for name in ("config.yaml", "losses.csv", "val/scores.json", "val/predictions.jsonl", "val/index.html", "best/model.safetensors"):
            path = folder / run / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{run} {name}")
    for run in ("plain/seed-1", "all/seed-1"):
        (folder / run / "run.json").write_text("{}")
    for name in ("table-val.md", "table-val.json", "comparison-val.md", "curves.png", "differences-val.png", "table-val.tex"):
        (folder / name).write_text(name)
    return folder


def test_what_is_restored_is_what_was_measured(script: Any, grid: Path, tmp_path: Path) -> None:
    folder = script.keep(grid, tmp_path / "kept")
    assert {path.name for path in folder.iterdir()} == {
        "runs.tar.xz",
        "table-val.md",
        "table-val.json",
        "comparison-val.md",
        "curves.png",
        "differences-val.png",
    }
    assert script.restore(folder, tmp_path / "again") == 2
    files = {path.relative_to(tmp_path / "again").as_posix() for path in (tmp_path / "again").rglob("*") if path.is_file()}
    names = ("config.yaml", "losses.csv", "run.json", "val/predictions.jsonl", "val/scores.json")
    assert files == {f"{run}/{name}" for run in ("all/seed-1", "plain/seed-1") for name in names}
    assert all((tmp_path / "again" / name).read_bytes() == (grid / name).read_bytes() for name in files)


def test_the_same_runs_give_the_same_bytes(script: Any, grid: Path) -> None:
    first = script.pack(grid)
    (grid / "all" / "seed-1" / "config.yaml").touch()
    assert script.pack(grid) == first


def test_runs_that_lie_there_stay(script: Any, grid: Path, tmp_path: Path) -> None:
    folder = script.keep(grid, tmp_path / "kept")
    (grid / "all" / "seed-1" / "losses.csv").write_text("newer")
    (grid / "plain" / "seed-1" / "config.yaml").unlink()
    assert script.restore(folder, grid) == 1
    assert (grid / "all" / "seed-1" / "losses.csv").read_text() == "newer"
    assert (grid / "plain" / "seed-1" / "config.yaml").read_text() == "plain/seed-1 config.yaml"


def test_an_older_records_tables_go(script: Any, grid: Path, tmp_path: Path) -> None:
    folder = script.keep(grid, tmp_path / "kept")
    (folder / "table-test.md").write_text("old")
    (folder / "README.md").write_text("stays")
    script.keep(grid, tmp_path / "kept")
    assert not (folder / "table-test.md").exists()
    assert (folder / "README.md").exists()


def test_nothing_to_keep_and_nothing_to_restore_are_told(script: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no finished run with a table"):
        script.keep(tmp_path, tmp_path / "kept")
    with pytest.raises(SystemExit, match="there is no record"):
        script.restore(tmp_path / "kept" / "parts", tmp_path)
