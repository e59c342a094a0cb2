"""How much a training pair counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.datasets.sample import ChangeRecord
from deltascribe.errors import ConfigError
from deltascribe.training import TrainConfig
from deltascribe.training.weights import PairWeights, balancing_weights, pair_weights


def record(changed: bool, source: str) -> ChangeRecord:
    return ChangeRecord("a", "train", Path("a"), Path("b"), ("a road is built",), changed, caption_source=source)


def config(balanced: bool = True, identical: float = 0.0, flag_sources: tuple[str, ...] = ()) -> TrainConfig:
    sections = {"objective": {"balanced": balanced}, "augment": {"identical": identical}}
    return TrainConfig.model_validate({"output": "out", "data": {"root": "data", "flag_sources": flag_sources}, **sections})


RECORDS = [*[record(True, "human")] * 6, *[record(False, "human")] * 4, *[record(True, "model")] * 9, record(False, "model")]


@pytest.mark.parametrize("identical", [0.0, 0.25])
def test_both_kinds_count_half_as_augmentation_leaves_them(identical: float) -> None:
    weights = pair_weights(config(identical=identical), RECORDS)
    assert weights is not None
    assert weights.words is not None
    assert weights.flag == weights.words
    changed = 15 / 20 * (1 - identical)
    assert changed * weights.words[True] == pytest.approx(0.5)
    assert (1 - changed) * weights.words[False] == pytest.approx(0.5)


@pytest.mark.parametrize(("flag_sources", "made"), [(("human",), 0), (("human", "grammar"), 5)])
def test_flags_are_balanced_over_those_that_are_learned_from(flag_sources: tuple[str, ...], made: int) -> None:
    weights = pair_weights(config(identical=0.25, flag_sources=flag_sources), RECORDS)
    assert weights is not None
    assert weights.flag is not None
    assert weights.words == pair_weights(config(identical=0.25), RECORDS).words  # type: ignore[union-attr]
    # of 20 pairs 5 become unchanged ones of the grammar; of people's 10 so 4.5 changed and 3 unchanged ones are left
    yes, no = 4.5, 3 + made
    assert yes * weights.flag[True] == pytest.approx(no * weights.flag[False])
    assert (yes * weights.flag[True] + no * weights.flag[False]) / (yes + no) == pytest.approx(1)


def test_without_balance_only_the_sources_are_left() -> None:
    assert pair_weights(config(balanced=False), RECORDS) is None
    assert pair_weights(config(balanced=False, flag_sources=("human",)), RECORDS) == PairWeights(flag_sources=frozenset({"human"}))


@pytest.mark.parametrize(("flag_sources", "named"), [(("gramar", "human"), "gramar"), (("grammar",), "")])
def test_sources_that_are_not_there_are_named(flag_sources: tuple[str, ...], named: str) -> None:
    with pytest.raises(ConfigError, match=rf"data\.flag_sources.*{named}.*'human', 'model'"):
        pair_weights(config(flag_sources=flag_sources), RECORDS)


@pytest.mark.parametrize("changed", [[True, True], [False], [None], []])
def test_there_is_nothing_to_balance_in_one_kind(changed: list[bool | None]) -> None:
    assert balancing_weights(changed) is None


def test_pairs_of_which_it_is_unknown_do_not_count() -> None:
    assert balancing_weights([True, False, None, None]) == (1, 1)
