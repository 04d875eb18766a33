"""The profile of one specialist."""

from flask import Blueprint, current_app, render_template, request

from referral.services.profile import profile
from referral.services.rebuild_index import current_or_built
from referral.web import clock

pages = Blueprint("specialists", __name__, url_prefix="/specialists")


@pages.get("/<npi>")
def show(npi: str) -> str:
    """Who this is, where, how to reach them, and what is known of their experience."""
    now = clock.now()
    snapshot = current_or_built(current_app.extensions["index"], now)
    found = profile(snapshot, npi, request.args.get("cancer", "")[:50])
    return render_template("specialists/profile.html", profile=found, today=now.date())
