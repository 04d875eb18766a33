"""Small numbers of people are not shown, and nobody can work them out from what is."""

from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from referral.domain.suppression import LEAST, SEVERAL, Group, Shown, shown

COUNTS = st.integers(0, 40)


@st.composite
def splits(draw: st.DrawFn) -> list[Group]:
    """Up to five groups, most of them small, with one measure."""
    people = draw(st.lists(st.one_of(COUNTS, st.integers(0, 400)), max_size=5))
    return [Group(str(place), number, {"opinion": draw(st.integers(0, number))}) for place, number in enumerate(people)]


@given(splits())
def test_no_number_from_1_to_10_is_shown_nor_one_that_subtracting_would_tell(groups: list[Group]) -> None:
    for row in shown(groups) or ():
        assert row.people is None or row.people >= LEAST
        opinions = row.having["opinion"]
        if opinions is not None:
            assert row.people is not None
            assert opinions == 0 or opinions >= LEAST
            assert row.people - opinions == 0 or row.people - opinions >= LEAST


@given(splits())
def test_what_is_shown_is_true(groups: list[Group]) -> None:
    true = {group.name: group for group in groups if group.people}
    rows = shown(groups)
    assume(rows is not None)
    assert [row.name for row in rows or ()] == list(true)
    for row in rows or ():
        assert row.people in (None, true[row.name].people)
        assert row.having["opinion"] in (None, true[row.name].having["opinion"])


def ways(row: int, rows: tuple[Shown, ...], numbers: list[int | None], total: int, most: list[int]) -> int:
    """How many values of one hidden number fit the total and what is shown: counted by trying all, not by the rule."""
    left = total - sum(number for number in numbers if number is not None)
    others = [most[place] for place, number in enumerate(numbers) if number is None and place != row]
    reachable = {0}
    for largest in others:
        reachable = {sum_ + value for sum_, value in product(reachable, range(min(largest, left) + 1))}
    return sum(left - value in reachable for value in range(min(most[row], left) + 1))


@given(splits())
def test_totals_do_not_give_a_hidden_number_away(groups: list[Group]) -> None:
    rows = shown(groups)
    assume(rows)
    assert rows
    total = sum(group.people for group in groups)
    people = [row.people for row in rows]
    columns = [(people, total, [total] * len(rows))]
    opinions = [row.having["opinion"] for row in rows]
    if any(number is not None for number in opinions):
        having = sum(group.having["opinion"] for group in groups)
        columns.append((opinions, having, [having if row.people is None else row.people for row in rows]))
    for numbers, whole, most in columns:
        for place, number in enumerate(numbers):
            if number is None:
                assert ways(place, rows, numbers, whole, most) >= SEVERAL


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    groups = [Group("en", 300, {}), Group("es", 40, {}), Group("vi", 3, {})]
    assert shown(groups) == (Shown("en", 300, {}), Shown("es", None, {}), Shown("vi", None, {}))


def test_a_split_of_a_few_people_is_withheld_with_its_names() -> None:
    assert shown([Group("en", 3, {})]) is None
    assert shown([]) == ()
