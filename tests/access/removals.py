"""Takes one control after another out of a copy of the tree, and runs the test that has to notice.

    python -m tests.access.removals [WORD …]     # those whose names hold one of the words, or all; about 4 s each

First the tests are run with nothing taken out, and have to pass. Ends with 1 where a test does not notice. What came of
it is kept in `removals.md`.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.access.removal import Removal
from tests.access.removals_of_access import OF_ACCESS
from tests.access.removals_of_strangers import OF_STRANGERS

ROOT = Path(__file__).resolve().parents[2]
EVERY_ROUTE = "tests/web/test_every_route.py"
HEADERS = f"{EVERY_ROUTE}::test_every_answer_bears_the_headers_and_nothing_personal_is_kept"
COOKIES = f"{EVERY_ROUTE}::test_cookies_are_as_safe_as_the_address_allows"
LIMITS = "tests/web/test_limits.py"
TRACES = f"{LIMITS}::test_what_fails_is_never_half_an_answer_nor_a_trace"
ACCOUNTS = "tests/web/test_patient_accounts.py"
DOWNLOAD = "tests/web/test_record_pages.py::test_a_patient_sends_a_record_and_reads_it_again"


def _header(name: str, value: str) -> Removal:
    return Removal(f"header {name}", "referral/web/headers.py", f'    "{name}": {value},\n', "", HEADERS)


REMOVALS = (
    _header("Content-Security-Policy", "CONTENT_SECURITY_POLICY"),
    _header("X-Content-Type-Options", '"nosniff"'),
    _header("X-Frame-Options", '"DENY"'),
    _header("Referrer-Policy", '"no-referrer"'),
    _header("Permissions-Policy", '"camera=(), geolocation=(), microphone=(), payment=()"'),
    _header("Cross-Origin-Opener-Policy", '"same-origin"'),
    _header("Cross-Origin-Resource-Policy", '"same-origin"'),
    Removal("SameSite", "app.py", '        SESSION_COOKIE_SAMESITE="Lax",\n', "", COOKIES),
    Removal("Secure", "app.py", 'SESSION_COOKIE_SECURE=settings.public_url.startswith("https")',
            "SESSION_COOKIE_SECURE=False", COOKIES),
    Removal("CSRF", "app.py", "        WTF_CSRF_TIME_LIMIT=None,\n",
            "        WTF_CSRF_TIME_LIMIT=None,\n        WTF_CSRF_CHECK_DEFAULT=False,\n",
            f"{EVERY_ROUTE}::test_every_form_needs_its_token"),
    Removal("CSRF token is of the session", "app.py", "        WTF_CSRF_TIME_LIMIT=None,\n",
            '        WTF_CSRF_TIME_LIMIT=None,\n        WTF_CSRF_METHODS={"PUT"},\n',
            f"{EVERY_ROUTE}::test_a_form_is_taken_with_the_token_of_its_own_session_only"),
    Removal("limit of an account", "referral/access/rate_limits.py",
            "            _count(ACCOUNT, _digest(account))\n", "            pass\n",
            f"{LIMITS}::test_a_program_that_changes_too_much_is_told_to_wait"),
    Removal("fields of a form", "referral/web/limits.py", '    app.config["MAX_FORM_PARTS"] = MOST_FIELDS\n', "",
            f"{LIMITS}::test_a_form_has_so_many_fields_and_no_more"),
    Removal("fields of a plain form", "referral/web/limits.py",
            "        raise RequestEntityTooLarge\n", "        return\n",
            f"{LIMITS}::test_a_form_has_so_many_fields_and_no_more"),
    Removal("size of a body", "app.py", "        MAX_CONTENT_LENGTH=MOST_BYTES,\n", "",
            f"{LIMITS}::test_a_body_that_is_too_long_is_refused"),
    Removal("depth of a body", "referral/api/inputs.py", "    if _deeper_than(body, deepest):\n", "    if not body:\n",
            f"{LIMITS}::test_a_body_that_is_nested_too_deeply_is_refused"),
    Removal("slow bodies", "referral/web/limits.py", "        ending.start()\n", "",
            f"{LIMITS}::test_a_body_that_trickles_in_is_not_waited_for"),
    Removal("statement_timeout", "referral/extensions.py",
            "limit = WEB_STATEMENT_MS if has_request_context() else 0", "limit = 0",
            f"{LIMITS}::test_a_statement_of_a_page_ends_and_one_of_a_job_does_not"),
    Removal("errors of pages without their text", "referral/web/errors.py",
            '    return error.message if isinstance(error, NotAllowed | NotFound) else ""\n',
            '    return str(getattr(error, "original_exception", error))\n', TRACES),
    Removal("errors of the API without their text", "referral/api/errors.py",
            "return problem(500, told_of_failure(reference))",
            "return problem(500, str(error.original_exception))", TRACES),
    Removal("quick expressions", "referral/web/mail_folder.py", 're.compile(r"[0-9a-f]{64}")',
            're.compile(r"(a+)+$")', "tests/test_patterns_are_quick.py::test_fifty_thousand_letters_take_no_time"),
    Removal("birth date with an account's link", "referral/services/patient_accounts.py",
            "    if born not in {one.patient.birth_date for one in of}:\n",
            "    if born is None:\n",
            f"{ACCOUNTS}::test_an_account_is_made_from_the_page_of_a_request_and_opens_it_without_the_birth_date"),
    Removal("accounts lose what links lose", "referral/access/links.py",
            "    patient_accounts.let_go(request_id, now, but=now_at)\n", "",
            f"{ACCOUNTS}::test_what_ends_a_patients_links_ends_what_an_account_opens"),
    Removal("download Content-Security-Policy", "referral/web/headers.py",
            '        response.headers["Content-Security-Policy"] = POLICY_OF_FILES\n', "        pass\n", DOWNLOAD),
    Removal("download Cache-Control", "referral/access/attachments.py",
            '    response.headers["Cache-Control"] = "no-store"\n', "", DOWNLOAD),
    Removal("download saved, not shown", "referral/access/attachments.py", "as_attachment=True", "as_attachment=False",
            DOWNLOAD),
    *OF_ACCESS,
    *OF_STRANGERS,
)  # fmt: skip


def main(words: list[str]) -> int:
    """Take each out in its turn, and print what the test said; 1 where one did not notice."""
    chosen = [one for one in REMOVALS if not words or any(word in one.control for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        copy_to(tree)
        ends = failures(tree, *sorted({one.test for one in chosen}))
        if ends:
            print(f"With nothing taken out: {ends}")
            return 1
        unnoticed = [one.control for one in chosen if not is_noticed(tree, one)]
    print(f"{len(chosen)} controls taken out, {len(chosen) - len(unnoticed)} noticed")
    return 1 if unnoticed else 0


def copy_to(tree: Path) -> None:
    """What belongs to the project, as it is now."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)


