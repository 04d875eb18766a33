"""Checks of the directory: opened by bounced mail, by offices, by visitors, by age; closed by a steward."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from referral import queue
from referral.domain.directory_checks import (
    AGEING_DAYS,
    BY_AGE,
    REPORTED,
    CheckOutcome,
    CheckReason,
    Opener,
    reason_of_age,
)
from referral.domain.errors import Invalid, InvalidInput, NotAllowed, NotFound
from referral.domain.phrases import phrase
from referral.domain.settling import Subject
from referral.domain.texts import printable, unusable
from referral.extensions import db
from referral.models import DirectoryCheck, ReferralTask
from referral.services import correct_fact
from referral.services.correct_fact import About
from referral.store import checks, directory

LONGEST_REPORT = 1000
LONGEST_NOTE = 500
MOST_REPORTS_OF_ONE = 10
"""Open reports of visitors on one specialist; more would say nothing new."""
MOST_REPORTS_AN_HOUR = 200
"""Reports of all visitors: whoever sends more is a program."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a visitor says is wrong with a profile: at which place, empty for the person, and in their words."""

    npi: str
    role_id: str
    reason: str
    text: str


def open_check(npi: str, role_id: str | None, reason: CheckReason, detail: str, opener: Opener, now: datetime) -> int:
    """Open a check and return its number; one that is open for the same reason stays as it is. The caller commits."""
    same = [each for each in checks.open_of(npi) if each.role_id == role_id and each.reason == reason]
    if same and opener is not Opener.VISITOR:
        return same[0].id
    return _opened(npi, role_id, reason, opener, now, detail).id


def doubt(task: ReferralTask, reason: CheckReason, opener: Opener, now: datetime) -> None:
    """Open a check on the place that a request went to: its mail came back, or its office says who left."""
    open_check(task.role.npi, task.role_id, reason, "", opener, now)


def report_error(report: Report, now: datetime) -> None:
    """Take up what a visitor reports; InvalidInput names what is wrong with the form.

    NotAllowed where so much was reported already that one more would only keep the steward from reading it.
    """
    roles = {role.id for role in directory.live_roles(report.npi)}
    if directory.practitioner(report.npi) is None:
        raise NotFound(phrase("There is no specialist with this number in the directory."))
    if problems := _problems(report, roles):
        raise InvalidInput(problems)
    waiting = [each for each in checks.open_of(report.npi) if each.opened_by == Opener.VISITOR]
    role_id = report.role_id or (next(iter(roles)) if len(roles) == 1 else None)
    if any((each.role_id, each.reason, each.detail) == (role_id, report.reason, report.text) for each in waiting):
        return  # the form was sent twice
    if len(waiting) >= MOST_REPORTS_OF_ONE:
        raise NotAllowed(phrase("We have many reports on this profile already, and somebody will look at them."))
    if checks.opened_by_since(Opener.VISITOR, now - timedelta(hours=1)) >= MOST_REPORTS_AN_HOUR:
        raise NotAllowed(phrase("Many reports come in just now. Try again in an hour."))
    open_check(report.npi, role_id, CheckReason(report.reason), report.text, Opener.VISITOR, now)
    db.session.commit()


def close(check_id: int, outcome: str, note: str, by: str, now: datetime) -> bool:
    """Close a check with what came of it; return whether the index is being built with the change.

    Confirmed: the place of work counts as looked at today. Retired: it, or the specialist as a whole where the check
    is about no place, goes out of use. InvalidInput names what is wrong with the form, NotAllowed says that somebody
    else has closed it.
    """
    check = _open(check_id)
    if problems := _problems_of_closing(outcome, note):
        raise InvalidInput(problems)
    about = _about(check, by, note)
    if outcome == CheckOutcome.CONFIRMED and check.role_id:
        correct_fact.assure(about, now)
    elif outcome == CheckOutcome.RETIRED:
        correct_fact.end(about, now)
    check.closed_at, check.closed_by, check.outcome = now, by, outcome
    correct_fact.remember(about, f"closed a check: {outcome}", now, check=check.id, reason=check.reason)
    db.session.commit()
    return queue.rebuild_index() if outcome != CheckOutcome.CORRECTED else True


def open_checks_of_age(now: datetime) -> tuple[int, int]:
    """Open a check for each place that requests go to by themselves and nobody confirmed for 90 or 180 days.

    Those that were confirmed since are closed. Returns how many were opened and closed; to be called once a day.
    """
    old = checks.roles_not_assured_since(now.date() - timedelta(days=AGEING_DAYS))
    due = {role_id: (npi, reason_of_age(assured_on, now.date())) for role_id, npi, assured_on in old}
    open_now = checks.of_age(BY_AGE)
    for role_id, check in open_now.items():
        if role_id not in due:
            check.closed_at, check.closed_by, check.outcome = now, "service", CheckOutcome.CONFIRMED.value
        elif due[role_id][1] is CheckReason.AGED:
            check.reason = CheckReason.AGED.value
    fresh = {role_id: found for role_id, found in due.items() if role_id not in open_now}
    for role_id, (npi, reason) in fresh.items():
        if reason:
            _opened(npi, role_id, reason, Opener.SYSTEM, now)
    db.session.commit()
    return len(fresh), len(open_now.keys() - due.keys())


def _opened(
    npi: str, role_id: str | None, reason: CheckReason, opener: Opener, now: datetime, detail: str = ""
) -> DirectoryCheck:
    opened = {"opened_at": now, "opened_by": opener.value}
    return checks.add(DirectoryCheck(npi=npi, role_id=role_id, reason=reason.value, detail=detail, **opened))


def _problems(report: Report, roles: set[str]) -> list[Invalid]:
    found = []
    if report.reason not in REPORTED:
        found.append(Invalid("reason", phrase("Choose what is wrong.")))
    if report.role_id and report.role_id not in roles:
        found.append(Invalid("role_id", phrase("Choose the place it is about.")))
    if report.reason == CheckReason.OTHER and not report.text:
        found.append(Invalid("text", phrase("Write in a few words what is wrong.")))
    return [*found, *unusable("text", report.text, LONGEST_REPORT)]


def _problems_of_closing(outcome: str, note: str) -> list[Invalid]:
    found = []
    if outcome not in set(CheckOutcome):
        found.append(Invalid("outcome", phrase("Choose what came of it.")))
    if not note.strip():
        found.append(Invalid("note", phrase("Write how you know, for example “called the office on 20 November”.")))
    elif len(note) > LONGEST_NOTE or not printable(note):
        found.append(
            Invalid(
                "note",
                phrase("Use at most {longest_note} characters, and no control characters.", longest_note=LONGEST_NOTE),
            )
        )
    return found


def _open(check_id: int) -> DirectoryCheck:
    check = checks.get(check_id)
    if check is None:
        raise NotFound(phrase("There is no such check."))
    if check.closed_at:
        raise NotAllowed(phrase("{closed_by} closed this check already.", closed_by=check.closed_by))
    return check


def _about(check: DirectoryCheck, by: str, note: str) -> About:
    role = directory.role(check.role_id) if check.role_id else None
    subject = (Subject.ROLE, role.id) if role else (Subject.PRACTITIONER, check.npi)
    return About(*subject, by=by, why=note.strip())
