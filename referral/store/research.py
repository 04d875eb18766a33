"""Trials with their places and people, payments, and the names of taxonomy codes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select

from referral.domain.identity import MatchState
from referral.domain.officials import Specialist
from referral.extensions import db
from referral.models import (
    Organization,
    Payment,
    Practitioner,
    PractitionerRole,
    TaxonomyName,
    Trial,
    TrialOfficial,
    TrialSite,
)
from referral.store.tables import Model, Row, defaults, held_rows, insert_rows, table_of, update_rows

Figures = tuple[set[str], set[str]]
"""Keys of rows that are new, and of rows that changed."""
_TRACE = ("import_id", "file", "line", "retrieved_on")


def put(model: Model, key: str, rows: Sequence[Row]) -> Figures:
    """Add or change rows by their one key; a row that says the same keeps where it was read."""
    incoming = {row[key]: row for row in rows}
    held = held_rows(model, incoming)
    blank = defaults(model)
    changed = [row for at, row in incoming.items() if at in held and _differs(held[at], row)]
    insert_rows(model, [blank | row for at, row in incoming.items() if at not in held])
    update_rows(model, [held[row[key]] | row for row in changed])
    return incoming.keys() - held.keys(), {row[key] for row in changed}


def put_trials(rows: Sequence[Row]) -> Figures:
    """Add or change trials."""
    return put(Trial, "nct_id", rows)


def put_taxonomy_names(rows: Sequence[Row]) -> Figures:
    """Add or change the names of codes."""
    return put(TaxonomyName, "code", rows)


def put_sites(sites: dict[str, list[Row]]) -> set[str]:
    """Put the places of trials in place of those held, and return the trials where that changed something."""
    held = _children(TrialSite, sites)
    changed = {nct_id for nct_id, rows in sites.items() if [_bare(row) for row in held[nct_id]] != rows}
    db.session.execute(delete(TrialSite).where(TrialSite.nct_id.in_(changed)))
    insert_rows(TrialSite, [{"nct_id": nct_id, **row} for nct_id in sorted(changed) for row in sites[nct_id]])
    return changed


def trial_codes() -> dict[str, tuple[str, ...]]:
    """The cancers of each trial that has any, by NCT id."""
    found = db.session.execute(select(Trial.nct_id, Trial.codes))
    return {nct_id: tuple(codes) for nct_id, codes in found if codes}


def confirmed_npis() -> list[str]:
    """The specialists whom a person has confirmed to be an official of a trial."""
    confirmed = (TrialOfficial.state == MatchState.CONFIRMED, TrialOfficial.npi.is_not(None))
    return [npi for npi in db.session.scalars(select(TrialOfficial.npi).where(*confirmed).distinct()) if npi]


def officials_of(nct_ids: Iterable[str]) -> dict[str, list[Row]]:
    """The people of trials as they are held."""
    return _children(TrialOfficial, nct_ids)


def put_officials(new: list[Row], gone: list[int]) -> None:
    """Add people of trials, and take out those whom nobody has decided on and the register no longer names."""
    insert_rows(TrialOfficial, [{"npi": None, **row} for row in new])
    db.session.execute(delete(TrialOfficial).where(TrialOfficial.id.in_(gone)))


def specialists() -> Iterable[Specialist]:
    """Every specialist in use with where they practise, for matching the people of trials."""
    places = defaultdict(list)
    query = (
        select(PractitionerRole.npi, Organization.name, PractitionerRole.city, PractitionerRole.state)
        .outerjoin(PractitionerRole.organization)
        .where(PractitionerRole.retired_at.is_(None))
    )
    for npi, organization, city, state in db.session.execute(query):
        places[npi].append((organization, (city, state)))
    people = select(Practitioner.npi, Practitioner.given, Practitioner.family, Practitioner.other_names)
    for npi, given, family, others in db.session.execute(people.where(Practitioner.retired_at.is_(None))):
        organizations = tuple(dict.fromkeys(name for name, _ in places[npi] if name))
        cities = tuple(dict.fromkeys(place for _, place in places[npi] if place[0]))
        yield Specialist(npi, given, family, organizations, cities, tuple(others))


def put_payments(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Add or change payments; return those that are new and those that have another amount."""
    named = (Payment.npi.in_({row["npi"] for row in rows}), Payment.year.in_({row["year"] for row in rows}))
    found = db.session.execute(select(table_of(Payment)).where(*named)).mappings()
    held = {_identity(row): dict(row) for row in found}
    new = [row for row in rows if _identity(row) not in held]
    known = [row for row in rows if _identity(row) in held]
    insert_rows(Payment, new)
    update_rows(Payment, known)
    return new, [row for row in known if held[_identity(row)]["amount_usd"] != row["amount_usd"]]


def drop_payments_not_of(import_id: int | None, years: Iterable[int]) -> None:
    """Take out payments of years that an import counted anew and did not find again."""
    stale = (Payment.year.in_(list(years)), Payment.import_id.is_distinct_from(import_id))
    db.session.execute(delete(Payment).where(*stale))


def _identity(row: Any) -> tuple[str, int, str, str]:  # noqa: ANN401 - a dict or a row of the database
    return row["npi"], row["year"], row["payer"], row["nature"]


def _differs(held: Row, row: Row) -> bool:
    return any(held[name] != value for name, value in row.items() if name not in _TRACE)


def _children(model: type[TrialSite] | type[TrialOfficial], nct_ids: Iterable[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {nct_id: [] for nct_id in nct_ids}
    table = table_of(model)
    query = select(table).where(table.c.nct_id.in_(list(found))).order_by(table.c.id)
    for row in db.session.execute(query).mappings():
        found[row["nct_id"]].append(dict(row))
    return found


def _bare(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("id", "nct_id")}
