"""What makes the service one that a phone can keep: manifest, icons, and a page for when there is no connection.

The service worker answers nothing but pages that cannot be reached, with one page that is the same for everybody. What
a patient keeps of their request on the device is kept by the tracking page's own script, and only when they ask.
"""

import json
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, render_template, url_for

from referral.web.filters import static_url
from referral.web.public_files import PublicFile
from referral.web.stylesheet import stylesheet_url

pages = Blueprint("offline", __name__)

_WORKER = Path(__file__).with_name("static") / "worker.js"
_PAPER = "#fbfaf7"


@pages.get("/offline")
def page() -> str:
    """Said in both languages: there is no connection; below it, what this device keeps, if it keeps anything."""
    return render_template("offline.html")


@pages.get("/sw.js")
def worker() -> Response:
    """The service worker, for the whole site; its text names the files that it keeps, so it changes with them."""
    kept = [url_for("offline.page"), stylesheet_url(), static_url("kept.js"), static_url("icon.svg")]
    response = PublicFile(_source().replace("[/* files */]", json.dumps(kept)).encode(), "text/javascript").answer()
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/manifest.webmanifest")
def manifest() -> Response:
    """Name, colours and icons for the home screen."""
    icons = [(192, "any"), (512, "any"), (512, "maskable")]
    body = {
        "name": "Second Opinion",
        "short_name": "Second Opinion",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": _PAPER,
        "theme_color": _PAPER,
        "icons": [
            {"src": static_url("icon.svg"), "type": "image/svg+xml", "sizes": "any"},
            *[
                {
                    "src": static_url(f"icon-{purpose}-{size}.png"),
                    "type": "image/png",
                    "sizes": f"{size}x{size}",
                    "purpose": purpose,
                }
                for size, purpose in icons
            ],
        ],
    }
    return PublicFile(json.dumps(body).encode(), "application/manifest+json").answer()


@cache
def _source() -> str:
    return _WORKER.read_text("utf-8")
