"""Makes golden.json: made-up captions and what the official scorers give for them. Needs Java and pycocoevalcap; run it by hand."""

from __future__ import annotations

import json
import random
import subprocess
import threading
from pathlib import Path
from typing import Any

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.meteor import meteor as official
from pycocoevalcap.rouge.rouge import Rouge

PLACE = Path(__file__).with_name("golden.json")
SEED = 20
PAIRS = 240

COUNTS = ["a", "some", "many", "several", "two", "a row of", "a lot of", "a few", "dozens of", "the"]
THINGS = ["houses", "house", "villas", "buildings", "a large building", "residential houses", "homes", "trees", "plants", "bushes", "woods"]
THINGS += [
    "roads",
    "road",
    "a new road",
    "paths",
    "streets",
    "factory",
    "factories",
    "parking lot",
    "swimming pool",
    "bareland",
    "grassland",
]
ACTS = ["are built", "is built", "have been built", "were constructed", "have appeared", "appears", "show up", "are removed", "was removed"]
ACTS += ["disappear", "replaced", "have replaced", "took the place of", "are demolished", "has been widened", "are being built", "built"]
PLACES = ["along the road", "on both sides of the road", "at the top", "in the top-left corner", "in the lower right", "near the road"]
PLACES += ["around it", "on the bare land", "in the forest", "beside the road's end", "in the middle", "at the t-shaped crossing", ""]
STILL = ["the scene is the same as before", "there is no difference", "the two scenes seem identical", "no change has occurred"]
STILL += ["almost nothing has changed"]
ODD = [
    "u-v-w",
    "don't",
    "5's",
    "a'b'c",
    "caf\u00e9",
    "\u0431\u0443\u0434\u0438\u043d\u043e\u043a",
    "\u4e2d\u6587",
    "\u03b1\u03b2-x",
    "<unk>",
    "c0",
    "an",
    "3",
]
ODD += ["added", "adding", "men", "man", "children", "child", "buses", "bus", "1000", "10", "1"]


def sentence(rng: random.Random) -> list[str]:
    """Words of one made-up caption."""
    text = f"{rng.choice(COUNTS)} {rng.choice(THINGS)} {rng.choice(ACTS)}"
    if rng.random() < 0.5:
        text += f" {rng.choice(COUNTS)} {rng.choice(THINGS)}"
    text += f" {rng.choice(PLACES)}"
    if rng.random() < 0.3:
        text += f" and {rng.choice(COUNTS)} {rng.choice(THINGS)} {rng.choice(ACTS)} {rng.choice(PLACES)}"
    return text.split()


def disturbed(words: list[str], rng: random.Random, vocabulary: list[str]) -> list[str]:
    """The same with a few words swapped, dropped, replaced or put in."""
    words = list(words)
    for _ in range(rng.randint(0, 4)):
        kind = rng.randrange(4)
        if kind == 0 and len(words) > 1:
            del words[rng.randrange(len(words))]
        elif kind == 1 and len(words) > 1:
            first, second = rng.sample(range(len(words)), 2)
            words[first], words[second] = words[second], words[first]
        elif kind == 2:
            words.insert(rng.randrange(len(words) + 1), rng.choice(vocabulary))
        else:
            words[rng.randrange(len(words))] = rng.choice(vocabulary)
    return words


def make_sentences() -> tuple[list[list[str]], list[list[list[str]]], list[str]]:
    """Hypotheses, references and all words that either may hold."""
    rng = random.Random(SEED)
    phrases = [*COUNTS, *THINGS, *ACTS, *PLACES, *STILL, "and", *ODD]
    vocabulary = sorted({word for phrase in phrases for word in phrase.split()})
    hypotheses, references = [], []
    for index in range(PAIRS):
        if index % 5 == 4:
            entry = [still.split() for still in STILL]
        else:
            first = sentence(rng)
            entry = [first, *(disturbed(first, rng, vocabulary) if rng.random() < 0.5 else sentence(rng) for _ in range(rng.randint(0, 4)))]
        source = rng.choice(entry) if rng.random() < 0.7 else sentence(rng)
        hypotheses.append(disturbed(source, rng, vocabulary))
        references.append(entry)
    edges: list[tuple[list[str], list[list[str]]]] = [
        ([], [["a", "road"], ["trees"]]),
        (["road"], [["road"]]),
        (["road"], [["roads"]]),
        (["road"], [["house"], []]),
        ([], [[]]),
        (["the"] * 7, [["the", "road", "the"]]),
        (["the", "road"] * 9, [["road", "the"] * 8]),
    ]
    for hypothesis, entry in edges:
        hypotheses.append(hypothesis)
        references.append(entry)
    return hypotheses, references, vocabulary


def numbering(vocabulary: list[str]) -> dict[str, str]:
    """A number for every word; near 100, where the paraphrase table has most pairs of numbers."""
    return {word: str(90 + place) for place, word in enumerate(vocabulary)}


def ask(hypotheses: list[list[str]], references: list[list[list[str]]], *options: str) -> dict[str, Any]:
    """Scores of the jar, in pycocoevalcap's protocol."""
    jar = official.Meteor.__new__(official.Meteor)
    command = ["java", "-jar", "-Xmx2G", official.METEOR_JAR, "-", "-", "-stdio", "-l", "en", "-norm", *options]
    folder = Path(official.__file__).parent
    jar.meteor_p = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    jar.lock = threading.Lock()
    score, items = jar.compute_score(
        {index: [" ".join(words) for words in entry] for index, entry in enumerate(references)},
        {index: [" ".join(words)] for index, words in enumerate(hypotheses)},
    )
    return {"score": score, "items": items}


def ask_others(hypotheses: list[list[str]], references: list[list[list[str]]]) -> dict[str, Any]:
    """Scores of the official BLEU, ROUGE-L and CIDEr-D, which see no difference between words and their numbers."""
    gold = {index: [" ".join(words) for words in entry] for index, entry in enumerate(references)}
    guess = {index: [" ".join(words)] for index, words in enumerate(hypotheses)}
    bleu, bleu_items = Bleu(4).compute_score(gold, guess, verbose=0)
    rouge, rouge_items = Rouge().compute_score(gold, guess)
    cider, cider_items = Cider().compute_score(gold, guess)
    return {
        "bleu": {"score": bleu, "items": bleu_items},
        "rouge_l": {"score": float(rouge), "items": [float(item) for item in rouge_items]},
        "cider_d": {"score": float(cider), "items": [float(item) for item in cider_items]},
    }


def main() -> None:
    hypotheses, references, vocabulary = make_sentences()
    numbers = numbering(vocabulary)
    hypothesis_ids = [[numbers[word] for word in words] for words in hypotheses]
    reference_ids = [[[numbers[word] for word in words] for words in entry] for entry in references]
    golden = {
        "vocabulary": vocabulary,
        "numbers": numbers,
        "english": ask(hypotheses, references),
        "exact words": ask(hypotheses, references, "-m", "exact"),
        "numbers only": ask(hypothesis_ids, reference_ids),
        "exact numbers": ask(hypothesis_ids, reference_ids, "-m", "exact"),
        **ask_others(hypotheses, references),
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items()]
    pairs = [[" ".join(words), *(" ".join(reference) for reference in entry)] for words, entry in zip(hypotheses, references, strict=True)]
    lines.append('"pairs": [\n' + ",\n".join(json.dumps(pair) for pair in pairs) + "\n]")
    PLACE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
