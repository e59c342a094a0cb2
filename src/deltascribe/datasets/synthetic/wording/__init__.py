"""Captions of made-up places: facts from geometry, sentences from facts."""

from deltascribe.datasets.synthetic.wording.caption import caption_facts, caption_place
from deltascribe.datasets.synthetic.wording.facts import Facts
from deltascribe.datasets.synthetic.wording.group import Group
from deltascribe.datasets.synthetic.wording.looking import describe_facts

__all__ = ["Facts", "Group", "caption_facts", "caption_place", "describe_facts"]
