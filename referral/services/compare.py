"""Up to four specialists side by side: the same public facts of each, in the order in which they were chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from referral import reference
from referral.domain.cancers import Cancer
from referral.domain.codes import VOLUME_KINDS, Relation
from referral.domain.matching import EvidenceLine
from referral.domain.travel import Point, distance_km
from referral.models import PractitionerRole
from referral.services.profile import ledger, roles_in_order
from referral.store import provenance

MOST = 4
"""More do not fit beside each other, and nobody can weigh more at once."""
_THIS_CANCER = frozenset({Relation.EXACT, Relation.NARROWER})


@dataclass(frozen=True, slots=True)
class Compared:
    """One specialist at one place: evidence by what it says of the cancer, and the way from where somebody is.

    `own` counts cases of the cancer itself or a form of it, `related` those of its kin, `research` all that counts no
    cases, `centre` is what is counted of the place. `kilometres` is None where one of the two places is not known.
    """

    role: PractitionerRole
    disciplines: tuple[str, ...]
    own: tuple[EvidenceLine, ...]
    related: tuple[EvidenceLine, ...]
    research: tuple[EvidenceLine, ...]
    centre: tuple[EvidenceLine, ...]
    kilometres: float | None


def compared(role_ids: Sequence[str], cancer: Cancer, here: Point | None) -> tuple[Compared, ...]:
    """The first of these roles that are in use, four at most, with what is known of them for this cancer."""
    roles = roles_in_order(list(dict.fromkeys(role_ids)))[:MOST]
    return tuple(_compared(role, cancer, here) for role in roles)


def _compared(role: PractitionerRole, cancer: Cancer, here: Point | None) -> Compared:
    lines = _near(ledger(provenance.evidence_of(role.npi), cancer).lines, cancer)
    cases = [line for line in lines if line.kind in VOLUME_KINDS]
    places = [role.organization_id] if role.organization_id else []
    known = reference.disciplines()
    codes = role.practitioner.taxonomy_codes
    return Compared(
        role=role,
        disciplines=tuple(dict.fromkeys(known[code].value for code in codes if code in known)),
        own=tuple(line for line in cases if line.relation in _THIS_CANCER),
        related=tuple(line for line in cases if line.relation not in _THIS_CANCER),
        research=tuple(line for line in lines if line.kind not in VOLUME_KINDS),
        centre=_near(ledger(provenance.evidence_of_organizations(places), cancer).lines, cancer),
        kilometres=_away(role, here),
    )


def _near(lines: Sequence[EvidenceLine], cancer: Cancer) -> tuple[EvidenceLine, ...]:
    """The lines of cancers of the same tissue."""
    tree = reference.cancers()
    return tuple(line for line in lines if tree.root(line.code) == tree.root(cancer.code))


def _away(role: PractitionerRole, here: Point | None) -> float | None:
    if here is None or role.latitude is None or role.longitude is None:
        return None
    return distance_km(here, Point(role.latitude, role.longitude))
