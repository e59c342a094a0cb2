"""Mapping what changed in a pair with a trained detector, and writing the maps."""

from deltascribe.detection.mapper import ChangeMap, ChangeMapper

__all__ = ["ChangeMap", "ChangeMapper"]
