"""Who calls: the bearer token of a coordinator or of an office's program."""

from datetime import UTC, datetime

from flask import request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from referral.access import tokens
from referral.access.authorize import Acting
from referral.domain.codes import STAFF, Actor
from referral.domain.errors import NotFound


def caller() -> Acting:
    """The caller; 401 without a live token, 404 for roles that see no referrals."""
    token = tokens.bearer(request.headers.get("Authorization"), datetime.now(UTC))
    if token is None:
        raise Unauthorized("A bearer token is needed.", www_authenticate=WWWAuthenticate("bearer"))
    acting = Acting.of_token(token)
    if acting.actor not in (*STAFF, Actor.INTEGRATION):
        raise NotFound("There is no such thing, or you may not see it.")
    return acting
