"""The parts that make a pair (plan, looks, paint, mask, captions), gathered so that they load late and can be exchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from deltascribe.errors import DatasetError, MissingDependencyError

if TYPE_CHECKING:
    from deltascribe.datasets.synthetic.world import Place

Picture = NDArray[np.uint8]
"""uint8 [H, W, 3] for an image, [H, W] for a mask."""
Date = Literal["before", "after"]
DATES: tuple[Date, Date] = ("before", "after")

_PACKAGES = {"shapely": "shapely", "cv2": "opencv-python-headless"}


@dataclass(frozen=True)
class Makers:
    """The parts of the renderer. All are module-level functions, so that they can be sent to other processes.

    Attributes:
        plan: seed, index and keywords `scenario`, `width`, `height` to a place.
        looks: a random generator to the looks of the two dates.
        paint: place, date, look and keywords `window` (left, top, right, bottom in metres), `resolution` to an image.
        mask: place and the same keywords to the classes of what changed.
        caption: place and seed to five sentences.
        scenarios: names of all scenarios.
        weights: how often each is drawn, in the same order.
        unchanged: those in which nothing happens.
    """

    plan: Callable[..., Place]
    looks: Callable[[np.random.Generator], tuple[Any, Any]]
    paint: Callable[..., Picture]
    mask: Callable[..., Picture]
    caption: Callable[[Place, int], list[str]]
    scenarios: tuple[str, ...]
    weights: tuple[float, ...]
    unchanged: frozenset[str]


@cache
def default_makers() -> Makers:
    """The package's own parts.

    Raises:
        MissingDependencyError: the extra `synth` is not installed.
    """
    try:
        import cv2
        import shapely  # noqa: F401 - told of before anything else is imported

        from deltascribe.datasets.synthetic.painting import change_mask, draw_looks, paint
        from deltascribe.datasets.synthetic.planning import SCENARIOS, plan_place
        from deltascribe.datasets.synthetic.wording import caption_place
    except ImportError as error:
        package = str(error.name).partition(".")[0]
        if package in _PACKAGES:
            raise MissingDependencyError(_PACKAGES[package], "Making synthetic pairs", "synth") from error
        raise
    # pairs are made in parallel processes; threads within each would only take cores from one another
    cv2.setNumThreads(1)
    unchanged = frozenset(name for name in SCENARIOS if name.startswith("no_change"))
    weights = tuple(scenario.weight for scenario in SCENARIOS.values())
    return Makers(plan_place, draw_looks, paint, change_mask, caption_place, tuple(SCENARIOS), weights, unchanged)


def in_register(look: Any, **changes: Any) -> Any:
    """A look without the shift that real pairs have, so that what is painted lies where the polygons are."""
    names = {field.name for field in fields(look)} if is_dataclass(look) else set()
    wanted = {"shift": (0.0, 0.0), **changes}
    return replace(look, **{name: value for name, value in wanted.items() if name in names}) if names else look


def look_values(look: Any) -> Any:
    """A look as plain values for JSON."""
    return asdict(look) if is_dataclass(look) and not isinstance(look, type) else look


def scenario_titles() -> dict[str, str]:
    """All scenarios and what each is about."""
    from deltascribe.datasets.synthetic.planning import SCENARIOS

    return {name: scenario.title for name, scenario in SCENARIOS.items()}


def require_scenarios(names: tuple[str, ...], makers: Makers) -> None:
    """Checks names of scenarios.

    Raises:
        DatasetError: one is not known.
    """
    unknown = [name for name in names if name not in makers.scenarios]
    if unknown:
        raise DatasetError(f"There is no scenario '{unknown[0]}'. Choose from: {', '.join(makers.scenarios)}.")
