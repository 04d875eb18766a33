"""The audit of fairness: shares computed by hand, groups by place, and what is said of them."""

import json
from math import log2

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from referral.extensions import db
from referral.index.snapshot import Snapshot
from referral.models import PractitionerRole
from referral.services.audit_ranking import DEPTH, FEWEST_RECORDED, FEWEST_SEARCHES, RURALITY, Group, audit_ranking
from tests.factories import BOSTON, make_experience, make_index, make_organization, make_role

JORDAN = (47.32, -106.91)  # Montana; the nearest city of 50,000 people is 210 km away
KEENE = (42.93, -72.28)  # New Hampshire; 68 km


@pytest.fixture
def snapshot(app: Flask) -> Snapshot:
    """Two in Boston, of one organization, one in Montana, one somewhere between, one nobody knows where."""
    centre = make_organization("org-a", name="Harbor Cancer Centre")
    make_experience(make_role(role_id="boston-1", organization=centre, place=BOSTON), count=60)
    make_experience(make_role(role_id="boston-2", organization=centre, place=BOSTON), count=10)
    make_experience(make_role(role_id="jordan", state="MT", place=JORDAN), count=40)
    make_experience(make_role(role_id="keene", state="NH", place=KEENE), count=20)
    make_experience(make_role(role_id="nowhere", state="", place=(None, None)), count=5)
    for role_id, sex in (("boston-1", "female"), ("jordan", "male")):
        db.session.get_one(PractitionerRole, role_id).practitioner.gender = sex
    return make_index()


def search(client: FlaskClient, **more: object) -> list[tuple[str, float]]:
    """Role and score of a recorded search."""
    body = {"cancer": "CHOL", "latitude": BOSTON[0], "longitude": BOSTON[1], **more}
    answer = client.post("/api/v1/specialists/search", json=body)
    client.application.extensions["search_log"].flush()
    return [(result["role_id"], result["score"]) for result in answer.get_json()["results"]]


def named(groups: tuple[Group, ...]) -> dict[str, Group]:
    return {group.name: group for group in groups}


def test_the_shares_are_those_of_the_published_formula(snapshot: Snapshot, client: FlaskClient) -> None:
    found = search(client)
    seen = {role: 1 / log2(2 + place) for place, (role, _) in enumerate(found)}
    scores = dict(found)
    audit = audit_ranking(snapshot, 1)

    assert (audit.searches, audit.recorded, audit.index_version) == (1, True, snapshot.version)
    groups = named(audit.groups["organization"])
    boston = groups["Harbor Cancer Centre"]
    exposure = (seen["boston-1"] + seen["boston-2"]) / sum(seen.values())
    merit = (scores["boston-1"] + scores["boston-2"]) / sum(scores.values())
    assert (boston.roles, boston.searches) == (2, 1)
    assert boston.exposure == pytest.approx(exposure)
    assert boston.merit == pytest.approx(merit, abs=1e-6)
    assert boston.ratio == pytest.approx(exposure / merit, abs=1e-5)
    for part in ("exposure", "merit"):
        for by in audit.groups.values():
            assert sum(getattr(group, part) for group in by) == pytest.approx(1)


def test_several_searches_count_the_same_each_however_many_they_find(snapshot: Snapshot, client: FlaskClient) -> None:
    search(client)
    one = named(audit_ranking(snapshot, 1).groups["rurality"])[RURALITY[2]]
    search(client, discipline="surgical", radius_km=5)

    both = audit_ranking(snapshot, 2)

    rural = named(both.groups["rurality"])[RURALITY[2]]
    assert both.searches == 2
    assert [rural.exposure, rural.merit] == pytest.approx([one.exposure / 2, one.merit / 2])
    assert rural.searches == 1


def test_rurality_is_the_distance_to_the_nearest_larger_city(snapshot: Snapshot, client: FlaskClient) -> None:
    search(client)

    groups = named(audit_ranking(snapshot, 1).groups["rurality"])

    assert {name: group.roles for name, group in groups.items()} == dict(zip(RURALITY, (2, 1, 1, 1), strict=True))


