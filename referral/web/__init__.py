"""The pages: Jinja blueprints, forms and filters."""

from flask import Flask

from referral.web import health


def register(app: Flask) -> None:
    """Attach every page to the application."""
    app.register_blueprint(health.pages)
