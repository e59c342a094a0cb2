"""METEOR 1.5 without Java: equal to the jar that the COCO caption scorers run."""

from deltascribe.metrics.meteor.scorer import Meteor
from deltascribe.metrics.meteor.scoring import COLUMNS, meteor_from_statistics

__all__ = ["COLUMNS", "Meteor", "meteor_from_statistics"]
