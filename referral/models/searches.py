"""What was searched and what came out, without anybody's identity, for thirty days."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.models.base import Base, UtcDateTime, WithId


class SearchRecord(WithId, Base):
    """The inputs as given, the index and model they met, and the roles that came out, in order."""

    __tablename__ = "search_record"

    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    index_version: Mapped[str] = mapped_column(String(64))
    model_version: Mapped[str] = mapped_column(String(20))
    role_ids: Mapped[list[str]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
