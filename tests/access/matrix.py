"""The matrix of access as data: who gets what answer from which address, for their own thing and for somebody else's.

A route is a method and a view. Its pattern says which roles come in and for whose things; its status is the answer of
whoever does. `form` and `body` are what is sent along, good enough that the view would do its work if it were let.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """Who asks. Programs have a bearer token, staff are signed in, patients and offices have opened a link.

    Patients with an account are signed in to it and have opened no link.
    """

    ANONYMOUS = "anonymous"
    PATIENT_A = "patient A"
    PATIENT_B = "patient B"
    PROXY = "proxy of patient A"
    ACCOUNT_A = "patient A with account"
    ACCOUNT_B = "another patient's account"
    COORDINATOR = "coordinator without organization"
    COORDINATOR_1 = "coordinator of organization 1"
    COORDINATOR_2 = "coordinator of organization 2"
    LEAD = "lead"
    OFFICE_1 = "office 1 by link"
    OFFICE_2 = "office 2 by link"
    PROGRAM_1 = "integration of organization 1"
    PROGRAM_2 = "integration of organization 2"
    PROGRAM_COORDINATOR = "coordinator's token of organization 2"
    PROGRAM_ADMIN = "admin's token"
    ADMIN = "admin"
    AUDITOR = "auditor"


R = Role
OF_B = frozenset({R.PATIENT_B, R.ACCOUNT_B, R.COORDINATOR_2, R.OFFICE_2, R.PROGRAM_2, R.PROGRAM_COORDINATOR})
"""Their own request is B, with organization 2; everybody else's is A, with organization 1, if any."""

SIGNED_IN = frozenset({R.COORDINATOR, R.COORDINATOR_1, R.COORDINATOR_2, R.LEAD, R.ADMIN, R.AUDITOR})
PROGRAMS = frozenset({R.PROGRAM_1, R.PROGRAM_2, R.PROGRAM_COORDINATOR, R.PROGRAM_ADMIN})
BY_LINK = frozenset({R.PATIENT_A, R.PATIENT_B, R.PROXY})
ACCOUNTS = frozenset({R.ACCOUNT_A, R.ACCOUNT_B})
PATIENTS = BY_LINK | ACCOUNTS
OFFICES = frozenset({R.OFFICE_1, R.OFFICE_2})
DESK = frozenset({R.COORDINATOR, R.COORDINATOR_1, R.COORDINATOR_2, R.LEAD})
EVERYBODY = frozenset(R)
MANAGERS = frozenset({R.LEAD, R.ADMIN})

STANDS_FOR = {
    R.PATIENT_B: R.PATIENT_A, R.PROXY: R.PATIENT_A, R.ACCOUNT_B: R.ACCOUNT_A, R.OFFICE_2: R.OFFICE_1,
    R.COORDINATOR: R.COORDINATOR_1, R.COORDINATOR_2: R.COORDINATOR_1,
    R.PROGRAM_2: R.PROGRAM_1, R.PROGRAM_COORDINATOR: R.PROGRAM_1, R.PROGRAM_ADMIN: R.PROGRAM_1,
}  # fmt: skip
"""Who is known in the same way, and asks in their place where neither comes in."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Who comes in with their own thing, who also with others', and what everybody else is told."""

    own: frozenset[Role]
    others: frozenset[Role] = frozenset()
    stranger: int = 404
    signed_in: int = 404
    """What members of staff are told who may not."""
    program: int = 404
    """What programs are told that may not."""


