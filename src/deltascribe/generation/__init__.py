"""Writing sentences with a model."""

from deltascribe.generation.beam import Generated, generate

__all__ = ["Generated", "generate"]
