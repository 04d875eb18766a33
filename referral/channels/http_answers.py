"""What channels over HTTP share: the guarded way out, and one table of what an answer means for a message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from referral.channels.base import DeliveryError, Failure
from referral.channels.outbound import Answer, Outbound, endpoint_of
from referral.store.clock import now as database_now

LONGEST_WAIT = timedelta(hours=12)
"""The longest time a far side may ask to be left alone; half the time after which a person is asked."""

MEANING: Mapping[int, tuple[Failure, str]] = {
    301: (Failure.PERMANENT, "moved; redirects are not followed"),
    302: (Failure.PERMANENT, "moved; redirects are not followed"),
    303: (Failure.PERMANENT, "moved; redirects are not followed"),
    307: (Failure.PERMANENT, "moved; redirects are not followed"),
    308: (Failure.PERMANENT, "moved; redirects are not followed"),
    400: (Failure.PERMANENT, "not understood"),
    401: (Failure.PERMANENT, "we may not send there"),
    403: (Failure.PERMANENT, "we may not send there"),
    404: (Failure.PERMANENT, "nothing takes messages there"),
    408: (Failure.TRANSIENT, "too slow for them"),
    410: (Failure.PERMANENT, "nothing takes messages there any more"),
    422: (Failure.PERMANENT, "not accepted as it is"),
    425: (Failure.TRANSIENT, "too early"),
    429: (Failure.TRANSIENT, "too many messages"),
}
"""Answers that are known by name. Of the others 5xx passes, everything else stays."""

_DOWN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class OverHttp:
    """What channels over HTTP share. Every attempt carries the key of its message, so that a repeat has one effect."""

    outbound: Outbound
    clock: Callable[[], datetime] = field(default=database_now, kw_only=True)
    repeatable: bool = field(default=True, kw_only=True)

    def endpoint(self, to: str) -> str:
        """Host and port of the far side."""
        return endpoint_of(to)


def failure_of(answer: Answer, now: datetime) -> DeliveryError:
    """What an answer that is no success means; a Retry-After is obeyed where trying again makes sense."""
    passes = answer.status >= 500
    other = (Failure.TRANSIENT, "trouble on their side") if passes else (Failure.PERMANENT, "refused")
    failure, words = MEANING.get(answer.status, other)
    return DeliveryError(
        failure,
        f"answered {answer.status}: {words}",
        code=str(answer.status),
        wait=retry_after(answer, now) if failure is Failure.TRANSIENT else None,
        endpoint_down=passes or answer.status in _DOWN,
    )


def retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """How long the far side asks to be left alone, in seconds or until a date; None where it does not say."""
    text = answer.header("Retry-After").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(LONGEST_WAIT, timedelta(seconds=int(text[:9])))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(timedelta(), min(LONGEST_WAIT, aware - now))
