"""The training loop: readable from top to bottom, over Lightning Fabric for devices, precision and data-parallel runs.

Everything random is a function of the seed and of the place in the run (order, augmentation, dropout), so that a run that was
killed and goes on gives the same losses as one that was not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from deltascribe import __version__
from deltascribe.datasets import ChangeDataset
from deltascribe.datasets.synthetic.recipe import RENDERER
from deltascribe.generation import Calibration
from deltascribe.losses import LOSSES, gather_pairs, objective
from deltascribe.models import Batch, ModelOutput
from deltascribe.models.checkpoint import Checkpoint, save_checkpoint
from deltascribe.text import NO_CHANGE_SENTENCES
from deltascribe.training.augment import Augment, inverted_captions
from deltascribe.training.card import model_card
from deltascribe.training.config import TrainConfig
from deltascribe.training.data import AugmentedPairs, Collate, EpochBatches
from deltascribe.training.features import CachedPairs, build_cache
from deltascribe.training.kept import keep_epoch
from deltascribe.training.log import RunLog
from deltascribe.training.optimiser import MovingAverage, build_optimiser, clip_gradients, set_rates
from deltascribe.training.running import claim_folder, launch, progress_bar, restore_state, save_state, tell_finished
from deltascribe.training.self_critical import SelfCritical
from deltascribe.training.start import Start, open_split, open_training, sentence_encoder, start
from deltascribe.training.text_vectors import TextVectors
from deltascribe.training.validation import Validation
from deltascribe.training.weights import pair_weights

_NAN = float("nan")


def train(config: TrainConfig, *, quiet: bool = False, begins: Callable[[], None] = lambda: None) -> Path:
    """Trains a model, or goes on with a run that was interrupted.

    Args:
        config: of the run; a folder `output` that holds resume points of the same configuration is continued.
        quiet: print nothing.
        begins: called when all is made ready (cached features, sentence vectors) and the first step is next.

    Returns:
        Folder of the best checkpoint.

    Raises:
        ConfigError: the folder holds a run with another configuration, or the settings do not fit the data or each other.
        MissingDependencyError: the extra `train` is not installed.
        DatasetError: the data cannot be read.
    """
    # a step may leave parts of a model without a gradient: the mask head where no mask is known, the text layer without TGCL
    fabric = launch(config, "ddp_find_unused_parameters_true" if config.devices * config.nodes > 1 else "auto")
    claim_folder(config.output, config, write=fabric.is_global_zero)
    with fabric.rank_zero_first():  # the first one writes the captions of synthetic pairs, the others read them
        training = open_training(config)
    weights = pair_weights(config, training.records)
    captions = training.captions()
    if config.augment.swap_changed:  # vocabulary and text vectors must know what swapped pairs are told with
        captions = [*captions, *inverted_captions(captions)]
    encoder = sentence_encoder(config, captions)
    torch.manual_seed(config.seed)
    begin = start(config, captions, encoder)
    model: Any = begin.model
    source = _source(fabric, config, training, model, quiet)
    # augmentation makes unchanged pairs, whose sentences the data may lack
    vectors = None if encoder is None else TextVectors(encoder, [*captions, *NO_CHANGE_SENTENCES], _cache_folder(config))
    collate = Collate(begin.vocabulary, config.data.captions_per_pair, model.max_length, vectors, config.objective.texts, weights)
    critic = None if config.self_critical is None else SelfCritical(config, training, begin.vocabulary, model.max_length)
    validation = Validation(open_split(config, "val"), begin.vocabulary, config)
    average = MovingAverage(model, config.optimiser.ema) if config.optimiser.ema else None
    wrapped, optimiser = fabric.setup(model, build_optimiser(model, config.optimiser))
    per_epoch = EpochBatches.per_epoch(len(training), config.batch_size, fabric.world_size)
    steps = per_epoch * config.epochs
    state = restore_state(config.output / "resume", fabric, model, optimiser, average)
    if average is not None:
        average.model.to(fabric.device)
    begins()
    if state.step >= steps:
        if fabric.is_global_zero and not quiet:
            tell_finished(config.output, config.epochs)
        return config.output / "best"
    log = RunLog(config.output, state.step) if fabric.is_global_zero else None
    written = time.monotonic()
    with progress_bar(quiet or not fabric.is_global_zero) as bar:
        task = bar.add_task("training", total=steps, completed=state.step, detail="")
        for epoch in range(state.step // per_epoch, config.epochs):
            order = EpochBatches(
                len(training), config.batch_size, config.seed, epoch, state.step % per_epoch, fabric.global_rank, fabric.world_size
            )
            for batch in _batches(source, order, collate, config.data.workers):
                factor = set_rates(optimiser, state.step, steps, config.optimiser.warmup)
                losses = _step(fabric, wrapped, optimiser, batch, config, state.step, critic)
                if average is not None:
                    average.update(model, state.step)
                state.step += 1
                if log is not None:
                    log.losses(state.step, losses, factor)
                bar.update(task, completed=state.step, detail=f"epoch {epoch + 1}/{config.epochs} loss {losses['loss']:.3f}")
                due = time.monotonic() - written >= 60 * config.checkpoint_minutes
                if fabric.is_global_zero and due and state.step % per_epoch:
                    save_state(config.output / "resume", state, fabric, model, optimiser, average)
                    written = time.monotonic()
            if fabric.is_global_zero:
                judged = model if average is None else average.model
                scores = validation(judged, fabric.device)
                if log is not None:
                    log.scores(state.step, scores)
                checkpoint = _checkpoint(config, begin, judged, validation.calibration, {"epoch": epoch + 1, "validation": scores})
                if scores[config.select_by] > state.best:
                    state.best = scores[config.select_by]
                    save_checkpoint(config.output / "best", checkpoint, model_card(checkpoint))
                save_checkpoint(config.output / "last", checkpoint, model_card(checkpoint))
                keep_epoch(config.output, checkpoint, epoch + 1, config.keep)
                save_state(config.output / "resume", state, fabric, model, optimiser, average)
                written = time.monotonic()
                if not quiet:
                    bar.console.print(f"epoch {epoch + 1}: " + ", ".join(f"{name} {value:.3f}" for name, value in scores.items()))
            fabric.barrier()
    return config.output / "best"


def _cache_folder(config: TrainConfig) -> Path:
    return config.cache.folder or config.output / "cache"


def _source(fabric: Any, config: TrainConfig, training: ChangeDataset, model: Any, quiet: bool) -> Any:
    augment = Augment(config.augment)
    if not config.cache.variants:
        return AugmentedPairs(training, augment, config.seed)
    key = f"{__version__} {config.data.root.resolve()} {config.data.size} {config.augment.model_dump_json()}"
    if config.data.synthetic is not None:
        key += f" {config.data.synthetic.model_dump_json()} {config.data.gsd} renderer {RENDERER}"
    seed = config.seed if config.cache.seed is None else config.cache.seed
    with fabric.rank_zero_first():
        folder = build_cache(
            training, model.to(fabric.device).eval(), augment, seed, config.cache.variants, _cache_folder(config), key, quiet
        )
    return CachedPairs(folder)


def _batches(source: Any, order: EpochBatches, collate: Collate, workers: int) -> Iterator[Batch]:
    return iter(DataLoader(source, batch_sampler=order, collate_fn=collate, num_workers=workers))


def _step(
    fabric: Any, model: Any, optimiser: Any, batch: Batch, config: TrainConfig, step: int, critic: SelfCritical | None = None
) -> dict[str, float]:
    """One optimiser step; gives the losses."""
    model.train()
    # dropout must not depend on what was drawn before this step, or a resumed run would differ
    draw = step * fabric.world_size + fabric.global_rank
    torch.manual_seed(config.seed * 1_000_003 + draw)
    batch = batch.to(fabric.device)
    output: ModelOutput = model(batch)
    losses = objective(output, batch, config.objective, gather_pairs if fabric.world_size > 1 else None)
    if critic is not None:
        with fabric.autocast():
            losses = critic(model.module, output, batch, losses, draw)
    # data-parallel training waits for the gradient of every output, also of one that this batch has no target for
    fabric.backward(losses["loss"] if fabric.world_size == 1 else losses["loss"] + 0 * _sum_of(output))
    fabric.strategy.precision.unscale_gradients(optimiser.optimizer)
    # 16-bit training meets infinite gradients by design, and its scaler leaves out such a step
    clip_gradients(model.module, config.optimiser.clip, error_if_nonfinite=config.precision != "16-mixed")
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    # the columns of the log stay the same where a batch has no mask
    return {**dict.fromkeys(LOSSES, _NAN), **{name: float(value.detach()) for name, value in losses.items()}}


def _sum_of(output: ModelOutput) -> Tensor:
    memory = output.memory
    heads = (memory.embedding, memory.change_logit, memory.mask_logits)
    tensors = (*heads, output.text_embedding, output.logit_scale, output.gate, output.channel_gate, output.mimicry)
    return torch.stack([tensor.float().sum() for tensor in tensors if tensor is not None]).sum()


def _checkpoint(config: TrainConfig, begin: Start, model: Any, calibration: Calibration | None, training: dict[str, Any]) -> Checkpoint:
    encoder = config.sentence_encoder if config.objective.tgcl else None  # without TGCL no text was brought near any pair
    about = {"seed": config.seed, "sentence_encoder": encoder, "gate": config.objective.gate, **training}
    if config.objective.gate == "area":
        about["area_half"] = config.objective.area_half
    settings = model.config.model_dump(mode="json")  # as built: with the architecture of a backbone from elsewhere
    preprocessing: dict[str, Any] = {"size": config.data.size, "gsd": config.data.gsd}
    if calibration is not None:
        preprocessing["calibration"] = calibration.to_dict()
    return Checkpoint(model, begin.vocabulary, begin.name, settings, preprocessing, about)
