"""Readers of captioned change data sets, all giving the same sample, and tools to check, build and show them."""

from deltascribe.datasets import dubai_cc, folder, levir_cc, levir_mci, second_cc, whu_cdc  # noqa: F401 - registers them
from deltascribe.datasets.base import (
    ChangeDataset,
    DatasetFormat,
    detect_format,
    get_format,
    list_formats,
    list_splits,
    open_dataset,
    register_format,
)
from deltascribe.datasets.build import BuildReport, build_dataset
from deltascribe.datasets.check import DatasetCheck, Problem, check_dataset
from deltascribe.datasets.sample import SPLITS, ChangeRecord, ChangeSample, Split, is_changed
from deltascribe.datasets.sheet import draw_sheet, save_sheet

__all__ = [
    "SPLITS",
    "BuildReport",
    "ChangeDataset",
    "ChangeRecord",
    "ChangeSample",
    "DatasetCheck",
    "DatasetFormat",
    "Problem",
    "Split",
    "build_dataset",
    "check_dataset",
    "detect_format",
    "draw_sheet",
    "get_format",
    "is_changed",
    "list_formats",
    "list_splits",
    "open_dataset",
    "register_format",
    "save_sheet",
]
