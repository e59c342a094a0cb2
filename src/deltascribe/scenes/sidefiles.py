"""Files beside a raster that GDAL would read with it, and scenes don't: what they hold must not be missing in silence."""

from __future__ import annotations

from pathlib import Path

from deltascribe.errors import RasterError

_PLACING = (".tfw", ".tifw", ".wld", ".j2w", ".prj", ".aux.xml")
"""Endings of files that say where a raster lies."""


def refuse_mask_beside(path: str) -> None:
    """Refuses a local raster with a mask of missing pixels in a file of its own: as if all were there, what it covers would be change.

    Raises:
        RasterError: there is a file of the raster's name and `.msk`.
    """
    mask = Path(f"{path}.msk")
    if mask.is_file():
        raise RasterError(
            f"{mask} marks what is missing in {path}, but files beside a scene aren't read. Write the mask into the scene: "
            "gdal_translate --config GDAL_TIFF_INTERNAL_MASK YES IN.tif OUT.tif; or move it elsewhere, if nothing is missing."
        )


def placing_files(path: str) -> list[str]:
    """Names of the files beside a local raster that may say where it lies."""
    file = Path(path)
    wanted = {f"{stem}{ending}".lower() for stem in (file.name, file.stem) for ending in _PLACING}
    try:
        return sorted(entry.name for entry in file.parent.iterdir() if entry.name.lower() in wanted)
    except OSError:  # a web address, or a folder that may not be listed
        return []
