"""The demo's scene: two GeoTIFFs of one large place, what the captioner says of them, and areas on the ground."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deltascribe.errors import ImageNotFoundError
from deltascribe.geotiff import Georeference, read_georeference, read_tags
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.shipped import ASSETS
from deltascribe.tiling import Window

NAME = "scene"


@dataclass(frozen=True)
class SceneFiles:
    """Files of a scene.

    Attributes:
        before: GeoTIFF of the first date.
        after: GeoTIFF of the second date.
        changed_area: square metres that changed in truth, where that is known.
    """

    before: Path
    after: Path
    changed_area: float | None = None

    @classmethod
    def shipped(cls, root: Path = ASSETS / "demo" / "scene") -> Self:
        """The scene that comes with the package; `truth.json` is what the renderer knows of it.

        Raises:
            ImageNotFoundError: one of its files is not in this installation.
        """
        before, after, truth = (root / name for name in ("before.tif", "after.tif", "truth.json"))
        for path in (before, after, truth):
            if not path.is_file():
                raise ImageNotFoundError(f"The demo's scene is not whole in this installation: {path} is missing. Reinstall deltascribe.")
        return cls(before, after, float(json.loads(truth.read_text(encoding="utf-8"))["changed_m2"]))

    def open(self) -> ImagePair:
        """The pair, read as any user's own GeoTIFFs are.

        Raises:
            ImageError: one of its named kinds, where a file can't be read.
        """
        return ImagePair.open(self.before, self.after, name=NAME)

    def georeference(self) -> Georeference | None:
        """Where the first date lies on the ground; None where the file doesn't say."""
        with self.before.open("rb") as stream:
            return read_georeference(self.before, read_tags(stream))


@dataclass(frozen=True, eq=False)
class DemoScene:
    """A scene with the answer about it.

    Attributes:
        pair: its two images.
        report: of the pair, with a statement a tile.
        place: where it lies on the ground, None where unknown.
        true_area: square metres that changed in truth, None where unknown.
    """

    pair: ImagePair
    report: ChangeReport
    place: Georeference | None = None
    true_area: float | None = None

    @property
    def area(self) -> float | None:
        """Square metres of the whole scene."""
        return self._ground(self.pair.size[0] * self.pair.size[1])

    @property
    def changed_area(self) -> float | None:
        """Square metres of all pixels whose probability of change is 0.5 or more."""
        return self.changed_area_in((0, 0, *self.pair.size))

    @property
    def changed_tiles(self) -> int:
        """Number of tiles in which more likely than not something changed."""
        return sum(tile.change_probability >= 0.5 for tile in self.report.tiles)

    def changed_area_in(self, window: Window) -> float | None:
        """Square metres of a window's pixels whose probability of change is 0.5 or more; None without a mask or a scale."""
        if self.report.mask is None:
            return None
        row, column, height, width = window
        part = self.report.mask[row : row + height, column : column + width]
        return self._ground(int((part >= 0.5).sum()))

    def centre(self, window: Window) -> tuple[float, float] | None:
        """Coordinates (x, y) of a window's centre, in the scene's coordinate reference system."""
        if self.place is None:
            return None
        a, b, c, d, e, f = self.place.transform
        row, column = window[0] + window[2] / 2, window[1] + window[3] / 2
        return a * column + b * row + c, d * column + e * row + f

    def _ground(self, pixels: int) -> float | None:
        return None if self.pair.gsd is None else pixels * self.pair.gsd**2
