"""One search as the pages and the API get it: explained, recorded, and what each specialist is said to have."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from referral.domain.codes import Band, EvidenceKind, Relation, Step
from referral.domain.errors import AmbiguousPlace, Invalid, UnknownCancer, UnknownPlace
from referral.domain.matching import Query
from referral.domain.results import Match
from referral.index.disk import SnapshotStore
from referral.index.snapshot import Snapshot
from referral.services.find_specialists import SearchAnswer, find_specialists
from referral.services.rebuild_index import current_or_built
from referral.services.search_log import SearchLog
from referral.services.search_request import cancer_code, located
from tests.factories import (
    BOSTON,
    NOW,
    make_experience,
    make_index,
    make_organization,
    make_organization_experience,
    make_role,
)

QUERY = Query("CHOL", *BOSTON)


class Kept(SearchLog):
    """A log that keeps its records and writes nothing."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def append(self, record: dict[str, Any]) -> None:
        """Keep it."""
        self.records.append(record)


def search(snapshot: Snapshot, query: Query = QUERY, log: SearchLog | None = None) -> SearchAnswer:
    return find_specialists(snapshot, query, None, {"cancer": query.cancer}, log or Kept(), NOW)


def only(snapshot: Snapshot, query: Query = QUERY) -> Match:
    (match,) = search(snapshot, query).results
    return match


@pytest.mark.usefixtures("app")
def test_a_result_says_who_why_and_how_far() -> None:
    organization = make_organization(designation="nci-comprehensive")
    make_organization_experience(organization)
    make_experience(make_role(organization=organization, place=(42.4, -71.1)))

    match = only(make_index())

    assert match.reason == (
        "Has done 31 operations or procedures for Cholangiocarcinoma in 2025; works at a designated cancer centre; "
        "5.6 km (3.5 miles) away. That is under half an hour by road."
    )
    assert (match.rank, match.step, match.band, match.unknown) == (1, Step.EXACT_IN_RADIUS, Band.HIGH, ())
    assert match.score == round(sum(part.points for part in match.parts), 4)
    assert [part.text for part in match.parts] == [
        "Cholangiocarcinoma: 31 operations or procedures, 2025.",
        "Harbor Cancer Centre is a designated cancer centre; 40 people treated, 2025.",
        "5.6 km (3.5 miles) away in a straight line.",
    ]


@pytest.mark.usefixtures("app")
def test_evidence_of_other_tissues_is_left_out_and_the_closest_stands_first() -> None:
    role = make_role()
    for code in ("PAAD", "GBC", "BILIARY_TRACT", "CHOL", "IHCH"):
        make_experience(role, code)

    (experience, _, _) = only(make_index()).parts

    assert experience.evidence is not None
    assert [(line.code, line.relation) for line in experience.evidence] == [
        ("CHOL", Relation.EXACT),
        ("IHCH", Relation.NARROWER),
        ("BILIARY_TRACT", Relation.BROADER),
        ("GBC", Relation.RELATED),
    ]


@pytest.mark.usefixtures("app")
def test_newer_evidence_stands_before_older_of_the_same_relation() -> None:
    role = make_role()
    for year in (2023, 2025, 2024):
        make_experience(role, period=(date(year, 1, 1), date(year, 12, 31)))

    (experience, _, _) = only(make_index()).parts

    assert experience.evidence is not None
    assert [line.period for line in experience.evidence] == ["2025", "2024", "2023"]


@pytest.mark.parametrize(
    "count, kind, code, band",
    [
        (31, EvidenceKind.PROCEDURES, "CHOL", Band.HIGH),
        (5, EvidenceKind.PROCEDURES, "CHOL", Band.LIMITED),
        (2, EvidenceKind.PROCEDURES, "CHOL", Band.NOT_ENOUGH_DATA),
        (None, EvidenceKind.PATIENTS, "CHOL", Band.NOT_ENOUGH_DATA),
        (900, EvidenceKind.PUBLICATIONS, "CHOL", Band.NOT_ENOUGH_DATA),
        (900, EvidenceKind.SELF_DECLARED, "CHOL", Band.NOT_ENOUGH_DATA),
        (20, EvidenceKind.PROCEDURES, "GBC", Band.MODERATE),
    ],
)
@pytest.mark.usefixtures("app")
def test_the_band_rests_on_cases_not_on_claims(count: int | None, kind: EvidenceKind, code: str, band: Band) -> None:
    make_experience(make_role(), code, count, kind)

    assert only(make_index()).band is band


