"""Who may do what with whose request, as one table; nothing else in the service decides it.

A `Right` is about one request, and depends on what the request is to somebody: their own, one that has left them, one
they opened in an emergency, somebody else's. A `Duty` is about no request: it comes with the role alone. What step a
request may take next is the business of `lifecycle`, which is asked after this.
"""

from collections.abc import Mapping
from enum import StrEnum

from referral.domain.codes import Actor


class Relation(StrEnum):
    """What a request is to somebody. Without an organization every request is a coordinator's own."""

    OWN = "own"
    PAST = "past"
    """An office had it; it was declined, cancelled or passed on."""
    EMERGENCY = "emergency"
    """Of another organization, opened for a while with a written reason."""
    FOREIGN = "foreign"


class Right(StrEnum):
    """A class of actions on one request."""

    READ = "read"
    READ_FILES = "read-files"
    SEND_FILES = "send-files"
    TAKE_BACK_FILES = "take-back-files"
    CHOOSE_FILES = "choose-files"
    """Say which files go along to an office."""
    ACT = "act"
    ANSWER_LATE = "answer-late"
    STATE_FACTS = "state-facts"
    """Say what is right about one's own office."""
    CHANGE_RECORDS = "change-records"
    READ_MESSAGES = "read-messages"
    CHOOSE_MESSAGES = "choose-messages"
    """Say how the patient is reached: which messages, to what address."""
    WRITE_MESSAGES = "write-messages"
    """Write to the other side: the desk to the patient, the patient to the desk."""
    NOTE_CALLS = "note-calls"
    END_DUPLICATE = "end-duplicate"
    MANAGE_LINK = "manage-link"


class Duty(StrEnum):
    """A class of actions that are about no single request."""

    DESK = "desk"
    REFERRALS = "referrals"
    """List requests, each as far as it is theirs."""
    OPEN_IN_EMERGENCY = "open-in-emergency"
    READ_EMERGENCIES = "read-emergencies"
    REPORTS = "reports"
    BULK = "bulk"
    SETTINGS = "settings"
    OPERATIONS = "operations"
    """See and change how long clocks run, and how sending goes."""
    DIRECTORY = "directory"
    STAFF = "staff"
    READ_STAFF = "read-staff"
    """Who works in the own organization."""
    KEYS = "keys"
    AUDIT_LOG = "audit-log"


class Level(StrEnum):
    """How much of a request somebody sees."""

    WHOLE = "whole"
    OWN = "own"
    """What a patient sees of their request."""
    SHARED = "shared"
    """What an office that has it needs for its answer."""
    LEFT = "left"
    """What an office that had it still sees."""
    NOTHING = "nothing"


_NOTHING: frozenset[Right] = frozenset()
_LOOK = frozenset({Right.READ, Right.READ_FILES, Right.READ_MESSAGES})
_WORK = _LOOK | {
    Right.SEND_FILES, Right.TAKE_BACK_FILES, Right.CHOOSE_FILES, Right.ACT, Right.CHANGE_RECORDS, Right.NOTE_CALLS,
    Right.END_DUPLICATE, Right.MANAGE_LINK, Right.WRITE_MESSAGES,
}  # fmt: skip
_ANSWER = frozenset({Right.READ, Right.READ_FILES, Right.SEND_FILES, Right.TAKE_BACK_FILES, Right.ACT})
_SPEAK = frozenset({Right.ANSWER_LATE, Right.STATE_FACTS})
_OWNER = _LOOK | {
    Right.SEND_FILES, Right.TAKE_BACK_FILES, Right.ACT, Right.CHANGE_RECORDS, Right.CHOOSE_MESSAGES,
    Right.WRITE_MESSAGES,
}  # fmt: skip

