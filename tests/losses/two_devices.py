"""One of two processes that train data-parallel by TGCL. Usage: two_devices.py RANK FILE

The first prints, by case, the loss of both and that of one process with all pairs, and the same of the gradients after averaging.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from deltascribe.losses import ObjectiveConfig, gather_pairs, objective
from deltascribe.models import Batch, Memory, ModelOutput

WIDTH, SENTENCE, PAIRS = 6, 5, 7
ALONE = {"smoothing": 0.0, "flag": 0.0, "mask": 0.0, "tgcl": 1.0}
CASES: dict[str, tuple[dict[str, Any], int]] = {
    "none": ({"gate": "none"}, 0),
    "binary": ({"gate": "binary"}, 0),
    "learned": ({"gate": "learned", "budget_weight": 3.0}, 0),
    "similar": ({"gate": "binary", "similar_from": 0.1}, 3),
    "all texts": ({"gate": "none", "texts": "all"}, 3),
}
"""Settings of the objective, and captions of a pair: 0 for one vector a pair."""
SHARES = {0: slice(0, 4), 1: slice(4, PAIRS)}
"""Pairs of each device; the second has fewer, as in an epoch of a single short batch."""


class Toy(nn.Module):
    """What TGCL reads of a model, from one vector a pair."""

    def __init__(self) -> None:
        super().__init__()
        self.visual = nn.Linear(WIDTH, WIDTH)
        self.textual = nn.Linear(SENTENCE, WIDTH)
        self.pair_gate = nn.Linear(WIDTH, 1)
        self.channel_gate = nn.Linear(SENTENCE, WIDTH)
        self.log_scale = nn.Parameter(torch.tensor(1.5))

    def forward(self, pairs: Tensor, text: Tensor) -> tuple[Tensor, ...]:
        visual, textual = F.normalize(self.visual(pairs), dim=-1), F.normalize(self.textual(text), dim=-1)
        return visual, textual, self.log_scale.exp(), self.pair_gate(pairs).sigmoid().squeeze(-1), 2 * self.channel_gate(text).sigmoid()


def data(captions: int) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs, their sentence vectors and flags; with several captions, the pairs of the second device have fewer."""
    generator = torch.Generator().manual_seed(3)
    shape = (PAIRS, captions, SENTENCE) if captions else (PAIRS, SENTENCE)
    text = F.normalize(torch.randn(shape, generator=generator), dim=-1)
    if captions:
        text[SHARES[1], captions - 1 :] = 0
    changed = torch.tensor([1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    return torch.randn(PAIRS, WIDTH, generator=generator), text, changed


def step(model: nn.Module, part: slice, case: str, gather: Any) -> float:
    """Loss of some pairs, whose gradient the model's weights then have."""
    settings, captions = CASES[case]
    pairs, text, changed = (tensor[part] for tensor in data(captions))
    if captions:
        text = text[:, : int((text.abs().sum(-1) > 0).sum(1).max())]  # as collated: no more captions than a pair of the batch has
    visual, textual, scale, gate, channels = model(pairs, text)
    memory = Memory(tokens=visual[:, None], grid=(1, 1), embedding=visual, change_logit=visual[:, 0])
    logits = torch.zeros(len(visual), 1, 1, 5)
    output = ModelOutput(logits, memory, textual, scale, gate=gate, channel_gate=channels)
    batch = Batch(tokens=torch.zeros(len(visual), 1, 2, dtype=torch.long), text=text, changed=changed)
    loss = objective(output, batch, ObjectiveConfig.model_validate({**ALONE, **settings}), gather)["loss"]
    (loss + 0 * sum(tensor.sum() for tensor in (visual, textual, gate, channels))).backward()
    return float(loss.detach())


def toy() -> Toy:
    torch.manual_seed(0)
    return Toy().double()


def main(rank: int, file: Path) -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=file.as_uri(), rank=rank, world_size=2, timeout=timedelta(seconds=60))
    found = {}
    for case in CASES:
        parallel, single = toy(), toy()
        losses = [step(DistributedDataParallel(parallel), SHARES[rank], case, gather_pairs), step(single, slice(None), case, None)]
        gradients = [torch.cat([parameter.grad.flatten() for parameter in model.parameters()]).tolist() for model in (parallel, single)]
        found[case] = {"losses": losses, "gradients": gradients}
    if rank == 0:
        print(json.dumps(found))
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
