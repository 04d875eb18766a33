"""A national set of files with the same people: what a search says leads back to file and row, whatever the order."""

import csv
import html
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import func, select

from referral import reference
from referral.directory.medicare import Signal, signals
from referral.directory.report import Report
from referral.domain.codes import EvidenceKind
from referral.extensions import db
from referral.models import Base, Experience, FieldChange, Organization, Payment, Practitioner, PractitionerRole
from referral.models import Trial as TrialRow
from referral.services.import_directory import import_directory
from referral.services.merge_review import confirm_official
from referral.services.rebuild_index import rebuild_index
from referral.store import officials
from tests.application import application_on
from tests.directory.national import CONDITIONS, NationalSet, national_set
from tests.servers.databases import DatabaseMaker

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
PEOPLE = 147
IN_ORDER = ("nppes", "nucc", "clinicians", "plan-net", "medicare", "trials", "open-payments")
LINE = re.compile(
    r'<tr><th scope="row">(?P<cancer>[^<]*)</th>\s*<td data-label="What">(?P<kind>[^<]*)</td>\s*'
    r'<td data-label="Count" class="num">(?P<count>[^<]*)</td>.*?data-label="Source">(?P<source>.*?)</tr>',
    re.DOTALL,
)
PLACE = re.compile(r'class="said-by">(?:([\d,]+) rows from )?row ([\d,]+) (?:on )?of ([^<]*), imported 23 Nov 2026<')
running = contextmanager(application_on)


@dataclass(frozen=True, slots=True)
class Told:
    """A line of evidence as the page shows it, and the file and first row to which it leads."""

    cancer: str
    kind: str
    count: str
    rows: int
    line: int
    file: str


def imported(national: NationalSet, kinds: Sequence[str] = IN_ORDER) -> dict[str, Report]:
    """Import the files of these kinds one after the other, and build the index."""
    reports = {kind: import_directory(kind, national.files[kind], now=NOW) for kind in kinds}
    rebuild_index(current_app.extensions["index"], NOW)
    return reports


def again(path: Path, folder: Path) -> Path:
    """The same file or folder, each file with an empty line at its end, so that it is read again."""
    if path.is_dir():
        (folder / path.name).mkdir()
        for each in path.iterdir():
            again(each, folder / path.name)
    else:
        (folder / path.name).write_bytes(path.read_bytes() + b"\n")
    return folder / path.name


def confirm_everybody() -> None:
    """What the steward does with the people of trials."""
    for official, _, _ in officials.suggested(100):
        confirm_official(official.id, "Sam Steward", NOW)
    rebuild_index(current_app.extensions["index"], NOW)


def contents() -> dict[str, list[tuple[object, ...]]]:
    """What the directory says; an organization stands by its name, since its id is that of who named it first."""
    db.session.rollback()
    names = {each.id: each.name for each in db.session.scalars(select(Organization))}
    roles = db.session.scalars(select(PractitionerRole).where(PractitionerRole.retired_at.is_(None)))
    held = db.session.scalars(select(Experience).where(Experience.retired_at.is_(None)))
    found: dict[str, list[tuple[object, ...]]] = {
        "people": [(p.npi, p.name, p.taxonomy_codes) for p in db.session.scalars(select(Practitioner))],
        "roles": [
            (r.npi, names.get(r.organization_id or ""), r.line1, r.city, r.postcode, r.latitude, r.phone) for r in roles
        ],
        "evidence": [(e.npi, e.oncotree_code, e.kind, e.count, e.period_start, e.source) for e in held],
        "organizations": [(each,) for each in names.values()],
        "payments": [(p.npi, p.payer, p.amount_usd) for p in db.session.scalars(select(Payment))],
        "trials": [(t.nct_id, t.codes, t.status) for t in db.session.scalars(select(TrialRow))],
    }
    db.session.rollback()
    return {name: sorted(rows, key=str) for name, rows in found.items()}


