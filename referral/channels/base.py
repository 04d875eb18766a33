"""What every channel is: it sends one message under one key, or says how it failed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


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
    """An attempt failed. The text names the code of the far side, never an address or a person."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent. `key` never changes over all attempts; a far side that knows it may drop the repeat."""

    key: str
    reference: str
    to: str
    subject: str
    text: str


class Channel(Protocol):
    """One way out."""

    @property
    def repeatable(self) -> bool:
        """Whether sending twice under one key has one effect at the recipient."""

    def send(self, message: Message) -> None:
        """Hand the message over; return when it was taken, raise `DeliveryError` otherwise."""
