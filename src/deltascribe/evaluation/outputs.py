"""What an evaluation leaves in its folder: predictions, scores with their provenance, and the gallery."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from deltascribe.datasets import ChangeDataset
from deltascribe.evaluation.contact_sheet import gallery_png
from deltascribe.evaluation.cost import WORDS
from deltascribe.evaluation.inference import Evaluation, Run
from deltascribe.evaluation.looks import Looks, mean_levels
from deltascribe.evaluation.machine import machine_summary, package_versions, utc_now
from deltascribe.evaluation.page import GalleryItem, ReportContent, write_report
from deltascribe.evaluation.page.looking import READING
from deltascribe.evaluation.pictures import to_picture, unpack_mask
from deltascribe.evaluation.predictions import write_predictions
from deltascribe.evaluation.record import (
    PAGE,
    PAIRS,
    PREDICTIONS,
    SCORES,
    SHEET,
    TABLES,
    fixed_to_dict,
    numbering_to_dict,
    remove_stale,
    tables_markdown,
    write_pairs_csv,
)
from deltascribe.files import write_json, write_text

_SHEET_ROWS = 6


def write_outputs(
    folder: Path, evaluation: Evaluation, dataset: ChangeDataset, *, command: str = "", gallery: bool = True, gallery_limit: int = 300
) -> list[Path]:
    """Writes everything; files of an earlier evaluation are replaced.

    `predictions.jsonl` holds the captions of the widest search, `predictions-greedy.jsonl` and the like those of the others.

    Args:
        folder: where to; made if missing.
        evaluation: what `run_evaluation` gave.
        dataset: the data set that it ran on, whose images the gallery shows.
        command: the command line, for the record.
        gallery: write `index.html` and `gallery.png` too.
        gallery_limit: largest number of pairs on the page; see `choose_for_gallery`.

    Returns:
        The files. `scores.md` holds the tables, `pairs.csv` a row a pair; what an earlier run left besides is removed.
    """
    written = [folder / SCORES, folder / TABLES, folder / PAIRS]
    written += write_captions(folder, evaluation)
    write_json(folder / SCORES, summarise(evaluation, dataset, command))
    analyses = [(run.name, run.analysis) for run in evaluation.runs]
    write_text(folder / TABLES, tables_markdown(f"{evaluation.label} on {describe_pairs(evaluation, dataset)}", command, analyses))
    write_pairs_csv(folder / PAIRS, evaluation.runs[0].predictions, evaluation.runs[0].analysis)
    if gallery:
        written += _write_gallery(folder, evaluation, dataset, command, gallery_limit)
    remove_stale(folder, written)
    return written


def write_captions(folder: Path, evaluation: Evaluation) -> list[Path]:
    """Writes what was said of each pair, a file for each way of decoding; the first is the widest search."""
    written = []
    for position, run in enumerate(evaluation.runs):
        path = folder / (PREDICTIONS if position == 0 else f"predictions-{run.name.replace(' ', '')}.jsonl")
        write_predictions(path, run.predictions)
        written.append(path)
    return written


def describe_pairs(evaluation: Evaluation, dataset: ChangeDataset) -> str:
    """Which pairs were evaluated, and how many the data set has here and officially: a sample must not look like a benchmark."""
    used, here = len(evaluation.indices), len(dataset)
    text = f"{dataset.split or 'all splits'} of {_title(dataset)}: {used} pairs"
    text += f" of the {here} here" if used < here else ""
    compared = None if dataset.machine_source else dataset.split
    official = None if compared is None else dataset.format.counts.get(compared)
    return text if official in (None, used) else f"{text} (the official split has {official:,})"


def _title(dataset: ChangeDataset) -> str:
    """What a data set is called: in the layout of a published one may lie captions that no person wrote, which are not that data set."""
    return dataset.format.title if dataset.machine_source is None else dataset.root.resolve().name


def describe_data(dataset: ChangeDataset) -> dict[str, Any]:
    """What is evaluated on, as `scores.json` has it."""
    return {"name": dataset.root.resolve().name, "format": dataset.name, "split": dataset.split, "machine_source": dataset.machine_source}


def summarise(evaluation: Evaluation, dataset: ChangeDataset, command: str = "") -> dict[str, Any]:
    """Scores (times 100) with all that is needed to make them again, as JSON values."""
    return {
        "command": command,
        "data": {**describe_data(dataset), "pairs": len(evaluation.indices)},
        "settings": evaluation.settings,
        "seed": evaluation.settings["seed"],
        "model": _jsonable(evaluation.runs[0].provenance | ({"checkpoint": evaluation.model} if evaluation.model else {})),
        "runs": {run.name: _summarise_run(run) for run in evaluation.runs},
        "sanity": None if evaluation.sanity is None else evaluation.sanity.to_dict(),
        "retrieval": None if evaluation.retrieval is None else evaluation.retrieval.to_dict(),
        "level_weights": mean_levels(evaluation.levels, [said.changed for said in evaluation.runs[0].predictions]),
        "fixed_sentences": fixed_to_dict(evaluation.context),
        "numbering": numbering_to_dict(evaluation.numbering),
        "warnings": list(evaluation.context.warnings),
        "versions": package_versions(),
        "machine": machine_summary(),
        "finished": utc_now(),
    }


def choose_for_gallery(run: Run, limit: int, seed: int = 0) -> list[int]:
    """Positions of the pairs to show, in the order of the data set.

    All, where they are at most `limit`; else a third each of wrong flags, best and worst captions, filled up at random.
    """
    count = len(run.predictions)
    if count <= limit:
        return list(range(count))
    ranked = sorted(range(count), key=lambda row: run.table.items[row].cider_d)
    wrong = [row for row, entry in enumerate(run.predictions) if entry.predicted_changed is not entry.changed]
    third = limit // 3
    chosen = {*wrong[:third], *(ranked[:third]), *(ranked[len(ranked) - third :])}
    rest = [row for row in range(count) if row not in chosen]
    chosen.update(random.Random(seed).sample(rest, min(limit - len(chosen), len(rest))))
    return sorted(chosen)


def _summarise_run(run: Run) -> dict[str, Any]:
    pairs = len(run.predictions)
    speed = round(pairs / run.seconds, 3) if run.seconds > 0 else None
    return {"beams": run.beams, "seconds": round(run.seconds, 3), "pairs_per_second": speed, **run.analysis.to_dict()}


def _write_gallery(folder: Path, evaluation: Evaluation, dataset: ChangeDataset, command: str, limit: int) -> list[Path]:
    run = evaluation.runs[0]
    rows = choose_for_gallery(run, limit, evaluation.settings["seed"])
    content = report_content(evaluation, dataset, command)
    write_report(folder / PAGE, replace(content, gallery=_items(evaluation, dataset, rows), total=len(run.predictions)))
    # correct no-change pairs all score alike and say nothing: the sheet shows changed pairs where there are any
    changed = [row for row, entry in enumerate(run.predictions) if entry.changed] or list(range(len(run.predictions)))
    ranked = sorted(changed, key=lambda row: run.table.items[row].cider_d)
    half = min(_SHEET_ROWS, (len(ranked) + 1) // 2)
    best, worst = ranked[::-1][:half], ranked[: min(half, len(ranked) - half)]
    title = f"{evaluation.label}: {_title(dataset)}, {dataset.split or 'all splits'}, {run.name}"
    gallery_png(folder / SHEET, list(_items(evaluation, dataset, best)), list(_items(evaluation, dataset, worst)), title=title)
    return [folder / PAGE, folder / SHEET]


def report_content(evaluation: Evaluation, dataset: ChangeDataset, command: str = "") -> ReportContent:
    """All that the report page shows but the pairs; the widest search comes first."""
    run, model = evaluation.runs[0], evaluation.model.get("name")
    machine, versions = machine_summary(), package_versions()
    facts = [
        ("model", " ".join(str(part) for part in (run.provenance.get("model", "model"), f"({model})" if model else "") if part)),
        *([("cost", _describe_cost(evaluation.model["cost"]))] if "cost" in evaluation.model else []),
        ("data", f"{dataset.root.resolve().name} ({dataset.name})"),
        ("pairs", f"{describe_pairs(evaluation, dataset)}; {run.table.changed_pairs} changed"),
        ("seed", str(evaluation.settings["seed"])),
        *(("fixed sentence", f'"{entry.sentence}", best on {entry.chosen_on}') for entry in evaluation.context.fixed),
        (
            "machine",
            ", ".join(f"{value} {name}" if name in ("cores", "threads") else str(value) for name, value in machine.items() if value),
        ),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        ("finished", utc_now()),
    ]
    return ReportContent(
        title=f"{_title(dataset)}, {dataset.split or 'all splits'}: what the model says",
        command=command,
        facts=facts,
        tables=[(entry.name, mode, table) for entry in evaluation.runs for mode, table in entry.analysis.tables.items()],
        predictions=run.predictions,
        keywords=run.analysis.keywords or None,
        calibration=run.analysis.calibration,
        retrieval=evaluation.retrieval,
        sanity=evaluation.sanity,
        levels=mean_levels(evaluation.levels, [said.changed for said in run.predictions]),
        looks=() if evaluation.looks is None else describe_looks(evaluation.looks, evaluation),
        settings=evaluation.settings,
        notes=evaluation.context.warnings,
    )


def describe_looks(looks: Looks, evaluation: Evaluation) -> list[str]:
    """What the page says of the pairs that were looked at, and of what the model does not have."""
    texts = []
    if looks.pairs:
        count, seed = len(looks.pairs), evaluation.settings["seed"]
        texts.append(f"Where it looked: in the fold beneath {count} pair{'s' * (count != 1)}, drawn with seed {seed}. {READING}")
    missing = [*looks.missing, *([] if any(evaluation.levels) else ["level weights (the model has none)"])]
    return [*texts, *([f"Not shown: {'; '.join(missing)}."] if missing else [])]


def _describe_cost(cost: dict[str, Any]) -> str:
    return (
        f"{cost['parameters'] / 1e6:.1f} M parameters, {cost['encode_gflops']:.2f} GFLOPs to encode a pair of {cost['image_size']} px, "
        f"{cost['decode_gflops']:.2f} for a caption of {WORDS} words"
    )


def _items(evaluation: Evaluation, dataset: ChangeDataset, rows: list[int]) -> Iterator[GalleryItem]:
    run = evaluation.runs[0]
    for row in rows:
        sample = dataset[evaluation.indices[row]]
        yield GalleryItem(
            prediction=run.predictions[row],
            scores=run.table.items[row],
            before=to_picture(sample.pair[0].numpy()),
            after=to_picture(sample.pair[1].numpy()),
            mask=unpack_mask(run.masks[row]),
            reference_mask=None if sample.mask is None else sample.mask.numpy(),
            look=None if evaluation.looks is None else evaluation.looks.pairs.get(row),
            levels=evaluation.levels[row] if evaluation.levels else {},
        )


def _jsonable(value: Any) -> Any:
    """The same with what JSON doesn't know (paths, tuples' members, arrays) as text."""
    if isinstance(value, dict):
        return {str(key): _jsonable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(entry) for entry in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
