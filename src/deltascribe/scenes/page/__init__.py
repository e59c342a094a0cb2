"""The page of a scene: one HTML file with a map of both dates, the tiles, the changed areas and all captions."""

from deltascribe.scenes.page.frame import write_page

__all__ = ["write_page"]
