"""Reader of “Doctors and Clinicians” and its companions: where somebody practises, in which group, at which hospitals.

Source: CMS Provider Data Catalog (public domain), up to three files in one folder. A row of “Doctors and Clinicians” is
a clinician at an address in a group; in files until 2021 it also names up to five hospitals. Since then those stand in
“Facility Affiliation”, by number alone, and “Hospital General Information” has their names and addresses: without it
nobody can say which place is meant. Leading zeros of ZIP codes and numbers that spreadsheets have taken are put back.
Telehealth is a way of seeing one's own patients and no remote opinion, so it is counted and not taken over.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from referral.directory.clinicians_rows import (
    AFFILIATION_LAYOUTS,
    CLINICIAN_LAYOUTS,
    FACILITY_TYPE,
    HOSPITAL_LAYOUTS,
    TELEHEALTH,
    affiliated_role,
    affiliation_key,
    group,
    hospital,
    hospitals,
    is_affiliation,
    mention_of,
    role,
)
from referral.directory.fields import Values, valid_npi
from referral.directory.headed_rows import NOT_KNOWN, NPI, Layout, Part, Sheet, parts, sheet
from referral.directory.report import ImportRefused, Report, Unusable
from referral.directory.statements import Item, Known, Mention, Progress, Statement, Subject

KIND = "clinicians"
NO_HOSPITAL = "affiliation with a facility that is no hospital"
UNNAMED = "affiliation with a hospital of which name and address are missing: Hospital_General_Information.csv has them"
LISTED = "hospital of the list of hospitals"
REPEATED = "an address of the specialist that stands in the file already"
OFFERS_TELEHEALTH = "offers telehealth, which is no remote opinion and is not taken over"


@dataclass(slots=True)
class _Run:
    """What has been read already: a role or an organization is stated once, by the first row that names it."""

    known: Known
    report: Report
    file: str = ""
    hospitals: dict[str, Statement] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)

    def said(self, practised: Statement, organizations: Iterable[Mention]) -> Iterator[Item]:
        """A role and, before it, the organizations that were not mentioned yet; nothing where it was stated before."""
        if practised.id in self.roles:
            self.report.skipped[REPEATED] += 1
            return
        self.roles.add(practised.id)
        for mention in organizations:
            if mention.key not in self.mentioned:
                self.mentioned.add(mention.key)
                yield mention
        yield practised


_Say = Callable[[_Run, Values, int], Iterator[Item]]


def read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]:
    """Yield groups and hospitals, each before the roles in it; a folder or archive may hold one file of each kind."""
    run, taken = _Run(known, report), dict[_Say, Part]()
    layouts = [layout for of_kind, _ in _KINDS for layout in of_kind]
    for part in sorted(parts(path), key=_after_the_hospitals):
        with sheet(part, layouts, report, progress, known.npis) as table:
            say = _says(table.layout)
            if other := taken.get(say):
                both = f"{other.name} and {part.name}"
                raise ImportRefused(path.name, f"holds two files of the same kind ({both}): keep the newer one")
            taken[say] = part
            run.file = table.name
            yield from _items(run, table, say)
    report.whole[Subject.ROLE] = partial(_would_be_named, frozenset(taken), known)


def _would_be_named(taken: frozenset[_Say], known: Known, role_id: str, npi: str) -> bool:
    """Whether the files would name a role if it were still there: somebody's in the directory, of a kind they hold.

    Each file is the whole country's, and the one imported last the newest. Places of work stand in one file, hospitals
    in another, of use only with the list of hospitals. Rows of people whom the directory has not were passed over.
    """
    needed = {_affiliation, _listed} if is_affiliation(role_id) else {_practice}
    return npi in known.npis and needed <= taken


def _after_the_hospitals(part: Part) -> bool:
    """Sorts the list of hospitals before the files that point to it."""
    return "hospital" not in part.name.lower()


def _says(layout: Layout) -> _Say:
    return next(say for of_kind, say in _KINDS if layout in of_kind)


def _items(run: _Run, table: Sheet, say: _Say) -> Iterator[Item]:
    for line, row in table.rows:
        try:
            values = table.values(row)
            if NPI in values and valid_npi(values, NPI) not in run.known.npis:
                run.report.skipped[NOT_KNOWN] += 1
                continue
            found = list(say(run, values, line))
        except Unusable as error:
            table.reject(line, error)
            if NPI in table.at:
                run.report.spare(table.name, row[table.at[NPI]].strip())
        else:
            yield from (replace(each, file=each.file or table.name) for each in found)


def _practice(run: _Run, values: Values, line: int) -> Iterator[Item]:
    """The role of a row with its group and hospitals."""
    practised = role(values, line)
    organizations = [*group(values, practised), *hospitals(values, line)]
    if values.get(TELEHEALTH, "").upper() == "Y":
        run.report.notes[OFFERS_TELEHEALTH] += 1
    return run.said(practised, organizations)


def _listed(run: _Run, values: Values, line: int) -> Iterator[Item]:
    """Remember a hospital; it is mentioned when somebody of ours works there."""
    place = replace(hospital(values, line), file=run.file)
    run.hospitals.setdefault(place.id, place)
    run.report.skipped[LISTED] += 1
    return iter(())


def _affiliation(run: _Run, values: Values, line: int) -> Iterator[Item]:
    """The role at a hospital; nursing homes, dialysis and the like are left out."""
    if "hospital" not in values[FACILITY_TYPE].lower():
        run.report.skipped[NO_HOSPITAL] += 1
    elif place := run.hospitals.get(affiliation_key(values)):
        return run.said(affiliated_role(values[NPI], place, line), [mention_of(place)])
    else:
        run.report.skipped[UNNAMED] += 1
    return iter(())


_KINDS: Sequence[tuple[tuple[Layout, ...], _Say]] = (
    (CLINICIAN_LAYOUTS, _practice),
    (AFFILIATION_LAYOUTS, _affiliation),
    (HOSPITAL_LAYOUTS, _listed),
)
