"""Tests of deltascribe.doctor and its command."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from deltascribe import doctor
from deltascribe.cli.main import app
from deltascribe.doctor import CORE, FEATURES, Diagnosis, diagnose
from deltascribe.shipped import write_checksums


def project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text())["project"]
    return project


def bare(requirement: str) -> str:
    return requirement.split(">")[0].split("<")[0].split("=")[0].split("[")[0]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"0123")
    write_checksums(folder)
    return folder.parent


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    known = doctor.installed_version
    monkeypatch.setattr(doctor, "installed_version", lambda name: None if name in missing else known(name))


def test_packages_looked_for_are_those_that_the_project_asks_for() -> None:
    assert sorted(CORE) == sorted(bare(requirement) for requirement in project()["dependencies"])
    for extra, (_, packages) in FEATURES.items():
        assert list(packages) == [bare(requirement) for requirement in project()["optional-dependencies"][extra]]


def test_a_whole_installation_has_no_problems(models: Path) -> None:
    diagnosis = diagnose(models)
    assert diagnosis.problems == []
    assert diagnosis.packages["torch"] == torch.__version__
    assert diagnosis.machine is not None
    assert diagnosis.machine.threads == torch.get_num_threads()
    assert diagnosis.machine.cores >= 1


def test_missing_weights_are_a_problem(tmp_path: Path) -> None:
    (problem,) = diagnose(tmp_path).problems
    assert "No trained weights" in problem


def test_damaged_weights_are_a_problem(models: Path) -> None:
    (models / "tiny" / "model.safetensors").write_bytes(b"0124")
    (problem,) = diagnose(models).problems
    assert "checksum" in problem


def test_a_missing_extra_names_its_install_command_and_is_no_problem(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "rasterio")
    diagnosis = diagnose(models)
    geo = next(feature for feature in diagnosis.features if feature.extra == "geo")
    assert geo.missing == ["rasterio"]
    assert geo.install == "pip install 'deltascribe[geo]'"
    assert diagnosis.problems == []


def test_without_torch_the_rest_is_still_told(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "torch")
    diagnosis = diagnose(models)
    assert diagnosis.machine is None
    assert diagnosis.problems == ["torch is missing. Install it with: pip install torch"]


def run(monkeypatch: pytest.MonkeyPatch, diagnosis: Diagnosis, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(doctor, "diagnose", lambda: diagnosis)
    result = CliRunner().invoke(app, ["doctor", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_the_command_prints_a_table_and_ends_well(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "rasterio")
    code, output = run(monkeypatch, diagnose(models))
    assert code == 0
    assert "pip install 'deltascribe[geo]'" in output
    assert "checksum right" in output
    assert "Ready to caption." in output


def test_the_command_fails_without_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = run(monkeypatch, diagnose(tmp_path))
    assert code == 1
    assert "No trained weights" in output


def test_the_command_gives_json(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = run(monkeypatch, diagnose(models), "--json")
    values = json.loads(output)
    assert code == 0
    assert values["ok"] is True
    assert values["weights"][0]["integrity"] == "right"
    assert values["machine"]["device"] in {"cpu", "cuda", "mps"}
