"""Renders the image pairs of `deltascribe demo`: python scripts/render_demo.py (needs the extra `synth`)."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from deltascribe.datasets.synthetic import make_pair
from deltascribe.files import atomic_write, write_text
from deltascribe.shipped import ASSETS

PAIRS: dict[str, tuple[str, int]] = {
    "houses-on-both-sides": ("rows_on_street", 100),
    "large-building": ("large_building", 100),
    "no-change-river": ("no_change", 101),
    "no-change-road": ("no_change", 100),
    "some-houses": ("houses_in_woods", 101),
    "street-through-woods": ("woods_to_street", 103),
}
"""Name of each pair -> scenario and seed."""

NOTE = """# Demo pairs

Computer-made by `scripts/render_demo.py` of this project; no photograph or map was used. Licence: Apache-2.0, as the code.

`captions.json` holds the sentences that the renderer wrote for each pair.
"""


def main(root: Path = ASSETS / "demo") -> None:
    """Writes before/NAME.png, after/NAME.png, captions.json and README.md."""
    captions = {}
    for name, (scenario, seed) in PAIRS.items():
        pair = make_pair(seed, 0, scenario=scenario)
        captions[name] = pair.captions
        for date, pixels in (("before", pair.before), ("after", pair.after)):
            with atomic_write(root / date / f"{name}.png") as temporary:
                Image.fromarray(pixels).save(temporary, format="PNG", optimize=True)
    write_text(root / "captions.json", json.dumps(captions, indent=2) + "\n")
    write_text(root / "README.md", NOTE)


if __name__ == "__main__":
    main()
