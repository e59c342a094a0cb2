"""What a run starts from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deltascribe.errors import ConfigError, ModelInterfaceError
from deltascribe.models import create_model, register_model
from deltascribe.models.checkpoint import Checkpoint, save_checkpoint
from deltascribe.models.peers.plain import Plain, PlainConfig
from deltascribe.text import Vocabulary
from deltascribe.text.special import NO_CHANGE_CAPTION
from deltascribe.training import TrainConfig
from deltascribe.training.start import build_vocabulary, open_split, sentence_encoder, start

CAPTIONS = ["a road is built", "two houses appear"]
WORDS = Vocabulary.build(CAPTIONS, 1)


@pytest.fixture
def two_sources(root: Path, tmp_path: Path) -> Path:
    """The tiny data set, three training pairs of which a grammar captioned."""
    copy = tmp_path / "data"
    shutil.copytree(root, copy)
    path = copy / "LevirCCcaptions.json"
    document = json.loads(path.read_text())
    for entry in document["images"][:3]:
        entry["caption_source"] = "grammar"
    path.write_text(json.dumps(document))
    return copy


def test_pairs_and_masks_come_at_the_runs_size(make_config: Callable[..., TrainConfig], tmp_path: Path) -> None:
    sample = open_split(make_config(tmp_path / "run", data__size=48), "val")[0]
    assert sample.pair.shape == (2, 3, 48, 48)
    assert sample.mask is not None
    assert sample.mask.shape == (48, 48)
    assert set(sample.mask.unique().tolist()) == {0, 1, 2}


def test_sources_choose_among_the_training_pairs_alone(make_config: Callable[..., TrainConfig], two_sources: Path, tmp_path: Path) -> None:
    config = make_config(tmp_path / "run", data__root=str(two_sources), data__sources=["grammar"])
    assert [record.name for record in open_split(config, "train").records] == [f"train_00000{number}" for number in (1, 2, 3)]
    assert len(open_split(config, "val")) == 3
    with pytest.raises(ConfigError, match=r"among \['nobody'\], only .* argument 'data\.sources=\[grammar, human\]'$"):
        open_split(make_config(tmp_path / "run", data__root=str(two_sources), data__sources=["nobody"]), "train")


def test_training_pairs_can_be_left_out_by_name(make_config: Callable[..., TrainConfig], tmp_path: Path) -> None:
    every = [record.name for record in open_split(make_config(tmp_path / "run"), "train").records]
    config = make_config(tmp_path / "run", data__without=["*_000001", "train_00000[23]"])
    assert [record.name for record in open_split(config, "train").records] == every[3:]
    assert len(open_split(config, "val")) == 3
    for patterns, problem in (
        (["*"], "leaves no training pair"),
        (["*_000001", "*_blured"], r"\['\*_blured'\] is the name of no training pair"),
    ):
        with pytest.raises(ConfigError, match=problem + "; names look like train_000001"):
            open_split(make_config(tmp_path / "run", data__without=patterns), "train")


def test_pairs_of_a_quality_come_as_often_as_the_run_asks(make_config: Callable[..., TrainConfig], root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(root, copy)
    path = copy / "LevirCCcaptions.json"
    document = json.loads(path.read_text())
    for entry in document["images"][1:3]:
        entry["quality"] = "native"
    path.write_text(json.dumps(document))
    config = make_config(tmp_path / "run", data__root=str(copy), data__repeat={"native": 3})
    training = open_split(config, "train")
    names = [record.name for record in training.records]
    assert names[:8] == [f"train_00000{number}" for number in (1, 2, 2, 2, 3, 3, 3, 4)]
    assert training.captions() == open_split(make_config(tmp_path / "run", data__root=str(copy)), "train").captions()
    assert len(open_split(config, "val")) == 3
    with pytest.raises(ConfigError, match=r"the quality \['sharp'\]; data.repeat can name: \['', 'native'\]"):
        open_split(make_config(tmp_path / "run", data__root=str(copy), data__repeat={"native": 2, "sharp": 3}), "train")


def test_the_vocabulary_can_always_say_that_nothing_changed() -> None:
    vocabulary = build_vocabulary(["a road", "the road"], 2)
    assert vocabulary.words[4] == "road"
    assert vocabulary.decode(vocabulary.encode(NO_CHANGE_CAPTION)) == NO_CHANGE_CAPTION


@pytest.mark.usefixtures("own_imports")
def test_a_users_own_model_is_checked_where_it_starts_from_a_checkpoint_too(
    make_config: Callable[..., TrainConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"backbone": {"weights": "none"}, "width": 32, "heads": 4}
    register_model("own", PlainConfig)(Plain)
    checkpoint = Checkpoint(create_model("own", settings, len(WORDS)), WORDS, "own", settings, {"size": 64}, {})
    save_checkpoint(tmp_path / "first", checkpoint, "a card")
    config = make_config(tmp_path / "run", model={"name": "own"}, init=str(tmp_path / "first"), objective__tgcl=0)
    assert start(config, CAPTIONS, None).name == "own"
    monkeypatch.setattr(Plain, "frozen_part", lambda self, pair: [pair])
    with pytest.raises(ModelInterfaceError, match="encode"):
        start(config, CAPTIONS, None)


def test_the_text_dimension_is_the_encoders_where_it_is_left_out(make_config: Callable[..., TrainConfig], tmp_path: Path) -> None:
    config = make_config(tmp_path / "run")
    encoder = sentence_encoder(config, CAPTIONS)
    assert encoder is not None
    assert encoder.dimension == 7
    begin = start(config, CAPTIONS, encoder)
    assert begin.settings["text_dimension"] == 7
    assert begin.model.textual.in_features == 7


def test_another_text_dimension_than_the_encoders_is_refused(make_config: Callable[..., TrainConfig], tmp_path: Path) -> None:
    config = make_config(tmp_path / "run", model__settings__text_dimension=384)
    with pytest.raises(ConfigError, match=r"'tfidf' gives vectors of 7 .* 384: set model\.settings\.text_dimension=7"):
        start(config, CAPTIONS, sentence_encoder(config, CAPTIONS))


def test_a_run_without_tgcl_needs_no_encoder(make_config: Callable[..., TrainConfig], tmp_path: Path) -> None:
    config = make_config(tmp_path / "run", objective__tgcl=0, sentence_encoder="/no/such/folder")
    assert sentence_encoder(config, CAPTIONS) is None
    assert start(config, CAPTIONS, None).settings["text_dimension"] == 384
