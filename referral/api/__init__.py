"""What programs speak: the JSON API with problem+json errors and an OpenAPI document, and the FHIR server."""

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from referral.api import documents, errors, fhir, lookups, openapi, receipts, referrals, specialists
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
    fhir.register(app)
    app.extensions["problem"] = _problem


def _problem(error: HTTPException) -> Response:
    """An error at an address that is none, in the words of whoever asked for it."""
    of_fhir = request.path == fhir.PREFIX or request.path.startswith(f"{fhir.PREFIX}/")
    return fhir.errors.http_outcome(error) if of_fhir else errors.http_problem(error)
