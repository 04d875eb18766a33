"""Rows of `removals.py` on what strangers bring: files, texts, fields that no form has, packages."""

from tests.access.removal import Removal

SERVING = "referral/access/inspection/serving.py"
CHILD = "tests/access/test_inspection_limits.py"
WITHIN = f"{CHILD}::test_it_opens_no_file_and_no_connection_and_has_an_end_of_memory"
IN_TIME = f"{CHILD}::test_it_ends_when_its_time_is_over"
STORED = "tests/web/test_stored_markup.py::test_no_page_no_answer_and_no_file_takes_a_stored_text_for_more"

OF_STRANGERS = (
    Removal("child: the limits are set", SERVING, "        _limit()\n        content", "        content",
            f"{CHILD}::test_a_file_that_takes_over_its_library_gets_no_further_and_is_refused"),
    Removal("child: memory", SERVING, "        (resource.RLIMIT_AS, MOST_MEMORY),\n", "", WITHIN),
    Removal("child: files and connections", SERVING, "        (resource.RLIMIT_NOFILE, 0),\n", "", WITHIN),
    Removal("child: what it writes", SERVING, "        (resource.RLIMIT_FSIZE, MOST_WRITTEN),\n", "", WITHIN),
    Removal("child: time", SERVING, "    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)\n", "", IN_TIME),
    Removal("child: time of the processor", SERVING, "        (resource.RLIMIT_CPU, MOST_SECONDS),\n", "", IN_TIME),
    Removal("child: nothing on the disk", SERVING, "        (resource.RLIMIT_CORE, 0),\n", "",
            f"{CHILD}::test_when_it_breaks_nothing_of_the_file_is_left_on_the_disk"),
    Removal("child: its children end with it", SERVING, "                os.killpg(child, signal.SIGKILL)\n",
            "                pass\n", f"{CHILD}::test_what_it_leaves_running_is_ended_with_it"),
    # Texts
    Removal("text: escaped on a page", "templates/coordinator/_thread.html", "{{ one.text }}</p>",
            "{{ one.text | safe }}</p>", f"{STORED}[formula]"),
    Removal("text: escaped among the results", "referral/web/result_rows.py", "escape(text).encode() for text",
            "text.encode() for text", f"{STORED}[formula]"),
    Removal("text: no formula", "referral/domain/csv_cells.py",
            "f\"'{text}\" if text.startswith(_BEGINS_A_FORMULA) else text", "text", f"{STORED}[formula]"),
    Removal("text: addresses of the web", "templates/trials/trials.html", "{% if one.trial.url | web_link %}",
            "{% if one.trial.url %}", f"{STORED}[address]"),
    # Fields and packages
    Removal("fields of a draft", "referral/web/requests.py",
            "    answers.update(step.read(request.form, problems))\n",
            "    answers.update({**request.form.to_dict(), **step.read(request.form, problems)})\n",
            "tests/access/test_unasked_fields.py::test_a_draft_and_the_request_it_becomes_hold_what_each_page_asked"),
    Removal("hashes of packages", "Makefile", " --no-compile --require-hashes\n", " --no-compile\n",
            "tests/test_supply_chain.py::test_a_package_that_is_not_the_one_of_the_lock_is_not_installed"),
)  # fmt: skip
