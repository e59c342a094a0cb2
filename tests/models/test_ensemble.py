"""Several DFMs over one encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from deltascribe.errors import CheckpointError, ConfigError
from deltascribe.generation import generate
from deltascribe.generation.attention import word_attention
from deltascribe.models import Batch, CaptionModel, create_model, list_models
from deltascribe.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, without_first_weights
from deltascribe.models.ensembling import ensemble_card, ensemble_checkpoints, first_member
from deltascribe.text import Vocabulary

WORDS = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", "a", "house", "road", "appears"))
SETTINGS: dict[str, Any] = {"backbone": {"weights": "none", "tuned_stages": 0}, "width": 32, "heads": 4, "grid": 4, "embedding": 16}
Write = Callable[..., Path]


@pytest.fixture(params=["backbone", "shared with a detector"])
def settings(request: pytest.FixtureRequest, detector: Path) -> dict[str, Any]:
    if request.param == "backbone":
        return SETTINGS
    return {**SETTINGS, "transfer": {"mode": "features", "detector": str(detector), "encoder": True}}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a checkpoint: the frozen part is the same for all, the rest of a seed of its own."""

    def call(seed: int, settings: dict[str, Any], frozen: int = 0, name: str = "dfm", words: Vocabulary = WORDS, **about: Any) -> Path:
        torch.manual_seed(frozen)
        same = create_model(name, settings, len(words))
        torch.manual_seed(seed)
        model: Any = create_model(name, settings, len(words))
        for key, parameter in model.named_parameters():
            if parameter.requires_grad:  # also what starts at zero, so that every part has a say
                torch.nn.init.normal_(parameter, std=0.2)
            else:
                parameter.data.copy_(same.get_parameter(key))
        folder = tmp_path / f"seed-{seed}" / "best"
        preprocessing = {"size": 64, "gsd": 0.5, "calibration": {"scale": 1.0, "shift": float(seed)}}
        training = {"seed": seed, "sentence_encoder": "minilm", "epoch": 3, **about}
        save_checkpoint(folder, Checkpoint(model, words, name, model.config.model_dump(mode="json"), preprocessing, training), "a card")
        return folder

    return call


def batch() -> Batch:
    generator = torch.Generator().manual_seed(1)
    tokens = torch.tensor([[[1, 4, 5, 7, 2], [1, 4, 6, 2, 0]], [[1, 5, 7, 2, 0], [1, 6, 2, 0, 0]]])
    return Batch(pair=torch.rand(2, 2, 3, 64, 64, generator=generator), tokens=tokens)


@torch.no_grad()
def test_probabilities_of_words_and_logits_of_flags_are_the_mean(write: Write, settings: dict[str, Any]) -> None:
    folders = [write(seed, settings) for seed in (1, 2, 3)]
    one, two, three = (load_checkpoint(folder).model(batch()) for folder in folders)
    made = ensemble_checkpoints(folders)
    model: Any = made.model
    assert isinstance(model, CaptionModel)
    both = model(batch())
    expected = (one.logits.softmax(-1) + two.logits.softmax(-1) + three.logits.softmax(-1)) / 3
    torch.testing.assert_close(both.logits.exp(), expected)
    flags = [output.memory.change_logit for output in (one, two, three)]
    torch.testing.assert_close(both.memory.change_logit, torch.stack(flags).mean(0))
    torch.testing.assert_close(both.memory.mask_logits, torch.stack([o.memory.mask_logits for o in (one, two, three)]).mean(0))
    torch.testing.assert_close(both.memory.level_weights, torch.stack([o.memory.level_weights for o in (one, two, three)]).mean(0))


@torch.no_grad()
def test_a_cosine_in_its_space_is_the_mean_of_the_members_cosines(write: Write) -> None:
    folders = [write(seed, SETTINGS) for seed in (1, 2)]
    model: Any = ensemble_checkpoints(folders).model
    text = torch.randn(3, 384)
    members = [load_checkpoint(folder).model for folder in folders]
    cosines: list[Any] = [member.encode(batch()).embedding @ member.embed_text(text).T for member in members]  # type: ignore[operator]
    torch.testing.assert_close(model.encode(batch()).embedding @ model.embed_text(text).T, (cosines[0] + cosines[1]) / 2)
    torch.testing.assert_close(model.embed_text(text).norm(dim=-1), torch.ones(3))


@torch.no_grad()
def test_word_by_word_with_a_cache_gives_what_whole_sentences_give(write: Write, settings: dict[str, Any]) -> None:
    model: Any = ensemble_checkpoints([write(seed, settings) for seed in (1, 2)]).model
    whole = batch()
    assert whole.tokens is not None
    memory, expected = model.encode(whole), model(whole).logits.flatten(0, 1)
    rows, cache = whole.tokens.flatten(0, 1), None
    for place in range(rows.shape[1] - 1):
        said, cache = model.decode(memory, rows[:, place : place + 1], cache)
        torch.testing.assert_close(said[:, 0], expected[:, place])
    assert cache is not None
    assert cache.length == rows.shape[1] - 1


