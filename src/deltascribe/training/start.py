"""What a run starts from: its data, its vocabulary and its model."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from torch import nn

from deltascribe.datasets import ChangeDataset, open_dataset
from deltascribe.datasets.sample import Split, is_named
from deltascribe.datasets.synthetic.memory import SyntheticDataset
from deltascribe.datasets.synthetic.mixing import MixedDataset, synthetic_per_epoch
from deltascribe.datasets.synthetic.recipe import Recipe
from deltascribe.errors import ConfigError
from deltascribe.models import check_interface, check_model_config, create_model
from deltascribe.models.checkpoint import load_checkpoint, without_first_weights
from deltascribe.models.ensemble import ENSEMBLE
from deltascribe.models.ensembling import first_member
from deltascribe.models.registry import is_own
from deltascribe.models.transfer import with_teacher
from deltascribe.shipped import require_folder
from deltascribe.text import NO_CHANGE_CAPTION, SentenceEncoder, Vocabulary, build_sentence_encoder, tokenize
from deltascribe.training.config import TrainConfig


@dataclass(frozen=True)
class Start:
    """A model that is ready to be trained.

    Attributes:
        model: with its first weights.
        vocabulary: words.
        name: registered name of the model.
        settings: all its settings, defaults filled in.
    """

    model: nn.Module
    vocabulary: Vocabulary
    name: str
    settings: dict[str, Any]


def open_split(config: TrainConfig, split: Split) -> ChangeDataset:
    """A split at the run's image size; of `train` the pairs that the run asks for, as often as it does.

    Raises:
        ConfigError: no training pair comes from the caption sources that the run asks for, has a name that it does not leave out, or a
            quality that it repeats.
        DatasetError: the data cannot be read.
    """
    data = config.data
    dataset = open_dataset(data.root, split, data.format).at_size(data.size)
    if split != "train":
        return dataset
    written = dataset.subset(lambda record: not data.sources or record.caption_source in data.sources)
    if not len(written):
        there = sorted({record.caption_source for record in dataset.records})
        value = yaml.safe_dump(there, default_flow_style=True, width=10**9).strip()
        raise ConfigError(
            f"no training pair has a caption source among {list(data.sources)}, only {there}; to read these pairs add the argument "
            f"{shlex.quote(f'data.sources={value}')}"
        )
    idle = [pattern for pattern in data.without if not any(is_named(record, [pattern]) for record in written.records)]
    chosen = written.subset(lambda record: not is_named(record, data.without))
    if idle or not len(chosen):
        problem = f"{idle} is the name of no training pair" if idle else "leaves no training pair"
        raise ConfigError(f"data.without={list(data.without)}: {problem}; names look like {written.records[0].name}")
    qualities = {record.quality for record in chosen.records}
    unknown = sorted(set(data.repeat) - qualities)
    if unknown:
        raise ConfigError(f"no training pair has the quality {unknown}; data.repeat can name: {sorted(qualities)}")
    return chosen.repeated(lambda record: data.repeat.get(record.quality, 1))


def open_training(config: TrainConfig) -> ChangeDataset:
    """The training pairs: those on disk, and the synthetic ones that the run mixes in.

    Raises:
        ConfigError: as `open_split`, or synthetic pairs are asked for that no epoch would read.
        DatasetError: as `open_split`.
        MissingDependencyError: synthetic pairs are asked for without the extra `synth`.
    """
    real, wanted = open_split(config, "train"), config.data.synthetic
    if wanted is None:
        return real
    if wanted.share == 1 and wanted.count is None:
        raise ConfigError("data.synthetic.share=1 leaves no real pairs to count by; set data.synthetic.count")
    _check_all_are_read(config, len(real))
    recipe = Recipe(
        seed=wanted.seed,
        size=config.data.size,
        resolution=config.data.gsd,
        changed_share=wanted.changed_share,
        weights=dict.fromkeys(wanted.scenarios, 1.0) or None,
    )
    count = wanted.count or synthetic_per_epoch(len(real), wanted.share)
    return MixedDataset(real, SyntheticDataset(recipe, count, cache=config.cache.folder or config.output / "cache"), wanted.share)


def _check_all_are_read(config: TrainConfig, real: int) -> None:
    """Cached features are those of the first epoch's draw; synthetic pairs of later epochs would never be seen."""
    wanted = config.data.synthetic
    if wanted is None or wanted.count is None or not config.cache.variants:
        return
    needed = synthetic_per_epoch(real, wanted.share, wanted.count)
    if wanted.count > needed:
        raise ConfigError(
            f"data.synthetic.count={wanted.count} is more than the {needed} synthetic pairs of an epoch, and cached features hold those "
            f"of the first epoch alone: set data.synthetic.count={needed} or leave it out, or set cache.variants=0"
        )


