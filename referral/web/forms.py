"""Reading forms: texts, dates in three parts, numbers. A field that cannot be read is an `Invalid` with its name."""

from collections.abc import Iterable, Mapping
from datetime import date

from werkzeug.datastructures import MultiDict

from referral import languages
from referral.domain.errors import Invalid
from referral.domain.phrases import phrase
from referral.domain.texts import check

Form = MultiDict[str, str]

PARTS = ("day", "month", "year")
"""The three inputs of a date."""


def line(form: Form, name: str, longest: int = 200) -> str:
    """One line of text without blanks at its ends; `Invalid` where it is too long or holds control characters."""
    text = form.get(name, "").strip()
    check(name, text, longest)
    if "\n" in text or "\r" in text:
        raise Invalid(name, phrase("This holds control characters. Type it again."))
    return text


def paragraph(form: Form, name: str) -> str:
    """A longer text with one kind of line end; its length and characters are the domain's business."""
    return form.get(name, "").replace("\r\n", "\n").strip()


def date_parts(form: Form, name: str) -> dict[str, str]:
    """What was typed into the three inputs of a date, for showing it again."""
    return {part: form.get(f"{name}.{part}", "").strip()[:20] for part in PARTS}


def parts_of(value: date | None) -> dict[str, str]:
    """A date as its three inputs show it."""
    if value is None:
        return {}
    return {"day": str(value.day), "month": str(value.month), "year": str(value.year)}


def read_date(parts: Mapping[str, str], name: str, message: str) -> date | None:
    """The date of three inputs, None where all are empty; `Invalid` with `message` where they make no date."""
    if not any(parts.values()):
        return None
    try:
        return date(int(parts["year"]), _month(parts["month"]), int(parts["day"]))
    except ValueError:
        raise Invalid(name, message) from None


def need_date(form: Form, name: str, message: str) -> date:
    """The date of three inputs; `Invalid` with `message` where they are empty or make no date."""
    found = read_date(date_parts(form, name), name, message)
    if found is None:
        raise Invalid(name, message)
    return found


def whole_number(form: Form, name: str, message: str) -> int | None:
    """A whole number, None where nothing was typed; `Invalid` with `message` where it is no number."""
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise Invalid(name, message) from None


def one_each(problems: Iterable[Invalid]) -> tuple[Invalid, ...]:
    """The first problem of each field: a date that cannot be read is not also called missing."""
    first: dict[str, Invalid] = {}
    for problem in problems:
        first.setdefault(problem.field, problem)
    return tuple(first.values())


def _month(text: str) -> int:
    """A month by number or by its name, in the language of the page or in English; `ValueError` for anything else."""
    if text.isdigit():
        return int(text)
    for language in (languages.current(), languages.ENGLISH):
        named = languages.months(language)
        found = [month for month, name in named.items() if len(text) > 2 and name.startswith(text[:3].lower())]
        if len(found) == 1:
            return found[0]
    raise ValueError(text)
