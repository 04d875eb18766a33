"""Reading and writing of templates for what is written again and again, and of macros."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from referral.extensions import db
from referral.models import Macro, ReplyTemplate, ReplyTemplateVersion


def get(template_id: UUID) -> ReplyTemplate | None:
    """One template, held against other writers where the database can."""
    found = select(ReplyTemplate).where(ReplyTemplate.id == template_id).with_for_update()
    return db.session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def of_staff(staff_id: UUID, archived: bool = False) -> list[ReplyTemplate]:
    """What somebody may use: everybody's and their own, by kind and name; those put away only where asked for."""
    theirs = or_(ReplyTemplate.owner_id.is_(None), ReplyTemplate.owner_id == staff_id)
    found = select(ReplyTemplate).where(theirs).options(joinedload(ReplyTemplate.owner))
    if not archived:
        found = found.where(ReplyTemplate.archived_at.is_(None))
    return list(db.session.scalars(found.order_by(ReplyTemplate.kind, ReplyTemplate.name, ReplyTemplate.id)))


def shared_names() -> set[str]:
    """The names of everybody's templates."""
    return set(db.session.scalars(select(ReplyTemplate.name).where(ReplyTemplate.owner_id.is_(None))))


def add(template: ReplyTemplate, version: ReplyTemplateVersion) -> None:
    """Keep a new template, or a new version of one."""
    db.session.add(template)
    db.session.flush()
    version.template_id = template.id
    db.session.add(version)
    db.session.flush()


def macro(macro_id: UUID) -> Macro | None:
    """One macro, held against other writers where the database can."""
    found = select(Macro).where(Macro.id == macro_id).with_for_update()
    return db.session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def macros(archived: bool = False) -> list[Macro]:
    """Every macro by name; those put away only where asked for."""
    found = select(Macro) if archived else select(Macro).where(Macro.archived_at.is_(None))
    return list(db.session.scalars(found.order_by(Macro.name, Macro.id)))


def add_macro(macro: Macro) -> None:
    """Keep a new macro."""
    db.session.add(macro)
    db.session.flush()
