"""The symmetries of the square form a group and move places as they move pixels."""

from __future__ import annotations

import itertools

import pytest
import torch

from deltascribe.text import ALL_DIHEDRALS, IDENTITY, Dihedral, apply_dihedral

IMAGE = torch.arange(2 * 3 * 3).view(2, 3, 3)


def test_the_eight_symmetries_give_eight_images() -> None:
    images = {tuple(apply_dihedral(IMAGE[0], transform).flatten().tolist()) for transform in ALL_DIHEDRALS}
    assert len(images) == len(set(ALL_DIHEDRALS)) == 8


@pytest.mark.parametrize(("first", "second"), list(itertools.product(ALL_DIHEDRALS, repeat=2)))
def test_composition_equals_one_after_the_other(first: Dihedral, second: Dihedral) -> None:
    both = apply_dihedral(apply_dihedral(IMAGE, first), second)
    assert torch.equal(both, apply_dihedral(IMAGE, first.then(second)))


@pytest.mark.parametrize("transform", ALL_DIHEDRALS)
def test_the_inverse_undoes(transform: Dihedral) -> None:
    assert transform.then(transform.inverse()) == IDENTITY
    assert transform.inverse().then(transform) == IDENTITY
    assert torch.equal(apply_dihedral(apply_dihedral(IMAGE, transform), transform.inverse()), IMAGE)


@pytest.mark.parametrize("transform", ALL_DIHEDRALS)
@pytest.mark.parametrize(("x", "y"), list(itertools.product((-1, 0, 1), repeat=2)))
def test_a_place_moves_as_its_pixel_does(transform: Dihedral, x: int, y: int) -> None:
    image = torch.zeros(3, 3)
    image[1 + y, 1 + x] = 1
    new_x, new_y = transform.move(x, y)
    assert apply_dihedral(image, transform)[1 + new_y, 1 + new_x] == 1


def test_odd_turns_swap_height_and_width() -> None:
    image = torch.zeros(3, 4, 6)
    for transform in ALL_DIHEDRALS:
        assert apply_dihedral(image, transform).shape[-2:] == ((6, 4) if transform.swaps_axes else (4, 6))


def test_turns_count_modulo_four() -> None:
    assert Dihedral(5, True) == Dihedral(1, True)
    assert Dihedral(-1) == Dihedral(3)
