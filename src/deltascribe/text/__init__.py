"""Captions as text: words, vocabulary, direction words and sentence vectors."""

from deltascribe.text.dihedral import ALL_DIHEDRALS, IDENTITY, Dihedral, apply_dihedral
from deltascribe.text.directions import rewrite_directions
from deltascribe.text.no_change import begins_as_no_change, echoes_no_change, is_no_change, no_change_wordings, tells_of_change
from deltascribe.text.normalise import normalise, tokenize
from deltascribe.text.places import without_place
from deltascribe.text.sentence_encoder import SentenceEncoder, build_sentence_encoder
from deltascribe.text.special import END, NO_CHANGE_CAPTION, NO_CHANGE_SENTENCES, PAD, SPECIAL_TOKENS, START, UNKNOWN
from deltascribe.text.vocabulary import Vocabulary

__all__ = [
    "ALL_DIHEDRALS",
    "END",
    "IDENTITY",
    "NO_CHANGE_CAPTION",
    "NO_CHANGE_SENTENCES",
    "PAD",
    "SPECIAL_TOKENS",
    "START",
    "UNKNOWN",
    "Dihedral",
    "SentenceEncoder",
    "Vocabulary",
    "apply_dihedral",
    "begins_as_no_change",
    "build_sentence_encoder",
    "echoes_no_change",
    "is_no_change",
    "no_change_wordings",
    "normalise",
    "rewrite_directions",
    "tells_of_change",
    "tokenize",
    "without_place",
]
