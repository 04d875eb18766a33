"""A browser that was left open asks for the birth date again."""

from flask.testing import FlaskClient

from tests.web.test_track_pages import BIRTH_DATE, BORN, a_request, opened


def test_after_half_an_hour_without_a_page_the_birth_date_is_asked_and_leads_back(client: FlaskClient) -> None:
    link = opened(client, a_request())
    _be_away(client, 29)
    assert BIRTH_DATE not in client.get(link).text
    _be_away(client, 29)
    assert BIRTH_DATE not in client.get(link).text, "each page begins the half hour anew"
    _be_away(client, 31)
    refused = client.post(f"{link}/cancel")
    assert (refused.status_code, "Open your link again" in refused.text) == (404, True)
    asked = client.get(link).text
    assert BIRTH_DATE in asked
    assert "after 30 minutes without a page" in asked
    client.post(link, data=BORN)
    assert BIRTH_DATE not in client.get(link).text


def _be_away(client: FlaskClient, minutes: int) -> None:
    """Let the browser have been here last so long ago."""
    with client.session_transaction() as session:
        session["seen"] -= minutes * 60
