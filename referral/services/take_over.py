"""Takes over what a source said, item by item, in the order in which one thing points to another.

Nothing here commits: all of it is one transaction of whoever calls.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from referral.directory.report import Report
from referral.directory.spool import Spool
from referral.directory.statements import Counted, Gone, Mention, Payment, Statement, TaxonomyName, Trial
from referral.domain.settling import DEMO, Subject, known
from referral.services.replace_source import retire_missing, retire_superseded, retire_unnamed, would_be_named
from referral.services.take_organizations import Meant, organizations_meant
from referral.services.take_research import take_payments, take_taxonomy_names, take_trials
from referral.services.take_roles import NATIVE, SHARED, RolesMeant, kind_of, place_of
from referral.store.aliases import add_aliases
from referral.store.directory_import import retire_demo, roles_of
from referral.store.evidence import OWNERS, TABLES, evidence_id, take_evidence
from referral.store.field_changes import Cause
from referral.store.role_words import roles_said_as
from referral.store.settled import Speaker, Taken, Word, settle_again, take
from referral.store.tables import Row, parts

JOINED = "a place of work that another source states as well: one role"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Which import it is: `origin` is what stands as source in every row, `replace` retires what is gone from it."""

    kind: str
    origin: str
    now: datetime
    import_id: int | None
    replace: bool = False


@dataclass(slots=True)
class Told:
    """What the import said of whom: ids by subject, of evidence rows too; and the periods that it counted."""

    subjects: dict[Subject, set[str]] = field(default_factory=lambda: {subject: set() for subject in Subject})
    evidence: dict[Subject, set[str]] = field(default_factory=lambda: {subject: set() for subject in TABLES})
    periods: set[tuple[Any, Any]] = field(default_factory=set)


@dataclass(slots=True)
class _Run:
    """One transaction under way."""

    spool: Spool
    report: Report
    occasion: Occasion
    speaker: Speaker
    told: Told = field(default_factory=Told)
    meant: Meant = field(default_factory=Meant)
    roles: dict[str, str] = field(default_factory=dict)
    """Our id of a role by the source's own, where it is another."""
    unchanged: set[int] = field(default_factory=set)
    """Lines whose first statement changed nothing."""


def take_over(spool: Spool, report: Report, occasion: Occasion) -> None:
    """Take over everything a reader yielded and count it in the report; the caller commits."""
    cause = Cause(occasion.now, occasion.import_id)
    run = _Run(spool, report, occasion, Speaker(occasion.origin, occasion.now.date(), cause))
    run.meant = organizations_meant(spool.items(Mention), occasion.import_id)
    _take_statements(run, Subject.ORGANIZATION)
    _take_mentioned(run)
    _take_statements(run, Subject.PRACTITIONER)
    roles = _roles_meant(run)
    _take_statements(run, Subject.ROLE, roles)
    _take_departures(run)
    for subject in TABLES:
        _take_evidence(run, subject)
    _count(report, take_payments(spool.items(Payment), run.speaker))
    _count(report, take_trials(spool.items(Trial), run.speaker))
    _count(report, take_taxonomy_names(spool.items(TaxonomyName), run.speaker))
    _retire(run, roles)


def _roles_meant(run: _Run) -> RolesMeant | None:
    """What finds the role that a statement means; None for sources that have their roles for themselves."""
    if kind_of(run.speaker.source) not in SHARED:
        return None
    covered = Subject.ROLE in run.report.whole
    named = {each.id for each in run.spool.items(Statement, Subject.ROLE)} if covered else set[str]()
    missed = would_be_named(run.report)
    return RolesMeant(run.speaker, lambda word: word.own_id in named or not missed(word))


def _take_mentioned(run: _Run) -> None:
    """Take over the organizations that the source only mentions, and write down which one each new key stands for.

    Who also has a statement of their own has been taken over with it.
    """
    stated = run.told.subjects[Subject.ORGANIZATION]
    words = {key: word for key, word in run.meant.words.items() if key not in stated}
    taken = take(Subject.ORGANIZATION, words, run.speaker)
    add_aliases(run.meant.new_aliases)
    run.told.subjects[Subject.ORGANIZATION] = stated | words.keys()
    if taken.added:
        run.report.notes["organizations that were not known before"] += len(taken.added)


def _take_statements(run: _Run, subject: Subject, roles: RolesMeant | None = None) -> None:
    """Take over what is said of one kind of subject; who came into use or out of it takes their roles along."""
    moved = set[str]()
    for batch in parts(run.spool.items(Statement, subject)):
        said = {each.id: _word(run, each) for each in batch}
        if roles:
            _meet(run, roles, said)
        words = {_id_of(run, subject_id): word for subject_id, word in said.items()}
        taken = take(subject, words, run.speaker)
        moved |= taken.retired | taken.revived
        run.told.subjects[subject] |= words.keys()
        _count_batch(run, batch, taken)
    if subject is Subject.PRACTITIONER:
        _settle_roles(run, moved)


def _meet(run: _Run, roles: RolesMeant, said: dict[str, Word]) -> None:
    """Find the roles that a batch means; each word keeps the source's own id where ours is another."""
    joined = roles.meet(place_of(own_id, word.values) for own_id, word in said.items())
    if joined:
        run.report.notes[JOINED] += joined
    run.roles = {own_id: role_id for own_id, role_id in roles.ids.items() if own_id != role_id}
    for own_id in said.keys() & run.roles.keys():
        said[own_id] = replace(said[own_id], said_as=own_id)


