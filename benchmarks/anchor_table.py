"""The anchor rows of a set of captions in both modes: what predictors without a model score. Prints a Markdown table.

python benchmarks/anchor_table.py LevirCCcaptions.json --fixed "some roads and houses are built on bareland"
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from deltascribe.evaluation.reading import ReferenceSet, read_references
from deltascribe.metrics import CaptionScorer, FixedSentence, PredictorScores, Protocol, WordNumbering, anchor_rows
from deltascribe.metrics.render import percent


def all_sentences(references: ReferenceSet) -> Iterable[str]:
    """Every sentence of every split of the file."""
    yield from (sentence for entry in references.references.values() for sentence in entry)
    yield from (sentence for pairs in references.other_splits.values() for entry, _ in pairs for sentence in entry)


def main() -> None:
    """Scores the rows and prints them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captions", type=Path, help="references file with all splits, as `deltascribe score` reads it")
    parser.add_argument("--split", default="test")
    parser.add_argument("--min-count", type=int, default=5, help="words seen so often over all splits have a number")
    parser.add_argument("--fixed", default="some houses are built along the road", help="sentence said of every changed pair")
    parser.add_argument("--seed", type=int, default=0, help="of the row of random training captions")
    options = parser.parse_args()

    gold = read_references(options.captions, options.split)
    training = [sentence for entry, changed in gold.other_splits.get("train", ()) if changed for sentence in entry]
    numbering = WordNumbering.build(all_sentences(gold), options.min_count, "captions of all splits")
    rows: dict[str, tuple[PredictorScores, ...]] = {}
    for protocol in (Protocol.ids(numbering), Protocol.words()):
        scorer = CaptionScorer(list(gold.references.values()), list(gold.changed.values()), protocol)
        rows[protocol.mode] = anchor_rows(scorer, [FixedSentence(options.fixed, 0.0, "no set: given by hand")], training, seed=options.seed)

    print(f"{len(gold.references)} pairs, {sum(gold.changed.values())} changed; ids: {numbering.describe()}\n")
    print("| predictor | part | B-4 | METEOR ids / exact / words | ROUGE-L | CIDEr-D ids / words | S*m ids / words |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for ids, words in zip(rows["ids"], rows["words"], strict=True):
        for subset in ("all", "balanced", "changed"):
            one, other = ids.subset(subset).scores, words.subset(subset).scores
            cells = [
                ids.label,
                subset,
                percent(one["bleu_4"]),
                f"{percent(one['meteor'])} / {percent(one['meteor_exact'])} / {percent(other['meteor'])}",
                percent(one["rouge_l"]),
                f"{percent(one['cider_d'])} / {percent(other['cider_d'])}",
                f"{percent(one['s_m'])} / {percent(other['s_m'])}",
            ]
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
