"""What a page about a cancer says: the facts that hold for it, how rare it is, what it needs, its plain description.

A fact is written at the node where it begins to hold and goes down the tree from there. Only what is said of a cancer
does not hold for a benign kind below it. Disciplines are those of the nearest node that names any; all other facts add
up, the most special first.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from referral.domain.cancers import Cancer, CancerTree
from referral.domain.codes import Discipline, Situation
from referral.domain.phrases import joined, phrase
from referral.domain.records import NAMES as RECORD_NAMES
from referral.domain.records import checklist

MOST_QUESTIONS = 7
OWN_QUESTIONS = 5
"""At most so many of the questions are about this cancer; the others are those for any."""

_NAMES_A_TUMOR = re.compile(r"(?:oma|cancer|leukemia|tumor|neoplasms?|fibromatosis)$", re.IGNORECASE)

ANY = ""
ANY_BENIGN = "benign"


class FactKind(StrEnum):
    """What a fact is about."""

    DISCIPLINE = "discipline"
    MARKER = "marker"
    RECORD = "record"
    QUESTION = "question"
    NOTE = "note"


class Behavior(StrEnum):
    """How ICD-10-CM files a growth."""

    BENIGN = "benign"
    UNCERTAIN = "something between benign and cancer"
    IN_SITU = "an early form that has not grown deeper (in situ)"
    MALIGNANT = "cancer"
    OTHER = "an illness outside the chapter of tumors"


_BEHAVIORS = {
    Behavior.BENIGN: phrase("benign"),
    Behavior.UNCERTAIN: phrase("something between benign and cancer"),
    Behavior.IN_SITU: phrase("an early form that has not grown deeper (in situ)"),
    Behavior.MALIGNANT: phrase("cancer"),
    Behavior.OTHER: phrase("an illness outside the chapter of tumors"),
}
_AS = phrase(", as ")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact with its source.

    `subject` is the discipline, the marker's name or the record's name, empty where the text says it all; `at` is the
    code where the fact was written, empty for what holds for any cancer. What patients read is a phrase, whose
    translations stand in `facts.po` of each language.
    """

    kind: FactKind
    subject: str
    text: str
    source: str
    at: str


@dataclass(frozen=True, slots=True)
class FactSheet:
    """All facts that hold for one cancer, each kind in the order of the page."""

    disciplines: tuple[Fact, ...]
    markers: tuple[Fact, ...]
    records: tuple[Fact, ...]
    questions: tuple[Fact, ...]
    notes: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class RecordNeed:
    """A record that a second opinion needs: its plain name, and why it matters here where that is known."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class HowRare:
    """How often a cancer occurs: a published figure, or a band and what it rests on.

    `incidence` is new cases a year per 100,000 of `people` ("people", "women" or "men"), None where no figure is known;
    `wider` is then the nearest wider group that has one.
    """

    incidence: float | None
    people: str
    wider: Cancer | None
    wider_people: str


@dataclass(frozen=True, slots=True)
class Description:
    """A plain text in one language; `reviewer` is empty and `reviewed_on` None until a clinician has signed it."""

    paragraphs: tuple[str, ...]
    written_on: date
    reviewer: str
    reviewed_on: date | None


@dataclass(frozen=True, slots=True)
class Tissue:
    """A root of the tree for readers: the region of the body it is listed under, and what it is in plain words."""

    region: str
    plain: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A site to read on at; its address may hold `{words}` for the name of the cancer, encoded for a query."""

    name: str
    language: str
    only_rare: bool
    address: str
    what: str


