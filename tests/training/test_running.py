"""The folder of a run belongs to one configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from deltascribe.errors import ConfigError
from deltascribe.training.running import claim_folder


class Config(BaseModel):
    output: Path
    epochs: int = 1


def test_a_new_folder_gets_the_configuration_and_the_same_run_may_go_on(tmp_path: Path) -> None:
    config = Config(output=tmp_path / "run")
    claim_folder(config.output, config, write=False)
    assert not config.output.exists()
    for _ in range(2):
        claim_folder(config.output, config, write=True)
    assert (config.output / "config.yaml").read_text() == f"output: {config.output}\nepochs: 1\n"


def test_other_settings_are_refused_once_there_is_something_to_lose(tmp_path: Path) -> None:
    claim_folder(tmp_path, Config(output=tmp_path), write=True)
    other = Config(output=tmp_path, epochs=2)
    claim_folder(tmp_path, other, write=True)
    (tmp_path / "resume").mkdir()
    (tmp_path / "resume" / "step-00000001.pt").touch()
    claim_folder(tmp_path, other, write=True)
    with pytest.raises(ConfigError, match="Give another `output`, or delete that folder"):
        claim_folder(tmp_path, Config(output=tmp_path), write=True)
