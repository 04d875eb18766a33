"""Made-up staff and requests of the demo.

The requests take the same way as real ones, through `refer`, `act` and `deliver` with the clock set back; nothing is
written past the services. Their messages go nowhere, and none is left for a worker to send later.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from flask import current_app

from referral import reference
from referral.access.authorize import Acting
from referral.channels import Channel, DeliveryError, Failure, Message
from referral.domain.codes import Actor, ChannelKind
from referral.domain.intake import NewPatient, NewReferral
from referral.domain.lifecycle import Action, Stage
from referral.domain.matching import Query
from referral.extensions import db
from referral.index.search import rank
from referral.index.snapshot import Snapshot
from referral.models import ServiceRequest, Staff
from referral.services import outbox, reply_templates
from referral.services.act import act, read
from referral.services.deliver import deliver
from referral.services.demo_stories import STORIES, Story, Turn, decision_day
from referral.services.demo_templates import TEMPLATES
from referral.services.effects import Details
from referral.services.rebuild_index import current_or_built
from referral.services.refer import Repeat, refer
from referral.settings import Settings
from referral.store import access, deliveries, referrals, replies

PEOPLE = (
    ("dana.whitfield@demo.example", "Dana Whitfield", "lead"),
    ("marcus.oyelaran@demo.example", "Marcus Oyelaran", "coordinator"),
    ("priya.raman@demo.example", "Priya Raman", "coordinator"),
    ("jonas.keller@demo.example", "Jonas Keller", "auditor"),
    ("ines.albrecht@demo.example", "Ines Albrecht", "admin"),
)
LOOKED_AT = 60
"""How far down the ranking somebody is looked for who is reached in the way a story needs."""

COORDINATOR = "marcus.oyelaran@demo.example"


class NoPost:
    """Takes every message and keeps none, or refuses every message for good."""

    repeatable = True

    def __init__(self, refuses: bool) -> None:
        self._refuses = refuses

    def endpoint(self, to: str) -> str:
        """Nothing that could be down."""
        return ""

    def send(self, message: Message) -> None:
        """Refuse, or do nothing."""
        if self._refuses and not message.to.endswith("@demo.example"):
            raise DeliveryError(Failure.PERMANENT, "mail server answered 550")


def seed_demo_people_and_requests(now: datetime, secret_key: str) -> None:
    """Add the staff and the requests that are not there yet; a second call changes nothing."""
    _add_people(now)
    _add_templates(now)
    snapshot = current_or_built(current_app.extensions["index"], now)
    for story in STORIES:
        _tell(story, snapshot, secret_key, now)


def demo_is_complete() -> bool:
    """Whether the last request of the demo is there; a seed that was interrupted is taken up again."""
    return referrals.idempotency_key(_key(STORIES[-1])) is not None


def _key(story: Story) -> str:
    return f"demo-{story.name}"


def _add_people(now: datetime) -> None:
    for email, name, role in PEOPLE:
        if access.staff_by_email(email) is None:
            access.add_staff(Staff(email=email, name=name, role=role, demo=True, created_at=now))
    db.session.commit()


def _add_templates(now: datetime) -> None:
    """Everybody's templates that are not there yet, written by the lead of the demo."""
    lead, there = access.staff_by_email(PEOPLE[0][0]), replies.shared_names()
    for written in TEMPLATES:
        if lead is not None and written.name not in there:
            reply_templates.add(written, Acting.of_staff(lead), now)


def _tell(story: Story, snapshot: Snapshot, secret_key: str, now: datetime) -> None:
    """One request from its beginning to where it stands today."""
    key = _key(story)
    if referrals.idempotency_key(key) is not None:
        return
    start = now - timedelta(days=story.days_ago)
    new = _new_referral(story, _shortlist(story, snapshot, now), now)
    request_id = refer(new, secret_key, start, Repeat(key, sha256(key.encode()).hexdigest())).id
    channels = {ChannelKind.EMAIL.value: NoPost(story.refused)}
    _carry(request_id, channels, start)
    for turn in _turns(story):
        at = now - timedelta(days=turn.days_ago)
        _take(request_id, turn, at, now)
        _carry(request_id, channels, at + timedelta(minutes=1))
        if story.channel is not ChannelKind.POST:
            _send_by_hand(request_id, at + timedelta(hours=1))


