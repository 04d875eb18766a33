"""What went wrong, as a FHIR OperationOutcome: codes and sentences of ours, never a trace or anything of a person."""

from collections.abc import Iterable
from dataclasses import dataclass

from referral.fhir.systems import Json

CODES = {
    400: "invalid",
    401: "login",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    412: "conflict",
    413: "too-long",
    414: "too-long",
    415: "not-supported",
    422: "business-rule",
    428: "required",
    429: "throttled",
    503: "transient",
}
"""FHIR's issue type for a status of HTTP; any other status of 500 and above is an exception."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: what kind, in a sentence, and at which element as a path of FHIR."""

    code: str
    text: str
    expression: str = ""
    severity: str = "error"


def outcome(issues: Iterable[Issue]) -> Json:
    """The resource for these issues."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(one) for one in issues]}


def code_of(status: int) -> str:
    """The issue type that goes with a status of HTTP."""
    return CODES.get(status, "exception" if status >= 500 else "processing")


def _issue(issue: Issue) -> Json:
    where = {"expression": [issue.expression]} if issue.expression else {}
    return {"severity": issue.severity, "code": issue.code, "diagnostics": issue.text, **where}
