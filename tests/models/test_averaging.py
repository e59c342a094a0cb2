"""The mean of checkpoints, and what can't be averaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from deltascribe.errors import CheckpointError
from deltascribe.models import create_model
from deltascribe.models.averaging import average_card, average_checkpoints
from deltascribe.models.checkpoint import CONFIG, Checkpoint, load_checkpoint, save_checkpoint
from deltascribe.text import Vocabulary

WORDS = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", "a", "house"))
SETTINGS: dict[str, Any] = {"backbone": {"weights": "none", "tuned_stages": 4}, "width": 32, "heads": 4, "grid": 4}
TRAINING = {"seed": 3, "sentence_encoder": "minilm", "gate": "binary"}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a checkpoint with weights of its own seed."""

    def call(seed: int, words: Vocabulary = WORDS, size: int = 64, settings: dict[str, Any] = SETTINGS, **training: Any) -> Path:
        torch.manual_seed(seed)
        model: Any = create_model("dfm", settings, len(words))
        for name, buffer in model.named_buffers():
            if name.endswith("num_batches_tracked"):
                buffer.fill_(seed)
        preprocessing = {"size": size, "gsd": 0.5, "calibration": {"scale": 1.0, "shift": float(seed)}}
        about = {**TRAINING, "epoch": seed, "validation": {"cider_d": 1.0}, **training}
        folder = tmp_path / "run" / f"epoch-{seed:02d}"
        save_checkpoint(folder, Checkpoint(model, words, "dfm", model.config.model_dump(mode="json"), preprocessing, about), "a card")
        return folder

    return call


def test_each_weight_is_the_mean(write: Write, tmp_path: Path) -> None:
    folders = [write(seed) for seed in (1, 2, 4)]
    states = [load_checkpoint(folder).model.state_dict() for folder in folders]
    mean = average_checkpoints(folders)
    for name, value in mean.model.state_dict().items():
        assert value.dtype == states[0][name].dtype
        if value.is_floating_point():
            expected = (states[0][name].double() + states[1][name].double() + states[2][name].double()) / 3
            torch.testing.assert_close(value.double(), expected, rtol=1e-6, atol=1e-7)
        else:
            assert torch.equal(value, states[0][name])
    assert not mean.model.training
    save_checkpoint(tmp_path / "mean", mean, average_card(mean))
    again = load_checkpoint(tmp_path / "mean")
    assert all(torch.equal(value, again.model.state_dict()[name]) for name, value in mean.model.state_dict().items())


def test_it_tells_what_all_have_in_common_and_which_they_were(write: Write) -> None:
    mean = average_checkpoints([write(1), write(2, gate="area")])
    assert mean.training == {"seed": 3, "sentence_encoder": "minilm", "average_of": ["run/epoch-01, epoch 1", "run/epoch-02, epoch 2"]}
    assert mean.preprocessing == {"size": 64, "gsd": 0.5}
    assert "- run/epoch-02, epoch 2" in average_card(mean)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": {**SETTINGS, "width": 64}}, r"settings\.width: 32 and 64"),
        ({"settings": {**SETTINGS, "backbone": {"weights": "none", "tuned_stages": 2}}}, r"settings\.backbone\.tuned_stages: 4 and 2"),
        ({"size": 128}, r"preprocessing\.size: 64 and 128"),
        ({"sentence_encoder": "tfidf"}, "sentence_encoder: minilm and tfidf"),
        ({"words": Vocabulary((*WORDS.words, "road"))}, r"vocabulary: 6 and 7 entries, e\.g\. road in one alone"),
        ({"words": Vocabulary((*WORDS.words[:4], "house", "a"))}, "the same words in another order"),
    ],
)
def test_what_differs_is_named(write: Write, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CheckpointError, match=rf"(?s)epoch-01 and .*epoch-02 can't be averaged.*{message}.*tuned from the same checkpoint"):
        average_checkpoints([write(1), write(2, **changes)])


def test_a_setting_that_an_older_file_lacks_has_its_default(write: Write) -> None:
    one, two = write(1), write(2)
    description = json.loads((two / CONFIG).read_text())
    del description["settings"]["learned_gate"]
    (two / CONFIG).write_text(json.dumps(description))
    assert average_checkpoints([one, two]).settings["learned_gate"] is False


def test_fewer_than_two_or_one_twice_is_refused(write: Write) -> None:
    folder = write(1)
    for folders in ([], [folder], [folder, folder / ".." / folder.name]):
        with pytest.raises(CheckpointError, match="two or more different checkpoints"):
            average_checkpoints(folders)
