"""Reader of “Doctors and Clinicians” and of its companion “Facility Affiliation”: where somebody practises.

Source: CMS Provider Data Catalog (public domain). A row of the first is a clinician at an address in a group; in
files until 2021 it also names up to five hospitals, which moved to the second. Spreadsheets have taken the leading
zeros of ZIP codes and of hospitals' CMS certification numbers (CCN): they are put back. Telehealth is a way of seeing
one's own patients and no remote opinion, so it is counted in the report and not taken over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from referral.directory.clinicians_rows import (
    AFFILIATION_LAYOUT,
    CLINICIAN_LAYOUTS,
    TELEHEALTH,
    group,
    hospitals,
    role,
)
from referral.directory.fields import Values, valid_npi
from referral.directory.headed_rows import NOT_KNOWN, NPI, Part, Sheet, parts, sheet
from referral.directory.report import ImportRefused, Report, Unusable
from referral.directory.statements import Item, Known, Mention, Progress

KIND = "clinicians"
NO_HOSPITAL = "affiliation with a facility that is no hospital"
REPEATED = "an address of the specialist that stands in the file already"
OFFERS_TELEHEALTH = "offers telehealth, which is no remote opinion and is not taken over"


@dataclass(slots=True)
class _Run:
    """What has been said already: a role or an organization is stated once, by the first row that names it."""

    known: Known
    report: Report
    roles: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)

    def new(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """Those that were not mentioned before."""
        for mention in mentions:
            if mention.key not in self.mentioned:
                self.mentioned.add(mention.key)
                yield mention


def read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]:
    """Yield groups and hospitals, then the roles in them; a folder or archive may hold one file of each kind."""
    run, taken = _Run(known, report), dict[bool, Part]()
    for part in parts(path):
        with sheet(part, (*CLINICIAN_LAYOUTS, AFFILIATION_LAYOUT), report, progress, known.npis) as table:
            affiliations = table.layout is AFFILIATION_LAYOUT
            if other := taken.get(affiliations):
                both = f"{other.name} and {part.name}"
                raise ImportRefused(path.name, f"holds two files of the same kind ({both}): keep the newer one")
            taken[affiliations] = part
            yield from _items(run, table, affiliations=affiliations)


def _items(run: _Run, table: Sheet, *, affiliations: bool) -> Iterator[Item]:
    for line, row in table.rows:
        try:
            values = table.values(row)
            if valid_npi(values, NPI) not in run.known.npis:
                run.report.skipped[NOT_KNOWN] += 1
                continue
            found = list(_affiliation(run, values, line) if affiliations else _practice(run, values, line))
        except Unusable as error:
            table.reject(line, error)
        else:
            yield from found


def _affiliation(run: _Run, values: Values, line: int) -> Iterator[Item]:
    """The hospital of an affiliation; nursing homes, dialysis and the like are left out."""
    if "hospital" in values["kind"].lower():
        yield from run.new(list(hospitals(values, line)))
    else:
        run.report.skipped[NO_HOSPITAL] += 1


def _practice(run: _Run, values: Values, line: int) -> Iterator[Item]:
    """The group, the hospitals, and the role itself; everything of the row is checked before anything is yielded."""
    practised = role(values, line)
    organizations = [*group(values, line), *hospitals(values, line)]
    if values.get(TELEHEALTH, "").upper() == "Y":
        run.report.notes[OFFERS_TELEHEALTH] += 1
    yield from run.new(organizations)
    if practised.id in run.roles:
        run.report.notes[REPEATED] += 1
        return
    run.roles.add(practised.id)
    yield practised
