"""The eight symmetries of the square, as they act on images and on places in them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, order=True)
class Dihedral:
    """Quarter turns counter-clockwise, then a mirroring of left and right where `flip` is set.

    Attributes:
        turns: number of quarter turns, 0 to 3 (other numbers are taken modulo 4).
        flip: whether left and right change sides after the turns.
    """

    turns: int = 0
    flip: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", self.turns % 4)

    @property
    def swaps_axes(self) -> bool:
        """Whether rows become columns: the odd quarter turns."""
        return self.turns % 2 == 1

    def move(self, x: int, y: int) -> tuple[int, int]:
        """Where a place goes; x grows to the right and y downward, the centre of the image is (0, 0)."""
        for _ in range(self.turns):
            x, y = y, -x
        return (-x if self.flip else x), y

    def then(self, other: Dihedral) -> Dihedral:
        """The one transform that equals this one followed by `other`."""
        # a turn after a mirroring equals the mirroring after the opposite turn
        turns = self.turns - other.turns if self.flip else self.turns + other.turns
        return Dihedral(turns, self.flip != other.flip)

    def inverse(self) -> Dihedral:
        """The transform that undoes this one; a mirrored one undoes itself."""
        return self if self.flip else Dihedral(-self.turns)


IDENTITY = Dihedral()
ALL_DIHEDRALS: tuple[Dihedral, ...] = tuple(Dihedral(turns, flip) for flip in (False, True) for turns in range(4))


def apply_dihedral(tensor: Tensor, transform: Dihedral) -> Tensor:
    """The transformed image.

    Args:
        tensor: any tensor [..., H, W].
        transform: what to do with the last two axes.

    Returns:
        Tensor [..., H, W], or [..., W, H] where the transform swaps the axes.
    """
    if transform.turns:
        tensor = torch.rot90(tensor, transform.turns, (-2, -1))
    return tensor.flip(-1) if transform.flip else tensor
