"""Templates: words that are written again and again, with fields for what belongs to one request; and macros."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.domain.reply_templates import ReplyKind
from referral.models.access import Staff
from referral.models.base import Base, UtcDateTime, WithId

KINDS = ", ".join(f"'{kind}'" for kind in ReplyKind)


class ReplyTemplate(WithId, Base):
    """One template as it is now. Without an owner it is everybody's, and those who lead look after it."""

    __tablename__ = "reply_template"
    __table_args__ = (
        CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        CheckConstraint("version >= 1", name="version"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    text_en: Mapped[str] = mapped_column(Text)
    text_es: Mapped[str] = mapped_column(Text, default="")
    records: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Records that are ticked when it is used, by their codes: so it asks for them as well."""
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    owner: Mapped[Staff | None] = relationship()
    versions: Mapped[list["ReplyTemplateVersion"]] = relationship(order_by="ReplyTemplateVersion.version.desc()")


class ReplyTemplateVersion(Base):
    """A template as somebody left it."""

    __tablename__ = "reply_template_version"
    __table_args__ = (UniqueConstraint("template_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[UUID] = mapped_column(ForeignKey(ReplyTemplate.id))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    text_en: Mapped[str] = mapped_column(Text)
    text_es: Mapped[str] = mapped_column(Text, default="")
    records: Mapped[list[str]] = mapped_column(JSON, default=list)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(320))


class Macro(WithId, Base):
    """A few steps under one name, everybody's; those who lead look after it."""

    __tablename__ = "macro"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    name: Mapped[str] = mapped_column(String(100))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """As `domain.macros.Step.kept` writes them; templates by their ids."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
