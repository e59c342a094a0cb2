"""Models by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel
from torch import nn

from deltascribe.errors import ConfigError, UnknownModelError
from deltascribe.models import check_model_config, create_model, list_models, register_model
from deltascribe.models import registry as module


class Settings(BaseModel):
    width: int = 3


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REGISTRY", dict(module._REGISTRY))


def build(config: Settings, vocabulary_size: int) -> nn.Module:
    return nn.Linear(config.width, vocabulary_size)


def test_a_registered_model_is_listed_and_built() -> None:
    assert register_model("tiny", Settings)(build) is build
    assert list_models("t*") == ["tiny"]
    assert list_models() == sorted(list_models())
    for settings in ({"width": 5}, Settings(width=5)):
        model = create_model("tiny", settings, 7)
        assert isinstance(model, nn.Linear)
        assert (model.in_features, model.out_features) == (5, 7)


def test_defaults_are_filled_in() -> None:
    register_model("tiny", Settings)(build)
    assert check_model_config("tiny", {}) == Settings(width=3)


def test_a_name_taken_twice_warns_and_the_later_one_is_used() -> None:
    register_model("tiny", Settings)(build)
    with pytest.warns(UserWarning, match="'tiny' was registered twice"):
        register_model("tiny", Settings)(lambda config, size: nn.Identity())
    assert isinstance(create_model("tiny", {}, 7), nn.Identity)


def test_an_unknown_name_raises_and_says_which_there_are() -> None:
    with pytest.raises(UnknownModelError, match=r"no model 'nothing'\. There are: .*dfm.*`deltascribe --import FILE.py \.\.\.`"):
        create_model("nothing", {}, 7)
    with pytest.raises(UnknownModelError, match="did you mean dfm"):
        create_model("dmf", {}, 7)


def test_a_model_that_is_not_of_the_package_is_told_with_its_file() -> None:
    register_model("tiny", Settings)(build)
    assert (module.is_own("tiny"), module.is_own("dfm")) == (True, False)
    assert module.file_of("tiny") == Path(__file__).resolve()


@pytest.mark.parametrize("settings", [{"widht": 32}, {"width": 30}, {"dropout": 1.0}, {"backbone": {"tuned_stages": -1}}])
def test_settings_that_are_not_valid_raise(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        create_model("dfm", settings, 7)


def test_heads_that_do_not_divide_the_width_raise() -> None:
    with pytest.raises(ConfigError, match="heads"):
        create_model("dfm", {"backbone": {"weights": "none"}, "width": 32, "heads": 5}, 7)
