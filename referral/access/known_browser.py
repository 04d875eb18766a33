"""Browsers in which a member of staff has signed in before: wrong tries of strangers elsewhere lock nobody out there.

Such a browser holds a signed cookie besides that of its session, for one address, and has a count of its own. It
proves nothing else: password and second factor are asked as ever.
"""

import secrets
from datetime import timedelta

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from referral.access.links import digest

LASTS = timedelta(days=180)


def remember(email: str) -> None:
    """Let the answer that is being made tell this browser that it is known for this address."""
    text = _signer().dumps([digest(email), secrets.token_urlsafe(16)])

    @after_this_request
    def keep(response: Response) -> Response:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(_name(), text, max_age=LASTS, secure=secure, httponly=True, samesite="Lax")
        return response


def known_as(email: str) -> str:
    """By what this browser is counted when it signs in under this address; empty where it has not done so before."""
    try:
        whose, secret = _signer().loads(request.cookies.get(_name(), ""), max_age=int(LASTS.total_seconds()))
    except (BadData, ValueError):
        return ""
    return str(secret) if whose == digest(email.strip().lower()) else ""


def _name() -> str:
    return "__Host-known" if current_app.config["SESSION_COOKIE_SECURE"] else "known"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="known browser")
