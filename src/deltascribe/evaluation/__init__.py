"""Runs a captioner over a data set, scores it, and writes the report."""

from __future__ import annotations

from deltascribe.evaluation.contact_sheet import gallery_png
from deltascribe.evaluation.gallery import GalleryItem, gallery_html
from deltascribe.evaluation.inference import Captioner, Evaluation, Run, run_evaluation
from deltascribe.evaluation.outputs import summarise, write_outputs
from deltascribe.evaluation.predictions import Prediction, read_predictions, write_predictions
from deltascribe.evaluation.runner import evaluate

__all__ = [
    "Captioner",
    "Evaluation",
    "GalleryItem",
    "Prediction",
    "Run",
    "evaluate",
    "gallery_html",
    "gallery_png",
    "read_predictions",
    "run_evaluation",
    "summarise",
    "write_outputs",
    "write_predictions",
]
