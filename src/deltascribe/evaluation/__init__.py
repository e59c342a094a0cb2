"""Runs a captioner over a data set, scores it, and writes the report."""

from __future__ import annotations

from deltascribe.evaluation.analysis import Analysis, analyse
from deltascribe.evaluation.attention_picture import AttentionItem, attention_png, draw_attention
from deltascribe.evaluation.contact_sheet import gallery_png
from deltascribe.evaluation.context import ScoringContext, build_context, read_split_captions
from deltascribe.evaluation.inference import Captioner, Evaluation, Run, run_evaluation
from deltascribe.evaluation.outputs import summarise, write_outputs
from deltascribe.evaluation.page import CaptionItem, GalleryItem, ReportContent, report_html, write_report
from deltascribe.evaluation.predictions import Prediction, read_predictions, write_predictions
from deltascribe.evaluation.runner import evaluate

__all__ = [
    "Analysis",
    "AttentionItem",
    "CaptionItem",
    "Captioner",
    "Evaluation",
    "GalleryItem",
    "Prediction",
    "ReportContent",
    "Run",
    "ScoringContext",
    "analyse",
    "attention_png",
    "build_context",
    "draw_attention",
    "evaluate",
    "gallery_png",
    "read_predictions",
    "read_split_captions",
    "report_html",
    "run_evaluation",
    "summarise",
    "write_outputs",
    "write_predictions",
    "write_report",
]
