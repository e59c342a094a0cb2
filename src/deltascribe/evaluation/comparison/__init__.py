"""Compares runs on the same pairs: one table with tests, constants, people and published figures."""

from __future__ import annotations

from deltascribe.evaluation.comparison.comparing import DEFAULT_SUBSETS, compare
from deltascribe.evaluation.comparison.rendering import FORMATS, Format, format_of, render
from deltascribe.evaluation.comparison.rows import Resampling
from deltascribe.evaluation.comparison.runs import ComparedRun, RunGroup, read_groups
from deltascribe.evaluation.comparison.table import Comparison

__all__ = [
    "DEFAULT_SUBSETS",
    "FORMATS",
    "ComparedRun",
    "Comparison",
    "Format",
    "Resampling",
    "RunGroup",
    "compare",
    "format_of",
    "read_groups",
    "render",
]