def _turns(story: Story) -> tuple[Turn, ...]:
    """What happened; a story that names who looks after it begins with that."""
    if not story.assignee:
        return story.turns
    return (Turn(story.days_ago, Actor.COORDINATOR, Action.ASSIGN, Details(assignee=story.assignee)), *story.turns)


def _new_referral(story: Story, shortlist: tuple[str, ...], now: datetime) -> NewReferral:
    return NewReferral(
        cancer=story.cancer,
        patient=NewPatient(
            given=story.given,
            family=story.family,
            birth_date=story.born,
            email=story.email,
            phone=story.phone,
            postcode=story.postcode,
            language=story.language,
            interpreter=story.interpreter,
        ),
        share_with_specialists=True,
        contact_by_email=True,
        situation=story.situation,
        priority=story.priority,
        decision_date=decision_day(story, now.date()),
        questions=story.questions,
        first_opinion=story.first,
        shortlist=shortlist,
        reroute_allowed=story.reroute,
    )


def _shortlist(story: Story, snapshot: Snapshot, now: datetime) -> tuple[str, ...]:
    """The best matches near the patient who are reached in the way the story needs, or else the best matches."""
    place = reference.gazetteer().postcode(story.postcode)
    query = Query(story.cancer, place.latitude, place.longitude) if place else Query(story.cancer, remote="only")
    query = replace(query, limit=LOOKED_AT)
    ranking = rank(snapshot, reference.cancers(), reference.volume_marks(), query)
    found = [snapshot.role(number) for number in ranking.roles.tolist()]
    best = {role.npi: role.role_id for role in reversed(found)}
    in_order = tuple(reversed(best.values()))
    roles = referrals.roles(in_order)
    fitting = tuple(one for one in in_order if one in roles and outbox.channel_for(roles[one], now) is story.channel)
    return (fitting or in_order)[: story.chosen]


def _take(request_id: UUID, turn: Turn, at: datetime, now: datetime) -> None:
    details = turn.details
    if turn.in_days is not None:
        details = replace(details, day=(now + timedelta(days=turn.in_days)).date())
    act(request_id, turn.action, _acting(request_id, turn.actor), details, at)


def _acting(request_id: UUID, actor: Actor) -> Acting:
    if actor is Actor.PATIENT:
        return Acting(actor, request_id=request_id)
    coordinator = access.staff_by_email(COORDINATOR)
    desk = Acting.of_staff(coordinator) if coordinator else Acting(Actor.COORDINATOR)
    task = read(request_id, desk).current_task
    if actor is Actor.OFFICE and task is not None:
        return Acting(actor, f"Office of {task.role.practitioner.name}", task_id=task.id)
    return desk


def _carry(request_id: UUID, channels: Mapping[str, Channel], at: datetime) -> None:
    """Play the worker until nothing waits any more: one message may bring the next."""
    settings: Settings = current_app.extensions["settings"]
    while waiting := deliveries.waiting_for(request_id):
        outcomes = {deliver(delivery_id, channels, settings, lambda: at) for delivery_id in waiting}
        if outcomes == {"skipped"}:
            return  # a worker that runs at the same time was quicker


def _send_by_hand(request_id: UUID, at: datetime) -> None:
    """Where only the post was left for a story of messages, the coordinator has carried it."""
    request: ServiceRequest | None = referrals.get(request_id)
    if request is not None and request.stage == Stage.QUEUED:
        act(request_id, Action.SEND, _acting(request_id, Actor.COORDINATOR), Details(), at)
