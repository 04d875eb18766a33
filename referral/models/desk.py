"""What people at the desk keep for themselves: views of the lists, and for some hours what they searched for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.models.access import Staff
from referral.models.base import Base, UtcDateTime, WithId
from referral.models.sealed import TEXT, Sealed, SealedRow


class DeskView(SealedRow, WithId, Base):
    """A worklist with filters and an order under a name: the words of its address, which old ones may be among."""

    __tablename__ = "desk_view"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), index=True)
    name = Sealed(TEXT, 60)
    """Sealed, since it may name a patient."""
    words: Mapped[dict[str, Any]] = mapped_column(JSON)
    shared: Mapped[bool] = mapped_column(default=False)
    """Whether everybody at the desk who sees the same requests has it, too."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class DeskSearch(SealedRow, WithId, Base):
    """What somebody searched for: an address names it by this id alone, and it opens to nobody else."""

    __tablename__ = "desk_search"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), index=True)
    text = Sealed(TEXT, 200)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
