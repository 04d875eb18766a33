"""Where the first opinion came from: who works there, and finding that place or that doctor by a name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from referral.domain.organization_names import spellings
from referral.models import PractitionerRole
from referral.store import directory, directory_names, referrals

MOST_FOUND = 8
DOCTOR, ORGANIZATION = "doctor", "organization"
_TITLES = frozenset({"dr", "dra", "doctor", "doctora", "prof", "professor"})


@dataclass(frozen=True, slots=True)
class Found:
    """A doctor or an organization of a name: `key` is the NPI or the organization's id."""

    kind: str
    key: str
    name: str
    place: str


def works_there(first: Mapping[str, object], role: PractitionerRole) -> bool:
    """Whether a specialist gave the first opinion or belongs to its organization.

    `first` holds what is known of it: the organization as somebody wrote it, and the NPI of the doctor.
    """
    npi = str(first.get("npi", ""))
    if npi and role.npi == npi:
        return True
    if role.organization is None:
        return False
    named = {*spellings(str(first.get("organization", "")))}
    return bool(named & {*spellings(role.organization.name)}) or role.organization_id in referrals.organizations_of(npi)


def among(roles: Sequence[PractitionerRole], first: Mapping[str, object]) -> list[tuple[int, PractitionerRole]]:
    """Those of a list who work where the first opinion came from, each with its place in the list, from 1."""
    return [(place, role) for place, role in enumerate(roles, 1) if works_there(first, role)]


def named(text: str) -> list[Found]:
    """The organizations and doctors of the directory that a name may mean, organizations first; few of many."""
    words = text.replace(",", " ").split()
    person = " ".join(word for word in words if word.strip(".").lower() not in _TITLES)
    places = [
        Found(ORGANIZATION, one.id, one.name, ", ".join(part for part in (one.city, one.state) if part))
        for one in directory_names.organizations(text, MOST_FOUND)
    ]
    people = directory_names.working(person, MOST_FOUND) if person else []
    return [*places, *(Found(DOCTOR, role.npi, role.practitioner.name, _where(role)) for role in people)][:MOST_FOUND]


def name_of(organization_id: str) -> str:
    """What the directory calls an organization, empty where it has none of this id."""
    found = directory_names.organization(organization_id) if organization_id else None
    return found.name if found else ""


def doctor(npi: str) -> str:
    """The name of the doctor with this NPI, empty where the directory lists none."""
    found = directory.practitioner(npi) if npi else None
    return found.name if found else ""


def _where(role: PractitionerRole) -> str:
    parts = (role.organization.name if role.organization else "", role.city, role.state)
    return ", ".join(part for part in parts if part)
