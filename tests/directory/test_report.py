"""What an import says of itself."""

from referral.directory.report import ImportRefused, Rejection, Report


def test_a_report_reads_as_sentences_and_lists_what_was_left_out_and_rejected() -> None:
    report = Report("nppes", "npidata.csv", read=1234, added=1200, changed=1, unchanged=2, retired=1, demo_retired=648)
    report.skipped["organization row"] = 30
    report.notes["ZIP code not known"] = 1
    report.reject(Rejection("npidata.csv", 7, "NPI", "'1' is no NPI"))

    assert report.lines() == [
        "Import of nppes files from “npidata.csv”.",
        "1,234 rows read: 1,200 added, 1 changed, 2 the same as before; 30 left out by rule, 1 rejected.",
        "  Left out, 30 rows: organization row.",
        "  Note, 1 row: ZIP code not known.",
        "1 row retired, because the source no longer has them.",
        "648 rows of the demo directory retired, because a real source is here now.",
        "Rejected:",
        "  npidata.csv, line 7, column NPI: '1' is no NPI",
    ]


def test_all_rejections_are_counted_and_the_first_thousand_kept() -> None:
    report = Report("native")
    for line in range(1500):
        report.reject(Rejection("roles.csv", line, None, "why"))

    assert (report.rejected_count, len(report.rejected)) == (1500, 1000)
    assert "Rejected (the first 1,000 of 1,500):" in report.lines()


def test_a_refusal_names_what_is_known_of_the_place() -> None:
    assert str(ImportRefused("a.csv", "why", line=3, column="npi")) == "a.csv, line 3, column npi: why"
    assert str(ImportRefused("a.csv", "why")) == "a.csv: why"
