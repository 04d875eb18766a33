"""How sources, checks and the facts of the directory look; the filters of all pages stand in `filters.py`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from flask import Flask

from referral import reference
from referral.domain.codes import Discipline
from referral.domain.directory_checks import CheckOutcome, CheckReason, Opener
from referral.domain.phrases import phrase
from referral.domain.settling import Subject
from referral.languages import said
from referral.models import DirectoryImport
from referral.services.fact_fields import FactField, fields_of
from referral.services.facts import Saying
from referral.web.filters import WORDS, cancer_name, languages, percent, short_day, word

SOURCES = {
    "steward": phrase("The steward of this directory"),
    "office": phrase("The office itself"),
    "native": phrase("A file prepared for this directory"),
    "plan-net": phrase("Health plans’ directory (Plan-Net)"),
    "clinicians": phrase("Medicare’s Doctors and Clinicians file"),
    "trials": phrase("ClinicalTrials.gov"),
    "trials-confirmed": phrase("ClinicalTrials.gov, confirmed by a person"),
    "nppes": phrase("Registry of NPIs (NPPES)"),
    "nucc": phrase("Specialty names (NUCC)"),
    "medicare": phrase("Medicare’s counts by provider and service"),
    "open-payments": phrase("Open Payments"),
    "centres": phrase("National Cancer Institute’s list of centres"),
    "demo": phrase("Made up for the demonstration"),
}
REASONS = {
    CheckReason.BOUNCED: "Mail came back",
    CheckReason.MOVED: "The office says they moved",
    CheckReason.GONE: "Reported: not there any more",
    CheckReason.SCOPE: "Reported: does not treat this",
    CheckReason.CAPACITY: "Declined: has no capacity",
    CheckReason.ADDRESS: "Reported: address is wrong",
    CheckReason.PHONE: "Reported: phone is wrong",
    CheckReason.OTHER: "Reported: something else",
    CheckReason.AGED: "Not confirmed for 180 days",
    CheckReason.AGEING: "Not confirmed for 90 days",
}
OUTCOMES = {
    CheckOutcome.CONFIRMED: "Right as it is",
    CheckOutcome.CORRECTED: "Corrected",
    CheckOutcome.RETIRED: "Out of use",
}
OPENERS = {
    Opener.SYSTEM: "this service",
    Opener.OFFICE: "the office",
    Opener.VISITOR: "a visitor",
    Opener.STEWARD: "a steward",
}
STATES = {"running": "Running", "finished": "Finished", "failed": "Failed"}
_NOT_KNOWN = phrase("not known")
_COLUMNS = {
    "retired_at": "Out of use since",
    "line1": "Street",
    "city": "City",
    "state": "State",
    "postcode": "ZIP code",
    "country": "Country",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "precision": "How the place was found",
    "channel_address": "Address requests go to",
    "assured_on": "Last confirmed",
    "assurer": "Confirmed by",
    "paused_until": "Takes no requests before",
    "paused_by": "Pause named by",
    "source": "First source",
}


def register(app: Flask) -> None:
    """Make them known to every template."""
    for function in (
        source_name, key_source, check_reason, check_outcome, opened_by, import_state, fact_text,
        change_text, column_name, whence, said_where, done_part, confidence, amount, instant, speaker,
    ):  # fmt: skip
        app.add_template_filter(function, function.__name__)


def source_name(source: str) -> str:
    """Who says something, in words; a folder of files keeps its name, what nobody knows is shown as it is."""
    kind, _, name = source.partition(":")
    known = said(SOURCES.get(kind, kind))
    return f"{known} ({name})" if name else known


def key_source(key: str) -> str:
    """Which source names an organization by this key."""
    kind = key.partition(":")[0]
    return source_name({"pac": "clinicians", "ccn": "clinicians"}.get(kind, kind))


def check_reason(reason: str) -> str:
    """Why a check is due."""
    return REASONS[CheckReason(reason)] if reason in set(CheckReason) else reason


def check_outcome(outcome: str) -> str:
    """What came of a check."""
    return OUTCOMES[CheckOutcome(outcome)] if outcome in set(CheckOutcome) else outcome


def opened_by(opener: str) -> str:
    """Who opened a check."""
    return OPENERS[Opener(opener)] if opener in set(Opener) else opener


def import_state(state: str) -> str:
    """How an import stands."""
    return STATES.get(state, state)


def fact_text(values: Mapping[str, object], field: FactField) -> str:
    """The value of a field as one line; "not known" where there is none."""
    given = [values.get(name) for name in field.columns]
    if field.kind == "address":
        return _address(values) or said(_NOT_KNOWN)
    if field.kind == "assured":
        on, by = given
        return _by(on, by) if on else said(phrase("never"))
    if field.kind == "pause":
        until, by = given
        return _by(until, by) if until else said(phrase("no pause is known"))
    if field.kind == "cancers" and not given[0]:
        return said(phrase("nothing named"))
    if field.kind == "channel":
        channel, address = given
        return f"{_way(str(channel))}{f' to {address}' if address else ''}" if channel else "nowhere by themselves"
    if field.kind == "organization":
        return str(values.get("organization_name") or given[0] or said(phrase("own practice")))
    return _one(given[0], field.kind)


def change_text(value: object) -> str:
    """A value of the log of changes."""
    if isinstance(value, str) and "T" in value and value[:4].isdigit():
        return short_day(value[:10])
    return _one(value, "list" if isinstance(value, list) else "")


def column_name(column: str, subject: str) -> str:
    """What a column of the directory is called."""
    labels = {field.columns[0]: field.label for field in fields_of(Subject(subject)) if len(field.columns) == 1}
    return labels.get(column) or _COLUMNS.get(column) or column.replace("_", " ").capitalize()


def whence(brought: DirectoryImport | None, line: int | None, rows: int = 1, file: str | None = None) -> str:
    """Where something stands: "row 1,204 of clinicians.csv, imported 22 Nov 2026"; empty where no file brought it.

    `file` is the one of the import's files that has the row.
    """
    if brought is None:
        return ""
    ended = short_day(brought.finished_at or brought.started_at)
    if not line:
        return said(phrase("{file}, imported {day}", file=brought.name, day=ended))
    file = file or brought.name
    if rows == 1:
        return said(phrase("row {line:,} of {file}, imported {day}", line=line, file=file, day=ended))
    return said(
        phrase(
            "{rows:,} rows from row {line:,} on of {file}, imported {day}", rows=rows, line=line, file=file, day=ended
        )
    )


def said_where(saying: Saying) -> str:
    """Since when a source says something, and in which file and row."""
    place = whence(saying.brought, saying.line, file=saying.file)
    return place or (short_day(saying.day) if saying.day else "")


def done_part(running: DirectoryImport) -> str:
    """How far an import is: "41%"; empty where the size is not known."""
    return percent(min(running.bytes_read / running.bytes_total, 1)) if running.bytes_total else ""


def confidence(value: float) -> str:
    """How sure a suggestion is, as a word with its number."""
    sure = "very likely" if value >= 0.9 else "likely" if value >= 0.7 else "possible" if value >= 0.4 else "uncertain"
    return f"{sure} ({percent(value)})"


def speaker(by: str) -> str:
    """Who says something, in the middle of a sentence: "the office itself"."""
    name = source_name(by) if by else said(phrase("a source that is not named"))
    return f"{name[0].lower()}{name[1:]}" if name.startswith(("The ", "A ", "El ", "La ", "Un ")) else name


def amount(value: Decimal) -> str:
    """An amount in US dollars."""
    return f"${value:,.2f}"


def instant(value: datetime | None) -> str:
    """A date and time for tables: "22 Nov 2026, 14:05"; "not known" without one."""
    return f"{short_day(value)}, {value:%H:%M}" if value else "not known"


def _by(day: object, by: object) -> str:
    """When, and by whose word."""
    return said(phrase("{day}, by {who}", day=short_day(str(day)), who=speaker(str(by or ""))))


def _one(value: object, kind: str) -> str:
    if value is None or value == "" or value == []:
        return said(_NOT_KNOWN)
    if isinstance(value, bool):
        return said(phrase("yes") if value else phrase("no"))
    if isinstance(value, list):
        return _several(value, kind)
    if kind == "day" or isinstance(value, date):
        return short_day(str(value))
    if kind == "number":
        return f"{value:,}" if isinstance(value, int) else str(value)
    return word(str(value), "designation") if kind == "choice" else str(value)


def _several(values: Sequence[object], kind: str) -> str:
    texts = [str(value) for value in values]
    if kind == "languages":
        return languages(texts)
    if kind == "cancers":
        return ", ".join(map(cancer_name, texts))
    if kind == "specialties":
        known = reference.disciplines()
        return "; ".join(f"{code} {WORDS[Discipline][known[code]]}" if code in known else code for code in texts)
    return ", ".join(texts)


def _address(values: Mapping[str, object]) -> str:
    line1, city, state, postcode, country = (
        str(values.get(name) or "") for name in ("line1", "city", "state", "postcode", "country")
    )
    parts = [line1, city, f"{state} {postcode}".strip(), country if country not in ("", "US") else ""]
    return ", ".join(part for part in parts if part) if (line1 or city or state or postcode) else ""


def _way(channel: str) -> str:
    return {"email": "By email", "fhir": "By FHIR", "webhook": "By webhook", "post": "By post"}.get(channel, channel)
