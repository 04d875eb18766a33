"""The search as programs call it: its shape, its filters' words, bad input, and the record it leaves."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from referral.extensions import db
from referral.models import SearchRecord
from tests.factories import make_experience, make_index, make_organization, make_organization_experience, make_role
from tests.index.directories import DAY, Directory, Doctor, Row, npi
from tests.index.searcher import URL, Searcher, running_searcher

CHOL = Row("CHOL", "procedures", 30, DAY - timedelta(days=400), DAY - timedelta(days=36))
BOSTON = {"latitude": 42.36, "longitude": -71.06}
HERE: dict[str, Any] = {"cancer": "CHOL", **BOSTON}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """Twelve doctors of one organization, all alike, and one pathologist far away who reviews remotely."""
    alike = [Doctor(f"role-{n}", npi(n), "harbor", rows=(CHOL,)) for n in range(12)]
    far = Doctor("far", npi(99), place=(47.6, -122.3), disciplines=("pathology",), remote=True, rows=(CHOL,))
    with running_searcher(tmp_path_factory.mktemp("search")) as running:
        running.serve(Directory((*alike, far)).snapshot())
        yield running


def problem(searcher: Searcher, status: int = 422, **body: object) -> dict[str, Any]:
    response = searcher.client.post(URL, json={**HERE, **body})
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    found: dict[str, Any] = response.get_json()
    assert found["status"] == status
    return found


def fields(document: dict[str, Any]) -> list[str]:
    assert all(error["message"] for error in document["errors"])
    return [error["field"] for error in document["errors"]]


def test_an_answer_has_everything_the_contract_names(client: FlaskClient) -> None:
    organization = make_organization("harbor", designation="nci-clinical")
    make_organization_experience(organization)
    make_experience(make_role(organization=organization, wait_days=9))
    make_index()

    answer = client.get(f"{URL}?cancer=CHOL&near=02115").get_json()

    assert set(answer) >= {"search_id", "index_version", "model_version", "cancer", "place", "coverage", "total",
                           "weights", "results"}  # fmt: skip
    assert answer["place"]["label"] == "Boston, MA 02115"
    assert answer["coverage"]["step"] == "exact-in-radius"
    assert answer["coverage"]["note"]
    assert answer["weights"] == pytest.approx({"experience": 0.5, "centre": 0.2, "distance": 0.3})
    (result,) = answer["results"]
    assert (result["rank"], result["step"], result["discipline"]) == (1, "exact-in-radius", "surgical")
    assert (result["name"], result["credential"], result["wait_days"]) == ("Ana Rivera", "MD", 9)
    assert result["organization"] == {
        "id": "harbor",
        "name": "Harbor Cancer Centre",
        "designation": "nci-clinical",
    }
    experience, centre, distance = result["explanation"]["parts"]
    assert result["explanation"]["band"] == "high"
    assert [line["count"] for line in centre["evidence"]] == [40]
    assert "evidence" not in distance
    assert experience["evidence"] == [
        {
            "kind": "procedures",
            "count": 31,
            "low": 22,
            "high": 42,
            "code": "CHOL",
            "relation": "exact",
            "period": "2025",
            "source": "Test registry",
            "source_url": "https://example.org/registry",
            "retrieved_on": "2026-06-01",
        }
    ]


def test_a_query_string_and_a_body_ask_the_same(searcher: Searcher) -> None:
    query = "cancer=CHOL&latitude=42.36&longitude=-71.06&complexity=recurrent,disputed&limit=5&diversify=1"
    body = {**HERE, "complexity": ["recurrent", "disputed"], "limit": 5, "diversify": 1}

    one, other = searcher.client.get(f"{URL}?{query}").get_json(), searcher.ask(**body)

    assert {**one, "search_id": ""} == {**other, "search_id": ""}


def test_the_same_search_gives_the_same_bytes_but_for_its_id_also_after_a_restart(searcher: Searcher) -> None:
    data_dir = searcher.app.extensions["settings"].data_dir
    settings = {"DATABASE_URL": searcher.app.config["SQLALCHEMY_DATABASE_URI"], "DATA_DIR": str(data_dir), "DEMO": "1"}
    again = create_app({**settings, "REDIS_URL": ""}).test_client()

    texts = []
    for client in (searcher.client, searcher.client, again):
        response = client.post(URL, json=HERE)
        texts.append(response.text.replace(response.get_json()["search_id"], "…"))

    assert texts[0] == texts[1] == texts[2]


def test_exact_ties_ascend_by_the_digest_of_index_version_npi_and_role(searcher: Searcher) -> None:
    answer = searcher.ask(**HERE, limit=12)
    keys = [f"{answer['index_version']}:{each['npi']}:{each['role_id']}" for each in answer["results"]]
    digests = [sha256(key.encode()).hexdigest() for key in keys]

    assert len({each["score"] for each in answer["results"]}) == 1
    assert digests == sorted(digests)


def test_at_most_three_of_one_organization_stand_among_the_first_ten_when_enough_others_do(searcher: Searcher) -> None:
    plain = searcher.results(**HERE)
    spread = searcher.results(**HERE, diversify=1)

    assert [each["role_id"] for each in plain][-1] == "far"
    assert [each["role_id"] for each in spread].index("far") == 3
    assert ["moved" in each for each in spread] == [False] * 4 + [True] * 9
    assert not any("moved" in each for each in plain)


@pytest.mark.parametrize("weight, expected", [(0, (0, 0, 1)), (1, (5 / 7, 2 / 7, 0)), (0.35, (0.25, 0.1, 0.65))])
def test_the_patients_own_balance_is_used_and_told(
    searcher: Searcher, weight: float, expected: tuple[float, float, float]
) -> None:
    answer = searcher.ask(**HERE, weight_experience=weight)

    told = tuple(answer["weights"][name] for name in ("experience", "centre", "distance"))
    assert told == pytest.approx(expected)
    assert {tuple(part["weight"] for part in each["explanation"]["parts"]) for each in answer["results"]} == {told}


def test_a_complex_case_weighs_experience_more(searcher: Searcher) -> None:
    assert searcher.ask(**HERE)["weights"]["distance"] == pytest.approx(0.30)
    assert searcher.ask(**HERE, complexity="metastatic")["weights"]["distance"] == pytest.approx(0.25)
    assert searcher.ask(**HERE, complexity=["metastatic", "disputed"])["weights"]["distance"] == pytest.approx(0.25)


def test_a_situation_changes_no_score_and_an_uncertain_diagnosis_adds_pathologists(searcher: Searcher) -> None:
    plain, unsure = searcher.scores(**HERE), searcher.scores(**HERE, situation="uncertain-diagnosis")
    surgeons = searcher.scores(**HERE, discipline="surgical")
    with_pathology = searcher.scores(**HERE, discipline="surgical", situation="uncertain-diagnosis")

    assert plain == unsure == with_pathology
    assert "far" not in surgeons


def test_a_search_is_widened_unless_told_not_to(searcher: Searcher) -> None:
    seattle = {"cancer": "CHOL", "latitude": 48.5, "longitude": -122.3, "radius_km": 5}

    assert searcher.ask(**seattle)["coverage"]["step"] == "exact-wider"
    assert searcher.ask(**seattle)["total"] == 13
    strict = searcher.ask(**seattle, widen=0)
    assert (strict["coverage"]["step"], strict["total"], strict["results"]) == ("nobody", 0, [])


@pytest.mark.parametrize(
    "contradiction",
    [
        {"remote": "only", "discipline": "surgical"},  # the only one who reviews remotely is a pathologist
        {"remote": "only", "exclude_npi": npi(99)},
        {"exclude_organization": "harbor", "discipline": "medical"},
        {"radius_km": 0.001, "latitude": 48.5, "longitude": -122.3, "language": "xh"},
        {"accepting": "yes", "insurer": "No such insurer"},
    ],
)
@pytest.mark.parametrize("widen", [0, 1])
def test_filters_that_nobody_can_pass_give_nobody_and_no_filter_is_dropped(
    searcher: Searcher, contradiction: dict[str, Any], widen: int
) -> None:
    answer = searcher.ask(**{**HERE, **contradiction}, widen=widen)

    assert (answer["coverage"]["step"], answer["total"], answer["results"]) == ("nobody", 0, [])


def test_remote_only_needs_no_place_and_counts_distance_as_half(searcher: Searcher) -> None:
    answer = searcher.ask(cancer="CHOL", remote="only")

    assert answer["place"] is None
    assert [each["role_id"] for each in answer["results"]] == ["far"]
    assert answer["results"][0]["explanation"]["parts"][2]["value"] == 0.5
    assert answer["results"][0]["location"]["distance_km"] is None
    assert answer["coverage"]["step"] == "remote"


def test_an_offset_beyond_the_end_gives_an_empty_page(searcher: Searcher) -> None:
    answer = searcher.ask(**HERE, offset=1_000_000)

    assert (answer["total"], answer["results"]) == (13, [])


@pytest.mark.parametrize("code", ["CHOL", "chol", " Chol "])
def test_a_code_is_known_in_any_case(searcher: Searcher, code: str) -> None:
    assert searcher.ask(**{**HERE, "cancer": code})["cancer"]["code"] == "CHOL"


@pytest.mark.parametrize("latitude, longitude", [(90, 0), (-90, 180), (0, -180), (42.36, -71.06), (-42.36, 108.94)])
def test_the_ends_of_the_earth_are_places(searcher: Searcher, latitude: float, longitude: float) -> None:
    results = searcher.results(cancer="CHOL", latitude=latitude, longitude=longitude)

    assert len(results) == 13
    assert all(0 <= each["location"]["distance_km"] <= 20_016 for each in results)


@pytest.mark.parametrize(
    "body, field",
    [
        ({"radius_km": -5}, "radius_km"),
        ({"radius_km": 0}, "radius_km"),
        ({"radius_km": float("nan")}, "radius_km"),
        ({"radius_km": float("inf")}, "radius_km"),
        ({"radius_km": "far"}, "radius_km"),
        ({"latitude": 91}, "latitude"),
        ({"latitude": float("nan")}, "latitude"),
        ({"longitude": -180.5}, "longitude"),
        ({"longitude": None}, "longitude"),
        ({"latitude": None}, "latitude"),
        ({"latitude": None, "longitude": None}, "near"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": 100_000}, "limit"),
        ({"limit": 2.5}, "limit"),
        ({"offset": -1}, "offset"),
        ({"weight_experience": 1.01}, "weight_experience"),
        ({"weight_experience": float("nan")}, "weight_experience"),
        ({"remote": "maybe"}, "remote"),
        ({"accepting": "closed"}, "accepting"),
        ({"discipline": "dentist"}, "discipline"),
        ({"situation": "curious"}, "situation"),
        ({"complexity": ["recurrent", "odd"]}, "complexity.1"),
        ({"widen": "2"}, "widen"),
        ({"radius": 5}, "radius"),
        ({"cancer": "NOPE"}, "cancer"),
        ({"cancer": ""}, "cancer"),
        ({"cancer": "x" * 10_000}, "cancer"),
        ({"cancer": "\x00\x1b[2J"}, "cancer"),
        ({"cancer": "\ud800"}, "cancer"),
        ({"cancer": None}, "cancer"),
        ({"cancer": ["CHOL"]}, "cancer"),
        ({"latitude": None, "longitude": None, "near": "Nowhere At All, ZZ"}, "near"),
        ({"latitude": None, "longitude": None, "near": "x" * 10_000}, "near"),
        ({"latitude": None, "longitude": None, "near": "\x00\x07"}, "near"),
        ({"language": "x" * 10_000}, "language"),
        ({"language": "e\x00n"}, "language"),
        ({"insurer": "Medi\x1bcare"}, "insurer"),
        ({"exclude_npi": ["\x00"]}, "exclude_npi.0"),
        ({"exclude_npi": ["2" * 10_000]}, "exclude_npi.0"),
        ({"exclude_npi": ["2000000010"] * 1_001}, "exclude_npi"),
        ({"exclude_organization": [7]}, "exclude_organization.0"),
    ],
)
def test_bad_input_is_refused_with_its_field(searcher: Searcher, body: dict[str, Any], field: str) -> None:
    assert field in [name.split(".tuple")[0] for name in fields(problem(searcher, **body))]


@pytest.mark.parametrize(
    "query, field",
    [
        ("cancer=CHOL&near=02115&radius_km=1e400", "radius_km"),
        ("cancer=CHOL&near=02115&radius_km=nan", "radius_km"),
        ("cancer=CHOL&near=02115&limit=99999999999999999999999", "limit"),
        ("near=02115", "cancer"),
        ("cancer=CHOL", "near"),
        ("cancer=CHOL&near=02115&colour=red", "colour"),
        ("cancer=CHOL&latitude=42", "longitude"),
    ],
)
def test_a_bad_query_string_is_refused_with_its_field(searcher: Searcher, query: str, field: str) -> None:
    response = searcher.client.get(f"{URL}?{query}")

    assert response.status_code == 422
    assert fields(response.get_json()) == [field]


def test_an_ambiguous_place_is_asked_back_with_choices(searcher: Searcher) -> None:
    found = problem(searcher, latitude=None, longitude=None, near="Springfield")

    assert fields(found) == ["near"]
    assert len(found["choices"]) > 1
    assert {choice["label"].split(",")[0] for choice in found["choices"]} == {"Springfield"}
    chosen = searcher.ask(cancer="CHOL", near=found["choices"][0]["label"])
    assert chosen["place"] == found["choices"][0]


@pytest.mark.parametrize("text", ["{", "", '{"cancer": "CHOL"', "\xff", '{"cancer": CHOL}'])
def test_what_is_no_json_cannot_be_parsed(searcher: Searcher, text: str) -> None:
    response = searcher.client.post(URL, data=text.encode("latin-1"), content_type="application/json")

    assert response.status_code == 400
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("text", ["[]", "7", "null", '"CHOL"', '[{"cancer": "CHOL"}]'])
def test_json_of_another_kind_is_a_wrong_body(searcher: Searcher, text: str) -> None:
    response = searcher.client.post(URL, data=text, content_type="application/json")

    assert response.status_code == 422
    assert fields(response.get_json()) == ["body"]


def test_a_refused_search_does_not_repeat_what_was_sent_at_length(searcher: Searcher) -> None:
    assert len(searcher.client.post(URL, json={**HERE, "cancer": "x" * 400}).text) < 1_000


def test_a_search_leaves_a_record_of_its_inputs_without_identity_or_finer_place(app: Flask, tmp_path: Path) -> None:
    make_experience(make_role(role_id="role-a"))
    version = make_index().version
    body = {"cancer": "CHOL", "near": "02115", "radius_km": 80}
    headers = {"X-Forwarded-For": "203.0.113.7", "User-Agent": "somebody", "Cookie": "session=somebody"}

    answer = app.test_client().post(URL, json=body, headers=headers).get_json()

    record = _record(answer["search_id"])
    assert record["inputs"] == body
    assert (record["index_version"], record["model_version"]) == (version, answer["model_version"])
    assert record["role_ids"] == ["role-a"]
    assert len(record["digest"]) == 64
    assert set(record) == {
        *("id", "at", "inputs", "query", "index_version", "model_version"),
        *("role_ids", "scores", "total", "digest"),
    }
    middle = {name: answer["place"][name] for name in ("latitude", "longitude")}
    assert {name: record["query"][name] for name in middle} == middle  # of the ZIP code: no finer than it was given
    assert not [piece for piece in ("203.0.113", "somebody") if piece in str(record)]


def _record(search_id: str) -> dict[str, Any]:
    """The record once it is on disk, which takes at most five seconds."""
    deadline = monotonic() + 5
    while monotonic() < deadline:
        rows = db.session.execute(select(SearchRecord.__table__)).mappings().all()
        db.session.rollback()  # an open transaction would keep the record from being written
        for row in rows:
            if str(row["id"]) == search_id:
                return dict(row)
        sleep(0.05)
    raise AssertionError("no record within five seconds")
