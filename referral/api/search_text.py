"""The answer of a search as JSON text, put together from ready pieces.

Most of an answer does not depend on who asks from where. It is written once for each role, each role and cancer, and
each piece of evidence, and kept for those shown last; a search fills the gaps. The text is what `json.dumps` makes of
one dict in the order of the contract.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple

import orjson

from referral import reference
from referral.api.errors import place_json
from referral.api.views import cancer_json
from referral.domain.codes import Band, EvidenceKind, Relation, Step
from referral.domain.experience import VolumeMark
from referral.domain.explanation import TREATING, mark_text
from referral.domain.ledger import Found, Kin, Ledger
from referral.domain.matching import DESIGNATION_FLOOR, EvidenceLine, Overtaking, RoleFacts
from referral.domain.results import Asked, Entry, Match, Told, told
from referral.index.kept import Kept
from referral.services.find_specialists import SearchAnswer

ANSWERS_KEPT = 64
"""Of the answers given last a process keeps at least so many; one takes about 40 kilobytes."""

GAP = "\x00"
"""Stands in a dict where its text is to have a gap."""

_PIECES_KEPT = 8_192
_answers: Kept[str] = Kept(ANSWERS_KEPT)
_WORDS: dict[StrEnum, str] = {word: word.value for word in (*Step, *Band)}
_dumps = json.JSONEncoder(separators=(",", ":")).encode


def search_text(answer: SearchAnswer) -> str:
    """What a search found, as JSON; the same answer is the same text but for the number of the search."""
    key = answer.key, answer.place
    rest = _answers.get(key) or _answers.put(key, _without_number(answer))
    return f'{{"search_id":"{answer.search_id}",{rest}'


def _without_number(answer: SearchAnswer) -> str:
    query = answer.query
    here = {"latitude": query.latitude, "longitude": query.longitude} if query.latitude is not None else None
    head = {
        "index_version": answer.index_version,
        "model_version": answer.model_version,
        "cancer": GAP,
        "place": place_json(answer.place) if answer.place else here,
        "coverage": {"step": answer.step.value, "note": answer.note, **_remarks(answer)},
        "total": answer.total,
        "weights": asdict(answer.weights),
        "results": [GAP],
    }
    before, between, after = _with_gaps(head)
    cancer = _cancer_text(reference.version(), answer.cancer.code)
    return f"{before[1:]}{cancer}{between}{_results(answer)}{after}"


def _remarks(answer: SearchAnswer) -> dict[str, str]:
    """What rarity, complexity or the patient's choice did to the weights, and the published volume mark."""
    remarks = {"balance": answer.balance_note}
    return {**remarks, "volume_mark": _mark_sentence(answer.mark)} if answer.mark else remarks


def _mark_sentence(mark: VolumeMark) -> str:
    return f"Published mark: {mark_text(mark)} ({mark.source}, {mark.year}, {mark.source_url})."


@lru_cache(1_024)
def _cancer_text(_version: int, code: str) -> str:
    return _dumps(cancer_json(reference.cancers()[code]))


def _with_gaps(facts: dict[str, Any]) -> list[str]:
    """The text of a dict, cut where its gaps are."""
    return _dumps(facts).split(_dumps(GAP))


def _results(answer: SearchAnswer) -> str:
    if not answer.results:
        return ""
    asked = answer.results[0].asked
    frame, said = _frame(asked), [told(match) for match in answer.results]
    rows = zip(answer.results, said, _numbers(asked, answer.results, said), strict=True)
    return ",".join([_result(frame, *row) for row in rows])


class _Frame(NamedTuple):
    """What all results of an answer have in common, as text."""

    experience: str
    surgeon: str
    centre: str
    hospital: str
    distance: str
    half_km: str


def _frame(asked: Asked) -> _Frame:
    weights, published = asked.weights, _dumps(asked.mark is not None)
    return _Frame(
        f'"weight":{weights.experience!r},"value":',
        f',"mark_per_year":{asked.surgeon!r},"mark_published":{published}',
        f'"weight":{weights.centre!r},"value":',
        f',"mark_per_year":{asked.hospital!r},"mark_published":{published}',
        f'"weight":{weights.distance!r},"value":',
        f'"inputs":{{"half_km":{asked.half_km!r},"floor":',
    )


def _numbers(asked: Asked, matches: Sequence[Match], said: Sequence[Told]) -> list[list[str]]:
    """The numbers of each result as text, in the order of `_result`: orjson writes them much faster than Python."""
    weights = asked.weights
    person, place, way = 100 * weights.experience, 100 * weights.centre, 100 * weights.distance
    table = [
        (one.rank, one.score, one.distance_km, one.experience, person * one.experience, round(told.rate, 6),
         one.centre, place * one.centre, told.centre_rate and round(told.centre_rate, 6), one.nearness,
         way * one.nearness, told.floor)
        for one, told in zip(matches, said, strict=True)
    ]  # fmt: skip
    return [row.split(",") for row in orjson.dumps(table).decode()[2:-2].split("],[")]


