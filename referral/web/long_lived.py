"""What a web process keeps for good is not looked through for garbage again and again.

After some pages a process holds its routes, templates, tables and statements: a million objects that stay. Each full
collection looked at all of them, which held the page that met it up for a quarter of a second.
"""

import gc
from itertools import count

from flask import Flask

FIRST, EVERY = 20, 2_000
"""After so many answers of this process what is alive is set aside; later, what came after it."""

_answers = count(1)


def register(app: Flask) -> None:
    """Set aside what lives long, now and then, after an answer."""
    app.teardown_request(_set_aside)


def _set_aside(_error: BaseException | None) -> None:
    number = next(_answers)
    if number == FIRST or number % EVERY == 0:
        gc.collect()
        gc.freeze()
