"""The NPPES file's columns, which of its rows are specialists in use, and one row → specialist and role.

Source: CMS, "NPPES Data Dissemination" (public domain, FOIA-disclosable): 329 columns, 330 since 2020, the
same names in the V.1 and V.2 files; columns are found by name, so more or others in between do no harm. A
deactivated NPI may come with nothing but its number and the date.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter

from referral import reference
from referral.directory import casing
from referral.directory.csv_text import check_columns, clean, lacks
from referral.directory.fields import Values, country, required, text, us_postcode, valid_npi
from referral.directory.statements import Row
from referral.domain.place_names import armed_forces_code, fold, state_code
from referral.domain.settling import DEACTIVATED, NPPES

ORGANIZATION = "organization row"
NO_ENTITY_TYPE = "no entity type"
NO_ONCOLOGY = "no oncology taxonomy"

NPI = "NPI"
_ENTITY = "Entity Type Code"
NPI_AND_ENTITY = (NPI, _ENTITY)
"""The first two columns, in this order."""
_FAMILY = "Provider Last Name (Legal Name)"
_GIVEN = "Provider First Name"
_MIDDLE = "Provider Middle Name"
_SUFFIX = "Provider Name Suffix Text"
_CREDENTIAL = "Provider Credential Text"
_PRACTICE = "Provider Business Practice Location Address"
_LINES = (
    "Provider First Line Business Practice Location Address",
    "Provider Second Line Business Practice Location Address",
)
_CITY = f"{_PRACTICE} City Name"
_STATE = f"{_PRACTICE} State Name"
_POSTCODE = f"{_PRACTICE} Postal Code"
_COUNTRY = f"{_PRACTICE} Country Code (If outside U.S.)"
_PHONE = f"{_PRACTICE} Telephone Number"
_UPDATED = "Last Update Date"
_DEACTIVATED_ON = "NPI Deactivation Date"
_REACTIVATED_ON = "NPI Reactivation Date"
_OTHER_NAME = ("Provider Other First Name", "Provider Other Last Name")
_GENDERS = ("Provider Gender Code", "Provider Sex Code")
_TAXONOMIES = tuple(f"Healthcare Provider Taxonomy Code_{number}" for number in range(1, 16))
_PRIMARY = tuple(f"Healthcare Provider Primary Taxonomy Switch_{number}" for number in range(1, 16))

_READ = (
    NPI, _FAMILY, _GIVEN, _MIDDLE, _SUFFIX, _CREDENTIAL, *_LINES, _CITY, _STATE, _POSTCODE, _COUNTRY, _PHONE,
    *_TAXONOMIES, *_PRIMARY,
)  # fmt: skip
_NEEDED = (*_READ, _ENTITY, _UPDATED, _DEACTIVATED_ON, _REACTIVATED_ON)
_GENDER_WORDS = {"M": "male", "F": "female"}


@dataclass(frozen=True, slots=True)
class Person:
    """What one row of the file says of a specialist and of where they practise, and remarks on it."""

    npi: str
    practitioner: Row
    role: Row
    notes: tuple[str, ...]


class Columns:
    """Where in a row each column stands; made of the header."""

    def __init__(self, header: Sequence[str], file: str) -> None:
        names = [name.strip() for name in header]
        check_columns(file, names, _NEEDED, lambda missing: f"is no NPPES file: {lacks(missing)}")
        at = {name: index for index, name in enumerate(names)}
        self._npi, self._entity, self._updated = at[NPI], at[_ENTITY], at[_UPDATED]
        self._deactivated, self._reactivated = at[_DEACTIVATED_ON], at[_REACTIVATED_ON]
        self._taxonomies = itemgetter(*(at[name] for name in _TAXONOMIES))
        gender = next((name for name in _GENDERS if name in at), None)
        self._read = {name: at[name] for name in (*_READ, *(name for name in _OTHER_NAME if name in at))}
        self._read |= {_GENDERS[0]: at[gender]} if gender else {}

    def npi(self, row: Sequence[str]) -> str:
        """The row's NPI as it stands there."""
        return row[self._npi]

    def left_out(
        self, row: Sequence[str], kept: AbstractSet[str], held: AbstractSet[str], since: date | None
    ) -> str | None:
        """Return why the row is not for us, or None.

        The first two questions are those that `nppes_lines` asks of the bytes, so that both count alike: a person
        without our codes whom nobody holds is no oncologist, deactivated or not.
        """
        entity = row[self._entity]
        if entity == "2":
            return ORGANIZATION
        ours = not kept.isdisjoint(self._taxonomies(row))
        if entity == "1" and not ours and row[self._npi] not in held:
            return NO_ONCOLOGY
        if row[self._deactivated] and self._is_deactivated(row):
            return DEACTIVATED
        if entity != "1":
            return NO_ENTITY_TYPE
        if not ours:
            return NO_ONCOLOGY
        if since and (updated := _day(row[self._updated])) and updated < since:
            return f"not updated since {since}"
        return None

    def values(self, row: Sequence[str]) -> Values:
        """The cleaned fields that are read, by column."""
        return {name: clean(row[index], name) for name, index in self._read.items()}

    def _is_deactivated(self, row: Sequence[str]) -> bool:
        """Whether the last word on the NPI is its deactivation; a date that cannot be read counts as one."""
        ended, again = _day(row[self._deactivated]), _day(row[self._reactivated])
        return again is None or (ended is not None and again < ended)


