"""Writes synthetic pairs as a LEVIR-MCI folder: in parallel, resumable, with the same bytes however it was made."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deltascribe.datasets.build import caption_entry, label_image
from deltascribe.datasets.levir_layout import LEVIR_CAPTIONS
from deltascribe.datasets.sample import ChangeRecord
from deltascribe.datasets.synthetic.claim import MADE_BY, claim_folder
from deltascribe.datasets.synthetic.makers import Makers, Picture, default_makers, require_scenarios
from deltascribe.datasets.synthetic.pair import SyntheticPair, pair_name
from deltascribe.datasets.synthetic.parallel import parallel_map
from deltascribe.datasets.synthetic.recipe import Recipe
from deltascribe.errors import DatasetError
from deltascribe.files import atomic_write, write_json, write_text

_FULL = {errno.ENOSPC, errno.EDQUOT}
_PNG_LEVEL = 2  # of 9: a twentieth larger than level 4, in half the time


@dataclass(frozen=True)
class WrittenPairs:
    """What `write_pairs` did.

    Attributes:
        folder: the data set.
        count: pairs in it.
        made: how many of them this call made; the others were there already.
    """

    folder: Path
    count: int
    made: int


@dataclass(frozen=True)
class _Files:
    """The files of one pair; `truth` is written last, so that a pair that has it is whole."""

    before: Path
    after: Path
    label: Path
    truth: Path

    @property
    def complete(self) -> bool:
        return all(path.is_file() for path in (self.truth, self.before, self.after, self.label))


def write_pairs(
    out: Path,
    count: int,
    recipe: Recipe,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
    makers: Makers | None = None,
) -> WrittenPairs:
    """Writes the first `count` pairs of a recipe, or those that are still missing.

    The folder holds `images/{split}/{A,B,label}/NAME.png` and `LevirCCcaptions.json` as LEVIR-MCI does, `truth/NAME.json` a pair, and
    `synth.json` with all settings. It may be interrupted at any time; the same call goes on from there, a larger count adds pairs.

    Args:
        out: the folder.
        count: number of pairs.
        recipe: what they are made from.
        workers: processes.
        progress: called with the number of pairs that are there and `count`, first with those that were there before.
        makers: the renderer's parts; None: the package's own.

    Raises:
        DatasetError: the folder holds something else, other settings or more pairs; or the disk is full, or a process was killed: the
            message says how much is saved.
        MissingDependencyError: the extra `synth` is not installed.
    """
    out = Path(out)
    if count < 1:
        raise DatasetError(f"{count} pairs cannot be made. Give a count of at least 1.")
    require_scenarios(tuple(recipe.weights or ()), makers or default_makers())
    claim_folder(out, recipe.settings(), recipe.command(count), count)
    missing = [index for index in range(count) if not _files(out, recipe, index).complete]
    done = count - len(missing)
    report = progress or (lambda done, total: None)
    report(done, count)
    make = partial(_make_and_save, out=out, recipe=recipe, makers=makers)
    try:
        # closing ends the processes at once where this loop is left early
        with closing(parallel_map(make, missing, min(workers, len(missing)))) as results:
            for _ in results:
                done += 1
                report(done, count)
        _write_captions(out, count, recipe)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DatasetError(f"The disk of {out} is full. {_saved(out, count, recipe)}") from error
    except BrokenProcessPool as error:
        raise DatasetError(f"A process was killed, perhaps for want of memory: try fewer workers. {_saved(out, count, recipe)}") from error
    except BaseException:
        # what is there can be used already
        with suppress(OSError, DatasetError):
            _write_captions(out, count, recipe)
        raise
    return WrittenPairs(out, count, len(missing))


def _saved(out: Path, count: int, recipe: Recipe) -> str:
    with suppress(OSError):
        _write_captions(out, count, recipe)
    saved = sum(_files(out, recipe, index).complete for index in range(count))
    return f"{saved} of {count} pairs are saved; give the same command again when that is settled, and it goes on from there."


def _files(out: Path, recipe: Recipe, index: int) -> _Files:
    folder, name = out / "images" / recipe.split(index), f"{pair_name(index)}.png"
    return _Files(folder / "A" / name, folder / "B" / name, folder / "label" / name, out / "truth" / f"{pair_name(index)}.json")


def _make_and_save(index: int, *, out: Path, recipe: Recipe, makers: Makers | None) -> None:
    try:
        pair = recipe.pair(index, makers)
    except Exception as error:
        error.add_note(f"while pair {index} of seed {recipe.seed} was made")
        raise
    _save(pair, _files(out, recipe, index))


def _save(pair: SyntheticPair, files: _Files) -> None:
    for array, path in ((pair.before, files.before), (pair.after, files.after), (label_image(pair.mask), files.label)):
        _save_png(array, path)
    truth = {**pair.truth, "ground": pair.ground, "mask_pixels": np.bincount(pair.mask.ravel(), minlength=3).tolist()}
    write_text(files.truth, json.dumps(truth, separators=(",", ":")) + "\n")


def _save_png(array: Picture, path: Path) -> None:
    with atomic_write(path) as temporary:
        Image.fromarray(array).save(temporary, format="PNG", compress_level=_PNG_LEVEL)


def _write_captions(out: Path, count: int, recipe: Recipe) -> None:
    """The caption file, of all pairs that are there."""
    entries: list[dict[str, Any]] = []
    sentence = 0
    for index in range(count):
        files = _files(out, recipe, index)
        if not files.complete:
            continue
        record = _record(files, recipe, index)
        entries.append(caption_entry(record, len(entries), sentence, mask_known=True))
        sentence += len(record.captions)
    write_json(out / LEVIR_CAPTIONS, {"made_by": MADE_BY, "images": entries}, indent=None)


def _record(files: _Files, recipe: Recipe, index: int) -> ChangeRecord:
    try:
        truth = json.loads(files.truth.read_text(encoding="utf-8"))
        captions, changed, ground = tuple(truth["captions"]), bool(truth["changed"]), str(truth["ground"])
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{files.truth} is damaged ({error}). Delete it and give the same command again: the pair is made anew."
        ) from error
    return ChangeRecord(
        name=pair_name(index),
        split=recipe.split(index),
        before=files.before,
        after=files.after,
        captions=captions,
        changed=changed,
        label=files.label,
        ground=ground,
        caption_source="grammar",
        quality="synthetic",
    )
