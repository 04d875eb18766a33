"""Real files, where the machine has them: every sample goes through the service, every row is counted once.

Nobody of the samples of clinicians and Medicare is in that of NPPES; what the readers make of their rows stands in the
tests of the readers, as do the same counts on small made-up files.
"""

import csv
from pathlib import Path

import pytest
from flask import Flask

from referral.services.import_directory import import_directory
from tests.directory.files import NOW, nppes_header
from tests.directory.layouts import CLINICIANS, CLINICIANS_2021, MEDICARE
from tests.directory.reading import SAMPLES

DAC = "dac/DAC_NationalDownloadableFile_2021-layout_sample.csv"
COUNTS = [
    ("nppes", "nppes/npidata_pfile_sample.csv", 336, 97, 0, {"no oncology taxonomy": 239}),
    ("nppes", "nppes/npidata_pfile_organizations_sample.csv", 40, 0, 0, {"organization row": 40}),
    ("nucc", "nucc", 141, 141, 0, {}),
    ("plan-net", "fhir_plannet", 45, 5, 34, {"no oncology taxonomy": 6}),
    ("clinicians", DAC, 386, 0, 0, {"not in the directory": 386}),
    (
        "medicare", "medicare_puf/MUP_PHY_provider_service_2021_mohs17311_sample.csv", 400, 0, 0,
        {"not in the directory": 400},
    ),
    ("trials", "clinicaltrials_v2", 7, 6, 1, {}),
    ("open-payments", "open_payments/research_header.csv", 0, 0, 0, {}),
    ("open-payments", "open_payments/general_header.csv", 0, 0, 0, {}),
]  # fmt: skip
HEADERS = [
    ("dac/header_2023plus_layout.csv", CLINICIANS),
    (DAC, CLINICIANS_2021),
    ("medicare_puf/header.csv", MEDICARE),
    ("nppes/npidata_pfile_header.csv", nppes_header(329)),
]

if SAMPLES.exists():

    def test_all_samples_are_imported_with_the_known_counts(app: Flask) -> None:
        for kind, name, read, added, rejected, skipped in COUNTS:
            report = import_directory(kind, SAMPLES / name, now=NOW)

            assert (report.read, report.added, report.rejected_count) == (read, added, rejected), name
            assert (dict(report.skipped), report.changed, report.unchanged) == (skipped, 0, 0), name

    @pytest.mark.parametrize("name, columns", HEADERS)
    def test_made_up_files_have_the_columns_of_the_real_ones(name: str, columns: list[str]) -> None:
        with Path(SAMPLES / name).open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == [*columns]
