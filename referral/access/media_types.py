"""The kinds of file that carry medical records, by their media types."""

PDF, JPEG, PNG, HEIC, DICOM, ZIP = (
    "application/pdf",
    "image/jpeg",
    "image/png",
    "image/heic",
    "application/dicom",
    "application/zip",
)
