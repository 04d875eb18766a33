"""Reading studies of ClinicalTrials.gov: where trials run, in which cancers, and who is responsible for them.

Source: ClinicalTrials.gov API version 2 (U.S. National Library of Medicine; free to use with attribution and date):
one study, a search answer {"studies": […]}, JSON lines, archives and folders of them. What is taken of a study stands
in `trials_rows`; a study without any condition that is a cancer is left out.
"""

from collections.abc import Iterator
from pathlib import Path

from referral.directory import json_text
from referral.directory.json_fields import Object
from referral.directory.report import ImportRefused, Rejection, Report, Unusable
from referral.directory.statements import Item, Known, Progress, Trial
from referral.directory.trials_rows import PROTOCOL, Cancers, study

KIND = "trials"

NO_CANCER = "no condition that is a cancer"
DOUBLED = "the same study once more"
_LISTS = frozenset({"studies"})
_TELL_EVERY = 1000


def read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]:
    """Yield the studies about cancer; ImportRefused where a file is broken or none of the objects is a study."""
    cancers, seen, studies = Cancers(), set[str](), 0
    for element in json_text.elements(json_text.parts(path), _LISTS, lambda each: _reject(report, each)):
        report.read += 1
        if progress and report.read % _TELL_EVERY == 0:
            progress(element.file, report.read)
        studies += PROTOCOL in element.value
        try:
            trial = study(element, known.today, cancers, report.notes)
            reason = _left_out(trial, element.value, cancers, seen)
        except Unusable as error:
            report.reject(Rejection(element.file, element.line, error.column, error.reason))
            continue
        if reason:
            report.skipped[reason] += 1
        else:
            yield trial
    if not studies:
        lacking = f"holds no study of ClinicalTrials.gov: no object has “{PROTOCOL}” (API version 2)"
        raise ImportRefused(path.name, lacking, column=PROTOCOL)
    if progress:
        progress(path.name, report.read)


def _reject(report: Report, rejection: Rejection) -> None:
    report.read += 1
    report.reject(rejection)


def _left_out(trial: Trial, whole: Object, cancers: Cancers, seen: set[str]) -> str:
    """Why a study is not taken; empty where it is."""
    if trial.nct_id in seen:
        return DOUBLED
    seen.add(trial.nct_id)
    return "" if cancers.is_about_cancer(trial, whole) else NO_CANCER
