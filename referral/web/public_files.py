"""Files that are the same for everybody: sent packed to browsers that can unpack, kept by them for long.

Packing is safe here alone: nothing of these files is secret, and nothing of them comes from who asks.
"""

import gzip
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from flask import Response, request


@dataclass(frozen=True)
class PublicFile:
    """The bytes of a file and their media type."""

    body: bytes
    mimetype: str

    @cached_property
    def digest(self) -> str:
        """Ten characters that change with the content, for its address."""
        return sha256(self.body).hexdigest()[:10]

    @cached_property
    def packed(self) -> bytes:
        """The same with gzip."""
        return gzip.compress(self.body, 9, mtime=0)

    def answer(self) -> Response:
        """The file as this browser can read it."""
        packs = bool(request.accept_encodings["gzip"])
        response = Response(self.packed if packs else self.body, mimetype=self.mimetype)
        response.headers["Vary"] = "Accept-Encoding"
        if packs:
            response.headers["Content-Encoding"] = "gzip"
        return response
