"""The configuration of a training run: one YAML file, checked, with `key=value` overrides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deltascribe.errors import ConfigError
from deltascribe.losses import ObjectiveConfig
from deltascribe.settings_faults import describe_faults
from deltascribe.training.augment import AugmentConfig

Settings = TypeVar("Settings", bound=BaseModel)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SyntheticConfig(_Section):
    """Synthetic pairs that are rendered while training reads them, at the run's image size and resolution.

    Attributes:
        share: of them in each epoch, whose real pairs are all read; 1 leaves the real ones out.
        count: different pairs over the whole run; None: as many as one epoch needs. With a share of 1, the pairs of an epoch.
        seed: of the pairs.
        changed_share: share of them in which something changes.
        scenarios: kinds of stories to draw from; empty takes all.
    """

    share: float = Field(gt=0, le=1)
    count: int | None = Field(default=None, ge=1)
    seed: int = Field(default=1, ge=0)
    changed_share: float = Field(default=0.5, ge=0, le=1)
    scenarios: tuple[str, ...] = ()


class DataConfig(_Section):
    """What is read.

    Attributes:
        root: folder of the data set.
        format: name of its layout; found out where it is left out.
        size: side in pixels that images are brought to.
        gsd: metres a pixel at that size; saved with the model, which warns where images are far from it.
        min_count: a word enters the vocabulary when the training captions hold it this often.
        captions_per_pair: captions of a changed pair that a step reads; an unchanged pair has its one canonical sentence.
        workers: processes that read and augment.
        sources: caption sources to train on; empty takes all.
        without: patterns of names, such as `*_blurred`, of training pairs to leave out.
        repeat: by image quality, how often an epoch reads a pair, each time augmented anew; a quality that is not named, once. Of few
            sharp pairs among many blurred ones more is learned so.
        flag_sources: those whose word on whether something changed the change flag learns from; empty takes all. Annotators differ in
            what counts as a change. `grammar` is the source of rendered pairs, and of pairs that augmentation makes unchanged.
        synthetic: synthetic pairs to mix in; None: none.
    """

    root: Path
    format: str | None = None
    size: int = Field(default=256, ge=32)
    gsd: float = Field(default=0.5, gt=0)
    min_count: int = Field(default=5, ge=1)
    captions_per_pair: int = Field(default=5, ge=1)
    workers: int = Field(default=0, ge=0)
    sources: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    repeat: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    flag_sources: tuple[str, ...] = ()
    synthetic: SyntheticConfig | None = None


class ModelConfig(_Section):
    """Which model.

    Attributes:
        name: see `deltascribe models`.
        settings: the model's own settings.
    """

    name: str = "dfm"
    settings: dict[str, Any] = Field(default_factory=dict)


class OptimiserConfig(_Section):
    """AdamW with linear warm-up and cosine decay.

    Attributes:
        lr: peak learning rate of everything but the backbone.
        backbone_lr: peak learning rate of the backbone's tuned part.
        weight_decay: decoupled weight decay of matrices.
        warmup: share of all steps spent warming up.
        clip: largest gradient norm.
        ema: decay of the averaged weights that are validated and saved; 0 keeps no average.
    """

    lr: float = Field(default=3e-4, gt=0)
    backbone_lr: float = Field(default=1e-4, ge=0)
    weight_decay: float = Field(default=0.05, ge=0)
    warmup: float = Field(default=0.05, ge=0, lt=1)
    clip: float = Field(default=1.0, gt=0)
    ema: float = Field(default=0.995, ge=0, lt=1)


class CacheConfig(_Section):
    """Cached output of the model's frozen part, computed in bf16 where the device has it in hardware, and kept in 16 bits.

    Attributes:
        variants: augmented variants of each pair that are computed once and then read; 0 computes features anew in every step.
        folder: where they are kept; beside the run where it is left out.
        seed: of the cached variants; None: the run's own. Runs with the same one share a folder's features, whatever their own seed.
    """

    variants: int = Field(default=0, ge=0)
    folder: Path | None = None
    seed: int | None = Field(default=None, ge=0)


class SelfCriticalConfig(_Section):
    """Tuning of a finished captioner by the CIDEr-D of sentences that it draws; see `training/self_critical.py`.

    Attributes:
        weight: of the reward's loss beside the objective.
        samples: sentences drawn for each changed pair; each is judged against the mean of the others.
        temperature: of the draw; a model trained with label smoothing spreads some of its probability over all words, and at 1 most of
            its sentences hold one that has no business there.
        top_k: draw among the k best words alone; None: all.
        caption: weight of the cross-entropy of changed pairs, in place of 1; unchanged pairs keep theirs.
        end: the end of a sentence counts as a word in the reward, so that sentences which break off lose.
    """

    weight: float = Field(default=1.0, gt=0)
    samples: int = Field(default=5, ge=2)
    temperature: float = Field(default=0.7, gt=0)
    top_k: int | None = Field(default=None, ge=2)
    caption: float = Field(default=0.1, ge=0)
    end: bool = True


class TrainConfig(_Section):
    """Everything that defines a run.

    Attributes:
        output: folder of the run.
        seed: of weights, order, augmentation and dropout.
        epochs: passes over the training pairs.
        batch_size: pairs a step, on each device.
        precision: as Lightning names it: `32-true`, `bf16-mixed`, `16-mixed`; `auto` is `bf16-mixed` where the device has it in hardware,
            else `32-true`.
        accelerator: `auto`, `cpu`, `cuda` ...
        devices: number of devices; more than one trains data-parallel.
        nodes: number of machines.
        threads: CPU threads; None leaves torch's choice.
        checkpoint_minutes: a resume point is written this often, and at the end of each epoch.
        select_by: validation score that decides which epoch is kept as best.
        beams: beams in validation.
        sentence_encoder: what gives TGCL its text vectors: `minilm`, `tfidf`, or a folder or hub name.
        init: checkpoint folder, or name of a shipped model, whose weights the run starts from (fine-tuning); its vocabulary is kept.
        self_critical: tune the model of `init` by reward; None: ordinary training.
        keep: the checkpoints of this many last epochs are kept as `epoch-NN`, for `deltascribe average`; 1 keeps `last` alone.
    """

    output: Path
    data: DataConfig
    model: ModelConfig = ModelConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    augment: AugmentConfig = AugmentConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    cache: CacheConfig = CacheConfig()
    seed: int = 0
    epochs: int = Field(default=20, ge=1)
    batch_size: int = Field(default=32, ge=1)
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "32-true"
    accelerator: str = "auto"
    devices: int = Field(default=1, ge=1)
    nodes: int = Field(default=1, ge=1)
    threads: int | None = Field(default=None, ge=1)
    checkpoint_minutes: float = Field(default=3.0, ge=0)
    select_by: Literal["cider_d", "changed_cider_d"] = "cider_d"
    beams: int = Field(default=3, ge=1)
    sentence_encoder: str = "minilm"
    init: Path | None = None
    self_critical: SelfCriticalConfig | None = None
    keep: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _starts_from_weights(self) -> Self:
        if self.self_critical is not None and self.init is None:
            raise ValueError("self_critical tunes a trained model: set `init` to its checkpoint")
        return self


def load_config(path: Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """Reads and checks the configuration of a captioner's training; see `load_settings`."""
    return load_settings(path, overrides, TrainConfig)


