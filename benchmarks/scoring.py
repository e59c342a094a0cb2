"""Our scorers against the official ones (pycocoevalcap, METEOR in Java): seconds, their ratio in one run, and the largest difference.

python benchmarks/scoring.py                                   # 2,000 made-up pairs x 5 sentences
python benchmarks/scoring.py --captions LevirCCcaptions.json   # real ones, any references file that `deltascribe score` reads
python benchmarks/scoring.py --mode words --no-java
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from deltascribe.evaluation.reading import read_references
from deltascribe.metrics import CaptionScorer, Meteor, Protocol, WordNumbering, bleu_items, cider_d_items, rouge_l_items
from deltascribe.text import is_no_change
from deltascribe.text.special import NO_CHANGE_SENTENCES

Sentences = list[list[str]]

THINGS = [
    "house",
    "houses",
    "villas",
    "road",
    "roads",
    "trees",
    "building",
    "parking lot",
    "pool",
    "warehouse",
    "bareland",
    "grass",
    "woods",
]
PLACES = ["along the road", "at the top", "on the left", "in the bottom right corner", "in the middle", "on both sides of the road"]
EVENTS = ["is built", "are built", "appears", "has been constructed", "is removed", "disappear", "is replaced by", "have been planted"]
AMOUNTS = ["a", "some", "two", "three", "many", "a row of", "several", "the"]


def made_up(pairs: int, seed: int) -> tuple[list[str], Sentences]:
    """Captions in the manner of LEVIR-CC, half of them without a change, and for each pair what some other person said of another."""
    generator = random.Random(seed)

    def sentence() -> str:
        return " ".join(generator.choice(words) for words in (AMOUNTS, THINGS, EVENTS, AMOUNTS, THINGS, PLACES))

    references = [[sentence() for _ in range(5)] if row % 2 else list(NO_CHANGE_SENTENCES) for row in range(pairs)]
    return _said(references, generator), references


def real(path: Path, split: str | None, limit: int, seed: int) -> tuple[list[str], Sentences]:
    """References of a file, and for each pair what some other person said of it or of another pair."""
    references = [list(entry) for entry in read_references(path, split).references.values()][:limit]
    return _said(references, random.Random(seed)), references


def _said(references: Sentences, generator: random.Random) -> list[str]:
    """A third each: a sentence of another pair, one with a word left out, one with two words swapped."""
    said = []
    for row, entry in enumerate(references):
        words = generator.choice(references[generator.randrange(len(references))] if row % 3 == 0 else entry).split()
        if row % 3 == 1 and len(words) > 1:
            words.pop(generator.randrange(len(words)))
        elif row % 3 == 2 and len(words) > 1:
            first, second = generator.sample(range(len(words)), 2)
            words[first], words[second] = words[second], words[first]
        said.append(" ".join(words))
    return said


def ours(protocol: Protocol, said: list[str], references: Sentences) -> tuple[float, CaptionScorer, dict[str, Any]]:
    """Seconds for everything: all subsets, S*m, and in ids exact-only METEOR too."""
    began = time.perf_counter()
    scorer = CaptionScorer(references, [not is_no_change(entry) for entry in references], protocol)
    scores = dict(scorer.score("ours", said).subset("all").scores)
    return time.perf_counter() - began, scorer, scores


def official(words: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]], java: bool) -> tuple[float, dict[str, Any]]:
    """Seconds of the official scorers over all pairs, and their scores: name -> (corpus, items)."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.meteor.meteor import Meteor as JavaMeteor
    from pycocoevalcap.rouge.rouge import Rouge

    gold = {row: [" ".join(sentence) for sentence in entry] for row, entry in enumerate(references)}
    guess = {row: [" ".join(sentence)] for row, sentence in enumerate(words)}
    began = time.perf_counter()
    bleus, bleu_rows = Bleu(4).compute_score(gold, guess, verbose=0)
    results: dict[str, Any] = {f"bleu_{order}": (bleus[order - 1], bleu_rows[order - 1]) for order in range(1, 5)}
    results["rouge_l"] = Rouge().compute_score(gold, guess)
    results["cider_d"] = Cider().compute_score(gold, guess)
    if java:
        results["meteor"] = JavaMeteor().compute_score(gold, guess)
    return time.perf_counter() - began, results


def main() -> None:
    """Prints both times, their ratio and the differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=Path, help="references file; made-up captions by default")
    parser.add_argument("--split", default="test", help="part of the file: train, val, test, all")
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--mode", choices=["ids", "words"], default="ids")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeat", type=int, default=3, help="runs of ours; the fastest counts")
    parser.add_argument("--no-java", dest="java", action="store_false", help="leave the official METEOR out")
    options = parser.parse_args()
    torch.set_num_threads(1)

    split = None if options.split == "all" else options.split
    said, references = (
        made_up(options.pairs, options.seed) if options.captions is None else real(options.captions, split, options.pairs, options.seed)
    )
    numbering = WordNumbering.build((sentence for entry in references for sentence in entry), 2, "references")
    protocol = Protocol.ids(numbering) if options.mode == "ids" else Protocol.words()
    runs = [ours(protocol, said, references) for _ in range(options.repeat)]
    seconds, scorer, scores = min(runs, key=lambda run: run[0])
    words = [protocol.tokens(sentence) for sentence in said]
    reference_seconds, results = official(words, scorer.references, options.java)

    print(f"{len(said)} pairs x {len(references[0])} sentences, mode {options.mode}")
    print(f"ours {seconds:.2f} s (all subsets), official {reference_seconds:.2f} s (all pairs): ratio {reference_seconds / seconds:.1f}")
    items: dict[str, Callable[[], Sequence[float]]] = {
        "bleu_4": lambda: [row[3] for row in bleu_items(words, scorer.references)],
        "rouge_l": lambda: rouge_l_items(words, scorer.references),
        "cider_d": lambda: cider_d_items(words, scorer.references),
        "meteor": lambda: _meteor(options.mode, words, scorer.references).items(words, scorer.references),
    }
    for name, (corpus, rows) in results.items():
        line = f"{name:10s} ours {100 * scores[name]:9.5f}  official {100 * corpus:9.5f}  difference {abs(scores[name] - corpus):.1e}"
        if name in items:
            line += f"  largest of the pairs {max(abs(a - b) for a, b in zip(items[name](), rows, strict=True)):.1e}"
        print(line)


def _meteor(mode: str, words: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> Meteor:
    if mode == "ids":
        return Meteor.numbers()
    return Meteor.english({word for sentence in [*words, *(s for entry in references for s in entry)] for word in sentence})


if __name__ == "__main__":
    main()
