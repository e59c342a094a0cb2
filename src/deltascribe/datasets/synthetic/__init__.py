"""Made-up before/after pairs with exact masks and captions."""

from deltascribe.datasets.synthetic.suburbs import SCENARIOS, RenderedPair, render_pair

__all__ = ["SCENARIOS", "RenderedPair", "render_pair"]
