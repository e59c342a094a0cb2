"""Words as numbers, as the LEVIR-CC line of work scores them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deltascribe.errors import VocabularyError
from deltascribe.text.normalise import tokenize
from deltascribe.text.special import SPECIAL_TOKENS, UNKNOWN

PARITY_MIN_COUNT = 6
"""RSICCformer's line keeps the words seen *more than* five times over all splits; Chg2Cap's keeps those seen five times too."""


@dataclass(frozen=True)
class WordNumbering:
    """Numbers words by the alphabet, from the first number after the special tokens on.

    The numbers themselves matter to METEOR alone, whose paraphrase table matches some different numbers.

    Attributes:
        words: the words that have a number of their own, in alphabetical order; all others share that of `<unk>`.
        source: whose words these are, for the reports.
    """

    words: tuple[str, ...]
    source: str

    @classmethod
    def build(cls, captions: Iterable[str], min_count: int, source: str) -> WordNumbering:
        """Numbers the words that occur at least `min_count` times.

        Args:
            captions: each sentence of each pair, as text.
            min_count: 1 numbers every word.
            source: name of these captions ("train captions").

        Raises:
            VocabularyError: `min_count` is below 1, or no word is left.
        """
        if min_count < 1:
            raise VocabularyError(f"min_count is {min_count}; give 1 (number every word) or more")
        counts = Counter(word for caption in captions for word in tokenize(caption))
        kept = sorted(word for word, count in counts.items() if count >= min_count)
        if not kept:
            raise VocabularyError(
                f"No word occurs {min_count} times in the {source} ({len(counts)} different words seen). Lower the count, "
                "or number the words of a larger set of captions."
            )
        often = "every word" if min_count == 1 else f"words seen at least {min_count} times"
        return cls(tuple(kept), f"{often} in the {source}")

    def __post_init__(self) -> None:
        start = len(SPECIAL_TOKENS)
        object.__setattr__(self, "_numbers", {word: str(start + place) for place, word in enumerate(self.words)})

    def encode(self, words: Sequence[str]) -> list[str]:
        """The number of each word, as text."""
        numbers: dict[str, str] = self._numbers  # type: ignore[attr-defined]
        return [numbers.get(word, str(UNKNOWN)) for word in words]

    def describe(self) -> str:
        """One line for the reports."""
        start = len(SPECIAL_TOKENS)
        return (
            f"{len(self.words)} numbers ({self.source}), alphabetical from {start} to {start + len(self.words) - 1}; "
            f"all other words are {UNKNOWN}, in references and predictions alike"
        )
