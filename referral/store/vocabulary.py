"""Additions to the vocabulary: reading, keeping, and the version that tells whether there are newer ones."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, insert, select, text

from referral.domain.cancers import Cancer, Rarity
from referral.domain.resolve import Term
from referral.extensions import db
from referral.models import AddedCancer, AddedTerm, VocabularyImport


def lock() -> None:
    """Wait until no other import writes; SQLite needs no statement, since whoever may write there waits anyway."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE vocabulary_import IN EXCLUSIVE MODE"))


def version() -> int:
    """The number of the latest import that added something; 0 before the first."""
    return db.session.scalar(select(func.max(VocabularyImport.id))) or 0


def cancers() -> tuple[Cancer, ...]:
    """The cancers beside the table, parents before children."""
    rows = db.session.scalars(select(AddedCancer).order_by(AddedCancer.import_id, AddedCancer.place))
    return tuple(map(_cancer, rows))


def terms() -> tuple[Term, ...]:
    """The terms beside the tables, in a fixed order."""
    rows = db.session.scalars(select(AddedTerm).order_by(AddedTerm.import_id, AddedTerm.term))
    return tuple(Term(row.term, tuple(row.codes.split("|")), row.language, row.kind) for row in rows)


def add(kind: str, file: str, now: datetime, new_cancers: Iterable[Cancer], new_terms: Iterable[Term]) -> None:
    """Keep what one import adds, as the next version."""
    made = VocabularyImport(kind=kind, file=file, at=now)
    db.session.add(made)
    db.session.flush()
    if cancer_rows := [_cancer_row(cancer, at, made.id) for at, cancer in enumerate(new_cancers)]:
        db.session.execute(insert(AddedCancer), cancer_rows)
    term_rows = [
        {"term": t.term, "codes": "|".join(t.codes), "language": t.language, "kind": t.kind, "import_id": made.id}
        for t in new_terms
    ]
    if term_rows:
        db.session.execute(insert(AddedTerm), term_rows)


def _cancer(row: AddedCancer) -> Cancer:
    return Cancer(
        code=row.code,
        name=row.name,
        main_type=row.main_type,
        tissue=row.tissue,
        parent=row.parent,
        icd10cm=tuple(filter(None, row.icd10cm.split("|"))),
        incidence_per_100k=None,
        incidence_year=None,
        incidence_source="",
        rarity=Rarity(row.rarity),
        rarity_basis="inherited",
    )


def _cancer_row(cancer: Cancer, place: int, import_id: int) -> dict[str, object]:
    return {
        "code": cancer.code,
        "place": place,
        "name": cancer.name,
        "main_type": cancer.main_type,
        "tissue": cancer.tissue,
        "parent": cancer.parent,
        "icd10cm": "|".join(cancer.icd10cm),
        "rarity": cancer.rarity.value,
        "import_id": import_id,
    }
