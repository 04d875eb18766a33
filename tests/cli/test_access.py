"""The commands for accounts and tokens."""

import re

import pytest
from click.testing import Result
from flask import Flask

from referral.extensions import db
from referral.models import ApiToken, Staff
from tests.factories import make_staff
from tests.signing_in import sign_in


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def path_of(shown: Result) -> str:
    """The path of the invitation, which has to stand alone."""
    assert shown.exit_code == 0, shown.output
    found = re.fullmatch(r"http://localhost:5000(/invitation/[\w-]{43})\n", shown.stdout)
    assert found, shown.output
    return found[1]


def test_a_new_account_is_an_invitation_printed_alone(app: Flask) -> None:
    path = path_of(run(app, "user", "add", "Nora@Harbor.example", "--role", "lead", "--name", "Nora New"))
    assert "You are invited" in app.test_client().get(path).text
    again = run(app, "user", "add", "nora@harbor.example", "--role", "lead")
    assert (again.exit_code, len(again.output.splitlines())) == (1, 1)
    listed = run(app, "user", "list").stdout.splitlines()
    assert [line.split() for line in listed[1:]] == [["nora@harbor.example", "Nora", "New", "lead", "all", "invited"]]
    newer = path_of(run(app, "user", "reset", "NORA@harbor.example"))
    assert "This invitation is over" in app.test_client().get(path).text
    assert "You are invited" in app.test_client().get(newer).text


def test_an_account_is_closed_opened_given_a_role_and_signed_out(app: Flask) -> None:
    staff, client = make_staff("casey@harbor.example"), app.test_client()
    for words, status in (("sign-out", 302), ("disable", 302), ("enable", 200)):
        sign_in(client, staff)
        shown = run(app, "user", words, "Casey@harbor.example")
        assert shown.exit_code == 0, shown.output
        assert client.get("/coordinator/").status_code == status, words
    assert run(app, "user", "role", staff.email, "lead").exit_code == 0
    assert db.session.query(Staff).one().role == "lead"


@pytest.mark.parametrize("words", ["disable", "enable", "reset", "sign-out"])
def test_an_address_nobody_has_is_an_error_of_one_line(app: Flask, words: str) -> None:
    shown = run(app, "user", words, "nobody@harbor.example")
    assert (shown.exit_code, len(shown.output.splitlines())) == (1, 1)


def test_tokens_are_listed_and_revoked(app: Flask) -> None:
    run(app, "token", "add", "desk program", "--role", "coordinator")
    listed = run(app, "token", "list").stdout
    assert re.search(r"desk program +coordinator +all +\S+ +never +\S+ +read and move referrals", listed)
    assert run(app, "token", "revoke", "desk program").stdout == "1 token revoked.\n"
    assert db.session.query(ApiToken).one().revoked_at is not None
    assert "revoked 20" in run(app, "token", "list").stdout
    assert run(app, "token", "revoke", "desk program").exit_code == 1
