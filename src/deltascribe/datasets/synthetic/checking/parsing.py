"""A caption as claims: phrases are put together to clauses, and clauses read as statements."""

from __future__ import annotations

from dataclasses import replace

from deltascribe.datasets.synthetic.checking.chunks import Chunk, Chunker
from deltascribe.datasets.synthetic.checking.claims import Claim, Group, Relation
from deltascribe.datasets.synthetic.checking.frames import OBJECT_SENSES, Frame, is_former
from deltascribe.datasets.synthetic.checking.no_change import says_no_change
from deltascribe.datasets.synthetic.checking.statements import claims_of

ROADLIKE = frozenset({"road", "path", "path or track", "branch", "cul-de-sac", "crossroads", "junction", "t-junction"})


def parse(caption: str) -> list[Claim]:
    """Takes a caption apart.

    Args:
        caption: one English sentence about a pair, in the manner of LEVIR-CC's references.

    Returns:
        Its claims in order; words that were not understood are in `Claim.unknown` of a claim of event `unclear` at the end.
    """
    if says_no_change(caption):
        return [Claim("none", words=caption.strip())]
    builder = ClauseBuilder(Chunker(caption).run())
    frames = builder.run()
    claims = [claim for frame in frames for claim in claims_of(frame)]
    unknown = list(builder.unknown)
    if not claims and not unknown:
        unknown.append(caption.strip())
    if unknown:
        claims.append(Claim("unclear", unknown=tuple(unknown), words=caption.strip()))
    return claims


