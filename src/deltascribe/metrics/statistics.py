"""What every caption metric needs of each pair, so that any subset, weighting or resampling is a sum of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from deltascribe.errors import PredictionsError
from deltascribe.metrics.bleu import bleu_from_statistics
from deltascribe.metrics.meteor import meteor_from_statistics

METRICS: dict[str, str] = {
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "meteor": "METEOR",
    "rouge_l": "ROUGE-L",
    "cider_d": "CIDEr-D",
    "s_m": "S*m",
    "meteor_exact": "METEOR (exact)",
}
MEAN_OF = ("bleu_4", "meteor", "rouge_l", "cider_d")
"""S*m is the mean of these."""

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ItemStatistics:
    """Rows of one predictor on one set of pairs; idf and other properties of the references stay as they are when rows are resampled.

    Attributes:
        bleu: [pairs, 10], see `bleu_statistics`.
        rouge_l: [pairs], 0..1.
        cider_d: [pairs], 0..10; None where no n-gram of the references has weight.
        meteor: [pairs, K] under `meteor` and `meteor_exact`; a variant that was not computed is left out.
    """

    bleu: _Floats
    rouge_l: _Floats
    cider_d: _Floats | None
    meteor: dict[str, _Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.rouge_l)

    def take(self, rows: Sequence[int]) -> ItemStatistics:
        """The same of some of the pairs, with the idf of all."""
        index = np.asarray(rows, dtype=np.intp)
        cider = None if self.cider_d is None else self.cider_d[index]
        return ItemStatistics(self.bleu[index], self.rouge_l[index], cider, {name: rows[index] for name, rows in self.meteor.items()})

    def scores(self, weights: _Floats | None = None) -> dict[str, _Floats | None]:
        """Scores of the corpus, once for each set of weights.

        Args:
            weights: how often each pair counts, [..., pairs]; None counts each once.

        Returns:
            By key of `METRICS` the scores [...] in natural units (CIDEr-D 0..10, all else 0..1, S*m the mean of both kinds);
            None where a score is undefined or was not computed.

        Raises:
            PredictionsError: there isn't one weight a pair.
        """
        factors = np.ones(len(self)) if weights is None else np.asarray(weights, dtype=np.float64)
        if factors.shape[-1] != len(self):
            raise PredictionsError(f"{factors.shape[-1]} weights were given for {len(self)} pairs. Give one weight a pair.")
        total = factors.sum(-1)
        bleus = bleu_from_statistics(factors @ self.bleu)
        values: dict[str, _Floats | None] = {f"bleu_{order}": bleus[..., order - 1] for order in range(1, bleus.shape[-1] + 1)}
        values["rouge_l"] = factors @ self.rouge_l / total
        values["cider_d"] = None if self.cider_d is None else factors @ self.cider_d / total
        for name in ("meteor", "meteor_exact"):
            values[name] = meteor_from_statistics(factors @ self.meteor[name]) if name in self.meteor else None
        values["s_m"] = s_m(values)
        return {name: values[name] for name in METRICS}

    def items(self) -> dict[str, _Floats | None]:
        """Scores [pairs] of each pair by itself."""
        bleus = bleu_from_statistics(self.bleu)
        values: dict[str, _Floats | None] = {f"bleu_{order}": bleus[:, order - 1] for order in range(1, bleus.shape[-1] + 1)}
        values |= {"rouge_l": self.rouge_l, "cider_d": self.cider_d}
        values |= {name: meteor_from_statistics(rows) for name, rows in self.meteor.items()}
        return values


def s_m(values: dict[str, _Floats | None]) -> _Floats | None:
    """S*m (Liu et al., 2023): the mean of BLEU-4, METEOR, ROUGE-L and CIDEr-D; None where one of them is missing."""
    parts = [values.get(name) for name in MEAN_OF]
    known = [part for part in parts if part is not None]
    return np.mean(known, axis=0) if len(known) == len(parts) else None
