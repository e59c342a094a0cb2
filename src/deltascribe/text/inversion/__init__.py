"""Change sentences told the other way round, for pairs whose dates are swapped."""

from deltascribe.text.inversion.rules import invert_change

__all__ = ["invert_change"]
