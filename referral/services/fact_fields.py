"""The fields of the directory that sources speak of: their names, what belongs together, how a correction is read.

A correction is read by the same rules as a field of an imported file, so the steward can say nothing that a file could
not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from referral import reference
from referral.directory import fields as reading
from referral.directory.report import Unusable
from referral.domain.codes import ChannelKind, Designation
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.phrases import phrase
from referral.domain.settling import ADDRESS, STEWARD, Row, Subject
from referral.domain.texts import printable

Typed = Mapping[str, str]
Read = Callable[[Typed], Row]

LATEST = date(2100, 1, 1)
_LONGEST_WAIT, _HIGHEST_FEE = 3650, 1_000_000
_GENDERS = {"female": "female", "male": "male", "other": "other", "unknown": "unknown"}
_CHANNELS = {kind.value: kind.value for kind in ChannelKind}
_DESIGNATIONS = {each.value: each.value for each in Designation}
INPUTS = {
    "line1": "Street and number",
    "city": "City",
    "state": "State",
    "postcode": "ZIP code",
    "country": "Country, two letters",
    "channel": "How requests reach the office",
    "channel_address": "Email or web address",
}
"""What the inputs of a field are called that has several."""


@dataclass(frozen=True, slots=True)
class FactField:
    """One field as a page shows it: its name, its columns, its kind of input, and how a correction is read.

    A field without `read` follows from something else and cannot be corrected by itself; one that is `needed` cannot be
    said to be empty, which `empty` says in words.
    """

    name: str
    label: str
    columns: tuple[str, ...]
    kind: str = "text"
    hint: str = ""
    read: Read | None = None
    choices: tuple[str, ...] = ()
    needed: bool = False
    empty: str = "Nobody knows it"


def read_fact(field: FactField, typed: Typed) -> Row:
    """The values a correction gives the field's columns; InvalidInput names the input and says what is wrong."""
    given = {name: value.strip() for name, value in typed.items()}
    garbled = next((name for name, value in given.items() if not printable(value)), None)
    if garbled or field.read is None:
        raise InvalidInput([Invalid(garbled or field.name, "This holds control characters. Type it again.")])
    if not any(given.get(name) for name in _inputs(field)):
        raise InvalidInput([Invalid(_inputs(field)[0], "Enter what is right. Nothing typed says nothing.")])
    try:
        return field.read(given)
    except Unusable as wrong:
        column = wrong.column or field.name
        label = INPUTS.get(column, field.label)
        raise InvalidInput([Invalid(column, f"{label}: {wrong.reason}.")]) from None


def _inputs(field: FactField) -> tuple[str, ...]:
    """The inputs of a field's form; the position of an address follows from its ZIP code, a country alone is none.

    Who names a pause is known without asking.
    """
    typed = {"address": ("line1", "city", "state", "postcode"), "pause": ("paused_until",)}
    return typed.get(field.kind, field.columns)


def _text(column: str, limit: int) -> Read:
    def read(typed: Typed) -> Row:
        value = reading.text(typed, column, limit)
        if "\n" in value or "\r" in value:
            raise Unusable(column, "is more than one line")
        return {column: value}

    return read


def _list(column: str, items: Callable[[Typed], list[str]]) -> Read:
    """A list is typed one entry a line."""
    return lambda typed: {column: items({column: "|".join(typed[column].splitlines())})}


def _number(column: str, most: int) -> Read:
    return lambda typed: {column: reading.whole_number(typed, column, most)}


def _yes_no(column: str) -> Read:
    return lambda typed: {column: reading.yes_no(typed, column)}


def _word(column: str, allowed: Mapping[str, str]) -> Read:
    return lambda typed: {column: reading.word(typed, column, allowed)}


def _day(column: str) -> Read:
    def read(typed: Typed) -> Row:
        found = reading.day(typed, column, LATEST)
        return {column: found.isoformat() if found else None}

    return read


def _pause(typed: Typed) -> Row:
    return {**_day("paused_until")(typed), "paused_by": STEWARD}


def _not_treated(typed: Typed) -> Row:
    codes = reading.items({"not_treated": "|".join(typed["not_treated"].splitlines())}, "not_treated", 50)
    unknown = next((code for code in codes if code not in reference.cancers()), None)
    if unknown:
        raise Unusable("not_treated", f"{reading.shown(unknown)} is no OncoTree code, such as CHOL")
    return {"not_treated": codes}


def _address(typed: Typed) -> Row:
    country = reading.country(typed)
    postcode = reading.text(typed, "postcode", 20)
    if country == "US" and postcode:
        postcode = reading.us_postcode(postcode) or ""
        if not postcode:
            raise Unusable("postcode", "is no ZIP code, such as 02115 or 02115-6013")
    address: Row = {
        **_text("line1", 300)(typed),
        **_text("city", 200)({**typed, "city": reading.required(typed, "city", 200)}),
        **_text("state", 100)(typed),
        "postcode": postcode,
        "country": country,
    }
    return address | reference.position(address)