class ClauseBuilder:
    """Puts the phrases of one sentence together to clauses, from left to right."""

    def __init__(self, chunks: list[Chunk]) -> None:
        self.chunks = chunks
        self.current = Frame()
        self.frames: list[Frame] = [self.current]
        self.unknown: list[str] = []
        self.seen: list[Group] = []

    def run(self) -> list[Frame]:
        """All clauses, in the order in which they opened."""
        for i, chunk in enumerate(self.chunks):
            previous = self.chunks[i - 1].kind if i else ""
            getattr(self, f"_{chunk.kind}")(i, chunk, previous)
            self.current.words.append(chunk.text)
        for place, frame in enumerate(self.frames):
            if frame.link == "where" and frame.host is not None and is_former(frame):
                later = next((other for other in self.frames[place:] if not other.link), frame.host)
                host = frame.host if frame.host.sense or frame.host.subjects else later  # "where woods stood, a road appears"
                host.former += frame.objects or frame.subjects
            elif not frame.sense and not frame.link and frame.subjects:
                frame.sense = "appear"  # "four houses at the edge of the scene"
            elif not frame.sense and not frame.link and (frame.spots or frame.relations):
                self.unknown.append(" ".join(frame.words))
        return self.frames

    def _open(self, frame: Frame) -> Frame:
        """Begins a clause, which takes what follows."""
        frame.about = tuple(self.seen)
        self.frames.append(frame)
        self.current = frame
        return frame

    def _unknown(self, i: int, chunk: Chunk, previous: str) -> None:
        self.unknown.append(chunk.text)

    def _and(self, i: int, chunk: Chunk, previous: str) -> None:
        """Joins; what it joins shows by what follows."""

    def _stop(self, i: int, chunk: Chunk, previous: str) -> None:
        self._open(Frame())

    def _which(self, i: int, chunk: Chunk, previous: str) -> None:
        """The next verb tells more of the last thing."""

    def _where(self, i: int, chunk: Chunk, previous: str) -> None:
        self._open(Frame(link="where", host=self.current))

    def _with(self, i: int, chunk: Chunk, previous: str) -> None:
        host = self.current
        if host.link == "with" and not host.sense and not host.subjects:
            return
        self._open(Frame(link=chunk.value, host=host))

    def _exist(self, i: int, chunk: Chunk, previous: str) -> None:
        frame = self.current
        if frame.sense or frame.subjects:
            frame = self._open(Frame())
        frame.sense, frame.finite, frame.inverted = "appear", True, True

    def _place(self, i: int, chunk: Chunk, previous: str) -> None:
        if chunk.spot is None:
            return
        if self._starts_clause(i, previous):
            self._open(Frame())
        self.current.place(spots=(chunk.spot,))

    def _starts_clause(self, i: int, previous: str) -> bool:
        """Whether a place after "and" belongs to the clause that follows: "... and on the left a road appears"."""
        if previous != "and" or not self.current.sense:
            return False
        following = self.chunks[i + 1].kind if i + 1 < len(self.chunks) else ""
        return following in ("thing", "verb") and self._verb_ahead(i)

    def _relation(self, i: int, chunk: Chunk, previous: str) -> None:
        if self._starts_clause(i, previous):
            self._open(Frame())
        anchors = self._anchors(chunk)
        if anchors is None:
            return
        self.current.place(relations=(Relation(chunk.value, anchors, chunk.side, chunk.text),))
        if chunk.group is not None:
            self.seen.append(chunk.group)

    def _anchors(self, chunk: Chunk) -> tuple[Group, ...] | None:
        """Things of a relation; of one without any, or with "it", those told before; None where the relation says nothing."""
        if chunk.group is not None:
            return (self._named(chunk.group),)
        host = self.current.host
        told = [*(host.things() if host else ()), *self.current.about] if host else [*self.seen]
        own = self.current.subjects
        told = [group for group in told if all(group is not other for other in own)]
        if host:
            told = list(host.things()[-1:]) or told[-1:]
        elif chunk.value in ("along", "both sides", "end", "bend") or chunk.pronoun:
            told = [group for group in told if group.noun in ROADLIKE][-1:] or told[-1:]
        else:
            told = told[-1:]
        if told:
            return tuple(Group(group.noun, group.plural, None, group.traits | {"told"}, definite=True, word=group.word) for group in told)
        return (Group("road", None, definite=True),) if chunk.value in ("along", "both sides") else None

    def _named(self, group: Group) -> Group:
        """ "The original one" as the thing told before."""
        if group.noun != "one":
            return group
        noun = next((seen.noun for seen in reversed(self.seen) if seen.noun != "one"), "building")
        return replace(group, noun=noun)

    def _quality(self, i: int, chunk: Chunk, previous: str) -> None:
        self.current.qualify(*chunk.value.split())

    def _thing(self, i: int, chunk: Chunk, previous: str) -> None:
        group = self._named(chunk.group or Group("one"))
        frame = self.current
        if (frame.sense in OBJECT_SENSES and previous == "verb") or (frame.sense == "being" and previous in ("being", "quality")):
            frame.objects.append(group)
        elif not frame.sense:
            self._before_verb(i, group, previous)
        elif (frame.inverted and previous in ("exist", "verb")) or (previous == "verb" and not frame.subjects):
            frame.subjects.append(group)
            frame.inverted = True
        elif previous == "verb":
            self._behind_verb(frame, group, chunk)
        elif previous in ("and", "relation", "place"):
            self._joined(i, frame, group, previous)
        else:
            self._loose(i, frame, group)
        self.seen.append(group)

    def _before_verb(self, i: int, group: Group, previous: str) -> None:
        frame = self.current
        if frame.link == "with" and frame.host is not None and previous == "and" and frame.subjects:
            tells_more = bool(frame.subjects[-1].relations or frame.subjects[-1].spots)
            if not frame.host.sense and tells_more and self._verb_ahead(i):
                frame.host.subjects.append(group)
                self.current = frame.host
                return
            if frame.host.sense and self._verb_ahead(i):
                self._open(Frame(subjects=[group]))
                return
        frame.subjects.append(group)

    def _behind_verb(self, frame: Frame, group: Group, chunk: Chunk) -> None:
        """What stands right behind a verb: what a road crosses, what somebody built."""
        if frame.sense == "stand":
            frame.relations.append(Relation("near", (group,), None, chunk.text))
        elif frame.passive or frame.sense in ("been",):
            self.unknown.append(chunk.text)
        else:
            frame.subjects = [group]

    def _joined(self, i: int, frame: Frame, group: Group, previous: str) -> None:
        """What stands behind "and" after a verb: a new clause, one more subject or object, or one more thing to lie beside."""
        if self._verb_ahead(i):
            self._open(Frame(subjects=[group]))
            return
        if frame.inverted and not frame.spots and not frame.relations:
            frame.subjects.append(group)
            return
        before = self.chunks[i - 2] if i >= 2 else None
        placed = i + 1 < len(self.chunks) and self.chunks[i + 1].kind in ("place", "relation")
        if previous == "and" and before is not None and before.kind == "relation" and not placed and frame.add_anchor(group):
            return
        if frame.sense in OBJECT_SENSES and frame.objects and not placed:
            frame.objects.append(group)
        elif frame.link == "with" and frame.host is not None:
            self._open(Frame(subjects=[group], sense=frame.host.sense, finite=True))
        elif not placed and not frame.relations and not frame.spots:
            frame.subjects.append(group)
        else:
            new = self._open(Frame(subjects=[group], sense=frame.sense, finite=True, passive=frame.passive))
            if frame.sense in OBJECT_SENSES:
                new.objects, new.subjects = ([group], list(frame.subjects)) if frame.sense == "give way" else (list(frame.objects), [group])

    def _loose(self, i: int, frame: Frame, group: Group) -> None:
        """A thing with nothing that joins it."""
        if self._verb_ahead(i):
            self._open(Frame(subjects=[group]))
        elif frame.inverted:
            frame.subjects.append(group)
        else:
            self.unknown.append(group.word)

    def _verb_ahead(self, i: int) -> bool:
        """Whether a verb that makes a clause comes before the next one opens."""
        within = False
        for chunk in self.chunks[i + 1 :]:
            if chunk.kind in ("stop", "where", "exist"):
                return False
            if chunk.kind == "with":
                within = True
            elif chunk.kind == "being" or (chunk.kind == "verb" and not chunk.ing and (chunk.finite or not within)):
                return True
        return False

    def _being(self, i: int, chunk: Chunk, previous: str) -> None:
        frame = self.current
        if frame.link == "with" and frame.host is not None and not frame.host.sense:
            frame = frame.host
            self.current = frame
        if frame.sense:
            earlier = is_former(frame)
            frame = self._open(Frame(subjects=list(frame.objects if earlier and frame.objects else frame.subjects)))
        frame.sense, frame.finite, frame.past = "being", True, chunk.past
        frame.qualify(*[value for value in chunk.value.split() if value != "has"])

    def _verb(self, i: int, chunk: Chunk, previous: str) -> None:
        relative = previous == "which" or (not chunk.finite and not chunk.ing)
        frame, host = self.current, self.current.host
        if frame.link in ("with", "without") and host is not None:
            if chunk.ing and frame.subjects and not frame.sense and chunk.value not in OBJECT_SENSES:
                relative = True  # "with villas standing by the road"
            if not relative and not chunk.ing and not host.sense:
                frame = self.current = host
            elif not relative and chunk.ing and frame.sense:
                self._again(host, chunk)
                return
        if not frame.sense:
            self._first_verb(frame, chunk, relative=relative)
        elif not frame.finite and not relative:
            frame.sense, frame.finite, frame.passive = chunk.value, True, chunk.passive
        elif relative and previous in ("relation", "thing", "which", "quality") and self.seen:
            self._about_last(frame, chunk)
        else:
            self._again(frame, chunk)

    def _first_verb(self, frame: Frame, chunk: Chunk, *, relative: bool) -> None:
        if not frame.subjects:
            if frame.spots or frame.relations:
                if chunk.value in ("appear", "vanish", "stand") and not chunk.passive:
                    frame.inverted = True
                else:
                    frame.subjects.append(Group("ground", word="the area"))
            elif frame.link == "where" or (not relative and chunk.value == "appear"):
                frame.inverted = True
            elif self.seen and chunk.ing:
                frame.subjects.append(self.seen[-1])
            else:
                self.unknown.append(chunk.text)
        frame.sense, frame.finite, frame.passive = chunk.value, not relative, chunk.passive

    def _about_last(self, frame: Frame, chunk: Chunk) -> None:
        """A verb that tells more of the last thing: "the road which is rebuilt", "the path leading to the house"."""
        last = self.seen[-1]
        if frame.inverted and frame.subjects and last is frame.subjects[-1]:
            if chunk.value in ("vanish", "replace", "give way"):
                frame.sense, frame.inverted = chunk.value, False
            return
        told = any(last is group for group in frame.objects) or not frame.subjects
        if told and chunk.value in ("appear", "stand"):
            return
        self._open(Frame(subjects=[last], sense=chunk.value, finite=True, passive=chunk.passive, link="of", host=frame))

    def _again(self, frame: Frame, chunk: Chunk) -> None:
        """One more verb of the same subjects: "is demolished and replaced by", "replacing the woods"."""
        subjects = frame.objects if frame.sense == "give way" and frame.objects and chunk.ing else frame.subjects
        new = self._open(Frame(subjects=list(subjects), sense=chunk.value, finite=True, passive=chunk.passive))
        if chunk.value == "give way" and frame.sense == "give way" and frame.objects:
            new.subjects = list(frame.subjects)
