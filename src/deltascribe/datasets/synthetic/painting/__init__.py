"""Draws places as aerial pictures, and the masks of what changed."""

from deltascribe.datasets.synthetic.painting.look import Look, draw_looks
from deltascribe.datasets.synthetic.painting.masks import change_mask, cover_mask
from deltascribe.datasets.synthetic.painting.picture import paint

__all__ = ["Look", "change_mask", "cover_mask", "draw_looks", "paint"]
