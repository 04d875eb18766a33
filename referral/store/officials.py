"""People responsible for trials, and which specialists they are."""

from sqlalchemy import Select, func, select

from referral.domain.identity import MatchState
from referral.extensions import db
from referral.models import Practitioner, Trial, TrialOfficial

Waiting = tuple[TrialOfficial, Trial, Practitioner]


def get(official_id: int) -> TrialOfficial | None:
    """One person of one trial."""
    return db.session.get(TrialOfficial, official_id)


def suggested(limit: int, offset: int = 0) -> list[Waiting]:
    """Who may be a specialist of the directory, the surest first."""
    order = (TrialOfficial.confidence.desc(), TrialOfficial.nct_id, TrialOfficial.id)
    query = _with_whom().where(TrialOfficial.state == MatchState.SUGGESTED).order_by(*order).limit(limit).offset(offset)
    return [(official, trial, person) for official, trial, person in db.session.execute(query)]


def count_suggested() -> int:
    """How many wait for a decision."""
    waiting = (TrialOfficial.state == MatchState.SUGGESTED, TrialOfficial.npi.is_not(None))
    return db.session.scalar(select(func.count()).select_from(TrialOfficial).where(*waiting)) or 0


def decided(limit: int) -> list[Waiting]:
    """What a person decided, the newest first."""
    query = _with_whom().where(TrialOfficial.state != MatchState.SUGGESTED, TrialOfficial.decided_at.is_not(None))
    order = (TrialOfficial.decided_at.desc(), TrialOfficial.id)
    return [
        (official, trial, person) for official, trial, person in db.session.execute(query.order_by(*order).limit(limit))
    ]


def confirmed_of(npi: str) -> list[tuple[TrialOfficial, Trial]]:
    """The trials of which this specialist is known to be an official."""
    named = (TrialOfficial.npi == npi, TrialOfficial.state == MatchState.CONFIRMED)
    query = select(TrialOfficial, Trial).join(Trial, Trial.nct_id == TrialOfficial.nct_id).where(*named)
    return [(official, trial) for official, trial in db.session.execute(query.order_by(Trial.nct_id, TrialOfficial.id))]


def _with_whom() -> Select[TrialOfficial, Trial, Practitioner]:
    return (
        select(TrialOfficial, Trial, Practitioner)
        .join(Trial, Trial.nct_id == TrialOfficial.nct_id)
        .join(Practitioner, Practitioner.npi == TrialOfficial.npi)
    )
