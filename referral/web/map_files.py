"""The files of the map, which no page but the one with the results asks for: Leaflet, its clusters, the outlines."""

from functools import cache
from pathlib import Path

import xstatic.pkg.leaflet
import xstatic.pkg.leaflet_markercluster
from flask import Blueprint, Flask, Response, abort, url_for

from referral.reference import SEED_DATA
from referral.web.public_files import PublicFile

pages = Blueprint("map_files", __name__)

_LEAFLET = Path(xstatic.pkg.leaflet.BASE_DIR)
_CLUSTERS = Path(xstatic.pkg.leaflet_markercluster.BASE_DIR)
_OUTLINES = SEED_DATA / "map"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

FILES = {
    "leaflet.js": _LEAFLET / "leaflet.js",
    "leaflet.css": _LEAFLET / "leaflet.css",
    "clusters.js": _CLUSTERS / "leaflet.markercluster.js",
    "clusters.css": _CLUSTERS / "MarkerCluster.css",
    "outlines.svg": _OUTLINES / "outlines.svg",
} | {f"counties/{path.stem}.svg": path for path in sorted((_OUTLINES / "counties").glob("*.svg"))}
"""What is served, by the end of its address."""


def register(app: Flask) -> None:
    """Let the templates name the addresses."""
    app.add_template_global(map_url)


@pages.get("/map/<path:name>")
def one(name: str) -> Response:
    """One of the files."""
    if name not in FILES:
        abort(404)
    return _file(name).answer()


def map_url(name: str) -> str:
    """The address of one of the files; it changes with the content, so browsers may keep it."""
    return url_for("map_files.one", name=name, v=_file(name).digest)


@cache
def _file(name: str) -> PublicFile:
    path = FILES[name]
    return PublicFile(path.read_bytes(), _TYPES[path.suffix])
