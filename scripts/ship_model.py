"""Puts a trained checkpoint into the package: weights in 16 bits, model card, licence and checksums.

    python scripts/ship_model.py runs/dfm_lite0/best --val val/scores.json --test test/scores.json
    python scripts/ship_model.py runs/ensemble --val val/scores.json --test test/scores.json

The change flag must be calibrated on val: by training, or by `--calibrate` of `deltascribe average` and `deltascribe ensemble`. The card's
tables are the scores that `deltascribe evaluate shipped` wrote, so run this once before that, with any scores, and once after.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from deltascribe.models.checkpoint import load_checkpoint, save_checkpoint
from deltascribe.shipped import DEFAULT_MODEL, MODELS, WEIGHTS_FILE, write_checksums

ROOT = Path(__file__).resolve().parents[1]
MOST_MEGABYTES = 30

CARD = Path(__file__).with_name("model_card.md")


COLUMNS = {"bleu_4": "B-4", "meteor": "METEOR", "rouge_l": "ROUGE-L", "cider_d": "CIDEr-D", "s_m": "S*m"}


def table(scores: dict[str, Any], title: str) -> str:
    """Scores of one split as Markdown: the mode `ids` in full, and what the other measures say of the widest search."""
    runs = list(scores["runs"].items())
    first = runs[0][1]["tables"]["ids"]
    rows = [f"### {title} (`{scores['command'] or 'deltascribe evaluate'}`)", "", f"Mode {first['protocol']}.", ""]
    rows += ["| predictor | part | pairs | " + " | ".join(COLUMNS.values()) + " |", "|---|---|--:" + "|--:" * len(COLUMNS) + "|"]
    accuracies = ["", "| predictor | change accuracy | no-change accuracy |", "|---|--:|--:|"]
    predictors = [(f"model, {name}", run["tables"]["ids"]["model"]) for name, run in runs]
    predictors += [(row["label"], row) for row in first["constants"]]
    for label, predictor in predictors:
        for subset, part in predictor["subsets"].items():
            values = " | ".join("-" if part[key] is None else f"{part[key]:.2f}" for key in COLUMNS)
            rows.append(f"| {label} | {subset} | {part['pairs']} | {values} |")
        both = (predictor["change_accuracy"], predictor["no_change_accuracy"])
        accuracies.append(f"| {label} | " + " | ".join("-" if value is None else f"{value:.1f}" for value in both) + " |")
    return "\n".join(rows + accuracies + ["", *beyond(scores)])


def beyond(scores: dict[str, Any]) -> list[str]:
    """Keywords, calibration and sanity tests in a line each."""
    run = next(iter(scores["runs"].values()))
    keywords = ", ".join(f"{kind} {_percent(entry['f1'])}" for kind, entry in run["keywords"]["changed"].items())
    lines = [f"Keyword F1 on changed pairs: {keywords}. ECE {_percent(run['calibration']['ece'])}."]
    if scores["sanity"] is not None:
        lines += [
            "",
            "Sanity tests: " + ", ".join(f"{entry['title']} {_percent(entry['rate'])}" for entry in scores["sanity"]["results"]) + ".",
        ]
    return lines


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def made(training: dict[str, Any]) -> str:
    """How a checkpoint came about."""
    if "epoch" in training:
        return f"seed {training['seed']}, best epoch {training['epoch']} by CIDEr-D on val"
    kind = "ensemble" if "ensemble_of" in training else "average"
    return f"the {kind} of {', '.join(training[f'{kind}_of'])}; epochs chosen by CIDEr-D on val"


def finish(folder: Path) -> None:
    """Adds licence and checksums to a checkpoint folder that ships, and holds its size against the limit."""
    shutil.copyfile(ROOT / "WEIGHTS-LICENSE", folder / "WEIGHTS-LICENSE")
    write_checksums(folder)
    megabytes = (folder / WEIGHTS_FILE).stat().st_size / 1e6
    if megabytes > MOST_MEGABYTES:
        raise SystemExit(f"the weights have {megabytes:.1f} MB; a model that ships has at most {MOST_MEGABYTES}")
    print(f"{folder}: {megabytes:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--val", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--name", default=DEFAULT_MODEL)
    parser.add_argument("--overrides", default="none", help="what differed from the committed configuration")
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    if "calibration" not in checkpoint.preprocessing:
        raise SystemExit(f"the change flag of {options.checkpoint} is not calibrated: make it with --calibrate DATA")
    parts = [table(json.loads(path.read_text(encoding="utf-8")), title) for title, path in (("val", options.val), ("test", options.test))]
    card = CARD.read_text(encoding="utf-8").format(
        name=options.name,
        size=checkpoint.preprocessing["size"],
        gsd=checkpoint.preprocessing["gsd"],
        words=len(checkpoint.vocabulary) - 4,
        parameters=sum(parameter.numel() for parameter in checkpoint.model.parameters()) / 1e6,
        made=made(checkpoint.training),
        overrides=options.overrides,
        tables="\n\n".join(parts),
    )
    folder = MODELS / options.name
    save_checkpoint(folder, checkpoint, card, half=True)
    finish(folder)


if __name__ == "__main__":
    main()