def load_settings(path: Path, overrides: Sequence[str], schema: type[Settings]) -> Settings:
    """Reads and checks a configuration.

    Args:
        path: YAML file.
        overrides: `key.subkey=value`, the value in YAML, such as `optimiser.lr=1e-4`.
        schema: what it must be.

    Raises:
        ConfigError: no such file, not YAML, an unknown key or a value out of range; the message names each.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"no configuration {path}. Examples lie in the folder `configs` of the repository") from error
    except OSError as error:
        raise ConfigError(f"the configuration {path} cannot be read ({error}); give a YAML file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid YAML: {error}. Mend the line that it names") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path} must hold `key: value` lines")
    for override in overrides:
        _apply(values, override)
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        problems = "\n".join(f"  {line}" for line in describe_faults(error, schema))
        raise ConfigError(f"{path} is not a valid configuration:\n{problems}") from error


def _apply(values: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator or not key:
        raise ConfigError(f"'{override}' is no override; write key=value, such as epochs=10 or optimiser.lr=1e-4")
    *sections, last = key.split(".")
    for section in sections:
        inner = values.get(section)
        if inner is None:  # a section that is missing, or left empty in the file
            inner = values[section] = {}
        if not isinstance(inner, dict):
            raise ConfigError(f"'{override}': {section} is a value, not a section; write {section}=... to change it")
        values = inner
    try:
        values[last] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"'{override}': the value is not valid YAML; put text with special characters in quotes") from error
