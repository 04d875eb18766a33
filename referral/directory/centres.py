"""Reader of `seed_data/nci_centres.csv`: the cancer centers designated by the National Cancer Institute.

Source: the NCI's public list (facts, public domain). Basic laboratory centers do research and treat no patients; they
are read like the others, their designation says it. The table comes with the service, so the import needs no path.
"""

from collections.abc import Iterator
from pathlib import Path

from referral import reference
from referral.directory.fields import Values, degrees, required, shown, us_postcode
from referral.directory.headed_rows import Layout, Part, sheet
from referral.directory.report import Report, Unusable
from referral.directory.statements import Item, Known, Mention, Progress, Statement, Subject

KIND = "centres"
PATH = reference.SEED_DATA / "nci_centres.csv"
DESIGNATIONS = {"comprehensive": "nci-comprehensive", "clinical": "nci-clinical", "basic": "nci-basic"}

_KEY, _NAME, _CITY, _STATE, _ZIP, _TYPE = "centre_id", "name", "city", "state", "postcode", "type"
_COLUMNS = (_KEY, _NAME, _CITY, _STATE, _ZIP, _TYPE, "latitude", "longitude")
_LAYOUTS = (Layout("NCI-designated cancer centers", {name: name for name in _COLUMNS}),)


def read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]:
    """Yield each center as a source names it, and what is known of it."""
    with sheet(Part(path, path.name), _LAYOUTS, report, progress) as table:
        for line, row in table.rows:
            try:
                found = _centre(table.values(row), line)
            except Unusable as error:
                table.reject(line, error)
            else:
                yield from found


def _centre(values: Values, line: int) -> tuple[Mention, Statement]:
    key = f"nci:{required(values, _KEY, 90)}"
    name, city, state = required(values, _NAME, 300), required(values, _CITY, 200), required(values, _STATE, 2)
    postcode = us_postcode(required(values, _ZIP, 20))
    if not postcode:
        raise Unusable(_ZIP, f"{shown(values[_ZIP])} is no ZIP code")
    if values[_TYPE] not in DESIGNATIONS:
        raise Unusable(_TYPE, f"{shown(values[_TYPE])} is not known; use one of: {', '.join(DESIGNATIONS)}")
    said = {
        "name": name,
        "designation": DESIGNATIONS[values[_TYPE]],
        "city": city,
        "state": state,
        "postcode": postcode,
        "country": "US",
        "latitude": degrees(values, "latitude", 90),
        "longitude": degrees(values, "longitude", 180),
    }
    return Mention(key, name, "", city, state, postcode, "", line), Statement(Subject.ORGANIZATION, key, said, line)
