"""How much a training pair counts: both kinds half each, and flags of chosen annotators alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltascribe.datasets.sample import ChangeRecord, ChangeSample
from deltascribe.errors import ConfigError
from deltascribe.training.augment import UNCHANGED_SOURCE
from deltascribe.training.config import TrainConfig


@dataclass(frozen=True)
class PairWeights:
    """How much a pair counts in the losses of the words and of the change flag.

    Attributes:
        words: of a pair without and of one with a change; None: all the same.
        flag: likewise.
        flag_sources: the caption sources whose flags are learned from; empty: all.
    """

    words: tuple[float, float] | None = None
    flag: tuple[float, float] | None = None
    flag_sources: frozenset[str] = frozenset()

    def of_words(self, sample: ChangeSample) -> float:
        """In the loss of the words; 1 where it is unknown whether something changed."""
        return 1.0 if sample.changed is None or self.words is None else self.words[sample.changed]

    def of_flag(self, sample: ChangeSample) -> float:
        """In the loss of the flag."""
        if self.flag_sources and sample.caption_source not in self.flag_sources:
            return 0.0
        return 1.0 if sample.changed is None or self.flag is None else self.flag[sample.changed]


def pair_weights(config: TrainConfig, records: Sequence[ChangeRecord]) -> PairWeights | None:
    """What a run's settings make of its training pairs.

    Args:
        config: of the run.
        records: the training pairs.

    Raises:
        ConfigError: no pair comes from `flag_sources`, or from one of them.
    """
    balanced, flag_sources, identical = config.objective.balanced, config.data.flag_sources, config.augment.identical
    there = {record.caption_source for record in records}
    unknown = sorted(set(flag_sources) - there - {UNCHANGED_SOURCE})
    trusted = [record for record in records if not flag_sources or record.caption_source in flag_sources]
    if unknown or not trusted:
        known = sorted(there | {UNCHANGED_SOURCE})
        raise ConfigError(f"data.flag_sources={list(flag_sources)}: no training pair has the caption source {unknown}; there are: {known}")
    if not balanced:
        return PairWeights(flag_sources=frozenset(flag_sources)) if flag_sources else None
    # augmentation takes its unchanged pairs from all records, and they are the grammar's
    learned = not flag_sources or UNCHANGED_SOURCE in flag_sources
    made = identical * len(records) if learned else 0.0
    words = balancing_weights([record.changed for record in records], identical, identical * len(records))
    flag = balancing_weights([record.changed for record in trusted], identical, made)
    return PairWeights(words, flag, frozenset(flag_sources))


def balancing_weights(changed: Sequence[bool | None], replaced: float = 0.0, made: float = 0.0) -> tuple[float, float] | None:
    """Weights of a pair without and of one with a change by which both kinds count half, and a pair on average 1.

    Args:
        changed: of the training pairs; those of which it is unknown do not count.
        replaced: share of them that augmentation puts an unchanged pair in place of.
        made: how many unchanged pairs it makes.

    Returns:
        None where one kind is missing.
    """
    known = [flag for flag in changed if flag is not None]
    yes, no = (1 - replaced) * sum(known), (1 - replaced) * (len(known) - sum(known)) + made
    return ((yes + no) / (2 * no), (yes + no) / (2 * yes)) if yes and no else None
