"""Writing sentences with a model."""

from deltascribe.generation.beam import Generated, generate
from deltascribe.generation.describe import Description, describe

__all__ = ["Description", "Generated", "describe", "generate"]
