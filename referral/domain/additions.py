"""What an official vocabulary adds to ours: newer cancers and other words for those we have.

Nothing of ours is changed or taken away, since requests point to it. Where a source says something else than we do,
that is a `Conflict` for a person to read. A code of another vocabulary is never followed without a look at the organ:
such references are now and then wrong or shared by several kinds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from referral.domain.cancers import Cancer, CancerTree
from referral.domain.lexicon import ABBREVIATION, NEAREST, Term
from referral.domain.organs import ANYWHERE
from referral.domain.resolve import Resolver

EXACT, NARROW = "EXACT", "NARROW"
"""Scopes of a synonym in OBO files; BROAD and RELATED ones are words for something else and are left out."""

LONGEST = 200  # characters of a term; what is longer is a description
_STEPS_UP = 2  # how far above a concept its cancer may stand, for the concept to be a kind of it


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something a source says otherwise than we do: about `subject` we have `ours`, it has `theirs`."""

    kind: str
    subject: str
    ours: str
    theirs: str


@dataclass(slots=True)
class Additions:
    """What a source adds, what it only says again, and what is left to a person."""

    cancers: list[Cancer] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    known: int = 0
    elsewhere: int = 0
    """Concepts for which no place in the tree was found: mostly diseases that are no cancer."""


@dataclass(frozen=True, slots=True)
class ReleaseNode:
    """A node of an OncoTree release; `former` are codes it had before or took in, `ncit` its NCI Thesaurus codes."""

    code: str
    name: str
    main_type: str
    tissue: str
    parent: str | None
    former: tuple[str, ...] = ()
    ncit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concept:
    """A disease of DOID or MONDO: its synonyms as (text, scope, acronym), its references and the concepts above it."""

    id: str
    name: str
    synonyms: tuple[tuple[str, str, bool], ...] = ()
    oncotree: tuple[str, ...] = ()
    ncit: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


def from_release(nodes: Iterable[ReleaseNode], tree: CancerTree, resolver: Resolver) -> Additions:
    """What a release of OncoTree adds, parents before children; new codes take rarity and ICD-10-CM of the parent."""
    found, seen = Additions(), set()
    known: dict[str, Cancer] = {cancer.code: cancer for cancer in tree}
    for node in nodes:
        seen.add(node.code)
        ours = tree.get(node.code)
        if ours is not None:
            _compare(node, ours, resolver, found)
        elif node.parent in known:
            known[node.code] = _inheriting(node, known[node.parent])
            found.cancers.append(known[node.code])
        else:
            theirs = f"{node.name}, below {node.parent or 'the root'}"
            found.conflicts.append(Conflict("no parent of ours", node.code, "", theirs))
            continue
        _add_former_codes(node, known, resolver, found)
    found.conflicts += [Conflict("gone from the release", c.code, c.name, "") for c in tree if c.code not in seen]
    return found


def _compare(node: ReleaseNode, ours: Cancer, resolver: Resolver, found: Additions) -> None:
    """A node that we have: a name of its own becomes a synonym, another place in the tree is reported."""
    found.known += 1
    if node.name != ours.name and node.parent is not None:
        found.conflicts.append(Conflict("other name", node.code, ours.name, node.name))
        _offer(Term(node.name, (node.code,), "en", "synonym"), resolver, found)
    if node.parent != ours.parent:
        found.conflicts.append(Conflict("other parent", node.code, ours.parent or "", node.parent or ""))


def _inheriting(node: ReleaseNode, parent: Cancer) -> Cancer:
    return Cancer(
        code=node.code,
        name=node.name,
        main_type=node.main_type or parent.main_type,
        tissue=parent.tissue,
        parent=parent.code,
        icd10cm=parent.icd10cm,
        incidence_per_100k=None,
        incidence_year=None,
        incidence_source="",
        rarity=parent.rarity,
        rarity_basis="inherited",
    )


def _add_former_codes(node: ReleaseNode, known: Mapping[str, Cancer], resolver: Resolver, found: Additions) -> None:
    for code in node.former:
        if code in known:
            found.conflicts.append(Conflict("former code in use", node.code, code, f"now {node.code}"))
        else:
            _offer(Term(code, (node.code,), "en", ABBREVIATION), resolver, found)


