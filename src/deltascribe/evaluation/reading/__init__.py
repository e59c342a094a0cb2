"""Reads anybody's predictions and references and matches them, with errors that list all that is wrong."""

from __future__ import annotations

from deltascribe.evaluation.reading.matching import MatchedSet, match, match_file
from deltascribe.evaluation.reading.predictions import PredictedCaption, read_predicted
from deltascribe.evaluation.reading.references import ReferenceSet, read_references

__all__ = ["MatchedSet", "PredictedCaption", "ReferenceSet", "match", "match_file", "read_predicted", "read_references"]
