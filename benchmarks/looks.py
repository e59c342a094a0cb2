"""What the pictures of where a model looked cost an evaluation: seconds and bytes of the page.

    python benchmarks/looks.py DATA [--model FOLDER] [--split val] [--pairs 120] [--looks 40] [--threads 1]

Captions and scores the pairs once, then looks and writes the page three times with and without; prints the medians as a Markdown table.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from deltascribe.datasets import open_dataset
from deltascribe.evaluation.inference import run_evaluation
from deltascribe.evaluation.looks import choose_looks, run_looks
from deltascribe.evaluation.outputs import choose_for_gallery, write_outputs
from deltascribe.evaluation.runner import load_captioner


def median_seconds(work: Callable[[], object], times: int = 3) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", help="checkpoint folder; the shipped model by default")
    parser.add_argument("--split", default="val")
    parser.add_argument("--pairs", type=int, default=120)
    parser.add_argument("--looks", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    dataset, captioner = open_dataset(chosen.data, chosen.split), load_captioner(chosen.model, "cpu")
    start = time.perf_counter()
    evaluation = run_evaluation(captioner, dataset, limit=chosen.pairs, progress=False)
    captioned = time.perf_counter() - start
    said = evaluation.runs[0].predictions
    rows = choose_looks(said, choose_for_gallery(evaluation.runs[0], 300), chosen.looks)
    look = partial(run_looks, captioner, dataset, evaluation.indices, said, rows, progress=False)
    seconds = median_seconds(look)
    print("| part | s | page MB |\n|---|--:|--:|")
    print(f"| captioning (beam 3 and greedy) and scoring {len(said)} pairs | {captioned:.1f} | |")
    print(f"| looking at {len(rows)} pairs | {seconds:.1f} | |")
    with tempfile.TemporaryDirectory() as folder:
        for name, entry in (("without", evaluation), ("with", replace(evaluation, looks=look()))):
            seconds = median_seconds(partial(write_outputs, Path(folder), entry, dataset))
            print(f"| writing all files {name} looks | {seconds:.1f} | {(Path(folder) / 'index.html').stat().st_size / 1e6:.1f} |")


if __name__ == "__main__":
    main()