def from_ontology(
    concepts: Iterable[Concept], tree: CancerTree, resolver: Resolver, by_ncit: Mapping[str, str]
) -> Additions:
    """What the concepts of DOID or MONDO add: exact synonyms to the cancer they mean, kinds of it as nearest words.

    `by_ncit` is the cancer of each NCI Thesaurus code that names one alone.
    """
    found = Additions()
    by_id = {concept.id: concept for concept in concepts}
    placed = {id_: _place(concept, tree, resolver, by_ncit, found) for id_, concept in by_id.items()}
    offers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for id_, concept in by_id.items():
        above = _above(concept, by_id, placed)
        for text, code, kind in _words_of(concept, placed[id_], above, tree, resolver):
            offers[text, kind].add(code)
        found.elsewhere += placed[id_] is None
    for (text, kind), codes in sorted(offers.items()):
        _offer(Term(text, tuple(sorted(codes)), "en", kind), resolver, found)
    found.terms = _one_row_each(found.terms, resolver)
    return found


def _place(
    concept: Concept, tree: CancerTree, resolver: Resolver, by_ncit: Mapping[str, str], found: Additions
) -> str | None:
    """The cancer a concept is: by its name, or by its references when the organ fits."""
    named = resolver.exactly(concept.name)
    refers = [code for code in concept.oncotree if code in tree] + [by_ncit[c] for c in concept.ncit if c in by_ncit]
    coded = refers[0] if refers else None
    if coded is None or coded == named:
        return named
    if named is not None:
        if coded in tree.path(named) or named in tree.path(coded):
            return named
        found.conflicts.append(Conflict("name and reference disagree", concept.id, f"{named} by name", coded))
        return None
    if not _fits(concept.name, coded, tree, resolver):
        found.conflicts.append(Conflict("organ does not fit the reference", concept.id, concept.name, coded))
        return None
    return coded


def _fits(text: str, code: str, tree: CancerTree, resolver: Resolver) -> bool:
    """Whether the organs that a text names, if any, are that of the cancer."""
    root, organs = tree.root(code), resolver.organs(text)
    return not organs or root in organs or root in ANYWHERE


def _above(concept: Concept, by_id: Mapping[str, Concept], placed: Mapping[str, str | None]) -> str | None:
    """The one cancer that the nearest concepts above are; None where there is none or several."""
    level = [concept]
    for _ in range(_STEPS_UP):
        level = [by_id[parent] for each in level for parent in each.parents if parent in by_id]
        codes = {code for each in level if (code := placed[each.id]) is not None}
        if codes:
            return codes.pop() if len(codes) == 1 else None
    return None


def _words_of(
    concept: Concept, code: str | None, above: str | None, tree: CancerTree, resolver: Resolver
) -> Iterable[tuple[str, str, str]]:
    """(words, cancer, kind of term) that a concept offers."""
    if code is not None:
        yield concept.name, code, "synonym"
        for text, scope, acronym in concept.synonyms:
            if scope in (EXACT, NARROW):
                yield text, code, ABBREVIATION if acronym else "synonym" if scope == EXACT else NEAREST
    elif above is not None and tree[above].parent is not None and _fits(concept.name, above, tree, resolver):
        exact = (text for text, scope, acronym in concept.synonyms if scope == EXACT and not acronym)
        for text in (concept.name, *exact):
            yield text, above, NEAREST


def _offer(term: Term, resolver: Resolver, found: Additions) -> None:
    """Take a term that we do not have; one that means something else with us is a conflict."""
    ours = resolver.meanings(term.term)
    if len(term.term) > LONGEST:
        found.conflicts.append(Conflict("too long", term.term[:LONGEST], "", "|".join(term.codes)))
    elif not ours and not resolver.is_everyday(term.term):
        found.terms.append(term)
    elif set(term.codes) <= set(ours):
        found.known += 1
    else:
        ours_said = "|".join(ours) or "an everyday word"
        found.conflicts.append(Conflict("other meaning", term.term, ours_said, "|".join(term.codes)))


def _one_row_each(terms: Iterable[Term], resolver: Resolver) -> list[Term]:
    """The terms with one row for the same words, which lists all their readings."""
    rows: dict[tuple[str, ...], Term] = {}
    for term in terms:
        words = resolver.words(term.term)
        before = rows.get(words)
        if before is None:
            rows[words] = term
        elif NEAREST in (before.kind, term.kind) and before.kind != term.kind:
            rows[words] = term if before.kind == NEAREST else before
        else:
            rows[words] = replace(before, codes=tuple(dict.fromkeys((*before.codes, *term.codes))))
    return list(rows.values())