_BY_SECRET = Pattern(EVERYBODY, EVERYBODY)
PATTERNS: Mapping[str, Pattern] = {
    "public": _BY_SECRET,
    "desk": Pattern(DESK, DESK, stranger=302, program=302),
    "case": Pattern(DESK, frozenset({R.COORDINATOR, R.LEAD}), stranger=302, program=302),
    # What an open page asks for by itself leads nobody to the sign-in.
    "desk by itself": Pattern(DESK, DESK, stranger=401, program=401),
    "case by itself": Pattern(DESK, frozenset({R.COORDINATOR, R.LEAD}), stranger=401, program=401),
    "steward": Pattern(frozenset({R.ADMIN}), frozenset({R.ADMIN}), stranger=302, program=302),
    "lead": Pattern(frozenset({R.LEAD}), frozenset({R.LEAD}), stranger=302, program=302),
    "account": Pattern(SIGNED_IN, SIGNED_IN, stranger=302, program=302),
    "manage": Pattern(MANAGERS, MANAGERS, stranger=302, program=302),
    "audit": Pattern(frozenset({R.AUDITOR}), frozenset({R.AUDITOR}), stranger=302, program=302),
    "watch": Pattern(frozenset({R.LEAD, R.AUDITOR}), frozenset({R.LEAD, R.AUDITOR}), stranger=302, program=302),
    "program": Pattern(PROGRAMS - {R.PROGRAM_ADMIN}, stranger=401, signed_in=401),
    "track": Pattern(PATIENTS),
    "office": Pattern(OFFICES),
    "own account": Pattern(ACCOUNTS, ACCOUNTS, stranger=302, signed_in=302, program=302),
    "in account": Pattern(ACCOUNTS, stranger=302, signed_in=302, program=302),
    "sent": Pattern(BY_LINK, BY_LINK, stranger=303, signed_in=303, program=303),
}


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the matrix."""

    pattern: str
    status: int = 200
    stolen: int = 404
    """What a live link gets that was opened by somebody who has not shown the birth date."""
    form: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    heads: Mapping[str, str] = field(default_factory=dict)
    """Request headers besides those that say who asks."""
    file: bool = False
    printed: bool = False
    """A packet is made, which takes long: one role of each kind gets it."""
    differs: Mapping[Role, int] = field(default_factory=dict)
    """Who comes in and gets another answer."""

    def comes_in(self, role: Role) -> bool:
        """Whether this role has something to do there at all."""
        return role in PATTERNS[self.pattern].own

    def is_asked_by(self, role: Role) -> bool:
        """Whether this role asks itself: what is open to everybody does not look at who asks, so a stranger does."""
        if self.pattern == "public":
            return role is Role.ANONYMOUS
        with_token = self.pattern == "program" and role in PROGRAMS
        return role not in STANDS_FOR or self.comes_in(role) or with_token

    def expected(self, role: Role, own: bool) -> int:
        """The status for this role, with its own thing or somebody else's."""
        pattern = PATTERNS[self.pattern]
        if role in (pattern.own if own else pattern.others):
            return self.differs.get(role, self.status)
        if self.pattern == "track":
            return self.stolen
        if role in pattern.own:
            return 404
        if role in SIGNED_IN:
            return pattern.signed_in
        return pattern.program if role in PROGRAMS else pattern.stranger


_BORN = {"birth_date.day": "27", "birth_date.month": "3", "birth_date.year": "1961"}
_NOTE = {"action": "note", "note.text": "Called.", "version": "{version}"}
_COLLEAGUE = {"email": "kim@example.org", "name": "Kim Poole", "role": "coordinator"}
_WHY = {"why": "They moved to another place in May.", "phone": "617-555-0177", "do": "correct"}
_TEMPLATE = {"kind": "internal-note", "name": "Called", "text_en": "Called them."}
_RECORD = {"record": "pathology-report", "status": "checked"}
_SEARCH = {"cancer": "CHOL", "near": "02115"}
_FILE = {"record": "pathology-report"}
_DIRECTORY_KINDS = ("Practitioner", "PractitionerRole", "Organization", "Location")
_REQUEST_KINDS = ("ServiceRequest", "Task", "DocumentReference", "Communication")
_ACKNOWLEDGED = {"resourceType": "Task", "id": "{task}", "status": "received", "intent": "order"}
_SOON = datetime.now(UTC).date() + timedelta(days=40)
_DAY = {"day.day": str(_SOON.day), "day.month": str(_SOON.month), "day.year": str(_SOON.year), "name": "Staff day"}
_REQUEST = {
    "cancer": "CHOL", "consent": {"share_with_specialists": True, "contact_by_email": True},
    "patient": {"given": "Maria", "family": "Sample", "birth_date": "1961-03-27", "email": "new@sample.example"},
}  # fmt: skip

