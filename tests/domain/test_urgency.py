from datetime import date, timedelta

import pytest

from referral.domain.codes import Priority
from referral.domain.urgency import priority_for

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "days, priority",
    [(0, Priority.ASAP), (3, Priority.ASAP), (4, Priority.URGENT), (10, Priority.URGENT), (11, Priority.ROUTINE)],
)
def test_the_nearer_the_decision_the_more_urgent_the_request(days: int, priority: Priority) -> None:
    assert priority_for(TODAY + timedelta(days), TODAY) is priority


def test_without_a_date_a_request_is_routine() -> None:
    assert priority_for(None, TODAY) is Priority.ROUTINE
