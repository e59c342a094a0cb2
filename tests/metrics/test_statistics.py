from __future__ import annotations

import numpy as np
import pytest

from deltascribe.errors import PredictionsError
from deltascribe.metrics import METRICS, CaptionScorer, ItemStatistics, Protocol, WordNumbering

REFERENCES = [
    ["a road is built", "a new road appears"],
    ["trees are removed", "the trees disappear"],
    ["two houses are built", "some houses appear on the left"],
    ["a pool is dug beside the house", "a pool appears"],
]
SAID = ["a road appears", "the trees are removed", "some houses are built", "nothing"]
NUMBERING = WordNumbering.build([s for entry in REFERENCES for s in entry], 1, "references")


@pytest.fixture(scope="module")
def statistics() -> ItemStatistics:
    return CaptionScorer(REFERENCES, [True] * 4, Protocol.ids(NUMBERING)).statistics(SAID)["all"]


def test_doubling_a_weight_is_doubling_a_row(statistics: ItemStatistics) -> None:
    weighted, repeated = statistics.scores(np.array([1, 2, 1, 0])), statistics.take([0, 1, 1, 2]).scores()
    for name in METRICS:
        assert float(weighted[name]) == pytest.approx(float(repeated[name]), abs=1e-12)


def test_many_weightings_are_scored_at_once(statistics: ItemStatistics) -> None:
    weights = np.random.default_rng(0).integers(1, 4, (6, 4))
    together = statistics.scores(weights)
    for row, single in enumerate(weights):
        for name, value in statistics.scores(single).items():
            assert float(together[name][row]) == pytest.approx(float(value), abs=1e-12)


def test_s_m_is_the_mean_of_four_and_undefined_without_one_of_them(statistics: ItemStatistics) -> None:
    scores = statistics.scores()
    assert float(scores["s_m"]) == pytest.approx(float(scores["bleu_4"] + scores["meteor"] + scores["rouge_l"] + scores["cider_d"]) / 4)
    without = ItemStatistics(statistics.bleu, statistics.rouge_l, statistics.cider_d).scores()
    assert (without["meteor"], without["meteor_exact"], without["s_m"]) == (None, None, None)
    assert ItemStatistics(statistics.bleu, statistics.rouge_l, None, statistics.meteor).scores()["s_m"] is None


def test_items_are_the_scores_of_each_pair_by_itself(statistics: ItemStatistics) -> None:
    items = statistics.items()
    for row in range(4):
        alone = statistics.take([row]).scores()
        for name in ("bleu_4", "rouge_l", "cider_d", "meteor"):
            assert items[name][row] == pytest.approx(float(alone[name]), abs=1e-12)


def test_one_weight_a_pair_is_needed(statistics: ItemStatistics) -> None:
    with pytest.raises(PredictionsError, match="3 weights were given for 4 pairs"):
        statistics.scores(np.ones(3))
