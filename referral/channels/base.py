"""What every channel is: it sends one message under one key, or says how it failed."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from referral.domain.referral_packet import ReferralPacket


class Failure(StrEnum):
    """What is known after a failed attempt."""

    TRANSIENT = "transient"
    """It did not arrive; trying again later may help."""
    PERMANENT = "permanent"
    """It did not arrive, and will not however often it is tried."""
    UNKNOWN = "unknown"
    """It may have arrived."""
    NOT_CONFIGURED = "not-configured"
    """The service itself is not ready to send; no attempt was made."""


class DeliveryError(Exception):
    """An attempt failed. The text names the code of the far side, never an address or a person.

    `code` is that code alone, `wait` how long the far side asks to be left alone, `waited` how long it took until the
    failure showed. `endpoint_down` says that the far side as a whole failed, not this message: the breaker counts it.
    """

    def __init__(
        self,
        failure: Failure,
        message: str,
        *,
        code: str = "",
        wait: timedelta | None = None,
        waited: timedelta = timedelta(),
        endpoint_down: bool = False,
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.code = code
        self.wait = wait
        self.waited = waited
        self.endpoint_down = endpoint_down


@dataclass(frozen=True, slots=True)
class Taken:
    """What the far side said when it took a message: its code, and its own name for it where it gave one."""

    code: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent. `key` never changes over all attempts; a far side that knows it may drop the repeat.

    Subject and text are for people. `packet` is what the office's own program takes in; it holds personal data, so it
    is there only where the channel carries it.
    """

    key: str
    reference: str
    to: str
    subject: str
    text: str
    packet: ReferralPacket | None = field(default=None, repr=False)
    correlation_id: str = ""
    """What the log of either side can find it by; told to programs."""

    @property
    def for_a_program(self) -> ReferralPacket:
        """The packet; DeliveryError where the message is for people alone."""
        if self.packet is None:
            raise DeliveryError(Failure.PERMANENT, "this message has no form that a program could read")
        return self.packet


class Channel(Protocol):
    """One way out."""

    @property
    def repeatable(self) -> bool:
        """Whether sending twice under one key has one effect at the recipient."""

    def endpoint(self, to: str) -> str:
        """The far side this address leads to, `host:port`; empty where there is nothing that could be down."""

    def send(self, message: Message) -> Taken | None:
        """Hand the message over; return when it was taken, raise `DeliveryError` otherwise."""
