"""The pages: Jinja blueprints, forms and filters."""

from flask import Flask

from referral import reference
from referral.access import rate_limits
from referral.domain.codes import Complexity, Situation
from referral.web import (
    about,
    admin,
    admin_checks,
    admin_facts,
    admin_filters,
    admin_reviews,
    audit,
    contact,
    coordinator,
    demo,
    desk_contact,
    desk_filters,
    desk_records,
    errors,
    filters,
    headers,
    health,
    learn,
    office,
    office_details,
    office_records,
    record_forms,
    request_log,
    requests,
    search,
    specialists,
    suggest,
    track,
    track_privacy,
    track_records,
)
from referral.web.sessions import Sessions


def register(app: Flask) -> None:
    """Attach every page to the application."""
    app.session_interface = Sessions()
    filters.register(app)
    desk_filters.register(app)
    admin_filters.register(app)
    record_forms.register(app)
    rate_limits.register(app)
    request_log.register(app)
    headers.register(app)
    errors.register(app)
    app.context_processor(_words)
    for module in (
        health, search, suggest, learn, specialists, requests, track, track_privacy, track_records, contact, about,
        office, office_details, office_records, coordinator, desk_records, desk_contact, demo,
        admin, admin_checks, admin_reviews, admin_facts, audit,
    ):  # fmt: skip
        app.register_blueprint(module.pages)


def _words() -> dict[str, object]:
    """Choices that forms offer, and the cancers by their code."""
    return {
        "words": {
            "situations": list(filters.WORDS[Situation].items()),
            "complexities": list(filters.WORDS[Complexity].items()),
            "languages": sorted(filters.LANGUAGES.items(), key=lambda item: (item[0] != "en", item[1])),
        },
        "tree": reference.cancers(),
    }
