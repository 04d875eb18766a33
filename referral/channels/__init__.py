"""Ways out of the service, one file each: a channel sends one message and says what became of it."""

from collections.abc import Mapping

from referral.channels.base import Channel, DeliveryError, Failure, Message
from referral.channels.email import FolderEmail, NoEmail, SmtpEmail
from referral.domain.codes import ChannelKind
from referral.settings import Settings

__all__ = ["Channel", "DeliveryError", "Failure", "Message", "make_channels"]


def make_channels(settings: Settings) -> Mapping[str, Channel]:
    """The channels that send by themselves. `post` is not among them: a person carries it."""
    return {ChannelKind.EMAIL: _email(settings)}


def _email(settings: Settings) -> Channel:
    if settings.smtp_url:
        return SmtpEmail(settings.smtp_url, settings.mail_from)
    return FolderEmail(settings.data_dir / "mail", settings.mail_from) if settings.demo else NoEmail()
