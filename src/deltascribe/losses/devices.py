"""The pairs of all devices of a data-parallel run, for a loss that sets pairs against each other."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import functional as F

Gather = Callable[[Tensor], Tensor]
"""Pairs of this device [B, ...] -> those of all devices [N * B, ...]."""


def gather_pairs(x: Tensor) -> Tensor:
    """Pairs of this device [B, ...] -> those of all N devices, device by device [N * B, ...]; what has fewer is padded with zeros.

    Each device then computes the same loss over all pairs, and so the whole derivative by its own pairs; by the others' it computes
    none. Data-parallel training takes the mean of the devices' gradients, the N-th part of the sum over all pairs, for which the
    gradient of a device's own pairs counts N times here. A parameter that the loss reads without `gather_pairs`, such as its
    temperature, has the same gradient on each device, and their mean is right as it is.

    Every device must call this for the same tensors in the same order, in a process group that is there already.
    """
    count, rank = dist.get_world_size(), dist.get_rank()
    largest = torch.tensor(x.shape, device=x.device)
    dist.all_reduce(largest, dist.ReduceOp.MAX)
    missing = [most - size for most, size in zip(largest.tolist(), x.shape, strict=True)]
    padding = [side for dimension in reversed(missing) for side in (0, dimension)]  # the last dimension comes first
    own = F.pad(x, padding).clone()  # a tensor of its own, whose gradient is no other's
    everyone = [torch.empty_like(own) for _ in range(count)]
    dist.all_gather(everyone, own.detach())
    if own.requires_grad:
        own.register_hook(lambda gradient: count * gradient)  # type: ignore[no-untyped-call]
    everyone[rank] = own
    return torch.cat(everyone)
