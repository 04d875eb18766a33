"""The patient hears of every step, in the way they want, and no stranger hears anything."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask, current_app, render_template
from sqlalchemy import select

from referral.access import links
from referral.access.links import Purpose
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.intake import NewPatient
from referral.domain.lifecycle import Action, Stage
from referral.domain.messages import LANGUAGES, TO_AN_ADDRESS, day_in_words
from referral.domain.queues import QueueName
from referral.extensions import db
from referral.models import ContactChange, PatientMessage
from referral.services import contact, outbox, remind, same_person
from referral.services.compose import moment, words_of
from referral.services.remind import remind_unconfirmed
from referral.services.track import send_link_again, tracking_link
from referral.store import worklist_counts, worklists
from referral.store.scopes import EVERY_REQUEST
from referral.store.worklist_filters import Filters
from tests.factories import COORDINATOR, NOW, make_request, make_role, new_referral
from tests.fakes import FakeChannel
from tests.services.journeys import again, delivered, office, patient, send_due, step

BORN = date(1961, 3, 27)
BY_PHONE = NewPatient(given="Maria", family="Sample", birth_date=BORN, phone="(617) 555-0123", postcode="02115")
DAY = timedelta(days=1)
LINK = "https://second.example/track/abc"


def told(request_id: UUID, *ways: str) -> list[str]:
    """What the patient was told in these ways, in the order of their names."""
    db.session.rollback()
    found = db.session.scalars(select(PatientMessage).where(PatientMessage.request_id == request_id))
    return sorted(message.template for message in found if not ways or message.way in ways)


def mails(channel: FakeChannel, now: datetime = NOW) -> Sequence[tuple[str, str, str]]:
    """Recipient, subject and text of what leaves now."""
    send_due(channel, now)
    return [(message.to, message.subject, message.text) for message in channel.sent]


def key() -> str:
    return str(current_app.extensions["settings"].secret_key)


def test_a_decline_that_leads_on_is_one_message_that_says_both(app: Flask) -> None:
    request_id = delivered(make_role(), make_role())
    step(request_id, Action.DECLINE, office(request_id), reason="no-capacity")
    assert told(request_id) == ["received", "rerouted", "sent"]
    channel = FakeChannel()
    written = {subject: text for _, subject, text in mails(channel)}
    reference = again(request_id).identifier
    assert "cannot take your request on" in written[f"We have asked another specialist ({reference})"]


def test_a_message_says_the_same_when_it_is_sent_later(app: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACKNOWLEDGE)
    step(request_id, Action.ACCEPT)
    by = again(request_id).next_by
    assert by is not None
    step(request_id, Action.START_REVIEW, now=NOW + 3 * DAY)
    text = next(text for _, subject, text in mails(FakeChannel(), NOW + 3 * DAY) if "accepts your request" in subject)
    assert f"{by:%A} {by.day} {by:%B}" in text


def test_a_patient_who_speaks_spanish_is_written_to_in_spanish(app: Flask) -> None:
    make_request(patient=replace(new_referral().patient, language="es-MX"))
    [(_, subject, text)] = mails(FakeChannel())
    assert subject.startswith("Confirme su correo")
    assert "En una emergencia llame al 911." in text


def test_whoever_wants_to_hear_little_gets_only_what_needs_them(app: Flask) -> None:
    request_id = make_request().id
    contact.set_wishes(request_id, patient(request_id), every_step=False, by_email=True, now=NOW)
    send_due()
    step(request_id, Action.APPROVE)
    send_due()
    step(request_id, Action.ACKNOWLEDGE)
    step(request_id, Action.REQUEST_INFORMATION, text="Which drug?")
    assert told(request_id, "email") == ["question", "received"]
    assert told(request_id, "page") == ["opened", "sent"]


def test_a_patient_without_email_is_on_the_list_of_calls_until_told(app_on_either: Flask) -> None:
    request_id = make_request(patient=BY_PHONE, confirmed=False).id
    assert told(request_id, "call") == ["received"]
    step(request_id, Action.CONFIRM_CONTACT)
    assert worklists.page(Filters(queue=QueueName.TO_CALL, scope=EVERY_REQUEST), NOW, 10) == []
    step(request_id, Action.REQUEST_RECORDS)
    assert worklist_counts.counts(EVERY_REQUEST, NOW)[QueueName.TO_CALL] == 1
    waiting = {message.id for message in db.session.scalars(select(PatientMessage)) if message.done_at is None}
    assert contact.told_by_call(request_id, waiting, COORDINATOR, NOW) == 1
    assert contact.told_by_call(request_id, waiting, COORDINATOR, NOW) == 0
    assert worklist_counts.counts(EVERY_REQUEST, NOW)[QueueName.TO_CALL] == 0


def test_email_can_be_taken_back_and_given_again(app: Flask) -> None:
    request_id = make_request(patient=replace(new_referral().patient, phone="617 555 0123")).id
    contact.set_wishes(request_id, patient(request_id), every_step=True, by_email=False, now=NOW)
    assert not outbox.writes_mail(again(request_id))
    contact.set_wishes(request_id, patient(request_id), every_step=True, by_email=True, now=NOW)
    assert outbox.writes_mail(again(request_id))
    assert [consent.purpose for consent in again(request_id).consents].count("contact") == 2


def a_change(request_id: UUID, email: str = "", phone: str = "", now: datetime = NOW) -> str:
    """Enter a new address; the secret of the link that confirms it."""
    made = contact.ask_for_change(request_id, patient(request_id), email, phone, BORN, key(), now)
    return links.token(key(), Purpose.ADDRESS, made.id)


def test_a_new_address_is_used_once_it_is_confirmed_and_the_old_one_is_told(app: Flask) -> None:
    request_id = make_request().id
    send_due()
    token = a_change(request_id, "maria@new.example")
    channel = FakeChannel()
    [(to, _, text)] = mails(channel)
    assert (to, f"/track/address/{token}" in text) == ("maria@new.example", True)
    outbox.to_patient(again(request_id), "reminder", NOW)
    change = contact.change_behind(token, NOW)
    assert change is not None
    contact.confirm_change(change.id, patient(request_id), NOW)
    contact.confirm_change(change.id, patient(request_id), NOW)
    after = {(message[0], message[1].split(" (")[0]) for message in mails(FakeChannel())}
    assert after == {
        ("maria@sample.example", "Your contact details were changed"),
        ("maria@new.example", "Your request waits for you"),
    }


def test_the_links_of_an_address_that_was_given_up_open_nothing(app: Flask) -> None:
    request_id = make_request().id
    send_due()
    old = tracking_link(request_id, key(), NOW)
    change = contact.change_behind(a_change(request_id, "maria@new.example"), NOW)
    assert change is not None
    contact.confirm_change(change.id, patient(request_id), NOW)
    assert links.open_link(Purpose.TRACK, old, NOW) is None
    assert links.open_link(Purpose.CONFIRM, links.token(key(), Purpose.CONFIRM, request_id), NOW) is None
    assert links.open_link(Purpose.TRACK, tracking_link(request_id, key(), NOW), NOW) is not None


def test_a_typing_mistake_put_right_confirms_the_request_and_tells_no_stranger(app: Flask) -> None:
    request_id = make_request(confirmed=False).id
    change = contact.change_behind(a_change(request_id, "maria@right.example"), NOW)
    assert change is not None
    contact.confirm_change(change.id, patient(request_id), NOW)
    assert again(request_id).contact_confirmed_at == NOW
    assert "address-changed" not in told(request_id)


def test_a_new_number_is_confirmed_by_the_call(app: Flask) -> None:
    request_id = make_request().id
    a_change(request_id, phone="617 555 0177")
    [call] = [m.id for m in db.session.scalars(select(PatientMessage).where(PatientMessage.way == "call"))]
    assert again(request_id).patient.phone == ""
    contact.told_by_call(request_id, {call}, COORDINATOR, NOW)
    assert again(request_id).patient.phone == "617 555 0177"
    assert "address-changed" in told(request_id, "email")


def test_a_confirmed_number_sends_nothing_to_an_email_that_nobody_confirmed(app_on_either: Flask) -> None:
    request_id = make_request(confirmed=False).id
    send_due()
    a_change(request_id, phone="617 555 0177")
    [call] = [m.id for m in db.session.scalars(select(PatientMessage).where(PatientMessage.way == "call"))]
    contact.told_by_call(request_id, {call}, COORDINATOR, NOW)
    step(request_id, Action.REQUEST_RECORDS)
    send_link_again("maria@sample.example", NOW)
    assert told(request_id, "email") == ["received"]
    assert told(request_id, "call") == ["confirm-address", "records-needed"]
    change = contact.change_behind(a_change(request_id, "maria@right.example"), NOW)
    assert change is not None
    contact.confirm_change(change.id, patient(request_id), NOW)
    outbox.to_patient(again(request_id), "question", NOW)
    db.session.commit()
    assert told(request_id, "email") == ["confirm-address", "question", "received"]


def test_an_address_that_was_replaced_or_has_waited_too_long_confirms_nothing(app: Flask) -> None:
    request_id = make_request().id
    first, second = a_change(request_id, "one@new.example"), a_change(request_id, "two@new.example")
    assert contact.change_behind(first, NOW) is None
    assert contact.change_behind(second, NOW + 15 * DAY) is None


def test_the_same_new_address_entered_again_gets_a_link_that_works(app: Flask) -> None:
    request_id = make_request().id
    send_due()
    channel = FakeChannel()
    for _ in range(2):
        token = a_change(request_id, "maria@new.example")
        text = mails(channel)[-1][2]
        assert f"/track/address/{token}" in text
        assert contact.change_behind(token, NOW) is not None
    assert told(request_id).count("confirm-address") == 2


def test_an_address_is_not_changed_by_a_stranger_nor_a_hundred_times(app: Flask) -> None:
    request_id = make_request().id
    with pytest.raises(Invalid, match="not the birth date"):
        contact.ask_for_change(request_id, patient(request_id), "a@b.example", "", date(1961, 3, 28), key(), NOW)
    for number in range(contact.MOST_A_DAY):
        a_change(request_id, f"m{number}@new.example")
    with pytest.raises(Invalid, match="several times today"):
        a_change(request_id, "more@new.example")
    assert len(db.session.scalars(select(ContactChange)).all()) == contact.MOST_A_DAY


def test_a_lost_link_goes_to_the_confirmed_address_only_and_once_a_day(app_on_either: Flask) -> None:
    request_id = make_request().id
    unconfirmed = make_request(patient=replace(new_referral().patient, email="typo@sample.example"), confirmed=False).id
    send_due()
    for address in ("MARIA@sample.example", "maria@sample.example", "typo@sample.example", "no@body.example", "617"):
        send_link_again(address, NOW)
    [(to, _, text)] = mails(FakeChannel())
    assert (to, "/track/" in text) == ("maria@sample.example", True)
    assert told(unconfirmed) == ["received"]
    send_link_again("maria@sample.example", NOW + DAY)
    assert told(request_id).count("lost-link") == 2


def test_a_lost_link_of_somebody_without_email_is_a_call(app_on_either: Flask) -> None:
    request_id = make_request(patient=BY_PHONE).id
    send_link_again("+1 617-555-0123", NOW)
    assert told(request_id, "call") == ["lost-link", "received"]


def test_an_unconfirmed_address_is_reminded_twice_and_then_the_request_ends(app_on_both: Flask) -> None:
    request_id = make_request(confirmed=False).id
    for hours in (1, 23, 25, 26, 71, 73, 74, 200):
        remind_unconfirmed(NOW + timedelta(hours=hours))
    assert told(request_id) == ["confirm-reminder", "confirm-reminder", "received"]
    remind_unconfirmed(NOW + 14 * DAY)
    remind_unconfirmed(NOW + 15 * DAY)
    assert again(request_id).stage == Stage.CANCELLED
    assert again(request_id).events[-1].reason == "unconfirmed"
    assert told(request_id)[-1] == "unconfirmed-ended"


def test_a_request_ended_as_unconfirmed_and_reopened_has_its_time_and_a_link_that_opens(app_on_either: Flask) -> None:
    request_id = make_request(confirmed=False).id
    for days in (2, 4, 14):
        remind_unconfirmed(NOW + days * DAY)
    step(request_id, Action.REOPEN, now=NOW + 20 * DAY)
    for days in (20, 21, 23, 30):
        remind_unconfirmed(NOW + days * DAY)
    assert again(request_id).stage == Stage.READY
    assert told(request_id).count("confirm-reminder") == 4
    secret = links.token(key(), Purpose.CONFIRM, request_id)
    send_due(now=NOW + 30 * DAY)
    assert links.open_link(Purpose.CONFIRM, secret, NOW + 33 * DAY) is not None
    remind_unconfirmed(NOW + 34 * DAY)
    assert again(request_id).stage == Stage.CANCELLED


def test_nobody_is_ended_unreminded_nor_once_confirmed(app_on_either: Flask) -> None:
    unreminded, confirmed = make_request(confirmed=False).id, make_request().id
    remind_unconfirmed(NOW + 15 * DAY)
    remind_unconfirmed(NOW + 16 * DAY)
    assert again(unreminded).stage == Stage.SUBMITTED
    remind_unconfirmed(NOW + 20 * DAY)
    assert again(unreminded).stage == Stage.CANCELLED
    remind.end_unconfirmed(confirmed, NOW + 20 * DAY)
    assert again(confirmed).stage == Stage.SUBMITTED


def test_a_confirmed_address_is_not_reminded(app: Flask) -> None:
    request_id = make_request().id
    remind_unconfirmed(NOW + 2 * DAY)
    assert told(request_id) == ["received"]


def test_the_same_person_is_noticed_and_one_request_ends_as_a_duplicate(app_on_both: Flask) -> None:
    first, second = make_request().id, make_request(patient=BY_PHONE).id
    other_cancer = make_request(cancer="PANET", patient=replace(BY_PHONE, phone="617 555 0999")).id
    assert [found.id for found in same_person.alike(again(second), COORDINATOR)] == [first]
    assert same_person.alike(again(other_cancer), COORDINATOR) == []
    same_person.end_as_duplicate(second, first, COORDINATOR, NOW)
    assert again(second).stage == Stage.CANCELLED
    assert again(first).identifier in again(second).events[-1].text
    assert told(second, "call")[0] == "merged"
    with pytest.raises((Invalid, NotAllowed)):
        same_person.end_as_duplicate(first, second, COORDINATOR, NOW)


def test_requests_half_a_year_apart_are_two(app: Flask) -> None:
    first = make_request().id
    assert same_person.alike(make_request(now=NOW + 120 * DAY), COORDINATOR) == []
    assert [found.id for found in same_person.alike(make_request(now=NOW + 20 * DAY), COORDINATOR)] == [first]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_is_filled_in_is_the_text_that_would_be_rendered(app: Flask, language: str) -> None:
    """Templates may use reference and links only as they are: what depends on them would not be in the kept text."""
    request, settings = make_request(), app.extensions["settings"]
    folders = [path.parent.parent.name for path in Path(str(app.template_folder)).glob(f"email/*/{language}/body.txt")]
    assert len(folders) > 25
    for template, facts in product(folders, ({}, {"by": "2026-11-30", "on": "2026-12-01", "why": "silent"})):
        told = PatientMessage(template=template, language=language, facts=facts)
        wishes = f"{LINK}/messages" if template not in TO_AN_ADDRESS else ""
        days = {name: day_in_words(date.fromisoformat(facts[name]), language) for name in ("by", "on") if facts}
        rendered = render_template(
            f"email/{template}/{language}/body.txt",
            reference=request.identifier, demo=settings.demo, link=LINK,
            contact=settings.contact.in_words(language), track_url=f"{settings.public_url}/track",
            wishes_url=wishes, why=facts.get("why", ""), stage="submitted", since=moment(request.stage_since),
            due=moment(request.next_by) if request.next_by else "", **days,
        )  # fmt: skip
        for _ in range(2):
            assert words_of(told, template, request, settings, LINK)[1] == rendered
