"""Configurations and their overrides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deltascribe.errors import ConfigError
from deltascribe.models import check_model_config
from deltascribe.training.config import load_config

# the detector's configuration has its own shape and its own test
CONFIGS = Path(__file__).resolve().parents[2] / "configs"
COMMITTED = [path for path in sorted(CONFIGS.glob("*.yaml")) if not path.stem.startswith("detector")]


@pytest.fixture
def path(write_config: Callable[..., Path], tmp_path: Path) -> Path:
    return write_config(tmp_path / "run")


def test_overrides_reach_nested_keys_and_keep_their_neighbours(path: Path) -> None:
    config = load_config(path, ["optimiser.lr=1e-4", "data.sources=[human, model]", "epochs=7", "model.settings.width=64", "init=null"])
    assert config.optimiser.lr == 1e-4
    assert config.optimiser.ema == 0.5
    assert config.data.sources == ("human", "model")
    assert config.epochs == 7
    assert config.model.settings["width"] == 64
    assert config.model.settings["heads"] == 2
    assert config.init is None


def test_a_float_without_a_point_is_a_float_in_the_models_settings_too(path: Path) -> None:
    settings = load_config(path, ["model.settings.dropout=1e-1"]).model.settings
    assert check_model_config("dfm", settings).model_dump()["dropout"] == 0.1


def test_an_override_can_fill_a_section_that_is_missing_or_empty(path: Path) -> None:
    path.write_text(path.read_text() + "cache:\n")
    config = load_config(path, ["cache.variants=2", "objective.tgcl=0"])
    assert config.cache.variants == 2
    assert config.objective.tgcl == 0


def test_a_value_may_hold_an_equals_sign_and_look_like_a_number(path: Path) -> None:
    assert load_config(path, ["output=runs/lr=3"]).output == Path("runs/lr=3")
    assert load_config(path, ["output=1e5"]).output == Path("1e5")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epoch=3", r"epoch: unknown setting; did you mean epochs\?"),
        ("optimiser.rate=3", r"optimiser\.rate: unknown setting; there are: lr, backbone_lr, .*ema$"),
        ("augment.shft=1", r"augment\.shft: unknown setting; did you mean shift\?"),
        ("objective.gate=soft", r"objective\.gate: .*'none', 'binary', 'area' or 'learned'"),
        ("epochs=0", "epochs: .*greater than or equal to 1"),
        ("optimiser.lr=fast", r"optimiser\.lr: .*valid number"),
        ("precision=8", "precision"),
        ("epochs", "write key=value"),
        ("=3", "write key=value"),
        ("seed.x=3", "seed is a value, not a section"),
        ("data.sources=[human", "not valid YAML"),
    ],
)
def test_a_wrong_override_is_named(path: Path, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(path, [override])


def test_all_problems_are_told_at_once(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)seed: .*batch_size: "):
        load_config(path, ["seed=x", "batch_size=0"])


@pytest.mark.parametrize("text", ["a: [1", "- 1\n- 2", "", "\tx: 1", b"\xff\xfe\x00"])
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=r"bad\.yaml"):
        load_config(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Examples lie in"):
        load_config(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="give a YAML file"):
        load_config(tmp_path)


@pytest.mark.parametrize("committed", COMMITTED, ids=lambda committed: committed.stem)
def test_committed_configurations_load_and_their_models_settings_are_valid(committed: Path) -> None:
    config = load_config(committed)
    check_model_config(config.model.name, config.model.settings)


def test_there_are_committed_configurations() -> None:
    assert COMMITTED
