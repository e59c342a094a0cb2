"""The training loop of change detectors. As in captioning, all that is random depends on the seed and the place in the run alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from deltascribe.errors import ConfigError
from deltascribe.losses.change_mask import change_mask_loss
from deltascribe.models.detector import ChangeDetector, DetectorCheckpoint, at_size, load_detector, save_detector
from deltascribe.shipped import require_folder
from deltascribe.training.data import EpochBatches
from deltascribe.training.detector.card import detector_card
from deltascribe.training.detector.config import DetectorTrainConfig, MaskSource
from deltascribe.training.detector.data import MaskBatch, open_source, open_training, zoom_of
from deltascribe.training.detector.validation import MaskValidation
from deltascribe.training.log import RunLog
from deltascribe.training.optimiser import MovingAverage, build_optimiser, set_rates
from deltascribe.training.running import claim_folder, launch, progress_bar, restore_state, save_state, tell_finished


def train_detector(config: DetectorTrainConfig, *, quiet: bool = False) -> Path:
    """Trains a change detector, or goes on with a run that was interrupted.

    Args:
        config: of the run; a folder `output` that holds resume points of the same configuration is continued.
        quiet: print nothing.

    Returns:
        Folder of the best checkpoint, by F1 on the validation pairs.

    Raises:
        ConfigError: the folder holds a run with another configuration, or the settings do not fit the data or each other.
        MissingDependencyError: the extra `train` is not installed.
        DatasetError: the data cannot be read, or a training pair lies on validation or held-out ground.
    """
    fabric = launch(config)
    training = open_training(config)
    claim_folder(config.output, config, write=True)
    validation = MaskValidation([(open_source(source), zoom_of(source, config.data)) for source in config.data.val])
    torch.manual_seed(config.seed)
    model = _start(config)
    # on CPU the convolutions run about twice as fast in this layout
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = MovingAverage(model, config.optimiser.ema) if config.optimiser.ema else None
    wrapped, optimiser = fabric.setup(model, build_optimiser(model, config.optimiser))
    per_epoch = EpochBatches.per_epoch(len(training), config.batch_size)
    steps = per_epoch * config.epochs
    state = restore_state(config.output / "resume", fabric, model, optimiser, average)
    if average is not None:
        average.model.to(fabric.device)
    if state.step >= steps:
        if not quiet:
            tell_finished(config.output, config.epochs)
        return config.output / "best"
    log = RunLog(config.output, state.step)
    written = time.monotonic()
    with progress_bar(quiet) as bar:
        task = bar.add_task("training", total=steps, completed=state.step, detail="")
        for epoch in range(state.step // per_epoch, config.epochs):
            order = EpochBatches(len(training), config.batch_size, config.seed, epoch, state.step % per_epoch)
            for batch in training.batches(order, config.data.workers):
                factor = set_rates(optimiser, state.step, steps, config.optimiser.warmup)
                losses = _step(fabric, wrapped, optimiser, batch, config, state.step)
                if average is not None:
                    average.update(model, state.step)
                state.step += 1
                log.losses(state.step, losses, factor)
                bar.update(task, completed=state.step, detail=f"epoch {epoch + 1}/{config.epochs} loss {losses['loss']:.3f}")
                if time.monotonic() - written >= 60 * config.checkpoint_minutes and state.step % per_epoch:
                    save_state(config.output / "resume", state, fabric, model, optimiser, average)
                    written = time.monotonic()
            judged = model if average is None else average.model
            scores = validation(judged, fabric.device)
            log.scores(state.step, scores)
            checkpoint = _checkpoint(config, judged, epoch, scores)
            if scores["f1"] > state.best:
                state.best = scores["f1"]
                save_detector(config.output / "best", checkpoint, detector_card(checkpoint))
            save_detector(config.output / "last", checkpoint, detector_card(checkpoint))
            save_state(config.output / "resume", state, fabric, model, optimiser, average)
            written = time.monotonic()
            if not quiet:
                bar.console.print(f"epoch {epoch + 1}: " + ", ".join(f"{name} {value:.2f}" for name, value in scores.items()))
    return config.output / "best"


def _start(config: DetectorTrainConfig) -> ChangeDetector:
    if config.init is None:
        return ChangeDetector(config.model)
    checkpoint = load_detector(require_folder(config.init, "detector"))
    settings = config.model.model_copy(update={"backbone": config.model.backbone.model_copy(update={"weights": "none"})})
    model = ChangeDetector(settings)
    try:
        model.load_state_dict(checkpoint.model.state_dict())
    except RuntimeError as error:
        raise ConfigError(
            f"the weights in {config.init} do not fit the setting `model`; leave out what changes its shape: {error}"
        ) from error
    return model


def _step(fabric: Any, model: nn.Module, optimiser: Any, batch: MaskBatch, config: DetectorTrainConfig, step: int) -> dict[str, float]:
    """One optimiser step; gives the losses."""
    model.train()
    # dropout must not depend on what was drawn before this step, or a resumed run would differ
    torch.manual_seed(config.seed * 1_000_003 + step)
    pair, mask = batch.pair.to(fabric.device), batch.mask.to(fabric.device)
    output = model(pair)
    losses = change_mask_loss(at_size(output.mask_logits, *mask.shape[-2:]), mask, config.loss)
    fabric.backward(losses["loss"])
    # 16-bit training meets infinite gradients by design, and its scaler leaves out such a step
    fabric.clip_gradients(model, optimiser, max_norm=config.optimiser.clip, error_if_nonfinite=config.precision != "16-mixed")
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return {name: float(value.detach()) for name, value in losses.items()}


def _checkpoint(config: DetectorTrainConfig, model: Any, epoch: int, scores: dict[str, float]) -> DetectorCheckpoint:
    sources = [_described(source) for source in config.data.train]
    training = {"seed": config.seed, "epoch": epoch + 1, "data": sources, "validation": scores}
    return DetectorCheckpoint(model, config.data.size, config.data.gsd, scores["threshold"], training)


def _described(source: MaskSource) -> str:
    """A training source for the model's card: `levir_train_half (train, 2 crops a pair and epoch, read as of 0.7 m)`."""
    parts = [source.split, f"{source.repeat} crop{'s' if source.repeat > 1 else ''} a pair and epoch"]
    if source.gsd is not None:
        parts.append(f"read as of {source.gsd:g} m")
    if source.qualities:
        parts.append(f"of quality {' or '.join(source.qualities)}")
    return f"{source.root.name} ({', '.join(parts)})"
