"""The desk stays up to date: a stream of what changes, the same by asking, and who has which request open."""

import json
from collections.abc import Collection, Iterator, Mapping
from queue import Empty
from time import monotonic
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from referral.access import gate, sessions
from referral.access.authorize import Acting, scope_of
from referral.domain.errors import NotFound
from referral.domain.live import BEAT_SECONDS, MOST_ROWS, STREAM_SECONDS
from referral.domain.queues import WORKLISTS, QueueName
from referral.domain.texts import as_uuid
from referral.models import ServiceRequest
from referral.services import presence
from referral.services.live import Hub, Listener, Told
from referral.settings import Settings
from referral.store import live, threads, worklists
from referral.web.clock import now

pages = Blueprint("live", __name__, url_prefix="/coordinator")

GO_TO: Mapping[QueueName, str] = {
    QueueName.NEW: "n", QueueName.RECORDS_MISSING: "r", QueueName.READY: "s", QueueName.SEND_FAILED: "f",
    QueueName.UNACKNOWLEDGED: "u", QueueName.INFORMATION_REQUESTED: "i", QueueName.ACCEPTED_NO_DATE: "d",
    QueueName.APPOINTMENT_SOON: "p", QueueName.OPINION_OVERDUE: "o", QueueName.TO_CLOSE: "c",
    QueueName.NOBODY_FOUND: "x", QueueName.MINE: "m", QueueName.UNASSIGNED: "w", QueueName.BREACHED: "b",
    QueueName.PATIENT_WROTE: "q", QueueName.TO_CALL: "t", QueueName.TO_TELL: "l",
}  # fmt: skip
"""The letter that leads to a list, after a g."""

RETRY_MS = 1_000
FULL_SECONDS = 60


def register(app: Flask) -> None:
    """Let this process tell its listeners what changes."""
    settings: Settings = app.extensions["settings"]
    app.extensions["live"] = Hub(app, drawn, settings.desk_streams)


@pages.get("/stream")
def stream() -> Response:
    """What changes from now on, or since the number that the browser had last; 503 where too many listen.

    So also in a process of a single thread, which a stream would keep from everything else.
    """
    if not request.environ["wsgi.multithread"]:
        return _full()
    acting, hub, session = gate.acting(), _hub(), sessions.current(now())
    number = _number(request.headers.get("Last-Event-ID") or request.args.get("since", ""))
    listener = Listener(acting, session.id, _shown(acting)) if session else None
    if listener is None or not hub.join(listener):
        return _full()
    try:
        first = hub.since(acting, number, listener.shown, now())
    except BaseException:
        hub.leave(listener)
        raise
    answer = Response(_events(hub, listener, first), mimetype="text/event-stream")
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(lambda: hub.leave(listener))
    return answer


def _full() -> Response:
    return Response("Too many listen. Ask now and then.", 503, {"Retry-After": str(FULL_SECONDS)})


@pages.get("/changes")
def changes() -> Response:
    """The same at once, for a browser that cannot listen."""
    acting = gate.acting()
    return jsonify(_hub().since(acting, _number(request.args.get("since", "")), _shown(acting), now()))


@pages.post("/referrals/<referral_id>/here")
def here(referral_id: str) -> Response:
    """The page of a request is still open, is written in, or is left; who else is there, and its version."""
    request_id, acting = _id(referral_id), gate.acting()
    if request.form.get("left"):
        presence.leave(request_id, acting)
        return jsonify({})
    version, theirs = presence.renew(request_id, acting, now(), editing=bool(request.form.get("editing")))
    others = presence.others(request_id, acting, now())
    return jsonify(
        {
            "version": version,
            "turn": theirs,
            "others": [{"name": one.name, "editing": one.editing} for one in others],
        }
    )


@pages.post("/referrals/<referral_id>/take-over")
def take_over(referral_id: str) -> AnyResponse:
    """Somebody else writes in a request, and this one goes on with it all the same."""
    presence.take_over(_id(referral_id), gate.acting(), now())
    return redirect(url_for("coordinator.referral_page", referral_id=referral_id), 303)


@pages.app_template_global()
def newest_change() -> int:
    """The number of the newest change, from which a list that is drawn now goes on."""
    return live.newest()


@pages.app_template_global()
def worklist_links() -> list[dict[str, str]]:
    """Every worklist with its address, and the letter that leads there after a g."""
    every = [{"title": "All requests", "href": url_for("coordinator.queue"), "key": "a"}]
    links = ((name, url_for("coordinator.queue", queue=name.value)) for name in WORKLISTS)
    return [*every, *({"title": WORKLISTS[name].title, "href": href, "key": GO_TO[name]} for name, href in links)]


@pages.app_template_global()
def marks_of(found: Collection[ServiceRequest]) -> Mapping[UUID, dict[str, object]]:
    """What a list marks its rows with: who else has them open, and that the patient wrote."""
    ids = [one.id for one in found]
    others, wrote = presence.others_on(ids, gate.acting(), now()), threads.waiting_for_the_desk(ids)
    return {one: {"others": others.get(one, []), "wrote": one in wrote} for one in ids}


def drawn(ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The rows of these requests as they look now, the same for everybody who sees them."""
    found, at = live.rows(ids), now()
    last, wrote = worklists.last_events(list(ids)), threads.waiting_for_the_desk(ids)
    return {
        one.id: render_template(
            "coordinator/_row_anew.html", referral=one, event=last.get(one.id), mark={"wrote": one.id in wrote}, now=at
        )
        for one in found
    }


def _events(hub: Hub, listener: Listener, first: Told) -> Iterator[str]:
    """The stream as text. It ends by itself: the browser comes again, if it is still signed in then."""
    ends = monotonic() + STREAM_SECONDS
    try:
        yield f"retry: {RETRY_MS}\n{_event(first)}"
        while (left := ends - monotonic()) > 0:
            try:
                told = listener.box.get(timeout=min(left, BEAT_SECONDS))
            except Empty:
                yield ": still here\n\n"
                continue
            if told is None:
                return
            yield _event(told)
    finally:
        hub.leave(listener)


def _event(told: Told) -> str:
    number = f"id: {told['since']}\n" if "since" in told else ""
    return f"{number}event: news\ndata: {json.dumps(told)}\n\n"


def _hub() -> Hub:
    hub: Hub = current_app.extensions["live"]
    return hub


def _id(text: str) -> UUID:
    found = as_uuid(text)
    if found is None:
        raise NotFound
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _shown(acting: Acting) -> frozenset[UUID]:
    """The rows that a page shows, as the address names them: ids without dashes, with commas between.

    What they may not see is left out: who has it open is not theirs to know either.
    """
    named = request.args.get("rows", "").split(",")[:MOST_ROWS]
    return live.seen_of(frozenset(found for found in map(as_uuid, named) if found), scope_of(acting))
