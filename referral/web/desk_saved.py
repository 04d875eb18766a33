"""Searching by what must not stand in an address, and views of the lists that are kept under a name."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral.access import gate
from referral.domain.errors import Invalid, NotFound
from referral.domain.texts import as_uuid
from referral.services import desk_views
from referral.web import desk_lists, desk_words
from referral.web.clock import now

pages = Blueprint("desk_saved", __name__, url_prefix="/coordinator")


@pages.post("/search")
def search() -> Response:
    """Find by words: an id stands in the address, everything else is kept here and the address names it by chance."""
    text = request.form.get("text", "").strip()
    view = _view()
    found = desk_words.identifier_in(text)
    words = view.address(search="", request=found, after="")
    if found:
        words = {"request": found}  # one request is one, whatever list it stands in
    elif text:
        words["search"] = str(desk_views.begin_search(gate.staff(), text, now()))
    return _back(words)


@pages.post("/views")
def keep() -> Response:
    """Keep the present view under a name; a search, which ends, is not part of it."""
    view = _view()
    words = view.address(search="")
    try:
        desk_views.keep(gate.staff(), request.form.get("name", ""), words, now())
        flash("The view is kept at the left.")
    except Invalid as error:
        flash(error.message)
    return _back(view.address())


@pages.post("/views/<view_id>")
def change(view_id: str) -> Response:
    """Rename, delete or share a view."""
    found, staff, do = as_uuid(view_id), gate.staff(), request.form.get("do", "")
    if found is None:
        raise NotFound
    try:
        if do == "delete":
            desk_views.remove(staff, found)
            flash("The view is deleted.")
        elif do in ("share", "unshare"):
            desk_views.share(staff, found, do == "share")
            flash("Everybody at the desk has this view now." if do == "share" else "The view is yours alone again.")
        else:
            desk_views.rename(staff, found, request.form.get("name", ""))
            flash("The view has its new name.")
    except Invalid as error:
        flash(error.message)
    return _back(_view().address())


def _back(words: Mapping[str, Any]) -> Response:
    """To the list with these words in its address."""
    return redirect(url_for("coordinator.queue", **words), 303)


def _view() -> desk_words.View:
    """The view that a form was sent from; its words come along."""
    return desk_lists.asked_for(MultiDict(request.form), gate.staff())
