"""The answer of a search is put together from ready pieces; here it is written plainly, and both are the same."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from flask import Flask

from referral.api.search_text import search_text
from referral.api.views import cancer_json
from referral.domain.codes import Complexity, EvidenceKind
from referral.domain.matching import EvidenceLine, Query, Reach, Volume
from referral.domain.results import Match
from referral.index.snapshot import Snapshot
from referral.services.find_specialists import SearchAnswer, find_specialists
from referral.services.search_log import SearchLog
from tests.factories import (
    BOSTON,
    NOW,
    make_experience,
    make_index,
    make_npi,
    make_organization,
    make_organization_experience,
    make_role,
)

URL = "/api/v1/specialists/search"
HERE = {"cancer": "CHOL", "latitude": BOSTON[0], "longitude": BOSTON[1]}


def plain(answer: SearchAnswer) -> dict[str, Any]:
    """The answer as one dict in the order of the contract."""
    coverage = {"step": answer.step, "note": answer.note, "balance": answer.balance_note}
    if answer.mark:
        coverage["volume_mark"] = (
            f"Published mark: {answer.mark.surgeon:g} cases a year for a specialist, {answer.mark.hospital:g} for a "
            f"hospital ({answer.mark.source}, {answer.mark.year}, {answer.mark.source_url})."
        )
    query = answer.query
    here = {"latitude": query.latitude, "longitude": query.longitude}
    return {
        "search_id": str(answer.search_id),
        "index_version": answer.index_version,
        "model_version": answer.model_version,
        "cancer": cancer_json(answer.cancer),
        "place": here if query.latitude is not None else None,
        "coverage": coverage,
        "total": answer.total,
        "weights": asdict(answer.weights),
        "results": [plain_result(match) for match in answer.results],
    }


def plain_result(match: Match) -> dict[str, Any]:
    role, overtaking = match.role, match.overtaking
    organization = {"id": role.organization_id, "name": role.organization_name, "designation": role.designation}
    location = {name: getattr(role, name) for name in ("city", "state", "latitude", "longitude")}
    same = ("accepts_new_patients", "remote_opinion", "languages", "insurers", "wait_days", "fee_usd")
    change = overtaking and {
        "text": overtaking.text,
        "role_id": overtaking.role_id,
        "weight_experience": None if overtaking.balance is None else round(overtaking.balance, 6),
    }
    return {
        "rank": match.rank,
        "step": match.step,
        "score": match.score,
        **{name: getattr(role, name) for name in ("role_id", "npi", "name", "credential")},
        "discipline": next(iter(role.disciplines), None),
        "disciplines": role.disciplines,
        "organization": organization if role.organization_id else None,
        "location": {**location, "distance_km": match.distance_km},
        **{name: getattr(role, name) for name in same},
        "assured_on": role.assured_on or None,
        "paused_until": role.paused_until or None,
        "unknown": match.unknown,
        "reason": match.reason,
        "explanation": {"parts": plain_parts(match), "band": match.band, "would_change": change},
        **({"moved": True} if match.moved else {}),
        **({"shared_affiliation": match.shared} if match.shared else {}),
    }


def plain_parts(match: Match) -> list[dict[str, Any]]:
    told = []
    for part in match.parts:
        same = {name: getattr(part, name) for name in ("name", "weight", "value", "points", "text")}
        evidence = {} if part.evidence is None else {"evidence": [plain_line(line) for line in part.evidence]}
        told.append({**same, "inputs": plain_inputs(part.name, part.inputs), **evidence})
    return told


def plain_inputs(name: str, inputs: Volume | Reach | None) -> dict[str, Any]:
    if isinstance(inputs, Reach):
        return {"half_km": inputs.half_km, "floor": inputs.floor}
    assert inputs is not None
    rate = None if inputs.rate is None else round(inputs.rate, 6)
    found = {"rate_per_year": rate, "mark_per_year": inputs.mark, "mark_published": inputs.published}
    return {**found, "floor": inputs.floor} if name == "centre" else found


def plain_line(line: EvidenceLine) -> dict[str, Any]:
    return line._asdict()


class NoLog(SearchLog):
    """Keeps nothing."""

    def __init__(self) -> None:
        """Without a database."""

    def append(self, record: dict[str, Any]) -> None:
        """Forget it."""


@pytest.fixture
def snapshot(app: Flask) -> Snapshot:
    harbor = make_organization('Harbor "Cancer" Centre – Boston\\', designation="nci-comprehensive")
    make_organization_experience(harbor)
    for number, code in enumerate(("CHOL", "IHCH", "GBC", "BILIARY_TRACT", "CHOL", "CHOL")):
        role = make_role(
            family=f"O’Number {number}</script>", role_id=f"role-{number}", organization=harbor if number else None,
            place=(42.0 + number, -71.0) if number < 5 else (None, None), accepts_new_patients=(True, None)[number % 2],
            remote_opinion=(True, False, None)[number % 3], assured_on=None, languages=["en", "es"][: number % 3],
        )  # fmt: skip
        make_experience(role, code, 5 * number)
        make_experience(role, "CHOL", None, EvidenceKind.PATIENTS)
        make_experience(role, code, 3, EvidenceKind.TRIALS)
    return make_index()


@pytest.mark.parametrize(
    "query",
    [
        Query("CHOL", *BOSTON),
        Query("CHOL", *BOSTON, diversify=True, complexity=(Complexity.RECURRENT,)),
        Query("CHOL", *BOSTON, radius_km=5, remote="yes", include_unknown=True, language="es"),
        Query("CHOL", *BOSTON, radius_km=0.001, offset=2, limit=2),
        Query("CHOL", remote="only"),
        Query("GBC", *BOSTON, weight_experience=0.0, exclude_npi=("2000000010",)),
        Query("PAAD", *BOSTON),
    ],
)
def test_the_text_is_that_of_one_plain_dict(snapshot: Snapshot, query: Query) -> None:
    answer = find_specialists(snapshot, query, None, {}, NoLog(), NOW)

    text = search_text(answer)

    assert json.dumps(json.loads(text)) == json.dumps(plain(answer))
    assert search_text(answer) == text


@pytest.mark.usefixtures("snapshot")
def test_the_same_search_gives_the_same_bytes_but_for_its_number(app: Flask) -> None:
    texts = [app.test_client().get(URL, query_string=HERE).text for _ in range(2)]

    numbers = [json.loads(text)["search_id"] for text in texts]
    assert numbers[0] != numbers[1]
    assert texts[0].replace(numbers[0], "") == texts[1].replace(numbers[1], "")


@pytest.mark.usefixtures("snapshot")
def test_who_has_the_answer_is_told_that_it_still_holds_until_there_is_another_index(app: Flask) -> None:
    client = app.test_client()
    first = client.get(URL, query_string=HERE)
    known = {"If-None-Match": first.headers["ETag"]}

    again = client.get(URL, query_string=HERE, headers=known)
    other = client.get(URL, query_string={**HERE, "limit": 3}, headers=known)
    make_experience(make_role(family="Newcomer"))
    make_index()
    later = client.get(URL, query_string=HERE, headers=known)

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (other.status_code, later.status_code) == (200, 200)
    assert later.headers["ETag"] != first.headers["ETag"]


@pytest.mark.usefixtures("snapshot")
def test_a_wrong_search_is_refused_and_has_no_tag(app: Flask) -> None:
    answer = app.test_client().get(URL, query_string={**HERE, "limit": 100_000})

    assert answer.status_code == 422
    assert "ETag" not in answer.headers


@pytest.mark.usefixtures("app")
def test_who_shares_a_place_with_those_left_out_is_marked(app: Flask) -> None:
    npi, twice, harbor = make_npi(), make_npi(), make_organization()
    make_experience(make_role(npi=npi, organization=harbor))
    make_experience(make_role(role_id="colleague", organization=harbor))
    make_experience(make_role(role_id="elsewhere", organization=make_organization("Elsewhere")))
    make_experience(make_role(role_id="here", npi=twice, organization=harbor))
    make_role(role_id="there", npi=twice, organization=make_organization("Third"))
    make_index()

    def shared(**left_out: str) -> dict[str, str | None]:
        found = app.test_client().get(URL, query_string={**HERE, **left_out}).get_json()["results"]
        return {result["role_id"]: result.get("shared_affiliation") for result in found}

    same, also = "Same organization as the doctor you left out", "Also works at the organization you left out"
    assert shared(exclude_npi=npi) == {"colleague": same, "elsewhere": None, "here": same, "there": None}
    assert shared(exclude_organization=harbor.id) == {"elsewhere": None, "there": also}
