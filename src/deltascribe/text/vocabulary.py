"""Words that a model can read and say, and their indices."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from deltascribe.errors import VocabularyError
from deltascribe.text.normalise import tokenize
from deltascribe.text.special import END, PAD, SPECIAL_TOKENS, START, UNKNOWN

_FORMAT = 1


class Vocabulary:
    """An immutable list of words; the index of a word is its place in `words`.

    The four special tokens come first (`text/special.py`). Two vocabularies are equal when their words are.
    """

    __slots__ = ("_index", "_words")
    _index: dict[str, int]
    _words: tuple[str, ...]

    def __init__(self, words: Sequence[str]) -> None:
        """Takes words in the order of their indices; `build` is the usual way to get them.

        Args:
            words: the special tokens, then the words, each once and in normalised form.

        Raises:
            VocabularyError: the special tokens do not come first, a word occurs twice, or a word can never be met in a
                normalised caption.
        """
        _check(words)
        object.__setattr__(self, "_words", tuple(words))
        object.__setattr__(self, "_index", {word: index for index, word in enumerate(words)})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Vocabulary cannot be changed (tried to set '{name}'); build a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Vocabulary cannot be changed (tried to delete '{name}'); build a new one")

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[str, ...]]]:
        return type(self), (self._words,)

    @classmethod
    def build(cls, captions: Iterable[str], min_count: int = 5) -> Self:
        """Vocabulary of the words that occur often enough.

        Give it captions of the training split only: a word known from the test split is a leak.

        Args:
            captions: training captions, each caption of each pair once.
            min_count: a word is kept from this number of occurrences on.

        Returns:
            A vocabulary ordered by falling count, then by alphabet: the order of the captions does not matter.

        Raises:
            VocabularyError: `min_count` is below 1, or no word occurs that often.
        """
        if min_count < 1:
            raise VocabularyError(f"min_count is {min_count}; give 1 (keep every word) or more")
        if isinstance(captions, str):
            raise VocabularyError("captions is a single string; give a list of captions")
        counts = Counter(word for caption in captions for word in tokenize(caption))
        kept = [word for word, count in counts.items() if count >= min_count]
        if not kept:
            raise VocabularyError(
                f"no word occurs {min_count} times in the captions ({len(counts)} different words seen); "
                "give the captions of a training split, or lower min_count"
            )
        return cls((*SPECIAL_TOKENS, *sorted(kept, key=lambda word: (-counts[word], word))))

    @property
    def words(self) -> tuple[str, ...]:
        """All entries, the special tokens first."""
        return self._words

    def __len__(self) -> int:
        """Number of entries, the special tokens among them: the size of a model's word scores."""
        return len(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self._index

    def __eq__(self, other: object) -> bool:
        return self._words == other._words if isinstance(other, Vocabulary) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._words)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} entries)"

    def index(self, word: str) -> int:
        """Index of a normalised word; that of the unknown word where it is not in the vocabulary."""
        return self._index.get(word, UNKNOWN)

    def encode(self, caption: str, max_length: int | None = None) -> list[int]:
        """Word indices of a caption, START first and END last.

        Args:
            caption: any caption; it is normalised here.
            max_length: longest result, START and END counted. A longer caption loses its last words, never its END.

        Raises:
            VocabularyError: `max_length` leaves no room for START and END.
        """
        if max_length is not None and max_length < 2:
            raise VocabularyError(f"max_length is {max_length}; give at least 2, the room of the start and end tokens")
        indices = [self.index(word) for word in tokenize(caption)]
        if max_length is not None:
            indices = indices[: max_length - 2]
        return [START, *indices, END]

    def decode(self, ids: Iterable[int]) -> str:
        """The caption that word indices spell, up to the first END.

        Special tokens and the unknown word are left out, so that a user never reads them.

        Args:
            ids: indices, with or without START and END; a one-dimensional tensor will do.

        Raises:
            VocabularyError: an index is not in the vocabulary.
        """
        words = []
        for index in map(int, ids):
            if index == END:
                break
            if not 0 <= index < len(self._words):
                raise VocabularyError(
                    f"word index {index} is outside this vocabulary of {len(self)} entries; "
                    "use the vocabulary that was saved with the model"
                )
            if index not in (PAD, START, UNKNOWN):
                words.append(self._words[index])
        return " ".join(words)

    def to_json(self) -> str:
        """The vocabulary as a JSON text that `from_json` reads."""
        return json.dumps({"format": _FORMAT, "words": self._words[len(SPECIAL_TOKENS) :]}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The vocabulary that `to_json` wrote.

        Raises:
            VocabularyError: the text is not JSON, or not a valid vocabulary.
        """
        try:
            value = json.loads(text)
        except (TypeError, ValueError) as error:
            raise VocabularyError(f"the vocabulary is not valid JSON ({error}); copy the model's folder again") from error
        if not isinstance(value, dict) or value.get("format") != _FORMAT or not isinstance(value.get("words"), list):
            raise VocabularyError(
                f"the vocabulary's JSON needs the fields 'format' (the number {_FORMAT}) and 'words' (a list); "
                "use a file written by Vocabulary.to_json"
            )
        return cls((*SPECIAL_TOKENS, *value["words"]))


def _check(words: Sequence[str]) -> None:
    if tuple(words[: len(SPECIAL_TOKENS)]) != SPECIAL_TOKENS:
        raise VocabularyError(f"a vocabulary must begin with {', '.join(SPECIAL_TOKENS)}; build it with Vocabulary.build")
    seen: set[str] = set()
    for word in words[len(SPECIAL_TOKENS) :]:
        if not isinstance(word, str) or tokenize(word) != [word]:
            raise VocabularyError(f"{word!r} is not a normalised word; pass captions through Vocabulary.build")
        if word in seen:
            raise VocabularyError(f"the word '{word}' occurs twice in the vocabulary; remove one")
        seen.add(word)
