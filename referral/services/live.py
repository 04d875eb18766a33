"""Tells open desks what has changed: one watcher for each process, which looks once a second while anybody listens.

The watcher asks the history for new lines, and now and then who is where; what it finds it hands to every listener,
narrowed to what that one may see. A row is drawn once, whoever shows it, and the worklists are counted once for all who
see the same. `draw` comes from the pages, which know how a row looks.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from queue import SimpleQueue
from typing import Any
from uuid import UUID

from flask import Flask

from referral.access.authorize import Acting, scope_of
from referral.domain.live import COUNT_SECONDS, LOOK_SECONDS, STREAMS_OF_ONE
from referral.domain.queues import QueueName
from referral.services.list_referrals import count_worklists
from referral.store import clock, live
from referral.store.live import Change, Here
from referral.store.scopes import Scope

PRESENCE_EVERY = 3
"""Each third look is for who is where, and not for what has changed: so there is one question a second, not two."""

Draw = Callable[[Collection[UUID]], Mapping[UUID, str]]
Told = dict[str, Any]

logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream: whose it is, which rows its page shows, and what waits to be told."""

    acting: Acting
    session_id: UUID
    shown: frozenset[UUID]
    box: "SimpleQueue[Told | None]" = field(default_factory=SimpleQueue)

    def is_told(self, told: Told | None) -> None:
        """Hand over what is new; None ends the stream."""
        self.box.put(told)


