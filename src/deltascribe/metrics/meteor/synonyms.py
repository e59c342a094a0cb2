"""METEOR's WordNet: which synsets a word belongs to, by itself or by its base form."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from deltascribe.errors import MissingDependencyError

# WordNet's rules of detachment, tried in this order: (ending, what replaces it)
_ENDINGS = (
    ("s", ""),
    ("ses", "s"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
    ("ies", "y"),
    ("es", "e"),
    ("es", ""),
    ("ed", "e"),
    ("ed", ""),
    ("ing", "e"),
    ("ing", ""),
    ("er", ""),
    ("est", ""),
    ("er", "e"),
    ("est", "e"),
)


class SynonymDictionary:
    """Synsets by word.

    Args:
        synsets: word -> numbers of its synsets, blank between them.
        bases: inflected form -> base forms, of the words that no rule covers.
    """

    def __init__(self, synsets: dict[str, str], bases: dict[str, list[str]]) -> None:
        self._synsets = synsets
        self._bases = bases

    @classmethod
    def from_jar(cls, path: Path) -> SynonymDictionary:
        """Reads the tables out of METEOR's jar, which is a zip archive.

        Raises:
            MissingDependencyError: the file is not that jar.
        """
        try:
            with ZipFile(path) as archive:
                bases_lines = archive.read("synonym/english.exceptions").decode().split("\n")
                synset_lines = archive.read("synonym/english.synsets").decode().split("\n")
        except (BadZipFile, KeyError) as error:
            raise MissingDependencyError("pycocoevalcap", f"METEOR's synonyms ({path} can't be read: {error})", "evaluate") from error
        # both tables alternate between an entry and what belongs to it
        bases: dict[str, list[str]] = {}
        for base, forms in zip(bases_lines[::2], bases_lines[1::2], strict=False):
            for form in forms.split():
                bases.setdefault(form, []).append(base)
        return cls(dict(zip(synset_lines[::2], synset_lines[1::2], strict=False)), bases)

    def synsets(self, word: str) -> set[int]:
        """Numbers of all synsets of a word and of its base forms."""
        forms = [word, *self._bases.get(word, [self._base(word)])]
        return {int(number) for form in forms for number in self._synsets.get(form, "").split()}

    def _base(self, word: str) -> str:
        """The base form by rule: the first that is known, or nothing."""
        if word.endswith("ss") or len(word) <= 2:
            return word
        for ending, replacement in _ENDINGS:
            if word.endswith(ending):
                base = word.removesuffix(ending) + replacement
                if base in self._synsets:
                    return base
        return ""
