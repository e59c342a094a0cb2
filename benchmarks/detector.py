"""F1 and IoU of a change detector beside TinyCD's released weights, on the same crops, over pooled pixels.

    python benchmarks/detector.py RUN/best --data data/levir --tinycd levir_best.pth [--views 8] [--half] [--limit N]

The threshold of each is chosen on val and used on test; TinyCD is also shown at 0.5, as published. Images are grouped by the quality
that the data set notes; `--half` adds the test pairs as a sensor of half the ground resolution sees them. Prints its command and a
Markdown table.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from tinycd import load_tinycd
from torch import Tensor

from deltascribe.datasets.base import ChangeDataset
from deltascribe.datasets.change_detection import open_masks
from deltascribe.detection.mapper import ChangeMapper
from deltascribe.metrics.mask import MaskCounts, MaskScores
from deltascribe.pair import ImagePair
from deltascribe.training.jitter import halve_resolution

Predict = Callable[[Tensor], Tensor]


def predictors(arguments: argparse.Namespace) -> dict[str, Predict]:
    """Name of each model -> pair [2, 3, H, W] in 0..1 to probability of change [H, W]."""
    mapper = ChangeMapper.from_pretrained(arguments.model, device=arguments.device)

    def ours(pair: Tensor, views: int) -> Tensor:
        before, after = (np.ascontiguousarray(image.numpy()) for image in pair)
        return torch.from_numpy(mapper.detect(ImagePair(before, after), views=views).probability)

    found: dict[str, Predict] = {"ours": lambda pair: ours(pair, 1)}
    if arguments.views > 1:
        found[f"ours, {arguments.views} views"] = lambda pair: ours(pair, arguments.views)
    if arguments.tinycd is not None:
        peer = load_tinycd(arguments.tinycd).to(arguments.device)
        found["TinyCD"] = lambda pair: peer(pair[None].to(arguments.device))[0, 0].cpu()
    return found


def samples(dataset: ChangeDataset, limit: int | None, half: bool) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Quality, pair and whether each pixel changed."""
    for index in range(len(dataset) if limit is None else min(limit, len(dataset))):
        sample = dataset[index]
        if sample.mask is None:
            continue
        yield sample.quality, halve_resolution(sample.pair) if half else sample.pair, sample.mask > 0


@torch.inference_mode()
def count(models: dict[str, Predict], dataset: ChangeDataset, limit: int | None, half: bool = False) -> dict[tuple[str, str], MaskCounts]:
    """Counts by model and quality, and over all qualities under `all`."""
    counts: dict[tuple[str, str], MaskCounts] = defaultdict(MaskCounts)
    for quality, pair, changed in samples(dataset, limit, half):
        for name, predict in models.items():
            probability = predict(pair).clamp(0, 1)
            for group in (quality or "unnamed", "all"):
                counts[name, group].add(probability, changed)
    return counts


def row(split: str, group: str, name: str, scores: MaskScores) -> str:
    """A line of the table."""
    figures = " | ".join(f"{100 * value:.2f}" for value in (scores.f1, scores.iou, scores.precision, scores.recall))
    return f"| {split} | {group} | {name} | {scores.threshold:.3f} | {figures} |"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", help="checkpoint folder; the shipped detector if left out")
    parser.add_argument("--data", type=Path, required=True, help="data set with the splits val and test, and masks")
    parser.add_argument("--tinycd", type=Path, help="TinyCD's released state dict")
    parser.add_argument("--views", type=int, default=1, help="also with so many turned and mirrored views averaged")
    parser.add_argument("--half", action="store_true", help="also at half the ground resolution")
    parser.add_argument("--limit", type=int, help="so many pairs of each split")
    parser.add_argument("--val-only", action="store_true", help="leave test alone: for choices between models")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    models, begin = predictors(arguments), time.perf_counter()
    print(f"`python {shlex.join(sys.argv)}`\n")
    print("| split | pairs | model | threshold | F1 | IoU | precision | recall |\n|---|---|---|---|---|---|---|---|")
    val = count(models, open_masks(arguments.data, "val"), arguments.limit)
    chosen = {name: val[name, "all"].best().threshold for name in models}
    parts = [("val", "", val)]
    if not arguments.val_only:
        parts += [("test", "", count(models, open_masks(arguments.data, "test"), arguments.limit))]
    if arguments.half:
        split = "val" if arguments.val_only else "test"
        parts += [(split, ", seen at half resolution", count(models, open_masks(arguments.data, split), arguments.limit, half=True))]  # type: ignore[arg-type]
    for split, note, counts in parts:
        for (name, group), entry in sorted(counts.items(), key=lambda item: (item[0][1], item[0][0])):
            thresholds = [chosen[name], 0.5] if name == "TinyCD" else [chosen[name]]
            for threshold in thresholds:
                print(row(split, group + note, name, entry.at(threshold)))
    print(f"{time.perf_counter() - begin:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