RIGHTS: Mapping[Actor, Mapping[Relation, frozenset[Right]]] = {
    Actor.PATIENT: {Relation.OWN: _OWNER},
    Actor.OFFICE: {Relation.OWN: _ANSWER | {Right.STATE_FACTS}, Relation.PAST: _SPEAK},
    Actor.INTEGRATION: {Relation.OWN: _ANSWER, Relation.PAST: frozenset({Right.READ, Right.ANSWER_LATE})},
    Actor.COORDINATOR: {Relation.OWN: _WORK, Relation.EMERGENCY: _LOOK},
    Actor.LEAD: {Relation.OWN: _WORK, Relation.EMERGENCY: _LOOK},
    Actor.ADMIN: {},
    Actor.AUDITOR: {},
    Actor.SYSTEM: {Relation.OWN: frozenset(Right)},
}
"""Rights about one request; what is not here is refused."""

_COORDINATOR = frozenset({Duty.DESK, Duty.REFERRALS, Duty.OPEN_IN_EMERGENCY})

DUTIES: Mapping[Actor, frozenset[Duty]] = {
    Actor.COORDINATOR: _COORDINATOR,
    Actor.LEAD: _COORDINATOR
    | {Duty.REPORTS, Duty.BULK, Duty.SETTINGS, Duty.OPERATIONS, Duty.READ_STAFF, Duty.READ_EMERGENCIES},
    Actor.INTEGRATION: frozenset({Duty.REFERRALS}),
    Actor.ADMIN: frozenset({Duty.DIRECTORY, Duty.OPERATIONS, Duty.STAFF, Duty.READ_STAFF, Duty.KEYS}),
    Actor.AUDITOR: frozenset({Duty.AUDIT_LOG, Duty.READ_EMERGENCIES}),
}
"""What comes with a role; patients and offices have none."""

LEVELS: Mapping[Actor, Mapping[Relation, Level]] = {
    Actor.PATIENT: {Relation.OWN: Level.OWN},
    Actor.OFFICE: {Relation.OWN: Level.SHARED},
    Actor.INTEGRATION: {Relation.OWN: Level.SHARED, Relation.PAST: Level.LEFT},
    Actor.COORDINATOR: {Relation.OWN: Level.WHOLE, Relation.EMERGENCY: Level.WHOLE},
    Actor.LEAD: {Relation.OWN: Level.WHOLE, Relation.EMERGENCY: Level.WHOLE},
    Actor.SYSTEM: {Relation.OWN: Level.WHOLE},
}

_OFFICE_READS = frozenset({
    "id", "identifier", "version", "status", "stage", "priority", "cancer", "cancer_name", "situation",
    "decision_date", "next_step", "next_by", "owner", "created_at", "contact_confirmed", "patient", "requester",
    "questions", "first_opinion", "records", "tasks", "opinions",
})  # fmt: skip
CONTACT = frozenset({"email", "phone", "postcode"})
"""How a patient is reached."""
_PERSON = CONTACT | {"given", "family", "birth_date"}
_OF_THE_ILLNESS = frozenset({"decision_date", "first_opinion", "questions", "records", "requester"})

FIELDS: Mapping[Level, frozenset[str]] = {
    Level.WHOLE: _OFFICE_READS | {"assignee", "shortlist", "reroute"},
    Level.SHARED: _OFFICE_READS,
    Level.LEFT: _OFFICE_READS - _OF_THE_ILLNESS,
}
"""Which fields of a request a program reads; the others stand there empty. Whom else the patient chose, and who looks
after the request here, is nothing an office needs. Of one that left it the number, the stage and its own part remain:
it knows by them which it was, and what the patient wrote is with somebody else now."""

HIDDEN_OF_PATIENT: Mapping[Level, frozenset[str]] = {
    Level.WHOLE: frozenset(),
    Level.SHARED: frozenset(),
    Level.LEFT: _PERSON,
}
"""Which of the patient's data an office no longer reads once the request has left it: all by which one is known."""


def has_right(actor: Actor, right: Right, relation: Relation) -> bool:
    """Whether this role may do this with a request that is this to them."""
    return right in RIGHTS.get(actor, {}).get(relation, _NOTHING)


def has_duty(actor: Actor, duty: Duty) -> bool:
    """Whether this comes with the role."""
    return duty in DUTIES.get(actor, frozenset())


def level_of(actor: Actor, relation: Relation) -> Level:
    """How much of such a request this role sees."""
    return LEVELS.get(actor, {}).get(relation, Level.NOTHING)
