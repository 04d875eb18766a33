"""The coordinator's desk: the worklists, one referral with what may be done now, and the packet for the post."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral import reference
from referral.access import gate
from referral.domain import plain_words
from referral.domain.clocks import deadline
from referral.domain.codes import Priority
from referral.domain.errors import Invalid, InvalidInput, NotAllowed, NotFound, StaleVersion
from referral.domain.lifecycle import Action, Stage
from referral.domain.queues import WORKLISTS
from referral.domain.texts import as_uuid
from referral.models import ServiceRequest
from referral.services import act, aftermath, audit_log, keep_document, open_office_link, presence, standing
from referral.services.act_with_file import act_with_file
from referral.services.effects import Details
from referral.store import deliveries
from referral.web import action_forms, desk_lists, desk_referral, record_forms
from referral.web.action_forms import Form, Refusal
from referral.web.clock import now

pages = Blueprint("coordinator", __name__, url_prefix="/coordinator")
pages.add_app_template_global(desk_lists.remembered, "last_list")

Page = tuple[str, int]


@pages.get("/")
def queue() -> str:
    """The worklists with their counts, and one page of the chosen list."""
    staff = gate.staff()
    desk = desk_lists.load(desk_lists.asked_for(request.args, staff), staff, now())
    desk_lists.remember(desk.view)
    return render_template("coordinator/queue.html", desk=desk, staff=staff, worklists=WORKLISTS, now=now())


@pages.get("/referrals/<referral_id>")
def referral_page(referral_id: str) -> str:
    """One referral: what is next, what may be done, and everything that happened."""
    referral = read(referral_id)
    shown = page(referral, now())
    presence.note(referral, gate.acting(), now())
    return shown


@pages.post("/referrals/<referral_id>")
def take(referral_id: str) -> Response | Page:
    """Take one action as the signed-in coordinator."""
    referral, form, action = (
        read(referral_id),
        request.form,
        action_forms.read_action(request.form, plain_words.DESK_ACTIONS),
    )
    acting = gate.acting()
    try:
        presence.require_turn(referral, acting, now())
        details = _read_details(action, form)
        sent = record_forms.sent_files(request.files.getlist(f"{action}.file"))
        act_with_file(referral.id, action, acting, details, sent, now(), action_forms.read_version(form))
    except (Invalid, InvalidInput) as error:
        return page(referral, now(), typed=form, problems=action_forms.problems_of(action, error)), 422
    except NotAllowed as error:
        return page(
            referral, now(), typed=form, refusal=action_forms.refusal(action, form, error, referral.events)
        ), 409
    flash(f"{plain_words.HISTORY[action]}.")
    return redirect(url_for("coordinator.referral_page", referral_id=referral.id))


@pages.get("/referrals/<referral_id>/packet")
def packet(referral_id: str) -> str:
    """The printable packet for an office that is reached by post."""
    referral = read(referral_id)
    if referral.current_task is None:
        abort(404)
    cancer = reference.cancers().get(referral.oncotree_code)
    along = keep_document.going_along(referral.current_task)
    audit_log.note_packet(gate.acting(), referral.current_task, along)
    return render_template(
        "coordinator/packet.html",
        referral=referral,
        task=referral.current_task,
        cancer=cancer,
        answer_by=deadline(Stage.ACKNOWLEDGED, Priority(referral.priority), now()),
        staff=gate.staff(),
        now=now(),
    )


def _read_details(action: Action, form: Form) -> Details:
    """What the form holds. What is written to a request for records goes to the patient, who is asked for them."""
    details = action_forms.read_details(action, form)
    if action is not Action.REQUEST_RECORDS:
        return details
    return replace(details, text="", to_patient=details.text)


def read(referral_id: str) -> ServiceRequest:
    """The referral, if it exists for whoever is signed in."""
    found: UUID | None = as_uuid(referral_id)
    if found is None:
        raise NotFound
    return act.read(found, gate.acting())


def to_change(referral_id: str) -> ServiceRequest:
    """The referral, for whatever else changes something of the case than an action of its lifecycle.

    Raise `NotAllowed` while it is a colleague's turn, and where the form names a version that is not the present one.
    """
    referral = read(referral_id)
    presence.require_turn(referral, gate.acting(), now())
    if "version" in request.form and action_forms.read_version(request.form) != referral.version:
        raise StaleVersion(action_forms.OVERTAKEN, (), referral.version)
    return referral


def turned_away(refused: NotAllowed) -> Page:
    """The referral as it stands, where one of its buttons came too late or out of turn, and why nothing was done."""
    referral = read(str((request.view_args or {})["referral_id"]))
    return page(referral, now(), refusal=Refusal(refused.message, (), ())), 409


def page_with(referral: ServiceRequest, typed: Form) -> str:
    """The page of a referral with what was typed in one of its forms, nothing of it taken yet."""
    return page(referral, now(), typed=typed)


def page(
    referral: ServiceRequest,
    at: datetime,
    typed: Form | None = None,
    problems: tuple[Invalid, ...] = (),
    refusal: Refusal | None = None,
) -> str:
    """The page of one referral; with what somebody typed, what was wrong with it, and why it was not taken."""
    staff = gate.staff()
    moves = act.actions(referral, gate.acting())
    return render_template(
        "coordinator/referral.html",
        referral=referral,
        staff=staff,
        cancer=reference.cancers().get(referral.oncotree_code),
        forms=desk_referral.forms_of(referral, moves),
        rows=record_forms.rows(referral, gate.acting()),
        link=open_office_link.of_task(referral.current_task),
        roles=desk_referral.role_choices(referral, moves),
        candidates=desk_referral.candidates(referral, moves),
        known=desk_referral.specialist_facts(referral),
        last_asked=standing.asked_last(referral),
        others=presence.others(referral.id, gate.acting(), at),
        shortlist=desk_referral.attempts(referral),
        opened=aftermath.first_opened(referral),
        messages=deliveries.of_request(referral.id),
        colleagues=desk_lists.colleagues_of(staff),
        by_post=desk_referral.by_hand_because(referral) if desk_referral.waits_for_post(referral) else "",
        typed=typed or MultiDict(),
        unsent=typed is not None and action_forms.holds_words(typed),
        problems=problems,
        refusal=refusal,
        now=at,
    )
