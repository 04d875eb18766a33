"""The one stylesheet of the service: written as small files, one for each part, sent as one."""

from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, url_for

from referral.web.public_files import PublicFile

pages = Blueprint("stylesheet", __name__)

PARTS = Path(__file__).with_name("styles")
"""Its files, in the order of their numbers: what stands later wins."""


def register(app: Flask) -> None:
    """Let the templates name its address."""
    app.add_template_global(stylesheet_url)


@pages.get("/styles.css")
def sheet() -> Response:
    """All parts together."""
    return _file().answer()


def stylesheet_url() -> str:
    """Its address; it changes with the content, so browsers may keep it."""
    return url_for("stylesheet.sheet", v=_file().digest)


@cache
def whole() -> str:
    """The text of all parts."""
    return "".join(part.read_text("utf-8") for part in sorted(PARTS.glob("*.css")))


@cache
def _file() -> PublicFile:
    return PublicFile(whole().encode(), "text/css")
