"""`deltascribe ablate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from deltascribe.cli import main

from ..training.conftest import root, write_config

__all__ = ["root", "write_config"]  # fixtures
FAST = ("--permutations", 50, "--resamples", 20, "-q")


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main.app, ["ablate", *map(str, arguments)], env={"COLUMNS": "160"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def config(tmp_path: Path, write_config: Callable[..., Path], no_paraphrase_table: None) -> Path:
    write_config(tmp_path / "base", epochs=1, batch_size=9)
    grid = {
        "output": str(tmp_path / "grid"),
        "base": "base.yaml",
        "seeds": [1, 2],
        "reference": "plain",
        "variants": {"plain": {"objective.tgcl": 0}, "whole": None},
        "beams": 1,
    }
    (tmp_path / "grid.yaml").write_text(yaml.safe_dump(grid, sort_keys=False))
    return tmp_path / "grid.yaml"


def test_a_dry_run_lists_the_runs_and_writes_nothing(config: Path, tmp_path: Path) -> None:
    code, stdout, _ = invoke(config, "--dry-run", "--only", "whole")
    assert code == 0
    lines = ["whole, seed 1  to do", "whole, seed 2  to do", "2 runs, 0 done; the time left is known once a run is finished"]
    assert stdout.splitlines() == lines
    assert not (tmp_path / "grid").exists()


def test_an_interrupted_grid_tells_how_to_go_on(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*arguments: object, **settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deltascribe.ablation.run_grid", stopped)
    code, _, stderr = invoke(config, "-q")
    assert (code, stderr) == (130, "interrupted: the same command goes on; --dry-run tells how far each run is\n")


def test_a_dry_run_tells_data_and_models_that_cannot_be_had(config: Path, root: Path, tmp_path: Path) -> None:
    code, stdout, stderr = invoke(config, "--dry-run", "data.root=nowhere")
    assert code == 2
    assert "4 runs, 0 done" in stdout
    assert stderr.count("variants.plain, whole: The data set folder nowhere does not exist") == 1
    document = json.loads((root / "LevirCCcaptions.json").read_text())
    document["images"] = [entry for entry in document["images"] if entry["split"] != "val"]
    (tmp_path / "data" / "images").mkdir(parents=True)
    for split in ("train", "test"):
        (tmp_path / "data" / "images" / split).symlink_to(root / "images" / split)
    (tmp_path / "data" / "LevirCCcaptions.json").write_text(json.dumps(document))
    code, _, stderr = invoke(config, "--dry-run", f"data.root={tmp_path / 'data'}")
    assert code == 2
    assert "but no pair of the split 'val'" in stderr
    assert not (tmp_path / "grid").exists()


def test_a_grid_is_run_listed_refused_where_it_changed_and_scored_on_test(config: Path, tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    code, stdout, stderr = invoke(config, "--seeds", "1", *FAST)
    assert code == 0, stderr
    lines = stdout.splitlines()
    assert lines[0] == "[1/2] plain, seed 1"
    assert lines[1].startswith("  val: S*m ")
    assert lines[-1] == f"Written to {tmp_path / 'grid' / 'table-val.md'}"
    assert "2 of 4 runs are done" in (tmp_path / "grid" / "table-val.md").read_text()

    _, stdout, _ = invoke(config, "--dry-run")
    assert "plain, seed 1  done, trained in 0." in stdout
    assert "4 runs, 2 done; about 1 min left" in stdout

    code, _, stderr = invoke(config, "optimiser.lr=0.5", *FAST)
    assert code == 2
    assert "optimiser.lr: 0.003 there, 0.5 now" in stderr
    assert "Traceback" not in stderr

    code, stdout, stderr = invoke(config, "--final-test", "--only", "whole", *FAST)
    assert code == 0, stderr
    assert "scoring whole, seed 1 on test" in stdout
    assert "plain" not in stdout
    assert "No table yet: No run of the reference 'plain' is scored on test" in stderr

    code, stdout, stderr = invoke(config, "--final-test", *FAST)
    assert code == 0, stderr
    assert "scoring whole" not in stdout
    assert "scoring plain, seed 1 on test" in stdout
    assert "the test split chose nothing" in (tmp_path / "grid" / "table-test.md").read_text()
    assert "to do" in invoke(config, "--dry-run")[1]  # nothing was trained


def test_a_table_of_nothing_is_an_error(config: Path) -> None:
    code, _, stderr = invoke(config, "--table", *FAST)
    assert code == 2
    assert "No run of the reference 'plain' is scored on val yet" in stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--table", "--only", "whole"), "--table writes all rows that are done: leave out --only and --seeds"),
        (("--table", "--seeds", "1"), "leave out --only and --seeds"),
        (("--table", "--final-test"), "leave out --table"),
        (("--final-test", "--only", "whole"), "None of the chosen runs of"),
    ],
)
def test_a_table_is_of_all_and_a_test_of_what_is_chosen(config: Path, options: tuple[str, ...], message: str) -> None:
    code, _, stderr = invoke(config, *options, *FAST)
    assert code == 2
    assert message in stderr


def test_the_folder_can_be_another(config: Path, tmp_path: Path) -> None:
    assert invoke(config, "--table", "-o", tmp_path / "other", *FAST)[0] == 2
    assert (tmp_path / "other").is_dir()
    assert not (tmp_path / "grid").exists()


def test_a_failed_run_gives_exit_code_1(config: Path) -> None:
    pytest.importorskip("lightning")
    # a learned gate without a network for it is found out in the first step
    code, _, stderr = invoke(config, "objective.gate=learned", "--seeds", "1", "--only", "whole", *FAST)
    assert code == 1
    assert "failed: whole, seed 1: ConfigError: objective.gate=learned needs a model with a gate of its own" in stderr
    assert "No table yet" in stderr


@pytest.mark.parametrize(("option", "value", "message"), [("--seeds", "a", "--seeds: a is no seed"), ("--only", "x", "no variant x")])
def test_wrong_choices_are_told(config: Path, option: str, value: str, message: str) -> None:
    code, _, stderr = invoke(config, option, value)
    assert code == 2
    assert message in stderr


def test_help_shows_examples() -> None:
    code, stdout, _ = invoke("--help")
    assert code == 0
    assert "deltascribe ablate configs/ablation/parts.yaml data.root=LEVIR-MCI --dry-run" in stdout
