"""What imports have added to the vocabulary of `seed_data/`: newer cancers, and other words."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.models.base import Base, UtcDateTime


class VocabularyImport(Base):
    """One import that added something; the highest id is the version of the vocabulary."""

    __tablename__ = "vocabulary_import"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AddedCancer(Base):
    """A code that is newer than our table; it is never deleted, since a request may point to it."""

    __tablename__ = "added_cancer"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[int] = mapped_column(Integer)  # the order in which they came: parents before children
    name: Mapped[str] = mapped_column(String)
    main_type: Mapped[str] = mapped_column(String)
    tissue: Mapped[str] = mapped_column(String)
    parent: Mapped[str] = mapped_column(String(40))
    icd10cm: Mapped[str] = mapped_column(String)  # codes between "|"
    rarity: Mapped[str] = mapped_column(String(20))
    import_id: Mapped[int] = mapped_column(ForeignKey("vocabulary_import.id"))


class AddedTerm(Base):
    """Words for one or more cancers, with the columns of `seed_data/terms/`."""

    __tablename__ = "added_term"

    term: Mapped[str] = mapped_column(String(200), primary_key=True)
    codes: Mapped[str] = mapped_column(String)  # codes between "|"
    language: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(20))
    import_id: Mapped[int] = mapped_column(ForeignKey("vocabulary_import.id"))
