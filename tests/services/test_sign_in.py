"""Signing in, on both databases: the second factor, wrong tries, sessions that end, invitations."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median
from time import process_time

import flask
import pytest
from flask import Flask
from sqlalchemy import text

from referral.access import accounts, second_factors, sessions, tokens
from referral.access.authorize import SYSTEM
from referral.access.links import digest
from referral.domain.errors import Invalid
from referral.extensions import db
from referral.models import ApiToken, Staff, StaffInvitation, StaffSession
from referral.services import sign_in, staff_accounts
from referral.store import accounts as stored
from tests.factories import NOW, make_staff

PASSWORD = "violet tram window"
STEP = timedelta(seconds=30)


@pytest.fixture
def browser(app_on_both: Flask) -> Iterator[Flask]:
    """One browser's request, on each database."""
    with app_on_both.test_request_context():
        yield app_on_both


@pytest.fixture
def one_browser(app: Flask) -> Iterator[Flask]:
    with app.test_request_context():
        yield app


def account(email: str = "casey@harbor.example") -> Staff:
    """Somebody with a password and a code app."""
    staff = make_staff(email)
    staff.password = accounts.hashed(PASSWORD, email)
    staff.totp_secret = accounts.code_apps().generate_totp_secret()
    db.session.commit()
    return staff


def code_at(staff: Staff, moment: datetime) -> str:
    assert staff.totp_secret
    return str(accounts.code_apps()._totp.from_source(staff.totp_secret).generate(time=moment).token)


def halfway(staff: Staff, now: datetime = NOW) -> StaffSession:
    begun = sign_in.with_password(staff.email, PASSWORD, now)
    assert begun is not None
    return begun


def test_password_and_code_make_a_session(one_browser: Flask) -> None:
    staff = account()
    begun = halfway(staff)
    assert not begun.complete
    assert sign_in.with_password("CASEY@harbor.example ", PASSWORD, NOW) is not None
    assert sign_in.with_code(halfway(staff), code_at(staff, NOW), NOW)
    found = sessions.current(NOW)
    assert found is not None
    assert (found.staff_id, found.complete) == (staff.id, True)


def test_a_code_works_once_and_no_older_one_after_it(browser: Flask) -> None:
    staff = account()
    code = code_at(staff, NOW)
    assert sign_in.with_code(halfway(staff), code, NOW)
    assert not sign_in.with_code(halfway(staff), code, NOW)
    assert not sign_in.with_code(halfway(staff), code_at(staff, NOW - STEP), NOW)
    assert sign_in.with_code(halfway(staff), code_at(staff, NOW + STEP), NOW + STEP)


def test_of_two_who_come_with_one_code_at_once_the_slower_is_refused(app_on_both: Flask) -> None:
    staff = account()
    # Both have read the account before either wrote: what the code itself says of steps taken is old by then.
    assert [stored.take_counter(staff.id, step) for step in (7, 7, 6, 8)] == [True, False, False, True]


def test_a_code_is_taken_one_step_before_and_after_its_time(one_browser: Flask) -> None:
    staff = account()
    taken = []
    for steps in (-2, -1, 0, 1, 2):
        staff.totp_counter = None
        taken.append(sign_in.with_code(halfway(staff), code_at(staff, NOW + steps * STEP), NOW))
    assert taken == [False, True, True, True, False]


def test_ten_wrong_codes_lock_the_account_for_the_right_one_and_the_password_too(browser: Flask) -> None:
    staff = account()
    begun = halfway(staff)
    assert [sign_in.with_code(begun, "000000", NOW) for _ in range(10)] == [False] * 10
    assert not sign_in.with_code(begun, code_at(staff, NOW), NOW)
    assert sign_in.with_password(staff.email, PASSWORD, NOW) is None
    later = NOW + timedelta(seconds=61)
    assert not sign_in.with_code(halfway(staff, later), "000000", later)
    assert sign_in.with_password(staff.email, PASSWORD, later + timedelta(seconds=61)) is None  # two minutes by now
    much_later = later + timedelta(seconds=121)
    assert sign_in.with_code(halfway(staff, much_later), code_at(staff, much_later), much_later)
    assert (staff.failed_tries, staff.locked_until) == (0, None)


def test_the_right_password_alone_does_not_forget_wrong_codes(one_browser: Flask) -> None:
    staff = account()
    for _ in range(10):
        sign_in.with_code(halfway(staff), "000000", NOW)
    assert sign_in.with_password(staff.email, PASSWORD, NOW) is None


