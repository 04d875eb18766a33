"""Views of the desk's lists that somebody keeps, and searches by what must not stand in an address.

A view is the words of an address under a name. A search is kept sealed for some hours; the address names it by an id
that says nothing, and it opens only to whoever searched.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from referral import reference
from referral.domain.codes import Actor
from referral.domain.errors import Invalid, NotFound
from referral.domain.texts import check, seen
from referral.extensions import db
from referral.models import DeskSearch, DeskView, Staff
from referral.store import desk
from referral.store.worklist_filters import Search

SEARCHES_KEPT_FOR = timedelta(hours=12)
LONGEST_NAME, LONGEST_SEARCH = 60, 200
MOST_VIEWS = 50


def begin_search(staff: Staff, text: str, now: datetime) -> UUID:
    """Keep what somebody searches for; the id it is found by. Searches whose time is over are dropped by the way."""
    desk.forget_searches(now)
    made = DeskSearch(
        staff_id=staff.id, text=" ".join(text.split())[:LONGEST_SEARCH], created_at=now,
        expires_at=now + SEARCHES_KEPT_FOR,
    )  # fmt: skip
    desk.add(made)
    db.session.commit()
    return made.id


def search(staff: Staff, search_id: UUID, now: datetime) -> Search | None:
    """What this person searched for; None where it was somebody else, or it was too long ago."""
    found = desk.search(search_id, staff.id, now)
    return None if found is None else Search(found.text, cancers_of(found.text))


def cancers_of(text: str) -> frozenset[str]:
    """The cancer that words mean with all that is below it; none where it is not clear."""
    answer = reference.resolver().resolve(text, 1)
    if answer.ask or not answer.readings:
        return frozenset()
    return reference.cancers().subtree(answer.readings[0].code)


def keep(staff: Staff, name: str, words: Mapping[str, str], now: datetime) -> DeskView:
    """Keep a view under a name. Raise `Invalid` where the name is missing or too long, or there are too many."""
    own = [one for one in desk.views_of(staff) if one.staff_id == staff.id]
    if len(own) >= MOST_VIEWS:
        raise Invalid("name", f"You have {MOST_VIEWS} views. Delete one first.")
    made = DeskView(staff_id=staff.id, name=_name(name), words=dict(words), created_at=now)
    desk.add(made)
    db.session.commit()
    return made


def rename(staff: Staff, view_id: UUID, name: str) -> None:
    """Give one's own view another name. Raise `Invalid`, or `NotFound`."""
    _changeable(staff, view_id).name = _name(name)
    db.session.commit()


def share(staff: Staff, view_id: UUID, shared: bool) -> None:
    """Let everybody at the desk have a view, or only its maker again; leads do that. Raise `NotFound`."""
    found = _changeable(staff, view_id)
    if staff.role != Actor.LEAD:
        raise NotFound
    found.shared = shared
    db.session.commit()


def remove(staff: Staff, view_id: UUID) -> None:
    """Drop a view. Raise `NotFound`."""
    desk.remove(_changeable(staff, view_id))
    db.session.commit()


def may_change(staff: Staff, view: DeskView) -> bool:
    """Whether it is theirs, or shared and they lead."""
    lead = staff.role == Actor.LEAD and view.staff.organization_id == staff.organization_id
    return view.staff_id == staff.id or (view.shared and lead)


def _changeable(staff: Staff, view_id: UUID) -> DeskView:
    found = desk.view(view_id)
    if found is None or not may_change(staff, found):
        raise NotFound
    return found


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not seen(name):
        raise Invalid("name", "Give the view a name.")
    if len(name) > LONGEST_NAME:
        raise Invalid("name", f"A name has at most {LONGEST_NAME} characters.")
    check("name", name)
    return name
