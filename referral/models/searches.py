"""What was searched and what came out, without anybody's identity, for thirty days."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.models.base import Base, UtcDateTime, WithId


class SearchRecord(WithId, Base):
    """The inputs as given and as understood, the index and model they met, and what came out, in order.

    `query`, `scores` and `total` are None in records older than replay.
    """

    __tablename__ = "search_record"
    __table_args__ = (Index(None, "index_version", "at"),)

    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    query: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    index_version: Mapped[str] = mapped_column(String(64))
    model_version: Mapped[str] = mapped_column(String(20))
    role_ids: Mapped[list[str]] = mapped_column(JSON)
    scores: Mapped[list[float] | None] = mapped_column(JSON)
    total: Mapped[int | None]
    digest: Mapped[str] = mapped_column(String(64))
