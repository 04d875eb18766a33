"""Browsers in which somebody has signed in before: wrong tries of strangers elsewhere lock nobody out there.

Such a browser holds a signed cookie besides that of its session, for one address, and has a count of its own. It
proves nothing else: password and second factor are asked as ever. Staff and patients have one each; which address it
is for nobody can tell who only looks at it.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

LASTS = timedelta(days=180)
STAFF, PATIENT = "known", "known-patient"
"""The cookie of each kind of account; neither stands for the other."""


def remember(email: str, kind: str = STAFF) -> None:
    """Let the answer that is being made tell this browser that it is known for this address."""
    text = _signer(kind).dumps([_whose(email), secrets.token_urlsafe(16)])

    @after_this_request
    def keep(response: Response) -> Response:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(_name(kind), text, max_age=LASTS, secure=secure, httponly=True, samesite="Lax")
        return response


def known_as(email: str, kind: str = STAFF) -> str:
    """By what this browser is counted when it signs in under this address; empty where it has not done so before."""
    try:
        text = request.cookies.get(_name(kind), "")
        whose, secret = _signer(kind).loads(text, max_age=int(LASTS.total_seconds()))
    except (BadData, ValueError):
        return ""
    return str(secret) if whose == _whose(email) else ""


def _whose(email: str) -> str:
    key = str(current_app.secret_key or "").encode()
    return hmac.new(key, f"known browser:{email.strip().lower()}".encode(), sha256).hexdigest()


def _name(kind: str) -> str:
    return f"__Host-{kind}" if current_app.config["SESSION_COOKIE_SECURE"] else kind


def _signer(kind: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=f"{kind} browser")
