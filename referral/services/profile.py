"""One specialist as a whole: where they practise, and every piece of evidence with its source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from referral import reference
from referral.domain import explanation
from referral.domain.cancers import Cancer
from referral.domain.errors import NotFound
from referral.domain.experience import Evidence, VolumeMark, mark_for
from referral.domain.matching import EvidenceLine
from referral.extensions import db
from referral.index.snapshot import Snapshot
from referral.models import Practitioner, PractitionerRole
from referral.store import directory, referrals


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a specialist. `cancer` is the one asked about, None where nobody asked about one.

    `evidence` is ordered by closeness to that cancer; `centres` holds each place's own evidence near it.
    """

    person: Practitioner
    roles: tuple[PractitionerRole, ...]
    disciplines: tuple[str, ...]
    cancer: Cancer | None
    evidence: tuple[EvidenceLine, ...]
    centres: tuple[tuple[str, tuple[EvidenceLine, ...]], ...]
    mark: VolumeMark | None

    @property
    def most(self) -> int:
        """The largest number that the intervals reach, 10 at least: the scale they are drawn on."""
        return max([10, *(line.high or line.count or 0 for line in self.evidence)])


def profile(snapshot: Snapshot, npi: str, cancer_code: str) -> Profile:
    """The specialist with this NPI; NotFound where nobody in the directory has it."""
    person = directory.practitioner(db.session, npi)
    if person is None:
        raise NotFound("There is no specialist with this number in the directory.")
    tree = reference.cancers()
    cancer = tree.get(cancer_code)
    roles = tuple(directory.live_roles(db.session, npi))
    known = reference.disciplines()
    return Profile(
        person=person,
        roles=roles,
        disciplines=tuple(dict.fromkeys(known[code].value for code in person.taxonomy_codes if code in known)),
        cancer=cancer,
        evidence=_lines(snapshot.evidence_of(npi), cancer),
        centres=tuple(_centres(snapshot, roles, cancer)),
        mark=mark_for(tree.path(cancer.code), reference.volume_marks()) if cancer else None,
    )


def roles_in_order(role_ids: Sequence[str]) -> list[PractitionerRole]:
    """The roles with these ids that are in use, in the order of the ids."""
    known = referrals.roles(role_ids)
    return [known[role_id] for role_id in role_ids if role_id in known]


def _lines(rows: Sequence[Evidence], cancer: Cancer | None) -> tuple[EvidenceLine, ...]:
    """Every row: those in the tissue of the cancer asked about by closeness, the others after them by name."""
    tree = reference.cancers()
    asked = tree.path(cancer.code) if cancer else None
    newest_first = sorted(rows, key=lambda row: row.period_end or date.min, reverse=True)
    pairs = [(row, tree.path(row.code)) for row in newest_first if row.code in tree]
    near = [pair for pair in pairs if asked and pair[1][0] == asked[0]]
    far = sorted((pair for pair in pairs if pair not in near), key=lambda pair: tree[pair[0].code].name)
    closest = explanation.in_order([explanation.evidence_line(row, path, asked or path) for row, path in near])
    return (*closest, *(explanation.evidence_line(row, path, path) for row, path in far))


def _centres(
    snapshot: Snapshot, roles: Iterable[PractitionerRole], cancer: Cancer | None
) -> Iterable[tuple[str, tuple[EvidenceLine, ...]]]:
    """The evidence of each organization that this specialist works for, near the cancer asked about."""
    tree = reference.cancers()
    for role in {role.organization_id: role for role in roles if role.organization}.values():
        rows = snapshot.organization_evidence_of(snapshot.organization_of(role.organization_id))
        near = [row for row in rows if cancer is None or tree.root(row.code) == tree.root(cancer.code)]
        if near and role.organization:
            yield role.organization.name, _lines(near, cancer)
