"""Tests of deltascribe.doctor and its command."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from deltascribe import doctor
from deltascribe.cli.main import app
from deltascribe.doctor import CORE, FEATURES, Diagnosis, diagnose
from deltascribe.shell import install_extra, pip_install


def project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text())["project"]
    return project


def bare(requirement: str) -> str:
    return requirement.split(">")[0].split("<")[0].split("=")[0].split("[")[0]


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    known = doctor.installed_version
    monkeypatch.setattr(doctor, "installed_version", lambda name: None if name in missing else known(name))


def test_packages_looked_for_are_those_that_the_project_asks_for() -> None:
    assert sorted(CORE) == sorted(bare(requirement) for requirement in project()["dependencies"])
    for extra, (_, packages) in FEATURES.items():
        assert list(packages) == [bare(requirement) for requirement in project()["optional-dependencies"][extra]]


def test_a_whole_installation_has_no_problems(shipped: Path) -> None:
    diagnosis = diagnose()
    assert diagnosis.problems == []
    assert diagnosis.packages["torch"] == torch.__version__
    assert diagnosis.machine is not None
    assert diagnosis.machine.threads == torch.get_num_threads()
    assert diagnosis.machine.cores >= 1


def test_each_missing_default_is_a_problem(shipped: Path, tmp_path: Path) -> None:
    assert diagnose(tmp_path / "nowhere").problems == [
        "The captioner dfm_lite0 is not in this installation. Reinstall deltascribe, or give a checkpoint folder with --model.",
        "The detector detector_lite0 is not in this installation. Reinstall deltascribe, or give a checkpoint folder with --model.",
    ]
    (shipped / "detector_lite0" / "model.safetensors").unlink()
    (problem,) = diagnose().problems
    assert problem.startswith("The detector detector_lite0 is not in this installation.")


@pytest.mark.parametrize("name", ["dfm_lite0", "detector_lite0", "other"])
def test_damaged_weights_are_a_problem(name: str, shipped: Path) -> None:
    shutil.copytree(shipped / "dfm_lite0", shipped / "other")
    (shipped / name / "model.safetensors").write_bytes(b"0124")
    assert diagnose().problems == [f"The weights of {name} in {shipped / name} do not fit their checksum. Reinstall deltascribe."]


def test_a_default_of_the_other_kind_or_of_none_is_a_problem(shipped: Path) -> None:
    for name in ("dfm_lite0", "detector_lite0"):
        (shipped / name / "SHA256SUMS").unlink()
    shutil.copyfile(shipped / "dfm_lite0" / "config.json", shipped / "detector_lite0" / "config.json")
    (shipped / "dfm_lite0" / "config.json").unlink()
    assert diagnose().problems == [
        f"config.json in {shipped / name} is missing, damaged, or not that of a {kind}. Reinstall deltascribe."
        for name, kind in (("detector_lite0", "detector"), ("dfm_lite0", "captioner"))
    ]


def test_a_missing_extra_names_its_install_command_and_is_no_problem(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "rasterio")
    diagnosis = diagnose()
    geo = next(feature for feature in diagnosis.features if feature.extra == "geo")
    assert geo.missing == ["rasterio"]
    assert geo.install == install_extra("geo")
    assert diagnosis.problems == []


def test_without_torch_the_rest_is_still_told(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "torch")
    diagnosis = diagnose()
    assert diagnosis.machine is None
    assert diagnosis.problems == [f"torch is missing. Install it with: {pip_install('torch')}"]


def run(monkeypatch: pytest.MonkeyPatch, diagnosis: Diagnosis, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(doctor, "diagnose", lambda: diagnosis)
    result = CliRunner().invoke(app, ["doctor", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_the_command_prints_a_table_and_ends_well(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "rasterio")
    code, output = run(monkeypatch, diagnose())
    assert code == 0
    assert "pip install 'deltascribe[geo]'" in output
    assert "checksum right" in output
    rows = [" ".join(line.split()) for line in output.splitlines()]
    assert any(row.startswith("weights dfm_lite0 captioner, ") for row in rows)
    assert any(row.startswith("weights detector_lite0 detector, ") for row in rows)
    assert "Ready to caption and to map changes." in output


def test_the_command_fails_without_a_detector(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(shipped / "detector_lite0")
    code, output = run(monkeypatch, diagnose())
    assert code == 1
    assert "weights detector_lite0 missing" in " ".join(output.split())
    assert "The detector detector_lite0 is not in this installation. Reinstall deltascribe" in output


def test_the_command_gives_json(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = run(monkeypatch, diagnose(), "--json")
    values = json.loads(output)
    assert code == 0
    assert values["ok"] is True
    assert [(entry["name"], entry["kind"], entry["integrity"]) for entry in values["weights"]] == [
        ("detector_lite0", "detector", "right"),
        ("dfm_lite0", "captioner", "right"),
    ]
    assert values["machine"]["device"] in {"cpu", "cuda", "mps"}