class Facts:
    """The facts of `seed_data/learn/facts.csv`, checked, and found by code."""

    def __init__(self, tree: CancerTree, rows: Iterable[Mapping[str, str]]) -> None:
        self._tree = tree
        self._below: dict[str, list[Fact]] = defaultdict(list)
        self._only: dict[str, list[Fact]] = defaultdict(list)
        # What is written for fewer cancers is the more special and comes first.
        for row in sorted(rows, key=lambda row: row["code"].count("|")):
            for code in row["code"].split("|"):
                if code not in (ANY, ANY_BENIGN) and code not in tree:
                    raise ValueError(f"the fact {row['text']!r} is about {code!r}, which is not in the tree")
                reach = self._only if _reach(row) else self._below
                reach[code].append(_fact(row, code))

    def of(self, code: str) -> FactSheet:
        """The facts that hold for the cancer with this code; UnknownCancer where there is none."""
        levels = list(self._levels(code))
        found: dict[FactKind, dict[str, Fact]] = {kind: {} for kind in FactKind}
        for level in levels:
            for fact in level:
                if fact.kind is not FactKind.DISCIPLINE:
                    found[fact.kind].setdefault(fact.text if not fact.subject else fact.subject, fact)
        return FactSheet(
            disciplines=_nearest_disciplines(levels),
            markers=tuple(found[FactKind.MARKER].values()),
            records=tuple(found[FactKind.RECORD].values()),
            questions=_questions(tuple(found[FactKind.QUESTION].values())),
            notes=tuple(found[FactKind.NOTE].values()),
        )

    def own(self, code: str) -> tuple[Fact, ...]:
        """The facts written at this very node."""
        return (*self._only.get(code, ()), *self._below.get(code, ()))

    def _levels(self, code: str) -> Iterable[Sequence[Fact]]:
        """The facts from the cancer itself up to what holds for any, one sequence a node."""
        benign = is_benign(self._tree[code])
        yield self.own(code)
        for above in reversed(self._tree.path(code)[:-1]):
            if not benign or is_benign(self._tree[above]):
                yield self._below.get(above, ())
        yield self._below.get(ANY_BENIGN if benign else ANY, ())


def _reach(row: Mapping[str, str]) -> bool:
    """Whether a row holds for its own node alone."""
    if row["reach"] not in ("", "node"):
        raise ValueError(f"the fact {row['text']!r} has the reach {row['reach']!r}; known are none and node")
    return row["reach"] == "node"


def _fact(row: Mapping[str, str], code: str) -> Fact:
    """One row as a fact; a kind or a discipline nobody knows is a ValueError that names the row."""
    try:
        kind = FactKind(row["kind"])
        subject, text = _parted(kind, row["text"])
    except ValueError as error:
        raise ValueError(f"the fact {row['text']!r} at {code!r}: {error}") from error
    return Fact(kind, subject, text, row["source"], "" if code == ANY_BENIGN else code)


def _parted(kind: FactKind, text: str) -> tuple[str, str]:
    """Subject and text of a fact: "surgical: takes it out", "KIT: a gene", "slides: a second reading is usual"."""
    before, colon, after = text.partition(": ")
    if kind is FactKind.DISCIPLINE:
        return Discipline(before).value, phrase(after)
    if kind is FactKind.MARKER and colon:
        return phrase(before), phrase(after)
    if kind is FactKind.RECORD and before in RECORD_NAMES:
        return before, phrase(after)
    return "", phrase(text)


def _nearest_disciplines(levels: Sequence[Sequence[Fact]]) -> tuple[Fact, ...]:
    for level in levels:
        if found := tuple(fact for fact in level if fact.kind is FactKind.DISCIPLINE):
            return found
    return ()


def _questions(found: Sequence[Fact]) -> tuple[Fact, ...]:
    """The questions of the page: those about this cancer first, then those for any."""
    own = [fact for fact in found if fact.at][:OWN_QUESTIONS]
    return (*own, *[fact for fact in found if not fact.at][: MOST_QUESTIONS - len(own)])


def behaviors(cancer: Cancer) -> tuple[Behavior, ...]:
    """How ICD-10-CM files it: one or more, from benign to cancer."""
    found = {_behavior(code) for code in cancer.icd10cm}
    return tuple(behavior for behavior in Behavior if behavior in found)


def _behavior(icd10cm: str) -> Behavior:
    """The part of the chapter of tumors (C00–D49) that a code lies in; D3A is benign and C7A malignant."""
    letter, number = icd10cm[0], icd10cm[1:3]
    if letter == "C":
        return Behavior.MALIGNANT
    if letter != "D" or number > "49":
        return Behavior.OTHER
    if number <= "09":
        return Behavior.IN_SITU
    return Behavior.BENIGN if number <= "36" or number == "3A" else Behavior.UNCERTAIN


def is_benign(cancer: Cancer) -> bool:
    """Whether it is filed among benign growths alone."""
    return set(behaviors(cancer)) - {Behavior.OTHER} == {Behavior.BENIGN}