def _result(frame: _Frame, match: Match, said: Told, numbers: list[str]) -> str:
    """One result with its explanation."""
    rank, score, away, mine, my_points, rate, theirs, their_points, their_rate, near, near_points, floor = numbers
    entry = match.entry
    facts, attributes, designated = entry.json or _role_text(entry)
    return (
        f'{{"rank":{rank},"step":"{_WORDS[match.step]}","score":{score},{facts}{away}{attributes}'
        f'{_dumps(match.unknown) if match.unknown else "[]"},"reason":{quoted(said.reason)},'
        f'"explanation":{{"parts":[{{"name":"experience",{frame.experience}{mine},"points":{my_points},'
        f'"text":{quoted(said.experience)},"inputs":{{"rate_per_year":{rate}{frame.surgeon}}},'
        f'"evidence":[{_evidence(match.own)}]}},'
        f'{{"name":"centre",{frame.centre}{theirs},"points":{their_points},"text":{quoted(said.centre)},'
        f'"inputs":{{"rate_per_year":{their_rate}{frame.hospital},"floor":{designated}}},'
        f'"evidence":[{_evidence(match.theirs)}]}},'
        f'{{"name":"distance",{frame.distance}{near},"points":{near_points},"text":{quoted(said.distance)},'
        f'{frame.half_km}{floor}}}}}],"band":"{_WORDS[said.band]}","would_change":{_overtaking(match.overtaking)}}}'
        f"{_marks(match)}}}"
    )


def _marks(match: Match) -> str:
    """What only a few results say of themselves."""
    moved = ',"moved":true' if match.moved else ""
    return f'{moved},"shared_affiliation":{quoted(match.shared)}' if match.shared else moved


def _role_text(entry: Entry) -> tuple[str, ...]:
    """The facts of a role before and after the distance, open at the end for what is not known; the centre's floor."""
    before, after, _ = _with_gaps(_role(entry.role))
    floor = DESIGNATION_FLOOR if entry.role.designation in TREATING else None
    entry.json = before[1:], after, _dumps(floor)
    return entry.json


def _role(role: RoleFacts) -> dict[str, Any]:
    """The facts of a role, with gaps for what a search adds."""
    organization = {"id": role.organization_id, "name": role.organization_name, "designation": role.designation}
    return {
        "role_id": role.role_id,
        "npi": role.npi,
        "name": role.name,
        "credential": role.credential,
        "discipline": role.disciplines[0] if role.disciplines else None,
        "disciplines": role.disciplines,
        "organization": organization if role.organization_id else None,
        "location": {
            "city": role.city,
            "state": role.state,
            "latitude": role.latitude,
            "longitude": role.longitude,
            "distance_km": GAP,
        },
        "accepts_new_patients": role.accepts_new_patients,
        "remote_opinion": role.remote_opinion,
        "languages": role.languages,
        "insurers": role.insurers,
        "wait_days": role.wait_days,
        "fee_usd": role.fee_usd,
        "assured_on": role.assured_on or None,
        "paused_until": role.paused_until or None,
        "unknown": GAP,
    }


def _evidence(found: Found) -> str:
    """The rows of all ledgers."""
    return ",".join([ledger.json[kin.order] or _ledger_text(ledger, kin) for ledger, kin in found])


def _ledger_text(ledger: Ledger, kin: Kin) -> str:
    """The rows of a ledger, which keeps its text for each relation."""
    text = ledger.json[kin.order] = ",".join([_line(line) for line in ledger.lines(kin.relation)])
    return text


def _line(line: EvidenceLine) -> str:
    return f"{{{_counted(*line[:4])},{_related(*line[4:6])},{_sourced(*line[6:])}}}"


@lru_cache(_PIECES_KEPT)
def _counted(kind: EvidenceKind, count: int | None, low: int | None, high: int | None) -> str:
    return _dumps({"kind": kind.value, "count": count, "low": low, "high": high})[1:-1]


@lru_cache(_PIECES_KEPT)
def _related(code: str, relation: Relation) -> str:
    return _dumps({"code": code, "relation": relation.value})[1:-1]


@lru_cache(_PIECES_KEPT)
def _sourced(period: str, source: str, source_url: str, retrieved_on: str) -> str:
    facts = {"period": period, "source": source, "source_url": source_url, "retrieved_on": retrieved_on}
    return _dumps(facts)[1:-1]


def _overtaking(overtaking: Overtaking | None) -> str:
    """What would change the order: the sentence, the neighbour, and the `weight_experience` from which it holds."""
    if overtaking is None:
        return "null"
    text, role_id, balance = overtaking
    at = "null" if balance is None else repr(round(balance, 6))
    return f'{{"text":{quoted(text)},"role_id":{quoted(role_id)},"weight_experience":{at}}}'
