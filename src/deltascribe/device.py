"""Chooses where a model runs and on how many threads."""

from __future__ import annotations

import os

import torch

from deltascribe.errors import ConfigError


def resolve_device(name: str = "auto") -> torch.device:
    """The device that `name` means on this machine.

    Args:
        name: `auto` (CUDA if there is one, else Apple's MPS, else the CPU) or a name that torch knows: `cpu`, `cuda`, `cuda:1`, `mps`.

    Raises:
        ConfigError: torch knows no such device, or this machine does not have it.
    """
    if name == "auto":
        return torch.device(_best_device())
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"'{name}' is no device. Use auto, cpu, cuda, cuda:N or mps.") from error
    if device.type == "cuda":
        _check_cuda(name, device)
    elif device.type == "mps":
        if not torch.backends.mps.is_available():
            raise ConfigError(f"'{name}' was asked for, but this machine has no MPS device. Use --device cpu or auto.")
    elif device.type != "cpu":
        raise ConfigError(f"'{name}' is a device that deltascribe does not run on. Use auto, cpu, cuda, cuda:N or mps.")
    return device


def set_threads(n: int | None) -> None:
    """Sets the number of CPU threads that torch works with; None leaves its own choice.

    Raises:
        ConfigError: `n` is below 1.
    """
    if n is None:
        return
    if n < 1:
        raise ConfigError(f"{n} threads were asked for. Give 1 or more, or leave it out for torch's own choice.")
    torch.set_num_threads(n)


def available_cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_bf16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 in hardware; elsewhere convolutions take several times as long in 16 bits as in 32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):  # a torch built without oneDNN
        return False


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _check_cuda(name: str, device: torch.device) -> None:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count == 0:
        raise ConfigError(
            f"'{name}' was asked for, but torch sees no CUDA device. Use --device cpu or auto; `deltascribe doctor` tells more."
        )
    if device.index is not None and device.index >= count:
        raise ConfigError(f"'{name}' was asked for, but this machine has {count} CUDA device(s): cuda:0 to cuda:{count - 1}.")
