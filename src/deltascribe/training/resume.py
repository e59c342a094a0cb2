"""Resume points: written whole or not at all, the newest that can be read wins."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import torch

from deltascribe.files import atomic_write

_KEPT = 2


def save_resume_point(folder: Path, step: int, state: dict[str, Any]) -> None:
    """Writes the state after `step` steps and removes all but the newest two points, and what killed writes left.

    Args:
        folder: of the resume points.
        step: steps done.
        state: tensors and plain values alone, so that it can be read back with `weights_only`.
    """
    with atomic_write(folder / f"step-{step:08d}.pt") as temporary:
        torch.save(state, temporary)
    points = sorted(folder.glob("step-*.pt"))
    # a later point is one that could not be read: it must not count among those kept
    good = [path for path in points if path.name <= f"step-{step:08d}.pt"]
    for path in (*(set(points) - set(good[-_KEPT:])), *folder.glob(".step-*.tmp.pt")):
        path.unlink()


def load_resume_point(folder: Path) -> dict[str, Any] | None:
    """The newest state that can be read, or None; a damaged newer one is passed over with a warning."""
    for path in sorted(folder.glob("step-*.pt"), reverse=True):
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except (RuntimeError, EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            warnings.warn(f"the resume point {path.name} cannot be read ({error}); going back to the one before", stacklevel=2)
            continue
        return state
    return None
