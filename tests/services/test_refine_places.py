"""Places of work move from their ZIP area to their address, by a server that answers as Nominatim does."""

import fcntl
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import GeocodedAddress, PractitionerRole
from referral.reference import position
from referral.services.geocoder import Geocoder, NoGeocoder, geocoder_of
from referral.services.refine_places import AlreadyAsking, Refined, refine_for_a_minute, refine_places
from referral.settings import Settings
from referral.store.field_changes import Cause, changes_of
from referral.store.settled import Speaker, Word, take
from tests.factories import NOW
from tests.servers.nominatim import HOUSE, SILENCE, TOWN, NominatimServer

ANA = "2000000010"
AT_THE_DOOR = (42.3391, -71.0977, HOUSE)
FAR_AWAY = (42.2626, -71.8023, HOUSE)
"""The same street in Worcester, 60 km to the west."""


def said(role_id: str, line1: str, postcode: str = "02115", source: str = "native:east", **others: object) -> None:
    """What a source says of a place of work of Ana's, as an import takes it over."""
    address = {"line1": line1, "city": "Boston", "state": "MA", "postcode": postcode, "country": "US"}
    speaker = Speaker(source, NOW.date(), Cause(NOW))
    take(Subject.PRACTITIONER, {ANA: Word({"given": "Ana", "family": "Rivera"})}, speaker)
    take(Subject.ROLE, {role_id: Word({"npi": ANA, **address, **position(address), **others})}, speaker)
    db.session.commit()


def settings_of(app: Flask, server: NominatimServer) -> Settings:
    """The settings with this server as geocoder."""
    settings: Settings = app.extensions["settings"]
    return replace(settings, geocoder=f"nominatim:{server.url}")


def run(app: Flask, server: NominatimServer, *, days: int = 0, limit: int | None = None) -> Refined:
    """A run so many days later, which does not wait between questions."""
    settings = settings_of(app, server)
    geocoder = geocoder_of(settings, pause=0, timeout=0.3)
    return refine_places(geocoder, settings.data_dir, NOW + timedelta(days=days), limit=limit)


def where(role_id: str) -> tuple[float | None, float | None, str]:
    """Where a place of work stands, and how that was found."""
    db.session.expire_all()
    role = db.session.get_one(PractitionerRole, role_id)
    return role.latitude, role.longitude, role.precision


def test_a_place_moves_to_its_address_and_the_change_is_the_geocoder_s_word(
    app_on_both: Flask, nominatim: NominatimServer
) -> None:
    nominatim.places["12 Main St"] = AT_THE_DOOR
    said("a", "12 Main St, Suite 4")

    done = run(app_on_both, nominatim)

    assert (done.asked, done.moved, done.problem) == (1, 1, "")
    assert where("a") == (*AT_THE_DOOR[:2], "address")
    changed = {change.field: change.source for change in changes_of("role", "a")}
    assert changed == dict.fromkeys(("latitude", "longitude", "precision"), "geocoder")


def test_it_is_asked_by_parts_without_suite_or_name_and_told_who_asks(app: Flask, nominatim: NominatimServer) -> None:
    said("a", "Harbor Hall, 12 Main St, Suite 4")

    run(app, nominatim)

    asked = {"street": "12 Main St", "city": "Boston", "state": "MA", "postalcode": "02115", "countrycodes": "us"}
    assert nominatim.asked == [{**asked, "format": "json", "limit": "1"}]
    assert app.extensions["settings"].public_url in nominatim.agents[0]


def test_a_new_import_keeps_the_position_and_a_new_address_does_not(
    app_on_both: Flask, nominatim: NominatimServer
) -> None:
    nominatim.places["12 Main St"] = AT_THE_DOOR
    said("a", "12 Main St")
    run(app_on_both, nominatim)

    said("a", "12 MAIN ST", phone="617-555-0101")
    again = where("a")
    said("a", "700 Other Rd", "02116")
    moved = where("a")
    said("a", "12 Main St")

    assert again == (*AT_THE_DOOR[:2], "address")
    assert (moved[2], moved[:2] != again[:2]) == ("postcode", True)
    assert where("a") == (*AT_THE_DOOR[:2], "address")
    assert len(nominatim.asked) == 1


