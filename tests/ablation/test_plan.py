"""A finished run is the same where only what it was built with is written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, Field
from torch import nn

from deltascribe.ablation import Ablation
from deltascribe.ablation.plan import RUN, PlannedRun, plan_runs
from deltascribe.models import register_model

Make = Callable[..., Ablation]
pytestmark = [pytest.mark.usefixtures("own_imports"), pytest.mark.filterwarnings("ignore:model 'own' was registered twice")]


class Part(BaseModel):
    size: int = 3


class Trained(BaseModel):
    width: int = 32
    part: Part = Field(default_factory=Part)


class Edited(Trained):
    width: int = 64
    added: int = 5


def register(config: type[BaseModel]) -> None:
    register_model("own", config)(lambda settings, size: nn.Identity())


def finished(make_grid: Make, settings: dict[str, Any]) -> Callable[[dict[str, Any]], PlannedRun]:
    """Lays the folder of a run that was trained with these settings; the run as a grid plans it with others."""

    def planned(settings: dict[str, Any]) -> PlannedRun:
        grid = make_grid(seeds=[1], variants={"plain": None, "own": {"model": {"name": "own", "settings": settings}}})
        return plan_runs(grid)[1]

    register(Trained)
    run = planned(settings)
    (run.folder / "best").mkdir(parents=True)
    (run.folder / "config.yaml").write_text(yaml.safe_dump(run.config.model_dump(mode="json")))
    (run.folder / RUN).write_text("{}")
    built = {"model": "own", "settings": Trained.model_validate(settings).model_dump()}
    (run.folder / "best" / "config.json").write_text(json.dumps(built))
    return planned


def test_a_default_that_is_written_down_is_forgiven_where_the_checkpoint_was_built_with_it(make_grid: Make) -> None:
    planned = finished(make_grid, {})
    for same in ({"width": 32}, {"width": 32, "part": {"size": 3}}, {"part": {}}):
        assert planned(same).changed_settings() == {}
    assert planned({"width": 48}).changed_settings() == {"model.settings.width": (32, 48)}
    register(Edited)
    assert planned({"width": 32}).changed_settings() == {}
    assert planned({"width": 32, "added": 5}).changed_settings() == {}  # unknown then: it has its default
    assert planned({"width": 64}).changed_settings() == {"model.settings.width": (32, 64)}
    assert planned({"part": {"size": 4}}).changed_settings() == {"model.settings.part.size": (3, 4)}


def test_a_setting_that_is_left_out_is_forgiven_where_its_default_is_what_was_trained(make_grid: Make) -> None:
    planned = finished(make_grid, {"width": 64})
    assert planned({}).changed_settings() == {"model.settings.width": (64, 32)}
    register(Edited)
    assert planned({}).changed_settings() == {}


def test_without_a_checkpoint_nobody_knows_the_defaults_of_then(make_grid: Make) -> None:
    planned = finished(make_grid, {})
    best = planned({}).folder / "best"
    best.rename(best.parent / "last")
    assert planned({"width": 32}).changed_settings() == {}
    (best.parent / "last" / "config.json").unlink()
    assert planned({}).changed_settings() == {}
    assert planned({"width": 32}).changed_settings()["model.settings.width"] == (None, 32)
