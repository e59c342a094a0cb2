"""Sheets for somebody who judges captions by eye: pairs drawn at random, numbered, without their references."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from deltascribe.datasets import ChangeDataset, ChangeSample, is_changed
from deltascribe.errors import ConfigError, ModelError, VerdictError
from deltascribe.evaluation.attention_picture import AttentionItem, attention_png
from deltascribe.evaluation.inference import Captioner, to_pair
from deltascribe.evaluation.looks import Look, encode, look_at
from deltascribe.evaluation.pictures import to_picture
from deltascribe.evaluation.progress import batches
from deltascribe.evaluation.verdicts import write_form
from deltascribe.files import make_folder, write_json
from deltascribe.report import ChangeReport
from deltascribe.shipped import DEFAULT_BEAMS
from deltascribe.text import normalise

FORM, KEY = "verdicts.csv", "key.json"
_LONGEST = 512
"""Pixels of an image's longer side; the sheet shows no more."""


@dataclass(frozen=True)
class Sheets:
    """What was written.

    Attributes:
        pictures: a PNG a pair, in the order of their numbers.
        form: the CSV to fill in.
        key: JSON with the name of each number, its caption, whether the model says that something changed, and whether it did by the data
            set.
    """

    pictures: tuple[Path, ...]
    form: Path
    key: Path


def write_sheets(
    captioner: Captioner,
    dataset: ChangeDataset,
    out: Path,
    *,
    count: int = 40,
    seed: int = 0,
    beams: int = DEFAULT_BEAMS,
    gate: bool = True,
    batch_size: int = 16,
    plain: bool = False,
    command: str = "",
    progress: bool = True,
) -> Sheets:
    """Captions pairs drawn at random, and writes a numbered sheet for each and a form for the verdicts.

    The numbers follow the order of the draw, since a data set often lists the pairs of one kind in a row.

    Args:
        captioner: the model.
        dataset: pairs; their references are not shown, and whether they changed stands in the key alone.
        out: folder, made where it is missing.
        count: number of pairs, at most all.
        seed: of the draw.
        beams, gate: of the captions, see `ChangeCaptioner.caption`.
        batch_size: pairs read and captioned at once.
        plain: show images and caption alone, without the model's mask and word attention.
        command: the command line, for the record.
        progress: show a progress bar on standard error.

    Raises:
        ConfigError: `count` or another number is below 1, or `out` can't be written.
        VerdictError: a form lies in `out` already, which somebody may have filled in.
        ModelError: the captioner did not give one report a pair.
        DatasetError, ImageError: a pair cannot be read.
    """
    if min(count, beams, batch_size) < 1:
        raise ConfigError(f"count={count}, beams={beams}, batch_size={batch_size} are not possible. Give 1 or more.")
    make_folder(out)
    if (out / FORM).exists():
        raise VerdictError(f"{out / FORM} is there already, and may hold verdicts. Choose another OUT, or remove that file.")
    indices = random.Random(seed).sample(range(len(dataset)), min(count, len(dataset)))
    torch.manual_seed(seed)
    pictures: list[Path] = []
    entries: list[dict[str, Any]] = []
    for start in batches(len(indices), batch_size, "drawing sheets", progress):
        samples = [dataset[index] for index in indices[start : start + batch_size]]
        reports = captioner.caption([to_pair(sample) for sample in samples], beams=beams, batch_size=batch_size, gate=gate)
        if len(reports) != len(samples):
            raise ModelError(f"The captioner gave {len(reports)} reports for {len(samples)} pairs; it must give one a pair.")
        looks = [Look()] * len(samples) if plain else _look(captioner, samples, reports)
        for sample, report, look in zip(samples, reports, looks, strict=True):
            number = len(pictures) + 1
            path = out / f"pair-{number:0{len(str(len(indices)))}d}.png"
            attention_png(path, _sheet(number, sample, report, look, plain))
            pictures.append(path)
            said = {"caption": report.caption, "said_changed": bool(report.changed)}
            entries.append({"pair": number, "name": sample.name, **said, "changed": is_changed(sample)})
    settings = {"split": dataset.split, "seed": seed, "beams": beams, "gate": gate, "plain": plain}
    write_json(out / KEY, {"command": command, "data": dataset.root.resolve().name, "settings": settings, "pairs": entries})
    about = f"{len(entries)} pairs drawn from the {len(dataset)} of {dataset.split or 'all splits'} with seed {seed}"
    write_form(out / FORM, [entry["caption"] for entry in entries], about)
    return Sheets(tuple(pictures), out / FORM, out / KEY)


def _look(captioner: Any, samples: Sequence[ChangeSample], reports: Sequence[ChangeReport]) -> list[Look]:
    if getattr(captioner, "checkpoint", None) is None:
        return [Look()] * len(samples)
    own = [normalise(report.caption) if report.token_log_probabilities else None for report in reports]
    return look_at(captioner, encode(captioner, samples), samples, own)


def _sheet(number: int, sample: ChangeSample, report: ChangeReport, look: Look, plain: bool) -> AttentionItem:
    return AttentionItem(
        before=to_picture(sample.pair[0].numpy(), _LONGEST),
        after=to_picture(sample.pair[1].numpy(), _LONGEST),
        words=look.words,
        attention=look.attention,
        mask=None if plain else report.mask,
        title=f"{number}.  {report.caption}",
        remark=look.remark,
    )
