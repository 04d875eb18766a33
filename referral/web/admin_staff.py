"""Who works here: the accounts of staff. Admins invite and close them, leads see who belongs to their organization."""

from flask import Blueprint, abort, render_template, request, url_for

from referral.access import gate
from referral.domain.codes import Actor
from referral.domain.errors import Invalid
from referral.domain.texts import as_uuid
from referral.models import Staff
from referral.services import staff_accounts
from referral.web import forms
from referral.web.accounts import public_url
from referral.web.clock import now

pages = Blueprint("admin_staff", __name__, url_prefix="/admin/staff")

Page = tuple[str, int]


@pages.get("/")
def list_page() -> str:
    """All accounts, for a lead those of the own organization."""
    return _list_page()


@pages.post("/")
def add() -> Page:
    """A new account; its invitation is shown this once."""
    form = request.form
    try:
        organization_id = forms.line(form, "organization", longest=100) or None
        name, email = forms.line(form, "name"), forms.line(form, "email", longest=320)
        secret = staff_accounts.invite(email, form.get("role", ""), organization_id, name, gate.acting(), now())
    except Invalid as problem:
        return _list_page(problems=(problem,)), 422
    return _list_page(invited=email, secret=secret), 200


@pages.post("/<staff_id>")
def change(staff_id: str) -> Page:
    """Close, open, begin anew, sign out, or give another role."""
    found = as_uuid(staff_id)
    staff = staff_accounts.by_id(found) if found else None
    if staff is None:
        abort(404)
    try:
        done, secret = _change(staff, request.form.get("do", ""))
    except Invalid as problem:
        return _list_page(problems=(problem,)), 422
    return _list_page(done=done, invited=staff.email if secret else "", secret=secret), 200


def _change(staff: Staff, do: str) -> tuple[str, str]:
    """What was done, as a sentence, and the secret of a new invitation where one was made."""
    match do:
        case "disable":
            staff_accounts.disable(staff, gate.acting(), now())
            return f"The account of {staff.name} is closed.", ""
        case "enable":
            staff_accounts.enable(staff, gate.acting())
            return f"The account of {staff.name} is open.", ""
        case "sign-out":
            staff_accounts.sign_out(staff, gate.acting(), now())
            return f"{staff.name} is signed out everywhere.", ""
        case "role":
            staff_accounts.change_role(staff, request.form.get("role", ""), gate.acting(), now())
            return f"{staff.name} is {staff.role} now, and signed out everywhere.", ""
    if do != "reset":
        abort(400)
    return f"Password and second step of {staff.name} are gone.", staff_accounts.reset(staff, gate.acting(), now())


def _list_page(*, done: str = "", invited: str = "", secret: str = "", problems: tuple[Invalid, ...] = ()) -> str:
    staff = gate.staff()
    of_organization = staff.organization_id if staff.role != Actor.ADMIN else None
    return render_template(
        "admin/staff.html",
        staff=staff,
        accounts=staff_accounts.listed(now(), of_organization),
        may_change=staff.role == Actor.ADMIN,
        roles=staff_accounts.ROLES,
        done=done,
        invited=invited,
        link=f"{public_url()}{url_for('accounts.invitation_page', secret=secret)}" if secret else "",
        typed=request.form if problems else {},
        problems=problems,
    )
