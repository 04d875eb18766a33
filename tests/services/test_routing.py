"""Who is asked next, and when nobody is."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from referral.channels import DeliveryError, Failure
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.intake import FirstOpinion
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import Consent, DirectoryCheck, PractitionerRole
from referral.services import consent_ends, consents
from referral.services.act import reroute_by_itself
from referral.services.next_match import next_match
from referral.services.routing import waiting
from referral.services.sweep import sweep
from tests.factories import (
    COORDINATOR,
    NOW,
    make_experience,
    make_index,
    make_npi,
    make_organization,
    make_request,
    make_role,
)
from tests.fakes import FakeChannel
from tests.services.journeys import (
    again,
    approved,
    delivered,
    history,
    office,
    patient,
    referral_of,
    send_due,
    step,
    templates_of,
)

SENT = ("received", "referral", "sent")
CHANNELS = {"email": FakeChannel()}
REFUSED = DeliveryError(Failure.PERMANENT, "mail server answered 550")


def decline(request_id: object, reason: str = "no-capacity", **details: object) -> Stage:
    """The current office declines."""
    return step(request_id, Action.DECLINE, office(request_id), reason=reason, **details)  # type: ignore[arg-type]  # any id


def asked(request_id: object) -> list[str]:
    """The roles that were asked, in their order."""
    return [task.role_id for task in again(request_id).tasks]  # type: ignore[arg-type]  # any id


def test_after_a_declination_the_next_of_the_shortlist_is_asked_by_itself(app_on_both: Flask) -> None:
    request_id = delivered(make_role(role_id="first"), make_role(role_id="second"))
    assert decline(request_id) == Stage.QUEUED
    request = again(request_id)
    assert asked(request_id) == ["first", "second"]
    assert (request.tasks[0].status, request.tasks[0].business_status) == ("rejected", "4.0")
    assert request.tasks[0].status_reason == "no-capacity"
    assert request.current_task_id == request.tasks[1].id
    assert request.status == "active"
    assert history(request_id)[-2:] == [("decline", "delivered", "declined"), ("reroute", "declined", "queued")]
    assert [event.actor for event in request.events[-2:]] == ["office", "system"]
    assert templates_of(request_id, SENT) == ["referral", "rerouted"]
    assert send_due() == ["delivered", "delivered"]
    assert again(request_id).stage == Stage.DELIVERED


@pytest.mark.parametrize("limit, told", [({"reroute_allowed": False}, "declined"), ({"max_tries": 1}, "nobody-left")])
def test_without_permission_or_tries_the_request_waits_for_a_coordinator(
    app: Flask, limit: dict[str, object], told: str
) -> None:
    request_id = delivered(make_role(), make_role(), **limit)
    assert decline(request_id) == Stage.DECLINED
    assert len(again(request_id).tasks) == 1
    assert again(request_id).status == "active"
    assert templates_of(request_id, SENT) == [told]


def test_the_first_try_counts_among_the_tries(app_on_either: Flask) -> None:
    request_id = delivered(make_role(), make_role(), make_role(), max_tries=2)
    assert decline(request_id) == Stage.QUEUED
    send_due()
    assert decline(request_id) == Stage.DECLINED
    assert len(again(request_id).tasks) == 2
    with pytest.raises(NotAllowed, match="allowed 2 tries"):
        step(request_id, Action.REROUTE)


def test_at_the_end_of_the_shortlist_a_coordinator_takes_over(app: Flask) -> None:
    request_id = delivered(make_role())
    assert decline(request_id) == Stage.DECLINED
    with pytest.raises(NotAllowed, match="Nobody is left"):
        step(request_id, Action.REROUTE)


def test_one_person_at_two_places_is_asked_once(app: Flask) -> None:
    npi = make_npi()
    request_id = delivered(make_role(npi=npi), make_role(npi=npi), make_role(role_id="other"))
    decline(request_id)
    assert asked(request_id)[1:] == ["other"]


def test_nobody_is_asked_twice_not_even_by_name(app: Flask) -> None:
    request_id = delivered(make_role(role_id="first"), reroute_allowed=True)
    decline(request_id)
    with pytest.raises(Invalid, match="asked before") as caught:
        step(request_id, Action.REROUTE, role_id="first")
    assert caught.value.field == "role_id"
    with pytest.raises(Invalid, match="no such specialist"):
        step(request_id, Action.REROUTE, role_id="nobody")
    assert (again(request_id).stage, len(again(request_id).tasks)) == (Stage.DECLINED, 1)


def test_the_place_of_the_first_opinion_is_asked_by_a_person_only(app: Flask) -> None:
    bay = make_organization(name="Bay Cancer Center")
    first = FirstOpinion(organization="The Bay Cancer Ctr.")
    request_id = delivered(make_role(), make_role(role_id="there", organization=bay), first_opinion=first)
    assert decline(request_id) == Stage.DECLINED, "nobody goes on to them by itself"
    step(request_id, Action.REROUTE)
    assert asked(request_id)[1:] == ["there"], "a coordinator may, since the patient left them on the list"


def test_who_left_the_directory_is_passed_over(app: Flask) -> None:
    gone = make_role()
    request_id = delivered(make_role(), gone, make_role(role_id="third"))
    db.session.merge(gone).retired_at = NOW
    db.session.commit()
    decline(request_id)
    assert asked(request_id)[1:] == ["third"]


def test_a_specialist_beyond_the_shortlist_needs_the_consent_to_go_on(app: Flask) -> None:
    request_id = delivered(make_role(), reroute_allowed=False)
    make_role(role_id="beyond")
    db.session.commit()
    decline(request_id)
    with pytest.raises(NotAllowed, match="beyond the shortlist"):
        step(request_id, Action.REROUTE, role_id="beyond")
    assert [consent.role_id for consent in again(request_id).consents if consent.role_id == "beyond"] == []


def test_the_consent_to_go_on_becomes_a_consent_for_the_specialist_who_is_asked(app_on_both: Flask) -> None:
    request_id = delivered(make_role(), reroute_allowed=True, consent_language="es")
    make_role(role_id="beyond")
    db.session.commit()
    decline(request_id)
    assert step(request_id, Action.REROUTE, role_id="beyond") == Stage.QUEUED
    task = again(request_id).current_task
    assert task is not None
    consent = db.session.get_one(Consent, task.consent_id)
    assert (consent.purpose, consent.role_id) == ("share", "beyond")
    assert consent.text_version.endswith("/es")  # the words in which the patient allowed to go on


def test_who_is_asked_beyond_the_list_is_asked_by_the_words_and_until_the_end_of_the_permission_to_go_on(
    app_on_both: Flask,
) -> None:
    request_id = delivered(make_role(), reroute_allowed=True)
    make_role(role_id="beyond")
    db.session.commit()
    (given,) = [one for one in again(request_id).consents if one.purpose == "reroute"]
    given.text_version, given.way, given.witness = "2026-11-01/es", "verbal", "desk@example.org"
    db.session.commit()
    later = NOW + timedelta(days=200)
    decline(request_id)
    step(request_id, Action.REROUTE, now=later, role_id="beyond")
    (new,) = [one for one in again(request_id).consents if one.role_id == "beyond"]
    assert (new.text_version, new.way, new.witness) == ("2026-11-01/es", "verbal", "desk@example.org")
    assert (new.granted_at, new.expires_at) == (later, NOW + consents.LASTS)


def test_a_permission_that_was_taken_back_is_not_given_again_by_naming_the_specialist(app_on_both: Flask) -> None:
    npi = make_npi()
    request_id = delivered(make_role(), make_role(role_id="second", npi=npi), reroute_allowed=True)
    make_role(role_id="elsewhere", npi=npi)
    db.session.commit()
    consent_ends.take_back(request_id, "second", patient(request_id), NOW)
    assert waiting(again(request_id)) == [], "the desk does not offer them either"
    decline(request_id)
    for role_id in ("second", "elsewhere"):
        with pytest.raises(NotAllowed, match="took back"):
            step(request_id, Action.REROUTE, role_id=role_id)
    assert [one.revoked_at for one in again(request_id).consents if one.role_id == "second"] == [NOW]
    consent_ends.give_again(request_id, "second", patient(request_id), NOW)
    assert step(request_id, Action.REROUTE, role_id="second") == Stage.QUEUED


def test_a_coordinator_names_who_is_asked_first(app: Flask) -> None:
    request_id = make_request(make_role(), make_role(role_id="second")).id
    step(request_id, Action.APPROVE, role_id="second")
    assert asked(request_id) == ["second"]


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_who_may_no_longer_see_the_request_is_passed_over(app_on_either: Flask, end: str) -> None:
    request_id = delivered(make_role(), make_role(role_id="second"), make_role(role_id="third"))
    for consent in again(request_id).consents:
        if consent.role_id == "second":
            setattr(consent, end, NOW)
    db.session.commit()
    assert decline(request_id) == Stage.QUEUED, "an office can decline whatever became of the consents"
    assert asked(request_id)[1:] == ["third"]


def test_a_message_that_cannot_be_delivered_leads_on_as_well(app_on_either: Flask) -> None:
    request_id = approved(make_role(), make_role(role_id="second"))
    assert send_due(FakeChannel(REFUSED)) == ["failed"]
    assert asked(request_id)[1:] == ["second"]
    assert again(request_id).stage == Stage.QUEUED
    assert again(request_id).tasks[0].status == "failed"


def test_a_role_without_a_live_channel_is_called_by_a_coordinator(app_on_either: Flask) -> None:
    request_id = approved(make_role(channel=None, channel_address=""))
    assert referral_of(request_id).channel == "post"
    assert send_due(now=NOW + timedelta(days=1)) == [], "a worker does not carry paper"
    assert step(request_id, Action.SEND) == Stage.SENT
    assert referral_of(request_id).handed_over_at == NOW
    assert step(request_id, Action.ACCEPT, text="They called back.") == Stage.ACCEPTED


def test_a_packet_can_be_put_on_hold_and_sent_after_all(app: Flask) -> None:
    request_id = approved(make_role(channel="post", channel_address=""))
    step(request_id, Action.HOLD)
    assert step(request_id, Action.RESUME) == Stage.QUEUED
    assert step(request_id, Action.SEND) == Stage.SENT
    step(request_id, Action.HOLD)
    assert step(request_id, Action.RESUME) == Stage.SENT


def test_a_message_on_its_way_by_email_cannot_be_marked_as_sent_by_hand(app: Flask) -> None:
    request_id = approved()
    with pytest.raises(NotAllowed):
        step(request_id, Action.SEND)
    assert referral_of(request_id).status == "queued"


def test_a_request_that_waits_for_nobody_is_not_passed_on(app: Flask) -> None:
    request_id = delivered(make_role(), make_role())
    assert not reroute_by_itself(again(request_id), NOW)
    assert len(again(request_id).tasks) == 1


@pytest.mark.parametrize(
    "reason, doubt",
    [
        ("out-of-scope", "does-not-treat"),
        ("wrong-subspecialty", "does-not-treat"),
        ("no-capacity", "no-capacity"),
        ("no-longer-practising", "moved"),
        ("age", None),
    ],
)
def test_a_reason_that_says_something_of_the_directory_opens_a_check(
    app: Flask, reason: str, doubt: str | None
) -> None:
    request_id = delivered()
    decline(request_id, reason)
    assert [check.reason for check in db.session.query(DirectoryCheck)] == ([doubt] if doubt else [])


def test_who_takes_no_requests_for_now_is_passed_over_and_who_was_not_assured_is_called(app: Flask) -> None:
    paused = make_role(paused_until=(NOW + timedelta(days=9)).date())
    old = make_role(role_id="old", assured_on=(NOW - timedelta(days=181)).date())
    request_id = delivered(make_role(), paused, old)
    assert decline(request_id) == Stage.QUEUED
    assert asked(request_id)[1:] == ["old"]
    assert referral_of(request_id).channel == "post"


def known(role_id: str, **columns: object) -> PractitionerRole:
    """Somebody of the directory with evidence for the cancer of the requests."""
    role = make_role(role_id=role_id, **columns)  # type: ignore[arg-type]  # any column
    make_experience(role)
    return role


def beyond(app: Flask, *roles: PractitionerRole, **changes: object) -> UUID:
    """A declined request whose shortlist is used up, with an index that holds others."""
    request_id = delivered(known("first"), **changes)
    make_index()
    decline(request_id)
    return request_id


def veto_over(request_id: UUID) -> datetime:
    """When the time to object is over."""
    moment = again(request_id).reroute_at
    assert moment is not None
    return moment


def test_beyond_the_shortlist_the_best_match_is_proposed_and_asked_when_nobody_objects(app_on_both: Flask) -> None:
    known("best")
    request_id = beyond(app_on_both)
    request = again(request_id)
    assert (request.stage, request.reroute_role_id) == (Stage.DECLINED, "best")
    assert request.reroute_at == NOW + timedelta(hours=4)
    assert history(request_id)[-1] == ("propose-reroute", "declined", "declined")
    assert templates_of(request_id, SENT) == ["rerouting-soon"]
    sweep(NOW + timedelta(hours=3, minutes=59), CHANNELS)
    assert asked(request_id) == ["first"]
    sweep(NOW + timedelta(hours=4), CHANNELS)
    request = again(request_id)
    assert (request.stage, asked(request_id)) == (Stage.QUEUED, ["first", "best"])
    assert (request.reroute_role_id, request.reroute_at) == (None, None)
    assert templates_of(request_id, SENT) == ["referral", "rerouted", "rerouting-soon"]
    sweep(NOW + timedelta(hours=4), CHANNELS)
    assert asked(request_id) == ["first", "best"]


@pytest.mark.parametrize(
    "wish, best, asked_for",
    [
        ({"language": "es"}, {"languages": ["en"]}, "other"),
        ({"language": "es-MX"}, {"languages": ["es"]}, "best"),
        ({"language": "es", "interpreter": True}, {"languages": ["en"]}, "best"),
        ({"decision_date": NOW.date() + timedelta(days=9)}, {"wait_days": 10}, "other"),
        ({"decision_date": NOW.date() + timedelta(days=10)}, {"wait_days": 10}, "best"),
        ({"decision_date": NOW.date() - timedelta(days=1)}, {"wait_days": 10}, "best"),
    ],
)
def test_who_is_proposed_meets_what_the_patient_needs(
    app: Flask, wish: dict[str, Any], best: dict[str, Any], asked_for: str
) -> None:
    known("best", **best)
    known("other", place=(41.824, -71.4128), languages=["en", "es"])
    request_id = delivered(known("first"), max_km=400)
    make_index()
    request = again(request_id)
    for name, value in wish.items():
        setattr(request if hasattr(request, name) else request.patient, name, value)
    db.session.commit()
    decline(request_id)
    assert again(request_id).reroute_role_id == asked_for


@pytest.mark.parametrize("who", ["coordinator", "patient"])
def test_who_is_objected_to_is_not_asked_and_not_proposed_again(app: Flask, who: str) -> None:
    known("best")
    known("other")
    request_id = beyond(app)
    proposed = again(request_id).reroute_role_id
    step(request_id, Action.VETO_REROUTE, COORDINATOR if who == "coordinator" else patient(request_id))
    sweep(NOW + timedelta(days=5), CHANNELS)
    assert asked(request_id) == ["first"], "a person decides what follows"
    other = "other" if proposed == "best" else "best"
    found = next_match(again(request_id), NOW)
    assert found is not None
    assert found.id == other
    with pytest.raises(NotAllowed):
        step(request_id, Action.VETO_REROUTE)


def test_a_coordinator_asks_who_is_proposed_at_once(app: Flask) -> None:
    known("best")
    request_id = beyond(app)
    assert step(request_id, Action.REROUTE) == Stage.QUEUED
    assert asked(request_id) == ["first", "best"]


def test_a_hold_stops_the_time_to_object(app: Flask) -> None:
    known("best")
    request_id = beyond(app)
    step(request_id, Action.HOLD, now=NOW + timedelta(hours=1))
    sweep(NOW + timedelta(days=3), CHANNELS)
    assert asked(request_id) == ["first"]
    step(request_id, Action.RESUME, now=NOW + timedelta(days=1))
    assert again(request_id).reroute_at == NOW + timedelta(days=1, hours=3)


@pytest.mark.parametrize(
    "columns",
    [
        {"paused_until": (NOW + timedelta(days=30)).date()},
        {"assured_on": (NOW - timedelta(days=181)).date()},
        {"assured_on": None},
        {"accepts_new_patients": False},
        {"place": (34.05, -118.24)},
    ],
)
def test_who_may_not_be_chosen_by_the_service_or_is_too_far_is_not_proposed(
    app: Flask, columns: dict[str, object]
) -> None:
    known("unfit", **columns)
    request_id = beyond(app, max_km=400)
    assert again(request_id).reroute_role_id is None
    assert templates_of(request_id, SENT) == ["nobody-left"]


def test_the_first_opinions_doctor_and_organization_are_not_proposed(app: Flask) -> None:
    harbor = make_organization(name="Harbor Cancer Centre, Inc.")
    doctor = known("doctor")
    known("colleague", organization=harbor)
    first = FirstOpinion(npi=doctor.npi, organization="harbor cancer centre")
    request_id = beyond(app, first_opinion=first)
    assert again(request_id).reroute_role_id is None


def test_who_is_gone_when_the_time_to_object_is_over_makes_room_for_the_next(app: Flask) -> None:
    known("best")
    known("other")
    request_id = beyond(app)
    gone = again(request_id).proposed
    assert gone is not None
    gone.retired_at = NOW
    db.session.commit()
    sweep(veto_over(request_id), CHANNELS)
    request = again(request_id)
    assert asked(request_id) == ["first"]
    assert request.reroute_role_id in {"best", "other"} - {gone.id}
