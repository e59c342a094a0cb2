"""The engine of the grammar, and that its tables are well formed."""

from __future__ import annotations

import numpy as np
import pytest

from deltascribe.datasets.synthetic.wording import words
from deltascribe.datasets.synthetic.wording.caption import GRAMMAR
from deltascribe.datasets.synthetic.wording.grammar import Context, Grammar, Phrase, Rule, UnsayableError, Verb, allowed, with_articles
from deltascribe.datasets.synthetic.wording.phrases import NOUNS, SUBJECTS

RNG = np.random.default_rng(0)
VERBS = {"appear": (Verb("appears", "appear"),)}


def say(rules: dict[str, tuple[Rule, ...]], holds: str = "", symbol: str = "s", **nouns: Phrase) -> str:
    context = Context(frozenset(holds.split()), {name: lambda _, phrase=phrase: phrase for name, phrase in nouns.items()})  # type: ignore[misc]
    return Grammar(rules, VERBS).say(symbol, context, RNG)


def test_a_verb_agrees_with_the_first_noun_phrase_of_its_rule() -> None:
    rules = {"s": (Rule("{a} with {b} {appear}"),)}
    assert say(rules, a=Phrase("a road", False), b=Phrase("houses", True)) == "a road with houses appears"
    assert say(rules, a=Phrase("roads", True), b=Phrase("a house", False)) == "roads with a house appear"


def test_the_number_of_a_pair_is_told_by_its_rule() -> None:
    rules = {"s": (Rule("{pair} {appear}"),), "pair": (Rule("{a} and {a}", number="plural"),)}
    assert say(rules, a=Phrase("a road", False)) == "a road and a road appear"


def test_each_clause_has_its_own_subject() -> None:
    rules = {"s": (Rule("{one} and {two}"),), "one": (Rule("{a} {appear}"),), "two": (Rule("{b} {appear}"),)}
    assert say(rules, a=Phrase("a road", False), b=Phrase("houses", True)) == "a road appears and houses appear"


def test_a_phrase_that_is_no_subject_is_passed_over() -> None:
    rules = {"s": (Rule("{where} {a} {appear}"),), "where": (Rule("beside {b}", number="none"),)}
    assert say(rules, a=Phrase("a road", False), b=Phrase("houses", True)) == "beside houses a road appears"


def test_rules_are_open_only_where_their_facts_hold() -> None:
    rules = {"s": (Rule("yes", needs="x !y z|w"), Rule("no", needs="!x"))}
    assert say(rules, "x z") == "yes"
    assert say(rules, "") == "no"
    with pytest.raises(UnsayableError):
        say(rules, "x y z")
    assert allowed("", frozenset())


def test_another_rule_is_tried_where_one_leads_nowhere() -> None:
    rules = {"s": (Rule("{dead}", 1000.0), Rule("alive", 0.001)), "dead": (Rule("never", needs="x"),)}
    assert say(rules) == "alive"


def test_a_slot_hands_its_subject_on() -> None:
    rules = {
        "s": (Rule("{where:b}"),),
        "where": (Rule("{place:$}"),),
        "place": (Rule("left", needs="$.left"), Rule("right", needs="$.right")),
    }
    assert say(rules, "a.left b.right") == "right"


def test_articles_fit_the_next_word() -> None:
    assert with_articles("a original road and a house near a area") == "an original road and a house near an area"


def test_the_tables_have_no_dead_ends() -> None:
    assert list(GRAMMAR.faults(NOUNS)) == []


def test_dead_ends_would_be_found() -> None:
    bad = Grammar({"s": (Rule("{nowhere}"), Rule("{appear} {a}")), "appear": ()}, VERBS)
    faults = list(bad.faults(frozenset({"a"})))
    assert len(faults) == 3


def test_weights_are_positive_and_every_table_has_its_nouns() -> None:
    rules = [rule for some in GRAMMAR.rules.values() for rule in some]
    verbs = [verb for some in GRAMMAR.verbs.values() for verb in some]
    assert min(one.weight for one in [*rules, *verbs, *words.EXACT, *words.SOME, *words.ROWS]) > 0
    assert all(any(not needs for _, _, needs in nouns) for nouns in words.NOUNS.values())
    assert set(SUBJECTS) - NOUNS == set("jmu")


@pytest.mark.parametrize(("noun", "plural"), [("house", "houses"), ("factory", "factories"), ("swimming pool", "swimming pools")])
def test_plurals(noun: str, plural: str) -> None:
    assert words.plural_of(noun) == plural