def is_noticed(tree: Path, removal: Removal) -> bool:
    """Whether the test fails while the control is out. Raise `ValueError` where the control is not to be found."""
    file = tree / removal.file
    whole = file.read_text("utf-8")
    if whole.count(removal.out) != 1:
        raise ValueError(f"{removal.control}: its text does not stand in {removal.file} once")
    file.write_text(whole.replace(removal.out, removal.instead), "utf-8")
    try:
        said = failures(tree, removal.test)
    finally:
        file.write_text(whole, "utf-8")
        _end_what_is_left(tree)
    print(f"{removal.control}: {said or 'NOT NOTICED'}", flush=True)
    return bool(said)


def _end_what_is_left(tree: Path) -> None:
    """End what no limit ended, while it was out: a process that turned in circles would do so for days."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(tree):
                os.kill(int(process.name), signal.SIGKILL)


def failures(tree: Path, *tests: str) -> str:
    """The first lines of what failed, empty where all passed."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--tb=line",
        "--timeout=60",
        *tests,
    ]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode == 0:
        return ""
    told = [line for line in done.stdout.splitlines() if line.startswith(("E ", "FAILED", "ERROR", tree.as_posix()))]
    return " | ".join(line[:160] for line in told[:2]) or done.stdout[-300:] + done.stderr[-300:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
