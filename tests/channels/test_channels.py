"""Which channel a setting makes."""

from pathlib import Path

import pytest

from referral.channels import make_channels
from referral.channels.email import FolderEmail, NoEmail, SmtpEmail
from referral.services.outbox import SENDING_CHANNELS
from referral.settings import Settings


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
    channels = make_channels(Settings.from_env({"DATA_DIR": str(tmp_path), **environ}))
    assert type(channels["email"]) is kind
    assert set(channels) == set(SENDING_CHANNELS), "whatever is put into the outbox has a way out"
