"""Expands a grammar into sentences: tables of rules go in, words that agree come out.

A rule is a text with slots in braces, a weight, and the names of facts that must hold. A slot is, in this order, a verb of the table of
verbs, which agrees with the subject of its rule; a noun phrase made from facts; or a symbol of the grammar, expanded in turn. A slot
`{where:b}` passes a subject on: "$" stands for "b" in the rules of `where`, in their slots and in what they need. A verb agrees with the
first noun phrase of its own rule, so that a clause with a subject of its own is a rule of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np

Number = Literal["head", "singular", "plural", "none"]
"""Of a rule as a subject: as its first noun phrase, fixed, or no subject."""


@dataclass(frozen=True)
class Phrase:
    """Words, and whether they ask for a plural verb; None where they can be no subject."""

    text: str
    plural: bool | None = None


@dataclass(frozen=True)
class Rule:
    """One way to say something.

    Attributes:
        text: words and slots.
        weight: how often, against the other ways that are open.
        needs: names of facts that must hold, separated by spaces; "!a": must not; "a|b": one of them must.
        number: see `Number`.
    """

    text: str
    weight: float = 1.0
    needs: str = ""
    number: Number = "head"


@dataclass(frozen=True)
class Verb:
    """The two forms of a verb with its tense, and how often people use it."""

    singular: str
    plural: str
    weight: float = 1.0
    needs: str = ""


class UnsayableError(Exception):
    """No rule is open: the facts do not allow it."""


NounPhrase = Callable[[np.random.Generator], Phrase]
_SLOT = re.compile(r"\{([a-z_0-9$]+)(?::([a-z$]+))?\}")
_NUMBERS = {"singular": False, "plural": True, "none": None}


@dataclass(frozen=True)
class Context:
    """What a sentence may speak of.

    Attributes:
        holds: names of the facts that hold.
        nouns: noun phrases by name; each call may choose other words.
        open_rules: what the grammar found to be open, by symbol and subject; filled as sentences are made.
    """

    holds: frozenset[str]
    nouns: Mapping[str, NounPhrase]
    open_rules: dict[tuple[str, str], tuple[Rule, ...]] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Grammar:
    """Rules by symbol, verbs by name."""

    rules: Mapping[str, Sequence[Rule]]
    verbs: Mapping[str, Sequence[Verb]]

    def say(self, symbol: str, context: Context, rng: np.random.Generator) -> str:
        """A text of a symbol, with its articles set right.

        Raises:
            UnsayableError: the facts allow none.
        """
        return with_articles(self.expand(symbol, "", context, rng).text)

    def expand(self, symbol: str, subject: str, context: Context, rng: np.random.Generator) -> Phrase:
        """One phrase of a symbol.

        Raises:
            UnsayableError: the facts allow none.
        """
        key = (symbol, subject)
        if key not in context.open_rules:
            found = (rule for rule in self.rules[symbol] if allowed(rule.needs.replace("$", subject), context.holds))
            context.open_rules[key] = tuple(found)
        rules = list(context.open_rules[key])
        while rules:
            number = draw([rule.weight for rule in rules], rng)
            try:
                return self._fill(rules[number], subject, context, rng)
            except UnsayableError:
                del rules[number]
        raise UnsayableError(symbol)

    def _fill(self, rule: Rule, subject: str, context: Context, rng: np.random.Generator) -> Phrase:
        words: list[str] = []
        head: bool | None = None
        for text, name, argument in _parts(rule.text):
            if not name:
                words.append(text)
                continue
            name, argument = name.replace("$", subject), argument.replace("$", subject)
            if name in self.verbs:
                words.append(self._verb(name, head, subject, context, rng))
                continue
            noun = context.nouns.get(f"{name}:{argument}" if argument else name)
            if noun is None and name not in self.rules:
                raise UnsayableError(name)
            phrase = noun(rng) if noun else self.expand(name, argument, context, rng)
            head = phrase.plural if head is None else head
            words.append(phrase.text)
        plural = head if rule.number == "head" else _NUMBERS[rule.number]
        return Phrase(" ".join(" ".join(words).split()), plural)

    def _verb(self, name: str, plural: bool | None, subject: str, context: Context, rng: np.random.Generator) -> str:
        forms = [verb for verb in self.verbs[name] if allowed(verb.needs.replace("$", subject), context.holds)]
        if not forms:
            raise UnsayableError(name)
        verb = forms[draw([form.weight for form in forms], rng)]
        return verb.plural if plural else verb.singular

    def faults(self, nouns: frozenset[str]) -> Iterator[str]:
        """What is wrong with the tables: names given twice, slots that lead nowhere, verbs without a subject before them.

        Args:
            nouns: names of all noun phrases that a context may give.
        """
        for name in sorted((self.rules.keys() & self.verbs.keys()) | (nouns & (self.rules.keys() | self.verbs.keys()))):
            yield f"{name} is the name of two things"
        for symbol, rules in self.rules.items():
            for rule in rules:
                names = [name for _, name, _ in _parts(rule.text) if name]
                for name in names:
                    if name not in self.rules and name not in self.verbs and name not in nouns and name != "$":
                        yield f"{symbol}: nothing is called {name} in '{rule.text}'"
                verbs = [number for number, name in enumerate(names) if name in self.verbs]
                if verbs and verbs[0] == 0:
                    yield f"{symbol}: the verb {names[0]} has no subject in '{rule.text}'"
                if any(later - verb > 1 and " and {" in rule.text for verb, later in pairwise(verbs)):
                    yield f"{symbol}: a verb of a second subject in '{rule.text}'; give it a clause of its own"


def draw(weights: Sequence[float], rng: np.random.Generator) -> int:
    """Position of a draw in proportion to weights."""
    point = rng.random() * sum(weights)
    for number, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return number
    return len(weights) - 1


@lru_cache(maxsize=4096)
def _parse_needs(needs: str) -> tuple[tuple[bool, frozenset[str]], ...]:
    return tuple((word.startswith("!"), frozenset(word.lstrip("!").split("|"))) for word in needs.split())


def allowed(needs: str, holds: frozenset[str]) -> bool:
    """Whether what a rule needs holds."""
    return all(holds.isdisjoint(names) if negated else not holds.isdisjoint(names) for negated, names in _parse_needs(needs))


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[tuple[str, str, str], ...]:
    """Text cut into words and slots: (words, "", "") or ("", name, argument)."""
    parts: list[tuple[str, str, str]] = []
    end = 0
    for match in _SLOT.finditer(text):
        parts.append((text[end : match.start()], "", ""))
        parts.append(("", match[1], match[2] or ""))
        end = match.end()
    parts.append((text[end:], "", ""))
    return tuple(part for part in parts if part[0].strip() or part[1])


def with_articles(text: str) -> str:
    """ "a" before a vowel becomes "an"."""
    return re.sub(r"\ba(?= [aeio])", "an", text)