def _channel(typed: Typed) -> Row:
    channel, address = reading.word(typed, "channel", _CHANNELS), reading.text(typed, "channel_address", 500)
    if not channel:
        raise Unusable("channel", "is empty although an address is given")
    if not address and channel != ChannelKind.POST:
        raise Unusable("channel_address", f"is empty although requests go by {channel}")
    if channel == ChannelKind.EMAIL:
        address = reading.email(address, "channel_address")
    elif channel in (ChannelKind.FHIR, ChannelKind.WEBHOOK):
        address = reading.web_address(address, "channel_address")
    return {"channel": channel, "channel_address": address}


def _items(column: str) -> Read:
    return _list(column, lambda typed: reading.items(typed, column, 200))


def _yes_or_no(column: str, label: str) -> FactField:
    return FactField(column, label, (column,), "yes-no", "", _yes_no(column), ("yes", "no"))


_ADDRESS = FactField(
    "address",
    phrase("Address"),
    ADDRESS,
    "address",
    "The whole address, not only what changed: it counts as one. Its place on the map follows from the ZIP code.",
    _address,
)
_PERSON = (
    FactField("given", phrase("Given name"), ("given",), read=_text("given", 200), needed=True),
    FactField("family", phrase("Family name"), ("family",), read=_text("family", 200), needed=True),
    FactField("credential", phrase("Credential"), ("credential",), read=_text("credential", 100)),
    FactField(
        "other_names", phrase("Other names"), ("other_names",), "list", "One name a line.", _items("other_names")
    ),
    FactField("gender", "Gender", ("gender",), "choice", "", _word("gender", _GENDERS), tuple(_GENDERS)),
    FactField(
        "languages", phrase("Languages"), ("languages",), "languages",
        "One language tag a line, such as en, es or ase.", _list("languages", reading.languages),
    ),
    FactField(
        "taxonomy_codes", "Specialties", ("taxonomy_codes",), "specialties",
        "One NUCC code a line, such as 207RX0202X.",
        _list("taxonomy_codes", reading.taxonomy_codes),
    ),
)  # fmt: skip
_ROLE = (
    FactField(
        "organization_id", phrase("Organization"), ("organization_id",), "organization",
        "The id of an organization of this directory. Its own page shows it.", _text("organization_id", 100),
    ),
    _ADDRESS,
    FactField(
        "phone", phrase("Phone"), ("phone",), "text", "As one dials it, such as 617-555-0142.", _text("phone", 50)
    ),
    _yes_or_no("accepts_new_patients", phrase("Accepts new patients")),
    _yes_or_no("remote_opinion", phrase("Opinion by records")),
    FactField("insurers", phrase("Insurance"), ("insurers",), "list", "One insurer a line.", _items("insurers")),
    FactField("wait_days", phrase("Wait in days"), ("wait_days",), "number", "", _number("wait_days", _LONGEST_WAIT)),
    FactField("fee_usd", phrase("Fee in US dollars"), ("fee_usd",), "number", "", _number("fee_usd", _HIGHEST_FEE)),
    FactField(
        "channel", "Where requests go", ("channel", "channel_address"), "channel",
        "Requests with a patient’s records go there by themselves. Check the address twice.",
        _channel, tuple(_CHANNELS),
    ),
    FactField(
        "paused_until", phrase("Takes no requests before"), ("paused_until", "paused_by"), "pause",
        "Until that day nothing goes there by itself.", _pause, empty="There is no pause",
    ),
    FactField(
        "not_treated", phrase("Does not treat here"), ("not_treated",), "cancers",
        "One OncoTree code a line, such as CHOL; each stands for all that is below it.", _not_treated,
        empty="Nothing is left out",
    ),
    FactField("assured", phrase("Last confirmed"), ("assured_on", "assurer"), "assured"),
)  # fmt: skip
_ORGANIZATION = (
    FactField("name", "Name", ("name",), read=_text("name", 300), needed=True),
    FactField(
        "designation", "Designation", ("designation",), "choice", "By the National Cancer Institute.",
        _word("designation", _DESIGNATIONS), tuple(_DESIGNATIONS),
    ),
    FactField("network", "Network", ("network",), read=_text("network", 200)),
    FactField("ccn", "Medicare number (CCN)", ("ccn",), "text", "Six characters.", _text("ccn", 10)),
    _ADDRESS,
)  # fmt: skip
_FIELDS: Mapping[Subject, tuple[FactField, ...]] = {
    Subject.PRACTITIONER: _PERSON,
    Subject.ROLE: _ROLE,
    Subject.ORGANIZATION: _ORGANIZATION,
}


def fields_of(subject: Subject) -> tuple[FactField, ...]:
    """The fields of this kind of subject, in the order in which pages show them."""
    return _FIELDS[subject]
