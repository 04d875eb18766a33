"""What somebody wrote: whether it can be kept and sent on as it is, and whether there is anything to see in it."""

import unicodedata
from collections.abc import Iterator
from uuid import UUID

from referral.domain.errors import Invalid
from referral.domain.phrases import phrase

LONG = 4000
"""Characters of a text of several sentences."""
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that reverse what stands after them, so that a name reads as another."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Mn", "Me", "Mc", "Zs", "Zl", "Zp"})
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by their class that leave the paper white."""


def printable(text: str) -> bool:
    """Whether a text holds nothing that could garble it on the way: no control characters but line ends and tabs, no
    halves of characters, nothing that turns the reading direction. Spaces and joiners of every script are fine.
    """
    return not any(map(_garbles, text))


def seen(text: str) -> int:
    """How many characters of a text can be seen: blanks do not count, nor what has no width."""
    return sum(unicodedata.category(character) not in _UNSEEN and character not in _BLANK for character in text)


def unusable(field: str, text: str, longest: int = LONG) -> Iterator[Invalid]:
    """What is wrong with the text of a field: that it is longer than so many characters, or not printable."""
    if len(text) > longest:
        yield Invalid(field, phrase("This is too long: at most {longest:,} characters.", longest=longest))
    elif not printable(text):
        yield Invalid(field, phrase("This holds control characters. Type it again."))


def check(field: str, text: str, longest: int = LONG) -> None:
    """Raise `Invalid` where the text of a field is longer than so many characters, or not printable."""
    for problem in unusable(field, text, longest):
        raise problem


def _garbles(character: str) -> bool:
    return character in _TURNS or (unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t")


def as_uuid(text: str) -> UUID | None:
    """An id as it stands in an address or a form; None where it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None
