"""Self-critical tuning: its reward, its part of the loss, and runs with it."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

pytest.importorskip("lightning")

from deltascribe.datasets import ChangeDataset
from deltascribe.errors import ConfigError
from deltascribe.generation import log_probabilities, sample
from deltascribe.losses import ObjectiveConfig, caption_cross_entropy, objective
from deltascribe.metrics.cider import CiderD, cider_d_items
from deltascribe.models import Batch, ModelOutput, create_model
from deltascribe.models.checkpoint import load_checkpoint
from deltascribe.text import Vocabulary
from deltascribe.text.special import END, NO_CHANGE_CAPTION, PAD, UNKNOWN
from deltascribe.training import TrainConfig, load_config, loop, train
from deltascribe.training.config import SelfCriticalConfig
from deltascribe.training.draws import generator_of
from deltascribe.training.self_critical import PARTS, Reward, SelfCritical, advantages
from deltascribe.training.start import open_training

Make = Callable[..., TrainConfig]
LONGEST = 20
REFERENCES = [
    ["a road is built in the forest", "some trees make way for a road", "a new road is built"],
    ["two houses appear beside the road", "some houses are built beside a road"],
    ["the trees are gone", "some trees are removed and a house is built", "a house is built"],
]
HYPOTHESES = ["a road is built", "some houses appear beside the road road", "the forest is gone"]
WORDS = Vocabulary.build([*(text for entry in REFERENCES for text in entry), *HYPOTHESES, NO_CHANGE_CAPTION], 1)


def coded(*groups: list[str], words: Vocabulary = WORDS) -> Tensor:
    """Captions of each pair -> tokens [B, K, T]."""
    rows = [[words.encode(text, LONGEST) for text in group] for group in groups]
    tokens = torch.full((len(groups), max(map(len, groups)), LONGEST), PAD)
    for pair, group in enumerate(rows):
        for place, row in enumerate(group):
            tokens[pair, place, : len(row)] = torch.tensor(row)
    return tokens


# the reward


def test_the_reward_is_the_metrics_cider_d_with_the_idf_of_the_training_references() -> None:
    reward = Reward(REFERENCES, WORDS, LONGEST, end=False)
    expected = cider_d_items([text.split() for text in HYPOTHESES], [[text.split() for text in entry] for entry in REFERENCES])
    assert reward(coded(*([text] for text in HYPOTHESES)), coded(*REFERENCES))[:, 0].tolist() == pytest.approx(expected, rel=1e-6)
    assert min(expected) > 0


def test_the_end_counts_as_a_word_of_whole_sentences() -> None:
    reward = Reward(REFERENCES, WORDS, LONGEST)
    expected = cider_d_items(
        [[*text.split(), "END"] for text in HYPOTHESES], [[[*text.split(), "END"] for text in entry] for entry in REFERENCES]
    )
    samples = coded(*([text] for text in HYPOTHESES))
    assert reward(samples, coded(*REFERENCES))[:, 0].tolist() == pytest.approx(expected, rel=1e-6)
    cut = samples.masked_fill(samples == END, PAD)
    assert float(reward(cut, coded(*REFERENCES))[0, 0]) < expected[0]


def test_a_sentence_that_is_the_only_reference_gets_ten_and_one_without_its_words_nothing() -> None:
    reward = Reward(REFERENCES, WORDS, LONGEST)
    samples = coded(["some trees make way for a road", "two houses appear"])
    found = reward(samples, coded([REFERENCES[0][1]]))
    assert found.shape == (1, 2)
    assert float(found[0, 0]) == pytest.approx(10)
    without = Reward(REFERENCES, WORDS, LONGEST, end=False)(samples, coded([REFERENCES[0][1]]))
    assert float(without[0, 1]) == 0


def test_captions_that_augmentation_rewrote_are_judged_by_the_idf_of_the_published_ones() -> None:
    reward = Reward(REFERENCES, WORDS, LONGEST, end=False)
    flipped = [["two houses are removed in the forest"], ["a road is gone"], ["a new house"]]
    samples = coded(*([text] for text in HYPOTHESES))
    published = [[text.split() for text in entry] for entry in REFERENCES]
    set_of_all = CiderD(published)
    expected = [
        set_of_all.against(text.split(), [set_of_all.vector(tuple(entry[0].split()))])
        for text, entry in zip(HYPOTHESES, flipped, strict=True)
    ]
    assert reward(samples, coded(*flipped))[:, 0].tolist() == pytest.approx(expected, rel=1e-6)


def test_an_unknown_word_takes_its_place_in_a_reference_and_rows_of_pad_are_none() -> None:
    few = Vocabulary([word for word in WORDS.words if word not in ("forest", "gone")])
    assert few.index("forest") == UNKNOWN
    reward = Reward(REFERENCES, few, LONGEST, end=False)
    names = [[text.replace("forest", "<unk>").replace("gone", "<unk>").split() for text in entry] for entry in REFERENCES]
    hypotheses = ["a road is built", "some houses appear", "the trees are removed"]
    expected = cider_d_items([text.split() for text in hypotheses], names)
    references = coded(*REFERENCES, words=few)
    assert bool((references[1, 2] == PAD).all())
    assert reward(coded(*([text] for text in hypotheses), words=few), references)[:, 0].tolist() == pytest.approx(expected, rel=1e-6)


def test_an_advantage_is_what_a_sample_has_over_the_mean_of_the_others() -> None:
    torch.testing.assert_close(advantages(torch.tensor([[1.0, 2.0, 6.0], [3.0, 3.0, 3.0]])), torch.tensor([[-3.0, -1.5, 4.5], [0.0, 0, 0]]))


# the step


@pytest.fixture
def config(make_config: Make, tmp_path: Path) -> TrainConfig:
    return make_config(tmp_path / "run", init="somewhere", self_critical={"samples": 4}, data__format="levir_cc")


@pytest.fixture
def training(config: TrainConfig) -> ChangeDataset:
    return open_training(config)


@pytest.fixture
def model(config: TrainConfig) -> Any:
    torch.manual_seed(0)
    return create_model("dfm", {**config.model.settings, "dropout": 0.2}, len(WORDS)).train()


def critic_of(config: TrainConfig, training: ChangeDataset, **settings: Any) -> SelfCritical:
    changed = config.model_copy(update={"self_critical": SelfCriticalConfig(**{"samples": 4, "temperature": 1.0, **settings})})
    return SelfCritical(changed, training, WORDS, LONGEST)


def batch_of(*groups: list[str], changed: list[float]) -> Batch:
    pair = torch.rand(len(groups), 2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    return Batch(pair=pair, tokens=coded(*groups), changed=torch.tensor(changed))


def gradients(model: Any, loss: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}


class OneIsBetter:
    """Gives the first sample of each pair one, the others nothing."""

    def __call__(self, samples: Tensor, references: Tensor) -> Tensor:
        rewards = torch.zeros(samples.shape[:2])
        rewards[:, 0] = 1
        return rewards


@pytest.mark.parametrize("draw", range(3))
def test_a_step_makes_a_sentence_above_the_mean_likelier_and_one_below_less_likely(
    config: TrainConfig, training: ChangeDataset, model: Any, draw: int
) -> None:
    critic = critic_of(config, training, samples=2)
    critic.reward = OneIsBetter()  # type: ignore[assignment]
    batch = batch_of(REFERENCES[0], changed=[1.0])

    def judged() -> Tensor:
        with torch.no_grad():
            return log_probabilities(model.eval(), model.encode(batch), samples).sum(-1)[0]

    output: ModelOutput = model.eval()(batch)
    samples = sample(model, output.memory, samples=2, max_length=model.max_length - 2, generator=generator_of((0x5E1F, config.seed, draw)))
    assert not torch.equal(samples[0, 0], samples[0, 1])
    before = judged()
    assert batch.tokens is not None
    loss, reward = critic.reinforce(model, output, batch.tokens, torch.tensor([0]), draw)
    assert float(reward) == 0.5
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter -= 0.02 * parameter.grad
    after = judged()
    assert float(after[0]) > float(before[0])
    assert float(after[1]) < float(before[1])


@pytest.mark.parametrize("distribution", [{"temperature": 1.0}, {"temperature": 0.7, "top_k": 6}])
def test_the_loss_is_minus_advantage_times_log_probability_over_the_words(
    config: TrainConfig, training: ChangeDataset, model: Any, distribution: dict[str, Any]
) -> None:
    critic = critic_of(config, training, **distribution)
    batch = batch_of(REFERENCES[0], REFERENCES[1], changed=[1.0, 1.0])
    output = model(batch)
    assert batch.tokens is not None
    loss, reward = critic.reinforce(model, output, batch.tokens, torch.tensor([0, 1]), 7)
    assert model.training
    model.eval()
    generator = generator_of((0x5E1F, config.seed, 7))
    samples = sample(model, output.memory, samples=4, max_length=model.max_length - 2, generator=generator, **distribution)
    rewards = critic.reward(samples, batch.tokens)
    total, words = 0.0, 0
    for pair in range(2):
        for place in range(4):
            others = [float(rewards[pair, other]) for other in range(4) if other != place]
            value = log_probabilities(model, output.memory, samples, **distribution)[pair, place].sum()
            total -= (float(rewards[pair, place]) - sum(others) / 3) * float(value.detach())
            words += int((samples[pair, place, 1:] != PAD).sum())
    assert float(loss.detach()) == pytest.approx(total / words, rel=1e-4)
    assert float(reward) == pytest.approx(float(rewards.mean()))
    assert loss.requires_grad


def test_pairs_without_change_keep_the_ordinary_loss_and_gradient(config: TrainConfig, training: ChangeDataset, model: Any) -> None:
    critic = critic_of(config, training)
    batch = batch_of([NO_CHANGE_CAPTION], [NO_CHANGE_CAPTION], changed=[0.0, 0.0])
    model.eval()
    plain = objective(model(batch), batch, config.objective)
    expected = gradients(model, plain["loss"])
    output = model(batch)
    losses = critic(model, output, batch, objective(output, batch, config.objective), 0)
    assert torch.equal(losses["loss"], plain["loss"])
    assert not losses["reinforce"].any()
    assert math.isnan(float(losses["reward"]))
    found = gradients(model, losses["loss"])
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_the_words_of_changed_pairs_count_less_and_all_else_as_before(config: TrainConfig, training: ChangeDataset, model: Any) -> None:
    critic = critic_of(config, training, caption=0.25, weight=2.0)
    batch = batch_of(REFERENCES[0], [NO_CHANGE_CAPTION], REFERENCES[2], changed=[1.0, 0.0, 1.0])
    output = model.eval()(batch)
    plain = objective(output, batch, ObjectiveConfig(smoothing=0.1))
    losses = critic(model, output, batch, plain, 3)
    assert batch.tokens is not None
    own = [caption_cross_entropy(output.logits[row : row + 1], batch.tokens[row : row + 1], 0.1) for row in range(3)]
    words = (0.25 * own[0] + own[1] + 0.25 * own[2]) / 3
    expected = plain["loss"] - plain["caption"] + words + 2.0 * losses["reinforce"]
    torch.testing.assert_close(losses["loss"], expected)
    for name, value in plain.items():
        if name != "loss":
            assert losses[name] is value
    assert set(losses) - set(plain) == set(PARTS)


def test_only_changed_pairs_are_drawn_for_those_with_unknown_flag_by_their_captions(
    config: TrainConfig, training: ChangeDataset, model: Any
) -> None:
    critic = critic_of(config, training)
    seen: list[Tensor] = []

    class Noting(OneIsBetter):
        def __call__(self, samples: Tensor, references: Tensor) -> Tensor:
            seen.append(references)
            return super().__call__(samples, references)

    critic.reward = Noting()  # type: ignore[assignment]
    groups = [REFERENCES[0], [NO_CHANGE_CAPTION], REFERENCES[1], [NO_CHANGE_CAPTION], []]
    batch = batch_of(*groups, changed=[1.0, 0.0, math.nan, math.nan, 1.0])
    output = model(batch)
    critic(model, output, batch, objective(output, batch, config.objective), 0)
    (references,) = seen
    assert batch.tokens is not None
    assert torch.equal(references, batch.tokens[[0, 2]])


def test_the_draw_decides_and_torchs_own_generator_is_left_alone(config: TrainConfig, training: ChangeDataset, model: Any) -> None:
    critic = critic_of(config, training)
    batch = batch_of(REFERENCES[0], changed=[1.0])
    output = model.eval()(batch)
    assert batch.tokens is not None
    state = torch.get_rng_state()
    values = [float(critic.reinforce(model, output, batch.tokens, torch.tensor([0]), draw)[0].detach()) for draw in (4, 4, 5)]
    assert values[0] == values[1] != values[2]
    assert torch.equal(torch.get_rng_state(), state)


def test_data_in_which_nothing_changes_are_refused(config: TrainConfig, training: ChangeDataset) -> None:
    unchanged = training.subset(lambda record: record.changed is False)
    with pytest.raises(ConfigError, match="in which something changed"):
        SelfCritical(config, unchanged, WORDS, LONGEST)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"self_critical": {}}, "set `init` to its checkpoint"),
        ({"init": "best", "self_critical": {"samples": 1}}, r"self_critical\.samples: .*greater than or equal to 2"),
        ({"init": "best", "self_critical": {"temperature": 0}}, r"self_critical\.temperature: .*greater than 0"),
        ({"init": "best", "self_critical": {"top_k": 1}}, r"self_critical\.top_k: "),
        ({"init": "best", "self_critical": {"greedy": True}}, r"self_critical\.greedy: unknown setting"),
    ],
)
def test_wrong_settings_are_named(write_config: Callable[..., Path], tmp_path: Path, overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(write_config(tmp_path / "run", **overrides))


# runs


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory, make_config: Make) -> TrainConfig:
    """A finished run of two epochs of four steps by reward, from a checkpoint of an ordinary one."""
    folder = tmp_path_factory.mktemp("tuned")
    first = train(make_config(folder / "first", epochs=1, cache={"variants": 0}), quiet=True)
    config = make_config(folder / "run", init=str(first), self_critical={"samples": 3, "weight": 2.0, "caption": 0.5})
    train(config, quiet=True)
    return config


def rows(path: Path) -> list[dict[str, float]]:
    with path.open(newline="") as stream:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)]


def test_a_run_logs_reward_and_loss_and_changes_the_weights(tuned: TrainConfig) -> None:
    losses = rows(tuned.output / "losses.csv")
    assert [row["step"] for row in losses] == list(range(1, 9))
    assert set(PARTS) <= set(losses[0])
    sampled = [row for row in losses if not math.isnan(row["reward"])]
    assert len(sampled) >= 6
    assert all(0 <= row["reward"] <= 10 and row["loss"] != row["caption"] for row in sampled)
    assert tuned.init is not None
    one, two = (load_checkpoint(folder).model.state_dict() for folder in (tuned.init, tuned.output / "last"))
    assert any(not torch.equal(one[name], two[name]) for name in one if name.startswith("decoder."))


def test_an_interrupted_run_goes_on_to_the_same_last_bit(
    tuned: TrainConfig, write_config: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tuned.self_critical is not None
    settings = {"init": str(tuned.init), "self_critical": tuned.self_critical.model_dump(), "checkpoint_minutes": 0}
    config = load_config(write_config(tmp_path / "run", **settings))
    step = loop._step

    def broken(*arguments: Any) -> dict[str, float]:
        if arguments[5] == 6:
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(loop, "_step", broken)
    with pytest.raises(KeyboardInterrupt):
        train(config, quiet=True)
    monkeypatch.setattr(loop, "_step", step)
    assert len(rows(config.output / "losses.csv")) == 6
    train(config, quiet=True)
    assert (config.output / "losses.csv").read_text() == (tuned.output / "losses.csv").read_text()
    assert (config.output / "scores.csv").read_text() == (tuned.output / "scores.csv").read_text()
    one, two = (load_file(folder / "last" / "model.safetensors") for folder in (config.output, tuned.output))
    assert all((one[name] == two[name]).all() for name in one)


def test_it_runs_on_cached_features(tuned: TrainConfig, make_config: Make, tmp_path: Path) -> None:
    settings = {"init": str(tuned.init), "self_critical": {"samples": 2, "top_k": 5}, "cache": {"variants": 1}, "epochs": 1}
    config = make_config(tmp_path / "run", model__settings__backbone__tuned_stages=1, **settings)
    train(config, quiet=True)
    assert any(row["reward"] >= 0 for row in rows(config.output / "losses.csv"))


@pytest.mark.skipif(os.name == "nt", reason="the script kills by signal")
def test_two_processes_tune_one_model(tuned: TrainConfig, write_config: Callable[..., Path], tmp_path: Path) -> None:
    settings = {"init": str(tuned.init), "self_critical": {"samples": 2}, "devices": 2, "epochs": 1}
    config = write_config(tmp_path / "run", **settings)
    command = [sys.executable, str(Path(__file__).with_name("killed_run.py")), str(config), "step", "0"]
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert result.returncode == 0, result.stderr
    assert len(rows(tmp_path / "run" / "losses.csv")) == 2  # nine pairs, four a step
