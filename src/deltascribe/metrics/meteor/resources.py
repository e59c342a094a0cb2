"""What METEOR knows of words: the small lists in this package, and the large ones that pycocoevalcap carries."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Hashable, Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from deltascribe.errors import MissingDependencyError
from deltascribe.metrics.meteor.matchers import Resources, java_hash
from deltascribe.metrics.meteor.paraphrases import Pairs, by_phrase, paraphrases_among
from deltascribe.metrics.meteor.synonyms import SynonymDictionary

_FEATURE = "METEOR with stems, synonyms and paraphrases"
_EXTRA = "evaluate"

JAR = "meteor-1.5.jar"
TABLE = Path("data") / "paraphrase-en.gz"


@cache
def exact_resources() -> Resources:
    """Equal words only."""
    return Resources(frozenset(_packaged("function_words")))


@cache
def number_resources() -> Resources:
    """Equal words, and the paraphrases among numbers; no two numbers share a stem or a synset."""
    pairs = [(tuple(first.split(" ")), tuple(second.split(" "))) for first, second in _packaged("number_paraphrases")]
    return Resources(frozenset(_packaged("function_words")), paraphrases=by_phrase(pairs))


def english_resources(words: Iterable[str], folder: Path | None = None) -> Resources:
    """Everything METEOR knows of some words.

    Args:
        words: normalised words, all that will be matched.
        folder: where `meteor-1.5.jar` and `data/paraphrase-en.gz` lie; None takes them from the installed pycocoevalcap.

    Raises:
        MissingDependencyError: these files, or a fitting snowballstemmer, are missing.
    """
    vocabulary = sorted(set(words))
    place = folder if folder is not None else _installed_folder()
    for part in (JAR, TABLE):
        if not (place / part).is_file():
            raise MissingDependencyError("pycocoevalcap", f"{_FEATURE} ({place / part} is not there)", _EXTRA)
    stem = _stemmer()
    synonyms = SynonymDictionary.from_jar(place / JAR)
    pairs: Pairs = paraphrases_among(vocabulary, place / TABLE)
    return Resources(
        function_words=exact_resources().function_words,
        stems=_partners(vocabulary, lambda word: [java_hash(stem(word))]),
        synonyms=_partners(vocabulary, synonyms.synsets),
        paraphrases=by_phrase(pairs),
    )


def _partners(vocabulary: list[str], groups_of: Callable[[str], Iterable[Hashable]]) -> dict[str, frozenset[str]]:
    """Word -> other words that share a group with it; words without any are left out."""
    groups: dict[Hashable, set[str]] = {}
    for word in vocabulary:
        for group in groups_of(word):
            groups.setdefault(group, set()).add(word)
    partners: dict[str, set[str]] = {}
    for members in groups.values():
        if len(members) > 1:
            for word in members:
                partners.setdefault(word, set()).update(members)
    unlike = {word: frozenset(other for other in found if java_hash(other) != java_hash(word)) for word, found in partners.items()}
    return {word: found for word, found in unlike.items() if found}


def _installed_folder() -> Path:
    # pycocoevalcap is looked up and not imported: it would start Java
    spec = find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        raise MissingDependencyError("pycocoevalcap", _FEATURE, _EXTRA)
    return Path(spec.submodule_search_locations[0]) / "meteor"


def _stemmer() -> Callable[[str], str]:
    try:
        # not snowballstemmer.stemmer(): that may hand out PyStemmer, of another version
        module = importlib.import_module("snowballstemmer.english_stemmer")
    except ImportError as error:
        raise MissingDependencyError("snowballstemmer<3", _FEATURE, _EXTRA) from error
    stem: Callable[[str], str] = module.EnglishStemmer().stemWord
    if stem("added") != "ad":  # version 3 changed the English rules
        raise MissingDependencyError("snowballstemmer<3", _FEATURE, _EXTRA)
    return stem


@cache
def _packaged(name: str) -> list[Any]:
    path = Path(__file__).with_name("words.json")
    entries: list[Any] = json.loads(path.read_text(encoding="utf-8"))[name]
    return entries