class Hub:
    """The listeners of this process, of whom there are so many at `most`, and their watcher."""

    def __init__(self, app: Flask, draw: Draw, most: int) -> None:
        self._app, self._draw, self._most = app, draw, most
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._watching = False
        self._known: set[Change] = set()
        self._last = 0
        self._here: frozenset[Here] = frozenset()
        self._looks = 0
        self._to_count = False
        self._counted: dict[Scope, tuple[float, Mapping[QueueName, int]]] = {}

    def join(self, listener: Listener) -> bool:
        """Take a listener; False where there are too many. Of one session the oldest gives way."""
        with self._lock:
            own = [one for one in self._listeners if one.session_id == listener.session_id]
            for one in own[: max(0, len(own) - STREAMS_OF_ONE + 1)]:
                self._listeners.remove(one)
                one.is_told(None)
            if len(self._listeners) >= self._most:
                return False
            if not self._watching:
                self._begin()  # before anything is told: what comes after this is new to everybody
                self._watching = True
                threading.Thread(target=self._watch, name="desk-watcher", daemon=True).start()
            self._listeners.append(listener)  # where the beginning failed, nobody is kept who would never hear
        return True

    def leave(self, listener: Listener) -> None:
        """Somebody listens no more."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def since(self, acting: Acting, number: int, shown: Collection[UUID], now: datetime) -> Told:
        """What somebody has to be told who knows everything up to that number."""
        found = live.changes(number, now) if number else []
        here = live.everybody_here(now)
        changed = {change.request_id for change in found}
        seen = live.seen_of(changed | {one.request_id for one in here}, scope_of(acting))
        told = _told(found, seen, self._drawn(seen & changed & frozenset(shown)), shown)
        told["since"] = max([number or live.newest(), *(change.number for change in found)])
        told["here"] = _others(here, seen & frozenset(shown), acting)
        told["counts"] = self._counts([acting], now)[acting.staff_id] if found or not number else None
        return told

    def _watch(self) -> None:
        while True:
            began = time.monotonic()
            with self._lock:
                listeners = list(self._listeners)
                self._watching = bool(listeners)
            if not listeners:
                return
            self._look_safely(listeners)
            time.sleep(max(0.05, LOOK_SECONDS - (time.monotonic() - began)))

    def _begin(self) -> None:
        self._last = live.newest()
        self._known = set(live.changes(self._last, clock.now()))

    def _look_safely(self, listeners: list[Listener]) -> None:
        """A database that is away is no end, nor is a row that cannot be drawn: the next look finds what has come."""
        try:
            with self._app.test_request_context():  # reads like a page: it never waits for the one who writes
                self._look(listeners, clock.now())
        except Exception as error:
            logger.warning("The desk's watcher could not look: %s", type(error).__name__)

    def _look(self, listeners: list[Listener], now: datetime) -> None:
        self._looks += 1
        if self._looks % PRESENCE_EVERY == 0:
            here = live.everybody_here(now)
            if here != self._here:
                self._here = here
                seen = _seen_by(listeners, {one.request_id for one in here})
                for one in listeners:
                    one.is_told({"here": _others(here, one.shown & seen[scope_of(one.acting)], one.acting)})
        else:
            self._tell_changes(listeners, now)
        if self._to_count:
            self._tell_counts(listeners, now)

    def _tell_changes(self, listeners: list[Listener], now: datetime) -> None:
        found = live.changes(self._last, now)
        new = [change for change in found if change not in self._known]
        self._known = set(found)
        if not new:
            return
        self._last = max(self._last, new[-1].number)
        self._to_count = True
        ids = {change.request_id for change in new}
        seen = _seen_by(listeners, ids)
        over = live.ended_sessions({one.session_id for one in listeners})
        shown = frozenset().union(*(one.shown & seen[scope_of(one.acting)] for one in listeners))
        drawn = self._drawn(shown & ids)
        for one in listeners:
            if one.session_id in over:
                one.is_told(None)
            elif seen[scope_of(one.acting)]:
                one.is_told({**_told(new, seen[scope_of(one.acting)], drawn, one.shown), "since": self._last})

    def _tell_counts(self, listeners: list[Listener], now: datetime) -> None:
        fresh = time.monotonic() - COUNT_SECONDS
        if any(counted > fresh for counted, _ in self._counted.values()):
            return
        self._to_count = False
        by_scope: dict[Scope, list[Listener]] = {}
        for one in listeners:
            by_scope.setdefault(scope_of(one.acting), []).append(one)
        for same in by_scope.values():
            counts = self._counts([one.acting for one in same], now)
            for one in same:
                one.is_told({"counts": counts[one.acting.staff_id]})

    def _counts(self, viewers: list[Acting], now: datetime) -> dict[UUID | None, dict[str, int]]:
        """The worklists of these, who all see the same requests, by who they are; only what is theirs differs."""
        scope = scope_of(viewers[0])
        counted, shared = self._counted.get(scope, (0.0, {}))
        if time.monotonic() - counted > COUNT_SECONDS:
            shared = count_worklists(replace(viewers[0], staff_id=None), now)
            self._counted[scope] = (time.monotonic(), shared)
        mine = live.assigned_to({one.staff_id for one in viewers if one.staff_id}, scope)
        own = {one.staff_id: mine.get(one.staff_id, 0) if one.staff_id else 0 for one in viewers}
        return {who: {**{str(name): n for name, n in shared.items()}, QueueName.MINE: n} for who, n in own.items()}

    def _drawn(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        return self._draw(ids) if ids else {}


def _seen_by(listeners: Iterable[Listener], ids: Collection[UUID]) -> dict[Scope, frozenset[UUID]]:
    """Which of these requests each of the scopes holds that somebody who listens has."""
    return {scope: live.seen_of(ids, scope) for scope in {scope_of(one.acting) for one in listeners}}


def _told(
    changes: Iterable[Change], seen: Collection[UUID], drawn: Mapping[UUID, str], shown: Collection[UUID]
) -> Told:
    """What changed among the requests somebody sees, and how the rows look now that their page shows."""
    return {
        "changes": [[change.number, str(change.request_id)] for change in changes if change.request_id in seen],
        "rows": {str(one): row for one, row in drawn.items() if one in seen and one in shown},
    }


def _others(here: Iterable[Here], shown: Collection[UUID], acting: Acting) -> dict[str, list[dict[str, object]]]:
    """Who else is on the requests that a page shows."""
    found: dict[str, list[dict[str, object]]] = {}
    for one in sorted(here, key=lambda one: (not one.editing, one.name)):
        if one.request_id in shown and one.staff_id != acting.staff_id:
            found.setdefault(str(one.request_id), []).append({"name": one.name, "editing": one.editing})
    return found
