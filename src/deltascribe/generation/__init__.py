"""Writing sentences with a model."""

from deltascribe.generation.beam import Generated, generate
from deltascribe.generation.calibration import Calibration, fit_calibration
from deltascribe.generation.describe import Description, describe

__all__ = ["Calibration", "Description", "Generated", "describe", "fit_calibration", "generate"]
