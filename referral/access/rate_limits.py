"""How often an address, a link or an account may do what robots do too often: guess codes, try links, sign in.

One table says it all; tries to sign in are counted for the account as well, from wherever they come, and those with a
code for the code. An address may search 600 times a minute by the contract; twice that is a robot, and each search is a
record. Counts lie in Redis where there is one, so that all processes share them, else in memory.
"""

import logging
import time
from collections.abc import Mapping
from hashlib import sha256

from flask import Flask, current_app, request, session
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from referral.access.sessions import PATIENT, STAFF
from referral.domain.resource_search import DIRECTORY, OF_REQUESTS
from referral.extensions import READING
from referral.settings import Settings

logger = logging.getLogger(__name__)

GUESSING = "10 per minute; 60 per hour"
SEARCHING = "1200 per minute"
PACKING = "30 per minute"
"""A packet is put together from every record of a request whenever it is fetched."""
PACKING_AT_THE_DESK = "120 per minute"
"""Where everybody who works here may come from one address."""
LIMITS: Mapping[tuple[str, str], str] = {
    ("office.door", "GET"): "60 per minute",
    ("office.enter", "POST"): "30 per minute",
    ("office.late", "POST"): "10 per minute",
    ("office.take", "POST"): "60 per minute",
    ("office_records.send", "POST"): "30 per minute",
    ("office_program.fetched_packet", "GET"): PACKING,
    ("office_records.packet", "GET"): PACKING,
    ("office_records.originals", "GET"): PACKING,
    ("api.documents.packet", "GET"): PACKING,
    ("desk_records.packet", "GET"): PACKING_AT_THE_DESK,
    ("desk_records.originals", "GET"): PACKING_AT_THE_DESK,
    ("track.by_code", "POST"): GUESSING,
    ("track.unlock", "POST"): GUESSING,
    ("come_back.go_on", "POST"): GUESSING,
    ("track_data.download", "POST"): GUESSING,
    ("track_data.prove", "POST"): GUESSING,
    ("contact.change", "POST"): GUESSING,
    ("contact.choose_news", "POST"): GUESSING,
    ("contact.send_again", "POST"): GUESSING,
    ("track_records.send", "POST"): "30 per minute",
    ("track_records.take_along", "POST"): "30 per minute",
    ("track_uploads.begin", "POST"): "30 per minute",
    ("track_uploads.add", "PATCH"): "600 per minute",
    ("requests.start", "POST"): "60 per minute",
    ("requests.find", "GET"): SEARCHING,
    ("search.results", "GET"): SEARCHING,
    ("api.specialists.search", "GET"): SEARCHING,
    ("api.specialists.search", "POST"): SEARCHING,
    ("emergency.begin", "POST"): GUESSING,
    ("requests.send", "POST"): "20 per minute",
    ("api.referrals.create", "POST"): "60 per minute",
    ("fhir.create_ServiceRequest", "POST"): "60 per minute",
    **{
        (f"fhir.search_{kind}{form}", method): SEARCHING
        for kind in (*DIRECTORY, *OF_REQUESTS)
        for form, method in (("", "GET"), ("_by_form", "POST"))
    },
    ("accounts.sign_in", "POST"): GUESSING,
    ("accounts.second_step", "POST"): GUESSING,
    ("accounts.key_step", "POST"): GUESSING,
    ("accounts.invitation", "POST"): GUESSING,
    ("own_account.change_password", "POST"): GUESSING,
    ("own_account.confirm", "POST"): GUESSING,
    ("patient_account.sign_in_with_password", "POST"): GUESSING,
    ("patient_account.second_step", "POST"): GUESSING,
    ("patient_account.lost", "POST"): GUESSING,
    ("patient_account.set_password", "POST"): GUESSING,
    ("patient_settings.change_password", "POST"): GUESSING,
    ("patient_settings.enrol", "POST"): GUESSING,
    ("patient_settings.drop_factor", "POST"): GUESSING,
    ("patient_settings.new_codes", "POST"): GUESSING,
    ("patient_settings.delete", "POST"): GUESSING,
    ("track_account.ask", "POST"): GUESSING,
}
"""View and method, and how often one address may use them, and whoever follows one link."""

ACCOUNT_LIMIT = "600 per minute"
"""How often one account, or one program's token, may change something, wherever it asks from."""

ACCOUNT = ("account", "any")

