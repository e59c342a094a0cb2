"""The mean of the weights of several checkpoints: the last epochs of a run, or runs that were tuned from one start.

Source: Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing inference
time" (ICML 2022), the uniform soup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from deltascribe.errors import CheckpointError
from deltascribe.models.checkpoint import Checkpoint, load_checkpoint

_OWN = ("epoch", "validation")
"""What is told of the training of one checkpoint and not true of a mean."""


def average_checkpoints(folders: Sequence[Path]) -> Checkpoint:
    """Reads checkpoints and averages their weights; one at a time is held beside the sum.

    Whole numbers among the weights are the first one's. A calibration of the change flag is left out: it was fitted to one of them.

    Args:
        folders: of two or more different checkpoints.

    Returns:
        A checkpoint of the first one's settings; its `training` says what all have in common, and `average_of` which they were.

    Raises:
        CheckpointError: fewer than two are given or one twice, one can't be read, or they differ in what must be the same.
    """
    if len({folder.resolve() for folder in folders}) < max(len(folders), 2):
        raise CheckpointError(f"an average needs two or more different checkpoints, not {', '.join(map(str, folders)) or 'none'}")
    first = load_checkpoint(folders[0])
    common, names = _told(first), [_name(folders[0], first)]
    total = {name: tensor.double() for name, tensor in first.model.state_dict().items() if tensor.is_floating_point()}
    for folder in folders[1:]:
        other = load_checkpoint(folder)
        _check_same(folders[0], first, folder, other)
        told = _told(other)
        common = {key: value for key, value in common.items() if key in told and told[key] == value}
        names.append(_name(folder, other))
        state = other.model.state_dict()
        for name, tensor in total.items():
            tensor += state[name].double()
    kinds = first.model.state_dict()
    first.model.load_state_dict({**kinds, **{name: (tensor / len(folders)).to(kinds[name].dtype) for name, tensor in total.items()}})
    preprocessing = {key: value for key, value in first.preprocessing.items() if key != "calibration"}
    return replace(first, preprocessing=preprocessing, training={**common, "average_of": names})


def average_card(checkpoint: Checkpoint) -> str:
    """The model card of an average."""
    names = "\n".join(f"- {name}" for name in checkpoint.training["average_of"])
    return f"""# {checkpoint.name}, a change captioner

Made by `deltascribe average`: the mean of the weights of the checkpoints below. Load it with
`ChangeCaptioner.from_pretrained("this folder")`.

- input: two images of one place, {checkpoint.preprocessing["size"]} pixels at {checkpoint.preprocessing["gsd"]} m
- words: {len(checkpoint.vocabulary)}

{names}

It has not been scored: `deltascribe evaluate` does that.
"""


def _told(checkpoint: Checkpoint) -> dict[str, Any]:
    return {key: value for key, value in checkpoint.training.items() if key not in _OWN}


def _name(folder: Path, checkpoint: Checkpoint) -> str:
    """The last two parts of the path, and the epoch."""
    place, epoch = Path(*folder.resolve().parts[-2:]).as_posix(), checkpoint.training.get("epoch")
    return place if epoch is None else f"{place}, epoch {epoch}"


def _check_same(folder: Path, one: Checkpoint, other_folder: Path, other: Checkpoint) -> None:
    different = [*_differences("model", one.name, other.name)]
    if one.name == other.name:
        different += _differences("settings", _settings(one), _settings(other))
    for key in ("size", "gsd"):
        different += _differences(f"preprocessing.{key}", one.preprocessing.get(key), other.preprocessing.get(key))
    # vectors of two encoders mean nothing to each other
    different += _differences("sentence_encoder", *(point.training.get("sentence_encoder") for point in (one, other)))
    if one.vocabulary != other.vocabulary:
        mine, yours = (set(point.vocabulary.words) for point in (one, other))
        words = sorted(mine ^ yours)
        what = f"e.g. {', '.join(words[:3])} in one alone" if words else "the same words in another order"
        different.append(f"vocabulary: {len(one.vocabulary)} and {len(other.vocabulary)} entries, {what}")
    if different:
        lines = "\n".join(f"  {line}" for line in different)
        raise CheckpointError(
            f"{folder} and {other_folder} can't be averaged, they differ:\n{lines}\n"
            "Average epochs of one run, or runs that were tuned from the same checkpoint (`init`) with the same model settings"
        )


def _settings(checkpoint: Checkpoint) -> dict[str, Any]:
    """As the model was built: a setting that an older file lacks has its default."""
    model: Any = checkpoint.model
    settings: dict[str, Any] = model.config.model_dump(mode="json")
    return settings


def _differences(name: str, one: Any, other: Any) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return [line for key in dict.fromkeys([*one, *other]) for line in _differences(f"{name}.{key}", one.get(key), other.get(key))]
    return [] if one == other else [f"{name}: {one} and {other}"]