def test_two_of_the_same_write_what_one_writes(write: Write, settings: dict[str, Any]) -> None:
    one, two = write(1, settings), write(2, settings)
    single: Any = load_checkpoint(one).model
    save_checkpoint(two, load_checkpoint(one), "a card")
    double: Any = ensemble_checkpoints([one, two]).model
    with torch.no_grad():
        given = generate(single, single.encode(batch()), beams=3), generate(double, double.encode(batch()), beams=3)
    assert [[sentence.tokens for sentence in pair] for pair in given[0]] == [[sentence.tokens for sentence in pair] for pair in given[1]]


@torch.no_grad()
def test_cached_features_stand_in_for_the_images(write: Write, settings: dict[str, Any]) -> None:
    model: Any = ensemble_checkpoints([write(seed, settings) for seed in (1, 2)]).model
    whole = batch()
    cached = replace(whole, pair=None, features=model.frozen_part(whole.pair))
    torch.testing.assert_close(model(cached).logits, model(whole).logits)


def test_the_encoder_is_stored_folded_and_run_once(write: Write, settings: dict[str, Any], tmp_path: Path) -> None:
    folders = [write(seed, settings) for seed in (1, 2)]
    made = ensemble_checkpoints(folders)
    model: Any = made.model
    names = {".".join(name.split(".")[2:]) for name in model.state_dict() if name.startswith("members.1.")}
    assert names
    assert not any(name.startswith(("backbone.", "transfer.detector.")) for name in names)
    save_checkpoint(tmp_path / "both", made, ensemble_card(made))
    again: Any = load_checkpoint(tmp_path / "both").model
    runs: list[int] = []
    again.members[0].backbone.register_forward_pre_hook(lambda *_: runs.append(1))
    again.members[0].backbone._conv_stem.register_forward_pre_hook(lambda *_: runs.append(1))
    with torch.no_grad():
        before = model(batch()).logits
        torch.testing.assert_close(again(batch()).logits, before)
        assert len(runs) <= 2
        again.members[0].backbone.fold()
        torch.testing.assert_close(again(batch()).logits, before, atol=1e-4, rtol=1e-4)


def test_attention_is_the_mean_over_one_grid(write: Write) -> None:
    folders = [write(seed, SETTINGS) for seed in (1, 2)]
    model: Any = ensemble_checkpoints(folders).model
    tokens = torch.tensor([[4, 5, 7], [5, 7, 2]])
    with torch.no_grad():
        members: list[Any] = [load_checkpoint(folder).model for folder in folders]
        expected = [word_attention(member, member.encode(batch()), tokens) for member in members]
        given = word_attention(model, model.encode(batch()), tokens)
    assert given.shape == (2, 3, 4, 4)
    torch.testing.assert_close(given, (expected[0] + expected[1]) / 2)


def test_it_tells_what_all_have_in_common_and_which_they_were(write: Write) -> None:
    made = ensemble_checkpoints([write(1, SETTINGS), write(2, SETTINGS, gate="area")])
    assert made.training == {"sentence_encoder": "minilm", "ensemble_of": ["seed-1/best, epoch 3", "seed-2/best, epoch 3"]}
    assert made.preprocessing == {"size": 64, "gsd": 0.5}
    assert "- seed-2/best, epoch 3" in ensemble_card(made)


def test_what_does_not_fit_is_named(write: Write) -> None:
    one = write(1, SETTINGS)
    with pytest.raises(CheckpointError, match="an ensemble needs two or more different checkpoints"):
        ensemble_checkpoints([one])
    with pytest.raises(CheckpointError, match=r"(?s)can't be an ensemble.*settings\.width: 32 and 64.*other values of `seed`"):
        ensemble_checkpoints([one, write(2, {**SETTINGS, "width": 64})])
    with pytest.raises(CheckpointError, match=r"(?s)weights: backbone\._conv_stem\.weight of the frozen part"):
        ensemble_checkpoints([one, write(3, SETTINGS, frozen=5)])
    peer = {"backbone": {"weights": "none", "tuned_stages": 0}, "width": 32, "heads": 4}
    with pytest.raises(CheckpointError, match="holds the model 'plain'"):
        ensemble_checkpoints([write(4, peer, name="plain"), one])


def test_members_with_encoders_of_their_own_are_refused(write: Write) -> None:
    tuned = {**SETTINGS, "backbone": {"weights": "none", "tuned_stages": 2}}
    with pytest.raises(CheckpointError, match=r"(?s)can't be a member.*tuned_stages=2 gives each its own"):
        ensemble_checkpoints([write(1, tuned), write(2, tuned)])
    with pytest.raises(ConfigError, match="members"):
        create_model("dfm_ensemble", {"members": 1, "dfm": SETTINGS}, len(WORDS))


def test_it_is_no_model_to_train() -> None:
    assert "dfm_ensemble" not in list_models()


def test_its_first_member_goes_on_alone(write: Write, settings: dict[str, Any]) -> None:
    folders = [write(seed, settings) for seed in (1, 2)]
    made = ensemble_checkpoints(folders)
    made.preprocessing["calibration"] = {"scale": 2.0, "shift": 1.0}
    alone, one = first_member(made), load_checkpoint(folders[0])
    assert (alone.name, alone.preprocessing) == ("dfm", {"size": 64, "gsd": 0.5})
    with torch.no_grad():
        torch.testing.assert_close(alone.model(batch()).logits, one.model(batch()).logits)
    again: Any = create_model("dfm", without_first_weights(alone.settings), len(WORDS))
    again.load_state_dict(alone.model.state_dict())
    assert first_member(one) is one
