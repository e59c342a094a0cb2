"""The official scorers' own numbers for BLEU, ROUGE-L and CIDEr-D, kept in golden.json, without these scorers."""

from __future__ import annotations

from typing import Any

import pytest

from deltascribe.metrics import bleu, bleu_items, cider_d, cider_d_items, rouge_l, rouge_l_items


def test_bleu_equals_the_official_numbers(golden: Any) -> None:
    pairs, expected = golden.pairs("words"), golden.content["bleu"]
    assert bleu(*pairs) == pytest.approx(expected["score"], abs=1e-12)
    assert bleu_items(*pairs) == [pytest.approx(row, abs=1e-12) for row in zip(*expected["items"], strict=True)]


@pytest.mark.parametrize(("name", "corpus", "items"), [("rouge_l", rouge_l, rouge_l_items), ("cider_d", cider_d, cider_d_items)])
def test_rouge_l_and_cider_d_equal_the_official_numbers(golden: Any, name: str, corpus: Any, items: Any) -> None:
    expected = golden.content[name]
    for setting in ("words", "numbers"):
        assert corpus(*golden.pairs(setting)) == pytest.approx(expected["score"], abs=1e-9)
        assert items(*golden.pairs(setting)) == pytest.approx(expected["items"], abs=1e-9)
