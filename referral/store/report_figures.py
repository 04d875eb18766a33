"""What reports are made of: counts over the rows the history keeps up to date. `organization` None is everybody."""

from typing import Any

from sqlalchemy import ColumnElement, Executable, Integer, Select, and_, case, cast, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from referral.domain.lifecycle import Stage
from referral.domain.reporting import Period
from referral.extensions import db
from referral.models import Organization, Practitioner, ReportAttempt, ReportCase, ReportStay, ReportWork
from referral.models.conditions import WAITED_FOR_RECORDS

MOST_SPECIALISTS = 20


def closure(period: Period, organization: str | None) -> list[tuple[int, int, int]]:
    """By month: referrals that left for an office, and of them those with an opinion by now."""
    sent = ReportAttempt.sent_month
    answered = func.count().filter(ReportAttempt.opinion_month > 0)
    return _rows(
        select(sent, func.count(), answered).where(_in(sent, period), *_of(organization)).group_by(sent).order_by(sent)
    )


def stays(period: Period, organization: str | None) -> list[tuple[str, int, bool, int]]:
    """Stage, whole hours, whether past its deadline, how often: of the stays that ended."""
    at = (ReportStay.left_month, ReportStay.stage, ReportStay.hours, ReportStay.breached)
    where = [_in(ReportStay.left_month, period)]
    if organization is not None:
        where.append(ReportStay.organization_id == organization)
    # Grouped as the index is ordered, so that nothing has to be sorted; the months are put together afterwards.
    return _rows(select(*at[1:], func.count()).where(*where).group_by(*at))


def declines_by_reason(period: Period, organization: str | None) -> list[tuple[str, int]]:
    """Reason and how often, the commonest first."""
    number = func.count()
    where = (_in(ReportAttempt.declined_month, period), *_of(organization))
    return _rows(
        select(ReportAttempt.reason, number)
        .where(*where)
        .group_by(ReportAttempt.reason)
        .order_by(number.desc(), ReportAttempt.reason)
    )


def declines_by_specialist(period: Period, organization: str | None) -> list[tuple[str, str, int, int]]:
    """NPI, name, declined, asked: of those who declined most."""
    in_period = _in(ReportAttempt.declined_month, period)
    declined, asked = func.count().filter(in_period), func.count().filter(_in(ReportAttempt.asked_month, period))
    either = in_period | _in(ReportAttempt.asked_month, period)
    counted = (
        select(ReportAttempt.npi, declined.label("declined"), asked.label("asked"))
        .where(either, *_of(organization))
        .group_by(ReportAttempt.npi)
        .having(declined > 0)
        .order_by(declined.desc(), ReportAttempt.npi)
        .limit(MOST_SPECIALISTS)
        .subquery()
    )
    name = func.coalesce(Practitioner.given + " " + Practitioner.family, "")
    return _rows(
        select(counted.c.npi, name, counted.c.declined, counted.c.asked)
        .outerjoin_from(counted, Practitioner, Practitioner.npi == counted.c.npi)
        .order_by(counted.c.declined.desc(), counted.c.npi)
    )


def reroutes(period: Period, organization: str | None) -> list[tuple[str, int, int, int]]:
    """The stage a re-route left, how often, and of them how many were accepted and how many gave an opinion."""
    accepted = func.count().filter((ReportAttempt.accepted_month > 0) | (ReportAttempt.opinion_month > 0))
    opinions = func.count().filter(ReportAttempt.opinion_month > 0)
    where = (_in(ReportAttempt.asked_month, period), ReportAttempt.after != "", *_of(organization))
    return _rows(
        select(ReportAttempt.after, func.count(), accepted, opinions)
        .where(*where)
        .group_by(ReportAttempt.after)
        .order_by(ReportAttempt.after)
    )


def records(period: Period, organization: str | None) -> list[tuple[str, int, int]]:
    """Codes of records asked for together, whole hours that the request waited for them, how often."""
    where = [
        _in(ReportStay.left_month, period),
        ReportStay.stage.in_((Stage.RECORDS_NEEDED, Stage.INFORMATION_REQUESTED)),
        literal_column(WAITED_FOR_RECORDS),  # as its index is written, which is used only then
    ]
    if organization is not None:
        where.append(ReportStay.case_id.in_(_cases(organization)))
    at = (ReportStay.records, ReportStay.hours)
    query = select(*at, func.count()).where(*where).group_by(*at)
    return _rows(query.with_hint(ReportStay, "INDEXED BY ix_report_stay_records", "sqlite"))


def agreement(period: Period, organization: str | None) -> list[tuple[str, bool, int]]:
    """What opinions did to the first one, whether they were advice alone, how often."""
    at = (ReportAttempt.agreement, ReportAttempt.advice_only)
    where = (_in(ReportAttempt.opinion_month, period), *_of(organization))
    return _rows(select(*at, func.count()).where(*where).group_by(*at))


def workload(period: Period, organization: str | None) -> list[tuple[str, int, int]]:
    """Member of staff, requests they worked on, steps they took; the most steps first."""
    steps, worked_on = func.sum(ReportWork.steps), func.count(ReportWork.case_id.distinct())
    where = [_in(ReportWork.month, period)]
    if organization is not None:
        where.append(ReportWork.case_id.in_(_cases(organization)))
    return _rows(
        select(ReportWork.who, worked_on, steps)
        .where(*where)
        .group_by(ReportWork.who)
        .order_by(steps.desc(), ReportWork.who)
    )


def people(period: Period, organization: str | None) -> list[tuple[str, str, str, int, int, int, int]]:
    """Language, state, rurality; requests, of them with an opinion, declined at least once, days waited in sum."""
    at = (ReportCase.language, ReportCase.state, ReportCase.rurality)
    has_opinion = ReportCase.opinion_month > 0
    where = [_in(ReportCase.submitted_month, period)]
    if organization is not None:
        where.append(ReportCase.id.in_(_cases(organization)))
    waited = cast(func.coalesce(func.sum(case((has_opinion, ReportCase.wait_days), else_=0)), 0), Integer)
    counts = (func.count(), func.count().filter(has_opinion), func.count().filter(ReportCase.declined.is_(True)))
    return _rows(select(*at, *counts, waited).where(*where).group_by(*at))


def outcomes(period: Period, organization: str | None) -> list[tuple[str, str, int, int]]:
    """By which plan patients go on, codes of what changed, how much it helped, how many said just that."""
    at = (ReportCase.decided, ReportCase.changed, ReportCase.helped)
    where = [_in(ReportCase.outcome_month, period)]
    if organization is not None:
        where.append(ReportCase.id.in_(_cases(organization)))
    return _rows(select(*at, func.count()).where(*where).group_by(*at))


def organizations() -> list[tuple[str, str]]:
    """Id and name of every organization that was ever asked, by name."""
    asked = select(ReportAttempt.organization_id).where(ReportAttempt.organization_id.is_not(None)).distinct()
    return _rows(
        select(Organization.id, Organization.name).where(Organization.id.in_(asked)).order_by(Organization.name)
    )


def _rows(query: Executable) -> list[Any]:
    return [tuple(row) for row in db.session.execute(query)]


def _in(month: InstrumentedAttribute[int], period: Period) -> ColumnElement[bool]:
    return and_(month >= period.first, month <= period.last)


def _of(organization: str | None) -> list[ColumnElement[bool]]:
    return [] if organization is None else [ReportAttempt.organization_id == organization]


def _cases(organization: str) -> Select[Any]:
    """The requests that an organization was asked about."""
    return select(ReportAttempt.case_id).where(ReportAttempt.organization_id == organization)
