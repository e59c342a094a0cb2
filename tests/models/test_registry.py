"""Models by name."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import pytest
from pydantic import BaseModel
from torch import nn

from deltascribe.errors import ConfigError, UnknownModelError
from deltascribe.models import check_model_config, create_model, list_models, register_model
from deltascribe.models import registry as module
from deltascribe.models.peers.plain import Plain


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
    code = module.code_of("tiny")
    assert code == module.Code(Path(__file__), hashlib.sha256(Path(__file__).read_bytes()).hexdigest())
    assert module.code_of("dfm") is None


@pytest.mark.parametrize("builder", [functools.partial(build), Plain, lambda config, size: None])
def test_the_file_is_that_which_registers_wherever_the_builder_is_from(builder: module.Builder) -> None:
    register_model("tiny", Settings)(builder)
    code = module.code_of("tiny")
    assert module.is_own("tiny")
    assert code is not None
    assert code.file == Path(__file__)


def test_the_sum_is_that_of_the_file_when_it_registered_the_model(tmp_path: Path) -> None:
    file = tmp_path / "tiny_model.py"
    file.write_text("register_model('tiny', Settings)(build)\n")
    expected = hashlib.sha256(file.read_bytes()).hexdigest()
    names = {"__name__": "tiny_model", "__file__": str(file), "register_model": register_model, "Settings": Settings, "build": build}
    exec(file.read_text(), names)
    file.write_text("# edited\n")
    assert module.code_of("tiny") == module.Code(file, expected)
    exec("register_model('tiny_of_a_notebook', Settings)(build)", {**names, "__name__": "__main__", "__file__": None})
    assert (module.is_own("tiny_of_a_notebook"), module.code_of("tiny_of_a_notebook")) == (True, None)


@pytest.mark.parametrize("settings", [{"widht": 32}, {"width": 30}, {"dropout": 1.0}, {"backbone": {"tuned_stages": -1}}])
def test_settings_that_are_not_valid_raise(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        create_model("dfm", settings, 7)


def test_heads_that_do_not_divide_the_width_raise() -> None:
    with pytest.raises(ConfigError, match="heads"):
        create_model("dfm", {"backbone": {"weights": "none"}, "width": 32, "heads": 5}, 7)
