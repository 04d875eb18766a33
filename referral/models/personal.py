"""What of the database is personal data, column by column: sealed, found by a blind index, or plain with its reason.

Sealed columns and blind indexes say so in their models; every other column stands here, and a test refuses one that
stands nowhere. Plain on purpose, though they are facts of a patient's case: `oncotree_code`, `priority`, `stage`,
`status`, `situation` and the deadlines, since worklists count and sort by them in SQL. Without what is sealed none of
them leads to a person. Names and addresses of staff and offices are those of people at work.
"""

from collections.abc import Mapping

_DIRECTORY = "the public directory and how it is made; no patient is in it"
_OPERATIONS = "how the service runs; no patient is in it"

PLAIN: Mapping[str, tuple[str, str]] = {
    "access_link": (
        "ids, hashes of secrets, days and counts",
        "purpose request_id task_id token_hash created_at expires_at revoked_at wrong_dates id",
    ),
    "added_cancer": (
        _DIRECTORY,
        "code place name main_type tissue parent icd10cm rarity import_id",
    ),
    "added_term": (
        _DIRECTORY,
        "term codes language kind import_id",
    ),
    "api_token": (
        "programs, not people; of the token its hash",
        "name role organization_id token_hash created_at expires_at revoked_at used_at id",
    ),
    "audit_entry": (
        "ids, codes, numbers and days, which is checked when an entry is made; `actor_name` is who works here or in an "
        "office, a patient has no name in it",
        "number at actor actor_id actor_name action object_type object_id request_id detail correlation_id "
        "previous hash",
    ),
    "breaker": (
        _OPERATIONS,
        "channel endpoint failures failing_since opened_at probe_at",
    ),
    "bulk_item": (
        "ids, codes and days; what the lifecycle said and how it stood before are sealed",
        "job_id request_id position version state why acted_at id",
    ),
    "bulk_job": (
        "ids, codes and days; `assignee` is a member of staff, `view` the words of a list's address; the text is "
        "sealed",
        "staff_id action state view assignee items created_at confirmed_at held_until undo_until ended_at lease "
        "leased_until id",
    ),
    "clock_change": (
        _OPERATIONS,
        "id at by name old new",
    ),
    "clock_setting": (
        _OPERATIONS,
        "name value changed_at changed_by",
    ),
    "closed_day": (
        _OPERATIONS,
        "day organization_id name added_at added_by",
    ),
    "consent": (
        "ids, the purpose and what it is about as codes, and days; `witness` is a member of staff",
        "request_id purpose what role_id text_version way witness granted_at expires_at revoked_at id",
    ),
    "contact_change": (
        "ids, the hash of a secret and days",
        "request_id whose token_hash created_at expires_at confirmed_at withdrawn_at id",
    ),
    "delivery": (
        "ids, codes and days; `error` is written by us of codes and names of failures, never of an answer in words",
        "key request_id task_id staff_id template channel status attempts due_at leased_until lease error created_at "
        "handed_over_at delivered_at failed_at correlation_id id",
    ),
    "delivery_attempt": (
        "the same; `endpoint` is a hash, `reference` the far side's own id",
        "id delivery_id number started_at ended_at outcome error endpoint code reference endpoint_down",
    ),
    "desk_search": (
        "ids and times; what was searched for is sealed",
        "staff_id created_at expires_at id",
    ),
    "desk_view": (
        "ids, times and filters as words of ours: ids, codes, days and names of organizations; its name is sealed",
        "staff_id words shared created_at id",
    ),
    "directory_check": (
        _DIRECTORY,
        "id npi role_id reason detail opened_at opened_by closed_at closed_by outcome",
    ),
    "directory_import": (
        _DIRECTORY,
        "id kind name state started_at heartbeat_at finished_at digest bytes_read bytes_total rows changed "
        "rejected demo report problem",
    ),
    "document": (
        "ids, codes, sizes and a digest; `refusal` is a code; `actor_name` is who works at the desk or in an office",
        "request_id item_id task_id opinion_id actor actor_name media_type size sha256 storage_key "
        "received_at kept_back withdrawn_at checked_at refusal id",
    ),
    "emergency_access": (
        "ids and times; the reason is sealed",
        "staff_id request_id opened_at until id",
    ),
    "experience": (
        _DIRECTORY,
        "npi id oncotree_code kind count period_start period_end source source_url retrieved_on origin rows "
        "retired_at import_id file line",
    ),
    "field_change": (
        _DIRECTORY,
        "id subject subject_id field old new source at import_id file line",
    ),
    "geocoded_address": (
        _DIRECTORY,
        "key outcome latitude longitude geocoder asked_on",
    ),
    "idempotency_key": (
        "a name that a program chose by chance, and a digest",
        "key body_hash request_id created_at",
    ),
    "opinion": (
        "ids and days",
        "request_id task_id received_at advice_only id",
    ),
    "opinion_survey": (
        "what the patient says became of an opinion, in codes that reports count",
        "request_id decided changed helped answered_at id",
    ),
    "organization": (
        _DIRECTORY,
        "id name plain_name designation network ccn line1 city state postcode country latitude longitude source "
        "retired_at",
    ),
    "organization_alias": (
        _DIRECTORY,
        "key organization_id suggested_id name confidence state reasons decided_by decided_at import_id file line",
    ),
    "organization_experience": (
        _DIRECTORY,
        "organization_id id oncotree_code kind count period_start period_end source source_url retrieved_on "
        "origin rows retired_at import_id file line",
    ),
    "partial_upload": (
        "ids, a code, sizes, times and a digest",
        "request_id record sha256 size received began_at expires_at kept_at id",
    ),
    "patient": (
        "language and wishes tell nobody apart; look-ups go by blind index",
        "language interpreter every_step news_to email_confirmed_at erased_at id",
    ),
    "patient_account": (
        "ids and times; of the password its hash, `totp_secret` is encrypted, and the address is looked up by blind "
        "index",
        "created_at empty_since password totp_secret totp_counter failed_tries locked_until id",
    ),
    "patient_account_link": (
        "ids, times, how many wrong tries, and the hash of a secret",
        "account_id request_id token_hash created_at expires_at tries used_at id",
    ),
    "patient_account_request": (
        "ids and a time",
        "account_id request_id added_at",
    ),
    "patient_message": (
        "ids, codes and days; `done_by` is a member of staff",
        "key request_id template language way delivery_id created_at done_at done_by id",
    ),
    "patient_note": (
        "ids and a time",
        "request_id changed_at id",
    ),
    "patient_recovery_code": (
        "ids and a time; of the code its hash",
        "account_id code_hash used_at id",
    ),
    "patient_session": (
        "ids and times; of the secret its hash, of the browser its kind",
        "account_id token_hash browser created_at seen_at confirmed_at complete pending ended_at id",
    ),
    "payment": (
        _DIRECTORY,
        "npi year payer nature amount_usd rows retrieved_on import_id file line",
    ),
    "planned_run": (
        _OPERATIONS,
        "name due_at holder began_at ended_at",
    ),
    "practitioner": (
        _DIRECTORY,
        "npi given family plain_name credential other_names gender languages taxonomy_codes source retired_at",
    ),
    "practitioner_role": (
        _DIRECTORY,
        "id npi organization_id line1 city state postcode country latitude longitude precision phone "
        "accepts_new_patients remote_opinion insurers wait_days fee_usd channel channel_address assured_on "
        "assurer paused_until paused_by not_treated source retired_at",
    ),
    "presence": (
        "ids of a request and of a member of staff, and times",
        "request_id staff_id until editing_until",
    ),
    "receipt": (
        "ids and codes; the words of bounces are not kept",
        "id provider event_id kind key detail received_at outcome settled_at",
    ),
    "record_item": (
        "`name` is the code of a kind of record",
        "id request_id name mandatory status changed_at",
    ),
    "recovery_code": (
        "staff, not patients; of the code its hash",
        "staff_id code_hash used_at id",
    ),
    "referral_event": (
        "ids, codes and days; `actor_name` is who works at the desk or in an office",
        "id request_id task_id at actor actor_name action from_stage to_stage reason version",
    ),
    "referral_task": (
        "ids, codes and days",
        "request_id role_id npi consent_id status business_status status_reason authored_on opened_at "
        "acknowledged_at answered_at appointment_on id",
    ),
    "macro": ("names and codes of steps, with the ids of templates", "name steps version created_at archived_at id"),
    "reply_template": (
        "words for every patient, with fields in the place of what is one patient's",
        "kind name text_en text_es records owner_id version created_at archived_at id",
    ),
    "reply_template_version": (
        "the same; `by` is a member of staff",
        "id template_id version name text_en text_es records at by",
    ),
    "report_attempt": (
        "months, codes, who was asked and their organization; the id of the handling goes with the person",
        "id case_id number task_id organization_id npi after asked_month sent_month accepted_month declined_month "
        "reason opinion_month advice_only agreement",
    ),
    "report_case": (
        "months and classes; the id of the request and the moment go with the person. Of the home there are state and "
        "class alone",
        "id request_id submitted_at submitted_month filed_by language state rurality tissue priority opinion_month "
        "wait_days declined outcome_month decided changed helped",
    ),
    "report_stay": (
        "stages, months, hours and codes of records; the moment goes with the person",
        "id case_id number stage organization_id entered_at left_month hours breached records",
    ),
    "report_work": (
        "how much staff did, by month",
        "case_id month who steps",
    ),
    "request_draft": (
        "the hash of a secret, a day and an id",
        "id expires_at follows_id",
    ),
    "search_record": (
        "searches without anybody's identity, for thirty days",
        "at inputs query index_version model_version role_ids scores total digest id",
    ),
    "security_key": (
        "staff, not patients; `name` is what they call their key, and a public key is no secret",
        "staff_id credential_id public_key sign_count name created_at used_at id",
    ),
    "service_request": (
        "ids, codes and deadlines, by which worklists count and sort",
        "identifier status records closed_at stage version priority oncotree_code situation reroute_allowed "
        "max_tries max_km assignee_id authored_on stage_since next_by clock_since rungs rung_at paused_clocks "
        "reroute_role_id reroute_at vetoed_npis contact_confirmed_at tracking_code_hash patient_id "
        "current_task_id follows_id kept_until erase_asked_at nobody_chosen id",
    ),
    "shortlist_entry": (
        "ids",
        "request_id position role_id",
    ),
    "source_record": (
        _DIRECTORY,
        "subject subject_id source said_as values retrieved_on gone_at gone_reason import_id file line",
    ),
    "staff": (
        "people at work, looked up by address at sign-in; of the password its hash, and `totp_secret` is encrypted",
        "email name role organization_id demo created_at active password totp_secret totp_counter failed_tries "
        "locked_until id",
    ),
    "staff_invitation": (
        "staff, not patients; of the secret its hash",
        "staff_id token_hash created_at expires_at used_at revoked_at id",
    ),
    "staff_session": (
        "staff, not patients; of the secret its hash, of the browser its kind, and `pending` is a question by chance",
        "staff_id token_hash browser created_at seen_at confirmed_at complete pending ended_at id",
    ),
    "taxonomy_name": (
        _DIRECTORY,
        "code name import_id file line",
    ),
    "thread_message": (
        "ids and times; `actor_name` is a member of staff, a patient has no name here",
        "request_id at actor actor_name settled_at id",
    ),
    "trial": (
        _DIRECTORY,
        "nct_id title status phase conditions codes first_posted updated url retrieved_on import_id file line",
    ),
    "trial_official": (
        _DIRECTORY,
        "id nct_id name affiliation role npi confidence reasons state decided_by decided_at",
    ),
    "trial_site": (
        _DIRECTORY,
        "id nct_id facility city state postcode country latitude longitude status",
    ),
    "turn": (
        _OPERATIONS,
        "name holder until",
    ),
    "upload_part": (
        "ids and the place of a part in its file",
        "id upload_id start storage_key",
    ),
    "vocabulary_import": (
        _DIRECTORY,
        "id kind file at",
    ),
    "worker_beat": (
        _OPERATIONS,
        "id started_at beat_at heard_at doing",
    ),
}
"""By table: why its plain columns are not sealed, and their names."""


def plain_columns(table: str) -> frozenset[str]:
    """The columns of a table that are known not to need a seal."""
    return frozenset(PLAIN.get(table, ("", ""))[1].split())
