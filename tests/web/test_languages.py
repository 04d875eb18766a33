"""The patients' pages in several languages: nothing outside of the catalogues, and switching keeps place and answers."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.extensions import db
from tests.factories import make_experience, make_index, make_request
from tests.web.office_steps import fresh_role, right_now
from tests.web.pseudo_language import TAG, speak, words_outside
from tests.web.request_steps import ANSWERS, chosen_roles, fill_in_all, send, start
from tests.web.test_track_pages import BORN, link_to

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
NAMES = frozenset(
    "Second Opinion English Español Esperanto Boston MA Maria Sample Dr MD ZIP NPI km OncoTree ICD CM UTC".split()
)


def leaks(client: FlaskClient, path: str, **form: object) -> list[str]:
    db.session.rollback()
    answer = client.post(path, data=form) if form else client.get(path)
    return sorted(set(words_outside(answer.text)) - NAMES)


def test_dump(app: Flask, client: FlaskClient, tmp_path_factory) -> None:
    import os
    speak(app, tmp_path_factory.mktemp("made") / "up")

    role = fresh_role()
    make_experience(role)
    roles = chosen_roles("Alpha", "Beta")
    request = make_request(fresh_role(family="Gamma", role_id="g"), now=right_now())
    npi = role.practitioner.npi
    make_index()
    db.session.commit()
    link = link_to(request)
    db.session.commit()
    client.post(link, data=BORN)
    with client.session_transaction() as session:
        session["page-language"] = TAG
    out = {}
    for path in ("/", "/learn/", "/learn/CHOL", "/learn/XXX", "/track", "/track/lost", "/about/ranking", "/about/second-opinion", "/about/privacy", f"/specialists/{npi}?cancer=CHOL", f"/specialists/{npi}/report", f"/specialists/{npi}/reported", "/nope", "/request/why"):
        out[path] = leaks(client, path)
    out["results"] = leaks(client, "/results", cancer="CHOL", near="02115")
    out["results2"] = leaks(client, "/results", cancer="CHOL", near="02115", radius_km="100", remote="yes", language="es", complexity="recurrent")
    out["which"] = leaks(client, "/results", cancer="liver", near="springfield")
    out["wrong"] = leaks(client, "/results", cancer="xyzzy", near="")
    db.session.rollback()
    start(client, roles)
    for name in ANSWERS:
        out["ask " + name] = leaks(client, f"/request/{name}")
        out["wrong " + name] = leaks(client, f"/request/{name}", nothing="")
    db.session.rollback()
    fill_in_all(client, roles)
    out["check"] = leaks(client, "/request/check")
    out["sent"] = sorted(set(words_outside(send(client).text)) - NAMES)
    for more in ("", "/messages", "/records", "/permissions", "/cancel"):
        out["track" + more] = leaks(client, link + more)
    for k, v in out.items():
        print(k, v)