def test_one_question_is_enough_for_all_at_one_address_and_for_those_who_come_later(
    app: Flask, nominatim: NominatimServer
) -> None:
    nominatim.places["12 Main St"] = AT_THE_DOOR
    said("a", "12 Main St, Suite 4")
    said("b", "12 MAIN ST STE 5", "02115-6013")

    done, again = run(app, nominatim), run(app, nominatim)
    said("c", "12 Main St")

    assert (done.asked, done.moved, again.asked) == (1, 2, 0)
    assert {where(role_id)[2] for role_id in "abc"} == {"address"}
    assert len(nominatim.asked) == 1


@pytest.mark.parametrize("place, outcome", [(FAR_AWAY, "far"), ((42.3391, -71.0977, TOWN), "coarse"), (None, "none")])
def test_what_is_no_answer_to_the_question_is_refused_and_asked_again_after_thirty_days(
    app: Flask, nominatim: NominatimServer, place: tuple[float, float, int] | None, outcome: str
) -> None:
    nominatim.places |= {"12 Main St": place} if place else {}
    said("a", "12 Main St")
    before = where("a")

    first, soon, later = run(app, nominatim), run(app, nominatim, days=29), run(app, nominatim, days=30)

    assert (first.outcomes[outcome], soon.asked, later.asked) == (1, 0, 1)
    assert where("a") == before
    assert before[2] == "postcode"
    assert db.session.query(GeocodedAddress).one().asked_on == (NOW + timedelta(days=30)).date()


@pytest.mark.parametrize("status", [429, 403])
def test_a_geocoder_that_wants_no_more_of_us_is_left_alone_at_once(
    app: Flask, nominatim: NominatimServer, status: int
) -> None:
    nominatim.answers = [(status, "slow down")]
    said("a", "12 Main St")
    said("b", "14 Main St")

    stopped, resumed = run(app, nominatim), run(app, nominatim)

    assert (stopped.failures, stopped.asked) == (1, 1)
    assert "next time" in stopped.problem
    assert resumed.asked == 2


@pytest.mark.parametrize(
    "answer",
    [(500, "broken"), SILENCE, (200, "<html>"), (200, "[{}]"), (200, '{"lat": 1}'), (200, '[{"lat":"x","lon":"y"}]'),
     (200, '[{"lat":"NaN","lon":"1"}]'), (200, "[7]")],
)  # fmt: skip
def test_no_answer_is_not_kept_and_one_of_them_stops_nothing(
    app: Flask, nominatim: NominatimServer, answer: tuple[int, str]
) -> None:
    nominatim.answers = [answer]
    nominatim.places = {"12 Main St": AT_THE_DOOR, "14 Main St": AT_THE_DOOR}
    said("a", "12 Main St")
    said("b", "14 Main St")

    first, second = run(app, nominatim), run(app, nominatim)

    assert (first.failures, first.moved, first.problem) == (1, 1, "")
    assert (second.failures, second.moved) == (0, 1)


def test_three_questions_in_a_row_without_an_answer_end_the_run(app: Flask, nominatim: NominatimServer) -> None:
    nominatim.answers = [(500, "")] * 3
    for number in range(5):
        said(f"role-{number}", f"{number + 1} Main St")

    done = run(app, nominatim)

    assert (done.failures, len(nominatim.asked)) == (3, 3)
    assert done.problem == "nominatim gave no answer (GeocoderServiceError). The rest is asked for next time."


def test_nobody_is_asked_for_what_is_known_already_or_has_no_street(app: Flask, nominatim: NominatimServer) -> None:
    said("a", "12 Main St", latitude=42.0, longitude=-71.0, precision="given")
    said("b", "PO Box 12")
    said("c", "PSC 1234 Box 5", "09012", state="AE")
    said("d", "Main St")

    assert run(app, nominatim).asked == 0
    assert where("a") == (42.0, -71.0, "given")
    assert where("c") == (None, None, "")


