"""Which weights a run was given, and that it does not go on with others of their name."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from pydantic import BaseModel

from deltascribe.ablation import Ablation
from deltascribe.ablation.given import changed_weights, given_weights, note_given, noted_weights
from deltascribe.ablation.header import facts, list_given
from deltascribe.ablation.plan import RUN, check_unchanged, plan_runs
from deltascribe.ablation.running import run_grid
from deltascribe.ablation.summary import summarise_grid
from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison import Resampling
from deltascribe.models import register_model
from deltascribe.own_code import import_own
from deltascribe.shipped import DEFAULT_DETECTOR, MODELS

FAST = Resampling(20, 20)
Make = Callable[..., Ablation]
DETECTOR, BACKBONE = "model.settings.transfer.detector", "model.settings.backbone.weights"


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    """A folder with what stands for a detector's weights."""
    folder = tmp_path / "detector"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"first")
    return folder


def test_detectors_are_told_by_the_setting_that_names_them(make_grid: Make, detector: Path) -> None:
    variants = {
        "plain": None,
        "shipped": {"model.settings.transfer": {"mode": "mimicry"}},
        "own": {"model.settings.transfer": {"mode": "features", "detector": str(detector)}, BACKBONE: DEFAULT_DETECTOR},
        "unused": {DETECTOR: str(detector)},
    }
    plain, shipped, own, unused = (given_weights(run.config) for run in plan_runs(make_grid(seeds=[1], variants=variants)))
    whole = hashlib.sha256((MODELS / DEFAULT_DETECTOR / "model.safetensors").read_bytes()).hexdigest()
    assert plain == unused == {}
    assert shipped == {DETECTOR: whole}
    assert own == {DETECTOR: hashlib.sha256(b"first").hexdigest(), BACKBONE: whole}


def test_a_run_with_a_detector_that_was_trained_anew_is_refused(make_grid: Make, detector: Path) -> None:
    grid = make_grid(
        seeds=[1], variants={"plain": None, "cd": {"model.settings.transfer": {"mode": "features", "detector": str(detector)}}}
    )
    run = plan_runs(grid)[1]
    run.folder.mkdir(parents=True)
    (run.folder / "config.yaml").write_text(yaml.safe_dump(run.config.model_dump(mode="json")))
    (run.folder / RUN).write_text("{}")
    check_unchanged([run])  # nobody noted it
    note_given(run.folder, run.config)
    check_unchanged([run])
    (detector / "model.safetensors").write_bytes(b"second")
    there, now = (hashlib.sha256(content).hexdigest()[:12] for content in (b"first", b"second"))
    with pytest.raises(ConfigError, match=rf"weights of {DETECTOR}: {there} there, {now} now"):
        check_unchanged([run])
    (detector / "model.safetensors").unlink()
    assert changed_weights(run.folder, run.config) == {}  # cleared away, and not replaced


def test_a_run_notes_its_weights_before_its_first_step_and_the_table_tells_them(make_grid: Make) -> None:
    grid = make_grid(seeds=[1])
    run_grid(grid, quiet=True)
    run = plan_runs(grid)[0]
    assert noted_weights(run.folder) == {}
    assert (run.folder / "given.json").read_text().strip() == "{}"
    summary = summarise_grid(grid, "val", FAST)
    assert "given" not in dict(facts(grid, summary, ""))
    (run.folder / "given.json").write_text('{"model.settings.transfer.detector": "0123456789abcdef"}')
    assert dict(facts(grid, summary, ""))["given"] == "model.settings.transfer.detector: SHA-256 0123456789ab"


def imported_anew(file: Path) -> None:
    """As a second command imports it."""
    sys.modules.pop(file.stem, None)
    shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)
    import_own([str(file)])


@pytest.mark.usefixtures("own_imports")
@pytest.mark.filterwarnings("ignore:model 'own_plain' was registered twice")
def test_a_run_notes_the_code_of_a_users_own_model_and_a_table_tells_of_two(make_grid: Make, tmp_path: Path) -> None:
    file = tmp_path / "own_plain.py"
    file.write_text(
        "from deltascribe.models import register_model\nfrom deltascribe.models.peers.plain import Plain, PlainConfig\n"
        "@register_model('own_plain', PlainConfig)\ndef build(config, size):\n    return Plain(config, size)\n"
    )
    imported_anew(file)
    settings = {"backbone": {"weights": "none"}, "width": 32, "heads": 4}
    grid = make_grid(variants={"plain": None, "own": {"model": {"name": "own_plain", "settings": settings}}})
    runs = [run for run in plan_runs(grid) if run.variant.name == "own"]
    sums = []
    for run in runs:
        imported_anew(file)
        sums.append(hashlib.sha256(file.read_bytes()).hexdigest())
        file.write_text(file.read_text() + "# edited\n")
        note_given(run.folder, run.config)  # the code that runs is that which was imported
    assert sums[0] != sums[1]
    assert [noted_weights(run.folder) for run in runs] == [{"code of own_plain": digest} for digest in sums]
    there, now = (digest[:12] for digest in sums)
    started = runs[0].folder
    (started / "config.yaml").write_text(yaml.safe_dump(runs[0].config.model_dump(mode="json")))
    (started / "resume").mkdir()
    (started / "resume" / "step-1.pt").touch()
    assert runs[0].changed_settings() == {"code of own_plain": (there, now)}  # half of it was trained with other code
    (started / RUN).write_text("{}")
    assert runs[0].changed_settings() == {}  # an edit undoes no finished run
    assert list_given(runs) == "; ".join(f"code of own_plain: SHA-256 {digest[:12]}" for digest in sums)


@pytest.mark.usefixtures("own_imports")
def test_settings_of_a_users_own_model_may_have_the_names_of_ours(make_grid: Make) -> None:
    class Own(BaseModel):
        backbone: str = "resnet"
        transfer: bool = True

    register_model("own", Own)(lambda config, size: torch.nn.Identity())
    grid = make_grid(seeds=[1], variants={"plain": None, "own": {"model": {"name": "own", "settings": {}}}})
    assert given_weights(plan_runs(grid)[1].config) == {}
