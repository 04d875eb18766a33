"""Who comes in to the steward's pages, and who is there."""

from typing import TypeVar

from flask import abort, redirect, request, session, url_for
from werkzeug.wrappers import Response

from referral.access import sessions
from referral.models import Staff

ADMIN = "admin"
T = TypeVar("T")


def admin_only() -> Response | None:
    """Strangers are led to the sign-in; what other roles may not see does not exist for them."""
    staff = sessions.current_staff()
    if staff is None:
        session["after_sign_in"] = request.full_path if request.method == "GET" else url_for("admin.overview_page")
        return redirect(url_for("accounts.sign_in_page"))
    if staff.role != ADMIN:
        abort(404)
    return None


def steward() -> Staff:
    """Who is signed in."""
    staff = sessions.current_staff()
    if staff is None or staff.role != ADMIN:
        abort(404)
    return staff


def first_shown() -> int:
    """The place in a long list of the first row that this page shows."""
    return min(max(0, request.args.get("from", 0, type=int)), 10**6)


def cut(found: list[T], first: int, length: int) -> tuple[list[T], int | None]:
    """The rows of one page, and where the next begins: of what was found from `first` on, one more than fits."""
    return found[:length], first + length if len(found) > length else None


def built_soon(asked: bool) -> str:
    """When the search shows what was changed, as a sentence."""
    if asked:
        return "The search shows it in a few minutes."
    return "The search shows it after the next build of the index, at five past midnight UTC."
