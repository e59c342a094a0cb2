"""Real and synthetic pairs in one training data set, by weight."""

from __future__ import annotations

from deltascribe.datasets.base import ChangeDataset
from deltascribe.datasets.sample import ChangeSample
from deltascribe.datasets.synthetic.memory import SyntheticDataset
from deltascribe.errors import DatasetError


def synthetic_per_epoch(real: int, share: float, count: int | None = None) -> int:
    """Synthetic pairs that make up `share` of an epoch in which each of `real` pairs is read once.

    Raises:
        DatasetError: the share is not above 0 and at most 1, or is 1 without a `count`.
    """
    if not 0 < share <= 1:
        raise DatasetError(f"A share of {share:g} synthetic pairs is not possible. Give a number above 0, at most 1.")
    if share == 1:
        if count is None:
            raise DatasetError("With a share of 1 there are no real pairs to count by. Say how many synthetic pairs an epoch has.")
        return count
    return max(round(real * share / (1 - share)), 1)


class MixedDataset(ChangeDataset):
    """An epoch's real pairs followed by its synthetic ones; a loader's shuffling mixes them.

    All of `real` comes once an epoch (none at all for a share of 1). Synthetic ones make up `share` of it: epoch after epoch the next
    ones, from the first again after the last, so that a large `synthetic` is seen in the course of a run.

    Args:
        real: pairs on disk.
        synthetic: pairs made when they are read, of the same image size.
        share: of the synthetic pairs in an epoch, above 0, at most 1.
    """

    def __init__(self, real: ChangeDataset, synthetic: SyntheticDataset, share: float) -> None:
        self._words = [*real.captions(), *synthetic.captions()]
        self.real = real if share < 1 else ChangeDataset([], real.root, real.format, real.split)
        self.synthetic = synthetic
        self.per_epoch = synthetic_per_epoch(len(real), share, len(synthetic))
        first = [synthetic.records[self._number(0, place)] for place in range(self.per_epoch)]
        super().__init__([*self.real.records, *first], real.root, real.format, real.split)

    def __getitem__(self, index: int) -> ChangeSample:
        """One pair of the first epoch."""
        return self.draw(0, index)

    def draw(self, epoch: int, index: int) -> ChangeSample:
        """One pair of an epoch."""
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        return self.real[index] if index < len(self.real) else self.synthetic[self._number(epoch, index - len(self.real))]

    def captions(self) -> list[str]:
        """What a vocabulary is built from: all captions that any epoch can meet, and the real ones even where no real pair is read.

        A run on synthetic pairs alone so knows the words of the data that it will be fine-tuned on.
        """
        return self._words

    def _number(self, epoch: int, place: int) -> int:
        return (epoch * self.per_epoch + place) % len(self.synthetic)