def sentence_encoder(config: TrainConfig, captions: Sequence[str]) -> SentenceEncoder | None:
    """The sentence encoder of TGCL, or None for a run without it."""
    return build_sentence_encoder(config.sentence_encoder, fit_on=captions) if config.objective.tgcl else None


def start(config: TrainConfig, captions: Sequence[str], encoder: SentenceEncoder | None) -> Start:
    """Builds the model, new or from the checkpoint `init`; of an ensemble its first member is trained further.

    Args:
        config: of the run.
        captions: all training captions.
        encoder: gives the model's setting `text_dimension` where it has one that the user left out.

    Raises:
        ConfigError: model and checkpoint, or model and sentence encoder, do not fit.
        ModelInterfaceError: the model is the user's own and does not keep to `CaptionModel`.
    """
    if config.model.name == ENSEMBLE:
        raise ConfigError(f"the model '{ENSEMBLE}' is made of trained ones, by `deltascribe ensemble`: set model.name=dfm")
    if config.init is not None:
        return _from_checkpoint(config.init, config, encoder)
    settings = _fit_encoder(config, config.model.settings, encoder)
    vocabulary = build_vocabulary(captions, config.data.min_count)
    model = create_checked(config, settings, len(vocabulary))
    return Start(model, vocabulary, config.model.name, settings)


def create_checked(config: TrainConfig, settings: dict[str, Any], vocabulary_size: int) -> nn.Module:
    """Builds the model of a run; one that is the user's own reads a made-up batch first.

    Raises:
        ModelInterfaceError: it does not keep to `CaptionModel`.
    """
    if is_own(config.model.name):
        check_interface(config.model.name, settings, vocabulary_size=vocabulary_size, size=config.data.size)
    return create_model(config.model.name, settings, vocabulary_size)


def build_vocabulary(captions: Sequence[str], min_count: int) -> Vocabulary:
    """Words of the training captions; those of the no-change sentence are always there, since augmentation makes unchanged pairs."""
    vocabulary = Vocabulary.build(captions, min_count)
    missing = [word for word in dict.fromkeys(tokenize(NO_CHANGE_CAPTION)) if word not in vocabulary.words]
    return Vocabulary([*vocabulary.words, *missing])


def _from_checkpoint(folder: Path, config: TrainConfig, encoder: SentenceEncoder | None) -> Start:
    checkpoint = first_member(load_checkpoint(require_folder(folder, "captioner")))
    if checkpoint.name != config.model.name:
        raise ConfigError(f"{folder} holds the model '{checkpoint.name}', not '{config.model.name}': set model.name={checkpoint.name}")
    settings = _fit_encoder(config, with_teacher({**checkpoint.settings, **config.model.settings}), encoder)
    # the checkpoint fills the backbone: what it was filled with first need not be there
    model = create_checked(config, without_first_weights(settings), len(checkpoint.vocabulary))
    try:
        model.load_state_dict(checkpoint.model.state_dict())
    except RuntimeError as error:
        raise ConfigError(
            f"the weights in {folder} do not fit model.settings; leave out settings that change the model's shape: {error}"
        ) from error
    return Start(model, checkpoint.vocabulary, checkpoint.name, settings)


def _fit_encoder(config: TrainConfig, settings: dict[str, Any], encoder: SentenceEncoder | None) -> dict[str, Any]:
    """All settings of the model, with the text dimension of the encoder where none is set."""
    full = check_model_config(config.model.name, settings).model_dump(mode="json")
    objective = config.objective
    if objective.tgcl and objective.gate == "learned" and not full.get("learned_gate"):
        raise ConfigError("objective.gate=learned needs a model with a gate of its own: set model.settings.learned_gate=true")
    if encoder is None or full.get("text_dimension") in (None, encoder.dimension):
        return full
    if "text_dimension" not in settings:
        return {**full, "text_dimension": encoder.dimension}
    advice = (
        f"set model.settings.text_dimension={encoder.dimension}, or leave it out"
        if config.init is None
        else "set sentence_encoder to the one that the checkpoint was trained with, or objective.tgcl=0"
    )
    raise ConfigError(
        f"the sentence encoder '{config.sentence_encoder}' gives vectors of {encoder.dimension} numbers, "
        f"but the model's text_dimension is {full['text_dimension']}: {advice}"
    )
