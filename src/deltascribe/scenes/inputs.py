"""Which scenes a user means: files, STAC items, a CSV list."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from deltascribe.errors import PairListError
from deltascribe.inputs import read_pair_rows, stem_of
from deltascribe.scenes.addresses import is_address
from deltascribe.scenes.items import ItemImage, image_of, is_item, local
from deltascribe.scenes.preparing import ScenePair


def scene_pairs(scenes: Sequence[str], clouds: Sequence[str] = (), *, network: bool = False) -> list[ScenePair]:
    """The pairs of two or more dates of one place: each with the next.

    Args:
        scenes: GeoTIFFs or STAC items (see `deltascribe.scenes.items.image_of`), the earliest first; paths or web addresses.
        clouds: cloud masks, one for each scene or none at all; an empty name stands for none.
        network: whether web addresses of STAC items are read.

    Raises:
        PairListError: fewer than two scenes, or another number of masks.
        SceneError: a STAC item can't be read, or has no image that can be told.
    """
    if len(scenes) < 2:
        raise PairListError("Give two scenes or more, the earliest first: deltascribe scene BEFORE.tif AFTER.tif -o OUT")
    if clouds and len(clouds) != len(scenes):
        raise PairListError(f"{len(scenes)} scenes and {len(clouds)} cloud masks: give --clouds once for each scene, '' for none.")
    masks = [mask or None for mask in clouds] or [None] * len(scenes)
    found = [_resolved(scene, network) for scene in scenes]
    names = [stem_of(scene) for scene in scenes]
    return [
        _pair(_name(names, place, following), found[place], found[following], masks[place], masks[following])
        for place, following in pairwise(range(len(scenes)))
    ]


def listed_pairs(path: Path, *, network: bool = False) -> list[ScenePair]:
    """The pairs of a CSV list.

    Args:
        path: file with the columns `before`, `after` and, if wanted, `name`, `clouds_before` and `clouds_after`. Relative paths start
            at its folder; scenes and masks may be web addresses too, and scenes STAC items.
        network: whether web addresses of STAC items are read.

    Raises:
        PairListError: the list is not as it should be, see `deltascribe.inputs.read_pair_rows`.
        SceneError: a STAC item can't be read, or has no image that can be told.
    """

    def place(text: str) -> str:
        return text if is_address(text) else str(path.parent / text)

    def mask(text: str) -> str | None:
        return place(text) if text else None

    def scene(text: str) -> ItemImage:
        return _resolved(place(text), network)

    return [
        _pair(row["name"], scene(row["before"]), scene(row["after"]), mask(row["clouds_before"]), mask(row["clouds_after"]))
        for row in read_pair_rows(path, ("clouds_before", "clouds_after"))
    ]


def _resolved(source: str, network: bool) -> ItemImage:
    """A raster, or the image of a STAC item."""
    source = local(source) if source.startswith("file://") else source
    return image_of(source, network=network) if is_item(source) else ItemImage(source)


def _pair(name: str, before: ItemImage, after: ItemImage, clouds_before: str | None, clouds_after: str | None) -> ScenePair:
    notes = tuple(image.told for image in (before, after) if image.told)
    return ScenePair(before.path, after.path, name, clouds_before, clouds_after, (before.taken, after.taken), notes)


def _name(names: Sequence[str], place: int, following: int) -> str:
    """What a pair is called: by both scenes; by place where two scenes have one name."""
    if names[place] == names[following] or len(set(names)) < len(names):
        return f"{place + 1}-{names[place]}_{following + 1}-{names[following]}"
    return f"{names[place]}_{names[following]}"
