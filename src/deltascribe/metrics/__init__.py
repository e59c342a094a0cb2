"""Caption metrics: pure functions on words, equal to the COCO scorers' numbers, and the table that the reports print."""

from deltascribe.metrics.anchors import anchor_rows
from deltascribe.metrics.bleu import bleu, bleu_items
from deltascribe.metrics.cider import CiderD, cider_d, cider_d_items
from deltascribe.metrics.fixed import FixedSentence, best_fixed_sentence
from deltascribe.metrics.meteor import Meteor
from deltascribe.metrics.numbering import PARITY_MIN_COUNT, WordNumbering
from deltascribe.metrics.protocol import MODES, Mode, Protocol
from deltascribe.metrics.rouge import rouge_l, rouge_l_items
from deltascribe.metrics.score_set import SetScorer
from deltascribe.metrics.scorer import CaptionScorer, choose_fixed_sentences
from deltascribe.metrics.statistics import METRICS, ItemStatistics
from deltascribe.metrics.table import SUBSETS, ItemScores, PredictorScores, ScoreTable, SubsetScores

__all__ = [
    "METRICS",
    "MODES",
    "PARITY_MIN_COUNT",
    "SUBSETS",
    "CaptionScorer",
    "CiderD",
    "FixedSentence",
    "ItemScores",
    "ItemStatistics",
    "Meteor",
    "Mode",
    "PredictorScores",
    "Protocol",
    "ScoreTable",
    "SetScorer",
    "SubsetScores",
    "WordNumbering",
    "anchor_rows",
    "best_fixed_sentence",
    "bleu",
    "bleu_items",
    "choose_fixed_sentences",
    "cider_d",
    "cider_d_items",
    "rouge_l",
    "rouge_l_items",
]
