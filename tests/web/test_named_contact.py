"""The one named contact: shown where a patient looks for help, and nobody is told to call where there is none."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.services.compose import words_of
from referral.settings import Contact, Settings, SettingsError
from referral.settings.contact import contact
from tests.web.page_rules import faults_of
from tests.web.page_rules import words_of as words
from tests.web.test_track_pages import a_request, opened

RUTH = Contact("Ruth Bell", "+1 617 555 0188", "ruth@care.example", {"en": "weekdays 9 to 5", "es": "de 9 a 17 h"})


def test_the_contact_stands_on_the_request_on_an_error_and_in_mail_in_both_languages(
    app: Flask, client: FlaskClient
) -> None:
    settings: Settings = replace(app.extensions["settings"], contact=RUTH)
    app.extensions["settings"] = settings
    made = a_request()
    link = opened(client, made)
    for page, times in ((client.get(link), 2), (client.get("/nowhere"), 2), (client.get("/"), 1)):
        assert page.text.count('href="tel:+16175550188"') == times
        assert faults_of(page.text) == []
    shown = words(page.text)
    assert [part in shown for part in ("Your contact:", "Ruth Bell", "weekdays 9 to 5")] == [True] * 3
    assert 'href="mailto:ruth@care.example"' in page.text
    assert "de 9 a 17 h" in words(client.get("/?page-language=es", follow_redirects=True).text)
    _, text = words_of(None, "late", made, settings, "https://care.example/track/x")
    assert "Your contact: Ruth Bell, +1 617 555 0188, ruth@care.example (weekdays 9 to 5)\n" in text


def test_without_one_nothing_is_shown(app: Flask, client: FlaskClient) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], contact=Contact())
    assert "Your contact" not in client.get("/").text
    assert "Your contact" not in words_of(None, "late", a_request(), app.extensions["settings"], "https://x.example")[1]


def test_the_contact_is_read_from_the_environment_and_made_up_in_the_demonstration() -> None:
    given = {"CONTACT_NAME": "Ruth Bell", "CONTACT_PHONE": "617 555 0188", "CONTACT_HOURS_ES": "de 9 a 17 h"}
    assert contact(given, demo=True) == Contact("Ruth Bell", "617 555 0188", hours={"es": "de 9 a 17 h"})
    assert contact({}, demo=True).email.endswith(".example")
    assert not contact({}, demo=False)
    for wrong in ({"CONTACT_PHONE": "call me"}, {"CONTACT_EMAIL": "ruth"}, {"CONTACT_NAME": "Ruth"}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            contact(wrong, demo=False)
