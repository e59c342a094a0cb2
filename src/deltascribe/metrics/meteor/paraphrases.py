"""The entries of METEOR's paraphrase table that concern a set of words, kept on disk after the first scan."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from deltascribe.errors import MissingDependencyError
from deltascribe.files import write_json

FORMAT = 2
"""Of the files kept on disk; raise it when their content changes."""

Words = tuple[str, ...]
Pairs = list[tuple[Words, Words]]
"""(phrase, paraphrase) in the order of the table."""


def by_phrase(pairs: Iterable[tuple[Words, Words]]) -> dict[Words, dict[Words, int]]:
    """Phrase -> its paraphrases -> place in the table."""
    table: dict[Words, dict[Words, int]] = {}
    for place, (phrase, paraphrase) in enumerate(pairs):
        table.setdefault(phrase, {})[paraphrase] = place
    return table


def paraphrases_among(words: Sequence[str], table: Path) -> Pairs:
    """Entries of the table all of whose words are among `words`.

    The table is large and takes seconds to scan, so what comes out is kept in `cache_folder()`, in one file for all words that
    were ever asked for. A file there that can't be read is made anew; one that can't be written is left out.

    Args:
        words: the words, each once.
        table: METEOR's gzipped table: probability, phrase and paraphrase on a line each.

    Raises:
        MissingDependencyError: the table is damaged.
    """
    status = table.stat()
    key = json.dumps([FORMAT, status.st_size, status.st_mtime_ns])
    path = cache_folder() / "meteor" / f"paraphrases-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"
    known, pairs = _read(path) or (set(), [])
    wanted = set(words)
    if not wanted <= known:
        known |= wanted
        pairs = scan(known, table)
        with suppress(OSError):  # a home folder may be read-only; the next run then scans again
            content = {"format": FORMAT, "entries": len(pairs), "words": sorted(known), "pairs": _joined(pairs)}
            write_json(path, content, indent=None)
    return [(phrase, other) for phrase, other in pairs if wanted.issuperset(phrase) and wanted.issuperset(other)]


def scan(words: Iterable[str], table: Path) -> Pairs:
    """`paraphrases_among` without the file on disk."""
    known = {word.encode("utf-8", "surrogatepass") for word in words}
    pairs: Pairs = []
    last, phrase = b"", None
    try:
        with gzip.open(table) as stream:
            lines = iter(stream)
            for _, line, other in zip(lines, lines, lines, strict=False):
                if line != last:  # the entries of a phrase follow each other
                    last, split = line, line.split()
                    phrase = _decoded(split) if known.issuperset(split) else None
                if phrase is not None and known.issuperset(paraphrase := other.split()):
                    pairs.append((phrase, _decoded(paraphrase)))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise MissingDependencyError("pycocoevalcap", f"METEOR's paraphrases ({table} can't be read: {error})", "evaluate") from error
    return pairs


def cache_folder() -> Path:
    """Where this package keeps what it can make again: $DELTASCRIBE_CACHE, or deltascribe in the user's cache folder."""
    own = os.environ.get("DELTASCRIBE_CACHE")
    if own:
        return Path(own)
    general = os.environ.get("XDG_CACHE_HOME")
    return (Path(general) if general else Path.home() / ".cache") / "deltascribe"


def _decoded(words: list[bytes]) -> Words:
    return tuple(word.decode("utf-8", "surrogatepass") for word in words)


def _joined(pairs: Pairs) -> list[list[str]]:
    return [[" ".join(phrase), " ".join(paraphrase)] for phrase, paraphrase in pairs]


def _read(path: Path) -> tuple[set[str], Pairs] | None:
    """The words and entries that are kept, or None where there are none or the file is damaged."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        pairs = [(tuple(phrase.split(" ")), tuple(paraphrase.split(" "))) for phrase, paraphrase in content["pairs"]]
        words = set(map(str, content["words"]))
        return (words, pairs) if content["format"] == FORMAT and content["entries"] == len(pairs) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
