"""Takes over trials, payments and the names of taxonomy codes: facts beside the evidence.

Each function yields figures for the report: what happened (added, changed, unchanged) and to how many rows of the file.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from referral.directory.statements import Official, Payment, TaxonomyName, Trial
from referral.domain.identity import MatchState
from referral.domain.officials import ASKED, Specialist, family_key, family_keys, official_match
from referral.services.merge_review import settle_trial_evidence
from referral.store import research
from referral.store.settled import Speaker
from referral.store.tables import Row, parts

Figures = Iterator[tuple[str, int]]
_TRIAL = ("nct_id", "title", "status", "phase", "first_posted", "updated", "url")


def take_payments(payments: Iterable[Payment], speaker: Speaker) -> Figures:
    """Take over what companies paid; what a year no longer has is taken out."""
    years, trace = set[int](), _trace(speaker)
    for batch in parts(payments):
        rows = [{**asdict(each), **trace} for each in batch]
        years |= {each.year for each in batch}
        added, changed = research.put_payments(rows)
        yield from _figures(*(sum(row["rows"] for row in part) for part in (rows, added, changed)))
    if years:
        research.drop_payments_not_of(speaker.cause.import_id, years)


def take_taxonomy_names(names: Iterable[TaxonomyName], speaker: Speaker) -> Figures:
    """Take over the names of codes."""
    trace = {"import_id": speaker.cause.import_id}
    for batch in parts(names):
        added, changed = research.put_taxonomy_names([{**asdict(each), **trace} for each in batch])
        yield from _figures(len(batch), len(added), len(changed))


def take_trials(trials: Iterable[Trial], speaker: Speaker) -> Figures:
    """Take over trials with their places, suggest who of the directory their people may be, and count them anew."""
    people: dict[str, list[Specialist]] | None = None
    for batch in parts(trials):
        by_id = {each.nct_id: each for each in batch}
        added, changed = research.put_trials([_trial_row(each, speaker) for each in by_id.values()])
        sites = {each.nct_id: [asdict(site) for site in each.sites] for each in by_id.values()}
        moved = (research.put_sites(sites) | changed) - added
        people = people if people is not None else _by_family_name()
        _suggest(by_id.values(), people)
        yield from _figures(len(batch), len(added), len(moved))
    if people is not None:
        settle_trial_evidence(research.confirmed_npis(), speaker.cause)


def _figures(rows: int, added: int, changed: int) -> Figures:
    yield from (("added", added), ("changed", changed), ("unchanged", rows - added - changed))


def _trace(speaker: Speaker) -> Row:
    return {"import_id": speaker.cause.import_id, "retrieved_on": speaker.day}


def _trial_row(trial: Trial, speaker: Speaker) -> Row:
    said = {name: getattr(trial, name) for name in _TRIAL}
    lists = {"conditions": list(trial.conditions), "codes": list(trial.codes)}
    return {**said, **lists, "file": trial.file or None, "line": trial.line, **_trace(speaker)}


def _by_family_name() -> dict[str, list[Specialist]]:
    found = defaultdict(list)
    for each in research.specialists():
        names = {each.family, *(name.split()[-1] for name in each.other_names if name.split())}
        for key in {family_key(name) for name in names}:
            found[key].append(each)
    return found


def _suggest(trials: Iterable[Trial], people: dict[str, list[Specialist]]) -> None:
    """Write down the people of trials; what a person decided stays, a suggestion that was made stays too."""
    listed = list(trials)
    held = research.officials_of(each.nct_id for each in listed)
    new, gone = list[Row](), list[int]()
    for trial in listed:
        before = {(row["name"], row["affiliation"]): row for row in held[trial.nct_id]}
        now = {(each.name, each.affiliation): each for each in trial.officials}
        new += [{"nct_id": trial.nct_id, **_official_row(each, people)} for at, each in now.items() if at not in before]
        gone += [row["id"] for at, row in before.items() if at not in now and row["state"] == MatchState.SUGGESTED]
    research.put_officials(new, gone)


def _official_row(official: Official, people: dict[str, list[Specialist]]) -> Row:
    named = [each for key in family_keys(official.name) for each in people.get(key, ())]
    match = official_match(official.name, official.affiliation, named)
    npi = match.npi if match.confidence >= ASKED else None
    return {
        "name": official.name,
        "affiliation": official.affiliation,
        "role": official.role,
        "npi": npi,
        "confidence": match.confidence,
        "reasons": list(match.reasons),
        "state": MatchState.SUGGESTED.value,
    }
