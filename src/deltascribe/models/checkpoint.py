"""Checkpoints: a folder with `model.safetensors`, `config.json` and a model card; no pickles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from deltascribe.errors import CheckpointError, ConfigError, VocabularyError
from deltascribe.files import atomic_write, write_json, write_text
from deltascribe.models.registry import create_model
from deltascribe.text import Vocabulary

FORMAT = 1
WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"

# what wrong values lead to, from reading the files up to torch's own checks of sizes
_DAMAGES = (
    *(ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RuntimeError, AssertionError),
    *(SafetensorError, VocabularyError, ConfigError),
)


@dataclass(frozen=True)
class Checkpoint:
    """A model and what it needs to be used.

    Attributes:
        model: in evaluation mode.
        vocabulary: words.
        name: registered name of the model.
        settings: its settings.
        preprocessing: `size` (pixels), `gsd` (metres a pixel that it was trained on) and, where fitted, `calibration` of
            the change flag.
        training: what is known of its making: data, seed, scores.
    """

    model: nn.Module
    vocabulary: Vocabulary
    name: str
    settings: dict[str, Any]
    preprocessing: dict[str, Any]
    training: dict[str, Any]


def save_checkpoint(folder: Path, checkpoint: Checkpoint, card: str, half: bool = False) -> None:
    """Writes a checkpoint; each file whole or not at all, the configuration last.

    Args:
        folder: made if missing.
        checkpoint: what to write.
        card: text of the model card.
        half: store floating-point weights in 16 bits (they are read back as 32).
    """
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.model.state_dict().items()}
    if half:
        weights = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in weights.items()}
    with atomic_write(folder / WEIGHTS) as temporary:
        save_file(weights, temporary)
    write_text(folder / CARD, card)
    description = {
        "format": FORMAT,
        "model": checkpoint.name,
        "settings": checkpoint.settings,
        "preprocessing": checkpoint.preprocessing,
        "training": checkpoint.training,
        "vocabulary": list(checkpoint.vocabulary.words),
    }
    write_json(folder / CONFIG, description)


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Reads a checkpoint folder.

    Raises:
        CheckpointError: a file is missing, truncated or damaged, was made by a newer version, or the weights do not fit the
            configuration.
        UnknownModelError: no model is registered under its name.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise CheckpointError(f"{folder} holds no {name}; a checkpoint is a folder with {CONFIG} and {WEIGHTS}")
    try:
        description = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        _check_format(folder, description["format"])
        name, settings, words = description["model"], description["settings"], description["vocabulary"]
        preprocessing, training = description["preprocessing"], description["training"]
        _check_tables(settings=settings, preprocessing=preprocessing, training=training)
        weights = load_file(folder / WEIGHTS)
        vocabulary = Vocabulary(words)
        model = create_model(name, _without_first_weights(settings), len(vocabulary))
    except _DAMAGES as error:
        raise CheckpointError(f"the checkpoint {folder} is damaged ({error}); copy or download it again") from error
    expected = model.state_dict()
    missing, left_over = sorted(set(expected) - set(weights)), sorted(set(weights) - set(expected))
    wrong = [key for key in expected if key in weights and expected[key].shape != weights[key].shape]
    if missing or left_over or wrong:
        raise CheckpointError(
            f"the weights in {folder} do not fit its configuration: missing {missing[:3]}, left over {left_over[:3]}, "
            f"other shapes {wrong[:3]}; copy or download both files again"
        )
    model.load_state_dict({key: tensor.to(expected[key].dtype) for key, tensor in weights.items()})
    return Checkpoint(model.to(device).eval(), vocabulary, name, settings, preprocessing, training)


def _check_format(folder: Path, number: Any) -> None:
    if not isinstance(number, int) or number < 1:
        raise ValueError(f"its format is {number!r}, not a number from 1 on")
    if number > FORMAT:
        raise CheckpointError(f"the checkpoint {folder} was made by a newer version (its format is {number}); update deltascribe")


def _check_tables(**parts: Any) -> None:
    for name, value in parts.items():
        if not isinstance(value, dict):
            raise TypeError(f"'{name}' is a {type(value).__name__}, not a table")


def _without_first_weights(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with a backbone that is built empty: the checkpoint fills it."""
    backbone = settings.get("backbone")
    return settings if backbone is None else {**settings, "backbone": {**backbone, "weights": "none"}}
