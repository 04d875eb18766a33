"""Who could be asked beyond the patient's own list: the best match within the patient's limits, for an objection first.

Left out are those who were asked, those who gave the first opinion and their organization, those somebody objected to,
those who may not be sent anything by the service itself, and those known not to meet what the patient needs: within
their distance, in their language, before the day they have to decide.
"""

from datetime import datetime, timedelta

from flask import current_app

from referral.domain.messages import NOBODY_LEFT, REROUTING_SOON
from referral.domain.rerouting import may_be_sent_to
from referral.models import PractitionerRole, ServiceRequest
from referral.services import clockwork, outbox
from referral.services.consents import may_go_beyond
from referral.services.first_place import works_there
from referral.services.outbox import standing_of
from referral.services.routing import tries_left, within_limits
from referral.services.suggest_roles import npis_asked, suggest_roles
from referral.settings import Settings
from referral.store import referrals

LOOKED_AT = 50
"""So many of the best matches are looked at."""

ENGLISH = "en"


def next_match(request: ServiceRequest, now: datetime) -> PractitionerRole | None:
    """The best match that may be asked now; None where there is none, or no index to look in."""
    snapshot = current_app.extensions["index"].current()
    if snapshot is None or not tries_left(request) or not may_go_beyond(request, now):
        return None
    found = [suggestion.role.role_id for suggestion in suggest_roles(request, snapshot, LOOKED_AT)]
    roles = referrals.roles(found)
    ranked = (roles[role_id] for role_id in found if role_id in roles)
    left_out = {*request.vetoed_npis, *npis_asked(request)}
    return next((role for role in ranked if role.npi not in left_out and _fits(request, role, now)), None)


def propose(request: ServiceRequest, role: PractitionerRole | None, now: datetime) -> None:
    """Let it be known who is asked next, and until when one may object; with None, that nobody is left."""
    settings: Settings = current_app.extensions["settings"]
    if role is None:
        request.reroute_role_id = request.reroute_at = None
        nobody_left(request, now)
        return
    ends = clockwork.veto_ends(now, settings.reroute_veto_hours)
    request.reroute_role_id, request.reroute_at = role.id, ends
    if request.contact_confirmed_at is not None:
        outbox.to_patient(request, REROUTING_SOON, now)


def nobody_left(request: ServiceRequest, now: datetime) -> None:
    """Tell the patient that a coordinator looks for a way with them."""
    if request.contact_confirmed_at is not None:
        outbox.to_patient(request, NOBODY_LEFT, now)


def obstacles(request: ServiceRequest, role: PractitionerRole, now: datetime) -> list[str]:
    """Why the service would not ask this one by itself, each as a clause; a coordinator may, who knows better."""
    found = []
    if role.npi in request.vetoed_npis:
        found.append("somebody objected to this specialist")
    if not speaks_to(request, role):
        found.append("is not known to speak the patient’s language")
    if not _in_time(request, role, now):
        found.append("answers only after the day the patient has to decide")
    if not within_limits(request, role):
        found.append("is farther than the patient wants to go")
    if role.accepts_new_patients is False:
        found.append("accepts no new patients now")
    return [*found, *same_place(request, role)]


def same_place(request: ServiceRequest, role: PractitionerRole) -> list[str]:
    """That this one is where the first opinion came from, as a clause: nobody there is gone on to without a person."""
    return ["belongs to the organization of the first opinion"] if works_there(request.first_opinion, role) else []


def _fits(request: ServiceRequest, role: PractitionerRole, now: datetime) -> bool:
    if not speaks_to(request, role) or not _in_time(request, role, now):
        return False
    if not may_be_sent_to(standing_of(role, request.oncotree_code), now.date()) or not within_limits(request, role):
        return False
    return not works_there(request.first_opinion, role)


def speaks_to(request: ServiceRequest, role: PractitionerRole) -> bool:
    """Whether the specialist is known to speak the patient's language, where no interpreter is wanted.

    English is taken for granted. A language that is needed has to be known of: nobody is asked on the off chance.
    """
    wanted = _primary(request.patient.language)
    return wanted == ENGLISH or request.patient.interpreter or wanted in map(_primary, role.practitioner.languages)


def _primary(tag: str) -> str:
    """The language of a BCP 47 tag, without country or script."""
    return tag.partition("-")[0].casefold()


def _in_time(request: ServiceRequest, role: PractitionerRole, now: datetime) -> bool:
    """Whether the office is not known to answer only after the day on which the patient has to decide."""
    until = request.decision_date
    if until is None or until < now.date() or role.wait_days is None:
        return True
    return now.date() + timedelta(days=role.wait_days) <= until
