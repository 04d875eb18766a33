"""Medical records in a real browser, with and without JavaScript: sent, looked at, read, asked for."""

import re

import pikepdf
import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Faults, PageOpener
from tests.browser.steps import follow_link, press
from tests.browser.test_main_job import approve, ask, check, confirm, open_all, open_newest_mail
from tests.records import noise, pdf

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1280, "height": 900}


@pytest.mark.chaos
@pytest.mark.timeout(240)
def test_records_go_from_the_patient_to_the_office_and_back(open_page: PageOpener, faults: Faults) -> None:
    patient, desk, office = (open_page(viewport=DESKTOP) for _ in range(3))
    without_scripts = open_page(java_script_enabled=False)
    reference, tracking = ask(patient)
    faults.expect("ERR_INTERNET_DISCONNECTED")
    send_over_a_bad_line(patient)
    confirm(patient, reference)

    send_report(patient, tracking)
    check(patient, "the patient's records")
    approve(desk, reference)
    follow_link(desk, "Work on the records")
    open_all(desk)
    check(desk, "the desk's records")

    read_as_the_office(office, reference)
    ask_for_slides(without_scripts, reference)
    patient.goto(f"{tracking}/records")
    expect(patient.get_by_role("listitem").filter(has_text="Pathology slides")).to_contain_text("asked for")


def send_over_a_bad_line(page: Page) -> None:
    """From the confirmation: the connection is lost in the middle of a file and comes back, and the file goes on."""
    page.goto("/request/sent")
    line = page.context.new_cdp_session(page)
    usual = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", {**usual, "uploadThroughput": 600_000})
    page.get_by_label("What is it?").select_option("imaging-reports")
    scan = FilePayload(name="my scan.png", mimeType="image/png", buffer=noise((800, 800)))
    page.get_by_label("Files", exact=True).set_input_files([scan])
    page.get_by_role("button", name="Send the files").click()
    row = page.get_by_role("region", name="Files on their way").get_by_role("listitem")
    expect(row).to_contain_text(re.compile(r"(0\.[6-9]|1\.\d) of 1\.9 MB"))
    line.send("Network.emulateNetworkConditions", {**usual, "offline": True})
    expect(row).to_contain_text("The connection is lost. What came is kept")
    check(page, "the confirmation while a file waits for the line")
    line.send("Network.emulateNetworkConditions", usual)
    expect(page.get_by_role("status")).to_contain_text("We have your files.")
    expect(page.get_by_role("link", name="my scan.png")).to_be_visible()


def send_report(page: Page, tracking: str) -> None:
    """Send a pathology report from the tracking page."""
    page.goto(tracking)
    follow_link(page, "Send medical records")
    page.get_by_label("What is it?").select_option("pathology-report")
    report = FilePayload(name="my report.pdf", mimeType="application/pdf", buffer=pdf(2))
    page.get_by_label("Files", exact=True).set_input_files([report])
    press(page, "Send the files")
    expect(page.get_by_role("status")).to_contain_text("We have your files.")


def open_request(page: Page, reference: str) -> None:
    """Come in by the link of the message."""
    open_newest_mail(page, f"A second-opinion request for your office ({reference})")
    press(page, "Open the request")


def read_as_the_office(page: Page, reference: str) -> None:
    """Look at the request, save a record and the packet."""
    open_request(page, reference)
    with page.expect_download() as record:
        page.get_by_role("link", name="my report.pdf").click()
    assert record.value.suggested_filename == "my report.pdf"
    with page.expect_download() as packet:
        page.get_by_role("link", name="The whole request as one PDF").click()
    with pikepdf.open(packet.value.path()) as opened:
        assert len(opened.pages) == 3 + 2 + 1
    open_all(page)
    check(page, "the office's page with records")
    follow_link(page, "Send a file")
    check(page, "the office's page for files")


def ask_for_slides(page: Page, reference: str) -> None:
    """Confirm receipt and ask for a record by name."""
    open_request(page, reference)
    press(page, "We have it")
    page.locator("summary", has_text="Ask for information").click()
    page.get_by_label("Pathology slides or blocks").check()
    press(page, "Ask for information")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Your question is with the patient"))
