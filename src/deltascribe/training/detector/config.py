"""The configuration of a detector's training run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from deltascribe.datasets import Split
from deltascribe.losses.change_mask import ChangeMaskLossConfig
from deltascribe.models.detector import DetectorConfig
from deltascribe.training.config import OptimiserConfig


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MaskSource(_Section):
    """A data set to read pairs with masks from; see `open_masks` for the layouts.

    Attributes:
        root: its folder.
        split: the part to read.
        format: name of its layout; found out where it is left out.
        gsd: metres a pixel of its images; None: that of the run. Images of another resolution are resampled to the run's.
        repeat: crops that an epoch takes of each pair.
        names: shell patterns of names to keep; empty keeps all.
        without: shell patterns of names to leave out.
        qualities: image qualities to keep, as the data set calls them; empty keeps all.
        caption_sources: for captioned data sets, likewise.
    """

    root: Path
    split: Split = "train"
    format: str | None = None
    gsd: float | None = Field(default=None, gt=0)
    repeat: int = Field(default=1, ge=1)
    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    caption_sources: tuple[str, ...] = ()


class DetectorDataConfig(_Section):
    """What is read.

    Attributes:
        train: sources of training pairs.
        val: sources of validation pairs, read as they are.
        held_out: more sources whose ground may not be trained on, such as the test split. They are never opened for anything else.
        size: side in pixels of the crops.
        gsd: metres a pixel of the crops; saved with the model.
        workers: processes that read and augment.
        memory_gb: decoded training pairs are kept in memory up to this size, in 10^9 bytes.
    """

    train: tuple[MaskSource, ...] = Field(min_length=1)
    val: tuple[MaskSource, ...] = Field(min_length=1)
    held_out: tuple[MaskSource, ...] = ()
    size: int = Field(default=256, ge=32)
    gsd: float = Field(default=0.5, gt=0)
    workers: int = Field(default=0, ge=0)
    memory_gb: float = Field(default=2.0, ge=0)


class MaskAugmentConfig(_Section):
    """How strongly crops are augmented. Probabilities are of a crop; limits are drawn evenly up to them, either way.

    Attributes:
        scale: (smallest, largest) magnification of the ground, drawn evenly on a logarithmic scale.
        centred: a crop is laid so that it holds a changed pixel, where there is one.
        dihedral: one of the eight symmetries of the square is drawn.
        swap_dates: before and after change places; the mask stays.
        paste: changed buildings of another crop are put into the after image.
        shift, shift_pixels: the before image moves by whole pixels; the mask belongs to the after image.
        photometric: light and colour of each date change on their own, by `brightness` to `gamma` (see `recolour`).
        noise, noise_deviation: Gaussian noise is added.
        half_resolution: seen at half the ground resolution.
        blur, blur_sigma: blurred, where not seen at half resolution.
        resolution_of_one: share of those two in which one date alone changes.
    """

    scale: tuple[float, float] = (0.8, 1.25)
    centred: float = Field(default=0.5, ge=0, le=1)
    dihedral: float = Field(default=1.0, ge=0, le=1)
    swap_dates: float = Field(default=0.5, ge=0, le=1)
    paste: float = Field(default=0.2, ge=0, le=1)
    shift: float = Field(default=0.3, ge=0, le=1)
    shift_pixels: int = Field(default=2, ge=0)
    photometric: float = Field(default=0.8, ge=0, le=1)
    brightness: float = Field(default=0.1, ge=0, le=1)
    contrast: float = Field(default=0.25, ge=0, lt=1)
    saturation: float = Field(default=0.3, ge=0, le=1)
    cast: float = Field(default=0.06, ge=0, lt=1)
    gamma: float = Field(default=0.2, ge=0, le=2)
    noise: float = Field(default=0.2, ge=0, le=1)
    noise_deviation: float = Field(default=0.02, ge=0, le=1)
    half_resolution: float = Field(default=0.15, ge=0, le=1)
    resolution_of_one: float = Field(default=0.3, ge=0, le=1)
    blur: float = Field(default=0.15, ge=0, le=1)
    blur_sigma: float = Field(default=1.0, gt=0, le=3)


class DetectorTrainConfig(_Section):
    """Everything that defines a run.

    Attributes:
        output: folder of the run.
        seed: of weights, order, augmentation and dropout.
        epochs: passes over the training pairs.
        batch_size: crops a step.
        precision: as Lightning names it: `32-true`, `bf16-mixed`, `16-mixed`; `auto` is `bf16-mixed` where the device has it in hardware,
            else `32-true`.
        accelerator: `auto`, `cpu`, `cuda` ...
        threads: CPU threads; None leaves torch's choice.
        checkpoint_minutes: a resume point is written this often, and at the end of each epoch.
        init: checkpoint folder, or name of a shipped detector, whose weights the run starts from (fine-tuning).
    """

    output: Path
    data: DetectorDataConfig
    model: DetectorConfig = DetectorConfig()
    loss: ChangeMaskLossConfig = ChangeMaskLossConfig()
    augment: MaskAugmentConfig = MaskAugmentConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    seed: int = 0
    epochs: int = Field(default=8, ge=1)
    batch_size: int = Field(default=8, ge=1)
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "32-true"
    accelerator: str = "auto"
    threads: int | None = Field(default=None, ge=1)
    checkpoint_minutes: float = Field(default=3.0, ge=0)
    init: Path | None = None

    @property
    def devices(self) -> int:
        """Number of devices: a detector is small enough for one."""
        return 1

    @property
    def nodes(self) -> int:
        """Number of machines."""
        return 1
