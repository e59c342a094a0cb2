"""Renders the image pairs and the scene of `deltascribe demo`: python scripts/render_demo.py (needs the extras `synth` and `geo`)."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import rasterio
from PIL import Image

from deltascribe.datasets.synthetic import make_pair
from deltascribe.datasets.synthetic.scene import Scene, write_scene
from deltascribe.files import atomic_write, write_json, write_text
from deltascribe.shipped import ASSETS

PAIRS: dict[str, tuple[str, int]] = {
    "houses-on-both-sides": ("rows_on_street", 4),
    "large-building": ("large_building", 19),
    "no-change-houses": ("no_change", 15),
    "no-change-river": ("no_change", 19),
    "some-houses": ("some_houses", 40),
    "street-through-woods": ("woods_to_street", 64),
}
"""Name of each pair -> scenario and seed."""

SCENE = Scene(size=1024, seed=225)

JPEG = {"compress": "jpeg", "photometric": "ycbcr", "jpeg_quality": 95, "tiled": True, "blockxsize": 256, "blockysize": 256}
"""How the scene is stored: a tenth of the size that it has without loss."""

NOTE = """# Demo pairs and scene

Computer-made by `scripts/render_demo.py` of this project; no photograph or map was used. Licence: Apache-2.0, as the code.

`captions.json` holds the sentences that the renderer wrote for each pair. `scene/` is one large place on two dates as GeoTIFFs;
`truth.json` tells how many square metres of buildings and roads came or went in it.
"""


def main(root: Path = ASSETS / "demo") -> None:
    """Writes before/NAME.png, after/NAME.png, captions.json, scene/ and README.md."""
    captions = {}
    for name, (scenario, seed) in PAIRS.items():
        pair = make_pair(seed, 0, scenario=scenario)
        captions[name] = pair.captions
        for date, pixels in (("before", pair.before), ("after", pair.after)):
            with atomic_write(root / date / f"{name}.png") as temporary:
                Image.fromarray(pixels).save(temporary, format="PNG", optimize=True)
    write_text(root / "captions.json", json.dumps(captions, indent=2) + "\n")
    render_scene(root / "scene", SCENE)
    write_text(root / "README.md", NOTE)


def render_scene(out: Path, scene: Scene) -> None:
    """Writes before.tif, after.tif and truth.json."""
    with TemporaryDirectory() as folder:
        before, after, mask, _ = write_scene(Path(folder) / "scene", scene)
        for source in (before, after):
            store_as_jpeg(source, out / source.name)
        with rasterio.open(mask) as opened:
            changed = int((opened.read(1) > 0).sum())
    write_json(out / "truth.json", {"changed_m2": changed * scene.resolution**2})


def store_as_jpeg(source: Path, path: Path) -> None:
    """Writes a GeoTIFF of three bands again, smaller."""
    with rasterio.open(source) as opened:
        # 0 means "nothing here" in the source, but JPEG makes a few dark pixels 0
        form = {name: opened.profile[name] for name in ("driver", "width", "height", "count", "dtype", "crs", "transform", "interleave")}
        values = opened.read()
    with atomic_write(path) as temporary, rasterio.open(temporary, "w", **form, **JPEG) as target:
        target.write(values)


if __name__ == "__main__":
    main()
