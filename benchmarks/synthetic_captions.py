"""How true and how natural the captions of made-up pairs are: the independent checker, corrupted sentences, closeness to real text.

    python benchmarks/synthetic_captions.py --sentences 10000 --corrupted 1000 [--real LevirCCcaptions.json] [--show 10]

Prints what the checker accepts of generated sentences and rejects of corrupted ones, by kind; with `--real`, length, vocabulary and
self-BLEU beside those of the real train captions.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean, pstdev

from deltascribe.datasets.synthetic.checking import Checker, corrupt, parse
from deltascribe.datasets.synthetic.planning import plan_place
from deltascribe.datasets.synthetic.wording import caption_place
from deltascribe.evaluation.reading import read_references
from deltascribe.metrics import bleu
from deltascribe.text import is_no_change, tokenize


def generate(sentences: int, seed: int) -> Iterable[tuple[str, dict[str, object]]]:
    """Sentences of changed places, each with the ground truth of its place as it is read from disk."""
    made = index = 0
    while made < sentences:
        place = plan_place(seed, index)
        index += 1
        if not place.changed:
            continue
        truth = json.loads(json.dumps(place.truth()))
        for caption in caption_place(place, index):
            yield caption, truth
            made += 1


def self_bleu(groups: Sequence[Sequence[str]]) -> float:
    """Mean BLEU-4 of each sentence against the others of its pair: lower is more varied."""
    scores = []
    for group in groups:
        words = [tokenize(sentence) for sentence in group]
        others = [words[:place] + words[place + 1 :] for place in range(len(words))]
        scores.append(bleu(words, others)[3])
    return fmean(scores)


def known_share(captions: Sequence[str], real: set[tuple[str, ...]], order: int) -> float:
    """Share of the n-grams of some captions that occur in real ones."""
    grams = [tuple(words[i : i + order]) for words in map(tokenize, captions) for i in range(len(words) - order + 1)]
    return fmean(gram in real for gram in grams)


def main() -> None:
    """Runs all of it and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=10_000)
    parser.add_argument("--corrupted", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", type=Path, help="references file whose train split is compared with")
    parser.add_argument("--show", type=int, default=10, help="so many wrongly judged sentences are printed of each sort")
    options = parser.parse_args()

    captions: list[str] = []
    refused: list[str] = []
    missed: list[str] = []
    corrupted: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for number, (caption, truth) in enumerate(generate(options.sentences, options.seed)):
        checker = Checker(truth)
        captions.append(caption)
        complaints = checker.check(caption)
        if complaints:
            refused.append(f"{caption}  <- {complaints[0]}")
        if sum(corrupted.values()) < options.corrupted and (wrong := corrupt(caption, truth, number)) is not None:
            corrupted[wrong.kind] += 1
            if checker.check(wrong.sentence):
                caught[wrong.kind] += 1
            else:
                missed.append(f"{wrong.kind}: {wrong.sentence}  <- {caption}")
    print(f"accepted {len(captions) - len(refused)} of {len(captions)} generated sentences ({len(set(captions))} different)")
    print(f"rejected {sum(caught.values())} of {sum(corrupted.values())} corrupted ones:", end=" ")
    print(", ".join(f"{kind} {caught[kind]}/{count}" for kind, count in sorted(corrupted.items())))
    for title, lines in (("refused though generated", refused), ("accepted though corrupted", missed)):
        for line in lines[: options.show]:
            print(f"  {title}: {line}")
    if options.real is not None:
        compare(captions, options.real)


def compare(captions: list[str], path: Path) -> None:
    """Prints closeness to the real train captions of changed pairs."""
    entries = read_references(path, "train").references.values()
    groups = [list(entry) for entry in entries if not is_no_change(entry)][:2_000]
    real = [sentence for group in groups for sentence in group]
    told = [sentence for entry in entries if not is_no_change(entry) for sentence in entry]
    understood = sum(not any(claim.unknown for claim in parse(sentence)) for sentence in told)
    print(
        f"the checker understands {understood} of {len(told)} real train captions of changed pairs ({100 * understood / len(told):.2f} %)"
    )
    everything = [tokenize(sentence) for entry in entries for sentence in entry]
    vocabulary = {word for words in everything for word in words}
    for name, texts, sets in (
        ("made up", captions, [captions[i : i + 5] for i in range(0, len(captions), 5)][:2_000]),
        ("real", real, groups),
    ):
        lengths = [len(tokenize(text)) for text in texts]
        words = Counter(word for text in texts for word in tokenize(text))
        known = sum(count for word, count in words.items() if word in vocabulary) / sum(words.values())
        print(
            f"{name}: {fmean(lengths):.1f} words (deviation {pstdev(lengths):.1f}), {len(words)} different, "
            f"{100 * known:.1f} % known from real text, self-BLEU-4 {100 * self_bleu(sets):.1f}"
        )
    for order in (2, 4):
        grams = {tuple(words[i : i + order]) for words in everything for i in range(len(words) - order + 1)}
        print(f"{order}-grams of made-up captions that occur in real ones: {100 * known_share(captions, grams, order):.1f} %")


if __name__ == "__main__":
    main()
