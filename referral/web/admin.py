"""The steward's first page, and the imports with how far they are and what they report."""

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from referral.access.attachments import attachment
from referral.models import DirectoryImport
from referral.services import steward as steward_service
from referral.services.import_files import rejected_file
from referral.web.admin_door import cut, first_shown, steward
from referral.web.clock import now

pages = Blueprint("admin", __name__, url_prefix="/admin")

LISTED = 100
SECONDS = 5
"""Between two looks at an import that is under way."""


@pages.get("/")
def overview_page() -> str:
    """What needs a steward, and what the directory holds."""
    return render_template("admin/overview.html", overview=steward_service.overview(), staff=steward(), now=now())


@pages.get("/imports")
def imports_page() -> Response:
    """The imports, the last one first; while one runs the page looks again by itself."""
    first = first_shown()
    found, after = cut(steward_service.newest_imports(LISTED + 1, first), first, LISTED)
    return _looking_again("admin/imports.html", any(map(_at_work, found)), imports=found, first=first, after=after)


@pages.get("/imports/<int:import_id>")
def import_page(import_id: int) -> Response:
    """One import: how far it is, or what it did."""
    found = _import(import_id)
    return _looking_again("admin/import.html", _at_work(found), shown=found, has_file=_rejected(found))


@pages.get("/imports/<int:import_id>/rejected.csv")
def rejected_rows(import_id: int) -> Response:
    """The rows that an import could not use, as a file: where they stand and why, never what is in them."""
    found = _import(import_id)
    if not _rejected(found):
        abort(404)
    path = rejected_file(current_app.extensions["settings"].data_dir, found.id)
    return attachment(path.open("rb"), "text/csv", f"import-{found.id}-rejected.csv")


def _import(import_id: int) -> DirectoryImport:
    found = steward_service.one_import(import_id) if import_id < 2**31 else None
    if found is None:
        abort(404)
    return found


def _looking_again(template: str, at_work: bool, **shown: object) -> Response:
    """A page that its browser asks for again every few seconds while an import is at work, unless told to stay still.

    The header does what a `meta` element would, without JavaScript.
    """
    live = at_work and "still" not in request.args
    page = render_template(
        template, **shown, at_work=at_work, live=live, seconds=SECONDS, silent=_silent, staff=steward(), now=now()
    )
    response = make_response(page)
    if live:
        response.headers["Refresh"] = str(SECONDS)
    return response


def _at_work(found: DirectoryImport) -> bool:
    return found.state == "running" and not _silent(found)


def _silent(found: DirectoryImport) -> bool:
    return steward_service.silent(found, now())


def _rejected(found: DirectoryImport) -> bool:
    return rejected_file(current_app.extensions["settings"].data_dir, found.id).is_file()
