"""Whatever a stranger writes where a text, an id or a number is expected is refused in words, on both databases."""

from collections.abc import Iterator

import pytest
from flask import Flask

from referral.access.gate import PUBLIC
from referral.domain.errors import Invalid
from referral.domain.plain_words import DESK_ACTIONS
from referral.services import desk_views, write_message
from tests.factories import COORDINATOR, NOW, make_request, make_role, make_staff
from tests.signing_in import sign_in

ZERO = "%00"
"""PostgreSQL holds no such text."""
FIELDS = (
    "code", "email", "password", "address", "cancer", "near", "q", "reference", "reason", "text", "chosen", "page",
    "birth_date.day", "birth_date.month", "birth_date.year", "person", "radius_km", "limit", "offset",
)  # fmt: skip


def paths(app: Flask, text: str) -> Iterator[tuple[str, str]]:
    """Every address that strangers reach, its gaps filled with a text, and once more with it in the query."""
    for rule in app.url_map.iter_rules():
        if app.extensions["doors"][rule.endpoint] != PUBLIC or rule.endpoint == "health.readyz":
            continue
        path = rule.rule
        for name in rule.arguments:
            start, end = path.index("<"), path.index(">")
            assert name in path
            path = path[:start] + text + path[end + 1 :]
        for method in ("GET", "POST"):
            if method in (rule.methods or ()):
                yield method, path


def failures(app: Flask, text: str) -> dict[tuple[str, str], int]:
    """What strangers break with a text in the address, in the query and in every field."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    body = "&".join(f"{name}={text}" for name in FIELDS)
    kind = "application/x-www-form-urlencoded"
    return {
        (method, path): answer.status_code
        for method, path in paths(app, text)
        for answer in (client.open(f"{path}?{body}", method=method, data=body, content_type=kind),)
        if answer.status_code >= 500
    }


def test_a_zero_byte_of_a_stranger_is_refused_in_words(app_on_both: Flask) -> None:
    assert failures(app_on_both, ZERO) == {}


@pytest.mark.parametrize("text", ["%ed%a0%80%ff", "9" * 300])
def test_what_is_no_text_or_no_number_is_refused_in_words(app: Flask, text: str) -> None:
    assert failures(app, text) == {}


@pytest.mark.parametrize("role", ["coordinator", "admin"])
def test_a_zero_byte_of_staff_is_refused_in_words(app_on_both: Flask, role: str) -> None:
    app_on_both.config["PROPAGATE_EXCEPTIONS"] = False
    client = app_on_both.test_client()
    sign_in(client, make_staff(role=role))
    asked = [
        f"/coordinator/?q={ZERO}&assignee={ZERO}", f"/coordinator/referrals/{ZERO}", f"/admin/specialists?q={ZERO}",
        f"/admin/specialists/{ZERO}", f"/admin/facts/role/{ZERO}/phone", f"/admin/organizations/of/{ZERO}",
        f"/admin/use/organization/{ZERO}", f"/admin/organizations/review?q={ZERO}", f"/admin/checks/?reason={ZERO}",
    ]  # fmt: skip
    statuses = {path: client.get(path).status_code for path in asked}
    for path, field in (("/coordinator/emergency", "reference"), ("/admin/staff/", "email")):
        form = dict.fromkeys((field, "reason", "name", "organization"), "\0") | {"role": "coordinator"}
        statuses[path] = client.post(path, data=form).status_code
    assert {path: status for path, status in statuses.items() if status >= 500} == {}


def test_a_zero_byte_in_a_form_of_the_desk_is_refused_in_words(app_on_both: Flask) -> None:
    app_on_both.config["PROPAGATE_EXCEPTIONS"] = False
    request = make_request(make_role())
    client, address = app_on_both.test_client(), f"/coordinator/referrals/{request.id}"
    sign_in(client, make_staff())
    fields = ("assignee", "role_id", "reason", "text", "items", "date", "waive")
    statuses = {}
    for action in DESK_ACTIONS:
        form = {"action": action, "version": "1", **{f"{action}.{name}": "\0" for name in fields}}
        statuses[str(action)] = client.post(address, data=form).status_code
    assert {name: status for name, status in statuses.items() if status >= 500} == {}


@pytest.mark.parametrize("nothing", ["\u200b\u2060", "\u3164", " \u00ad "])
def test_where_there_is_nothing_to_see_nothing_was_written(app: Flask, nothing: str) -> None:
    request_id, staff = make_request().id, make_staff()
    with pytest.raises(Invalid):
        write_message.write(request_id, nothing, COORDINATOR, NOW)
    with pytest.raises(Invalid):
        desk_views.keep(staff, nothing, {}, NOW)
