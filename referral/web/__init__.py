"""The pages: Jinja blueprints, forms and filters."""

from flask import Flask

from referral import reference
from referral.access import accounts as account_keeping
from referral.access import gate, rate_limits
from referral.domain.codes import Complexity, Situation
from referral.web import (
    about,
    accounts,
    admin,
    admin_checks,
    admin_facts,
    admin_filters,
    admin_operations,
    admin_reviews,
    admin_staff,
    audit,
    come_back,
    contact,
    coordinator,
    demo,
    desk_contact,
    desk_filters,
    desk_records,
    emergency,
    errors,
    filters,
    guide,
    headers,
    health,
    learn,
    limits,
    office,
    office_details,
    office_records,
    opinions,
    own_account,
    page_language,
    proxies,
    record_forms,
    request_log,
    requests,
    search,
    specialists,
    spool,
    stylesheet,
    suggest,
    suggested,
    track,
    track_data,
    track_letters,
    track_privacy,
    track_records,
)
from referral.web.sessions import LONGEST, Sessions


def register(app: Flask) -> None:
    """Attach every page to the application."""
    app.session_interface = Sessions()
    app.permanent_session_lifetime = LONGEST
    spool.register(app)
    stylesheet.register(app)
    page_language.register(app)
    filters.register(app)
    desk_filters.register(app)
    admin_filters.register(app)
    record_forms.register(app)
    suggested.register(app)
    rate_limits.register(app)
    request_log.register(app)
    account_keeping.register(app)
    gate.register(app)
    limits.register(app)
    proxies.register(app)
    headers.register(app)
    errors.register(app)
    app.context_processor(_words)
    for module in (
        health, stylesheet, search, guide, suggest, learn, specialists, come_back, requests, track, track_privacy,
        track_records, track_letters, track_data, opinions, contact, about, office, office_details, office_records,
        coordinator, desk_records, desk_contact, emergency, demo, accounts, own_account, admin, admin_checks,
        admin_reviews, admin_facts, admin_operations, admin_staff, audit,
    ):  # fmt: skip
        app.register_blueprint(module.pages)
    app.register_blueprint(office_records.by_program)


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
