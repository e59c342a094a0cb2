"""Which trained weights a run was given: a detector may be trained anew under its name, and a grid must not mix both."""

from __future__ import annotations

from pathlib import Path

from deltascribe.files import read_json_object, sha256_of, write_json
from deltascribe.models import check_model_config
from deltascribe.models.backbones import BackboneConfig
from deltascribe.models.checkpoint import WEIGHTS
from deltascribe.models.registry import code_of
from deltascribe.models.transfer import TransferConfig
from deltascribe.shipped import find_folder
from deltascribe.training import TrainConfig

GIVEN = "given.json"
"""Written into a run's folder before its first step: SHA-256 by the setting that names the weights."""
_UNTRAINED = ("imagenet", "none")


def given_weights(config: TrainConfig) -> dict[str, str]:
    """SHA-256 of the detectors' weights that a configuration reads, by the setting that names them; without those that aren't there."""
    model = check_model_config(config.model.name, config.model.settings)
    names: dict[str, str] = {}
    # by type: a model of the user's own may give these names to something else
    transfer, backbone = getattr(model, "transfer", None), getattr(model, "backbone", None)
    if isinstance(transfer, TransferConfig) and transfer.mode != "none":
        names["model.settings.transfer.detector"] = transfer.detector
    if isinstance(backbone, BackboneConfig) and backbone.weights not in _UNTRAINED:
        names["model.settings.backbone.weights"] = backbone.weights
    folders = {setting: find_folder(name, "detector") for setting, name in names.items()}
    return {setting: sha256_of(folder / WEIGHTS) for setting, folder in folders.items() if folder and (folder / WEIGHTS).is_file()}


def note_given(folder: Path, config: TrainConfig) -> None:
    """Notes in a run's folder which weights it is given, and the code of a model that is not this package's."""
    code = code_of(config.model.name)
    write_json(folder / GIVEN, given_weights(config) | ({} if code is None else {_code_key(config): code.sha256}))


def noted_weights(folder: Path) -> dict[str, str]:
    """What `note_given` wrote; empty for a run that noted nothing."""
    return read_json_object(folder / GIVEN) or {}


def changed_weights(folder: Path, config: TrainConfig) -> dict[str, tuple[str, str]]:
    """By setting the weights of a run that are others now: there, and now; without those that are gone."""
    there = noted_weights(folder)
    now = given_weights(config) if there else {}
    return {f"weights of {key}": (there[key][:12], now[key][:12]) for key in sorted(there.keys() & now.keys()) if there[key] != now[key]}


def changed_code(folder: Path, config: TrainConfig) -> dict[str, tuple[str, str]]:
    """The code of a user's own model where it is another one now: there, and now. Only for a run that goes on, which would be trained
    with both; a finished one is not undone by an edit, since a comment may be all that is new, and the table tells of two codes."""
    key, now = _code_key(config), code_of(config.model.name)
    there = noted_weights(folder).get(key)
    return {} if there is None or now is None or there == now.sha256 else {key: (there[:12], now.sha256[:12])}


def _code_key(config: TrainConfig) -> str:
    return f"code of {config.model.name}"
