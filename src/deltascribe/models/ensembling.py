"""Makes an ensemble of trained checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from deltascribe.errors import CheckpointError, ConfigError
from deltascribe.models.agreement import check_different, differences, in_common, name_of, settings_of, told_of_training
from deltascribe.models.checkpoint import Checkpoint, load_checkpoint, without_first_weights
from deltascribe.models.ensemble import ENSEMBLE, DFMEnsemble
from deltascribe.models.registry import create_model


def ensemble_checkpoints(folders: Sequence[Path]) -> Checkpoint:
    """Reads checkpoints of DFM and puts them side by side over their one frozen encoder.

    A calibration of the change flag is left out: that of the mean is another.

    Args:
        folders: of two or more different checkpoints: runs with other seeds, say.

    Returns:
        A checkpoint of a `DFMEnsemble`; its `training` says what all have in common, and `ensemble_of` which they were.

    Raises:
        CheckpointError: fewer than two are given or one twice, one can't be read, they differ in what must be the same, or their encoders
            were tuned.
    """
    check_different(folders, "an ensemble")
    points = [load_checkpoint(folder) for folder in folders]
    first, common = points[0], told_of_training(points[0])
    if first.name != "dfm":
        raise CheckpointError(f"{folders[0]} holds the model '{first.name}'; an ensemble is made of models 'dfm'")
    settings = {"members": len(points), "dfm": without_first_weights(settings_of(first))}
    try:
        model: Any = create_model(ENSEMBLE, settings, len(first.vocabulary))
    except ConfigError as error:
        raise CheckpointError(f"{folders[0]} can't be a member of an ensemble: {error}") from error
    for folder, point in zip(folders[1:], points[1:], strict=True):
        _check_fits(folders[0], first, folder, point)
        common = in_common(common, told_of_training(point))
    for member, point in zip(model.members, points, strict=True):
        own = member.state_dict()  # without what is shared, but for the first one
        member.load_state_dict({name: tensor for name, tensor in point.model.state_dict().items() if name in own})
    preprocessing = {key: value for key, value in first.preprocessing.items() if key != "calibration"}
    names = [name_of(folder, point) for folder, point in zip(folders, points, strict=True)]
    return Checkpoint(model.eval(), first.vocabulary, ENSEMBLE, settings, preprocessing, {**common, "ensemble_of": names})


def first_member(checkpoint: Checkpoint) -> Checkpoint:
    """The first model of an ensemble by itself, to be trained further; any other checkpoint as it is."""
    model: Any = checkpoint.model
    if not isinstance(model, DFMEnsemble):
        return checkpoint
    settings = model.config.dfm.model_dump(mode="json")
    preprocessing = {key: value for key, value in checkpoint.preprocessing.items() if key != "calibration"}
    return Checkpoint(model.members[0], checkpoint.vocabulary, "dfm", settings, preprocessing, checkpoint.training)


def ensemble_card(checkpoint: Checkpoint) -> str:
    """The model card of an ensemble."""
    names = "\n".join(f"- {name}" for name in checkpoint.training["ensemble_of"])
    return f"""# {checkpoint.name}, a change captioner

Made by `deltascribe ensemble`: the models below over their one encoder, whose word probabilities are averaged. Load it with
`ChangeCaptioner.from_pretrained("this folder")`.

- input: two images of one place, {checkpoint.preprocessing["size"]} pixels at {checkpoint.preprocessing["gsd"]} m
- words: {len(checkpoint.vocabulary)}

{names}

It has not been scored: `deltascribe evaluate` does that.
"""


def _check_fits(first_folder: Path, first: Checkpoint, folder: Path, other: Checkpoint) -> None:
    different = differences(first, other)
    if not different:
        mine, yours = first.model.state_dict(), other.model.state_dict()
        frozen = [name for name in mine if name.startswith(DFMEnsemble.SHARED)]
        different = [f"weights: {name} of the frozen part" for name in frozen if not torch.equal(mine[name], yours[name])][:3]
    if different:
        lines = "\n".join(f"  {line}" for line in different)
        raise CheckpointError(
            f"{first_folder} and {folder} can't be an ensemble, they differ:\n{lines}\n"
            "Train them with the same configuration and other values of `seed`, or put together epochs of one run"
        )
