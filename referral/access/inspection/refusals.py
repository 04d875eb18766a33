"""Why a file is not taken."""

from enum import StrEnum


class Refusal(StrEnum):
    """One word for each thing that can be wrong with a file; the sentences for people stand in `access/uploads.py`."""

    DAMAGED = "damaged"
    LOCKED = "locked"
    HIDDEN = "hidden"
    HOLDS_FILES = "holds-files"
    LIVE_FORM = "live-form"
    TOO_MUCH = "too-much"
    TOO_MANY_PIXELS = "too-many-pixels"
    NOT_DICOM = "not-dicom"
    OTHERS_IN_ZIP = "others-in-zip"
    BAD_ZIP = "bad-zip"
    TOO_HARD = "too-hard"
    NO_CHECK = "no-check"
    INFECTED = "infected"


class Refused(Exception):
    """This file is not taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal
