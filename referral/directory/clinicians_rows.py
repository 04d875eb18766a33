"""The columns of the Doctors and Clinicians files, and one row → a role, its group and its hospitals."""

import hashlib
import re
from collections.abc import Iterator

from referral import reference
from referral.directory import casing
from referral.directory.fields import Values, required, shown, text, us_postcode
from referral.directory.headed_rows import NPI, Layout
from referral.directory.report import Unusable
from referral.directory.statements import Mention, Row, Statement, Subject
from referral.domain.place_names import fold, state_code

TELEHEALTH, FACILITY_TYPE = "telehealth", "facility type"

_ADDRESS, _GROUP, _GROUP_NAME = "address id", "group", "group name"
_LINE1, _LINE2, _CITY, _STATE, _ZIP, _PHONE = "line1", "line2", "city", "state", "postcode", "phone"
_CCN, _HOSPITAL = "ccn", "hospital"
_MOST_HOSPITALS = 5
_SAME = {
    NPI: "NPI", _GROUP: "org_pac_id", _LINE1: "adr_ln_1", _LINE2: "adr_ln_2", _ADDRESS: "adrs_id",
}  # fmt: skip
_HOSPITALS = {
    name: theirs
    for number in range(1, _MOST_HOSPITALS + 1)
    for name, theirs in (
        (f"{_CCN}{number}", f"hosp_afl_{number}"),
        (f"{_HOSPITAL}{number}", f"hosp_afl_lbn_{number}"),
    )
}

CLINICIAN_LAYOUTS = (
    Layout(
        "Doctors and Clinicians National Downloadable File",
        {
            **_SAME, _GROUP_NAME: "Facility Name", _CITY: "City/Town", _STATE: "State", _ZIP: "ZIP Code",
            _PHONE: "Telephone Number", TELEHEALTH: "Telehlth",
        },
        optional=frozenset({TELEHEALTH}),
    ),
    Layout(
        "Doctors and Clinicians National Downloadable File, names used until 2022",
        {
            **_SAME, _GROUP_NAME: "org_nm", _CITY: "cty", _STATE: "st", _ZIP: "zip", _PHONE: "phn_numbr",
            TELEHEALTH: "Telehlth", **_HOSPITALS,
        },
        optional=frozenset({TELEHEALTH, *_HOSPITALS}),
    ),
)  # fmt: skip
AFFILIATION_LAYOUTS = (
    Layout(
        "Facility Affiliation",
        {NPI: "NPI", FACILITY_TYPE: "facility_type", f"{_CCN}1": "Facility Affiliations Certification Number"},
    ),
)
_OF_HOSPITALS = {
    f"{_CCN}1": "Facility ID", f"{_HOSPITAL}1": "Facility Name", _LINE1: "Address", _STATE: "State", _ZIP: "ZIP Code",
    FACILITY_TYPE: "Hospital Type",
}  # fmt: skip
HOSPITAL_LAYOUTS = (
    Layout(
        "Hospital General Information",
        {**_OF_HOSPITALS, _CITY: "City/Town", _PHONE: "Telephone Number"},
        people=(),
    ),
    Layout(
        "Hospital General Information, names used until 2022",
        {**_OF_HOSPITALS, _CITY: "City", _PHONE: "Phone Number"},
        people=(),
    ),
)

_LEGAL_FORMS = frozenset({"LLC", "LLP", "MD", "PA", "PC", "PL", "PLC", "PLLC", "PS", "PSC", "SC"})
_SMALL_WORDS = frozenset({"and", "at", "for", "in", "of", "the"})
_CCN_FORM = re.compile(r"(?=(?:[A-Z]*[0-9]){4})[0-9A-Z]{6}")
_PAC_FORM = re.compile(r"[0-9]{10}")
_NO_DIGIT = re.compile(r"[^0-9]")


def role(values: Values, line: int) -> Statement:
    """The specialist at the address of a row; the id is CMS's id of the address, or made of the address itself."""
    address = _address(values)
    if not (address["line1"] or address["city"]):
        raise Unusable(_LINE1, "is empty, and so is the city: no place of practice is known")
    npi = values[NPI]
    place = text(values, _ADDRESS, 60) or _digest(address)
    organization: Row = {"organization_key": key} if (key := _group_key(values)) else {}
    said: Row = {"npi": npi, **address, "phone": _phone(values), **organization}
    return Statement(Subject.ROLE, f"clinicians:{npi}:{place}", said, line)


