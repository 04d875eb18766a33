"""Post: a printed packet that a person carries. No worker sends it; the coordinator marks it as sent by hand."""

from dataclasses import dataclass

from referral.channels.base import DeliveryError, Failure, Message
from referral.settings import Settings


def make(settings: Settings) -> "Post":
    """The channel, which needs no settings."""
    return Post()


@dataclass(frozen=True, slots=True)
class Post:
    """Waits for a person: the packet stands on the desk's page of the request."""

    repeatable: bool = False

    def endpoint(self, to: str) -> str:
        """Nothing that could be down."""
        return ""

    def send(self, message: Message) -> None:
        """Say that this is not a machine's work."""
        raise DeliveryError(Failure.NOT_CONFIGURED, "a person carries it")
