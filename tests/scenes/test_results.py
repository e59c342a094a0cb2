"""Answers for tiles as they are written down."""

from __future__ import annotations

import json

import numpy as np
import pytest

from deltascribe.scenes.results import TileResult, quantised, rounded

pytest.importorskip("shapely")

KNOWN = np.arange(15).reshape(3, 5) % 4 > 0
MASK = np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.mark.parametrize(
    "answer",
    [
        TileResult(7, 0.9312, "a house is built", 0.8123, True, MASK),
        TileResult(0, 1.0, "there is no difference", 0.0, False, None),
        TileResult(3, 0.01, None, 0.0, False, None),
        TileResult(4, 0.7333, "a house is built", 0.8123, True, MASK, KNOWN),
        TileResult(5, 0.7333, "a house is built", 0.8123, True, None, KNOWN),
    ],
)
def test_an_answer_comes_back_from_its_record(answer: TileResult) -> None:
    record = json.loads(json.dumps(answer.as_record()))
    back = TileResult.from_record(record, answer.packed())
    assert back.as_record() == answer.as_record()
    for found, wanted in ((back.mask, answer.mask), (back.known, answer.known)):
        if wanted is None:
            assert found is None
        else:
            assert found is not None
            np.testing.assert_array_equal(found, wanted)
            assert found.dtype == wanted.dtype
    assert (answer.packed() == b"") == (answer.mask is answer.known is None)


def test_a_record_can_be_read_without_its_mask() -> None:
    answer = TileResult(7, 1.0, "a house is built", 0.8, True, MASK, KNOWN)
    assert TileResult.from_record(answer.as_record(), None) == TileResult(7, 1.0, "a house is built", 0.8, True, None)


def test_probabilities_are_kept_in_fixed_steps() -> None:
    assert rounded(0.123449) == 0.1234
    assert rounded(0.12345001) == 0.1235
    np.testing.assert_array_equal(quantised(np.array([[-0.1, 0.0, 0.5, 0.999, 1.0, 1.2]])), [[0, 0, 128, 255, 255, 255]])
    # the error is at most half of a step
    values = np.linspace(0, 1, 1000)
    assert np.abs(quantised(values) / 255 - values).max() <= 0.5 / 255 + 1e-12
