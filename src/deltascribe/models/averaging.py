"""The mean of the weights of several checkpoints: the last epochs of a run, or runs that were tuned from one start.

Source: Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing inference
time" (ICML 2022), the uniform soup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from deltascribe.errors import CheckpointError
from deltascribe.models.agreement import check_different, differences, in_common, name_of, told_of_training
from deltascribe.models.checkpoint import Checkpoint, load_checkpoint


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
    check_different(folders, "an average")
    first = load_checkpoint(folders[0])
    common, names = told_of_training(first), [name_of(folders[0], first)]
    total = {name: tensor.double() for name, tensor in first.model.state_dict().items() if tensor.is_floating_point()}
    for folder in folders[1:]:
        other = load_checkpoint(folder)
        different = differences(first, other)
        if different:
            lines = "\n".join(f"  {line}" for line in different)
            raise CheckpointError(
                f"{folders[0]} and {folder} can't be averaged, they differ:\n{lines}\n"
                "Average epochs of one run, or runs that were tuned from the same checkpoint (`init`) with the same model settings"
            )
        common = in_common(common, told_of_training(other))
        names.append(name_of(folder, other))
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
