"""The one named contact of this installation: whom patients reach, by telephone and mail, and when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr

from referral.settings.errors import SettingsError
from referral.settings.variables import bad, given

LONGEST = 100
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,28}[0-9](?: ?(?:x|ext\.?) ?[0-9]{1,6})?")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_HOURS = re.compile(r"CONTACT_HOURS(?:_([A-Z]{2,3}))?")
_ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Contact:
    """Each part may be empty. False as a whole where it names neither a number nor an address."""

    name: str = ""
    phone: str = ""
    email: str = ""
    hours: Mapping[str, str] = field(default_factory=dict)  # by language, "en" and "es"

    def __bool__(self) -> bool:
        return bool(self.phone or self.email)

    def hours_in(self, language: str) -> str:
        """When somebody is there, in this language, else as it is said in English."""
        return self.hours.get(language) or self.hours.get(_ENGLISH, "")

    def in_words(self, language: str) -> str:
        """All of it in one line, empty where there is none: "Ana Morales, 617 555 0142 (Monday to Friday)"."""
        if not self:
            return ""
        who = ", ".join(part for part in (self.name, self.phone, self.email) if part)
        hours = self.hours_in(language)
        return f"{who} ({hours})" if hours else who


DEMO = Contact(
    name="Ana Morales",
    phone="617 555 0142",
    email="help@second-opinion.example",
    hours={"en": "Monday to Friday, 8 to 6", "es": "de lunes a viernes, de 8 a 18 h"},
)
"""Made up, like everybody of the demonstration."""


def contact(environ: Mapping[str, str], *, demo: bool) -> Contact:
    """CONTACT_NAME, _PHONE, _EMAIL, _HOURS (English) and _HOURS_ES; in demo mode one that is made up."""
    named = {(found[1] or _ENGLISH).lower(): name for name in environ if (found := _HOURS.fullmatch(name))}
    hours = {tag: said for tag, name in named.items() if (said := _line(environ, name))}
    given_one = Contact(_line(environ, "CONTACT_NAME"), _phone(environ), _email(environ), hours)
    if not given_one and (given_one.name or hours):
        raise SettingsError("CONTACT_NAME and CONTACT_HOURS need CONTACT_PHONE or CONTACT_EMAIL beside them")
    return given_one if given_one or not demo else DEMO


def _line(environ: Mapping[str, str], name: str) -> str:
    value = given(environ, name) or ""
    if not value.isprintable() or len(value) > LONGEST:
        raise bad(name, f"one line of at most {LONGEST} characters", value)
    return value


def _phone(environ: Mapping[str, str]) -> str:
    value = given(environ, "CONTACT_PHONE") or ""
    if value and not _PHONE.fullmatch(value):
        raise bad("CONTACT_PHONE", "a telephone number, such as 617 555 0142", value)
    return value


def _email(environ: Mapping[str, str]) -> str:
    value = given(environ, "CONTACT_EMAIL") or ""
    if value and (parseaddr(value)[1] != value or not _ADDRESS.fullmatch(value)):
        raise bad("CONTACT_EMAIL", "an email address", value)
    return value