def search(client: FlaskClient, cancer: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/specialists/search?cancer={cancer}&near=02115&radius_km=8000&limit=20").get_json()
    results: list[dict[str, Any]] = answer["results"]
    return results


def order(client: FlaskClient) -> list[tuple[str, float]]:
    """Who comes in which order with which score, for three cancers."""
    return [(each["npi"], each["score"]) for cancer in ("PCM", "PAAD", "PRAD") for each in search(client, cancer)]


def told(client: FlaskClient, npi: str, cancer: str) -> Iterator[Told]:
    """The lines of evidence of a specialist's page, one for each place that it names."""
    page = client.get(f"/specialists/{npi}?cancer={cancer}").get_data(as_text=True)
    for line in LINE.finditer(page):
        places = PLACE.findall(line["source"])
        assert places, f"no file and row for: {line['source']}"
        for rows, begins, file in places:
            place = (int(rows or 1), int(begins.replace(",", "")), Path(html.unescape(file)).name)
            yield Told(html.unescape(line["cancer"]), line["kind"], line["count"], *place)


def proved(national: NationalSet, npi: str, line: Told) -> None:
    """Open the file, and look whether the row says what the page says."""
    path = national.file(line.file)
    if path.suffix == ".json":
        _proved_by_study(path, npi, line)
        return
    with path.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    row = rows[line.line - 2]
    assert npi in row.values()
    if "HCPCS_Cd" in row:
        _proved_by_service(rows, npi, row, line)
    elif row["ClinicalTrials_Gov_Identifier"]:
        assert (row["ClinicalTrials_Gov_Identifier"], line.cancer, line.count) == ("NCT90000001", _name("PAAD"), "1")
    else:
        assert (row["Name_of_Study"], line.cancer, line.count) == ("LP-101 in Multiple Myeloma", _name("PCM"), "1")


def _name(cancer: str) -> str:
    return reference.cancers()[cancer].name


def _proved_by_service(rows: list[dict[str, str]], npi: str, row: dict[str, str], line: Told) -> None:
    """The count is the sum of the procedures, or the largest number of patients, times what the service tells."""
    pointing = [(each, signal) for each in rows if each["Rndrng_NPI"] == npi for signal in _told_by(each, line.cancer)]
    assert pointing[0][0] == row
    assert len(pointing) == line.rows
    if pointing[0][1].kind is EvidenceKind.PROCEDURES:
        count = sum(int(each["Tot_Srvcs"]) * signal.weight for each, signal in pointing)
    else:
        count = max(int(each["Tot_Benes"]) * signal.weight for each, signal in pointing)
    assert f"{int(count + 1e-9):,}" == line.count


def _told_by(row: dict[str, str], cancer: str) -> list[Signal]:
    tree = reference.cancers()
    return [each for each in signals().get(row["HCPCS_Cd"], ()) if tree[each.oncotree_code].name == cancer]


def _proved_by_study(path: Path, npi: str, line: Told) -> None:
    """The study begins on that line, and the specialist is one of its people."""
    text = "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[line.line - 1 :])
    protocol = json.JSONDecoder().raw_decode(text.lstrip())[0]["protocolSection"]
    [condition] = protocol["conditionsModule"]["conditions"]
    assert _name(dict(CONDITIONS)[condition]) == line.cancer
    named = [each["name"] for each in protocol["contactsLocationsModule"]["overallOfficials"]]
    assert f"{db.session.get_one(Practitioner, npi).name}, MD" in named


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> NationalSet:
    return national_set(tmp_path_factory.mktemp("national"), PEOPLE)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, national: NationalSet) -> Iterator[FlaskClient]:
    """A browser of the service after an import of everything; the tests only look."""
    folder = tmp_path_factory.mktemp("service")
    with running(f"sqlite:///{folder / 'directory.sqlite3'}", folder) as app:
        Base.metadata.create_all(db.engine)
        imported(national)
        confirm_everybody()
        yield app.test_client()


def test_what_is_said_of_specialists_leads_to_the_row_of_the_file_that_says_it(
    client: FlaskClient, national: NationalSet
) -> None:
    shown = [
        (result["npi"], line)
        for cancer in ("PCM", "PAAD", "PRAD")
        for result in search(client, cancer)[:4]
        for line in told(client, result["npi"], cancer)
    ]
    researchers = db.session.scalars(select(Experience.npi).where(Experience.kind == "trials").distinct())
    shown += [(npi, line) for npi in [*researchers][::4] for line in told(client, npi, "PCM")]

    for npi, line in shown:
        proved(national, npi, line)
    assert {line.file for _, line in shown} >= {
        "MUP_PHY_R24_P05_V10_D22_Prov_Svc.csv", "OP_DTL_RSRCH_PGYR2023_P01302025.csv", "study_1.json", "study_5.json",
    }  # fmt: skip


def test_a_search_says_what_the_rows_say(client: FlaskClient, national: NationalSet) -> None:
    numbers = {person.npi: person.number for person in national.people}
    weight = signals()["55866"][0].weight
    for result in search(client, "PRAD"):
        [line] = (each for each in result["explanation"]["parts"][0]["evidence"] if each["kind"] == "procedures")
        assert line["count"] == int((2 * (20 + 3 * numbers[result["npi"]]) + 15) * weight + 1e-9)
        assert (line["code"], line["period"], line["retrieved_on"]) == ("PRAD", "2022", "2026-11-23")
        assert line["source"].startswith("Medicare by Provider and Service 2022: fee-for-service patients only")


def test_somebody_has_one_role_for_each_place_where_any_source_sees_them(
    client: FlaskClient, national: NationalSet
) -> None:
    roles = db.session.scalars(select(PractitionerRole.npi).where(PractitionerRole.retired_at.is_(None)))

    assert Counter(roles) == {person.npi: person.places for person in national.people}


def test_the_same_rows_once_more_change_nothing(client: FlaskClient, national: NationalSet, tmp_path: Path) -> None:
    before, ranked = contents(), order(client)
    newest = db.session.scalar(select(func.max(FieldChange.id)))

    (tmp_path / "again").mkdir()
    same = {kind: again(path, tmp_path / "again") for kind, path in national.files.items()}
    reports = imported(NationalSet(same, national.people))

    assert not any(report.same_as for report in reports.values())
    assert {kind: (report.added, report.changed, report.retired) for kind, report in reports.items()} == dict.fromkeys(
        IN_ORDER, (0, 0, 0)
    )
    assert (contents(), order(client)) == (before, ranked)
    assert db.session.scalar(select(func.max(FieldChange.id))) == newest


@pytest.mark.parametrize("old_layouts", [False, True])
def test_in_whichever_order_the_files_come_the_directory_is_the_same(
    make_database: DatabaseMaker, tmp_path: Path, old_layouts: bool
) -> None:
    """Only specialists in the directory are spoken of, so files that came before those who bring them come again."""
    small = national_set(tmp_path / "files", 42, old_layouts=old_layouts)
    shuffled = random.Random(old_layouts).sample(IN_ORDER, len(IN_ORDER))
    found = list[tuple[dict[str, list[tuple[object, ...]]], list[tuple[str, float]]]]()
    for kinds in (IN_ORDER, [*shuffled, *shuffled]):
        with running(make_database("sqlite"), tmp_path / str(len(found))) as app:
            imported(small, kinds)
            found.append((contents(), order(app.test_client())))

    in_order, anyhow = found
    assert len(in_order[0]["evidence"]) > 42
    assert anyhow == in_order
