"""How many false negatives TGCL has: other pairs of a batch whose captions say nearly the same. Prints a Markdown table.

    HF_HUB_OFFLINE=1 python benchmarks/similar_captions.py data/levir --pairs 600

The figures are exact for batches of changed pairs drawn at random from those that are read; none is simulated.
"""

from __future__ import annotations

import argparse
import math
import random
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from deltascribe.datasets import is_changed, open_dataset
from deltascribe.text import build_sentence_encoder


def pair_vectors(captions: list[list[str]], name: str) -> Tensor:
    """The unit vector of each pair, the mean of its captions', as in training [P, E]."""
    sentences = list(dict.fromkeys(sentence for entry in captions for sentence in entry))
    vectors = dict(zip(sentences, build_sentence_encoder(name, fit_on=sentences).encode(sentences), strict=True))
    return F.normalize(torch.stack([torch.stack([vectors[sentence] for sentence in entry]).sum(0) for entry in captions]), dim=-1)


def near_in_a_batch(near: list[int], pairs: int, batch: int) -> tuple[float, float]:
    """Mean number of near pairs that a pair meets in a batch, and the share of pairs that meet at least one.

    Args:
        near: of each pair, how many of the others are near.
        pairs: number of pairs that batches are drawn from.
        batch: pairs of a batch.
    """
    mean = (batch - 1) * sum(near) / (pairs * (pairs - 1))
    none = [math.comb(pairs - 1 - count, batch - 1) / math.comb(pairs - 1, batch - 1) for count in near]
    return mean, 1 - sum(none) / pairs


def main() -> None:
    """Encodes, counts and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of a data set")
    parser.add_argument("--pairs", type=int, default=600, help="changed training pairs to read, drawn at random")
    parser.add_argument("--batch", type=int, default=16, help="changed pairs of a batch")
    parser.add_argument("--similar", type=float, nargs="+", default=[0.8, 0.85, 0.9, 0.95], help="cosines to count from")
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--seed", type=int, default=0, help="of the pairs that are read")
    options = parser.parse_args()

    changed = [list(record.captions) for record in open_dataset(options.data, "train").records if is_changed(record)]
    captions = random.Random(options.seed).sample(changed, min(options.pairs, len(changed)))
    vectors = pair_vectors(captions, options.encoder)
    cosine = (vectors @ vectors.T).fill_diagonal_(-1)
    print(f"{len(captions)} of {len(changed)} changed training pairs, {options.encoder}, batches of {options.batch}\n")
    print("| cosine from | near pairs that a pair meets | pairs that meet one |\n|---|--:|--:|")
    for start in options.similar:
        mean, share = near_in_a_batch((cosine > start).sum(1).tolist(), len(captions), options.batch)
        print(f"| {start} | {mean:.2f} of {options.batch - 1} | {100 * share:.0f} % |")


if __name__ == "__main__":
    main()
