"""What became of lakes and ponds: new ones, filled ones, more or less water, floods."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deltascribe.datasets.synthetic.wording.frame import Frame, Mask
from deltascribe.datasets.synthetic.wording.ground_facts import Maps, ground_under
from deltascribe.datasets.synthetic.wording.group import Group

POND = 1500.0
"""Square metres below which a lake may be called a pond."""
_LEAST, _GROWN, _MORE = 170.0, 1.12, 160.0
_BANK, _REST = 6.0, 30.0
_HALF = 0.52
_DROWNED, _FLOODED_SHARE = 60.0, 0.25


@dataclass(frozen=True)
class WaterChange:
    """What became of lakes and ponds.

    Attributes:
        new, gone: bodies of water of 150 m2 or more that came (touching no earlier water) or went wholly. Their number is a range if
            banks narrower than 12 m, or roads over the water, make it a matter of opinion.
        grown, shrunk: whether what stays grew or shrank by an eighth and 150 m2.
        small: whether all water of both dates is a pond's: less than 1,500 m2.
        flooded: whether new water lies on roads or buildings that stand on both dates, or takes a quarter of the frame.
    """

    new: Group | None = None
    gone: Group | None = None
    grown: bool = False
    shrunk: bool = False
    small: bool = False
    flooded: bool = False


def water_change(before: Maps, after: Maps, frame: Frame) -> WaterChange:
    """Compares the water of both dates."""
    had, has = before.is_kind("water"), after.is_kind("water")
    cell = frame.cell**2
    came, went = _apart(has, had, cell), _apart(had, has, cell)
    was, now = float((had & ~went).sum()) * cell, float((has & ~came).sum()) * cell
    wet = has & ~had
    drowned = float((wet & before.built & after.built).sum()) * cell
    return WaterChange(
        new=_bodies(came, after, before, frame),
        gone=_bodies(went, before, None, frame),
        grown=was >= _LEAST and now >= _GROWN * was and now >= was + _MORE,
        shrunk=now >= _REST and was >= _GROWN * now and was >= now + _MORE,
        small=max(float(had.sum()), float(has.sum())) * cell < POND,
        flooded=drowned >= _DROWNED or float(wet.sum()) * cell >= _FLOODED_SHARE * frame.area,
    )


def _apart(water: Mask, other: Mask, cell: float) -> Mask:
    """Connected water of 150 m2 or more that touches none of the other date."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(water.astype(np.uint8), connectivity=8)
    large = [number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] * cell >= _LEAST]
    return np.isin(labels, np.setdiff1d(large, np.unique(labels[other])))


def _bodies(water: Mask, date: Maps, before: Maps | None, frame: Frame) -> Group | None:
    if not water.any():
        return None
    reach = round(_BANK / frame.cell)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    # without a border of their own, masks would close towards the edge of the frame
    joined = cv2.morphologyEx(np.pad(water.astype(np.uint8), reach), cv2.MORPH_CLOSE, disc)
    counts = [_count(mask > 0, frame.cell**2) for mask in (joined, water, water & ~date.built)]
    least, most = min(counts), max(counts)
    area = float(water.sum()) * frame.cell**2 / max(least, 1)
    ground = {} if before is None else ground_under(water, before)
    under = frozenset(name for name, share in ground.items() if share >= _HALF)
    return Group("lake" if area > POND else "pond", least, most, frame.places_of_mask(water), under)


def _count(water: Mask, cell: float) -> int:
    count, _, stats, _ = cv2.connectedComponentsWithStats(water.astype(np.uint8), connectivity=8)
    return sum(bool(stats[number, cv2.CC_STAT_AREA] * cell >= _LEAST / 2) for number in range(1, count))
