"""Rows with valid defaults; a test names only what it is about."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from flask import current_app

from referral.access.authorize import Acting
from referral.domain.codes import Actor, EvidenceKind, Priority, Situation
from referral.domain.intake import FirstOpinion, NewPatient, NewReferral
from referral.domain.npi import check_digit
from referral.extensions import db
from referral.index.snapshot import Snapshot
from referral.models import (
    Experience,
    Organization,
    OrganizationExperience,
    Practitioner,
    PractitionerRole,
    ServiceRequest,
    Staff,
)
from referral.services.rebuild_index import rebuild_index
from referral.services.refer import refer

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday morning in the United States."""

COORDINATOR = Acting(Actor.COORDINATOR, "casey@example.org")
BOSTON = (42.3601, -71.0589)
_numbers = count(1)


def make_npi() -> str:
    """A new NPI of the range that is assigned to nobody."""
    nine = f"2{next(_numbers):08d}"
    return nine + check_digit(nine)


def make_organization(organization_id: str = "", *, designation: str = "", name: str = "") -> Organization:
    """An organization."""
    made = Organization(
        id=organization_id or f"org-{next(_numbers)}",
        name=name or "Harbor Cancer Centre",
        designation=designation,
        network="",
        source="test",
    )
    db.session.add(made)
    db.session.flush()
    return made


def make_role(
    *,
    npi: str = "",
    given: str = "Ana",
    family: str = "Rivera",
    taxonomy_codes: tuple[str, ...] = ("2086X0206X",),
    organization: Organization | None = None,
    place: tuple[float | None, float | None] = BOSTON,
    **columns: object,
) -> PractitionerRole:
    """A specialist at a place, reached by email and assured yesterday."""
    npi = npi or make_npi()
    if db.session.get(Practitioner, npi) is None:
        db.session.add(
            Practitioner(
                npi=npi,
                given=given,
                family=family,
                credential="MD",
                languages=columns.pop("languages", ["en"]),
                taxonomy_codes=list(taxonomy_codes),
                source="test",
            )
        )
    defaults: dict[str, object] = {
        "city": "Boston",
        "state": "MA",
        "postcode": "02115",
        "accepts_new_patients": True,
        "remote_opinion": False,
        "insurers": ["Medicare"],
        "channel": "email",
        "channel_address": "referrals@harbor.example",
        "assured_on": (NOW - timedelta(days=1)).date(),
    }
    made = PractitionerRole(
        id=str(columns.pop("role_id", f"role-{next(_numbers)}")),
        npi=npi,
        organization_id=organization.id if organization else None,
        latitude=place[0],
        longitude=place[1],
        source="test",
        **{**defaults, **columns},
    )
    db.session.add(made)
    db.session.flush()
    return made


def make_experience(
    role: PractitionerRole,
    code: str = "CHOL",
    count: int | None = 31,
    kind: EvidenceKind = EvidenceKind.PROCEDURES,
    period: tuple[date, date] = (date(2025, 1, 1), date(2025, 12, 31)),
) -> Experience:
    """Evidence of a specialist."""
    made = Experience(npi=role.npi, **_evidence(code, count, kind, period))
    db.session.add(made)
    db.session.flush()
    return made


def make_organization_experience(
    organization: Organization, code: str = "CHOL", count: int | None = 40
) -> OrganizationExperience:
    """Evidence of an organization."""
    year = (date(2025, 1, 1), date(2025, 12, 31))
    made = OrganizationExperience(
        organization_id=organization.id, **_evidence(code, count, EvidenceKind.PATIENTS, year)
    )
    db.session.add(made)
    db.session.flush()
    return made


def _evidence(code: str, count: int | None, kind: EvidenceKind, period: tuple[date, date]) -> dict[str, object]:
    return {
        "id": f"{next(_numbers):064d}",
        "oncotree_code": code,
        "kind": kind.value,
        "count": count,
        "period_start": period[0],
        "period_end": period[1],
        "source": "Test registry",
        "source_url": "https://example.org/registry",
        "retrieved_on": date(2026, 6, 1),
        "origin": "test",
    }


def make_index(now: datetime = NOW) -> Snapshot:
    """Commit what was made and compile the index from it."""
    db.session.commit()
    return rebuild_index(current_app.extensions["index"], now)


def make_staff(email: str = "casey@example.org", role: str = "coordinator", **columns: object) -> Staff:
    """A member of staff."""
    made = Staff(email=email, name=email.split("@")[0].title(), role=role, created_at=NOW, **columns)
    db.session.add(made)
    db.session.commit()
    return made


def new_referral(*roles: PractitionerRole, **changes: object) -> NewReferral:
    """What a patient filled in, complete."""
    values: dict[str, object] = {
        "cancer": "CHOL",
        "patient": NewPatient(
            given="Maria",
            family="Sample",
            birth_date=date(1961, 3, 27),
            email="maria@sample.example",
            phone="" if changes.get("contact_by_email", True) else "617 555 0123",
            postcode="02115",
        ),
        "share_with_specialists": True,
        "contact_by_email": True,
        "situation": Situation.RARE_OR_COMPLEX,
        "priority": Priority.ROUTINE,
        "questions": ("Is surgery possible?",),
        "first_opinion": FirstOpinion(diagnosis="Cholangiocarcinoma", plan="Chemotherapy"),
        "shortlist": tuple(role.id for role in roles),
        "reroute_allowed": True,
    }
    return NewReferral(**{**values, **changes})  # type: ignore[arg-type]  # a test may pass what nobody should


def make_request(*roles: PractitionerRole, now: datetime = NOW, **changes: object) -> ServiceRequest:
    """A request that was sent in, with its contact confirmed unless `confirmed=False`."""
    confirmed = changes.pop("confirmed", True)
    chosen = roles or (make_role(),)
    db.session.commit()
    request = refer(new_referral(*chosen, **changes), "test-secret-key-0123456789", now)
    if confirmed:
        request.contact_confirmed_at = now
        request.patient.email_confirmed_at = now if request.patient.email else None
        db.session.commit()
    return request
