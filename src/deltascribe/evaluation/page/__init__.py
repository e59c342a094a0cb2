"""The report page of an evaluation: one HTML file with tables, plots, pairs, and the command and seed that made it."""

from deltascribe.evaluation.page.content import CaptionItem, GalleryItem, ReportContent
from deltascribe.evaluation.page.frame import report_html, write_report

__all__ = ["CaptionItem", "GalleryItem", "ReportContent", "report_html", "write_report"]
