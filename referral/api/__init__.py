"""The JSON API: thin views over the services, problem+json errors, an OpenAPI document."""

from flask import Blueprint, Flask

from referral.api import documents, errors, lookups, openapi, receipts, referrals, specialists
from referral.extensions import csrf

PREFIX = "/api/v1"


def register(app: Flask) -> None:
    """Attach the API and its documents to the application."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    for part in (lookups.api, specialists.api, referrals.api, documents.api, receipts.api):
        api.register_blueprint(part)
    errors.register(api)
    csrf.exempt(api)
    for part in (lookups.api, specialists.api, referrals.api, documents.api, receipts.api):
        csrf.exempt(part)
    app.register_blueprint(api)
    app.register_blueprint(openapi.pages)
    app.extensions["problem"] = errors.http_problem
