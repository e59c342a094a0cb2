"""The checker's words: `lexicon.yaml` as one table from phrases to tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from deltascribe.datasets.synthetic.checking.claims import Quantity

Kind = Literal["noun", "verb", "quality", "count", "share", "rows", "relation", "side", "part", "small", "unknown"]
Form = Literal["base", "third", "past", "participle", "ing"]
FORMS: tuple[Form, ...] = ("base", "third", "past", "participle", "ing")
DOUBLING = ("cut", "set", "dig", "log", "get", "spot", "begin", "run", "put")


@dataclass(frozen=True)
class Token:
    """One word or fixed phrase in one of its readings.

    Attributes:
        kind: what sort of word it is.
        value: meaning: of a noun its class, of a verb its sense, of a quality the quality, ...
        plural: of nouns and rows.
        forms: of a verb, all that it may be.
        plain: of a verb, whether it is used without an object ("appear"), so that its past stands for itself.
        quantity: of counts.
        text: as written.
    """

    kind: Kind
    value: str
    plural: bool | None = None
    forms: frozenset[Form] = frozenset()
    plain: bool = False
    quantity: Quantity | None = None
    text: str = ""


def plural_of(name: str) -> str:
    """The plural of a regular English noun."""
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "sh", "ch")) else f"{name}s"


def forms_of(verb: str) -> list[str]:
    """Base, third person, past, participle and ing-form of a regular verb, or of one written out with slashes."""
    if "/" in verb:
        return verb.split("/")
    head, _, rest = verb.partition(" ")
    tail = f" {rest}" if rest else ""
    stem = head[:-1] if head.endswith("e") else head + (head[-1] if head in DOUBLING else "")
    ing = head if head.endswith("ee") else stem
    if head.endswith("y") and head[-2] not in "aeiou":
        return [verb, f"{head[:-1]}ies{tail}", f"{head[:-1]}ied{tail}", f"{head[:-1]}ied{tail}", f"{head}ing{tail}"]
    return [verb, plural_of(head) + tail, f"{stem}ed{tail}", f"{stem}ed{tail}", f"{ing}ing{tail}"]


@cache
def _data() -> dict[str, Any]:
    """The file; every word a string, "on" and "no" too."""
    source = files("deltascribe.datasets.synthetic.checking").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(source, Loader=yaml.BaseLoader)
    return data


def no_change_words() -> tuple[frozenset[str], frozenset[str]]:
    """Words of which a sentence of no change has one, and others that it may have."""
    words = _data()["no_change"]
    return frozenset(words["says"]), frozenset(words["may_hold"])


@cache
def phrases() -> dict[tuple[str, ...], tuple[Token, ...]]:
    """Words of a phrase -> its readings, the likeliest first."""
    table: dict[tuple[str, ...], list[Token]] = {}
    for text, token in _tokens(_data()):
        table.setdefault(tuple(text.split()), []).append(token)
    return {words: tuple(_merged(tokens)) for words, tokens in table.items()}


@cache
def longest() -> int:
    """Words of the longest phrase."""
    return max(map(len, phrases()))


def _tokens(data: dict[str, Any]) -> Iterator[tuple[str, Token]]:
    for meaning, forms in data["nouns"].items():
        yield from _nouns(meaning, forms.get("counted", ()), forms.get("mass", ()))
    for name in data["others"]:
        yield from _nouns(f"other:{name.split('/')[0]}", (name,), ())
    for sense, verbs in data["verbs"].items():
        for group in verbs:
            for verb in verbs[group] if isinstance(verbs, dict) else [group]:
                for form, text in zip(FORMS, forms_of(verb), strict=True):
                    if text != "-":
                        yield text, Token("verb", sense, forms=frozenset({form}), plain=group == "plain")
    for quality, names in data["qualities"].items():
        yield from ((name, Token("quality", quality)) for name in names)
    yield from ((name, Token("quality", f"look:{name}")) for name in data["looks"])
    for name, (low, high) in data["counts"].items():
        yield name, Token("count", name, quantity=Quantity(int(low), None if high == "null" else int(high), word=name))
    for number in range(1, 100):
        yield str(number), Token("count", str(number), quantity=Quantity(number, number, word=str(number)))
    for share, names in data["shares"].items():
        yield from ((name, Token("share", share)) for name in names)
    yield from ((name, Token("rows", name, plural=several == "true")) for name, several in data["rows"].items())
    for kind in ("relations", "sides", "parts", "small"):
        single = {"relations": "relation", "sides": "side", "parts": "part", "small": "small"}[kind]
        for value, names in data[kind].items():
            yield from ((name, Token(single, value)) for name in names)  # type: ignore[arg-type]


def _nouns(meaning: str, counted: Iterable[str], mass: Iterable[str]) -> Iterator[tuple[str, Token]]:
    for entry in counted:
        name, _, plural = entry.partition("/")
        several = plural or plural_of(name)
        yield name, Token("noun", meaning, plural=None if several == name else False)
        if several != name:
            yield several, Token("noun", meaning, plural=True)
    for name in mass:
        yield name, Token("noun", meaning)


def _merged(tokens: list[Token]) -> list[Token]:
    """One verb token for all the forms that a word may be of one sense; other readings as they are, without doubles."""
    merged: dict[tuple[str, str, bool], Token] = {}
    for token in tokens:
        key = (token.kind, token.value, token.plain)
        if key not in merged:
            merged[key] = token
        elif token.kind == "verb":
            merged[key] = replace(merged[key], forms=merged[key].forms | token.forms)
    return list(merged.values())