def person(values: Values) -> Person:
    """Return the specialist of one row and where they practise; `Unusable` says what is wrong."""
    npi = valid_npi(values, NPI)
    address, notes = _address(values)
    practitioner = {
        "given": _given(values),
        "family": _family(values),
        "credential": text(values, _CREDENTIAL, 100),
        "other_names": _other_names(values),
        "gender": _GENDER_WORDS.get(values.get(_GENDERS[0], ""), ""),
        "taxonomy_codes": _taxonomy_codes(values),
    }
    return Person(npi, practitioner, {"npi": npi, **address, "phone": _phone(values)}, notes)


def role_id(npi: str) -> str:
    """The id of the one role that NPPES gives a specialist."""
    return f"{NPPES}:{npi}"


def _day(value: str) -> date | None:
    """A date as the file writes it, MM/DD/YYYY."""
    try:
        return datetime.strptime(value, "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None


def _given(values: Values) -> str:
    given = casing.person_name(required(values, _GIVEN, 100))
    return f"{given} {casing.initials(text(values, _MIDDLE, 90))}".strip()


def _family(values: Values) -> str:
    return casing.with_suffix(casing.person_name(required(values, _FAMILY, 190)), values[_SUFFIX])


def _other_names(values: Values) -> list[str]:
    """A former or professional name; with a family name alone, the given name is the one they have."""
    given, family = (text(values, column, 150) for column in _OTHER_NAME)
    if not family:
        return []
    return [f"{casing.person_name(given or values[_GIVEN])} {casing.person_name(family)}"]


def _taxonomy_codes(values: Values) -> list[str]:
    """All codes of the row, the primary one first."""
    marked = [(values[primary] != "Y", values[code]) for code, primary in zip(_TAXONOMIES, _PRIMARY, strict=True)]
    return list(dict.fromkeys(code for _, code in sorted(marked, key=itemgetter(0)) if code))


def _phone(values: Values) -> str:
    value = text(values, _PHONE, 50)
    return f"{value[:3]}-{value[3:6]}-{value[6:]}" if len(value) == 10 and value.isdecimal() else value


def _address(values: Values) -> tuple[Row, tuple[str, ...]]:
    at = country(values, _COUNTRY)
    state, written = text(values, _STATE, 100), text(values, _POSTCODE, 20)
    postcode = (us_postcode(written) or "")[:5] if at == "US" else written
    row: Row = {
        "line1": ", ".join(filter(None, (casing.place_name(text(values, line, 140)) for line in _LINES))),
        "city": casing.place_name(text(values, _CITY, 200)),
        "state": (state_code(fold(state)) or state.upper()) if at == "US" else state,
        "postcode": postcode,
        "country": at,
    }
    row |= reference.position(row)
    return row, _remarks(row)


def _remarks(row: Row) -> tuple[str, ...]:
    if row["precision"] and row["country"] == "US":
        return ()
    if row["precision"]:
        return ("practice address outside the US, placed in the middle of its city",)
    if row["country"] != "US":
        return ("practice address outside the US, taken without a place on the map",)
    if armed_forces_code(row["postcode"]):
        return ("ZIP code of the armed forces abroad, which has no place on the map",)
    return ("ZIP code not known, taken without a place on the map",)
