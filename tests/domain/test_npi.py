"""The NPI check digit, against CMS's own worked example and every single wrong digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.npi import check_digit, is_valid

nine_digits = st.integers(100_000_000, 299_999_999).map(str)


def test_the_worked_example_of_cms_has_check_digit_three() -> None:
    assert check_digit("123456789") == "3"
    assert is_valid("1234567893")


@given(nine_digits)
def test_a_number_with_its_check_digit_is_valid_and_with_any_other_is_not(first_nine: str) -> None:
    right = check_digit(first_nine)

    valid = [digit for digit in "0123456789" if is_valid(first_nine + digit)]

    assert valid == [right]


@given(nine_digits, st.integers(1, 8), st.integers(1, 9))
def test_one_mistyped_digit_is_always_noticed(first_nine: str, position: int, change: int) -> None:
    npi = first_nine + check_digit(first_nine)
    wrong = str((int(npi[position]) + change) % 10)

    assert not is_valid(npi[:position] + wrong + npi[position + 1 :])


@pytest.mark.parametrize("leading", ["0", "3", "9"])
def test_a_number_that_begins_with_neither_one_nor_two_is_no_npi(leading: str) -> None:
    first_nine = leading + "23456789"

    assert not is_valid(first_nine + check_digit(first_nine))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456789",
        "12345678930",
        "123456789x",
        " 1234567893",
        "1234567893\n",
        "１２３４５６７８９３",
        "-123456789",
    ],
)
def test_anything_but_ten_plain_digits_is_no_npi(text: str) -> None:
    assert not is_valid(text)


@pytest.mark.parametrize("text", ["", "12345678", "1234567890", "12345678a", "１２３４５６７８９"])
def test_a_check_digit_needs_nine_plain_digits(text: str) -> None:
    with pytest.raises(ValueError, match="nine digits"):
        check_digit(text)
