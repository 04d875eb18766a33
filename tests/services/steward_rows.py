"""Rows that the steward's pages are about; a test names only what matters to it."""

from datetime import date
from decimal import Decimal
from itertools import count

from referral.domain.directory_checks import CheckReason
from referral.domain.settling import Row, Subject
from referral.extensions import db
from referral.models import (
    DirectoryCheck,
    DirectoryImport,
    Organization,
    OrganizationAlias,
    Payment,
    PractitionerRole,
    Trial,
    TrialOfficial,
)
from referral.store.field_changes import Cause
from referral.store.settled import Speaker, Word, take
from tests.factories import NOW

BY = "ines@example.org"
_numbers = count(1)


def make_import(kind: str = "clinicians", name: str = "DAC_NationalFile.csv", **columns: object) -> DirectoryImport:
    """A finished import of the day before."""
    defaults = {"state": "finished", "started_at": NOW, "finished_at": NOW, "heartbeat_at": NOW}
    made = DirectoryImport(kind=kind, name=name, **{**defaults, **columns})
    db.session.add(made)
    db.session.flush()
    return made


def make_word(subject: Subject, subject_id: str, source: str, values: Row, brought: DirectoryImport, line: int) -> None:
    """What a source says of somebody, as an import takes it over."""
    cause = Cause(brought.finished_at or NOW, brought.id)
    take(subject, {subject_id: Word(values, line)}, Speaker(source, cause.now.date(), cause))
    db.session.expire_all()


def make_check(role: PractitionerRole, reason: CheckReason = CheckReason.MOVED, **columns: object) -> DirectoryCheck:
    """An open check of a place of work."""
    defaults: dict[str, object] = {"detail": "", "opened_at": NOW, "opened_by": "office", "role_id": role.id}
    made = DirectoryCheck(npi=role.npi, reason=reason.value, **{**defaults, **columns})
    db.session.add(made)
    db.session.commit()
    return made


def make_alias(own: Organization, suggested: Organization, **columns: object) -> OrganizationAlias:
    """An organization as a source names it, that may be one of ours."""
    defaults: dict[str, object] = {
        "key": f"pac:{next(_numbers):010d}",
        "name": own.name,
        "confidence": 0.84,
        "state": "suggested",
        "reasons": ["a name much alike (91 of 100)", "the same city"],
    }
    made = OrganizationAlias(organization_id=own.id, suggested_id=suggested.id, **{**defaults, **columns})
    db.session.add(made)
    db.session.commit()
    return made


def make_official(npi: str, name: str = "Ana M. Rivera, MD", codes: tuple[str, ...] = ("CHOL",)) -> TrialOfficial:
    """Somebody named in a trial who may be a specialist of the directory."""
    brought = make_import("trials", "studies.ndjson")
    nct_id = f"NCT9{next(_numbers):07d}"
    db.session.add(
        Trial(
            nct_id=nct_id,
            title="Adjuvant Treatment After Resection of Bile Duct Cancer",
            status="RECRUITING",
            phase="PHASE2",
            conditions=["Cholangiocarcinoma"],
            codes=list(codes),
            first_posted=date(2023, 5, 1),
            updated=date(2026, 4, 30),
            url=f"https://clinicaltrials.gov/study/{nct_id}",
            retrieved_on=NOW.date(),
            import_id=brought.id,
            line=7,
        )
    )
    db.session.flush()
    made = TrialOfficial(
        nct_id=nct_id,
        name=name,
        affiliation="Harbor Cancer Centre",
        role="PRINCIPAL_INVESTIGATOR",
        npi=npi,
        confidence=0.92,
        reasons=["the same given and family name", "the same organization"],
        state="suggested",
    )
    db.session.add(made)
    db.session.commit()
    return made


def make_payment(npi: str, amount: str = "1250.50", **columns: object) -> Payment:
    """Money of a company."""
    brought = make_import("open-payments", "OP_DTL_GNRL_PGYR2025.csv")
    defaults: dict[str, object] = {
        "year": 2025,
        "payer": "Example Pharma Inc",
        "nature": "Consulting Fee",
        "rows": 3,
        "retrieved_on": NOW.date(),
        "import_id": brought.id,
        "line": 1204,
    }
    made = Payment(npi=npi, amount_usd=Decimal(amount), **{**defaults, **columns})
    db.session.add(made)
    db.session.commit()
    return made
