"""Which scenes a user means: files, STAC items, a CSV list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from deltascribe.errors import PairListError, SceneError
from deltascribe.inputs import read_pair_rows, stem_of
from deltascribe.scenes.addresses import is_address
from deltascribe.scenes.items import ItemImage, image_of, is_item, local
from deltascribe.scenes.preparing import ScenePair


@dataclass(frozen=True)
class WantedPair:
    """A pair that a user means; its STAC items aren't read yet.

    Attributes:
        name: what the pair is called.
        before, after: GeoTIFFs or STAC items (see `deltascribe.scenes.items.image_of`), paths or web addresses.
        clouds_before, clouds_after: cloud masks; None without.
    """

    name: str
    before: str
    after: str
    clouds_before: str | None = None
    clouds_after: str | None = None

    def resolved(self, *, network: bool = False) -> ScenePair:
        """The pair with the files that its STAC items mean.

        Args:
            network: whether web addresses of STAC items are read.

        Raises:
            SceneError: a STAC item can't be read, or has no image that can be told.
        """
        before, after = (
            image_of(scene, network=network) if is_item(scene) else ItemImage(scene) for scene in map(local, (self.before, self.after))
        )
        clouds = [None if mask is None else local(mask) for mask in (self.clouds_before, self.clouds_after)]
        notes = tuple(image.told for image in (before, after) if image.told)
        return ScenePair(before.path, after.path, self.name, clouds[0], clouds[1], (before.taken, after.taken), notes)


def wanted_scenes(scenes: Sequence[str], clouds: Sequence[str] = ()) -> list[WantedPair]:
    """As `scene_pairs`, without a look at STAC items.

    Raises:
        PairListError: fewer than two scenes, or another number of masks.
    """
    if len(scenes) < 2:
        raise PairListError("Give two scenes or more, the earliest first: deltascribe scene BEFORE.tif AFTER.tif -o OUT")
    if clouds and len(clouds) != len(scenes):
        raise PairListError(f"{len(scenes)} scenes and {len(clouds)} cloud masks: give --clouds once for each scene, '' for none.")
    masks = [mask or None for mask in clouds] or [None] * len(scenes)
    names = [stem_of(scene) for scene in scenes]
    return [
        WantedPair(_name(names, place, following), scenes[place], scenes[following], masks[place], masks[following])
        for place, following in pairwise(range(len(scenes)))
    ]


def wanted_list(path: Path) -> list[WantedPair]:
    """As `listed_pairs`, without a look at STAC items.

    Raises:
        PairListError: the list is not as it should be, see `deltascribe.inputs.read_pair_rows`.
    """

    def place(text: str) -> str:
        return text if is_address(text) else str(path.parent / text)

    def mask(text: str) -> str | None:
        return place(text) if text else None

    return [
        WantedPair(row["name"], place(row["before"]), place(row["after"]), mask(row["clouds_before"]), mask(row["clouds_after"]))
        for row in read_pair_rows(path, ("clouds_before", "clouds_after"))
    ]


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
    return [pair.resolved(network=network) for pair in wanted_scenes(scenes, clouds)]


def listed_pairs(path: Path, *, network: bool = False) -> list[ScenePair]:
    """The pairs of a CSV list.

    Args:
        path: file with the columns `before`, `after` and, if wanted, `name`, `clouds_before` and `clouds_after`. Relative paths start
            at its folder; scenes and masks may be web addresses too, and scenes STAC items.
        network: whether web addresses of STAC items are read.

    Raises:
        PairListError: the list is not as it should be, see `deltascribe.inputs.read_pair_rows`.
        SceneError: a STAC item can't be read, or has no image that can be told; the message names the pair.
    """
    pairs = []
    for wanted in wanted_list(path):
        try:
            pairs.append(wanted.resolved(network=network))
        except SceneError as error:
            raise SceneError(f"{path}, pair '{wanted.name}': {error}") from error
    return pairs


def _name(names: Sequence[str], place: int, following: int) -> str:
    """What a pair is called: by both scenes; by place where two scenes have one name."""
    if names[place] == names[following] or len(set(names)) < len(names):
        return f"{place + 1}-{names[place]}_{following + 1}-{names[following]}"
    return f"{names[place]}_{names[following]}"
