"""Who hears of a request that somebody makes for the patient: one of the two or both, once the address is confirmed."""

from collections import Counter
from datetime import date

import pytest
from flask import Flask

from referral.domain.codes import NewsTo
from referral.domain.errors import Invalid
from referral.domain.intake import NewPatient
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import contact, outbox
from referral.services.contact import News
from referral.store import messages
from tests.factories import NOW, make_request
from tests.services.journeys import again, patient

BORN = date(1961, 3, 27)
EVA = "eva@sample.example"


def helped(app: Flask, to: NewsTo) -> ServiceRequest:
    """A request whose patient and helper have both confirmed their addresses."""
    request = make_request()
    secret = app.extensions["settings"].secret_key
    contact.choose_news(request.id, patient(request.id), News(to, "Eva Sample", EVA), BORN, secret, NOW)
    (change,) = messages.waiting_changes(request.id, NOW)
    contact.confirm_change(change.id, patient(request.id), NOW)
    return again(request.id)


def told(request: ServiceRequest, template: str) -> Counter[str]:
    """To whom a message went, the patient's own address as empty."""
    outbox.to_patient(request, template, NOW)
    db.session.commit()
    return Counter(one.to_address for one in messages.of_request(request.id) if one.template == template)


@pytest.mark.parametrize("to, expected", [("patient", [""]), ("requester", [EVA]), ("both", ["", EVA])])
def test_news_go_to_whom_they_are_wanted_by(app_on_both: Flask, to: str, expected: list[str]) -> None:
    request = helped(app_on_both, NewsTo.BOTH)
    contact.choose_news(request.id, patient(request.id), News(NewsTo(to), "", EVA), None, "", NOW)

    assert told(again(request.id), "accepted") == Counter(expected)
    assert told(again(request.id), "accepted") == Counter(expected)


def test_an_address_that_nobody_confirmed_gets_no_news(app: Flask) -> None:
    request, secret = make_request(), app.extensions["settings"].secret_key
    wanted = News(NewsTo.REQUESTER, "Eva Sample", EVA)

    contact.choose_news(request.id, patient(request.id), wanted, BORN, secret, NOW)

    assert told(again(request.id), "accepted") == Counter([""])
    assert told(again(request.id), "confirm-address")[EVA] == 1
    assert again(request.id).patient.requester_email == ""
    contact.choose_news(request.id, patient(request.id), News(NewsTo.PATIENT), None, secret, NOW)
    assert messages.waiting_changes(request.id, NOW) == []


def test_a_new_address_needs_the_birth_date_and_the_patients_own_stays(app: Flask) -> None:
    request = helped(app, NewsTo.BOTH)
    assert (request.patient.email, request.patient.requester_name) != (EVA, "")

    for email, born, field in (
        ("other@sample.example", None, "news.birth_date"),
        ("no address", BORN, "requester.email"),
        ("", BORN, "requester.email"),
    ):
        with pytest.raises(Invalid) as wrong:
            contact.choose_news(request.id, patient(request.id), News(NewsTo.BOTH, "", email), born, "", NOW)
        assert wrong.value.field == field
    assert again(request.id).patient.requester_email == EVA


def test_a_request_may_say_at_once_who_hears_of_it(app: Flask) -> None:
    who = NewPatient(
        "Maria", "Sample", BORN, email="maria@sample.example", requester_name="Eva", requester_email=EVA,
        news_to=NewsTo.BOTH,
    )  # fmt: skip
    request = make_request(patient=who)

    (change,) = messages.waiting_changes(request.id, NOW)

    assert (change.email, change.whose, again(request.id).patient.news_to) == (EVA, "requester", "both")