def test_while_an_account_is_locked_tries_make_it_no_longer(one_browser: Flask) -> None:
    staff = account()
    for _ in range(30):
        sign_in.with_password(staff.email, "wrong", NOW)
    assert (staff.failed_tries, staff.locked_until) == (10, NOW + timedelta(minutes=1))


def test_a_day_after_a_lock_the_count_begins_anew(browser: Flask) -> None:
    staff = account()
    for _ in range(10):
        sign_in.with_password(staff.email, "wrong", NOW)
    sign_in.with_password(staff.email, "wrong", NOW + timedelta(days=1, minutes=2))
    assert staff.failed_tries == 1


def test_unknown_and_known_addresses_take_the_same_time(one_browser: Flask) -> None:
    """Without the work for nobody's password an unknown address would take a hundredth."""
    one_browser.extensions["security"].pwd_context.update(**accounts.PASSWORD_COST)
    staff = account()
    invited = make_staff("new@harbor.example")
    sign_in.with_password("nobody@harbor.example", "wrong", NOW)  # the first one makes the hash to compare with
    times: dict[str, list[float]] = {staff.email: [], "nobody@harbor.example": [], invited.email: []}
    for _ in range(5):
        for email, spent in times.items():
            start = process_time()
            sign_in.with_password(email, "wrong", NOW)
            spent.append(process_time() - start)
    known, unknown, without = (median(spent) for spent in times.values())
    assert abs(known - unknown) < 0.3 * known
    assert abs(known - without) < 0.3 * known


def test_a_hash_that_became_too_cheap_is_renewed_at_the_next_sign_in(one_browser: Flask) -> None:
    staff = account()
    one_browser.extensions["security"].pwd_context.update(argon2__rounds=3)
    before = staff.password
    halfway(staff)
    renewed = staff.password
    halfway(staff)
    assert before != renewed == staff.password


def test_a_recovery_code_works_once_for_its_owner_alone(browser: Flask) -> None:
    staff, other = account(), account("lee@harbor.example")
    codes = second_factors.new_recovery_codes(staff)
    second_factors.new_recovery_codes(other)
    db.session.commit()
    assert len(set(codes)) == 10
    assert not sign_in.with_code(halfway(other), codes[0], NOW)
    assert sign_in.with_code(halfway(staff), codes[0].lower().replace("-", " "), NOW)
    assert not sign_in.with_code(halfway(staff), codes[0], NOW)
    fresh = second_factors.new_recovery_codes(staff)
    assert not sign_in.with_code(halfway(staff), codes[1], NOW)
    assert sign_in.with_code(halfway(staff), fresh[1], NOW)


