"""Made-up before/after pairs without limit: exact masks, true captions, and the ground truth of every object.

`world` says what a place is; `planning` makes one, `painting` draws it, `wording` tells what changed, `checking` proves it.
Importing this needs none of the packages that making a pair does (the extra `synth`).
"""

from deltascribe.datasets.synthetic.memory import SyntheticDataset
from deltascribe.datasets.synthetic.pair import SyntheticPair, make_pair
from deltascribe.datasets.synthetic.recipe import Recipe
from deltascribe.datasets.synthetic.writing import write_pairs

__all__ = ["Recipe", "SyntheticDataset", "SyntheticPair", "make_pair", "write_pairs"]
