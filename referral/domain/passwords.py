"""What makes a password good enough: its length, and that nobody would try it first. No rules on kinds of characters.

Length follows OWASP ASVS 5.0 6.2.1 (at least 8, 15 recommended) and NIST SP 800-63B-4 (15 where the password stands
alone, 8 beside a second factor). Staff always have a second factor; 12 is taken since a list of common passwords has
few entries that long, so that what is left to guess is much more than with 8. Patients' accounts keep the same rules.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import timedelta

from referral.domain.phrases import phrase

SHORTEST = 12
LONGEST = 256
"""In characters after normalisation. The upper end keeps somebody from sending books."""

OUR_WORDS = ("cancer", "oncology", "tumor", "second", "opinion", "referral", "referrals", "specialist", "password")
"""Words that suggest themselves here: what is left of a password without them has to be good by itself."""

TOO_COMMON = phrase("Choose another password: this one is among those that are tried first.")
LEFT_OVER = 8
"""Characters that have to stand beside our words and the person's own address."""
FEWEST_DIFFERENT = 4

_RUNS = tuple(run * 3 for run in ("1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"))

TRIES = 10
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)


def normalised(password: str) -> str:
    """The form in which a password is measured and hashed, so that two keyboards spell it alike (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def problem(password: str, email: str, common: Collection[str]) -> str | None:
    """Why this password cannot be used, as a sentence to its owner; None where it can."""
    text = normalised(password)
    if len(text) < SHORTEST:
        return phrase(
            "Use at least {number} characters. Several words with blanks between them are fine.", number=SHORTEST
        )
    if len(text) > LONGEST:
        return phrase("Use at most {number} characters.", number=LONGEST)
    folded = text.casefold()
    if _is_common(folded, common):
        return TOO_COMMON
    rest = _without(folded, (*_words_of(email), *OUR_WORDS))
    if rest != folded and (len(rest) < LEFT_OVER or _is_common(rest, common)):
        return phrase(
            "Choose another password: this one is built of your address or of words that suggest themselves here."
        )
    return None


def lock_after(failed_tries: int) -> timedelta | None:
    """How long no try is taken after so many wrong ones in a row: from the tenth on, each time twice as long."""
    if failed_tries < TRIES:
        return None
    doublings = min(failed_tries - TRIES, 16)
    return min(FIRST_LOCK * int(2**doublings), LONGEST_LOCK)


def _is_common(text: str, common: Collection[str]) -> bool:
    if len(set(text)) < FEWEST_DIFFERENT or any(text in run or text[::-1] in run for run in _RUNS):
        return True
    return any(form in common for form in _cores(text))


def _cores(text: str) -> Iterator[str]:
    """The password, what it is without digits and signs around it, and the pieces that it repeats."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    for form in (text, core):
        yield form
        sizes = (size for size in range(1, len(form) // 2 + 1) if form == form[:size] * (len(form) // size))
        yield from (form[:size] for size in sizes)


def _words_of(email: str) -> list[str]:
    """The parts of an address that somebody would think of first, the longest first."""
    parts = {email.casefold(), *re.split(r"[@.+_\-\d]+", email.casefold())}
    return sorted((part for part in parts if len(part) >= 4), key=len, reverse=True)


def _without(text: str, words: tuple[str, ...]) -> str:
    """The text without these words and, where it had one, without what stood between them."""
    rest = text
    for word in words:
        rest = rest.replace(word, "")
    return text if rest == text else re.sub(r"[\s_\-.]+", "", rest)
