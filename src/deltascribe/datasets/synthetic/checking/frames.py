"""Clauses in the making: a verb, what it is said of, and all that is told about that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from deltascribe.datasets.synthetic.checking.claims import Group, Relation, Spot

OBJECT_SENSES = frozenset({"replace", "give way"})


@dataclass
class Frame:
    """A clause.

    Attributes:
        subjects: what stands in front of the verb.
        sense: of the verb; "" before it came, "being" for a copula.
        finite: whether the verb makes a clause; "houses built by the road" may still get "appear".
        objects: what stands behind a verb that takes something.
        spots, relations, traits: told of the clause as a whole.
        host: the clause whose last thing comes "with" this one's subjects; None for a clause of its own.
        link: "with", "without", "where" or "".
        inverted: whether the things follow the verb: "there are", "on the left appears".
        past: whether a copula is in the past.
        about: things told of before this clause, for "it" and "around".
        words: as written.
    """

    subjects: list[Group] = field(default_factory=list)
    sense: str = ""
    finite: bool = False
    passive: bool = False
    objects: list[Group] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    traits: set[str] = field(default_factory=set)
    host: Frame | None = None
    link: str = ""
    inverted: bool = False
    past: bool = False
    about: tuple[Group, ...] = ()
    former: list[Group] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def place(self, spots: tuple[Spot, ...] = (), relations: tuple[Relation, ...] = ()) -> None:
        """Takes a place: of the last subject before the verb, of the clause after it."""
        if not self.sense and self.subjects:
            self.subjects[-1] = self.subjects[-1].placed(spots, relations)
        elif self.sense == "being" and self.subjects and not self.objects:
            self.subjects = [group.placed(spots, relations) for group in self.subjects]
        else:
            self.spots += spots
            self.relations += relations

    def qualify(self, *traits: str) -> None:
        """Takes a quality told behind the thing: "houses neatly arranged"."""
        if not self.sense and self.subjects:
            self.subjects[-1] = self.subjects[-1].having(*traits)
        else:
            self.traits |= set(traits)

    def add_anchor(self, group: Group) -> bool:
        """Adds a thing to the last relation: "beside the road and the lake"; whether there was one."""
        relations = self.relations
        if not self.sense and self.subjects and self.subjects[-1].relations:
            last = self.subjects[-1]
            joined = _joined(last.relations[-1], group)
            self.subjects[-1] = replace(last, relations=(*last.relations[:-1], joined))
            return True
        if relations:
            relations[-1] = _joined(relations[-1], group)
            return True
        return False

    def things(self) -> list[Group]:
        """What has come about by this clause's end: objects of "turned into", else subjects."""
        return self.objects if self.sense == "give way" and self.objects else self.subjects


def _joined(relation: Relation, group: Group) -> Relation:
    return Relation(relation.kind, (*relation.anchors, group), relation.side, f"{relation.word} and {group.word}")


def is_former(frame: Frame) -> bool:
    """Whether a clause tells what was there before: "where trees used to grow", "what was a field"."""
    return frame.link == "where" and (frame.sense in ("been", "stand") or (frame.sense == "being" and frame.past))
