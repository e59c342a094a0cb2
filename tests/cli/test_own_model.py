"""A model in one file outside of the package, as docs/own_model.md has it: trained, scored, put into a grid, and used."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from deltascribe.cli import main
from deltascribe.models import registry

from ..training.conftest import root, write_config

__all__ = ["root", "write_config"]  # fixtures
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "own_model.md"
SMALLER: dict[str, Any] = {
    "data.size": 64,
    "data.min_count": 1,
    "epochs": 1,
    "batch_size": 9,
    "beams": 1,
    "accelerator": "cpu",
    "threads": 1,
    "precision": "32-true",
    "sentence_encoder": "tfidf",
    "cache.variants": 1,
    "model.settings.width": 32,
    "model.settings.heads": 4,
}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main.app, list(map(str, arguments)), env={"COLUMNS": "200"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def files(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, own_imports: None, no_paraphrase_table: None) -> Path:
    """Folder with the document's three files; the grid has one seed and no step to spare."""
    configs = DOCUMENT.parents[1] / "configs"
    training, grid = blocks("yaml")
    (tmp_path / "my_model.py").write_text(blocks("python")[0])
    (tmp_path / "my_model.yaml").write_text(training)
    values = yaml.safe_load(grid.replace("CONFIGS", str(configs))) | {"seeds": [1], "set": SMALLER, "beams": 1}
    (tmp_path / "grid.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_model_of_the_document_is_trained_scored_and_used(files: Path, root: Path) -> None:
    smaller = [f"{key}={value}" for key, value in SMALLER.items()]
    mine = ["--import", "my_model.py"]
    code, stdout, stderr = invoke(*mine, "train", "my_model.yaml", f"data.root={root}", "output=runs/mine", *smaller, "-q")
    assert code == 0, stderr
    assert f"Score it with: deltascribe --import {files / 'my_model.py'} evaluate runs/mine/best" in stdout
    code, _, stderr = invoke("evaluate", "runs/mine/best", root, *mine, "-o", "out", "--sanity", 2, "--looks", 1, "--beams", 1)
    assert code == 0, stderr
    (run,) = json.loads((files / "out" / "scores.json").read_text())["runs"].values()
    assert set(run["tables"]) == {"ids", "words"}
    names: dict[str, Any] = {}
    exec(compile(blocks("python")[1], "a document", "exec"), names)
    assert names["captioner"].checkpoint.name == "my_model"
    code, stdout, stderr = invoke("models", *mine)
    assert (code, "my_model" in stdout) == (0, True), stderr


def test_the_grid_of_the_document_sets_it_beside_ours(files: Path, root: Path) -> None:
    arguments = ["--import=my_model.py", f"data.root={root}", "-q"]
    code, stdout, stderr = invoke("ablate", "grid.yaml", *arguments, "--dry-run")
    assert code == 0, stderr
    assert "4 runs, 0 done" in stdout
    code, _, stderr = invoke("ablate", "grid.yaml", *arguments, "--only", "mine", "--only", "plain")
    assert code == 0, stderr
    table = (files / "runs" / "mine_grid" / "table-val.md").read_text()
    assert re.search(r"^- given: code of my_model: SHA-256 [0-9a-f]{12}$", table, re.MULTILINE)
    assert "\n| plain |" in table
    assert "\n| mine |" in table
    (scores,) = (files / "runs" / "mine_grid" / "mine").rglob("scores.json")
    assert json.loads(scores.read_text())["command"].startswith("deltascribe --import my_model.py evaluate ")


def test_without_the_import_the_next_step_is_told(files: Path, root: Path) -> None:
    code, _, stderr = invoke("train", "my_model.yaml", f"data.root={root}")
    assert code == 2
    assert "no model 'my_model'" in stderr
    assert "deltascribe --import FILE.py" in stderr
    assert invoke("models", "--import")[0] == 2
    assert "there is no file" in invoke("models", "--import", "nowhere.py")[2]
    assert "my_model" not in registry._REGISTRY
    assert "my_model" not in sys.modules


def test_what_stands_behind_two_dashes_is_no_import(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []
    monkeypatch.setattr(main.TyperGroup, "parse_args", lambda self, ctx, args: given.append(args))
    group: Any = object.__new__(main.LazyGroup)
    group.parse_args(None, ["score", "a", "--import", "x.py", "--import=y.py", "--", "--import", "z"])
    assert given == [["--import", "x.py", "--import=y.py", "score", "a", "--", "--import", "z"]]
