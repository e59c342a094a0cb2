"""What checkpoints must have in common before they are made into one, and what can be told of them together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deltascribe.errors import CheckpointError
from deltascribe.models.checkpoint import Checkpoint

_OWN = ("epoch", "validation")
"""What is told of the training of one checkpoint and not true of several."""


def check_different(folders: Sequence[Path], what: str) -> None:
    """Makes sure that there are two or more folders, none of them twice.

    Args:
        folders: of checkpoints.
        what: what is to be made of them, for the message.

    Raises:
        CheckpointError: there are not.
    """
    if len({folder.resolve() for folder in folders}) < max(len(folders), 2):
        raise CheckpointError(f"{what} needs two or more different checkpoints, not {', '.join(map(str, folders)) or 'none'}")


def told_of_training(checkpoint: Checkpoint) -> dict[str, Any]:
    """What a checkpoint tells of its training that may be true of others too."""
    return {key: value for key, value in checkpoint.training.items() if key not in _OWN}


def in_common(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The entries that both have."""
    return {key: value for key, value in one.items() if key in other and other[key] == value}


def name_of(folder: Path, checkpoint: Checkpoint) -> str:
    """The last two parts of the path, and the epoch."""
    place, epoch = Path(*folder.resolve().parts[-2:]).as_posix(), checkpoint.training.get("epoch")
    return place if epoch is None else f"{place}, epoch {epoch}"


def differences(one: Checkpoint, other: Checkpoint) -> list[str]:
    """A line for each thing in which checkpoints differ that must not: model, settings, preprocessing, sentence encoder, vocabulary."""
    different = [*_differences("model", one.name, other.name)]
    if one.name == other.name:
        different += _differences("settings", settings_of(one), settings_of(other))
    for key in ("size", "gsd"):
        different += _differences(f"preprocessing.{key}", one.preprocessing.get(key), other.preprocessing.get(key))
    # vectors of two encoders mean nothing to each other
    different += _differences("sentence_encoder", *(point.training.get("sentence_encoder") for point in (one, other)))
    if one.vocabulary != other.vocabulary:
        mine, yours = (set(point.vocabulary.words) for point in (one, other))
        words = sorted(mine ^ yours)
        what = f"e.g. {', '.join(words[:3])} in one alone" if words else "the same words in another order"
        different.append(f"vocabulary: {len(one.vocabulary)} and {len(other.vocabulary)} entries, {what}")
    return different


def settings_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """As the model was built: a setting that an older file lacks has its default."""
    model: Any = checkpoint.model
    settings: dict[str, Any] = model.config.model_dump(mode="json")
    return settings


def _differences(name: str, one: Any, other: Any) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return [line for key in dict.fromkeys([*one, *other]) for line in _differences(f"{name}.{key}", one.get(key), other.get(key))]
    return [] if one == other else [f"{name}: {one} and {other}"]
