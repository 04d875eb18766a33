"""Gunicorn's own lines in our log: `gunicorn --logger-class referral.logs.gunicorn.Logger`."""

import logging
import os
from typing import Any

from gunicorn import glogging  # type: ignore[import-untyped]  # it has none

from referral import logs
from referral.settings import Settings, SettingsError


class Logger(glogging.Logger):  # type: ignore[misc]  # gunicorn has no types
    """Hands everything to the root logger; addresses of pages are not logged, since they may hold a secret."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401  gunicorn's configuration
        """Take the style of the settings; where they are wrong, the application says so when it starts."""
        self.loglevel = logging.INFO
        try:
            logs.configure(Settings.from_env(os.environ).log_format)
        except SettingsError:
            logs.configure("json")
        logs.tell_everything()
        self.error_log.propagate = True
        self.error_log.handlers.clear()
        self.access_log.propagate = False