def test_the_database_holds_nothing_to_sign_in_with(one_browser: Flask) -> None:
    staff = account()
    secret = staff_accounts.invite("new@harbor.example", "coordinator", None, "", SYSTEM, NOW)
    codes = second_factors.new_recovery_codes(staff)
    assert sign_in.with_code(halfway(staff), code_at(staff, NOW), NOW)
    assert staff.totp_secret
    letters = accounts.code_apps().get_totp_b32_key(staff.totp_secret)
    kept = "".join(
        repr(db.session.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608  names of our own tables
        for table in ("staff", "staff_session", "staff_invitation", "recovery_code")
    )
    for plain in (PASSWORD, secret, flask.session[sessions.STAFF], letters, *codes, codes[0].replace("-", "")):
        assert plain not in kept
    assert "$argon2id$" in kept


def test_a_session_ends_when_idle_and_after_twelve_hours(one_browser: Flask) -> None:
    staff = account()
    assert sign_in.with_code(halfway(staff), code_at(staff, NOW), NOW)
    found = sessions.current(NOW)
    assert found is not None
    second, idle, whole = timedelta(seconds=1), timedelta(minutes=15), timedelta(hours=12)
    assert sessions.counts(found, NOW + idle - second)
    assert not sessions.counts(found, NOW + idle)
    found.seen_at = NOW + whole - second
    assert sessions.counts(found, NOW + whole - second)
    assert not sessions.counts(found, NOW + whole)


def test_halfway_nobody_waits_longer_than_ten_minutes(one_browser: Flask) -> None:
    begun = halfway(account())
    assert sessions.counts(begun, NOW + sessions.HALF - timedelta(seconds=1))
    assert not sessions.counts(begun, NOW + sessions.HALF)


def test_each_step_of_signing_in_changes_the_secret_of_the_session(one_browser: Flask) -> None:
    staff = account()
    flask.session[sessions.STAFF] = "planted by somebody else"
    begun = halfway(staff)
    first = flask.session[sessions.STAFF]
    assert sign_in.with_code(begun, code_at(staff, NOW), NOW)
    second = flask.session[sessions.STAFF]
    assert len({"planted by somebody else", first, second}) == 3
    assert db.session.query(StaffSession).filter_by(token_hash=digest(first)).count() == 0


def test_an_invitation_is_for_one_use_within_three_days(browser: Flask) -> None:
    secret = staff_accounts.invite("new@harbor.example", "lead", None, "", SYSTEM, NOW)
    end = NOW + timedelta(hours=72)
    assert staff_accounts.open_invitation(secret, end - timedelta(seconds=1)) is not None
    assert staff_accounts.open_invitation(secret, end) is None
    assert staff_accounts.open_invitation(secret + "x", NOW) is None
    found = staff_accounts.open_invitation(secret, NOW)
    assert found is not None
    with pytest.raises(Invalid):
        staff_accounts.accept(found, "Nora New", "too short", NOW)
    assert staff_accounts.open_invitation(secret, NOW) is not None  # a refused password does not use it up
    begun = staff_accounts.accept(found, "Nora New", PASSWORD, NOW)
    assert (begun.staff.name, begun.complete) == ("Nora New", False)
    assert staff_accounts.open_invitation(secret, NOW) is None
    with pytest.raises(Invalid):
        staff_accounts.accept(found, "Somebody faster", PASSWORD, NOW)


def test_a_reset_ends_password_factors_sessions_and_the_older_invitation(browser: Flask) -> None:
    staff = account()
    code = second_factors.new_recovery_codes(staff)[0]
    assert sign_in.with_code(halfway(staff), code_at(staff, NOW), NOW)
    first, second = (staff_accounts.reset(staff, SYSTEM, NOW) for _ in range(2))
    assert sessions.current(NOW) is None
    assert (staff.password, staff.totp_secret, staff.has_second_factor) == (None, None, False)
    assert not second_factors.code_fits(staff, code, NOW)
    assert sign_in.with_password(staff.email, PASSWORD, NOW) is None
    assert staff_accounts.open_invitation(first, NOW) is None
    assert staff_accounts.open_invitation(second, NOW) is not None


def test_a_closed_account_is_out_at_once_and_its_invitation_with_it(one_browser: Flask) -> None:
    staff = account()
    assert sign_in.with_code(halfway(staff), code_at(staff, NOW), NOW)
    staff_accounts.disable(staff, SYSTEM, NOW)
    assert sessions.current(NOW) is None
    assert sign_in.with_password(staff.email, PASSWORD, NOW) is None
    secret = staff_accounts.reset(staff, SYSTEM, NOW)
    assert staff_accounts.open_invitation(secret, NOW) is None  # as long as the account is closed
    staff_accounts.enable(staff, SYSTEM)
    assert staff_accounts.open_invitation(secret, NOW) is not None


def test_addresses_are_one_whatever_their_case(browser: Flask) -> None:
    staff_accounts.invite("New@Harbor.Example", "lead", None, "", SYSTEM, NOW)
    with pytest.raises(Invalid, match="already"):
        staff_accounts.invite("nEW@harbor.example", "admin", None, "", SYSTEM, NOW)
    with pytest.raises(Exception, match="email_in_lower_case"):
        db.session.execute(text("UPDATE staff SET email = 'NEW@harbor.example'"))
    db.session.rollback()


def test_what_cannot_be_an_account_is_refused(one_browser: Flask) -> None:
    for email, role, organization in (
        ("no address", "lead", None),
        ("a@b.example\nBcc: c@d.example", "lead", None),
        ("a@b.example", "patient", None),
        ("a@b.example", "integration", None),
        ("a@b.example", "lead", "nowhere"),
    ):
        with pytest.raises(Invalid):
            staff_accounts.invite(email, role, organization, "", SYSTEM, NOW)
    assert db.session.query(StaffInvitation).count() == 0


def test_a_tokens_last_use_is_noted_once_an_hour(browser: Flask) -> None:
    secret = tokens.make("desk", "coordinator", None, NOW)
    for minutes in (0, 59, 61):
        assert tokens.bearer(f"Bearer {secret}", NOW + timedelta(minutes=minutes)) is not None
    assert db.session.query(ApiToken).one().used_at == NOW + timedelta(minutes=61)
    assert tokens.revoke("desk", NOW) == 1
    assert tokens.bearer(f"Bearer {secret}", NOW) is None