def filed_as(cancer: Cancer) -> str:
    """A sentence on how it is filed; empty for what is filed as cancer and nothing else."""
    found = behaviors(cancer)
    if found == (Behavior.MALIGNANT,):
        return ""
    if is_benign(cancer):
        return phrase("This growth is filed as benign: it is not cancer.")
    *others, last = (_BEHAVIORS[behavior] for behavior in found)
    if not others:
        return phrase("It is filed as {what}.", what=last)
    return phrase(
        "Depending on what the tissue shows, it is filed as {others}, or as {last}.",
        others=joined(others, _AS), last=last,
    )  # fmt: skip


def how_rare(tree: CancerTree, code: str) -> HowRare:
    """The published figure for this cancer, or for the nearest wider group that has one."""
    cancer, wider = tree[code], None
    if cancer.incidence_per_100k is None:
        wider = next((above for above in _groups(tree, code) if above.incidence_per_100k is not None), None)
    return HowRare(cancer.incidence_per_100k, counted_people(cancer), wider, counted_people(wider) if wider else "")


def _groups(tree: CancerTree, code: str) -> Iterable[Cancer]:
    """The wider groups, the nearest first; those of cancers say nothing about a benign growth."""
    benign = is_benign(tree[code])
    above = (tree[other] for other in reversed(tree.path(code)[:-1]))
    return (group for group in above if not benign or is_benign(group))


def counted_people(cancer: Cancer) -> str:
    """Of whom an incidence counts 100,000: its source says so where it is not everybody."""
    counted = re.search(r"rate per 100,000 (women|men)\b", cancer.incidence_source)
    return _PEOPLE[counted.group(1) if counted else "people"]


_PEOPLE = {"women": phrase("women"), "men": phrase("men"), "people": phrase("people")}


def records_needed(cancer: Cancer, sheet: FactSheet) -> tuple[RecordNeed, ...]:
    """The usual records, those that a rare cancer needs besides, and what is special here."""
    reasons = {fact.subject: fact.text for fact in sheet.records if fact.subject}
    situation = Situation.RARE_OR_COMPLEX if cancer.rare else None
    usual = [record.name for record in checklist(situation, cancer.tissue)]
    names = [name for name in RECORD_NAMES if name in usual or name in reasons]
    special = [RecordNeed(fact.text, "") for fact in sheet.records if not fact.subject]
    return (*(RecordNeed(RECORD_NAMES[name], reasons.get(name, "")) for name in names), *special)


def search_words(tree: CancerTree, code: str) -> str:
    """The words that other sites are searched for: the name without what only a table needs."""
    cancer = tree[code]
    name = re.sub(r",? NOS\b|\s+\([^)]*\)|\s*(?:with )?(?:t|inv)\(.*|;.*", "", cancer.called)
    if re.fullmatch(r"Ig[AGM]|.*B-[Cc]ell Type", name) and cancer.parent:
        return search_words(tree, cancer.parent)
    first = name.partition("/")[0]
    return first if " " in first and _NAMES_A_TUMOR.search(first) else " ".join(re.split(r"[/,\s]+", name))


def without_detail(name: str) -> str:
    """A Spanish name without what only a table needs, as the words that other sites are searched for."""
    return re.sub(r", sin más detalle| sin clasificar|,? con (?:t|inv)\(.*|\s*\(.*|;.*", "", name)


def description(row: Mapping[str, object]) -> Description:
    """One text of `seed_data/learn/texts/`; ValueError where a part is missing or the signature has no date."""
    text, written_on, signed = row.get("text"), row.get("written_on"), row.get("reviewed_by")
    if not isinstance(text, str) or not isinstance(written_on, date) or not isinstance(signed, str):
        raise ValueError("a description needs text, written_on (a date) and reviewed_by (may be empty)")
    reviewer, _, reviewed_on = signed.rpartition(", ")
    paragraphs = tuple(" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()))
    return Description(paragraphs, written_on, reviewer, date.fromisoformat(reviewed_on) if signed else None)


def nearest_described(tree: CancerTree, code: str, described: Iterable[str]) -> Cancer | None:
    """The nearest wider group that has a description, None where there is none."""
    known = set(described)
    return next((group for group in _groups(tree, code) if group.code in known), None)


def namesakes(tree: CancerTree) -> frozenset[str]:
    """The names that more than one cancer bears, such as the germ cell tumors of several organs."""
    seen: dict[str, int] = defaultdict(int)
    for cancer in tree:
        seen[cancer.name] += 1
    return frozenset(name for name, times in seen.items() if times > 1)
