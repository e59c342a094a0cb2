"""Captions what comes with the package for the demo, and writes the page and the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deltascribe.demo.page import render_page
from deltascribe.demo.scene import DemoScene, SceneFiles
from deltascribe.errors import ImageNotFoundError
from deltascribe.files import write_text
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.shell import command_line
from deltascribe.shipped import demo_pairs

_PYTHON = """from deltascribe import ChangeCaptioner, ImagePair
report = ChangeCaptioner.from_pretrained().caption([ImagePair.open("before.png", "after.png")])[0]
print(report.caption, report.change_probability)"""

GSD = 0.5


class Captioner(Protocol):
    """What the demo needs of `ChangeCaptioner`."""

    def caption(self, pairs: Sequence[ImagePair]) -> list[ChangeReport]:
        """A report a pair, in order."""
        ...


@dataclass(frozen=True)
class Demo:
    """What the demo made: the page, a picture a pair beside it and one of the scene, and the reports."""

    page: Path
    pictures: list[Path]
    reports: list[ChangeReport]
    scene: DemoScene


def how_to() -> str:
    """How to caption one's own images: a command that works in this folder, and three lines of Python."""
    return f"{command_line()} caption before.png after.png\n\n{_PYTHON}"


def run_demo(
    out: Path, captioner: Captioner, files: Sequence[tuple[Path, Path]] | None = None, scene_files: SceneFiles | None = None
) -> Demo:
    """Captions the demo's pairs and scene and writes pictures and `index.html`, which needs no other file.

    Args:
        out: folder to write to; made if missing, files of an earlier run are replaced.
        captioner: a ready `ChangeCaptioner`.
        files: pairs (before, after) instead of the package's own.
        scene_files: scene instead of the package's own.

    Raises:
        ImageNotFoundError: the pairs or the scene are not in this installation.
    """
    files = demo_pairs() if files is None else files
    if not files:
        raise ImageNotFoundError("The demo's image pairs are not in this installation. Reinstall deltascribe.")
    scene_files = scene_files or SceneFiles.shipped()
    pairs = [*(ImagePair.open(before, after, gsd=GSD) for before, after in files), scene_files.open()]
    reports = captioner.caption(pairs)
    pictures = [report.to_png(pair, out / f"{pair.name}.png") for pair, report in zip(pairs, reports, strict=True)]
    scene = DemoScene(pairs.pop(), reports.pop(), scene_files.georeference(), scene_files.changed_area)
    page = out / "index.html"
    write_text(page, render_page(pairs, reports, scene, how_to()))
    return Demo(page, pictures, reports, scene)
