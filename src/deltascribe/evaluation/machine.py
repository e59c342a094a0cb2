"""What a result must say of the machine and the versions that made it."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

import deltascribe
from deltascribe.device import available_cores, has_bf16, resolve_device


def machine_summary() -> dict[str, Any]:
    """Cores, threads, accelerator and arithmetic; nothing that names the machine or its user."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": available_cores(),
        "threads": torch.get_num_threads(),
        "accelerator": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "arithmetic": "bf16 in hardware" if has_bf16(resolve_device()) else None,
    }


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that bear on a score."""
    versions = {"python": platform.python_version(), "deltascribe": deltascribe.__version__, "torch": torch.__version__}
    for name in ("numpy", "pillow"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # unpacked by hand: the code runs, but says no version
            versions[name] = "unknown"
    return versions


def utc_now() -> str:
    """The time in UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
