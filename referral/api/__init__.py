"""The JSON API: thin views over the services, problem+json errors, an OpenAPI document."""

from flask import Flask


def register(app: Flask) -> None:
    """Attach the API to the application."""
