"""The ranking of the index against a slow, obvious second one, and what each filter lets through."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral import reference
from referral.domain.codes import Complexity, Discipline, Step
from referral.domain.matching import Query
from referral.index.filters import asked_attributes, unknown_of
from referral.index.search import Ranking, rank
from referral.index.snapshot import Snapshot
from tests.depth import cases
from tests.index.directories import CITIES, DAY, Directory, Doctor, Row, families, npi, random_directory
from tests.index.slow_ranking import Asked, slow_ranking

BOSTON = CITIES[0]
EVERYBODY = 1_000
CASES = [pytest.param(seed, seed % 2 == 0, id=f"{seed}-{'rare' if seed % 2 == 0 else 'common'}") for seed in range(26)]


def as_query(asked: Asked) -> Query:
    latitude, longitude = asked.here or (None, None)
    return Query(
        asked.cancer,
        latitude,
        longitude,
        asked.radius_km,
        asked.remote,
        complexity=(Complexity.DISPUTED,) if asked.complex_case else (),
        discipline=Discipline(asked.discipline) if asked.discipline else None,
        language=asked.language,
        insurer=asked.insurer,
        accepting=asked.accepting,
        exclude_npi=asked.exclude_npi,
        exclude_organization=asked.exclude_organization,
        weight_experience=asked.weight_experience,
        include_unknown=asked.include_unknown,
        widen=False,
        limit=EVERYBODY,
    )


def random_asked(chance: Random, cancer: str) -> Asked:
    """A search from anywhere in the country; half of the filters are left open."""
    here = round(chance.uniform(25, 48), 6), round(chance.uniform(-124, -68), 6)
    remote = chance.choice(["", "", "yes", "only"])
    return Asked(
        cancer,
        None if remote == "only" and chance.random() < 0.5 else here,
        chance.choice([None, None, 80.0, 500.0, 2_500.0]),
        remote,
        chance.random() < 0.3,
        chance.choice([None, None, 0.0, chance.random(), 1.0]),
        chance.choice(["", "", "", "surgical", "medical"]),
        chance.choice(["", "", "", "es", "zh"]),
        chance.choice(["", "", "", "Medicare"]),
        chance.choice(["open", "open", "yes", "any"]),
        chance.random() < 0.5,
        tuple(npi(number) for number in range(chance.choice([0, 3]))),
        chance.choice([(), (), ("org-1",)]),
    )


def ranked(snapshot: Snapshot, query: Query) -> Ranking:
    return rank(snapshot, reference.cancers(), reference.volume_marks(), query)


def found(snapshot: Snapshot, query: Query) -> list[str]:
    return role_ids(snapshot, ranked(snapshot, replace(query, limit=EVERYBODY)))


def role_ids(snapshot: Snapshot, ranking: Ranking) -> list[str]:
    return [snapshot.role(number).role_id for number in ranking.roles.tolist()]


def assert_same_as_slow(directory: Directory, snapshot: Snapshot, asked: Asked) -> int:
    """Compare and return how many were found."""
    expected = slow_ranking(directory, reference.cancers(), snapshot.version, snapshot.built_on, asked)
    for first in (EVERYBODY, 20, 3):
        ranking = ranked(snapshot, replace(as_query(asked), limit=first))
        assert role_ids(snapshot, ranking) == [role for role, _ in expected[:first]], asked
        assert np.abs(ranking.scores - [score for _, score in expected[:first]]).max(initial=0.0) < 1e-6, asked
        assert ranking.total == len(expected)
    return len(expected)


@pytest.mark.parametrize("seed, rare", CASES)
def test_the_order_and_the_scores_are_those_of_the_slow_ranking(seed: int, rare: bool) -> None:
    chance = Random(seed)
    paths = chance.sample(families(rare), 4)
    directory = random_directory(seed, 64, paths)
    snapshot = directory.snapshot()

    for path in paths:
        everybody = Asked(path[-1], BOSTON, accepting="any")
        assert assert_same_as_slow(directory, snapshot, everybody) >= 50
        for _ in range(3):
            assert_same_as_slow(directory, snapshot, random_asked(chance, chance.choice(path)))


@given(st.integers(0, 10**9), st.booleans())
@settings(max_examples=cases(100))
def test_any_small_directory_ranks_as_the_slow_ranking_says(seed: int, rare: bool) -> None:
    chance = Random(seed)
    paths = chance.sample(families(rare), 2)
    directory = random_directory(seed, chance.choice([1, 2, 5, 20]), paths)
    snapshot = directory.snapshot()

    for path in paths:
        assert_same_as_slow(directory, snapshot, random_asked(chance, chance.choice(path)))


def test_exact_ties_stand_in_the_order_of_their_digests() -> None:
    same = (Row("CHOL", "procedures", 30, DAY.replace(year=2025), DAY),)
    directory = Directory(tuple(Doctor(f"role-{n}", npi(n), rows=same) for n in range(60)))
    snapshot = directory.snapshot()

    assert_same_as_slow(directory, snapshot, Asked("CHOL", BOSTON))
    assert found(snapshot, Query("CHOL", *BOSTON)) != sorted(found(snapshot, Query("CHOL", *BOSTON)))


def one(role_id: str = "role-1", code: str = "CHOL", **changes: object) -> Doctor:
    year = DAY.replace(month=1, day=1)
    made = Doctor(role_id, npi(int.from_bytes(role_id.encode()) % 10**8), rows=(Row(code, "procedures", 9, year, DAY),))
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names any field


@pytest.mark.parametrize(
    "doctor, query, unknown",
    [
        (one(accepting=False), {"accepting": "open"}, None),
        (one(accepting=None), {"accepting": "open"}, ("accepts_new_patients",)),
        (one(accepting=None), {"accepting": "yes"}, None),
        (one(accepting=None), {"accepting": "yes", "include_unknown": True}, ("accepts_new_patients",)),
        (one(accepting=False), {"accepting": "yes", "include_unknown": True}, None),
        (one(accepting=False), {"accepting": "any"}, ()),
        (one(languages=("es-MX",)), {"language": "es"}, ()),
        (one(languages=("es",)), {"language": "ES-us"}, ()),
        (one(languages=("en",)), {"language": "es", "include_unknown": True}, None),
        (one(languages=()), {"language": "es"}, None),
        (one(languages=()), {"language": "es", "include_unknown": True}, ("languages",)),
        (one(insurers=("Harbor Health",)), {"insurer": "harbor HEALTH"}, ()),
        (one(insurers=("Harbor Health",)), {"insurer": "Harbor"}, None),
        (one(insurers=()), {"insurer": "Harbor", "include_unknown": True}, ("insurers",)),
        (one(disciplines=("medical", "pathology")), {"discipline": Discipline.PATHOLOGY}, ()),
        (one(disciplines=("medical",)), {"discipline": Discipline.SURGICAL, "include_unknown": True}, None),
        (one(disciplines=()), {"discipline": Discipline.SURGICAL, "include_unknown": True}, ("discipline",)),
        (one(remote=None), {"remote": "only"}, None),
        (one(remote=None), {"remote": "only", "include_unknown": True}, ("remote_opinion",)),
        (one(remote=False), {"remote": "only", "include_unknown": True}, None),
        (one(place=None), {"radius_km": 50.0}, None),
        (one(place=None), {"radius_km": 50.0, "include_unknown": True}, ("location",)),
        (one(place=None), {}, ()),
        (one(code="PAAD"), {}, None),
    ],
)
def test_a_filter_is_hard_and_the_unknown_passes_only_where_asked_for_and_is_marked(
    doctor: Doctor, query: dict[str, object], unknown: tuple[str, ...] | None
) -> None:
    snapshot = Directory((doctor,)).snapshot()
    asked = replace(Query("CHOL", *BOSTON, widen=False), **query)  # type: ignore[arg-type]  # a test names any field

    passes = bool(found(snapshot, asked))
    assert passes == (unknown is not None)
    assert not passes or unknown_of(snapshot.role(0), asked_attributes(asked)) == unknown


def test_whoever_gave_the_first_opinion_and_their_organization_are_left_out() -> None:
    doctors = one("a", organization="harbor"), one("b", organization="bay"), one("c")
    snapshot = Directory(doctors).snapshot()

    assert set(found(snapshot, Query("CHOL", *BOSTON))) == {"a", "b", "c"}
    assert set(found(snapshot, Query("CHOL", *BOSTON, exclude_npi=(doctors[0].npi,)))) == {"b", "c"}
    assert set(found(snapshot, Query("CHOL", *BOSTON, exclude_organization=("bay",)))) == {"a", "c"}


FAR = CITIES[3]
NEAR_RELATED = one("near", code="GBC")
FAR_RELATED, FAR_EXACT = one("far", code="GBC", place=FAR), one("far", place=FAR)
REVIEWER = one("remote", place=FAR, remote=True)


@pytest.mark.parametrize(
    "doctors, query, step, roles",
    [
        ((one("near"), FAR_EXACT), {}, Step.EXACT_IN_RADIUS, ["near"]),
        ((NEAR_RELATED, FAR_EXACT), {}, Step.FAMILY_IN_RADIUS, ["near"]),
        ((FAR_EXACT, one("other", code="PAAD")), {}, Step.EXACT_WIDER, ["far"]),
        ((FAR_RELATED,), {}, Step.FAMILY_WIDER, ["far"]),
        ((FAR_EXACT,), {"widen": False}, Step.NOBODY, []),
        ((replace(FAR_EXACT, accepting=False),), {}, Step.NOBODY, []),
        ((FAR_EXACT, REVIEWER), {"remote": "yes"}, Step.REMOTE, ["remote"]),
        ((FAR_EXACT, REVIEWER), {"remote": "only", "latitude": None, "longitude": None}, Step.REMOTE, ["remote"]),
        ((NEAR_RELATED, REVIEWER), {"remote": "yes"}, Step.FAMILY_IN_RADIUS, ["remote", "near"]),
        ((), {}, Step.NOBODY, []),
    ],
)
def test_the_radius_and_no_other_filter_is_dropped_step_by_step(
    doctors: tuple[Doctor, ...], query: dict[str, object], step: Step, roles: list[str]
) -> None:
    snapshot = Directory(doctors).snapshot()
    asked = replace(Query("CHOL", *BOSTON, radius_km=100.0), **query)  # type: ignore[arg-type]  # a test names any field
    ranking = ranked(snapshot, asked)

    assert ranking.step is step
    assert sorted(role_ids(snapshot, ranking)) == sorted(roles)


def test_each_result_names_the_step_that_found_it() -> None:
    snapshot = Directory((one("near"), one("related", code="GBC"), REVIEWER)).snapshot()
    ranking = ranked(snapshot, Query("CHOL", *BOSTON, radius_km=100.0, remote="yes"))

    assert {snapshot.role(n).role_id: ranking.step_of(at) for at, n in enumerate(ranking.roles.tolist())} == {
        "near": Step.EXACT_IN_RADIUS,
        "related": Step.FAMILY_IN_RADIUS,
        "remote": Step.REMOTE,
    }


def test_without_a_place_nobody_is_called_near_whatever_the_radius() -> None:
    snapshot = Directory((replace(REVIEWER, place=None),)).snapshot()
    query = Query("CHOL", radius_km=100.0, remote="only", include_unknown=True)

    assert ranked(snapshot, query).step is Step.REMOTE


def test_an_empty_directory_finds_nobody() -> None:
    ranking = ranked(Directory(()).snapshot(), Query("CHOL", *BOSTON))

    assert (ranking.step, ranking.total, ranking.roles.tolist()) == (Step.NOBODY, 0, [])