def test_a_limit_ends_a_run_and_the_next_goes_on(app: Flask, nominatim: NominatimServer) -> None:
    for number in range(3):
        said(f"role-{number}", f"{number + 1} Main St")

    asked = [run(app, nominatim, limit=2).asked for _ in range(3)]

    assert asked == [2, 1, 0]


@dataclass
class StoppedClock:
    """Stands still but for those who wait on it, and for the seconds that a question takes."""

    a_question: float
    now: float = 0.0
    asked_at: list[float] = field(default_factory=list)

    def rule(self, geocoder: Geocoder) -> Geocoder:
        """The same geocoder, asked by this clock."""
        limited: Any = geocoder.locate  # geopy's, whose clock is nothing that it offers
        limited._clock, limited._sleep, ask = lambda: self.now, self.wait, limited.func

        def asked(*address: object, **more: object) -> object:
            self.asked_at.append(self.now)
            self.now += self.a_question
            return ask(*address, **more)

        limited.func = asked
        return geocoder

    def wait(self, seconds: float) -> None:
        """Let it be later."""
        self.now += seconds


@pytest.mark.parametrize("a_question, begun", [(0.0, [0, 1, 2]), (0.25, [0, 1, 2]), (1.5, [0, 1.5, 3])])
def test_a_second_passes_from_one_question_to_the_next(
    app: Flask, nominatim: NominatimServer, a_question: float, begun: list[float]
) -> None:
    for number in (12, 14, 16):
        said(f"role-{number}", f"{number} Main St")
    settings, clock = settings_of(app, nominatim), StoppedClock(a_question)

    refine_places(clock.rule(geocoder_of(settings)), settings.data_dir, NOW)

    assert clock.asked_at == begun
    assert len(nominatim.asked) == 3


def test_no_address_is_written_into_any_log(
    app: Flask, nominatim: NominatimServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    nominatim.answers = [(500, "no idea where 12 Main St is"), (200, "<p>12 Main St"), (429, "12 Main St")]
    for number in (12, 14, 16):
        said(f"role-{number}", f"{number} Main St")

    run(app, nominatim)

    assert len(nominatim.asked) == 3
    assert "Main" not in caplog.text


def test_one_run_asks_at_a_time(app: Flask, nominatim: NominatimServer) -> None:
    said("a", "12 Main St")
    with (app.extensions["settings"].data_dir / "geocoder.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        with pytest.raises(AlreadyAsking):
            run(app, nominatim)
        refine_for_a_minute(settings_of(app, nominatim), NOW)

    assert nominatim.asked == []


def test_without_the_setting_nobody_is_asked(app: Flask, nominatim: NominatimServer) -> None:
    said("a", "12 Main St")

    refine_for_a_minute(app.extensions["settings"], NOW)
    shown = app.test_cli_runner().invoke(args=["directory", "geocode"])

    assert nominatim.asked == []
    assert (shown.exit_code, "GEOCODER is not set" in shown.output) == (1, True)


@pytest.mark.parametrize("setting", ["googlev3:https://geo.example", "bing"])
def test_a_geocoder_that_needs_more_than_its_address_is_named(app: Flask, setting: str) -> None:
    with pytest.raises(NoGeocoder, match="GEOCODER"):
        geocoder_of(replace(app.extensions["settings"], geocoder=setting))


def test_the_command_says_what_it_did_and_builds_the_index(app: Flask, nominatim: NominatimServer) -> None:
    nominatim.places["12 Main St"] = AT_THE_DOOR
    said("a", "12 Main St")
    app.extensions["settings"] = settings_of(app, nominatim)

    shown = app.test_cli_runner().invoke(args=["directory", "geocode", "--limit", "5"])

    assert shown.exit_code == 0, shown.output
    assert "1 addresses asked for: 1 found" in shown.output
    assert "Match index" in shown.output
