"""The folder of a run belongs to one configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from deltascribe.errors import ConfigError
from deltascribe.training import running
from deltascribe.training.running import claim_folder, resolve_precision


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
    with pytest.raises(ConfigError, match="Give another `output`, or delete that folder") as caught:
        claim_folder(tmp_path, Config(output=tmp_path), write=True)
    assert "  epochs: 2 there, 1 now\n" in str(caught.value)
    assert "output: " not in str(caught.value)
    assert "epochs: 2" in (tmp_path / "config.yaml").read_text()


def test_a_run_of_an_older_version_goes_on_and_settings_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "resume").mkdir()
    (tmp_path / "resume" / "step-00000001.pt").touch()
    path = tmp_path / "config.yaml"
    path.write_text(f"# by hand\noutput: {tmp_path}\n")  # without `epochs`
    claim_folder(tmp_path, Config(output=tmp_path), write=True)
    assert path.read_text() == f"output: {tmp_path}\nepochs: 1\n"
    path.write_text(f"output: {tmp_path}\n")
    with pytest.raises(ConfigError, match="epochs: 1 there, 2 now"):
        claim_folder(tmp_path, Config(output=tmp_path, epochs=2), write=True)
    for text in ("epochs: many", "a: [", ""):
        path.write_text(text)
        with pytest.raises(ConfigError, match=r"config\.yaml, .* can't be read by this version .* Give another `output`"):
            claim_folder(tmp_path, Config(output=tmp_path), write=True)


@pytest.mark.parametrize(("bf16", "expected"), [(True, "bf16-mixed"), (False, "32-true")])
def test_auto_precision_is_bf16_only_in_hardware(monkeypatch: pytest.MonkeyPatch, bf16: bool, expected: str) -> None:
    monkeypatch.setattr(running, "has_bf16", lambda device: bf16)
    assert resolve_precision("auto", "cpu") == expected
    assert resolve_precision("16-mixed", "cpu") == "16-mixed"
