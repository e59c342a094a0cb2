"""Caption metrics: pure functions on words, equal to the COCO scorers' numbers, and the table that the reports print."""

from deltascribe.metrics.bleu import bleu, bleu_items
from deltascribe.metrics.cider import CiderD, cider_d, cider_d_items
from deltascribe.metrics.fixed import FixedSentence, best_fixed_sentence
from deltascribe.metrics.rouge import rouge_l, rouge_l_items
from deltascribe.metrics.table import (
    METRICS,
    SUBSETS,
    CaptionScorer,
    ItemScores,
    PredictorScores,
    ScoreTable,
    SubsetScores,
    choose_fixed_sentences,
    score_captions,
)

__all__ = [
    "METRICS",
    "SUBSETS",
    "CaptionScorer",
    "CiderD",
    "FixedSentence",
    "ItemScores",
    "PredictorScores",
    "ScoreTable",
    "SubsetScores",
    "best_fixed_sentence",
    "bleu",
    "bleu_items",
    "choose_fixed_sentences",
    "cider_d",
    "cider_d_items",
    "rouge_l",
    "rouge_l_items",
    "score_captions",
]
