"""What would change the order of two neighbours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.matching import RoleFacts
from referral.domain.overtaking import crossing, would_pass

SHARES = st.floats(0, 1, allow_nan=False)


def role(name: str) -> RoleFacts:
    return RoleFacts(
        name.lower(), "2000000010", name, "MD", ("surgical",), None, "", "", "Boston", "MA", 42.0, -71.0,
        True, False, ("en",), (), None, None, "",
    )  # fmt: skip


UPPER, LOWER = role("Rivera"), role("Okafor")


@given(SHARES, SHARES, SHARES, SHARES)
def test_at_the_crossing_both_have_the_same_score(merit: float, near: float, other_merit: float, closer: float) -> None:
    at = crossing(merit - other_merit, closer - near)

    if at is not None:
        assert 0 <= at <= 1
        assert at * merit + (1 - at) * near == pytest.approx(at * other_merit + (1 - at) * closer)


@given(SHARES, SHARES, SHARES, SHARES)
def test_without_a_crossing_no_balance_changes_the_order(
    merit: float, near: float, other_merit: float, closer: float
) -> None:
    if crossing(merit - other_merit, closer - near) is None:
        ahead = [
            balance * (merit - other_merit) + (1 - balance) * (near - closer) for balance in (0.001, 0.3, 0.7, 0.999)
        ]
        assert all(one >= 0 for one in ahead) or all(one <= 0 for one in ahead)


def test_who_is_nearer_passes_with_more_weight_on_nearness() -> None:
    told = would_pass(UPPER, LOWER, 0.3, 0.2, 0.65, first=False)

    assert told.text == "With 60% or more on nearness (now 35%), Okafor would stand above Rivera."
    assert told.role_id == "rivera"
    assert told.balance == pytest.approx(0.4)


def test_who_has_more_experience_passes_with_more_weight_on_experience() -> None:
    told = would_pass(UPPER, LOWER, -0.1, -0.3, 0.65, first=True)

    assert told.text == "With 75% or more on experience and centre (now 65%), Okafor would stand first."
    assert told.role_id == "okafor"
    assert told.balance == pytest.approx(0.75)


def test_the_percent_that_is_named_is_enough() -> None:
    told = would_pass(UPPER, LOWER, 0.31, 0.17, 0.65, first=False)
    nearness = int(told.text.split("%")[0].removeprefix("With ")) / 100

    assert (1 - nearness) * 0.31 - nearness * 0.17 <= 0


def test_who_is_behind_in_everything_passes_with_no_balance() -> None:
    told = would_pass(UPPER, LOWER, 0.3, -0.2, 0.65, first=True)

    assert told.text == "No other balance of experience and nearness would put Okafor first."
    assert told.balance is None


def test_equals_stand_by_lot() -> None:
    told = would_pass(UPPER, LOWER, 0.0, 0.0, 0.65, first=False)

    assert told.text == "Okafor and Rivera have the same score. A fixed lot decides who stands above."
