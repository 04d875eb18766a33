"""Trials that take people in, by the cancers they are for."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from referral.extensions import db
from referral.models import Trial

OPEN = ("RECRUITING", "NOT_YET_RECRUITING")
"""The statuses of ClinicalTrials.gov under which somebody can join, now or soon."""


def open_trials(codes: frozenset[str]) -> list[Trial]:
    """The open trials that are for one of these cancers, with their places; the last changed first."""
    found = db.session.execute(select(Trial.nct_id, Trial.codes).where(Trial.status.in_(OPEN)))
    ids = [nct_id for nct_id, theirs in found if not codes.isdisjoint(theirs)]
    query = select(Trial).where(Trial.nct_id.in_(ids)).options(selectinload(Trial.sites))
    return list(db.session.scalars(query.order_by(Trial.updated.desc(), Trial.nct_id)))
