"""Which runs a grid has, how far each is, and the refusal to go on with one whose settings changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from deltascribe.ablation.config import Ablation, Variant
from deltascribe.ablation.given import changed_code, changed_weights
from deltascribe.errors import ConfigError, ModelError
from deltascribe.evaluation.record import PREDICTIONS, SCORES
from deltascribe.files import read_json_object, sha256_of, write_json
from deltascribe.models import check_model_config
from deltascribe.models.checkpoint import CONFIG, WEIGHTS
from deltascribe.training import TrainConfig
from deltascribe.training.settings import differences, shown

RUN = "run.json"
"""Written into a run's folder when its training is over."""

State = Literal["to do", "interrupted", "trained", "done"]
_NO_MATTER = ("output", "cache.folder", "threads", "checkpoint_minutes", "data.workers")
"""Settings that change nothing about a run that is over."""
_SETTINGS = "model.settings"
_START = "start"
"""In `run.json`: SHA-256 of the weights that a variant with `from` started from."""


@dataclass(frozen=True)
class PlannedRun:
    """One variant with one seed.

    Attributes:
        variant: the row.
        seed: of training.
        config: its training configuration, whose `output` is the folder of the run.
    """

    variant: Variant
    seed: int
    config: TrainConfig

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.config.output

    @property
    def title(self) -> str:
        """For messages."""
        return f"{self.variant.name}, seed {self.seed}"

    def scores(self, split: str) -> Path:
        """Folder of its scores on a split."""
        return self.folder / split

    @property
    def start(self) -> Path | None:
        """Folder of the run whose best weights it starts from, for a variant with `from`."""
        return None if self.variant.start is None or self.config.init is None else self.config.init.parent

    @property
    def finished(self) -> bool:
        """Whether its training is over."""
        return is_finished(self.folder)

    def state(self, split: str, beams: int) -> State:
        """How far it is."""
        if self.finished:
            return "done" if is_scored(self.scores(split), beams) else "trained"
        return "interrupted" if self._resume_points() else "to do"

    def facts(self) -> dict[str, Any]:
        """What `note_training` wrote; empty for a run that is not over."""
        return read_json_object(self.folder / RUN) or {}

    def changed_settings(self) -> dict[str, tuple[Any, Any]]:
        """By name the settings that differ from those of the run that lies in the folder: there, and now; also weights of `from`, and
        detectors', and of a run that goes on the code of a user's own model."""
        if not self.finished and not self._resume_points():
            return {}  # nothing to lose
        try:
            text = (self.folder / "config.yaml").read_text(encoding="utf-8")
            # what an older version did not know yet has its default
            stored = TrainConfig.model_validate(yaml.safe_load(text))
        except (OSError, yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
            return {"config.yaml": (f"cannot be read ({str(error).splitlines()[0]})", "this configuration")}
        changed = differences(stored.model_dump(mode="json"), self.config.model_dump(mode="json"))
        if self.finished:  # one that goes on must have the very same
            changed = self._without_known_defaults(stored, {key: values for key, values in changed.items() if key not in _NO_MATTER})
        code = {} if self.finished else changed_code(self.folder, self.config)
        return changed | self._changed_start() | changed_weights(self.folder, self.config) | code

    def _without_known_defaults(self, stored: TrainConfig, changed: dict[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
        """The changes without those of the model's settings that only write down, or leave out, what its checkpoint was built with."""
        if self.config.init is not None or stored.init is not None or stored.model.name != self.config.model.name:
            return changed  # what is left out is then as in another checkpoint, or of another model
        built = self._built_with()
        if built is None:
            return changed
        try:
            # today's defaults stand for settings alone that the checkpoint does not tell: those that its version did not know
            there, now = (check_model_config(self.config.model.name, each) for each in (built, self.config.model.settings))
        except (ConfigError, ModelError):  # another version knew other settings
            return changed
        true = differences(*({_SETTINGS: each.model_dump(mode="json")} for each in (there, now)))
        told: dict[str, tuple[Any, Any]] = {}
        for key, values in changed.items():
            if key != _SETTINGS and not key.startswith(f"{_SETTINGS}."):
                told[key] = values
            elif values not in (({}, None), (None, {})):
                # a whole section may have been written in another way
                told |= {name: pair for name, pair in true.items() if name == key or name.startswith(f"{key}.")}
        return told

    def _built_with(self) -> dict[str, Any] | None:
        """All settings of the model that was trained, as its checkpoint tells them; None where there is none."""
        for name in ("best", "last"):
            description = read_json_object(self.folder / name / CONFIG) or {}
            settings = description.get("settings")
            if description.get("model") == self.config.model.name and isinstance(settings, dict):
                return settings
        return None

    def start_identity(self) -> str | None:
        """SHA-256 of the weights that it starts from; None where there are none, or it has no `from`."""
        weights = None if self.start is None or self.config.init is None else self.config.init / WEIGHTS
        if weights is None or not weights.is_file():
            return None
        return sha256_of(weights)

    def _changed_start(self) -> dict[str, tuple[Any, Any]]:
        there = self.facts().get(_START)
        if not isinstance(there, str) or self.start is None:
            return {}  # nobody noted it
        now = self.start_identity()
        if now is None and is_finished(self.start):
            return {}  # its weights were cleared away, and nothing will replace them
        return {} if now == there else {f"weights of {self.start}": (there[:12], "to be trained" if now is None else now[:12])}

    def _resume_points(self) -> list[Path]:
        return sorted((self.folder / "resume").glob("step-*.pt"))


def plan_runs(ablation: Ablation, only: Sequence[str] = (), seeds: Sequence[int] = ()) -> list[PlannedRun]:
    """The runs, all variants of the first seed before those of the second: a grid that is cut short has every row.

    Args:
        ablation: the grid.
        only: variants; all where it is empty.
        seeds: some of the grid's seeds; all where it is empty.

    Raises:
        ConfigError: the grid has no such variant or seed.
    """
    wrong = [name for name in only if all(name != variant.name for variant in ablation.variants)]
    if wrong:
        known = ", ".join(variant.name for variant in ablation.variants)
        raise ConfigError(f"There is no variant {', '.join(wrong)} in {ablation.path}. Choose among: {known}.")
    strange = [str(seed) for seed in seeds if seed not in ablation.seeds]
    if strange:
        raise ConfigError(f"{ablation.path} has no seed {', '.join(strange)}. Its seeds: {', '.join(map(str, ablation.seeds))}.")
    return [
        _run(ablation, variant, seed)
        for seed in ablation.seeds
        if not seeds or seed in seeds
        for variant in ablation.variants
        if not only or variant.name in only
    ]


def check_unchanged(runs: Sequence[PlannedRun]) -> None:
    """Refuses runs whose folder holds another one.

    Raises:
        ConfigError: names each and the settings that differ.
    """
    lines = []
    for run in runs:
        changed = run.changed_settings()
        if changed:
            lines.append(f"{run.folder} holds a run with other settings:")
            lines += [f"  {key}: {shown(there)} there, {shown(now)} now" for key, (there, now) in changed.items()]
    if lines:
        raise ConfigError("\n".join([*lines, "Delete these folders to train them again, or give another output. Nothing was run."]))


def note_training(run: PlannedRun, minutes: float | None, machine: dict[str, Any], versions: dict[str, str], finished: str) -> None:
    """Marks a run's training as over.

    Args:
        run: the run.
        minutes: that it took; None where it was interrupted in between, so that nobody knows.
        machine, versions, finished: what a result must say of itself.
    """
    facts = {"minutes": minutes, "machine": machine, "versions": versions, "finished": finished}
    write_json(run.folder / RUN, facts | ({} if run.start is None else {_START: run.start_identity()}))


def is_finished(folder: Path) -> bool:
    """Whether the training of the run in a folder is over."""
    return (folder / RUN).is_file()


def is_scored(folder: Path, beams: int) -> bool:
    """Whether a folder holds scores of captions searched for with this width."""
    settings = (read_json_object(folder / SCORES) or {}).get("settings")
    return isinstance(settings, dict) and settings.get("beams") == [beams] and (folder / PREDICTIONS).is_file()


def _run(ablation: Ablation, variant: Variant, seed: int) -> PlannedRun:
    own = f"seed-{seed}"
    changes: dict[str, Any] = {"output": ablation.output / variant.folder / own, "seed": seed}
    if variant.start is not None:
        start = next(entry for entry in ablation.variants if entry.name == variant.start)
        changes["init"] = ablation.output / start.folder / own / "best"
    return PlannedRun(variant, seed, variant.config.model_copy(update=changes))
