"""Speed of captioning: pairs per second end to end, and where the time goes; against search without a cache at batch 1.

    python benchmarks/caption_speed.py [--model FOLDER] [--pairs 64] [--threads 2]

All figures come from one run on the demo's pairs, read from disk again and again. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from deltascribe.captioner import ChangeCaptioner
from deltascribe.generation import generate
from deltascribe.models import Batch, DecoderCache, Memory
from deltascribe.pair import ImagePair
from deltascribe.shipped import DEFAULT_BEAMS, demo_pairs


class WithoutCache:
    """A model whose decoder computes every position again at each step; the "cache" only remembers the words."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def decode(self, memory: Memory, tokens: Tensor, cache: DecoderCache | None = None) -> tuple[Tensor, DecoderCache]:
        words = tokens[:, None, :, None].double()
        if cache is not None:
            words = torch.cat((cache.keys[0], words), 2)
        logits, _ = self.model.decode(memory, words[:, 0, :, 0].long())
        return logits, DecoderCache([words], [words], [], [])


@contextmanager
def timed(clock: dict[str, float], part: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    clock[part] += time.perf_counter() - start


@torch.inference_mode()
def measure(captioner: ChangeCaptioner, files: list[tuple[Path, Path]], batch_size: int, cached: bool) -> dict[str, float]:
    """Seconds by part for all pairs of `files`, with as many beams as users get; `encoder` is what is frozen of it, and the detector."""
    model: Any = captioner.checkpoint.model
    decoder: Any = model if cached else WithoutCache(model)
    clock: dict[str, float] = defaultdict(float)
    for first in range(0, len(files), batch_size):
        with timed(clock, "reading"):
            pairs = torch.stack([ImagePair.open(before, after).tensor() for before, after in files[first : first + batch_size]])
        with timed(clock, "encoder"):
            features = model.frozen_part(pairs)
        with timed(clock, "JFM and heads"):
            memory = model.encode(Batch(pair=None, features=features))
        with timed(clock, "decoding"):
            sentences = generate(decoder, memory)
            for entry in sentences:
                captioner.checkpoint.vocabulary.decode(entry[0].tokens)
    if not cached:
        clock["end to end"] = sum(clock.values())
        return clock
    with timed(clock, "end to end"):
        for first in range(0, len(files), batch_size):
            captioner.caption((ImagePair.open(before, after) for before, after in files[first : first + batch_size]), batch_size=batch_size)
    return clock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--pairs", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    captioner = ChangeCaptioner.from_pretrained(options.model, device="cpu")
    files = (demo_pairs() * options.pairs)[: options.pairs]
    measure(captioner, files[:16], 16, cached=True)  # warms up
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {options.threads} threads, torch {torch.__version__}, {len(files)} pairs, beam {DEFAULT_BEAMS}\n")
    print("| search | batch | pairs/s end to end | reading ms | encoder ms | JFM and heads ms | decoding ms |")
    print("|---|---|---|---|---|---|---|")
    for batch_size, cached in ((16, True), (1, True), (1, False)):
        clock = measure(captioner, files, batch_size, cached)
        parts = " | ".join(f"{1000 * clock[part] / len(files):.1f}" for part in ("reading", "encoder", "JFM and heads", "decoding"))
        rate = len(files) / clock["end to end"]
        print(f"| {'cached' if cached else 'recomputing'} | {batch_size} | {rate:.1f} | {parts} |", flush=True)


if __name__ == "__main__":
    main()
