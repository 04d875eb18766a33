"""The pages: Jinja blueprints, forms and filters."""

from flask import Flask

from referral import reference
from referral.access import accounts as account_keeping
from referral.access import gate, rate_limits
from referral.domain.codes import Complexity, Situation
from referral.domain.place_names import fold
from referral.web import (
    about,
    accounts,
    admin,
    admin_checks,
    admin_days,
    admin_facts,
    admin_filters,
    admin_operations,
    admin_reviews,
    admin_staff,
    audit,
    come_back,
    compare,
    contact,
    coordinator,
    demo,
    design,
    desk_bulk,
    desk_contact,
    desk_exports,
    desk_filters,
    desk_macros,
    desk_messages,
    desk_records,
    desk_saved,
    desk_templates,
    emergency,
    errors,
    filters,
    forms_search,
    guide,
    headers,
    health,
    insurance,
    intake,
    learn,
    limits,
    live,
    long_lived,
    map_files,
    narrow,
    office,
    office_details,
    office_records,
    offline,
    opinions,
    own_account,
    packed_pages,
    page_language,
    patient_account,
    patient_settings,
    proxies,
    record_forms,
    reports,
    request_log,
    requests,
    search,
    specialists,
    spool,
    stylesheet,
    suggest,
    suggested,
    track,
    track_account,
    track_data,
    track_letters,
    track_messages,
    track_privacy,
    track_records,
    track_uploads,
    trials,
)
from referral.web.sessions import LONGEST, Sessions


def register(app: Flask) -> None:
    """Attach every page to the application."""
    app.session_interface = Sessions()
    app.permanent_session_lifetime = LONGEST
    packed_pages.register(app)
    spool.register(app)
    stylesheet.register(app)
    page_language.register(app)
    map_files.register(app)
    filters.register(app)
    desk_filters.register(app)
    admin_filters.register(app)
    desk_bulk.register(app)
    desk_templates.register(app)
    record_forms.register(app)
    live.register(app)
    long_lived.register(app)
    suggested.register(app)
    insurance.register(app)
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
        health, stylesheet, search, suggest, learn, specialists, requests, track, track_privacy, track_records,
        opinions, contact, about, office, office_details, office_records, coordinator, desk_records, desk_contact,
        desk_exports, desk_saved, emergency, demo, accounts, own_account, admin, admin_checks, admin_reviews,
        admin_facts, admin_operations, admin_staff, audit, map_files, design, offline, desk_bulk, desk_templates,
        desk_macros,
        reports, intake, admin_days, track_messages, desk_messages, live, compare, trials, guide, come_back,
        track_letters, track_data, track_uploads, narrow, track_account, patient_account, patient_settings,
    ):  # fmt: skip
        app.register_blueprint(module.pages)
    app.register_blueprint(office_records.by_program)


def _words() -> dict[str, object]:
    """Choices that forms offer, and the cancers by their code."""
    return {
        "words": {
            "distances": list(forms_search.DISTANCES),
            "remote": list(forms_search.REMOTE),
            "situations": list(filters.WORDS[Situation].items()),
            "complexities": list(filters.WORDS[Complexity].items()),
            "languages": sorted(((tag, filters.language(tag)) for tag in filters.LANGUAGES), key=_english_first),
        },
        "tree": reference.cancers(),
    }


def _english_first(language: tuple[str, str]) -> tuple[bool, str]:
    tag, name = language
    return tag != "en", fold(name)