@pytest.mark.usefixtures("app")
def test_a_record_of_the_search_is_kept_with_the_order_and_a_digest_that_tells_searches_apart() -> None:
    for count in (5, 50):
        make_experience(make_role(role_id=f"role-{count}"), count=count)
    snapshot, log = make_index(), Kept()

    answers = [
        search(snapshot, query, log) for query in (QUERY, QUERY, Query("CHOL", *BOSTON, limit=1), Query("GBC", *BOSTON))
    ]

    assert [record["id"] for record in log.records] == [answer.search_id for answer in answers]
    assert {record["at"] for record in log.records} == {NOW}
    assert log.records[0]["role_ids"] == ["role-50", "role-5"]
    digests = [record["digest"] for record in log.records]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


@pytest.mark.usefixtures("app")
def test_an_unknown_attribute_that_was_asked_for_is_marked() -> None:
    make_experience(make_role(accepts_new_patients=None, insurers=[]))
    snapshot = make_index()

    assert only(snapshot).unknown == ("accepts_new_patients",)
    assert only(snapshot, Query("CHOL", *BOSTON, insurer="Medicare", include_unknown=True)).unknown == (
        "accepts_new_patients",
        "insurers",
    )


@pytest.mark.usefixtures("app")
def test_an_empty_directory_finds_nobody_and_says_so() -> None:
    answer = search(make_index())

    assert (answer.total, answer.results, answer.step) == (0, (), Step.NOBODY)
    assert "A coordinator can look for you" in answer.note


@pytest.mark.usefixtures("app")
def test_where_no_index_can_be_read_one_is_built_from_the_directory(app_on_both: Flask) -> None:
    make_experience(make_role(role_id="role-a"))
    version = make_index().version
    store: SnapshotStore = app_on_both.extensions["index"]
    (store.folder / "current").write_text("gone", encoding="utf-8")

    assert current_or_built(store, NOW).version == version
    found = store.current()
    assert found is not None
    assert list(found.texts["role_id"]) == ["role-a"]


def test_what_is_retired_is_not_in_the_index(app_on_both: Flask) -> None:
    kept, retired, left, unproved = (make_role(role_id=name) for name in ("kept", "retired", "left", "unproved"))
    rows = [make_experience(role) for role in (kept, retired, left, unproved)]
    retired.retired_at = left.practitioner.retired_at = rows[3].retired_at = NOW

    snapshot = make_index()

    assert sorted(snapshot.texts["role_id"]) == ["kept", "unproved"]
    assert [match.role.role_id for match in search(snapshot).results] == ["kept"]
    assert app_on_both.extensions["index"].current().version == snapshot.version


@pytest.mark.usefixtures("app")
def test_the_day_of_an_index_is_that_of_utc() -> None:
    late = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)

    assert make_index(late).built_on == date(2026, 11, 23)
    assert make_index(late + timedelta(minutes=2)).built_on == date(2026, 11, 24)


@pytest.mark.parametrize(
    "text, code",
    [("CHOL", "CHOL"), ("chol", "CHOL"), ("cholangiocarcinoma", "CHOL"), ("Pancreatic Adenocarcinoma", "PAAD")],
)
def test_a_code_or_a_sure_name_is_taken_for_its_cancer(text: str, code: str) -> None:
    assert cancer_code(text) == code


@pytest.mark.parametrize("text", ["", "NOPE", "cancer", "x" * 500])
def test_what_is_not_sure_is_not_guessed(text: str) -> None:
    with pytest.raises(UnknownCancer):
        cancer_code(text)


def test_a_place_is_found_for_a_query_and_coordinates_go_before_it() -> None:
    named = located(Query("chol"), "02115")
    exact = located(Query("chol", 1.0, 2.0), "02115")

    assert named.place is not None
    assert (named.query.latitude, named.query.longitude) == (named.place.latitude, named.place.longitude)
    assert (exact.place, exact.query.latitude, exact.query.longitude) == (None, 1.0, 2.0)
    assert named.query.cancer == exact.query.cancer == "CHOL"


@pytest.mark.parametrize(
    "query, near, error, field",
    [
        (Query("CHOL"), "", Invalid, "near"),
        (Query("CHOL"), "  ", Invalid, "near"),
        (Query("CHOL", latitude=1.0), "", Invalid, "longitude"),
        (Query("CHOL", longitude=1.0), "02115", Invalid, "latitude"),
        (Query("CHOL"), "Springfield", AmbiguousPlace, "near"),
        (Query("CHOL"), "Nowhere At All, ZZ", UnknownPlace, "near"),
    ],
)
def test_what_is_missing_or_ambiguous_is_named(query: Query, near: str, error: type[Invalid], field: str) -> None:
    with pytest.raises(error) as caught:
        located(query, near)

    assert caught.value.field == field


def test_a_remote_opinion_needs_no_place() -> None:
    assert located(Query("CHOL", remote="only"), "").query.latitude is None
