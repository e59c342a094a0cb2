"""The sanity tests: how each alters a pair, and what any sane captioner must then answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from deltascribe.metrics.keywords import extract_keywords
from deltascribe.pair import ImagePair
from deltascribe.pixels import Pixels
from deltascribe.text import begins_as_no_change

SHIFT = 4
"""Pixels that an image is moved by."""
DARKER, BRIGHTER = 0.8, 1.2
"""Factors of the brightness tests."""


@dataclass(frozen=True)
class Said:
    """What a captioner said of one pair: a normalised caption, and its change flag."""

    caption: str
    changed: bool


@dataclass(frozen=True)
class Case:
    """One pair as a test sees it.

    Attributes:
        changed: whether the data set calls the pair changed.
        plain: what was said of the pair as it is.
        altered: what was said of the pair as the test shows it.
    """

    changed: bool
    plain: Said
    altered: Said


@dataclass(frozen=True)
class SanityTest:
    """One property that a sane captioner has.

    Attributes:
        name: key of the result.
        title: heading of its row.
        description: what is shown, which pairs count, and what passes.
        expected: what a sane model gives.
        view: key of `VIEWS`: how the pair is altered.
        passes: whether a case passes; None where the test doesn't apply to it.
    """

    name: str
    title: str
    description: str
    expected: str
    view: str
    passes: Callable[[Case], bool | None]


def _moved(image: Pixels) -> Pixels:
    """The image moved right by `SHIFT` pixels, its left edge filled by reflection."""
    padded = np.pad(image, ((0, 0), (0, 0), (SHIFT, 0)), mode="reflect")
    return np.ascontiguousarray(padded[:, :, : image.shape[2]])


def _lit(image: Pixels, factor: float) -> Pixels:
    lit: Pixels = np.clip(image * np.float32(factor), 0, 1)
    return lit


VIEWS: Mapping[str, Callable[[ImagePair], ImagePair]] = {
    "before twice": lambda pair: replace(pair, after=pair.before),
    "after twice": lambda pair: replace(pair, before=pair.after),
    "swapped": lambda pair: replace(pair, before=pair.after, after=pair.before),
    "before, moved before": lambda pair: replace(pair, after=_moved(pair.before)),
    "before, moved after": lambda pair: replace(pair, after=_moved(pair.after)),
    "before, darker before": lambda pair: replace(pair, after=_lit(pair.before, DARKER)),
    "before, brighter before": lambda pair: replace(pair, after=_lit(pair.before, BRIGHTER)),
    "before, darker after": lambda pair: replace(pair, after=_lit(pair.after, DARKER)),
    "before, brighter after": lambda pair: replace(pair, after=_lit(pair.after, BRIGHTER)),
}
"""Ways to alter a pair, each shown to the captioner once, whatever the number of tests that look at it."""


def _still_by_flag(case: Case) -> bool:
    return not case.altered.changed


def _still_by_sentence(case: Case) -> bool:
    return begins_as_no_change(case.altered.caption)


def _same_flag(case: Case) -> bool:
    return case.altered.changed is case.plain.changed


def _same_flag_of_changed(case: Case) -> bool | None:
    return _same_flag(case) if case.changed else None


def _same_flag_of_unchanged(case: Case) -> bool | None:
    return None if case.changed else _same_flag(case)


def _other_caption(case: Case) -> bool | None:
    # a change that the model misses has one caption in both orders, and says nothing of whether order is read
    seen = case.changed and not begins_as_no_change(case.plain.caption)
    return case.altered.caption != case.plain.caption if seen else None


def _appearing_turns_to_vanishing(case: Case) -> bool | None:
    # "replaced" tells of both, and which is which depends on the sentence
    if extract_keywords(case.plain.caption)["change"] & {"appear", "remove", "replace"} != {"appear"}:
        return None
    return "remove" in extract_keywords(case.altered.caption)["change"]


_ALL, _HIGH, _DIFFERENT = "100 %", "near 100 %", "near 100 %; 0 % where the order of the dates isn't read"
_FLAG, _SENTENCE = "The change flag says no change.", "The caption says that nothing changed."
_KEPT = "The change flag is that of the pair as it is."

SANITY_TESTS: tuple[SanityTest, ...] = (
    SanityTest(
        "identical_before", "before image twice, flag", f"Before image as both dates. {_FLAG}", _ALL, "before twice", _still_by_flag
    ),
    SanityTest(
        "identical_before_sentence",
        "before image twice, sentence",
        f"Before image as both dates. {_SENTENCE}",
        _ALL,
        "before twice",
        _still_by_sentence,
    ),
    SanityTest("identical_after", "after image twice, flag", f"After image as both dates. {_FLAG}", _ALL, "after twice", _still_by_flag),
    SanityTest(
        "identical_after_sentence",
        "after image twice, sentence",
        f"After image as both dates. {_SENTENCE}",
        _ALL,
        "after twice",
        _still_by_sentence,
    ),
    SanityTest(
        "swapped_changed",
        "dates swapped, flag of changed pairs",
        f"Dates swapped; pairs that changed. {_KEPT}",
        _HIGH,
        "swapped",
        _same_flag_of_changed,
    ),
    SanityTest(
        "swapped_unchanged",
        "dates swapped, flag of unchanged pairs",
        f"Dates swapped; pairs that did not change. {_KEPT}",
        _HIGH,
        "swapped",
        _same_flag_of_unchanged,
    ),
    SanityTest(
        "swapped_caption",
        "dates swapped, another caption",
        "Dates swapped; pairs that changed and whose caption tells of a change. The caption is another one; one of no change is another "
        "one too, see the flag of changed pairs for it.",
        _DIFFERENT,
        "swapped",
        _other_caption,
    ),
    SanityTest(
        "swapped_vanishing",
        "dates swapped, appearing becomes vanishing",
        "Dates swapped; pairs whose caption tells of something appearing and of nothing vanishing or replaced. The caption has a word of "
        "vanishing, such as 'removed' or 'disappears'.",
        _DIFFERENT,
        "swapped",
        _appearing_turns_to_vanishing,
    ),
    SanityTest(
        "shift_identical",
        f"before image and itself moved by {SHIFT} px",
        f"Before image, and the same moved right by {SHIFT} pixels, the edge reflected. {_FLAG}",
        _HIGH,
        "before, moved before",
        _still_by_flag,
    ),
    SanityTest(
        "shift_flag",
        f"after image moved by {SHIFT} px",
        f"Before image, and the after image moved right by {SHIFT} pixels, the edge reflected. {_KEPT}",
        _HIGH,
        "before, moved after",
        _same_flag,
    ),
    *(
        SanityTest(
            f"{word}_identical",
            f"before image and itself {word}",
            f"Before image, and the same times {factor:g}, clipped to 0..1. {_FLAG}",
            _HIGH,
            f"before, {word} before",
            _still_by_flag,
        )
        for word, factor in (("darker", DARKER), ("brighter", BRIGHTER))
    ),
    *(
        SanityTest(
            f"{word}_flag",
            f"after image {word}",
            f"Before image, and the after image times {factor:g}, clipped to 0..1. {_KEPT}",
            _HIGH,
            f"before, {word} after",
            _same_flag,
        )
        for word, factor in (("darker", DARKER), ("brighter", BRIGHTER))
    ),
)
"""All tests; another one is an entry here and, where it alters pairs in a new way, one in `VIEWS`."""
