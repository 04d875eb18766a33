"""One specialist as a whole: where they practise, and every piece of evidence with where it comes from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from referral import reference
from referral.domain import explanation, interests
from referral.domain.cancers import Cancer
from referral.domain.codes import EvidenceKind
from referral.domain.errors import NotFound
from referral.domain.experience import Evidence, VolumeMark, mark_for
from referral.domain.matching import EvidenceLine
from referral.domain.over_years import Series, over_years
from referral.domain.phrases import phrase
from referral.domain.settling import Subject
from referral.models import DirectoryImport, Experience, OrganizationExperience, Payment, Practitioner, PractitionerRole
from referral.services.facts import Facts, facts
from referral.store import directory, provenance, referrals

Row = tuple[Experience | OrganizationExperience, DirectoryImport | None]


@dataclass(frozen=True, slots=True)
class Whence:
    """Where a number stands: the import that brought it (None where none did), its first row, and how many rows.

    `file` is the file of the import, None where that has only one.
    """

    brought: DirectoryImport | None
    line: int | None
    rows: int = 1
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Evidence of one owner in the order in which it is shown, and where each line comes from."""

    lines: tuple[EvidenceLine, ...]
    whence: Mapping[EvidenceLine, tuple[Whence, ...]]


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a specialist. `cancer` is the one asked about, None where nobody asked about one.

    `evidence` is ordered by closeness to that cancer; `centres` holds each place's own evidence near it. `facts` says
    of the person (by NPI) and of each role (by id) whose word each detail is. `payments`, summed in
    `interests`, never count in the ranking. `years` is what was counted over several periods.
    """

    person: Practitioner
    roles: tuple[PractitionerRole, ...]
    disciplines: tuple[str, ...]
    cancer: Cancer | None
    evidence: Ledger
    centres: tuple[tuple[str, Ledger], ...]
    mark: VolumeMark | None
    facts: Mapping[str, Facts]
    payments: tuple[tuple[Payment, Whence], ...]
    interests: tuple[interests.Year, ...]
    years: tuple[Series, ...]

    @property
    def most(self) -> int:
        """The largest number that the intervals reach, 10 at least: the scale they are drawn on."""
        return max([10, *(line.high or line.count or 0 for line in self.evidence.lines)])


def profile(npi: str, cancer_code: str) -> Profile:
    """The specialist with this NPI; NotFound where nobody in the directory has it."""
    person = directory.practitioner(npi)
    if person is None:
        raise NotFound(phrase("There is no specialist with this number in the directory."))
    tree = reference.cancers()
    cancer = tree.get(cancer_code)
    roles = tuple(directory.live_roles(npi))
    known = reference.disciplines()
    rows = provenance.evidence_of(npi)
    payments = tuple((paid, _whence(paid, brought)) for paid, brought in provenance.payments_to(npi))
    return Profile(
        person=person,
        roles=roles,
        disciplines=tuple(dict.fromkeys(known[code].value for code in person.taxonomy_codes if code in known)),
        cancer=cancer,
        evidence=ledger(rows, cancer),
        centres=tuple(_centres(roles, cancer)),
        mark=mark_for(tree.path(cancer.code), reference.volume_marks()) if cancer else None,
        facts={npi: facts(Subject.PRACTITIONER, npi), **{role.id: facts(Subject.ROLE, role.id) for role in roles}},
        payments=payments,
        interests=interests.by_year(
            interests.Paid(paid.year, paid.payer, paid.nature, paid.amount_usd) for paid, _ in payments
        ),
        years=over_years([_evidence(row) for row, _ in rows], tree.path(cancer.code) if cancer else ()),
    )


def roles_in_order(role_ids: Sequence[str]) -> list[PractitionerRole]:
    """The roles with these ids that are in use, in the order of the ids."""
    known = referrals.roles(role_ids)
    return [known[role_id] for role_id in role_ids if role_id in known]


def ledger(rows: Iterable[Row], cancer: Cancer | None) -> Ledger:
    """Every row: those in the tissue of the cancer asked about by closeness, the others after them by name.

    What several files say in the same words is one line that leads to all of them.
    """
    tree = reference.cancers()
    asked = tree.path(cancer.code) if cancer else None
    near, far, whence = list[EvidenceLine](), list[EvidenceLine](), dict[EvidenceLine, tuple[Whence, ...]]()
    for row, brought in sorted(rows, key=lambda pair: pair[0].period_end or date.min, reverse=True):
        if row.oncotree_code not in tree:
            continue
        path = tree.path(row.oncotree_code)
        is_near = asked is not None and path[0] == asked[0]
        line = explanation.evidence_line(_evidence(row), path, asked if asked and is_near else path)
        if line not in whence:
            (near if is_near else far).append(line)
        whence[line] = (*whence.get(line, ()), _whence(row, brought))
    far.sort(key=lambda line: tree[line.code].name)
    return Ledger((*explanation.in_order(near), *far), whence)


def _whence(row: Experience | OrganizationExperience | Payment, brought: DirectoryImport | None) -> Whence:
    return Whence(brought, row.line, row.rows, row.file)


def _evidence(row: Experience | OrganizationExperience) -> Evidence:
    return Evidence(
        row.oncotree_code,
        EvidenceKind(row.kind),
        row.count,
        row.period_start,
        row.period_end,
        row.source,
        row.source_url,
        row.retrieved_on,
    )


def _centres(roles: Iterable[PractitionerRole], cancer: Cancer | None) -> Iterable[tuple[str, Ledger]]:
    """The evidence of each organization that this specialist works for, near the cancer asked about."""
    tree = reference.cancers()
    places = {
        role.organization_id: role.organization.name for role in roles if role.organization_id and role.organization
    }
    rows = list(provenance.evidence_of_organizations(places))
    for organization_id, name in places.items():
        own = [pair for pair in rows if pair[0].organization_id == organization_id and pair[0].oncotree_code in tree]
        near = [p for p in own if cancer is None or tree.root(p[0].oncotree_code) == tree.root(cancer.code)]
        if near:
            yield name, ledger(near, cancer)
