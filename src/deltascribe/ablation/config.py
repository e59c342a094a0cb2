"""The configuration of an ablation: one YAML file that describes a grid of variants and seeds, all checked before the first run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from deltascribe.errors import ConfigError, ModelError
from deltascribe.models import check_model_config
from deltascribe.training import TrainConfig, load_config
from deltascribe.training.config import load_settings

CACHE_SEED = 0
"""Seed of the cached variants where the configuration names none: all runs of a grid read the same ones."""
_OWN = {"output": "`output` of the grid", "seed": "`seeds` of the grid"}
_CONFIG, _FROM, _INIT = "config", "from", "init"


class AblationFile(BaseModel):
    """What the file holds.

    Attributes:
        output: folder of the whole grid; each run has `VARIANT/seed-N` in it.
        base: training configuration of all variants, relative to this file.
        settings: `set` in the file: training settings of all variants, with dotted keys as on the command line of `train`.
        seeds: of the runs of each variant.
        reference: variant that the others are compared with.
        variants: by name the settings of each; the key `config` names a training configuration to take in place of `base`, the key
            `from` a variant above it, whose best weights of the same seed it starts from.
        split: what runs are scored on; the test split is for `--final-test` alone.
        beams: width of the search with which captions are scored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: Path
    base: Path | None = None
    settings: dict[str, Any] = Field(default_factory=dict, alias="set")
    seeds: tuple[int, ...] = Field(default=(1, 2, 3), min_length=1)
    reference: str
    variants: dict[str, dict[str, Any]] = Field(min_length=1)
    split: str = "val"
    beams: int = Field(default=3, ge=1)

    @field_validator("variants", mode="before")
    @classmethod
    def _variant_without_settings(cls, value: Any) -> Any:
        return {str(name): {} if entry is None else entry for name, entry in value.items()} if isinstance(value, dict) else value

    @field_validator("seeds")
    @classmethod
    def _seeds_differ(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(value)) < len(value) or min(value) < 0:
            raise ValueError("give different seeds of 0 or more")
        return value

    @field_validator("split")
    @classmethod
    def _not_the_test_split(cls, value: str) -> str:
        if value == "test":
            raise ValueError("choices are made on val; score the finished runs once on test with --final-test")
        if value not in ("train", "val"):
            raise ValueError("choose val or train")
        return value


@dataclass(frozen=True)
class Variant:
    """One row of the grid.

    Attributes:
        name: as in the file.
        folder: name of its folder.
        config: its training configuration, but for the folder and the seed of a run.
        source: the training configuration that it is made from.
        start: name of the variant whose weights it starts from, or None; `config.init` then is a stand-in for each run's own.
    """

    name: str
    folder: str
    config: TrainConfig
    source: Path
    start: str | None = None

    def settings(self) -> dict[str, Any]:
        """All its settings, those of the model with defaults filled in, and `from`."""
        values = self.config.model_dump(mode="json")
        if self.start is not None:
            values |= {_INIT: None, _FROM: self.start}
        model = check_model_config(self.config.model.name, self.config.model.settings).model_dump(mode="json")
        values["model"]["settings"] = model
        return values


@dataclass(frozen=True)
class Ablation:
    """A checked grid.

    Attributes:
        path: the file.
        output: folder of the grid.
        variants: in the order of the file.
        seeds, reference, split, beams: as in `AblationFile`.
    """

    path: Path
    output: Path
    variants: tuple[Variant, ...]
    seeds: tuple[int, ...]
    reference: str
    split: str
    beams: int


