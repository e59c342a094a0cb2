"""Checks captions of made-up pairs against ground truth alone, and makes captions false to test the check.

Nothing here is shared with the grammar that writes the captions: neither code nor words.
"""

from deltascribe.datasets.synthetic.checking.claims import Claim, Complaint, Corrupted, Group, Quantity, Relation, Spot
from deltascribe.datasets.synthetic.checking.corruption import corrupt
from deltascribe.datasets.synthetic.checking.parsing import parse
from deltascribe.datasets.synthetic.checking.verify import Checker, check_caption

__all__ = ["Checker", "Claim", "Complaint", "Corrupted", "Group", "Quantity", "Relation", "Spot", "check_caption", "corrupt", "parse"]
