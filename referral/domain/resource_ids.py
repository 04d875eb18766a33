"""Ids of the directory as FHIR writes ids: 64 letters, digits, hyphens and dots at most; our own hold any characters.

A colon, which our ids are put together with, becomes a dot; every byte of another character that FHIR refuses becomes
two dots and two hexadecimal digits. What gets too long that way is cut, and ends with a digest of the whole.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

LONGEST = 64
_CUT = "..z"
_DIGITS = 12
_KEPT = LONGEST - len(_CUT) - _DIGITS
_SHORTEST = _KEPT - 20
"""What was cut is as long as it may be but for one character, of which the longest is written with 16."""
_FHIR = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_ENCODED = re.compile(r"(?:\.\.[0-9A-F]{2})+|\.")


@dataclass(frozen=True, slots=True)
class OwnId:
    """An id of ours that was read from one of FHIR's; with a digest `text` is its beginning only."""

    text: str
    digest: str = ""

    def is_of(self, own: str) -> bool:
        """Whether this is how that id of ours is written."""
        return own.startswith(self.text) and _digest(own) == self.digest if self.digest else own == self.text


def fhir_id(own: str) -> str:
    """An id of ours as FHIR writes it."""
    whole = _written(own)
    if len(whole) <= LONGEST:
        return whole
    kept = min(len(own), _KEPT)
    while len(_written(own[:kept])) > _KEPT:
        kept -= 1
    return f"{_written(own[:kept])}{_CUT}{_digest(own)}"


def own_id(written: str) -> OwnId | None:
    """The id of ours that FHIR's stands for; None where it is none of FHIR's."""
    if not _FHIR.fullmatch(written):
        return None
    beginning, cut, digest = written.rpartition(_CUT)
    try:
        if cut and len(digest) == _DIGITS:
            # A short beginning is none of ours, and half the directory would have to be read for it.
            return OwnId(_read(beginning), digest) if len(beginning) >= _SHORTEST else None
        return OwnId(_read(written))
    except UnicodeDecodeError:
        return None


def _written(own: str) -> str:
    return "".join(_letter(own, place) for place in range(len(own)))


def _letter(own: str, place: int) -> str:
    """One character; a colon beside another character that is written with dots would not be told from it."""
    letter, beside = own[place], own[max(0, place - 1) : place] + own[place + 1 : place + 2]
    if _is_plain(letter):
        return letter
    if letter == ":" and all(map(_is_plain, beside)):
        return "."
    return "".join(f"..{byte:02X}" for byte in letter.encode(errors="replace"))


def _is_plain(letter: str) -> bool:
    return letter == "-" or (letter.isascii() and letter.isalnum())


def _read(text: str) -> str:
    return _ENCODED.sub(lambda found: _letters(found[0]), text)


def _letters(written: str) -> str:
    return ":" if written == "." else bytes.fromhex(written.replace("..", "")).decode()


def _digest(own: str) -> str:
    return sha256(own.encode(errors="replace")).hexdigest()[:_DIGITS]