def load_ablation(path: Path, overrides: Sequence[str] = (), output: Path | None = None) -> Ablation:
    """Reads a grid and checks it with the training configuration of each variant.

    Args:
        path: YAML file.
        overrides: `key.subkey=value` training settings for all variants, over `set` of the file and below their own.
        output: folder in place of the file's.

    Raises:
        ConfigError: no such file, not YAML, an unknown key or a value out of range, in the file or in any variant; the message names
            each.
    """
    file = load_settings(path, (), AblationFile)
    problems = _problems_of_names(file, overrides)
    variants, folders = [], Counter(_folder(name).casefold() for name in file.variants)
    grid = file.output if output is None else output
    for name, changes in file.variants.items():
        folder = _folder(name)
        if not folder or folders[folder.casefold()] > 1:
            problems.append(f"variants.{name}: its folder would be '{folder}', which is empty or another's; choose another name")
        try:
            variants.append(_variant(name, folder, dict(changes), file, path.parent, grid, overrides))
        except (ConfigError, ModelError) as error:
            problems.append(f"variants.{name}: {error}")
    problems += _problems_of_data(variants)
    if problems:
        raise ConfigError(f"{path} is not a valid ablation:\n" + "\n".join("  " + problem.replace("\n", "\n  ") for problem in problems))
    return Ablation(path, grid, tuple(variants), file.seeds, file.reference, file.split, file.beams)


def _problems_of_names(file: AblationFile, overrides: Sequence[str]) -> list[str]:
    found = []
    given = {override.partition("=")[0]: "" for override in overrides}
    if file.reference not in file.variants:
        found.append(f"reference: there is no variant '{file.reference}'. Choose one of: {', '.join(file.variants)}")
    of_all = (("set.", file.settings), ("", given))
    for place, settings in (*of_all, *((f"variants.{name}.", changes) for name, changes in file.variants.items())):
        found += [f"{place}{key}: the runner sets it; give {own}" for key, own in _OWN.items() if key in settings]
    names = list(file.variants)
    starting = [name for name, changes in file.variants.items() if changes.get(_FROM) is not None]
    for place, settings in of_all if starting else ():
        if _INIT in settings:
            found.append(f"{place}{_INIT}: {', '.join(starting)} has `from`; give `init` to the variants that need it, in the file")
    for number, name in enumerate(names):
        start = file.variants[name].get(_FROM)
        if start is not None and start not in names[:number]:
            found.append(
                f"variants.{name}.from: there is no variant '{start}' above it; choose one of: {', '.join(names[:number]) or 'none'}"
            )
        if start is not None and _INIT in file.variants[name]:
            found.append(f"variants.{name}: give `from` or `init`, not both")
    return found


def _problems_of_data(variants: Sequence[Variant]) -> list[str]:
    """What makes the rows incomparable, or can't be run in this process."""
    found = []
    data = Counter((str(variant.config.data.root), variant.config.data.format) for variant in variants)
    if len(data) > 1:
        roots = ", ".join(sorted({root for root, _ in data}))
        found.append(f"all variants must be scored on the same pairs, so data.root and data.format must be the same: {roots}")
    for variant in variants:
        if variant.config.devices * variant.config.nodes > 1:
            found.append(f"variants.{variant.name}: a run of a grid has one device; set devices=1 and nodes=1")
    return found


def _variant(
    name: str, folder: str, changes: dict[str, Any], file: AblationFile, here: Path, grid: Path, overrides: Sequence[str]
) -> Variant:
    own, start = changes.pop(_CONFIG, None), changes.pop(_FROM, None)
    source = file.base if own is None else Path(str(own))
    if source is None:
        raise ConfigError("give a training configuration: `base` of the grid, or `config` of the variant")
    source = here / source
    chosen = [*_as_overrides(file.settings), *overrides, *_as_overrides(changes), *_as_overrides({"output": str(grid / folder)})]
    if start is not None:  # what needs trained weights must see that there will be some
        chosen += _as_overrides({_INIT: str(grid / _folder(str(start)))})
    config = load_config(source, chosen)
    # a wrong setting of a model must not be found out after hours of other runs
    check_model_config(config.model.name, config.model.settings)
    cache = config.cache.model_copy(
        update={
            "folder": config.cache.folder or grid / "cache",
            "seed": CACHE_SEED if config.cache.seed is None else config.cache.seed,
        }
    )
    return Variant(name, folder, config.model_copy(update={"cache": cache}), source, None if start is None else str(start))


def _as_overrides(settings: Mapping[str, Any]) -> list[str]:
    # a value that stays on one line, and is read back as it was
    return [f"{key}={yaml.safe_dump(value, default_flow_style=True, width=10**9)}" for key, value in settings.items()]


def _folder(name: str) -> str:
    """A name as a folder on any system."""
    return re.sub(r"[^\w+.-]+", "-", name).strip("-.")
