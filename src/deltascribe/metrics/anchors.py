"""Rows that stand under every result: predictors that see no image, and people. A model's figures mean little without them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from deltascribe.metrics.fixed import FixedSentence
from deltascribe.metrics.scorer import CaptionScorer
from deltascribe.metrics.statistics import METRICS
from deltascribe.metrics.table import Kind, PredictorScores, SubsetScores
from deltascribe.text.special import NO_CHANGE_CAPTION

RULES: tuple[str, ...] = (
    f'"perfect flag": pairs without a change get "{NO_CHANGE_CAPTION}", as if a model had recognised every one of them.',
    "Random caption: each changed pair gets a sentence of a changed training pair, drawn with the seed that the row names.",
    "Human (references, where no person wrote them), leave one out: each changed pair's k-th reference is scored against its others, "
    "pairs without a change as with a perfect flag; mean over all k (a pair with fewer references begins again). It has one reference "
    "fewer than the other rows, so it understates people a little.",
)
"""How the rows are made, for the notes under a table."""


def anchor_rows(
    scorer: CaptionScorer,
    fixed: Sequence[FixedSentence] = (),
    training_captions: Sequence[str] = (),
    *,
    seed: int = 0,
    human: bool = True,
    by_people: bool = True,
) -> tuple[PredictorScores, ...]:
    """All rows that the given captions allow.

    Args:
        scorer: the evaluated set.
        fixed: sentences chosen on another set, see `choose_fixed_sentences`.
        training_captions: sentences of the changed training pairs, as text; without any there is no random row.
        seed: of the random row.
        human: whether the human row is wanted, which costs as much time as scoring five predictors.
        by_people: whether people wrote the references; a row of others is not called human.
    """
    never = scorer.score(f'always "{NO_CHANGE_CAPTION}"', [NO_CHANGE_CAPTION] * len(scorer.changed))
    rows = [replace(never, kind="constant")]
    for entry in fixed:
        said = _with_perfect_flag(scorer, [entry.sentence] * len(scorer.changed))
        row = scorer.score(f'perfect flag + always "{entry.sentence}" (best on {entry.chosen_on})', said)
        rows.append(replace(row, kind="oracle"))
    if training_captions and any(scorer.changed):
        said = _with_perfect_flag(scorer, random_captions(training_captions, len(scorer.changed), seed))
        rows.append(replace(scorer.score(f"perfect flag + random training caption (seed {seed})", said), kind="oracle"))
    left_out = human_row(scorer, by_people) if human else None
    return (*rows, left_out) if left_out is not None else tuple(rows)


def random_captions(captions: Sequence[str], count: int, seed: int) -> list[str]:
    """`count` of the captions, drawn with replacement; the order of the given ones does not matter."""
    generator = random.Random(seed)
    pool = sorted(captions)
    return [pool[generator.randrange(len(pool))] for _ in range(count)]


def human_row(scorer: CaptionScorer, by_people: bool = True) -> PredictorScores | None:
    """What people, or references that no person wrote, score against each other, see `RULES`; None where `no_human_row` says why."""
    if no_human_row(scorer) is not None:
        return None
    results = []
    # as many rounds as the most references: a pair with fewer begins again, so that every person speaks
    for turn in range(max(len(entry) for entry, flag in zip(scorer.texts, scorer.changed, strict=True) if flag)):
        places = [turn % len(entry) for entry in scorer.texts]
        said = _with_perfect_flag(scorer, [entry[place] for entry, place in zip(scorer.texts, places, strict=True)])
        others = [
            entry[:place] + entry[place + 1 :] if flag else entry
            for entry, place, flag in zip(scorer.texts, places, scorer.changed, strict=True)
        ]
        results.append(CaptionScorer(others, scorer.changed, scorer.protocol, scorer.meteor).score("", said))
    kind: Kind = "human" if by_people else "references"
    return replace(average_rows(f"{kind}, leave one out, perfect flag", results), kind=kind)


def no_human_row(scorer: CaptionScorer) -> str | None:
    """Why people can't be scored against each other on a set; None where they can."""
    single = sum(len(entry) < 2 for entry, flag in zip(scorer.texts, scorer.changed, strict=True) if flag)
    if single:
        return f"No row of people: {single} of {sum(scorer.changed)} changed pairs have a single reference."
    return None if any(scorer.changed) else "No row of people: no pair has a change."


def average_rows(label: str, rows: Sequence[PredictorScores]) -> PredictorScores:
    """Mean of several rows over the same pairs, score by score; a score that one of them lacks is lacking."""
    first = rows[0]
    subsets = []
    for index, part in enumerate(first.subsets):
        scores = {key: _mean([row.subsets[index].scores[key] for row in rows]) for key in METRICS}
        subsets.append(SubsetScores(part.subset, part.pairs, scores))
    return PredictorScores(
        label,
        tuple(subsets),
        _mean([row.change_accuracy for row in rows]),
        _mean([row.no_change_accuracy for row in rows]),
        _mean([row.flag_change_accuracy for row in rows]),
        _mean([row.flag_no_change_accuracy for row in rows]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None


def _with_perfect_flag(scorer: CaptionScorer, sentences: Sequence[str]) -> list[str]:
    return [sentence if flag else NO_CHANGE_CAPTION for sentence, flag in zip(sentences, scorer.changed, strict=True)]
