"""The check digit of a National Provider Identifier (NPI).

Source: CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit": the Luhn formula
(ISO/IEC 7812) over the nine leading digits with the prefix 80840 in front, where 80 stands for health and 840
for the United States.
"""

_PREFIX = "80840"
_DIGITS = frozenset("0123456789")


def check_digit(first_nine: str) -> str:
    """Return the tenth digit that makes `first_nine` an NPI; ValueError unless it is nine ASCII digits."""
    if len(first_nine) != 9 or not _DIGITS.issuperset(first_nine):
        raise ValueError("an NPI is computed from nine digits")
    return str(-_luhn_sum(_PREFIX + first_nine) % 10)


def is_valid(npi: str) -> bool:
    """Say whether `npi` is ten ASCII digits, begins with 1 or 2, and ends in its own check digit."""
    if len(npi) != 10 or not _DIGITS.issuperset(npi) or npi[0] not in "12":
        return False
    return check_digit(npi[:9]) == npi[9]


def _luhn_sum(payload: str) -> int:
    """Return the Luhn sum of digits before their check digit: each second digit from the right is doubled."""
    doubled = (2 * int(digit) for digit in payload[::-2])
    plain = sum(int(digit) for digit in payload[-2::-2])
    return plain + sum(value - 9 if value > 9 else value for value in doubled)
