"""Who comes in to the steward's pages, and who is there."""

from flask import abort, redirect, request, session, url_for
from werkzeug.wrappers import Response

from referral.access import sessions
from referral.models import Staff

ADMIN = "admin"


def admin_only() -> Response | None:
    """Strangers are led to the sign-in; what other roles may not see does not exist for them."""
    staff = sessions.current_staff()
    if staff is None:
        session["after_sign_in"] = request.full_path if request.method == "GET" else url_for("admin.overview_page")
        return redirect(url_for("demo.sign_in_page"))
    if staff.role != ADMIN:
        abort(404)
    return None


def steward() -> Staff:
    """Who is signed in."""
    staff = sessions.current_staff()
    if staff is None or staff.role != ADMIN:
        abort(404)
    return staff


def built_soon(asked: bool) -> str:
    """When the search shows what was changed, as a sentence."""
    if asked:
        return "The search shows it in a few minutes."
    return "The search shows it after the next build of the index, at five past midnight UTC."
