"""Words with fields: which fields there are, what is wrong with a text, and the text with its fields filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from referral.domain.errors import Invalid
from referral.domain.texts import LONG, printable

LONGEST_NAME = 100


class ReplyKind(StrEnum):
    """Where a template is used."""

    PATIENT = "patient-message"
    OFFICE = "office-question"
    RECORDS = "record-request"
    NOTE = "internal-note"


KINDS: Mapping[ReplyKind, str] = {
    ReplyKind.PATIENT: "Message to the patient",
    ReplyKind.OFFICE: "Words to an office",
    ReplyKind.RECORDS: "Record request",
    ReplyKind.NOTE: "Internal note",
}

FIELDS: Mapping[str, tuple[str, str]] = {
    "patient_given": ("the patient’s first name", "el nombre del paciente"),
    "reference": ("the number of the request", "el número de la solicitud"),
    "cancer": ("the cancer", "el cáncer"),
    "specialist": ("the specialist who is asked", "el especialista"),
    "deadline": ("the day by which the next step is due", "la fecha límite"),
    "coordinator": ("the name of who writes", "el nombre de quien escribe"),
}
"""What may stand in a text as {name}: what it is, in English and Spanish."""

_FIELD = re.compile(r"\{([^{}\n]{0,60})\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text for one request, and the fields of which nothing is known there."""

    text: str
    missing: tuple[str, ...] = ()


def check(field: str, text: str) -> None:
    """Raise `Invalid` where a text is too long, holds control characters, an unknown field or a stray brace."""
    if len(text) > LONG:
        raise Invalid(field, f"This is too long: {len(text):,} characters. At most {LONG:,} fit.")
    if not printable(text):
        raise Invalid(field, "This holds control characters. Type it again.")
    unknown = [name for name in _FIELD.findall(text) if name not in FIELDS]
    known = ", ".join(f"{{{name}}}" for name in FIELDS)
    if unknown:
        raise Invalid(field, f"There is no field {{{unknown[0]}}}. The fields are: {known}.")
    if "{" in _FIELD.sub("", text) or "}" in _FIELD.sub("", text):
        raise Invalid(field, f"A brace stands alone. Fields are written with both: {known}.")


def fill(text: str, values: Mapping[str, str], language: str) -> Filled:
    """The text with its fields filled in; what is not known stands in brackets, in words of the text's language."""
    missing = dict.fromkeys(name for name in _FIELD.findall(text) if not values.get(name))

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return values.get(name) or f"[{FIELDS[name][language == 'es'] if name in FIELDS else name}]"

    return Filled(_FIELD.sub(value, text), tuple(missing))
