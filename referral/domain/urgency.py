"""How urgent a request is, from the day the patient has to decide."""

from datetime import date

from referral.domain.codes import Priority

ASAP_DAYS = 3
URGENT_DAYS = 10


def priority_for(decision_date: date | None, today: date) -> Priority:
    """Routine without a date; urgent where the decision is within ten days, as soon as possible within three."""
    if decision_date is None:
        return Priority.ROUTINE
    days = (decision_date - today).days
    if days <= ASAP_DAYS:
        return Priority.ASAP
    return Priority.URGENT if days <= URGENT_DAYS else Priority.ROUTINE
