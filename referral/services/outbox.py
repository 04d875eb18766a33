"""Puts messages into the outbox: rows that are committed with the change they tell of, and sent afterwards."""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from referral import reference
from referral.domain.codes import ChannelKind
from referral.domain.office_limits import is_out_of_scope, is_paused
from referral.models import Delivery, PractitionerRole, ReferralTask, ServiceRequest
from referral.store import deliveries
from referral.store.deliveries import TO_OFFICE

ASSURED_FOR = timedelta(days=180)
"""A role not assured for longer gets nothing by itself: a coordinator calls the office first."""

SENDING_CHANNELS = frozenset({ChannelKind.EMAIL})
"""Channels that send by themselves; everything else is carried by a person."""

CANCELLED = "office-cancelled"


def channel_for(role: PractitionerRole, now: datetime) -> ChannelKind:
    """How this office is reached today."""
    fresh = role.assured_on is not None and now.date() - role.assured_on <= ASSURED_FOR
    known = role.channel in SENDING_CHANNELS and role.channel_address
    return ChannelKind(role.channel) if fresh and known else ChannelKind.POST


def takes_by_itself(role: PractitionerRole, oncotree_code: str, now: datetime) -> bool:
    """Whether nothing that an office said keeps a request on this cancer from going there without a person's word."""
    tree = reference.cancers()
    path = tree.path(oncotree_code) if oncotree_code in tree else ()
    return not is_paused(role.paused_until, now.date()) and not is_out_of_scope(role.not_treated, path)


def to_office(task: ReferralTask, role: PractitionerRole, now: datetime) -> Delivery:
    """The referral itself, on its way to one office; by hand where the office said that it does not take it."""
    asks_for_it = takes_by_itself(role, task.request.oncotree_code, now)
    delivery = Delivery(
        key=_key(str(task.request_id), TO_OFFICE, role.id, "1"),
        request_id=task.request_id,
        template=TO_OFFICE,
        channel=channel_for(role, now) if asks_for_it else ChannelKind.POST,
        due_at=now,
        created_at=now,
    )
    task.deliveries.append(delivery)
    deliveries.add(delivery)
    return delivery


def carrier(task: ReferralTask) -> Delivery | None:
    """The message that carries the referral of this task, among all that its office gets."""
    return next((delivery for delivery in task.deliveries if delivery.template == TO_OFFICE), None)


def tell_office(task: ReferralTask, template: str, version: str, now: datetime) -> Delivery | None:
    """Tell an office of a change; None where its packet was carried by a person, who has to tell it too."""
    carried = carrier(task)
    if carried is None or carried.channel != ChannelKind.EMAIL:
        return None
    return _message(task.request_id, template, task.role_id, version, now, task)


def to_patient(request: ServiceRequest, template: str, now: datetime) -> Delivery | None:
    """A message to the patient; None where they gave no email address or do not want one."""
    wants = any(consent.purpose == "contact" and consent.revoked_at is None for consent in request.consents)
    if not request.patient.email or not wants:
        return None
    return _message(request.id, template, "patient", str(request.version), now)


def _message(
    request_id: UUID,
    template: str,
    recipient: str,
    version: str,
    now: datetime,
    task: ReferralTask | None = None,
) -> Delivery | None:
    key = _key(str(request_id), template, recipient, version)
    if deliveries.has_key(key):
        return None
    delivery = Delivery(
        key=key,
        request_id=request_id,
        task_id=task.id if task else None,
        template=template,
        channel=ChannelKind.EMAIL,
        due_at=now,
        created_at=now,
    )
    deliveries.add(delivery)
    return delivery


def _key(*parts: str) -> str:
    """The name a message keeps over all attempts: what it is about, of which kind, to whom, in which version."""
    return sha256("|".join(parts).encode()).hexdigest()
