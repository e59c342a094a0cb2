"""Label images to class indices: 0 nothing, 1 building, 2 road."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from deltascribe.datasets.sample import ChangeRecord
from deltascribe.errors import DatasetError, DatasetNotFoundError, ImageDecodeError

Mask = npt.NDArray[np.uint8]
"""uint8 [H, W] of class indices."""

BACKGROUND, BUILDING, ROAD = 0, 1, 2
BUILDING_VALUE, ROAD_VALUE = 255, 128
"""How LEVIR-MCI writes the two classes into channel 0 of a label image."""


def read_label_image(path: Path) -> npt.NDArray[np.uint8]:
    """Decodes a label image without any scaling.

    Returns:
        uint8 [H, W] for an image of one channel, uint8 [H, W, 3] for colours.

    Raises:
        DatasetNotFoundError: no such file.
        ImageDecodeError: the file is corrupt or not an 8-bit image.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                mode = image.mode
                if mode in ("1", "L", "LA"):
                    return np.asarray(image.convert("L"))
                if mode in ("P", "RGB", "RGBA"):
                    return np.asarray(image.convert("RGB"))
    except FileNotFoundError as error:
        raise DatasetNotFoundError(f"The label image {path} is missing. Run `deltascribe data check` to list all that are.") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageDecodeError(f"The label image {path} cannot be decoded ({error}). Fetch or write it again.") from error
    raise ImageDecodeError(f"The label image {path} has mode {mode}; 8-bit grey or RGB is needed. Save it again as such.")


def first_channel(path: Path) -> npt.NDArray[np.uint8]:
    """Channel 0 of a label image, uint8 [H, W]."""
    label = read_label_image(path)
    return label[..., 0] if label.ndim == 3 else label


def levir_classes(label: npt.NDArray[np.uint8], path: Path) -> Mask:
    """LEVIR-MCI's code (0 background, 128 road, 255 building) to class indices.

    Raises:
        DatasetError: another value occurs.
    """
    _require_values(label, (0, ROAD_VALUE, BUILDING_VALUE), path)
    mask = np.zeros(label.shape, np.uint8)
    mask[label == BUILDING_VALUE] = BUILDING
    mask[label == ROAD_VALUE] = ROAD
    return mask


def read_levir_mask(record: ChangeRecord) -> Mask | None:
    """Mask of a record whose label is in LEVIR-MCI's code; None where no mask is known."""
    return None if record.label is None else levir_classes(first_channel(record.label), record.label)


def read_building_mask(record: ChangeRecord) -> Mask | None:
    """Mask of a record whose label marks changed buildings with any value but 0; None where no mask is known."""
    return None if record.label is None else np.where(first_channel(record.label) > 0, BUILDING, BACKGROUND).astype(np.uint8)


def read_own_mask(record: ChangeRecord) -> Mask | None:
    """Mask of one's own data: class indices 0, 1, 2 as they are, or LEVIR-MCI's 0, 128, 255.

    Raises:
        DatasetError: the label holds other values.
    """
    if record.label is None:
        return None
    label = first_channel(record.label)
    return label.copy() if int(label.max(initial=0)) <= ROAD else levir_classes(label, record.label)


def to_levir_label(mask: Mask) -> npt.NDArray[np.uint8]:
    """Class indices to LEVIR-MCI's code: the inverse of `levir_classes`."""
    return np.asarray((0, BUILDING_VALUE, ROAD_VALUE), np.uint8)[mask]


def _require_values(label: npt.NDArray[np.uint8], allowed: tuple[int, ...], path: Path) -> None:
    strange = sorted(set(np.unique(label).tolist()) - set(allowed))
    if strange:
        raise DatasetError(
            f"The label image {path} holds the values {strange[:8]}; expected are {list(allowed)} "
            "(0 nothing, 128 road, 255 building). Save it again without resampling or lossy compression."
        )
