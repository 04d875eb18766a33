"""The letters by which the web part and its helper speak of kinds of file: one byte goes with the open files."""

from referral.access.media_types import DICOM, HEIC, JPEG, PDF, PNG, ZIP

LETTERS = {PDF: b"p", JPEG: b"j", PNG: b"n", HEIC: b"h", DICOM: b"d", ZIP: b"z"}
