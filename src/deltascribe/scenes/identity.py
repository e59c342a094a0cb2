"""What a raster's pixels are known by, so that answers about them are taken up again and never mixed with those about others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deltascribe.files import sha256_of
from deltascribe.scenes.addresses import is_address, shown
from deltascribe.scenes.rasters import import_rasterio, opened, raster_environment
from deltascribe.tiling import spread_starts

_SIZES, _DECODED = 64, 4
"""Of a raster on the web, the stored places and sizes of blocks on a lattice of so many rows and columns count, and the pixels of fewer."""


def checksum(path: str, *, network: bool = False) -> str:
    """What a raster is known by: a local file by the SHA-256 of its bytes, one on the web by its address and a sample of its content.

    The address counts without its query, so that a renewed token makes no difference. The sample is the header, where and how long
    blocks are stored, and the pixels of up to 16 of them: another file at the same address is told without loading all of it; a small
    edit of an uncompressed one may not be.

    Args:
        path: file or web address.
        network: whether web addresses are read.

    Raises:
        ImageDecodeError, RasterError: a web address can't be read, or the network is not allowed.
    """
    return f"address {shown(path)} {_sampled(path, network)}" if is_address(path) else sha256_of(Path(path))


def _sampled(path: str, network: bool) -> str:
    window = import_rasterio().windows.Window
    with raster_environment(network), opened(path, network) as dataset:
        digest = hashlib.sha256(_header(dataset))
        tall, wide = dataset.block_shapes[0]
        rows, columns = -(-dataset.height // tall), -(-dataset.width // wide)
        for row, column in _lattice(rows, columns, _SIZES):
            for name in ("OFFSET", "SIZE"):  # known of TIFFs alone
                digest.update(f"{dataset.get_tag_item(f'BLOCK_{name}_{column}_{row}', 'TIFF', bidx=1)} ".encode())
        for row, column in _lattice(rows, columns, _DECODED):
            top, left = row * tall, column * wide
            place = window(left, top, min(wide, dataset.width - left), min(tall, dataset.height - top))
            digest.update(dataset.read(window=place).tobytes())
        return digest.hexdigest()


def _header(dataset: Any) -> bytes:
    fields = ["shape", "count", "dtypes", "transform", "nodatavals", "block_shapes", "crs"]
    return json.dumps([[name, str(getattr(dataset, name))] for name in fields] + [dataset.tags()], sort_keys=True).encode()


def _lattice(rows: int, columns: int, most: int) -> Iterator[tuple[int, int]]:
    """Places spread over a table of rows and columns, at most `most` in each direction."""
    for row in spread_starts(rows, 1, most):
        for column in spread_starts(columns, 1, most):
            yield row, column