def affiliated_role(npi: str, place: Statement, line: int) -> Statement:
    """The specialist at a hospital where Medicare's claims show them at work; the address is the hospital's."""
    said = {name: value for name, value in place.values.items() if name != "name"}
    role_id = f"clinicians:{npi}:{place.id}"
    return Statement(Subject.ROLE, role_id, {"npi": npi, **said, "organization_key": place.id}, line)


def is_affiliation(role_id: str) -> bool:
    """Whether an id is one that `affiliated_role` makes."""
    return ":ccn:" in role_id


def hospital(values: Values, line: int) -> Statement:
    """A hospital of the list of hospitals: name, address and telephone, under the key of its CCN."""
    key = affiliation_key(values)
    name = _organization_name(required(values, f"{_HOSPITAL}1", 300))
    return Statement(Subject.ORGANIZATION, key, {"name": name, **_address(values), "phone": _phone(values)}, line)


def mention_of(place: Statement) -> Mention:
    """How a hospital of the list is named."""
    at = place.values
    ccn = place.id.removeprefix("ccn:")
    return Mention(
        place.id, at["name"], at["line1"], at["city"], at["state"], at["postcode"], ccn, place.line, place.file
    )


def group(values: Values, at: Statement) -> Iterator[Mention]:
    """The group practice of a row, at the address of its role; nothing where the clinician works alone."""
    if key := _group_key(values):
        name = _organization_name(required(values, _GROUP_NAME, 300))
        place = at.values
        yield Mention(key, name, place["line1"], place["city"], place["state"], place["postcode"], "", at.line)


def hospitals(values: Values, line: int) -> Iterator[Mention]:
    """The hospitals that a row of the layout of 2021 names, with CCN and without an address."""
    for number in range(1, _MOST_HOSPITALS + 1):
        if (ccn := certification_number(values, f"{_CCN}{number}")) and values.get(f"{_HOSPITAL}{number}"):
            name = _organization_name(text(values, f"{_HOSPITAL}{number}", 300))
            yield Mention(f"ccn:{ccn}", name, "", "", "", "", ccn, line)


def affiliation_key(values: Values) -> str:
    """The key of the hospital that an affiliation is with."""
    ccn = certification_number(values, f"{_CCN}1")
    if not ccn:
        raise Unusable(f"{_CCN}1", "is empty")
    return f"ccn:{ccn}"


def certification_number(values: Values, column: str) -> str:
    """A CCN with the leading zeros that spreadsheets drop; empty where there is none."""
    value = text(values, column, 40).upper()
    ccn = value.zfill(6) if value else ""
    if ccn and not _CCN_FORM.fullmatch(ccn):
        raise Unusable(column, f"{shown(value)} is no CMS certification number: six characters, such as 050625")
    return ccn


def _group_key(values: Values) -> str:
    """The key of the group by its PAC id, ten digits, of which a spreadsheet drops leading zeros too."""
    value = text(values, _GROUP, 40)
    if value and not _PAC_FORM.fullmatch(value.zfill(10)):
        raise Unusable(_GROUP, f"{shown(value)} is no PAC id: ten digits")
    return f"pac:{value.zfill(10)}" if value else ""


def _organization_name(written: str) -> str:
    """A name written in capitals as organizations write theirs: legal forms in capitals, small words small."""
    if not written.isupper():
        return written
    first, *others = casing.place_name(written).split()
    return " ".join([first, *(_word(word) for word in others)])


def _word(word: str) -> str:
    if word.lower() in _SMALL_WORDS:
        return word.lower()
    return word.upper() if word.upper().strip(".,") in _LEGAL_FORMS else word


def _address(values: Values) -> Row:
    written = text(values, _ZIP, 20)
    postcode = (us_postcode(written) or "")[:5]
    if written and not postcode:
        raise Unusable(_ZIP, f"{shown(written)} is no ZIP code")
    state = text(values, _STATE, 100)
    lines = (casing.place_name(text(values, line, 140)) for line in (_LINE1, _LINE2))
    address: Row = {
        "line1": ", ".join(filter(None, lines)),
        "city": casing.place_name(text(values, _CITY, 200)),
        "state": state_code(fold(state)) or state.upper(),
        "postcode": postcode,
        "country": "US",
    }
    return address | reference.position(address)


def _digest(address: Row) -> str:
    """A stable id of an address that CMS gives none; case and spaces make no other place of it."""
    plain = "|".join(fold(str(address[part])) for part in ("line1", "city", "state", "postcode"))
    return "address-" + hashlib.sha256(plain.encode()).hexdigest()[:16]


def _phone(values: Values) -> str:
    value = text(values, _PHONE, 50)
    digits = _NO_DIGIT.sub("", value)
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if len(digits) == 10 else value
