"""What a person has to decide: whether two organizations are one, whether an official of a trial is a specialist."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.domain.errors import NotAllowed, NotFound
from referral.services import merge_review
from referral.store import aliases, officials
from referral.web.admin_door import built_soon, cut, first_shown, steward
from referral.web.clock import now

pages = Blueprint("admin_reviews", __name__, url_prefix="/admin")

SHOWN = 20
SHOWN_DECIDED = 10


@pages.get("/organizations/review")
def organizations_page() -> str:
    """Organizations that may be one, side by side, the surest first."""
    first = first_shown()
    waiting, after = cut(aliases.suggested(SHOWN + 1, first), first, SHOWN)
    decided = aliases.decided(SHOWN_DECIDED)
    ids = [each for alias in (*waiting, *decided) for each in (alias.organization_id, alias.suggested_id) if each]
    return render_template(
        "admin/organizations.html",
        waiting=waiting,
        first=first,
        after=after,
        decided=decided,
        total=aliases.count_suggested(),
        organizations=aliases.organizations(ids),
        people=aliases.people_at(ids),
        staff=steward(),
    )


@pages.post("/organizations/review")
def decide_organization() -> Response:
    """Same, different, or undo."""
    key, by = request.form.get("key", "")[:200], steward().email
    decision = request.form.get("decision", "")
    try:
        if decision == "same":
            flash(f"They are one organization now. {built_soon(merge_review.same_organization(key, by, now()))}")
        elif decision == "different":
            merge_review.different_organization(key, by, now())
            flash("They stay two organizations.")
        elif decision == "undo":
            merge_review.undo_organization(key, by, now())
            flash("The decision is undone. The two wait to be looked at again.")
        else:
            abort(400)
    except NotAllowed as error:
        flash(error.message)
    except NotFound:
        abort(404)
    return redirect(url_for("admin_reviews.organizations_page"))


@pages.get("/trials/review")
def officials_page() -> str:
    """Officials of trials who may be specialists of the directory, the surest first."""
    first = first_shown()
    waiting, after = cut(officials.suggested(SHOWN + 1, first), first, SHOWN)
    return render_template(
        "admin/officials.html",
        waiting=waiting,
        first=first,
        after=after,
        decided=officials.decided(SHOWN_DECIDED),
        total=officials.count_suggested(),
        staff=steward(),
    )


@pages.post("/trials/review/<int:official_id>")
def decide_official(official_id: int) -> Response:
    """The specialist, somebody else, or undo."""
    decision, by = request.form.get("decision", ""), steward().email
    try:
        if decision == "confirm":
            asked = merge_review.confirm_official(official_id, by, now())
            flash(f"The trial counts as evidence now. {built_soon(asked)}")
        elif decision == "refuse":
            merge_review.refuse_official(official_id, by, now())
            flash("Noted: that is somebody else.")
        elif decision == "undo":
            merge_review.undo_official(official_id, by, now())
            flash("The decision is undone. The trial does not count until somebody confirms it.")
        else:
            abort(400)
    except NotAllowed as error:
        flash(error.message)
    except NotFound:
        abort(404)
    return redirect(url_for("admin_reviews.officials_page"))
