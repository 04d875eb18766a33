"""Reader of the NUCC Health Care Provider Taxonomy: what each specialty code is called.

Source: National Uniform Claim Committee, https://nucc.org (the code set is copyright of the American Medical
Association, so whoever runs the service downloads the file). Which codes count as disciplines that treat cancer stays
our own table, `seed_data/taxonomies.csv`: the names here are for showing only.
"""

from collections.abc import Iterator
from pathlib import Path

from referral.directory.fields import Values, required, shown, taxonomy_codes, text
from referral.directory.headed_rows import Layout, parts, sheet
from referral.directory.report import ImportRefused, Report, Unusable
from referral.directory.statements import Item, Known, Progress, TaxonomyName

KIND = "nucc"

_CODE, _CLASS, _SPECIALTY, _DISPLAY = "code", "classification", "specialization", "display"
_LAYOUTS = (
    Layout(
        "NUCC Health Care Provider Taxonomy",
        {
            _CODE: "Code",
            "grouping": "Grouping",
            _CLASS: "Classification",
            _SPECIALTY: "Specialization",
            _DISPLAY: "Display Name",
        },
        optional=frozenset({_DISPLAY}),  # the column came in 2021
    ),
)
_LONGEST = 300


def read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]:
    """Yield the name of every code of the file; a code that stands in it twice is rejected the second time."""
    found = parts(path)
    if len(found) > 1:
        raise ImportRefused(path.name, "holds several files: import one version of the code set")
    seen: set[str] = set()
    with sheet(found[0], _LAYOUTS, report, progress) as table:
        for line, row in table.rows:
            try:
                named = _name(table.values(row), line)
                if named.code in seen:
                    raise Unusable(_CODE, f"{shown(named.code)} stands in the file already")
            except Unusable as error:
                table.reject(line, error)
                continue
            seen.add(named.code)
            yield named


def _name(values: Values, line: int) -> TaxonomyName:
    """The code with its own display name, or in older files “Specialization (Classification)”."""
    required(values, _CODE, 100)
    codes = taxonomy_codes(values, _CODE)
    name = text(values, _DISPLAY, _LONGEST)
    if not name:
        area, specialty = required(values, _CLASS, _LONGEST), text(values, _SPECIALTY, _LONGEST)
        name = f"{specialty} ({area})" if specialty else area
    return TaxonomyName(codes[0], name, line)
