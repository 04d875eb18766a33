"""The columns of Open Payments' files, and one row → a study with its investigators, or a payment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from referral.directory.fields import Values, required, shown, text, valid_npi, whole_number
from referral.directory.headed_rows import Layout
from referral.directory.report import Unusable

_RECIPIENT, _STUDY, _NCT, _YEAR, _AMOUNT = "recipient", "study", "nct", "year", "amount"
_PAYER, _NATURE = "payer", "nature"
_INVESTIGATORS = {f"investigator{number}": f"Principal_Investigator_{number}_NPI" for number in range(1, 6)}
_BOTH = {
    _RECIPIENT: "Covered_Recipient_NPI",
    _YEAR: "Program_Year",
    _AMOUNT: "Total_Amount_of_Payment_USDollars",
}

RESEARCH = Layout(
    "Open Payments research payments",
    {**_BOTH, **_INVESTIGATORS, _STUDY: "Name_of_Study", _NCT: "ClinicalTrials_Gov_Identifier"},
    people=(*_INVESTIGATORS, _RECIPIENT),
)
GENERAL = Layout(
    "Open Payments general payments",
    {
        **_BOTH,
        _PAYER: "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_Name",
        _NATURE: "Nature_of_Payment_or_Transfer_of_Value",
    },
    people=(_RECIPIENT,),
)

_FIRST_YEAR = 2013
_NCT_FORM = re.compile(r"NCT[0-9]{8}")
_NO_WORD = re.compile(r"\W+")
_LED_TO = tuple(
    re.compile(rf".*\b(?:{words})\s+(.+)", re.IGNORECASE | re.DOTALL)
    for words in (
        "(?:patients?|subjects?|participants?|adults?|people|persons?|individuals|men|women|children) with",
        "(?:treatment|therapy|management) of",
        "in|for",
    )
)
"""What stands in a study's name before the disease it is about; the surest first."""
_ENDED_BY = re.compile(
    r"[,;:(\[]|\b(?:who|whose|that|after|following|previously treated|receiving|undergoing)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Study:
    """A study as a row names it; `key` is the same for all rows of one study, `nct_id` empty where it is not given."""

    key: str
    nct_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment."""

    payer: str
    nature: str
    amount_usd: Decimal


def investigators(values: Values) -> Iterator[str]:
    """The NPIs of the principal investigators and of a physician who was paid directly, each once."""
    columns = [column for column in (*_INVESTIGATORS, _RECIPIENT) if values[column]]
    yield from dict.fromkeys(valid_npi(values, column) for column in columns)


def recipient(values: Values) -> str:
    """The NPI of who was paid; empty where it was a teaching hospital."""
    return valid_npi(values, _RECIPIENT) if values[_RECIPIENT] else ""


def study(values: Values) -> Study:
    """The study of a research row, by its NCT id or else by its name; Unusable where it has neither."""
    nct_id = text(values, _NCT, 100).upper()
    if nct_id and not _NCT_FORM.fullmatch(nct_id):
        nct_id = ""
    name = text(values, _STUDY, 2000)
    if not (nct_id or name):
        raise Unusable(_STUDY, "is empty, and so is the NCT id: nobody knows which study this is")
    return Study(nct_id or _NO_WORD.sub(" ", name).strip().lower(), nct_id, name)


def told_diseases(name: str) -> Iterator[str]:
    """What a study may be about, from its name: the whole name, then the disease it is said to be in or for."""
    yield name
    for led_to in _LED_TO:
        if found := led_to.fullmatch(name):
            yield _ENDED_BY.split(found[1], maxsplit=1)[0].strip()


def program_year(values: Values, today: date) -> int:
    """The year of the payment."""
    required(values, _YEAR, 100)
    year = whole_number(values, _YEAR, today.year)
    if year is None or year < _FIRST_YEAR:
        raise Unusable(_YEAR, f"{shown(values[_YEAR])} lies before {_FIRST_YEAR}, when the program began")
    return year


def paid(values: Values) -> Paid:
    """Who paid what for what, in US dollars."""
    value = required(values, _AMOUNT, 40).replace(",", "").removeprefix("$")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0 or amount > 10**9:
        raise Unusable(_AMOUNT, f"{shown(value)} is no amount in US dollars")
    return Paid(required(values, _PAYER, 300), required(values, _NATURE, 200), amount.quantize(Decimal("0.01")))
