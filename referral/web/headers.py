"""What every response says to the browser: no foreign content, no framing, no address passed on, nothing kept."""

from flask import Flask, Response, request

from referral.settings import Settings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
POLICY_OF_FILES = "sandbox; default-src 'none'"
"""A file that is shown instead of saved all the same may run nothing and ask nobody."""
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ONE_YEAR = 31_536_000
FILES = frozenset({"static", "stylesheet.sheet", "map_files.one", "design.schemes", "offline.manifest"})
"""What is the same for everybody and says nothing of anybody."""
STATIC_CACHE = "public, max-age=31536000, immutable"


def register(app: Flask) -> None:
    """Put the headers on every response of the application."""
    # Flask-WTF would ask for the page a form came from, which our own pages do not say. The token is what counts.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    app.after_request(_add)
    settings: Settings = app.extensions["settings"]
    if settings.public_url.startswith("https"):
        app.after_request(_add_transport_security)


def _add(response: Response) -> Response:
    """Personal pages are the rule, so nothing is stored unless the view has said otherwise."""
    if response.location:
        response.location = _within(response.location)
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        response.headers["Content-Security-Policy"] = POLICY_OF_FILES
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint in FILES and "v" in request.args:
        response.headers["Cache-Control"] = STATIC_CACHE  # its address changes with its content
    elif request.endpoint not in FILES and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def _within(location: str) -> str:
    """A redirect to our own pages without the host: whoever asks may name any, and a cache would keep it."""
    if not location.startswith(request.host_url):
        return location
    return "/" + location.removeprefix(request.host_url).lstrip("/\\")


def _add_transport_security(response: Response) -> Response:
    response.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR}; includeSubDomains")
    return response
