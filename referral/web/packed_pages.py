"""Pages that everybody may see leave packed with gzip, and so do scripts, where the browser can unpack them.

Packing shortens what repeats, so that the length of an answer tells whether a guess that came with the request repeats
a secret of the page (the attack called BREACH). Hence only blueprints that show nothing of anybody are packed. What is
secret in them is the token of their forms, and that never has the same letters twice (`extensions.form_token`).
Requests, tracking, offices and the desk are not packed.
"""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

BLUEPRINTS = frozenset({"search", "guide", "learn", "about", "specialists", "compare", "trials", "design"})
_FASTEST, _SMALLEST = 1, 9
_PAGE, _SCRIPT = "text/html", "text/javascript"


def register(app: Flask) -> None:
    """Pack the answers of the application."""
    app.after_request(_packed)


def _packed(response: Response) -> Response:
    page = request.blueprint in BLUEPRINTS and response.mimetype == _PAGE
    script = request.endpoint == "static" and response.mimetype == _SCRIPT
    if not (page or script) or response.status_code != 200:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"]:
        response.direct_passthrough = False
        body = response.get_data()
        response.set_data(_smallest(body) if script else gzip.compress(body, _FASTEST, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        if tag := response.get_etag()[0]:
            response.set_etag(tag, weak=True)  # the bytes are others, what they say is not
    return response


@lru_cache(64)
def _smallest(body: bytes) -> bytes:
    return gzip.compress(body, _SMALLEST, mtime=0)
