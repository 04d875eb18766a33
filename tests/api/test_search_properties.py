"""What holds for every directory, seen through the API alone: 25 made-up ones, eight cancers each, half rare.

`make test` takes every ninth of them, `make chaos` the others.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from geopy.distance import great_circle

from referral import reference
from referral.index.snapshot import Snapshot
from tests.depth import every
from tests.index.directories import Directory
from tests.index.searcher import URL, Json, Searcher, running_searcher
from tests.index.slow_ranking import Asked, slow_ranking
from tests.index.worlds import DOCTORS, PLACED, TWINS, World

RADII = (60.0, 400.0)
POLES_AND_SEAM = (((90.0, 12.5), (90.0, -170.0)), ((-90.0, 0.0), (-90.0, 77.0)), ((51.5, 180.0), (51.5, -180.0)))
"""Pairs of coordinates that name one place."""


@dataclass
class Scene:
    """One world behind the API, with the answers about its unchanged directory."""

    world: World
    searcher: Searcher
    snapshot: Snapshot
    answers: dict[tuple[str, int], list[Json]] = field(default_factory=dict)

    @property
    def cancers(self) -> list[str]:
        """The cancers that are searched."""
        return [path[-1] for path in self.world.paths]

    @property
    def here(self) -> Json:
        """Where the search is."""
        return {"latitude": self.world.here[0], "longitude": self.world.here[1]}

    def everybody(self, cancer: str, **more: object) -> list[Json]:
        """All results for a cancer, whoever accepts patients or not."""
        body = {"cancer": cancer, "accepting": "any", **self.here, **more}
        return self.searcher.results(**body)

    def before(self, cancer: str) -> list[Json]:
        """All results for a cancer in the unchanged directory."""
        return self._kept(cancer, 0)

    def _kept(self, cancer: str, diversify: int) -> list[Json]:
        key = cancer, diversify
        if key not in self.answers:
            self.answers[key] = self.everybody(cancer, diversify=diversify)
        return self.answers[key]

    def spread(self, cancer: str) -> list[Json]:
        """The same with the facility rule."""
        return self._kept(cancer, 1)

    def only(self, roles: set[str]) -> list[str]:
        """The NPIs to exclude so that none but these roles are left."""
        return [doctor.npi for doctor in self.world.base.doctors if doctor.role_id not in roles]

    def serve(self, directory: Directory, days_later: int = 0) -> None:
        """Swap the index for one of a changed directory, or of a later day."""
        self.searcher.serve(directory.snapshot(self.world.later(days_later)))


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with running_searcher(tmp_path_factory.mktemp("search")) as running:
        yield running


@pytest.fixture(scope="module", params=every(9, range(25)))
def made(request: pytest.FixtureRequest, searcher: Searcher) -> Scene:
    world = World(request.param)
    scene = Scene(world, searcher, world.base.snapshot(world.day))
    searcher.serve(scene.snapshot)
    for cancer in scene.cancers:
        assert len(scene.before(cancer)) == DOCTORS
    return scene


@pytest.fixture
def scene(made: Scene) -> Scene:
    """The world with its unchanged directory in place."""
    made.searcher.serve(made.snapshot)
    return made


def part(result: Json, name: str) -> float:
    value: float = next(each["value"] for each in result["explanation"]["parts"] if each["name"] == name)
    return value


def by_role(results: list[Json]) -> dict[str, Json]:
    return {result["role_id"]: result for result in results}


def scores(results: list[Json]) -> dict[str, float]:
    return {result["role_id"]: result["score"] for result in results}


def unrounded(result: Json) -> float:
    """The score to the six decimals that the order compares."""
    parts = result["explanation"]["parts"]
    return round(100 * math.fsum(each["weight"] * each["value"] for each in parts), 6)


def kilometres(result: Json) -> float:
    away = result["location"]["distance_km"]
    return math.inf if away is None else float(away)


def without(results: dict[str, Any], *roles: str) -> dict[str, Any]:
    return {role: value for role, value in results.items() if role not in roles}


def test_1_the_parts_of_an_explanation_sum_to_the_score(scene: Scene) -> None:
    for cancer in scene.cancers:
        for result in scene.before(cancer):
            parts = result["explanation"]["parts"]
            assert [each["name"] for each in parts] == ["experience", "centre", "distance"]
            assert abs(100 * sum(each["weight"] * each["value"] for each in parts) - result["score"]) <= 5.1e-5
            assert abs(sum(each["points"] for each in parts) - result["score"]) <= 5.1e-5
            assert math.isclose(sum(each["weight"] for each in parts), 1.0, abs_tol=1e-12)
            assert all(0 <= each["value"] <= 1 for each in parts)


def test_2_an_independent_computation_finds_the_same_people_and_scores(scene: Scene) -> None:
    world, tree = scene.world, reference.cancers()
    for number, cancer in enumerate(scene.cancers):
        radius = RADII[number % len(RADII)]
        near = scene.everybody(cancer, radius_km=radius, limit=20)
        for results, radius_km in ((scene.before(cancer), None), (near, radius)):
            asked = Asked(cancer, world.here, radius_km, accepting="any")
            expected = slow_ranking(world.base, tree, scene.snapshot.version, world.day, asked)[: len(results)]
            assert [result["role_id"] for result in results] == [role for role, _ in expected]
            for result, (_, score) in zip(results, expected, strict=True):
                assert abs(result["score"] - score) < 1e-4


def test_3_one_more_case_raises_ones_own_score_and_nobody_elses(scene: Scene) -> None:
    scene.serve(scene.world.busier)
    for number, cancer in enumerate(scene.cancers):
        own, thin = f"role-{number:05d}", f"role-{8 + number:05d}"
        before, after = by_role(scene.before(cancer)), by_role(scene.everybody(cancer))
        for role in (own, thin):
            assert part(after[role], "experience") > part(before[role], "experience")
            assert after[role]["score"] > before[role]["score"]
        assert after[own]["rank"] <= before[own]["rank"] + (after[thin]["score"] > after[own]["score"])
        assert part(after[thin], "experience") - part(before[thin], "experience") < 0.05
        assert without(scores([*after.values()]), own, thin) == without(scores([*before.values()]), own, thin)


def test_4_moving_away_lowers_nearness_alone(scene: Scene) -> None:
    for number, cancer in enumerate(scene.cancers):
        near = [each for each in scene.before(cancer) if not each["remote_opinion"] and kilometres(each) < math.inf]
        chosen = near[(scene.world.seed + number) % len(near)]
        there = chosen["location"]["latitude"], chosen["location"]["longitude"]
        others = {each["role_id"] for each in scene.before(cancer)[:4]}
        excluded = scene.only({chosen["role_id"], *others})
        path = [_away(there, 77.0, away) for away in (0.0, 0.1, 300.0, 7_000.0, 20_010.0)]
        steps = [by_role(scene.everybody(cancer, latitude=a, longitude=b, exclude_npi=excluded)) for a, b in path]
        for nearer, farther in pairwise(steps):
            one, other = nearer[chosen["role_id"]], farther[chosen["role_id"]]
            assert part(one, "distance") > part(other, "distance")
            assert one["score"] >= other["score"]
            for role in nearer:
                assert part(nearer[role], "experience") == part(farther[role], "experience")
                assert part(nearer[role], "centre") == part(farther[role], "centre")

        first, second = (scores([*step.values()]) for step in steps[:2])
        assert max(abs(second[role] - first[role]) for role in first) < 0.1, "a hundred metres"


def _away(start: tuple[float, float], bearing: float, distance: float) -> tuple[float, float]:
    """A point so many kilometres along the great circle from `start`."""
    latitude, longitude = map(math.radians, start)
    angle, turn = distance / 6371.0088, math.radians(bearing)
    sine = math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(turn)
    east = math.sin(turn) * math.sin(angle) * math.cos(latitude)
    there = longitude + math.atan2(east, math.cos(angle) - math.sin(latitude) * sine)
    return math.degrees(math.asin(sine)), (math.degrees(there) + 540) % 360 - 180


def test_5_6_7_others_change_nothing_and_evidence_counts_as_published(scene: Scene) -> None:
    scene.serve(scene.world.crowded)
    gone = [doctor.role_id for doctor in scene.world.base.doctors[-3:]]
    for number, cancer in enumerate(scene.cancers):
        after = scene.everybody(cancer)
        remaining = without(scores(scene.before(cancer)), *gone)
        assert {role: score for role, score in scores(after).items() if role in remaining} == remaining
        assert [*scores(after).values()] == sorted(scores(after).values(), reverse=True)
        found = by_role(after)
        _back_off_is_in_order(found, number)
        _few_years_are_trusted_less(found, number)


def _back_off_is_in_order(found: dict[str, Json], number: int) -> None:
    """The same volume at the cancer, its parent, its grandparent, and in another tissue."""
    placed = [found[f"{name}-{number}"] for name, _ in PLACED]

    assert all(one["score"] > other["score"] for one, other in pairwise(placed))
    assert f"elsewhere-{number}" not in found
    assert [each["explanation"]["parts"][0]["evidence"][0]["relation"] for each in placed] == [
        "exact",
        "broader",
        "broader",
    ]


def _few_years_are_trusted_less(found: dict[str, Json], number: int) -> None:
    ten, fifty = found[f"ten-{number}"], found[f"fifty-in-five-{number}"]
    assert fifty["score"] >= ten["score"]
    assert found[f"once-{number}"]["rank"] > found[f"sixty-in-three-{number}"]["rank"]
    widths = [
        (line["high"] - line["low"]) / line["count"]
        for result in (fifty, ten)
        for line in result["explanation"]["parts"][0]["evidence"]
    ]
    assert widths[0] < widths[1]


def test_8_the_same_cases_a_year_older_earn_less(scene: Scene) -> None:
    scene.serve(scene.world.base, days_later=365)
    for number, cancer in enumerate(scene.cancers):
        before, after = by_role(scene.before(cancer)), by_role(scene.everybody(cancer))
        for role in before:
            young, old = part(before[role], "experience"), part(after[role], "experience")
            # What somebody says of themselves fades in two years, so nothing falls by much more than that says.
            assert (old == young == 0) or 0.95 * 2**-0.5 * young < old < young
        recent = f"role-{number:05d}"
        assert part(after[recent], "experience") >= 2 ** (-1 / 3) * part(before[recent], "experience")


def test_9_a_day_changes_next_to_nothing(scene: Scene) -> None:
    scene.serve(scene.world.base, days_later=1)
    for cancer in scene.cancers:
        before, after = scores(scene.before(cancer)), scores(scene.everybody(cancer, limit=25))
        assert max(abs(after[role] - before[role]) for role in after) < 0.1


def test_9_at_the_edge_of_the_radius_only_membership_changes(scene: Scene) -> None:
    for cancer in scene.cancers:
        before = sorted((each for each in scene.before(cancer) if kilometres(each) < math.inf), key=kilometres)
        edge = kilometres(before[len(before) // 4])
        there = {each["role_id"] for each in before if abs(kilometres(each) - edge) < 0.002}
        inside, outside = (scores(scene.everybody(cancer, radius_km=edge + slack)) for slack in (0.002, -0.002))
        assert set(inside) - set(outside) == there
        assert without(inside, *there) == outside


def test_9_the_poles_and_the_seam_of_the_map_are_places_like_others(scene: Scene) -> None:
    for number, cancer in enumerate(scene.cancers):
        one, other = (
            scores(scene.everybody(cancer, latitude=latitude, longitude=longitude, limit=10))
            for latitude, longitude in POLES_AND_SEAM[(scene.world.seed + number) % len(POLES_AND_SEAM)]
        )
        assert one.keys() == other.keys()
        assert max(abs(one[role] - other[role]) for role in one) < 1e-3


def test_10_filters_and_radii_give_parts_of_the_unfiltered_list(scene: Scene) -> None:
    filters: list[Json] = [
        {"language": "en"},
        {"insurer": "Medicare"},
        {"discipline": "surgical"},
        {"accepting": "yes"},
    ]
    for number, cancer in enumerate(scene.cancers):
        whole = scores(scene.before(cancer))
        one, other = filters[number % 4], filters[(number + 1) % 4]
        results = {name: scores(scene.everybody(cancer, **each)) for name, each in (("one", one), ("other", other))}
        for found in results.values():
            assert [*found.items()] == [(role, score) for role, score in whole.items() if role in found]
        both = scores(scene.everybody(cancer, **other, **one))
        assert [*both] == [role for role in whole if role in results["one"] and role in results["other"]]
        circles = [scores(scene.everybody(cancer, radius_km=radius)) for radius in RADII]
        for smaller, larger in pairwise([*circles, whole]):
            assert smaller.items() <= larger.items()


def test_10_remote_opinions_only_add_or_raise(scene: Scene) -> None:
    for cancer in scene.cancers:
        near = scores(scene.everybody(cancer, radius_km=400))
        wide = by_role(scene.everybody(cancer, radius_km=400, remote="yes"))
        assert set(near) <= set(wide)
        for role, result in wide.items():
            assert role in near or result["remote_opinion"]
            assert role not in near or result["score"] >= near[role]
            assert not result["remote_opinion"] or part(result, "distance") >= 0.5


def test_11_names_ids_spelling_and_page_size_change_nothing(scene: Scene) -> None:
    for cancer in scene.cancers:
        first = [*scores(scene.before(cancer)).items()][:12]
        latitude, longitude = scene.world.here
        digits: Json = {"latitude": latitude + 3e-7, "longitude": longitude - 3e-7}
        for change in ({"cancer": cancer.lower()}, digits):
            asked = {"cancer": cancer, "limit": 12, **change}
            assert [*scores(scene.everybody(**asked)).items()] == first, asked
    scene.serve(scene.world.renamed)
    new = dict(zip([doctor.role_id for doctor in scene.world.base.doctors],
                   [doctor.role_id for doctor in reversed(scene.world.renamed.doctors)], strict=True))  # fmt: skip
    for cancer in scene.cancers:
        expected = {new[role]: score for role, score in scores(scene.before(cancer)).items()}
        renamed = scores(scene.everybody(cancer))
        assert renamed == expected
        assert [*renamed.values()] == [*expected.values()]


def test_11_another_name_of_the_cancer_changes_nothing(scene: Scene) -> None:
    tree, understood = reference.cancers(), 0
    for cancer in scene.cancers:
        body = {"cancer": tree[cancer].name, "accepting": "any", "limit": 12, **scene.here}
        answer = scene.searcher.client.post(URL, json=body)
        if answer.status_code == 422:
            continue  # a name that several cancers bear is asked back
        understood += 1
        assert answer.get_json()["cancer"]["code"] == cancer
        assert scores(answer.get_json()["results"]) == dict([*scores(scene.before(cancer)).items()][:12])
    assert understood >= 4


def test_12_diversity_moves_and_marks_but_changes_no_score(scene: Scene) -> None:
    for cancer in scene.cancers:
        plain, whole = scene.before(cancer), scene.spread(cancer)
        organizations = Counter(each["organization"]["id"] for each in whole[:10] if each["organization"])
        assert max(organizations.values()) <= 3
        assert scores(whole) == scores(plain)
        ranks = {each["role_id"]: each["rank"] for each in plain}
        assert all(each["rank"] > ranks[each["role_id"]] for each in whole if each.get("moved"))
        for moved in (True, False):
            roles = [each["role_id"] for each in whole if each.get("moved", False) is moved]
            assert roles == sorted(roles, key=ranks.__getitem__)


def test_12_pages_put_together_are_the_whole_list(scene: Scene) -> None:
    for number, cancer in enumerate(scene.cancers):
        diversify = number % 2
        whole = scene.spread(cancer) if diversify else scene.before(cancer)
        pages = [scene.everybody(cancer, limit=17, offset=offset, diversify=diversify) for offset in (0, 17, 34, 51)]
        assert [result for page in pages for result in page] == whole
        assert [result["rank"] for result in whole] == list(range(1, DOCTORS + 1))


def test_12_equals_stand_in_the_order_of_their_lot(scene: Scene) -> None:
    for cancer in scene.cancers:
        lots: dict[float, list[str]] = {}
        for result in scene.before(cancer):
            lot = f"{scene.snapshot.version}:{result['npi']}:{result['role_id']}"
            lots.setdefault(unrounded(result), []).append(sha256(lot.encode()).hexdigest())
        assert max(map(len, lots.values())) >= len(TWINS)
        assert all(own == sorted(own) for own in lots.values())


def test_the_distance_shown_is_the_great_circle(scene: Scene) -> None:
    for result in scene.before(scene.cancers[0]):
        if (there := result["location"])["latitude"] is not None:
            exact = great_circle(scene.world.here, (there["latitude"], there["longitude"]), radius=6371.0088).km
            assert abs(there["distance_km"] - exact) < 1e-3
