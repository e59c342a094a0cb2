"""Special tokens of every vocabulary, and the sentences that mean "nothing changed"."""

PAD, START, END, UNKNOWN = 0, 1, 2, 3
SPECIAL_TOKENS: tuple[str, ...] = ("<pad>", "<start>", "<end>", "<unk>")

NO_CHANGE_SENTENCES: tuple[str, ...] = (
    "the scene is the same as before",
    "there is no difference",
    "the two scenes seem identical",
    "no change has occurred",
    "almost nothing has changed",
)
"""The five references of every no-change pair of LEVIR-CC."""

NO_CHANGE_CAPTION = NO_CHANGE_SENTENCES[0]
"""The one that a no-change pair is trained on and that a user reads."""
