"""A run that swaps changed pairs knows the words that swapped pairs are told with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lightning")

from deltascribe.models.checkpoint import load_checkpoint
from deltascribe.text import normalise
from deltascribe.training import TrainConfig, loop, train
from deltascribe.training.augment import inverted_captions
from deltascribe.training.start import open_training
from deltascribe.training.text_vectors import TextVectors


def test_vocabulary_and_text_vectors_cover_inverted_captions(
    make_config: Callable[..., TrainConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    def remember(*arguments: Any) -> Any:
        made.append(TextVectors(*arguments))
        return made[-1]

    monkeypatch.setattr(loop, "TextVectors", remember)
    config = make_config(tmp_path / "run", epochs=1, augment={"swap_changed": 1.0})
    inverted = inverted_captions(open_training(config).captions())
    assert inverted
    train(config, quiet=True)
    words = load_checkpoint(config.output / "last").vocabulary.words
    assert {word for caption in inverted for word in normalise(caption).split()} <= set(words)
    assert bool((made[0].each(inverted).norm(dim=1) > 0.99).all())
