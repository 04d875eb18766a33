"""Every page that a patient can come to, made once in a language: what tests of words and of looks go through."""

from collections.abc import Iterator

from flask import Flask
from flask.testing import FlaskClient

from referral.access.links import Purpose
from referral.domain import worth_asking
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import ServiceRequest
from tests.factories import make_experience, make_index, make_organization, make_request
from tests.services.journeys import step
from tests.web.office_steps import fresh_role, right_now, sent_request
from tests.web.request_steps import ANSWERS, chosen_roles, code_on, fill_in, fill_in_all, link_on, send, start
from tests.web.test_opinions_pages import OPINION
from tests.web.test_track_pages import BORN, link_to, opened

CODES = ("BREAST", "CHOL", "PTES", "FA", "LUNG", "UEC")
"""Pages about cancers that stand for the others: with and without a description, a tissue, a benign growth."""

Pages = Iterator[tuple[str, str]]


def patient_pages(app: Flask, client: FlaskClient, language: str) -> Pages:
    """Name and HTML of each page, with what is wrong on it where it can be filled in wrongly."""
    harbor = make_organization(designation="nci-comprehensive")
    known = fresh_role(organization=harbor, languages=["en", "es"], remote_opinion=True, wait_days=9)
    roles = [known.id, *chosen_roles("Alpha", "Beta")]
    make_experience(known)
    make_index()
    npi = known.practitioner.npi
    db.session.commit()
    yield "first", client.get(f"/?page-language={language}", follow_redirects=True).text
    yield from _before(client, npi, roles)
    # The records of the searches are written behind our back; what we read before must not be what we write on.
    db.session.rollback()
    app.extensions["search_log"].flush()
    yield from _request(client, roles)
    yield from _tracking(app, client)
    yield from _without_session(app, client, language)


def _before(client: FlaskClient, npi: str, roles: list[str]) -> Pages:
    """Searching, reading and comparing."""
    for path in (
        "/about/ranking", "/about/second-opinion", "/about/privacy", "/learn/", "/learn/nowhere", "/track",
        "/track/lost",
        f"/specialists/{npi}", f"/specialists/{npi}?cancer=CHOL", f"/specialists/{npi}/report",
        f"/specialists/{npi}/reported", "/trials?cancer=CHOL", "/offline", "/nope", "/request/go-on", "/request/later",
        f"/compare?cancer=CHOL&role={roles[0]}&role={roles[1]}", *(f"/learn/{code}" for code in CODES),
    ):  # fmt: skip
        yield path.replace(npi, "NPI").replace(roles[0], "A"), client.get(path).text
    search = {"cancer": "CHOL", "near": "02115"}
    for name, path, data in (
        ("results", "/results", search),
        ("results of nothing", "/results", {}),
        ("results far", "/results", {**search, "remote": "only", "language": "es"}),
        ("which", "/results", {"cancer": "sarcoma", "near": "Springfield"}),
        ("who", "/results", {**search, "first": "Rivera"}),
        ("filters", "/results/filters", search),
        ("weighed", "/about/second-opinion", dict.fromkeys(worth_asking.Question, "yes")),
        ("track wrong", "/track", {}),
        ("lost wrong", "/track/lost", {}),
        ("learn which", "/learn/", {"cancer": "sarcoma"}),
        ("learn wrong", "/learn/", {"cancer": "qqqqq"}),
        ("report wrong", f"/specialists/{npi}/report", {}),
        ("go on wrong", "/request/go-on", {}),
        *((f"guide {at}", "/guide", {"step": str(at), **search}) for at in range(-1, 5)),
    ):
        yield name, client.post(path, data=data).text


def _request(client: FlaskClient, roles: list[str]) -> Pages:
    """The request, each step empty, with mistakes and filled in."""
    start(client, roles[1:])
    for name in ANSWERS:
        yield f"step {name}", client.get(f"/request/{name}").text
        wrong = client.post(f"/request/{name}", data={"patient.birth_date.day": "40"})
        if wrong.status_code == 422:
            yield f"step {name} wrong", wrong.text
    fill_in_all(client, roles[1:])
    fill_in(client, "patient", relation="child")
    yield "later", client.get("/request/later").text
    yield "check", client.get("/request/check").text
    sent = send(client).text
    yield "sent", sent
    yield "by code", client.post("/track", data={"code": code_on(sent), **BORN}, follow_redirects=True).text
    link = link_on(sent)
    for page in ("", "/messages", "/write", "/records", "/permissions", "/cancel", "/erase", "/download"):
        yield f"track new{page}", client.get(link + page).text


def _tracking(app: Flask, client: FlaskClient) -> Pages:
    """The request on its way."""
    request = sent_request(app, fresh_role(family="Gamma", role_id="gamma"), fresh_role(family="Delta"))
    link = link_to(request)
    yield "birth date", client.get(link).text
    yield "birth date wrong", client.post(link, data={}).text
    opened(client, request)
    for page in ("", "/write", "/letters/records", "/letters/doctor", "/permissions", "/permissions/take-back"):
        yield f"track sent{page}", client.get(link + page).text
    yield "write wrong", client.post(f"{link}/write", data={}).text
    yield "messages wrong", client.post(f"{link}/address", data={}).text
    yield "records wrong", client.post(f"{link}/records", data={}).text
    yield "opinions none", client.get(link.replace("/track/", "/opinions/")).text
    step(request.id, Action.ACCEPT, now=right_now())
    yield "track accepted", client.get(link).text
    step(request.id, Action.SUBMIT_OPINION, now=right_now(), opinion=OPINION)
    yield "track answered", client.get(link).text
    yield "opinions", client.get(link.replace("/track/", "/opinions/")).text
    yield from _ends(app, client)


def _without_session(app: Flask, client: FlaskClient, language: str) -> Pages:
    """Forms that come after their session has ended."""
    app.config["WTF_CSRF_ENABLED"] = True
    own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    for path in ("/request/first-opinion", "/track", "/track/some-link/write"):
        client.delete_cookie("session")
        client.get(f"/?page-language={language}")
        yield f"not sent {path}", client.post(path, data={"text": "Two words"}, headers=own).text
    app.config["WTF_CSRF_ENABLED"] = False


def _ends(app: Flask, client: FlaskClient) -> Pages:
    """What a request comes to otherwise."""
    waiting = make_request(fresh_role(family="Waiting"), now=right_now(), confirmed=False)
    yield "confirm", client.get(link_to(waiting, Purpose.CONFIRM)).text
    yield "track unconfirmed", client.get(opened(client, waiting)).text
    declined = sent_request(app, fresh_role(family="Eta"))
    step(declined.id, Action.DECLINE, now=right_now(), reason="no-capacity")
    yield "track declined", client.get(opened(client, declined)).text
    over: ServiceRequest = sent_request(app, fresh_role(family="Iota"))
    link = opened(client, over)
    yield "cancelled", client.post(f"{link}/cancel", follow_redirects=True).text
    yield "erase sure", client.post(f"{link}/erase", data=BORN, follow_redirects=True).text
    yield "erased", client.post(f"{link}/erase/now", follow_redirects=True).text
    yield "link over", client.get(link).text
