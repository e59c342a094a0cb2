"""Which trained weights a run was given: a detector may be trained anew under its name, and a grid must not mix both."""

from __future__ import annotations

from pathlib import Path

from deltascribe.files import read_json_object, sha256_of, write_json
from deltascribe.models.checkpoint import WEIGHTS
from deltascribe.models.transfer import TransferConfig
from deltascribe.shipped import find_folder
from deltascribe.training import TrainConfig

GIVEN = "given.json"
"""Written into a run's folder before its first step: SHA-256 by the setting that names the weights."""
_UNTRAINED = ("imagenet", "none")


def given_weights(config: TrainConfig) -> dict[str, str]:
    """SHA-256 of the detectors' weights that a configuration reads, by the setting that names them; without those that aren't there."""
    settings = config.model.settings
    names: dict[str, str] = {}
    transfer = TransferConfig.model_validate(settings.get("transfer") or {})
    if transfer.mode != "none":
        names["model.settings.transfer.detector"] = transfer.detector
    weights = (settings.get("backbone") or {}).get("weights", _UNTRAINED[0])
    if weights not in _UNTRAINED:
        names["model.settings.backbone.weights"] = weights
    folders = {setting: find_folder(name, "detector") for setting, name in names.items()}
    return {setting: sha256_of(folder / WEIGHTS) for setting, folder in folders.items() if folder and (folder / WEIGHTS).is_file()}


def note_given(folder: Path, config: TrainConfig) -> None:
    """Notes in a run's folder which weights it is given."""
    write_json(folder / GIVEN, given_weights(config))


def noted_weights(folder: Path) -> dict[str, str]:
    """What `note_given` wrote; empty for a run that noted nothing."""
    return read_json_object(folder / GIVEN) or {}


def changed_weights(folder: Path, config: TrainConfig) -> dict[str, tuple[str, str]]:
    """By setting the weights of a run that are others now: there, and now; without those that are gone."""
    there = noted_weights(folder)
    now = given_weights(config) if there else {}
    return {f"weights of {key}": (there[key][:12], now[key][:12]) for key in sorted(there.keys() & now.keys()) if there[key] != now[key]}
