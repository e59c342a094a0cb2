"""METEOR against the jar itself. Where there is no Java, this fails unless DELTASCRIBE_NO_JAVA=1 is set."""

from __future__ import annotations

import os
import random
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deltascribe.metrics.meteor.resources import number_resources
from deltascribe.text import tokenize

pytestmark = pytest.mark.skipif(os.environ.get("DELTASCRIBE_NO_JAVA") == "1", reason="DELTASCRIBE_NO_JAVA is set")

Case = tuple[list[list[str]], list[list[list[str]]]]


def start_jar(*options: str) -> Any:
    from pycocoevalcap.meteor import meteor as official

    jar = official.Meteor.__new__(official.Meteor)  # its own __init__ takes no options
    jar.lock = threading.Lock()
    command = ["java", "-jar", "-Xmx2G", official.METEOR_JAR, "-", "-", "-stdio", "-l", "en", "-norm", *options]
    folder = Path(official.__file__).parent
    jar.meteor_p = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return jar


@pytest.fixture(scope="module")
def jars() -> Iterator[dict[bool, Any]]:
    """The jar with all its stages (False) and with exact matches only (True)."""
    started = {False: start_jar(), True: start_jar("-m", "exact")}
    yield started
    for jar in started.values():
        jar.meteor_p.stdin.close()
        jar.meteor_p.wait(timeout=60)
        jar.meteor_p.stdout.close()


def assert_equal(scorer: Any, jar: Any, case: Case) -> None:
    hypotheses, references = case
    score, items = jar.compute_score(
        {index: [" ".join(words) for words in entry] for index, entry in enumerate(references)},
        {index: [" ".join(words)] for index, words in enumerate(hypotheses)},
    )
    assert scorer.items(hypotheses, references) == pytest.approx(items, abs=1e-12)
    assert scorer.score(hypotheses, references) == pytest.approx(score, abs=1e-12)


def random_case(pool: list[str], seed: int, pairs: int = 300, longest: int = 16) -> Case:
    """Sentences of a few words each time, so that much matches and words repeat."""
    rng = random.Random(seed)
    hypotheses, references = [], []
    for _ in range(pairs):
        few = rng.sample(pool, k=min(len(pool), rng.choice([2, 5, 12, 30])))
        references.append([rng.choices(few, k=rng.randint(0, longest)) for _ in range(rng.randint(1, 5))])
        hypotheses.append(rng.choices(few, k=rng.randint(0, longest)))
    return hypotheses, references


@pytest.fixture(scope="module")
def number_case() -> Case:
    # the numbers of the table in twos or threes beside their paraphrases, among any others
    rng = random.Random(1)
    linked = [phrase for phrase in number_resources().paraphrases if len(phrase) <= 2]
    hypotheses, references = [], []
    for _ in range(400):
        phrases = rng.choices(linked, k=rng.randint(1, 5))
        others = [rng.choice(list(number_resources().paraphrases[phrase])) for phrase in phrases]
        plain = [(str(rng.randrange(10_000)),) for _ in range(rng.randint(0, 4))]
        first, second = [*phrases, *plain], [*others, *plain, *phrases[:1]]
        rng.shuffle(first)
        rng.shuffle(second)
        hypotheses.append([word for run in first for word in run])
        references.append([[word for run in second for word in run], rng.choices(hypotheses[-1], k=6)])
    return hypotheses, references


def test_word_numbers_score_like_the_jar(scorers: dict[str, Any], jars: dict[bool, Any], number_case: Case) -> None:
    assert_equal(scorers["numbers only"], jars[False], number_case)
    assert_equal(scorers["exact numbers"], jars[True], number_case)


def test_every_number_up_to_9999_matches_what_the_jar_matches(scorers: dict[str, Any], jars: dict[bool, Any]) -> None:
    rng = random.Random(2)
    table = number_resources().paraphrases
    hypotheses = [[str(number)] for number in range(10_000)]
    references = [
        [list(paraphrase) for paraphrase in table.get((word,), {})][:6] + [[str(rng.randrange(10_000))] for _ in range(2)]
        for (word,) in hypotheses
    ]
    assert_equal(scorers["numbers only"], jars[False], (hypotheses, references))


def test_captions_score_like_the_jar(golden: Any, scorers: dict[str, Any], jars: dict[bool, Any]) -> None:
    case = random_case(golden.vocabulary, 3)
    assert_equal(scorers["english"], jars[False], case)
    assert_equal(scorers["exact words"], jars[True], case)


def test_the_golden_numbers_are_the_jars(golden: Any, scorers: dict[str, Any], jars: dict[bool, Any]) -> None:
    assert_equal(scorers["english"], jars[False], golden.pairs("english"))
    assert_equal(scorers["numbers only"], jars[False], golden.pairs("numbers only"))


def test_ties_and_a_full_beam_are_resolved_like_the_jar(scorers: dict[str, Any], jars: dict[bool, Any]) -> None:
    rng = random.Random(4)
    few = [[str(number) for number in range(count)] for count in (1, 2, 3)]
    sentences = [rng.choices(rng.choice(few), k=rng.randint(1, 15)) for _ in range(450)]
    assert_equal(scorers["numbers only"], jars[False], (sentences[:150], [sentences[150 + 2 * at : 152 + 2 * at] for at in range(150)]))


PIECES = ["lower", "t", "s", "a", "\u00e9", "\u017e", "\u017f", "\u03b1", "\u0434\u043e\u043c", "\u4e2d", "\u0628", "\u0969", "5", "12"]
PIECES += ["\u1d00", "\u00df", "\U0001d49c", "\u0131", "\ufb01"]


def test_words_of_any_script_with_hyphens_and_apostrophes_are_normalised_like_the_jar(
    scorers: dict[str, Any], jars: dict[bool, Any]
) -> None:
    rng = random.Random(5)

    def sentence() -> list[str]:
        runs = (rng.choices(["-", "'", ""], k=3) for _ in range(rng.randint(0, 7)))
        return tokenize(" ".join("".join(rng.choice(PIECES) + sign for sign in (*run, "")) for run in runs))

    hypotheses, references = [], []
    for _ in range(300):
        references.append([sentence() for _ in range(2)])
        hypotheses.append(
            [*rng.sample(references[-1][0], k=len(references[-1][0]) // 2), *sentence()[:3], *rng.choices(["<unk>", "&", "''"], k=1)]
        )
    assert_equal(scorers["exact words"], jars[True], (hypotheses, references))


EDGES: dict[str, tuple[str, list[str]]] = {
    "nothing said": ("", ["5 6", "7"]),
    "nothing said and nothing to say": ("", ["", ""]),
    "an empty reference": ("5", ["", "6 7"]),
    "one word right": ("5", ["5"]),
    "one word wrong": ("5", ["6"]),
    "a word too often": ("5 5 5 5", ["5", "5 6 5"]),
    "equal references": ("5 6 7", ["5 6 8", "5 6 8"]),
    "all words in another order": ("5 6 7 8", ["8 7 6 5"]),
    "a paraphrase of two words": ("1000 5", ["1 000 5"]),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges_score_like_the_jar(name: str, scorers: dict[str, Any], jars: dict[bool, Any]) -> None:
    hypothesis, references = EDGES[name]
    assert_equal(scorers["numbers only"], jars[False], ([hypothesis.split()], [[text.split() for text in references]]))


def test_doubled_blanks_are_treated_like_the_coco_scorers_do(scorers: dict[str, Any], jars: dict[bool, Any]) -> None:
    assert_equal(scorers["exact numbers"], jars[True], ([["5", "", "6", ""]], [[["5", "6", "", "7"]]]))
