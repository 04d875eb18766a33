"""A desk in its third year: made-up referrals with everything that hangs on them, their history in the order of time.

    fill(app, referrals=200_000, events=4_000_000)      # in an empty, migrated database; seconds, not hours

Personal values are sealed with the keys of the application, and found by their blind indexes, as the service makes
them. Everything is drawn with a seed; ids, too, so that two databases that are filled alike hold the same referrals.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count

from flask import Flask

from referral import reference
from referral.domain.codes import Agreement, DeclineReason, DeliveryStatus, Priority, Situation, TaskStatus
from referral.domain.lifecycle import FINISHED, Action, Stage
from referral.models import Patient
from referral.models.directory import plain_name
from referral.models.sealed import blind_indexes, sealed_columns
from referral.sealing import key_ring
from tests.benchmarks.bulk_rows import Bulk, Value, bulk, moment
from tests.benchmarks.desk_stories import Story, stories
from tests.benchmarks.desk_world import DAY, Referral, World, write_history

ORGANIZATIONS, SPECIALISTS, STAFF = 300, 3_000, 40
TABLES = (
    "organization", "practitioner", "practitioner_role", "staff", "patient", "service_request", "shortlist_entry",
    "consent", "referral_task", "record_item", "delivery", "patient_message", "opinion", "referral_event",
    "thread_message",
)  # fmt: skip
GIVEN = (
    "Maria", "José", "Ana Lucía", "Benjamin", "Chidi", "Dolores", "Elena", "Farid", "Grace", "Hiroshi", "Inés",
    "Jonathan", "Katarzyna", "Łukasz", "Mary Ann", "Nguyen", "Olumide", "Priya", "Quentin", "Rosa María", "Søren",
    "Thomas", "Ursula", "Víctor", "Wei", "Xiomara", "Yusuf", "Zoë",
)  # fmt: skip
_BEGINNINGS = (
    "Ab", "Bar", "Cas", "Dal", "Es", "Fer", "Gar", "Hern", "Ib", "Jim", "Kar", "Lop", "Mal", "Nav", "Ort", "Par",
    "Quin", "Riv", "San", "Tor", "Ur", "Vel", "Wal", "Yan", "Zam",
)  # fmt: skip
_ENDINGS = (
    "a", "andez", "berg", "costa", "dóttir", "eira", "escu", "etti", "ez", "field", "ford", "guson", "hoff", "ini",
    "insky", "kowski", "man", "ner", "ova", "son", "tera", "wood",
)  # fmt: skip
FAMILY = tuple(
    f"{beginning}{middle}{end}" for beginning in _BEGINNINGS for middle in ("", "al", "in", "os") for end in _ENDINGS
)
_RECORDS = ("pathology-report", "imaging-reports", "clinic-letters", "treatment-timeline")
NOBODY_CHOSEN = 0.05
"""Of those for which nobody was asked yet, so many have nobody on their list either."""
_PRIORITIES = ([*Priority], (0.84, 0.11, 0.04, 0.01))


def fill(app: Flask, referrals: int = 200_000, events: int = 4_000_000, now: datetime | None = None) -> None:
    """Fill the database of this application."""
    with app.app_context(), bulk(TABLES) as into:
        at = (now or datetime.now(UTC)).timestamp()
        world = World(at, random.Random(8), key_ring(), stories())
        world.items = count(into.highest("record_item") + 1)
        _directory(world, into)
        made = _referrals(world, referrals, events)
        _people(world, into, made)
        _requests(world, into, made)
        _handlings(world, into, made)
        _messages(world, into, made)
        write_history(world, into, made, into.highest("referral_event"))


def _directory(world: World, into: Bulk) -> None:
    chance = world.chance
    organizations = {f"bench-{number:04}": f"{chance.choice(FAMILY)} Cancer Center" for number in range(ORGANIZATIONS)}
    into.put(
        "organization",
        ("id", "name", "plain_name", "source"),
        ((one, name, plain_name(name), "made up") for one, name in organizations.items()),
    )
    npis = [f"21{number:08}" for number in range(SPECIALISTS)]
    names = [(chance.choice(GIVEN), chance.choice(FAMILY)) for _ in npis]
    into.put(
        "practitioner",
        ("npi", "given", "family", "plain_name", "credential", "languages", "source"),
        ((npi, *one, plain_name(*one), "MD", '["en"]', "made up") for npi, one in zip(npis, names, strict=True)),
    )
    world.specialists = [(f"bench-{npi}", npi) for npi in npis]
    # Zipf: a few centres have most of the specialists.
    places = chance.choices([*organizations], [1 / rank for rank in range(1, ORGANIZATIONS + 1)], k=SPECIALISTS)
    into.put(
        "practitioner_role",
        ("id", "npi", "organization_id", "city", "state", "postcode", "channel", "channel_address", "source"),
        (
            (role, npi, place, "Boston", "MA", "02115", "email", "referrals@bench.example", "made up")
            for (role, npi), place in zip(world.specialists, places, strict=True)
        ),
    )
    world.staff = [(world.id(), f"bench{number}@example.org") for number in range(STAFF)]
    into.put(
        "staff",
        ("id", "email", "name", "role", "created_at"),
        ((one, email, chance.choice(FAMILY), "coordinator", moment(world.now)) for one, email in world.staff),
    )


def _referrals(world: World, number: int, events: int) -> list[Referral]:
    chance = world.chance
    cancers = [cancer.code for cancer in reference.cancers()]
    chance.shuffle(cancers)
    weights = [1 / rank for rank in range(1, len(cancers) + 1)]
    drawn = zip(
        chance.choices(world.stories, [story.share for story in world.stories], k=number),
        chance.choices(cancers, weights, k=number),
        chance.choices(*_PRIORITIES, k=number),
        strict=True,
    )
    made = [_referral(world, story, cancer, priority) for story, cancer, priority in drawn]
    moves = sum(len(one.story.moves) for one in made)
    for one, pads in zip(made, _shared(chance, max(0, events - moves), number), strict=True):
        one.pads = pads
    return made


def _shared(chance: random.Random, total: int, number: int) -> list[int]:
    """So many things among so many, some with more and some with fewer."""
    each, rest = divmod(total, number)
    shares = [each + (place < rest) for place in range(number)]
    for place in range(0, number - 1, 2):
        moved = chance.randint(0, each)
        shares[place] += moved
        shares[place + 1] -= moved
    return shares


def _referral(world: World, story: Story, cancer: str, priority: str) -> Referral:
    chance, over = world.chance, story.stage in FINISHED
    begun = world.now - (chance.uniform(30, 1_095) if over else chance.uniform(2, 40)) * DAY
    gaps = [chance.expovariate(1 / 1.5) for _ in story.moves[1:]]
    until = min(world.now - begun, sum(gaps) * DAY)
    scale = until / (sum(gaps) or 1)
    times = [begun]
    for gap in gaps:
        times.append(times[-1] + max(1.0, gap * scale * 0.999))
    alone = not story.handlings and chance.random() < NOBODY_CHOSEN
    return Referral(
        world.id(), world.id(), story, times, 0, [] if alone else chance.sample(world.specialists, 2),
        [world.id() for _ in story.handlings], priority, cancer,
        chance.choice(world.staff) if chance.random() < 0.8 else None,
        None if over else world.now + chance.uniform(-2, 12) * DAY,
    )  # fmt: skip


def _people(world: World, into: Bulk, made: Sequence[Referral]) -> None:
    sealed, blind = [one.column for one in sealed_columns(Patient)], blind_indexes(Patient)
    into.put("patient", ("id", *sealed, *(one.column for one in blind), "email_confirmed_at"), _patients(world, made))


def _patients(world: World, made: Sequence[Referral]) -> Iterator[Sequence[Value]]:
    chance, confirmed = world.chance, moment(world.now)
    kinds, blind = sealed_columns(Patient), blind_indexes(Patient)
    for number, one in enumerate(made):
        plain: dict[str, str] = dict.fromkeys((kind.column for kind in kinds), "")
        plain |= {
            "given": chance.choice(GIVEN),
            "family": chance.choice(FAMILY),
            "birth_date": (date(1935, 1, 1) + timedelta(days=chance.randrange(25_000))).isoformat(),
            "email": f"patient{number}@sample.example",
            "postcode": "02115",
        }
        values = {kind.column: kind.read(plain[kind.column]) for kind in kinds}
        indexes = (index.made_of(*(values[name] for name in index.of)) for index in blind)
        yield (
            one.patient,
            *(world.sealed("patient", name, one.patient, text) for name, text in plain.items()),
            *indexes,
            confirmed,
        )


def _requests(world: World, into: Bulk, made: Sequence[Referral]) -> None:
    into.put(
        "service_request",
        (
            "id", "identifier", "status", "records", "closed_at", "stage", "version", "priority", "oncotree_code",
            "situation", "questions", "first_opinion", "assignee_id", "authored_on", "stage_since", "next_by",
            "clock_since", "contact_confirmed_at", "tracking_code_hash", "patient_id", "current_task_id", "vetoed_npis",
            "paused_clocks", "nobody_chosen",
        ),
        (_request(world, number, one) for number, one in enumerate(made)),
    )  # fmt: skip
    into.put(
        "shortlist_entry",
        ("request_id", "position", "role_id"),
        ((one.id, place, role) for one in made for place, (role, _) in enumerate(one.roles, 1)),
    )
    into.put(
        "record_item",
        ("id", "request_id", "name", "mandatory", "status", "reason"),
        ((next(world.items), one.id, name, 0, _record_state(one), "") for one in made for name in _RECORDS),
    )
    into.went_on("record_item")


def _request(world: World, number: int, one: Referral) -> Sequence[Value]:
    end, since = one.story.end, moment(one.times[-1])
    return (
        one.id, _identifier(number), end.request.value, end.records.value, since if end.closed else None,
        one.story.stage.value, len(one.story.moves) + one.pads, one.priority, one.cancer,
        world.chance.choice([*Situation]).value,
        world.sealed("service_request", "questions", one.id, '["Is surgery possible?"]'),
        world.sealed("service_request", "first_opinion", one.id, '{"plan":"Chemotherapy"}'),
        one.assignee[0] if one.assignee else None, moment(one.times[0]), since,
        None if one.next_by is None else moment(one.next_by), None if one.next_by is None else since,
        moment(one.times[0]), f"{number:064}", one.patient, one.handlings[-1] if one.handlings else None, "[]", "{}",
        not one.roles,
    )  # fmt: skip


def _identifier(number: int) -> str:
    alphabet, text = "23456789ABCDEFGHJKMNPQRSTVWXYZ", ""
    for _ in range(8):
        number, place = divmod(number, len(alphabet))
        text = alphabet[place] + text
    return f"SO-{text[:4]}-{text[4:]}"


def _record_state(one: Referral) -> str:
    if one.story.stage is Stage.RECORDS_NEEDED:
        return "asked"
    return "needed" if one.story.stage is Stage.SUBMITTED else "checked"


def _handlings(world: World, into: Bulk, made: Sequence[Referral]) -> None:
    allowed = {one.id: [world.id() for _ in one.handlings] for one in made}
    until, columns = moment(world.now + 365 * DAY), ("id", "request_id", "purpose", "what", "role_id", "text_version")
    into.put(
        "consent",
        (*columns, "granted_at", "expires_at"),
        (
            (consent, one.id, "share", "request-and-records", role, "2026-11", moment(one.times[0]), until)
            for one in made
            for consent, (role, _) in zip(allowed[one.id], one.roles, strict=False)
        ),
    )
    into.put(
        "referral_task",
        (
            "id", "request_id", "role_id", "npi", "consent_id", "status", "business_status", "status_reason",
            "authored_on", "acknowledged_at", "appointment_on",
        ),
        (
            _handling(world, one, place, consent)
            for one in made
            for place, consent in enumerate(allowed[one.id])
        ),
    )  # fmt: skip
    into.put(
        "opinion",
        ("id", "request_id", "task_id", "received_at", "text", "agreement"),
        (
            _opinion(world, one)
            for one in made
            if one.handlings and one.story.handlings[-1].task is TaskStatus.COMPLETED
        ),
    )


def _handling(world: World, one: Referral, place: int, consent: str) -> Sequence[Value]:
    state, (role, npi) = one.story.handlings[place], one.roles[place]
    assert state.task is not None
    assert state.business is not None
    reason = world.chance.choice([*DeclineReason]).value if state.task is TaskStatus.REJECTED else ""
    dated = any(action is Action.SCHEDULE for action, _, _ in one.story.moves) and place == len(one.handlings) - 1
    day = datetime.fromtimestamp(one.at(Action.SCHEDULE) + world.chance.uniform(2, 14) * DAY, UTC).date()
    return (
        one.handlings[place], one.id, role, npi, consent, state.task.value, state.business.value, reason,
        moment(one.at(Action.REROUTE if place else Action.APPROVE)), moment(one.at(Action.ACKNOWLEDGE)),
        day.isoformat() if dated else None,
    )  # fmt: skip


def _opinion(world: World, one: Referral) -> Sequence[Value]:
    new, agreement = world.id(), world.chance.choice([*Agreement]).value
    text, seals = "We would operate first.", "opinion"
    return (
        new, one.id, one.handlings[-1], moment(one.at(Action.SUBMIT_OPINION)),
        world.sealed(seals, "text", new, text), world.sealed(seals, "agreement", new, agreement),
    )  # fmt: skip


def _messages(world: World, into: Bulk, made: Sequence[Referral]) -> None:
    """To each office its referral; to each patient that it came, and that it is with somebody."""
    numbers = count()
    told = [
        (world.id(), one, template, action)
        for one in made
        for template, action in (("received", Action.SUBMIT), ("sent", Action.HAND_OVER))
        if any(move is action for move, _, _ in one.story.moves)
    ]
    columns = (
        "id", "key", "request_id", "task_id", "template", "channel", "status", "attempts", "due_at", "leased_until",
        "created_at", "handed_over_at", "delivered_at",
    )  # fmt: skip
    into.put("delivery", columns, _to_offices(world, made, numbers))
    into.put("delivery", columns, _to_tell(world, made, numbers))
    into.put("delivery", columns, (_to_patient(world, next(numbers), *one) for one in told))
    into.put(
        "patient_message",
        ("id", "key", "request_id", "template", "language", "way", "delivery_id", "created_at"),
        (
            (world.id(), f"bench{next(numbers):058}", one.id, template, "en", "email", carried, moment(one.at(action)))
            for carried, one, template, action in told
        ),
    )
    _for_a_person(world, into, made, numbers)


def _for_a_person(world: World, into: Bulk, made: Sequence[Referral], numbers: Iterator[int]) -> None:
    """Of one open referral in twenty the patient wrote, of one in twenty they are to be called."""
    now, still_open = moment(world.now), [one for one in made if one.next_by is not None]
    into.put(
        "patient_message",
        ("id", "key", "request_id", "template", "language", "way", "delivery_id", "created_at"),
        ((world.id(), f"bench{next(numbers):058}", one.id, "declined", "en", "call", None, now)
         for one in still_open[::20]),
    )  # fmt: skip
    wrote = [(world.id(), one) for one in still_open[10::20]]
    into.put(
        "thread_message",
        ("id", "request_id", "at", "actor", "text"),
        (
            (new, one.id, now, "patient", world.sealed("thread_message", "text", new, "When do I hear?"))
            for new, one in wrote
        ),
    )


def _to_tell(world: World, made: Sequence[Referral], numbers: Iterator[int]) -> Iterator[Sequence[Value]]:
    """Of one open referral in twenty that an office has, something that a person tells it."""
    now = moment(world.now)
    for one in [one for one in made if one.next_by is not None and one.handlings][5::20]:
        yield (
            world.id(), f"bench{next(numbers):058}", one.id, one.handlings[-1], "office-answered", "post",
            DeliveryStatus.QUEUED.value, 0, now, None, now, None, None,
        )  # fmt: skip


def _to_offices(world: World, made: Sequence[Referral], numbers: Iterator[int]) -> Iterator[Sequence[Value]]:
    later = moment(world.now + DAY)
    for one in made:
        for task, state in zip(one.handlings, one.story.handlings, strict=True):
            at = moment(one.at(Action.HAND_OVER))
            status = state.delivery or DeliveryStatus.QUEUED
            left = at if state.handed_over else None
            yield (
                world.id(), f"bench{next(numbers):058}", one.id, task, "referral", "email", status.value,
                0 if status is DeliveryStatus.QUEUED else 1, at,
                later if status is DeliveryStatus.SENDING else None, at, left,
                left if status is DeliveryStatus.DELIVERED else None,
            )  # fmt: skip


def _to_patient(world: World, number: int, new: str, one: Referral, template: str, action: Action) -> Sequence[Value]:
    at, failed = moment(one.at(action)), world.chance.random() < 0.005
    status = DeliveryStatus.FAILED if failed else DeliveryStatus.DELIVERED
    arrived = None if failed else at
    return (
        new, f"bench{number:058}", one.id, None, template, "email", status.value, 1, at, None, at, arrived, arrived,
    )  # fmt: skip