SAME_ACCOUNT = ("accounts.sign_in", "same account")
"""Tries to sign in to one account, known or not, whichever address they come from."""

SAME_CODE = ("codes", "same code")
"""Tries with one code that a birth date belongs to, of a request or of answers kept, from whichever address."""

CODE_LIMIT = "10 per minute; 60 per day"

_EXTENSION = "rate_limiter"

_ANSWER_SECONDS = 0.5


class Limiter:
    """Counts what each address does; where Redis does not answer, each process counts for itself."""

    def __init__(self, redis_url: str | None) -> None:
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared = (
            FixedWindowRateLimiter(storage_from_string(_storage(redis_url), **_patience())) if redis_url else None
        )
        self._alone = False
        besides = {SAME_ACCOUNT: GUESSING, SAME_CODE: CODE_LIMIT, ACCOUNT: ACCOUNT_LIMIT}
        self._limits = {place: parse_many(words) for place, words in {**LIMITS, **besides}.items()}

    def wait(self, place: tuple[str, str], who: str) -> int:
        """Count one use; how many seconds the address, link or account has to wait, 0 where it may go on."""
        limits = self._limits.get(place, [])
        return max((self._wait_for(limit, (*place, who)) for limit in limits), default=0)

    def _wait_for(self, limit: RateLimitItem, key: tuple[str, ...]) -> int:
        if self._shared is not None:
            try:
                seconds = _counted(self._shared, limit, key)
            except StorageError as error:
                if not self._alone:  # said once, not at every request
                    logger.warning("Redis does not count (%s); each process does", type(error.storage_error).__name__)
                self._alone = True
            else:
                self._alone = False
                return seconds
        return _counted(self._own, limit, key)


def register(app: Flask) -> None:
    """Hold the table's limits in this application, unless RATE_LIMITS is off."""
    settings: Settings = app.extensions["settings"]
    if not settings.rate_limits:
        return
    app.extensions[_EXTENSION] = Limiter(settings.redis_url)

    def hold() -> None:
        method = (
            "GET" if request.method == "HEAD" else request.method
        )  # the same work, and the same answer to guess from
        place, link = (request.endpoint or "", method), str((request.view_args or {}).get("token", ""))
        _count(place, request.remote_addr or "")
        if link:
            _count(place, _digest(link))
        for account in () if request.method in READING else _accounts():
            _count(ACCOUNT, _digest(account))

    # Before everything else: what is refused is not read either.
    app.before_request_funcs.setdefault(None, []).insert(0, hold)


def hold_account(email: str, browser: str = "") -> None:
    """Count one try to sign in to this account, known or not; 429 where there were too many.

    One from a `browser` that is known counts for that alone, so that strangers do not use its tries up.
    """
    if _EXTENSION in current_app.extensions:
        _count(SAME_ACCOUNT, sha256((browser or email.strip().lower()).encode()).hexdigest())


def hold_code(digest: str) -> None:
    """Count one try with the code of this digest, known or not; 429 where there were too many."""
    if _EXTENSION in current_app.extensions:
        _count(SAME_CODE, digest)


def _count(place: tuple[str, str], whose: str) -> None:
    limiter: Limiter = current_app.extensions[_EXTENSION]
    seconds = limiter.wait(place, whose)
    if seconds:
        logger.warning("Limit reached", extra={"endpoint": place[0], "method": place[1]})
        raise TooManyRequests(retry_after=seconds)


def _accounts() -> list[str]:
    """What tells the account or token that acts. Both count: a header that is made up must not stand for the other."""
    known = (request.headers.get("Authorization"), session.get(STAFF), session.get(PATIENT))
    return [str(each) for each in known if each]


def _digest(secret: str) -> str:
    """A secret must not lie in Redis for everybody who reads there."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()[:32]


def _counted(limiter: FixedWindowRateLimiter, limit: RateLimitItem, key: tuple[str, ...]) -> int:
    if limiter.hit(limit, *key):
        return 0
    return max(1, round(limiter.get_window_stats(limit, *key).reset_time - time.time()))


def _storage(redis_url: str) -> str:
    """The address as the `limits` library spells it."""
    return redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url


def _patience() -> dict[str, float | bool]:
    """A Redis that does not answer must not hold a page up."""
    return {
        "socket_connect_timeout": _ANSWER_SECONDS,
        "socket_timeout": _ANSWER_SECONDS,
        "wrap_exceptions": True,
    }
