"""Runs a grid of variants and seeds, and writes its table."""

from __future__ import annotations

from deltascribe.ablation.buildable import check_buildable
from deltascribe.ablation.clock import Clock, duration
from deltascribe.ablation.config import Ablation, Variant, load_ablation
from deltascribe.ablation.plan import PlannedRun, check_unchanged, plan_runs
from deltascribe.ablation.running import Outcome, run_grid, score_finished
from deltascribe.ablation.summary import Summary, summarise_grid
from deltascribe.ablation.writing import write_table

__all__ = [
    "Ablation",
    "Clock",
    "Outcome",
    "PlannedRun",
    "Summary",
    "Variant",
    "check_buildable",
    "check_unchanged",
    "duration",
    "load_ablation",
    "plan_runs",
    "run_grid",
    "score_finished",
    "summarise_grid",
    "write_table",
]
