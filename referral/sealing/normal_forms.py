"""The normal forms of what is looked up by blind index. An index holds as long as its normal form stays the same."""

from datetime import date


def email(address: str) -> str:
    """An email address without regard to capitals."""
    return address.strip().lower()


def phone(number: str) -> str:
    """A phone number by its digits, without the 1 that North American numbers may begin with."""
    digits = "".join(filter(str.isdigit, number))
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


def person(family: str, birth_date: date) -> str:
    """A family name, without regard to capitals, and a birth date."""
    return f"{birth_date.isoformat()} {family.strip().lower()}"
