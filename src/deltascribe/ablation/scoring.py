"""Scores the best checkpoint of a run, as `deltascribe evaluate` does."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from deltascribe.ablation.plan import PlannedRun
from deltascribe.datasets import SPLITS, Split, open_dataset
from deltascribe.evaluation import Evaluation, ScoringContext, build_context, evaluate, read_split_captions
from deltascribe.metrics import METRICS, SUBSETS
from deltascribe.own_code import import_options

_DEVICES = ("cpu", "cuda", "mps")


class Scoring:
    """Scores runs on one split; what the data set gives to all of them is worked out once.

    Args:
        split: what is scored.
        beams: width of the search.
        quiet: no progress bars.
    """

    def __init__(self, split: str, beams: int, quiet: bool) -> None:
        self.split: Split = next(known for known in SPLITS if known == split)
        self.beams, self.quiet = beams, quiet
        # a fixed sentence chosen on the scored split would look better than it is
        self.fixed_from = "train" if split == "val" else "val"
        self._contexts: dict[Path, ScoringContext] = {}

    def __call__(self, run: PlannedRun) -> str:
        """Writes the folder `run.scores(split)`.

        Returns:
            The main scores in one line.

        Raises:
            DeltascribeError: see `deltascribe.evaluation.evaluate`.
        """
        data, best, out = run.config.data, run.folder / "best", run.scores(self.split)
        context = self._contexts.get(data.root)
        if context is None:
            context = build_context(read_split_captions(data.root, data.format), self.split, fixed_from=self.fixed_from)
            self._contexts[data.root] = context
        options: dict[str, Any] = {"split": self.split, "beams": self.beams, "fixed-from": self.fixed_from, "sanity": 0, "out": out}
        if data.format is not None:
            options["format"] = data.format
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        accelerator = run.config.accelerator
        evaluation = evaluate(
            best,
            open_dataset(data.root, self.split, data.format),
            out,
            device=accelerator if accelerator in _DEVICES else "auto",
            beams=(self.beams,),
            context=context,
            sanity=0,
            label=run.title,
            command=shlex.join(
                ["deltascribe", *import_options(recorded=True), "evaluate", str(best), str(data.root), *words, "--no-gallery"]
            ),
            gallery=False,
            progress=not self.quiet,
        )
        return f"{self.split}: {_main_scores(evaluation)}"


def _main_scores(evaluation: Evaluation) -> str:
    scores = evaluation.runs[0].analysis.tables["ids"].model
    parts = [
        f"{METRICS[key]} {100 * value:.2f}" + (f" ({SUBSETS[entry.subset]})" if entry.subset != "all" else "")
        for entry in scores.subsets
        if entry.subset in ("all", "changed")
        for key in ("s_m", "cider_d")
        if (value := entry.scores[key]) is not None
    ]
    accuracies = (("change", scores.change_accuracy), ("no change", scores.no_change_accuracy))
    return ", ".join([*parts, *(f"{name} {100 * value:.1f} %" for name, value in accuracies if value is not None)])
