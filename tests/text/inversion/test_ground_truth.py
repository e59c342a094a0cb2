"""Inverted captions of made-up pairs against ground truth with its dates exchanged, by a check that shares no code with them."""

from __future__ import annotations

from typing import Any

import pytest

from deltascribe.text.inversion import invert_change

OTHER = {"before": "after", "after": "before"}
PAIRS = 20


def _exchanged(truth: dict[str, Any]) -> dict[str, Any]:
    objects = [entry | {"dates": [OTHER[date] for date in entry["dates"]]} for entry in truth["objects"]]
    return truth | {"objects": objects, "trees": {OTHER[date]: trees for date, trees in truth["trees"].items()}}


def test_inverted_captions_hold_where_the_dates_are_exchanged_and_not_where_they_are_not() -> None:
    pytest.importorskip("shapely")
    from deltascribe.datasets.synthetic.checking import Checker
    from deltascribe.datasets.synthetic.makers import default_makers
    from deltascribe.datasets.synthetic.pair import caption_pair, plan_pair

    makers = default_makers()
    captions = inverted = right = still_right = 0
    for index in range(PAIRS):
        place, _ = plan_pair(77, index, 128.0, None, 1.0, None, makers)
        swapped, as_made = Checker(_exchanged(place.truth())), Checker(place.truth())
        for caption in caption_pair(place, 77, index, makers):
            captions += 1
            told = invert_change(caption)
            if told is None:
                continue
            inverted += 1
            right += not swapped.check(told)
            still_right += not as_made.check(told)
    assert inverted > 0.8 * captions
    # what is refused tells of ground under things that stand, or of a place "with" things that have gone: the check takes neither
    assert right > 0.83 * inverted
    assert still_right < 0.03 * inverted
