"""What other splits of a data set give to the scoring of one: the numbers of words, fixed sentences, training captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deltascribe.datasets import SPLITS, Split, is_changed, open_dataset
from deltascribe.errors import ConfigError, DatasetNotFoundError, VocabularyError
from deltascribe.metrics import PARITY_MIN_COUNT, FixedSentence, Mode, SetScorer, WordNumbering, choose_fixed_sentences

VocabularyKind = Literal["train", "parity", "references"]
VOCABULARIES: tuple[VocabularyKind, ...] = ("train", "parity", "references")
TRAIN_MIN_COUNT = 5
"""The models here are trained on the words seen this often."""

SplitCaptions = Mapping[str, Sequence[tuple[Sequence[str], bool]]]
"""By split, the sentences of each pair and whether it changed."""


@dataclass(frozen=True)
class ScoringContext:
    """What a set is scored with, chosen without a look at it.

    Attributes:
        numbering: of the mode `ids`; None numbers every word of the evaluated references.
        fixed: fixed sentences to compare with.
        training_captions: sentences of changed training pairs, for the row of random ones.
        warnings: what could not be had, and what that means.
        vocabulary, fixed_from: what was asked for, for the record.
    """

    numbering: WordNumbering | None = None
    fixed: tuple[FixedSentence, ...] = ()
    training_captions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    vocabulary: str = "references"
    fixed_from: str = "none"

    def scorer(
        self,
        references: Sequence[Sequence[str]],
        changed: Sequence[bool],
        *,
        modes: Sequence[Mode],
        anchors: bool,
        resamples: int,
        seed: int,
        by_people: bool = True,
    ) -> SetScorer:
        """The scorer of a set in this context; see `SetScorer`."""
        return SetScorer(
            references,
            changed,
            numbering=self.numbering,
            modes=modes,
            fixed=self.fixed,
            training_captions=self.training_captions,
            anchors=anchors,
            by_people=by_people,
            resamples=resamples,
            seed=seed,
        )


def build_context(
    captions: SplitCaptions,
    evaluated: str | None,
    *,
    fixed_from: str = "val",
    vocabulary: VocabularyKind = "train",
    min_count: int | None = None,
    numbered: bool = True,
    anchors: bool = True,
) -> ScoringContext:
    """The context that a data set's splits allow; what is missing becomes a warning.

    Args:
        captions: of every split at hand, the evaluated one too.
        evaluated: name of the split that is scored.
        fixed_from: split that chooses the fixed sentences, or `none`.
        vocabulary: whose words have numbers: `train` (seen at least 5 times there), `parity` (seen more than 5 times over all
            splits, as in RSICCformer's line; the test captions take part in it), or `references` (every word of the evaluated ones).
        min_count: another number of times for `train` and `parity`; 5 over all splits is the vocabulary of Chg2Cap's line.
        numbered: whether words need numbers at all, which the mode `words` does without.
        anchors: whether rows of fixed and random captions are wanted at all.

    Raises:
        ConfigError: no such vocabulary or split.
        VocabularyError: no word is seen as often as the given `min_count`.
    """
    if vocabulary not in VOCABULARIES:
        raise ConfigError(f"There is no vocabulary '{vocabulary}'. Choose one of: {', '.join(VOCABULARIES)}.")
    if fixed_from not in (*SPLITS, "none"):
        raise ConfigError(f"There is no split '{fixed_from}'. Choose one of: {', '.join(SPLITS)}, none.")
    warnings: list[str] = []
    numbering = _number(captions, vocabulary, min_count, warnings) if numbered else None
    if not anchors:
        return ScoringContext(numbering, warnings=tuple(warnings), vocabulary=vocabulary)
    fixed = _choose_fixed(captions, fixed_from, evaluated, warnings)
    training = tuple(sentence for sentences, changed in captions.get("train", ()) if changed for sentence in sentences)
    if training and evaluated == "train":
        warnings.append("the row of random training captions is drawn from 'train', the split that it is scored on")
    if not training:
        warnings.append("no row of random training captions: there is no split 'train' with a changed pair")
    return ScoringContext(numbering, fixed, training, tuple(warnings), vocabulary, fixed_from)


def read_split_captions(root: Path, format: str | None = None) -> dict[str, list[tuple[Sequence[str], bool]]]:
    """Captions of all splits of a data set's folder; no image is opened.

    Raises:
        DatasetError: the folder is no data set.
    """
    captions: dict[str, list[tuple[Sequence[str], bool]]] = {}
    for split in SPLITS:
        try:
            records = open_dataset(root, _as_split(split), format).records
        except DatasetNotFoundError:
            continue
        captions[split] = [(record.captions, is_changed(record)) for record in records]
    return captions


def _as_split(name: str) -> Split:
    return next(split for split in SPLITS if split == name)


def _number(captions: SplitCaptions, vocabulary: VocabularyKind, min_count: int | None, warnings: list[str]) -> WordNumbering | None:
    if vocabulary == "references":
        return None
    splits = SPLITS if vocabulary == "parity" else ("train",)
    missing = [split for split in splits if not captions.get(split)]
    if missing:
        warnings.append(f"ids number every word of the evaluated references: there are no captions of the split {', '.join(missing)}")
        return None
    sentences = [sentence for split in splits for entry, _ in captions[split] for sentence in entry]
    usual = PARITY_MIN_COUNT if vocabulary == "parity" else TRAIN_MIN_COUNT
    least = usual if min_count is None else min_count
    try:
        return WordNumbering.build(sentences, least, "captions of all splits" if vocabulary == "parity" else "train captions")
    except VocabularyError as error:
        if min_count is not None:
            raise
        warnings.append(f"ids number every word of the evaluated references: {error}")
        return None


def _choose_fixed(captions: SplitCaptions, split: str, evaluated: str | None, warnings: list[str]) -> tuple[FixedSentence, ...]:
    if split == "none":
        return ()
    pairs = captions.get(split, ())
    if not any(changed for _, changed in pairs):
        warnings.append(f"no row of a fixed sentence: there is no split '{split}' with a changed pair. Choose another by --fixed-from")
        return ()
    if split == evaluated:
        warnings.append(f"the fixed sentence is chosen on '{split}', the split that it is scored on, and looks better than it is")
    return choose_fixed_sentences([sentences for sentences, _ in pairs], [changed for _, changed in pairs], split)
