"""Files that a run leaves: tables and maps for GIS, a probability raster, a summary, a STAC item and a page to look at."""

from __future__ import annotations

from deltascribe.scenes.outputs.write import FILES, write_outputs

__all__ = ["FILES", "write_outputs"]
