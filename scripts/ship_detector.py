"""Puts a trained change detector into the package: weights in 16 bits, model card, licence and checksums.

    python scripts/ship_detector.py runs/detector/best
    python benchmarks/detector.py --data data/levir > table.md
    python scripts/ship_detector.py runs/detector/best --scores table.md

The first call ships it with a card that has no scores yet; the benchmark then measures what ships, and the second call writes the card.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from deltascribe.models.detector import DetectorCheckpoint, load_detector, save_detector
from deltascribe.shipped import DEFAULT_DETECTOR, MODELS
from ship_model import finish

CARD = Path(__file__).with_name("detector_card.md")


def card(checkpoint: DetectorCheckpoint, name: str, scores: str, overrides: str) -> str:
    """The model card."""
    order_free = checkpoint.model.config.order_free
    return CARD.read_text(encoding="utf-8").format(
        name=name,
        size=checkpoint.size,
        gsd=checkpoint.gsd,
        threshold=checkpoint.threshold,
        parameters=sum(parameter.numel() for parameter in checkpoint.model.parameters()) / 1e6,
        order="Swapping the dates gives the same mask." if order_free else "The order of the dates matters.",
        seed=checkpoint.training["seed"],
        epoch=checkpoint.training["epoch"],
        overrides=overrides,
        data="; ".join(checkpoint.training["data"]),
        scores=scores,
    )


def main() -> None:
    """Writes the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--scores", type=Path, help="what benchmarks/detector.py printed of the shipped detector")
    parser.add_argument("--name", default=DEFAULT_DETECTOR)
    parser.add_argument("--overrides", default="", help="sentences on what differed from the committed configurations")
    options = parser.parse_args()
    checkpoint = load_detector(options.checkpoint)
    scores = "Not measured yet." if options.scores is None else options.scores.read_text(encoding="utf-8").strip()
    folder = MODELS / options.name
    save_detector(folder, checkpoint, card(checkpoint, options.name, scores, options.overrides), half=True)
    finish(folder)
    if options.scores is None:
        print("Its card has no scores yet: python benchmarks/detector.py --data data/levir > table.md, then again with --scores table.md")


if __name__ == "__main__":
    main()
