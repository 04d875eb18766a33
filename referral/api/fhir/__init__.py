"""The FHIR R4 server at /fhir: the directory for everybody, what belongs to requests for programs with a token."""

from flask import Blueprint, Flask

from referral.api.fhir import answers, create_request, directory, errors, of_requests, update_task
from referral.extensions import csrf

PREFIX = "/fhir"


def register(app: Flask) -> None:
    """Attach the server to the application."""
    server = Blueprint("fhir", __name__, url_prefix=PREFIX)
    for module in (directory, of_requests, update_task, create_request):
        module.register(server)
    server.before_request(answers.agree_on_a_format)
    errors.register(server)
    csrf.exempt(server)
    app.register_blueprint(server)
