"""Writing sentences with a model."""

from deltascribe.generation.attention import sentence_attention, word_attention
from deltascribe.generation.beam import Generated, generate
from deltascribe.generation.calibration import Calibration, fit_calibration
from deltascribe.generation.describe import Description, describe
from deltascribe.generation.sampling import log_probabilities, sample

__all__ = [
    "Calibration",
    "Description",
    "Generated",
    "describe",
    "fit_calibration",
    "generate",
    "log_probabilities",
    "sample",
    "sentence_attention",
    "word_attention",
]
