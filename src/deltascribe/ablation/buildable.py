"""What a variant needs is there: its data, its model, and the run that it starts from; told before the first run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deltascribe.ablation.config import Ablation, Variant
from deltascribe.ablation.plan import PlannedRun, is_finished
from deltascribe.errors import ConfigError, DeltascribeError
from deltascribe.models import check_model_config, create_model
from deltascribe.models.checkpoint import WEIGHTS
from deltascribe.models.transfer import with_teacher
from deltascribe.training.settings import differences, shown
from deltascribe.training.start import create_checked, open_split, open_training
from deltascribe.training.weights import pair_weights

_WORDS = 8


def check_buildable(ablation: Ablation, pending: Sequence[PlannedRun], chosen: Sequence[PlannedRun]) -> None:
    """Builds the model of each variant and reads the lists of its data, so that what is missing is told before the first run.

    Args:
        ablation: the grid.
        pending: runs that will be trained.
        chosen: these, and those that are done already.

    Raises:
        ConfigError: names each variant that can't be had.
    """
    problems = _missing_starts(pending, chosen)
    variants = {variant.name: variant for variant in ablation.variants}
    reasons: dict[str, list[str]] = {}  # what all variants lack is told once
    for name, run in {run.variant.name: run for run in pending}.items():
        config = run.config
        try:
            # synthetic pairs are written where the run keeps them: of such a run the real ones alone are read here
            training = open_training(config) if config.data.synthetic is None else open_split(config, "train")
            pair_weights(config, training.records)
            open_split(config, "val")
            if run.variant.start is not None:
                for problem in _problems_of_shape(run.variant, variants):
                    reasons.setdefault(problem, []).append(name)
            elif config.init is None:  # else the settings are those of the checkpoint
                create_checked(config, config.model.settings, _WORDS)
        except DeltascribeError as error:
            reasons.setdefault(str(error), []).append(name)
    problems += [f"  variants.{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    if problems:
        raise ConfigError("These variants can't be trained; nothing was run:\n" + "\n".join(problems))


def _missing_starts(pending: Sequence[PlannedRun], chosen: Sequence[PlannedRun]) -> list[str]:
    planned = {run.folder for run in chosen}
    found = []
    for run in pending:
        if run.start is None or run.config.init is None:
            continue
        if run.start not in planned and not is_finished(run.start):
            found.append(f"  {run.title}: '{run.variant.start}', which it starts from, is not trained: add --only {run.variant.start!r}")
        elif is_finished(run.start) and not (run.config.init / WEIGHTS).is_file():
            found.append(f"  {run.title}: {run.config.init} has no weights to start from: delete {run.start} to train them again")
    return found


def _problems_of_shape(variant: Variant, variants: dict[str, Variant]) -> list[str]:
    """Why the weights of the start would not fit."""
    start = variants[str(variant.start)]
    name = start.config.model.name
    if variant.config.model.name != name:
        return [f"it starts from '{start.name}', whose model is '{name}': set model.name={name}"]
    theirs = _settings(start, variants)
    if theirs is None:
        return []
    ours = with_teacher(_over(theirs, variant))
    shapes = [_shapes(name, settings) for settings in (ours, theirs)]
    if shapes[0] == shapes[1]:
        return []
    named = [f"model.settings.{key}: {shown(there)} there, {shown(here)} here" for key, (here, there) in differences(ours, theirs).items()]
    return [f"the weights of '{start.name}', which it starts from, would not fit; give both the same settings ({'; '.join(named)})"]


def _settings(variant: Variant, variants: dict[str, Variant]) -> dict[str, Any] | None:
    """The model's settings as the checkpoint of a variant will have them; None where they hang on a checkpoint from elsewhere."""
    if variant.start is not None:
        below = _settings(variants[variant.start], variants)
        return None if below is None else _over(below, variant)
    if variant.config.init is not None:
        return None
    return check_model_config(variant.config.model.name, variant.config.model.settings).model_dump(mode="json")


def _over(below: dict[str, Any], variant: Variant) -> dict[str, Any]:
    settings = {**below, **variant.config.model.settings}
    return check_model_config(variant.config.model.name, settings).model_dump(mode="json")


def _shapes(name: str, settings: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(tensor.shape) for key, tensor in create_model(name, settings, _WORDS).state_dict().items()}