ROUTES: Mapping[str, Route] = {
    # Everybody
    "GET static": Route("public"),
    "GET stylesheet.sheet": Route("public"),
    "GET map_files.one": Route("public"),
    "GET design.page": Route("public"),
    "GET design.schemes": Route("public"),
    "GET offline.page": Route("public"),
    "GET offline.worker": Route("public"),
    "GET offline.manifest": Route("public"),
    "GET health.healthz": Route("public"),
    "GET health.metrics": Route("public"),
    "GET health.readyz": Route("public"),
    "GET about.privacy": Route("public"),
    "GET about.ranking": Route("public"),
    "GET about.second_opinion": Route("public"),
    "GET learn.index": Route("public"),
    "POST about.weigh": Route("public", form={"soon": "yes"}),
    "POST learn.look_up": Route("public", 303, form={"cancer": "bile duct cancer"}),
    "GET learn.show": Route("public"),
    "GET search.start": Route("public"),
    "GET guide.start": Route("public"),
    "GET narrow.choose": Route("public", 422),
    "POST narrow.choose": Route("public", 422),
    "POST guide.answer": Route("public", form={"step": "0", "cancer": "bile duct cancer"}),
    "GET search.results": Route("public", query=_SEARCH),
    "POST search.results": Route("public", form=_SEARCH),
    "POST suggest.suggest": Route("public", form={"q": "bile"}),
    "GET compare.show": Route("public"),
    "POST compare.choose": Route("public", form={"cancer": "CHOL"}),
    "POST compare.add": Route("public", 303, form={"cancer": "CHOL", "role": "x"}),
    "GET trials.show": Route("public", query={"cancer": "CHOL"}),
    "POST trials.near": Route("public", form={"cancer": "CHOL", "near": "02115"}),
    "GET specialists.show": Route("public"),
    "GET specialists.report_page": Route("public"),
    "POST specialists.report": Route("public", 302, form={"reason": "phone"}),
    "GET specialists.reported": Route("public"),
    "GET api_docs.docs": Route("public"),
    "GET api_docs.openapi": Route("public"),
    "GET api.lookups.cancer": Route("public"),
    "GET api.lookups.cancers": Route("public", query={"q": "bile"}),
    "GET api.lookups.places": Route("public", query={"q": "02115"}),
    "GET api.specialists.search": Route("public", query=_SEARCH),
    "POST api.specialists.search": Route("public", body=_SEARCH),
    "POST api.receipts.webhook": Route("public", 401, body={}),
    "GET fhir.metadata": Route("public"),
    **{f"GET fhir.search_{kind}": Route("public") for kind in _DIRECTORY_KINDS},
    **{f"POST fhir.search_{kind}_by_form": Route("public") for kind in _DIRECTORY_KINDS},
    **{f"GET fhir.read_{kind}": Route("public") for kind in _DIRECTORY_KINDS},
    "GET demo.mail": Route("public"),
    "GET demo.one_mail": Route("public", 404),
    "GET demo.people_page": Route("public"),
    "POST demo.sign_in": Route("public", 404, form={"person": "{document}"}),
    # Signing in; an invitation that nobody was sent opens nothing
    "GET accounts.sign_in_page": Route("public"),
    "POST accounts.sign_in": Route("public", 422, form={"email": "kim@example.org", "password": "a guess"}),
    "GET accounts.code_page": Route("public", 404),
    "POST accounts.second_step": Route("public", 404, form={"code": "123456"}),
    "POST accounts.key_question": Route("public", 404),
    "POST accounts.key_step": Route("public", 404, form={"answer": "{{}}"}),
    "POST accounts.sign_out": Route("public", 302),
    "GET accounts.invitation_page": Route("public"),
    "POST accounts.invitation": Route("public", 404),
    "GET accounts.password_page": Route("public", 404),
    "POST accounts.set_password": Route("public", 404, form={"password": "a guess", "again": "a guess"}),
    # A request that is being made
    "POST requests.start": Route("public", 303, form={"cancer": "CHOL"}),
    "GET requests.resume": Route("public", 303),
    "GET requests.ask": Route("public", 404),
    "POST requests.answer": Route("public", 404),
    "GET requests.check": Route("public", 404),
    "GET requests.find": Route("public", 404),
    "POST requests.send": Route("public", 404),
    "GET come_back.later": Route("public", 404),
    "GET come_back.code_page": Route("public"),
    "GET come_back.by_link": Route("public", 404),
    "POST come_back.go_on": Route("public", 422, form={"code": "7KQ2-M4XA-93TD-8HBW-0C5E"}),
    "GET requests.sent": Route("sent"),
    "POST api.referrals.create": Route("public", 201, body=_REQUEST),
    # Ways in by link and code
    "GET track.start": Route("public"),
    "POST track.by_code": Route("public", 422, form={"code": "7KQ2-M4XA-93TD", **_BORN}),
    "POST track.unlock": Route("public", 422, form={**_BORN, "birth_date.day": "26"}),
    "POST track.leave": Route("public", 303),
    "GET track_data.erased": Route("public"),
    "GET contact.lost": Route("public"),
    "GET patient_account.sign_in_page": Route("public"),
    "POST patient_account.sign_in_with_password": Route("public", 422, form={"email": "a@b.example", "password": "no"}),
    "GET patient_account.code_page": Route("public", 404),
    "POST patient_account.second_step": Route("public", 404, form={"code": "123456"}),
    "POST patient_account.sign_out": Route("public", 303),
    "GET patient_account.lost_page": Route("public"),
    "POST patient_account.lost": Route("public", form={"email": "nobody@example.org"}),
    "GET patient_account.password_page": Route("public"),
    "POST patient_account.set_password": Route("public", 422, form={**_BORN, "password": "short", "again": "short"}),
    "POST contact.send_again": Route("public", form={"address": "nobody@example.org"}),
    "GET track.ask_to_confirm": Route("public"),
    "POST track.confirm": Route("public", 303),
    "GET contact.ask_to_confirm": Route("public"),
    "POST contact.confirm": Route("public", 303),
    "GET office.door": Route("public"),
    "POST office.enter": Route("public", 302),
    "POST office.late": Route("public", form={"submit-opinion.text": "Late."}),
    "GET office_program.fetched_packet": Route("public", printed=True),
    # The patient's request
    "GET track.follow": Route("track", stolen=200),
    "POST track.answer": Route("track", 409, form={"text": "No fever."}),
    "GET track.ask_to_cancel": Route("track"),
    "POST track.cancel": Route("track", 303),
    "POST track.object_to_reroute": Route("track", 303),
    "GET opinions.show": Route("track", stolen=200),
    "POST opinions.keep_notes": Route("track", 303, form={"notes": "Ask about the margin."}),
    "POST opinions.keep_outcome": Route("track", 303, form={"decided": "not-yet"}),
    "POST opinions.another": Route("track", 303),
    "GET opinions.sheet": Route("track", printed=True),
    "GET track_data.ask_download": Route("track"),
    "POST track_data.download": Route("track", form=_BORN),
    "GET track_data.ask_erase": Route("track"),
    "POST track_data.prove": Route("track", form=_BORN),
    "POST track_data.erase": Route("track", 303),
    "GET track_letters.show": Route("track"),
    "GET track_letters.pdf": Route("track", printed=True),
    "GET track_records.form": Route("track"),
    "POST track_records.send": Route("track", 303, form=_FILE, file=True),
    "GET track_records.document": Route("track"),
    "POST track_records.take_along": Route("track", 422),
    "POST track_records.take_back": Route("track", 303),
    "POST track_records.cannot": Route("track", 303, form={"item": "imaging-reports", "reason": "It is lost."}),
    "POST track_uploads.begin": Route("track", 422),
    "GET track_uploads.where": Route("track", 204),
    "PATCH track_uploads.add": Route("track", 415),
    "DELETE track_uploads.end": Route("track", 204),
    "POST track_uploads.end_by_form": Route("track", 303),
    "GET track_account.show": Route("track", stolen=200),
    "POST track_account.ask": Route(
        "track", form={"email": "own@example.org"}, differs={R.ACCOUNT_A: 303, R.ACCOUNT_B: 303}
    ),
    "POST track_account.take_out": Route("track", 303, form={"account": "{document}"}),
    "GET contact.show": Route("track", stolen=200),
    "POST contact.choose": Route("track", 303, form={"which": "important", "by_email": "yes"}),
    "POST contact.change": Route("track", 303, form={"patient.email": "other@sample.example", **_BORN}),
    "POST contact.choose_news": Route("track", 303, form={"news_to": "patient"}),
    "POST contact.withdraw": Route("track", 303),
    "GET track_messages.show": Route("track"),
    "POST track_messages.write": Route("track", 303, form={"message": "My number has changed."}),
    "GET track_privacy.show": Route("track"),
    "GET track_privacy.seen": Route("track"),
    "GET track_privacy.ask": Route("track"),
    "POST track_privacy.take_back": Route("track", 303, form={"role": "{role}"}),
    "POST track_privacy.give": Route("track", 303, form={"role": "{role}"}),
    # A patient's account
    "GET patient_account.listing": Route("own account"),
    "GET patient_account.open_request": Route("in account", 303),
    "GET patient_settings.page": Route("own account"),
    "POST patient_settings.change_password": Route("own account", 422, form={"current": "a guess"}),
    "POST patient_settings.end_sessions": Route("own account", 303),
    "GET patient_settings.enrol_page": Route("own account"),
    "POST patient_settings.enrol": Route("own account", 422, form={"current": "a guess", "code": "123456"}),
    "POST patient_settings.drop_factor": Route("own account", 422, form={"remove.current": "a guess"}),
    "POST patient_settings.new_codes": Route("own account", 422, form={"codes.current": "a guess"}),
    "GET patient_settings.ask_delete": Route("own account"),
    "POST patient_settings.delete": Route("own account", 422, form={"current": "a guess"}),
    # The office's handling
    "GET office.packet": Route("office"),
    "POST office.take": Route("office", 302, form={"action": "acknowledge", "version": "{version}"}),
    "GET office_details.details": Route("office"),
    "POST office_details.confirm": Route("office", 302),
    "GET office_details.thanks": Route("office"),
    "GET office_records.document": Route("office"),
    "GET office_records.packet": Route("office", printed=True),
    "GET office_records.originals": Route("office"),
    "GET office_records.form": Route("office"),
    "POST office_records.send": Route("office", 303, form=_FILE, file=True),
    "POST office_records.take_back": Route("office", 409),
    # The desk
    "GET coordinator.queue": Route("desk"),
    "GET desk_exports.as_csv": Route("desk"),
    "GET desk_exports.as_json": Route("desk"),
    "GET desk_exports.columns": Route("desk"),
    "POST desk_saved.search": Route("desk", 303, form={"text": "Maria Sample"}),
    "POST desk_saved.keep": Route("desk", 303, form={"name": "Urgent ones", "priority": "urgent"}),
    "POST desk_saved.change": Route("desk", 404, form={"do": "delete"}),
    "GET intake.ask": Route("desk"),
    "POST intake.answer": Route("desk", 422),
    "GET intake.filed": Route("desk", 404),
    "GET emergency.ask": Route("desk"),
    "POST emergency.begin": Route("desk", 422, form={"reference": "SO-0000-0000", "reason": "Fever since this night."}),
    "GET coordinator.referral_page": Route("case"),
    "POST coordinator.take": Route("case", 302, form=_NOTE),
    "GET coordinator.packet": Route("case"),
    "GET live.stream": Route("desk by itself"),
    "GET live.changes": Route("desk by itself"),
    "POST live.here": Route("case by itself"),
    "POST live.take_over": Route("case", 303),
    "POST desk_messages.write": Route("case", 303, form={"message": "We call you on Monday."}),
    "POST desk_messages.settle": Route("case", 303),
    "POST desk_messages.take_it": Route("case", 303),
    "POST desk_messages.retry": Route("case", 303),
    "POST desk_contact.called": Route("case", 303, form={"told": "{document}"}),
    "POST desk_contact.office_told": Route("case", 303, form={"told": "{document}"}),
    "POST desk_contact.end_links": Route("case", 303),
    "POST desk_contact.duplicate": Route("case", 303, form={"of": "{other}", "version": "{version}"}),
    "GET desk_records.form": Route("case"),
    "POST desk_records.send": Route("case", 303, form=_FILE, file=True),
    "POST desk_records.change": Route("case", 303, form={"item": "pathology-report", "state": "checked"}),
    "POST desk_records.choose": Route("case", 303, form={"goes": "not"}),
    "GET desk_records.document": Route("case"),
    "POST desk_records.take_back": Route("case", 303),
    "GET desk_records.packet": Route("case", printed=True),
    "GET desk_records.originals": Route("case"),
    "POST desk_records.link": Route("case", 303, form={"link": "end"}),
    "GET emergency.listing": Route("watch"),
    "GET desk_bulk.jobs": Route("lead"),
    "POST desk_bulk.prepare": Route("lead", 303, form={"action": "hold", "view": ""}),
    "GET desk_bulk.job_page": Route("lead"),
    "POST desk_bulk.confirm": Route("lead", 303),
    "POST desk_bulk.undo": Route("lead", 303),
    "GET desk_templates.list_page": Route("desk"),
    "GET desk_templates.new_page": Route("desk"),
    "POST desk_templates.add": Route("desk", 303, form={**_TEMPLATE, "whose": "mine"}),
    "GET desk_templates.edit_page": Route("desk"),
    "POST desk_templates.change": Route("desk", form={**_TEMPLATE, "do": "preview"}),
    "GET desk_macros.list_page": Route("desk"),
    "GET desk_macros.edit_page": Route("desk", 404),
    "POST desk_macros.keep": Route("lead", 422),
    "POST desk_macros.run": Route("case", 404),
    "POST desk_templates.fill": Route("case", form={"fill": "note"}),
    # Whoever works here
    "GET own_account.page": Route("account"),
    "GET own_account.enrol_page": Route("account"),
    "POST own_account.enrol_app": Route("account", 422, form={"code": "123456"}),
    "POST own_account.key_question": Route("account"),
    "POST own_account.enrol_key": Route("account", 422, form={"name": "Blue key", "answer": "{{}}"}),
    "POST own_account.remove_key": Route("account", 302, form={"key": "{document}"}),
    "GET own_account.codes_page": Route("account"),
    "POST own_account.new_codes": Route("account"),
    "POST own_account.change_password": Route("account", 422, form={"current": "a guess"}),
    "POST own_account.end_sessions": Route("account", 302),
    "GET own_account.confirm_page": Route("account"),
    "POST own_account.confirm": Route("account", 422, form={"current": "a guess"}),
    # Who leads, who manages, who audits
    "GET admin_days.lead_page": Route("lead"),
    "GET admin_days.listing": Route("manage"),
    "POST admin_days.change": Route("manage", 303, form=_DAY),
    "GET reports.show": Route("lead"),
    "GET reports.table_file": Route("lead"),
    "GET reports.dictionary": Route("lead"),
    "GET admin_operations.clocks_page": Route("manage"),
    "POST admin_operations.keep_clocks": Route("manage", 303),
    "GET admin_operations.sending_page": Route("manage"),
    "POST admin_operations.retry": Route("manage", 303),
    "POST admin_operations.again": Route("manage", 303),
    "GET admin_staff.list_page": Route("manage"),
    "POST admin_staff.add": Route("steward", form=_COLLEAGUE),
    "POST admin_staff.change": Route("steward", form={"do": "disable"}),
    "GET audit.trail": Route("audit"),
    "GET audit.export": Route("audit"),
    # Programs
    "GET api.referrals.listing": Route("program"),
    "GET api.referrals.read": Route("program"),
    "GET api.referrals.events": Route("program"),
    "GET api.referrals.actions": Route("program"),
    "POST api.referrals.take": Route("program", body={"action": "acknowledge"}),
    **{f"GET fhir.search_{kind}": Route("program") for kind in _REQUEST_KINDS},
    **{f"POST fhir.search_{kind}_by_form": Route("program") for kind in _REQUEST_KINDS},
    **{f"GET fhir.read_{kind}": Route("program") for kind in _REQUEST_KINDS},
    "GET fhir.read_version_of_ServiceRequest": Route("program"),
    "GET fhir.read_version_of_Task": Route("program"),
    "PUT fhir.update_Task": Route("program", body=_ACKNOWLEDGED, heads={"If-Match": 'W/"{version}"'}),
    "POST fhir.create_ServiceRequest": Route("program", 400, body={"resourceType": "ServiceRequest"}),
    "GET api.documents.documents": Route("program"),
    "POST api.documents.add_document": Route("program", 201, form=_FILE, file=True),
    "GET api.documents.read_document": Route("program"),
    "DELETE api.documents.delete_document": Route("program", 409, differs={R.PROGRAM_COORDINATOR: 200}),
    "POST api.documents.change": Route("program", 409, body=_RECORD, differs={R.PROGRAM_COORDINATOR: 200}),
    "GET api.documents.packet": Route("program", printed=True),
    # The steward
    "GET admin.overview_page": Route("steward"),
    "GET admin.imports_page": Route("steward"),
    "GET admin.import_page": Route("steward"),
    "GET admin.rejected_rows": Route("steward"),
    "GET admin_checks.due_page": Route("steward"),
    "GET admin_checks.check_page": Route("steward"),
    "POST admin_checks.close": Route("steward", 302, form={"outcome": "confirmed", "note": "They said so."}),
    "GET admin_facts.specialists_page": Route("steward"),
    "GET admin_facts.specialist_page": Route("steward"),
    "GET admin_facts.organization_page": Route("steward"),
    "GET admin_facts.fact_page": Route("steward"),
    "POST admin_facts.correct": Route("steward", 302, form=_WHY),
    "GET admin_facts.use_page": Route("steward"),
    "POST admin_facts.use": Route("steward", 302, form={**_WHY, "do": "retire"}),
    "GET admin_reviews.organizations_page": Route("steward"),
    "POST admin_reviews.decide_organization": Route("steward", 302, form={"key": "{alias}", "decision": "different"}),
    "GET admin_reviews.officials_page": Route("steward"),
    "POST admin_reviews.decide_official": Route("steward", 302, form={"decision": "confirm"}),
}
"""Every route there is, and what answers it."""
