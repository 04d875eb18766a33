"""The normal forms of what is looked up by blind index. An index holds as long as its normal form stays the same."""

import re
import unicodedata
from datetime import date

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that no decomposition makes plain."""
_PARTICLES = frozenset({"da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "e", "el", "la",
                        "las", "le", "los", "van", "von", "y"})  # fmt: skip
"""Words that many names have in common: they count only where a name has no other."""


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


def words(text: str) -> list[str]:
    """The words of a name without regard to capitals and accents; at a hyphen they part."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return re.findall(r"\w+", re.sub("['’`´]", "", letters))


def name_words(text: str) -> tuple[str, ...]:
    """The words of a name that tell it from others."""
    found = words(text)
    return tuple(word for word in found if word not in _PARTICLES) or tuple(found)


def first_word(name: str) -> str:
    """The first of a name's words."""
    return next(iter(name_words(name)), "")


def second_word(name: str) -> str:
    """The second of a name's words, empty where it has one only."""
    return next(iter(name_words(name)[1:]), "")


def third_word(name: str) -> str:
    """The third of a name's words, empty where it has fewer."""
    return next(iter(name_words(name)[2:]), "")