def test_states_and_sexes_that_nobody_states_are_groups_too(snapshot: Snapshot, client: FlaskClient) -> None:
    search(client)

    audit = audit_ranking(snapshot, 1)

    assert {name: group.roles for name, group in named(audit.groups["state"]).items()} == {
        "MA": 2, "MT": 1, "NH": 1, "not known": 1,
    }  # fmt: skip
    assert {name: group.roles for name, group in named(audit.groups["sex"]).items()} == {
        "female": 1, "male": 1, "not known": 3,
    }  # fmt: skip


def test_further_pages_of_a_search_and_searches_that_find_nobody_do_not_count(
    snapshot: Snapshot, client: FlaskClient
) -> None:
    search(client, cancer="GIST")
    search(client)
    search(client, offset=2)

    assert audit_ranking(snapshot, 3).searches == 3, "made-up ones, since two are recorded"
    audit = audit_ranking(snapshot, 2)
    assert (audit.searches, audit.recorded) == (1, True)


def test_with_too_few_recorded_made_up_searches_are_audited_the_same_each_time(
    snapshot: Snapshot, client: FlaskClient
) -> None:
    search(client)

    audit = audit_ranking(snapshot, FEWEST_RECORDED)

    assert (audit.searches, audit.recorded) == (FEWEST_RECORDED, False)
    assert audit == audit_ranking(snapshot, FEWEST_RECORDED)
    assert audit != audit_ranking(snapshot, FEWEST_RECORDED + 1)


@pytest.mark.usefixtures("app")
def test_an_empty_directory_has_nothing_to_audit() -> None:
    audit = audit_ranking(make_index(), 10)

    assert audit.searches == 0
    assert {*audit.groups.values()} == {()}


@pytest.mark.parametrize(
    "exposure, searches, verdict",
    [
        (0.159, FEWEST_SEARCHES, "seen less"),
        (0.161, FEWEST_SEARCHES, ""),
        (0.249, FEWEST_SEARCHES, ""),
        (0.251, FEWEST_SEARCHES, "seen more"),
        (0.001, FEWEST_SEARCHES - 1, "too few to say"),
    ],
)
def test_a_ratio_outside_the_band_is_said_unless_too_few_searches_stand_behind_it(
    exposure: float, searches: int, verdict: str
) -> None:
    assert Group("MT", 4, searches, exposure, 0.2).verdict == verdict


def test_a_group_without_merit_has_no_ratio() -> None:
    group = Group("MT", 4, 100, 0.1, 0.0)

    assert (group.ratio, group.verdict) == (None, "too few to say")


def test_the_whole_depth_of_a_list_is_looked_at(app: Flask, client: FlaskClient) -> None:
    for number in range(30):
        make_experience(make_role(role_id=f"role-{number}"), count=number + 1)
    snapshot = make_index()
    assert len(search(client, limit=5)) == 5

    (group,) = audit_ranking(snapshot, 1).groups["state"]

    assert group.roles == 30 < DEPTH


def test_the_command_prints_tables_or_json_and_no_person(app: Flask, snapshot: Snapshot) -> None:
    run: FlaskCliRunner = app.test_cli_runner()
    table = run.invoke(args=["ranking", "audit", "--searches", "40"])
    printed = run.invoke(args=["ranking", "audit", "--searches", "40", "--json"])

    assert (table.exit_code, printed.exit_code) == (0, 0), table.output
    assert "40 made-up searches (seed 1; too few are recorded)" in table.output
    assert "By distance to a city of 50,000 people" in table.output
    answer = json.loads(printed.output)
    assert answer["band"] == [0.8, 1.25]
    assert {*answer["groups"]} == {"rurality", "state", "organization", "sex"}
    assert {*answer["groups"]["state"][0]} == {
        "group", "places", "searches", "exposure_share", "merit_share", "ratio", "verdict",
    }  # fmt: skip
    for output in (table.output, printed.output):
        assert "Rivera" not in output
        assert not any(str(npi) in output for npi in snapshot.arrays["npi"].tolist())


def test_a_query_is_ranked_with_its_own_filters(snapshot: Snapshot, client: FlaskClient) -> None:
    assert [role for role, _ in search(client, radius_km=5)] == ["boston-1", "boston-2"]

    (group,) = audit_ranking(snapshot, 1).groups["rurality"]

    assert (group.name, group.roles, group.ratio) == (RURALITY[0], 2, 1.0)
