"""What stands above the table of a grid: where its figures come from, what was frozen, and what the variants differ in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from deltascribe.ablation.config import Ablation, Variant
from deltascribe.ablation.given import noted_weights
from deltascribe.ablation.plan import PlannedRun
from deltascribe.ablation.summary import Summary
from deltascribe.evaluation.comparison.cells import headline
from deltascribe.evaluation.machine import utc_now
from deltascribe.training.settings import differences, shown

_KEPT = ("output", "seed")


def facts(ablation: Ablation, summary: Summary, command: str) -> list[tuple[str, str]]:
    """Name and text of each fact."""
    reference = next(variant for variant in ablation.variants if variant.name == ablation.reference)
    runs = [run for found in summary.runs.values() for run in found]
    notes = [run.facts() for run in runs]
    planned = len(ablation.variants) * len(ablation.seeds)
    config = reference.config
    return [
        *([("command", command)] if command else []),
        ("configuration", f"{ablation.path}, over {_list(str(variant.source) for variant in ablation.variants)}"),
        ("seeds", ", ".join(map(str, ablation.seeds)) + (f"; {len(runs)} of {planned} runs are done" if len(runs) < planned else "")),
        ("data", f"{summary.comparison.data}, {headline(summary.comparison)}"),
        ("choices", _choices(ablation, summary.split)),
        ("reference", ablation.reference + ("" if reference.start is None else f", from: {reference.start}")),
        (
            "training",
            f"epochs: {config.epochs}, pairs a step: {config.batch_size}, precision: {config.precision}, where a variant says nothing else",
        ),
        ("backbone", _frozen(ablation.variants)),
        *([("given", given)] if (given := list_given(runs)) else []),
        ("machine", _list(_machine(note.get("machine") or {}) for note in notes)),
        ("versions", _list(", ".join(f"{name} {version}" for name, version in (note.get("versions") or {}).items()) for note in notes)),
        ("written", utc_now()),
    ]


def variant_lines(ablation: Ablation) -> list[tuple[str, str]]:
    """Of each variant but the reference the settings in which it differs from it."""
    reference = next(variant for variant in ablation.variants if variant.name == ablation.reference).settings()
    lines = []
    for variant in ablation.variants:
        if variant.name == ablation.reference:
            continue
        found = differences(variant.settings(), reference)
        parts = [f"{key}: {shown(ours)} (not {shown(theirs)})" for key, (ours, theirs) in found.items() if key not in _KEPT]
        lines.append((variant.name, "; ".join(parts) or "the same settings"))
    return lines


def _choices(ablation: Ablation, split: str) -> str:
    if split == "test":
        return f"scored on test after all choices were made on {ablation.split}: the test split chose nothing, neither settings nor epochs"
    return (
        f"the best epoch of each run was chosen on val, by {_by_variant(ablation.variants, lambda variant: variant.config.select_by)}; "
        "the test split took no part"
    )


def _frozen(variants: Sequence[Variant]) -> str:
    """What of the backbone learns, and whether its frozen part was cached."""
    return _by_variant(variants, _describe_backbone)


def _by_variant(variants: Sequence[Variant], describe: Callable[[Variant], str]) -> str:
    """What is said of all variants, or of which of them each different text is."""
    by_text: dict[str, list[str]] = {}
    for variant in variants:
        by_text.setdefault(describe(variant), []).append(variant.name)
    if len(by_text) == 1:
        return next(iter(by_text))
    return "; ".join(f"{', '.join(names)}: {text}" for text, names in by_text.items())


def _describe_backbone(variant: Variant) -> str:
    settings = variant.settings()["model"]["settings"]
    transfer, backbone = settings.get("transfer"), settings.get("backbone")
    if isinstance(transfer, dict) and transfer.get("encoder"):
        backbone = {"name": "the detector's encoder", "weights": transfer.get("detector"), "tuned_stages": 0}
    if not isinstance(backbone, dict):
        return "not stated"
    tuned = backbone.get("tuned_stages")
    stages = "frozen as a whole" if tuned == 0 else f"all but the last {tuned} stages frozen"
    cached = variant.config.cache.variants
    features = f", features cached, augmented variants of each pair: {cached}" if cached else ", augmented anew in every step"
    return f"{backbone.get('name')} ({backbone.get('weights')} weights), {stages}{features}"


def list_given(runs: Sequence[PlannedRun]) -> str:
    """The detectors that runs were given, by the setting that names them, and the code of models that are not this package's."""
    found = dict.fromkeys((setting, digest) for run in runs for setting, digest in noted_weights(run.folder).items())
    return "; ".join(f"{setting}: SHA-256 {digest[:12]}" for setting, digest in found)


def _machine(machine: dict[str, Any]) -> str:
    counted = [f"{value} {name}" if name in ("cores", "threads") else str(value) for name, value in machine.items() if value]
    return ", ".join(counted)


def _list(texts: Any) -> str:
    """Each different text once."""
    return "; ".join(text for text in dict.fromkeys(texts) if text) or "not stated"
