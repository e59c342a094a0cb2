"""Checkpoints: a folder with `model.safetensors`, `config.json` and a model card; no pickles."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from deltascribe.errors import CheckpointError, ConfigError, UnknownModelError, VocabularyError
from deltascribe.files import atomic_write, write_json, write_text
from deltascribe.models.registry import code_of, create_model, is_own, is_registered
from deltascribe.shipped import Kind, check_kind
from deltascribe.text import Vocabulary

Extra = TypeVar("Extra")

FORMAT = 1
WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"
CODE = "code"
"""In `config.json` of a model that is not this package's: the file that registers it."""

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
    description = {
        "model": checkpoint.name,
        "settings": checkpoint.settings,
        "preprocessing": checkpoint.preprocessing,
        "training": checkpoint.training,
        "vocabulary": list(checkpoint.vocabulary.words),
    }
    if is_own(checkpoint.name):
        description[CODE] = _code_of(checkpoint.name)
    write_folder(folder, checkpoint.model, description, card, half)


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Reads a checkpoint folder.

    Raises:
        CheckpointError: a file is missing, truncated or damaged, was made by a newer version, or the weights do not fit the
            configuration.
        ModelKindError: it holds a change detector.
        UnknownModelError: no model is registered under its name, or this package's where it holds a user's own. The file that registers it
            is told, and never imported.
    """

    def build(description: dict[str, Any]) -> tuple[nn.Module, Vocabulary]:
        vocabulary = Vocabulary(description["vocabulary"])
        _check_known(folder, description)
        return create_model(description["model"], description["settings"], len(vocabulary)), vocabulary

    description, model, vocabulary = read_folder(folder, "captioner", build)
    name, settings = description["model"], description["settings"]
    return Checkpoint(model.to(device).eval(), vocabulary, name, settings, description["preprocessing"], description["training"])


def _code_of(name: str) -> dict[str, str]:
    """What a checkpoint says of a model that is not this package's: the file that registers it, without its folder, and its SHA-256."""
    code = code_of(name)
    return {} if code is None else {"file": code.file.name, "sha256": code.sha256}


def _check_known(folder: Path, description: dict[str, Any]) -> None:
    name, code = description["model"], description.get(CODE)
    if not isinstance(code, dict) or is_own(name):
        return
    file = str(code.get("file", "FILE.py"))
    whose = "a user's own of that name and not this package's" if is_registered(name) else "not one of this package"
    raise UnknownModelError(
        f"{folder} holds the model '{name}', which is {whose}. Import the file that registers it, if you trust its code: "
        f"{shlex.join(['deltascribe', '--import', file])} ..., or `import` it in Python before the checkpoint is loaded"
    )


def write_folder(folder: Path, model: nn.Module, description: dict[str, Any], card: str, half: bool = False) -> None:
    """Writes any model's checkpoint folder; each file whole or not at all, the configuration last.

    Args:
        folder: made if missing.
        model: its weights are written.
        description: what `config.json` says beside the format's number: at least `settings`, `preprocessing` and `training`.
        card: text of the model card.
        half: store floating-point weights in 16 bits.
    """
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    if half:
        weights = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in weights.items()}
    with atomic_write(folder / WEIGHTS) as temporary:
        save_file(weights, temporary)
    write_text(folder / CARD, card)
    write_json(folder / CONFIG, {"format": FORMAT, **description})


def read_folder(
    folder: Path, kind: Kind, build: Callable[[dict[str, Any]], tuple[nn.Module, Extra]]
) -> tuple[dict[str, Any], nn.Module, Extra]:
    """Reads any model's checkpoint folder.

    Args:
        folder: what `write_folder` wrote.
        kind: what is wanted.
        build: what `config.json` says, its `settings` with a backbone that is built empty -> the model without weights, and what else
            is made of the description. What it raises over wrong values counts as damage.

    Returns:
        What `config.json` says, the model with its weights, and what else was made.

    Raises:
        CheckpointError: as `load_checkpoint`.
        ModelKindError: it holds the other kind.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            # of a training the folder `best` is meant
            meant = f". Give {folder / 'best'}" if (folder / "best" / name).is_file() else ""
            raise CheckpointError(f"{folder} holds no {name}; a checkpoint is a folder with {CONFIG} and {WEIGHTS}{meant}")
    try:
        description: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        _check_format(folder, description["format"])
        check_kind(folder, description, kind)
        settings = description["settings"]
        _check_tables(settings=settings, preprocessing=description["preprocessing"], training=description["training"])
        weights = load_file(folder / WEIGHTS)
        model, extra = build({**description, "settings": without_first_weights(settings)})
    except _DAMAGES as error:
        raise CheckpointError(f"the checkpoint {folder} is damaged ({error}); copy or download it again") from error
    _fill(model, weights, folder)
    return description, model, extra


def _fill(model: nn.Module, weights: dict[str, torch.Tensor], folder: Path) -> None:
    expected = model.state_dict()
    missing, left_over = sorted(set(expected) - set(weights)), sorted(set(weights) - set(expected))
    wrong = [key for key in expected if key in weights and expected[key].shape != weights[key].shape]
    if missing or left_over or wrong:
        raise CheckpointError(
            f"the weights in {folder} do not fit its configuration: missing {missing[:3]}, left over {left_over[:3]}, "
            f"other shapes {wrong[:3]}; copy or download both files again"
        )
    model.load_state_dict({key: tensor.to(expected[key].dtype) for key, tensor in weights.items()})


def _check_format(folder: Path, number: Any) -> None:
    if not isinstance(number, int) or number < 1:
        raise ValueError(f"its format is {number!r}, not a number from 1 on")
    if number > FORMAT:
        raise CheckpointError(f"the checkpoint {folder} was made by a newer version (its format is {number}); update deltascribe")


def _check_tables(**parts: Any) -> None:
    for name, value in parts.items():
        if not isinstance(value, dict):
            raise TypeError(f"'{name}' is a {type(value).__name__}, not a table")


def without_first_weights(settings: dict[str, Any]) -> dict[str, Any]:
    """A model's settings with a backbone that is built empty: the checkpoint fills it."""
    backbone = settings.get("backbone")
    # a model of the user's own may call something else so
    return {**settings, "backbone": {**backbone, "weights": "none"}} if isinstance(backbone, dict) and "weights" in backbone else settings
