"""Rows of `removals.py` on who may see what: consent, trail, passwords, sessions, links, emergencies, keeping, logs."""

from tests.access.removal import Removal

CONSENTS = "tests/services/test_consents.py"
TRAIL = "tests/services/test_audit_log.py"
SIGN_IN = "tests/services/test_sign_in.py"
SCOPES = "tests/access/test_authorize.py::test_a_query_finds_exactly_what_is_not_foreign"
DATES = "tests/web/test_wrong_birth_dates.py"
ERASING = "tests/services/test_erase.py"

OF_ACCESS = (
    # Consent
    Removal("consent: no task without", "referral/migrations/versions/0020_consents_that_end.py",
            'f" IF NOT {TASK_STANDS} THEN {stop}; END IF; RETURN NEW; END $$"',
            'f" IF FALSE THEN {stop}; END IF; RETURN NEW; END $$"',
            f"{CONSENTS}::test_the_database_refuses_to_ask_an_office_without_a_live_consent"),
    Removal("consent: no message without", "referral/migrations/versions/0020_consents_that_end.py",
            'f" IF {LEAVES} AND NOT {ALLOWED} THEN {stop}; END IF; RETURN NEW; END $$"',
            'f" IF FALSE THEN {stop}; END IF; RETURN NEW; END $$"',
            f"{CONSENTS}::test_the_database_refuses_a_packet_that_a_person_carries_without_a_consent"),
    Removal("consent: what a program lists", "referral/store/scopes.py",
            "            there = there.join(Consent, is_shared(scope.shared_at))\n", "            pass\n", SCOPES),
    Removal("consent: what a program reads", "referral/access/authorize.py",
            "    return there and not _is_held(task) and _is_shared(task)\n",
            "    return there and not _is_held(task)\n", SCOPES),
    Removal("consent: its time", "referral/access/authorize.py",
            "one.revoked_at is None and one.expires_at > now for one", "one.revoked_at is None for one", SCOPES),
    # The trail
    Removal("trail: insert only", "referral/migrations/versions/0019_an_audit_trail.py",
            " BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END", " BEGIN SELECT 1; END",
            f"{TRAIL}::test_the_database_refuses_to_change_or_remove_an_entry"),
    Removal("trail: hash", "referral/domain/audit_chain.py",
            "    if not hmac.compare_digest(entry.hash, hash_of(key, entry)):\n", "    if not entry.hash:\n",
            "tests/domain/test_audit_chain.py::test_a_changed_entry_is_named"),
    Removal("trail: order", "referral/domain/audit_chain.py", "    if entry.previous != last.hash:\n",
            "    if not last.hash:\n", "tests/domain/test_audit_chain.py::test_swapped_entries_are_named_by_the_first"),
    Removal("trail: reads", "referral/services/audit_log.py",
            "    reads.setdefault((entry.actor, entry", "    dict[object, Entry]().setdefault((entry.actor, entry",
            f"{TRAIL}::test_a_page_that_shows_a_referral_is_noted_before_it_is_sent_and_only_once"),
    Removal("trail: no page without", "referral/services/audit_log.py",
            "            response.close()\n            raise\n", "            response.close()\n",
            f"{TRAIL}::test_a_page_that_cannot_be_noted_is_not_sent"),
    Removal("trail: files of the packet", "referral/services/keep_document.py",
            "    return [document for document in out_of_quarantine(theirs) if document.opinion_id is None]\n",
            "    return theirs\n",
            "tests/web/test_privacy_pages.py::test_a_printed_packet_counts_with_each_record_from_when_it_was_carried"),
    # Passwords, second factors, locks
    Removal("common passwords", "referral/domain/passwords.py", "    if _is_common(folded, common):\n",
            "    if not folded:\n", "tests/domain/test_passwords.py::"
            "test_each_of_the_commonest_passwords_is_refused_alone_repeated_and_with_digits_around"),
    Removal("lock of an account", "referral/domain/passwords.py", "    if failed_tries < TRIES:\n",
            "    if failed_tries:\n", f"{SIGN_IN}::"
            "test_ten_wrong_codes_lock_the_account_for_the_right_one_and_the_password_too"),
    Removal("a code counts once", "referral/store/accounts.py", "totp_counter < counter", "totp_counter != -1",
            f"{SIGN_IN}::test_of_two_who_come_with_one_code_at_once_the_slower_is_refused"),
    # Sessions, tokens, links
    Removal("idle sessions", "referral/access/sessions.py", "\nIDLE = timedelta(minutes=15)\n",
            "\nIDLE = timedelta(days=15)\n", f"{SIGN_IN}::test_a_session_ends_when_idle_and_after_twelve_hours"),
    Removal("whole sessions", "referral/access/sessions.py", "WHOLE = timedelta(hours=12)\n",
            "WHOLE = timedelta(days=12)\n", f"{SIGN_IN}::test_a_session_ends_when_idle_and_after_twelve_hours"),
    Removal("another secret with each step", "referral/access/sessions.py",
            "    begun.complete, begun.pending, begun.token_hash = True, None, _new_secret(_place(begun))\n",
            "    begun.complete, begun.pending = True, None\n",
            f"{SIGN_IN}::test_each_step_of_signing_in_changes_the_secret_of_the_session"),
    Removal("idle offices", "referral/access/sessions.py", "OFFICE_IDLE = timedelta(minutes=30)\n",
            "OFFICE_IDLE = timedelta(days=30)\n", "tests/web/test_idle_visitors.py::"
            "test_an_office_that_was_away_opens_its_link_again_and_finds_what_it_wrote"),
    Removal("end of tokens", "referral/store/access.py",
            "ApiToken.token_hash == token_hash, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now",
            "ApiToken.token_hash == token_hash, ApiToken.revoked_at.is_(None)",
            "tests/access/test_tokens.py::test_a_token_ends_after_its_lifetime"),
    Removal("revoked tokens", "referral/store/access.py",
            "ApiToken.token_hash == token_hash, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now",
            "ApiToken.token_hash == token_hash, ApiToken.expires_at > now",
            "tests/access/test_tokens.py::test_a_revoked_token_lets_nobody_in"),
    Removal("end of links", "referral/store/access.py",
            "            AccessLink.revoked_at.is_(None),\n            AccessLink.expires_at > now,\n",
            "            AccessLink.revoked_at.is_(None),\n",
            "tests/access/test_links.py::test_a_link_opens_its_request_until_it_expires"),
    Removal("purpose of links", "referral/access/links.py", 'f"{purpose}:{opened_id}"', 'f"{opened_id}"',
            "tests/access/test_links.py::test_a_link_opens_one_purpose"),
    Removal("wrong birth dates end a link", "referral/services/birth_dates.py", "    if too_many:\n        _end_link(",
            "    if not counted:\n        _end_link(",
            f"{DATES}::test_twenty_wrong_dates_end_link_and_code_until_the_new_link_is_opened"),
    Removal("wrong birth dates are noted", "referral/services/birth_dates.py",
            '    audit_log.note(acting, REFUSED, "referral", request_id, request_id)\n', "",
            f"{DATES}::test_a_wrong_date_counts_wherever_it_is_asked"),
    # Emergencies, keeping, backups, logs
    Removal("end of an emergency", "referral/store/emergencies.py",
            "EmergencyAccess.staff_id == staff_id, EmergencyAccess.until > now)\n",
            "EmergencyAccess.staff_id == staff_id)\n",
            "tests/access/test_gate.py::test_an_emergency_opens_a_request_for_an_hour_to_be_read"),
    Removal("what is kept is not erased", "referral/services/erase.py",
            "    if until is not None and not kept_too:\n", "    if until is not None and kept_too is None:\n",
            f"{ERASING}::test_what_has_to_be_kept_is_not_erased_until_it_is_released"),
    Removal("periods", "referral/store/erasing.py", "_ended_at() < before)", "_ended_at() < now)",
            f"{ERASING}::test_each_period_is_counted_by_a_dry_run_and_carried_out_once"),
    Removal("manifest of a backup", "referral/storage/archive.py", "    if told != found:\n", "    if not told:\n",
            "tests/services/test_back_up.py::test_an_archive_that_is_not_whole_leaves_nothing_behind"),
    Removal("keys of the log", "referral/logs/__init__.py",
            "    unknown = sorted(name for name in event if name not in KEYS)\n", "    unknown = list[str]()\n",
            "tests/test_logs.py::test_a_key_that_nobody_allowed_is_dropped_and_named"),
    # Costly work, files on their way
    Removal("parts of a file", "referral/services/upload_in_parts.py",
            "    if 0 < stored.size * MOST_PARTS < size and start + stored.size < size:\n", "    if stored.size < 0:\n",
            "tests/services/test_upload_in_parts.py::test_a_file_does_not_come_byte_by_byte"),
    Removal("records on the disk", "referral/web/track_data.py", "    sink = scratch(tempfile.TemporaryFile())",
            "    sink = tempfile.TemporaryFile()",
            "tests/web/test_spool.py::test_what_a_patient_takes_along_lies_sealed_while_it_is_sent"),
)  # fmt: skip
