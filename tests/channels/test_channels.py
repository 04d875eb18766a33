"""Which channels there are, and which of them a setting makes."""

from pathlib import Path

import pytest

from referral.channels import CHANNELS, SENDING, DeliveryError, Failure, Message, make_channels
from referral.channels.email import FolderEmail, NoEmail, SmtpEmail
from referral.domain.codes import ChannelKind
from referral.settings import Settings


def settings(folder: Path, **environ: str) -> Settings:
    """The settings with these variables set."""
    return Settings.from_env({"DATA_DIR": str(folder), **environ})


@pytest.mark.parametrize(
    "environ, kind",
    [
        ({}, NoEmail),
        ({"DEMO": "1"}, FolderEmail),
        ({"SMTP_URL": "smtp://mail.example"}, SmtpEmail),
        ({"SMTP_URL": "smtp://mail.example", "DEMO": "1"}, SmtpEmail),
    ],
)
def test_the_mail_server_comes_before_the_folder_and_the_folder_before_nothing(
    tmp_path: Path, environ: dict[str, str], kind: type[object]
) -> None:
    assert type(make_channels(settings(tmp_path, **environ))["email"]) is kind


def test_every_way_the_directory_knows_has_a_channel(tmp_path: Path) -> None:
    assert set(CHANNELS) == set(ChannelKind) == set(make_channels(settings(tmp_path)))
    assert set(ChannelKind) - SENDING == {ChannelKind.POST}


def test_a_repeat_is_harmless_on_all_but_paper(tmp_path: Path) -> None:
    made = make_channels(settings(tmp_path))
    assert {name for name, channel in made.items() if not channel.repeatable} == {"post"}


@pytest.mark.parametrize(
    "channel, to, endpoint",
    [
        ("email", "a@b.example", "mail.example:2525"),
        ("webhook", "https://office.example/inbox?x=1", "office.example:443"),
        ("fhir", "https://fhir.example:8443/r4", "fhir.example:8443"),
        ("webhook", "not an address", ""),
        ("post", "", ""),
    ],
)
def test_each_channel_names_the_far_side_of_an_address(tmp_path: Path, channel: str, to: str, endpoint: str) -> None:
    made = make_channels(settings(tmp_path, SMTP_URL="smtp://mail.example:2525"))
    assert made[channel].endpoint(to) == endpoint


def test_paper_is_not_sent_by_a_machine(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError) as caught:
        make_channels(settings(tmp_path))["post"].send(Message("k", "r", "", "s", "t"))
    assert caught.value.failure is Failure.NOT_CONFIGURED