def _id_of(run: _Run, own_id: str) -> str:
    """Our id of what a source states: of an organization by the key of its mention, of a role, else its own."""
    return run.meant.ids.get(own_id) or run.roles.get(own_id, own_id)


def _settle_roles(run: _Run, npis: set[str]) -> None:
    settle_again(Subject.ROLE, roles_of(npis), run.speaker.cause)


def _word(run: _Run, statement: Statement) -> Word:
    """What one row says; the key of an organization becomes its id.

    The specialists of a folder are known from several places: an empty field there does not erase what is known, but
    for `replace`.
    """
    values = dict(statement.values)
    if key := values.pop("organization_key", None):
        values["organization_id"] = run.meant.ids.get(key)
    if mentioned := run.meant.words.get(run.meant.ids.get(statement.id, "")):
        values = mentioned.values | {name: value for name, value in values.items() if known(value)}
    specialist = run.occasion.kind == NATIVE and statement.subject is Subject.PRACTITIONER
    keeps_known = specialist and not run.occasion.replace
    return Word(values, statement.line, keeps_known=keeps_known, file=statement.file)


def _count_batch(run: _Run, batch: list[Statement], taken: Taken) -> None:
    """Count each row once: it is added or changed as what it says first is, or changed as what it says besides is."""
    report = run.report
    for each in batch:
        subject_id = _id_of(run, each.id)
        added, changed = subject_id in taken.added, subject_id in taken.changed
        if each.also:
            moved = (added or changed) and each.line in run.unchanged
            report.unchanged -= moved
            report.changed += moved
        else:
            report.added += added
            report.changed += changed and not added
            report.unchanged += not (added or changed)
            if not (added or changed):
                run.unchanged.add(each.line)


def _take_departures(run: _Run) -> None:
    """Who is gone by the source's own word; a specialist's roles go along."""
    for subject in (Subject.ROLE, Subject.PRACTITIONER, Subject.ORGANIZATION):
        for batch in parts(run.spool.items(Gone, subject)):
            ours = roles_said_as(run.speaker.source, (each.id for each in batch)) if subject is Subject.ROLE else {}
            words = {
                ours.get(each.id, each.id): Word({}, each.line, ended=True, reason=each.reason, file=each.file)
                for each in batch
            }
            taken = take(subject, words, run.speaker)
            if subject is Subject.PRACTITIONER:
                run.report.retired += len(taken.retired)
                _settle_roles(run, taken.retired)


def _take_evidence(run: _Run, subject: Subject) -> None:
    model = TABLES[subject]
    counted = (each for each in run.spool.items(Counted) if each.owner is subject)
    for batch in parts(counted):
        made = [_evidence_row(run, each) for each in batch]
        rows = {row["id"]: row for row in made}
        taken = take_evidence(model, rows.values(), run.speaker.cause)
        run.told.evidence[subject] |= rows.keys()
        run.told.periods |= {(each.period_start, each.period_end) for each in batch}
        for row, each in zip(made, batch, strict=True):
            counts = each.rows if each.counts is None else each.counts
            run.report.added += counts * (row["id"] in taken.added)
            run.report.changed += counts * (row["id"] in taken.changed)
            run.report.unchanged += counts * (row["id"] not in taken.added | taken.changed)


def _evidence_row(run: _Run, each: Counted) -> Row:
    owner = run.meant.ids.get(each.owner_id, each.owner_id)
    key = evidence_id(owner, each.code, each.kind, each.source, each.period_start, each.period_end)
    row = {
        "id": key,
        OWNERS[TABLES[each.owner]]: owner,
        "oncotree_code": each.code,
        "kind": each.kind.value,
        "count": each.count,
        "period_start": each.period_start,
        "period_end": each.period_end,
        "source": each.source,
        "source_url": each.source_url,
        "origin": run.occasion.origin,
        "import_id": run.occasion.import_id,
        "file": each.file or None,
        "line": each.line,
        "rows": each.rows,
    }
    return row | ({"retrieved_on": each.retrieved_on} if each.retrieved_on else {})


def _count(report: Report, taken: Iterable[tuple[str, int]]) -> None:
    """Add figures by what happened: added, changed, unchanged."""
    for what, rows in taken:
        setattr(report, what, getattr(report, what) + rows)


def _retire(run: _Run, roles: RolesMeant | None) -> None:
    """Retire what the source no longer has, and the demo rows when somebody real came."""
    occasion, report = run.occasion, run.report
    if occasion.replace:
        report.retired += retire_missing(run.told.subjects, run.told.evidence, report, run.speaker)
    elif occasion.kind != NATIVE:
        report.retired += retire_superseded(run.told.evidence, run.told.periods, run.speaker)
        unnamed = retire_unnamed(run.told.subjects, report, run.speaker)
        report.retired += unnamed.rows
        if roles and unnamed.npis:
            roles.look_again(unnamed.npis)
    if occasion.origin != DEMO and report.taken:
        report.demo_retired = retire_demo(occasion.now)
