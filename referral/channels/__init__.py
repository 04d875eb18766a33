"""Ways out of the service, one file each: a channel sends one message and says what became of it."""

from collections.abc import Callable, Mapping

from referral.channels import email, fhir, post, webhook
from referral.channels.base import Channel, DeliveryError, Failure, Message, Taken
from referral.domain.codes import ChannelKind
from referral.settings import Settings

__all__ = ["CHANNELS", "SENDING", "Channel", "DeliveryError", "Failure", "Message", "Taken", "make_channels"]

CHANNELS: Mapping[ChannelKind, Callable[[Settings], Channel]] = {
    ChannelKind.EMAIL: email.make,
    ChannelKind.WEBHOOK: webhook.make,
    ChannelKind.FHIR: fhir.make,
    ChannelKind.POST: post.make,
}
"""Every channel there is, and what makes it from the settings. A new one is a file and its line here."""

SENDING = frozenset(CHANNELS) - {ChannelKind.POST}
"""Channels that send by themselves. What goes by post is carried by a person."""


def make_channels(settings: Settings) -> Mapping[str, Channel]:
    """The channels as the settings want them, by name."""
    return {kind: make(settings) for kind, make in CHANNELS.items()}
