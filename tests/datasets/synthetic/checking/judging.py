"""How tests of the checker judge lists of sentences."""

from __future__ import annotations

from typing import Any

from deltascribe.datasets.synthetic.checking import check_caption

BOTH, BEFORE, AFTER = ("before", "after"), ("before",), ("after",)


def kinds(caption: str, truth: dict[str, Any]) -> set[str]:
    return {complaint.kind for complaint in check_caption(caption, truth)}


def assert_judged(pair: Any, true: list[str], false: list[str]) -> None:
    truth = pair.truth()
    wrong = [(caption, [complaint.reason for complaint in check_caption(caption, truth)]) for caption in true if kinds(caption, truth)]
    assert wrong == [], "true sentences that were not accepted"
    accepted = [caption for caption in false if not kinds(caption, truth)]
    assert accepted == [], "false sentences that were accepted"
    misread = [caption for caption in false if kinds(caption, truth) <= {"not understood"}]
    assert misread == [], "false sentences that were only not understood"
