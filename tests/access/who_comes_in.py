"""Who there is, and the patterns by which they come in: what the matrix says of each route.

A pattern says which roles come in and for whose things; a route's status is the answer of whoever does. `form` and
`body` are what is sent along, good enough that the view would do its work if it were let.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """Who asks. Programs have a bearer token, staff are signed in, patients and offices have opened a link.

    Patients with an account are signed in to it and have opened no link.
    """

    ANONYMOUS = "anonymous"
    PATIENT_A = "patient A"
    PATIENT_B = "patient B"
    PROXY = "proxy of patient A"
    ACCOUNT_A = "patient A with account"
    ACCOUNT_B = "another patient's account"
    COORDINATOR = "coordinator without organization"
    COORDINATOR_1 = "coordinator of organization 1"
    COORDINATOR_2 = "coordinator of organization 2"
    LEAD = "lead"
    OFFICE_1 = "office 1 by link"
    OFFICE_2 = "office 2 by link"
    PROGRAM_1 = "integration of organization 1"
    PROGRAM_2 = "integration of organization 2"
    PROGRAM_COORDINATOR = "coordinator's token of organization 2"
    PROGRAM_ADMIN = "admin's token"
    ADMIN = "admin"
    AUDITOR = "auditor"


R = Role
OF_B = frozenset({R.PATIENT_B, R.ACCOUNT_B, R.COORDINATOR_2, R.OFFICE_2, R.PROGRAM_2, R.PROGRAM_COORDINATOR})
"""Their own request is B, with organization 2; everybody else's is A, with organization 1, if any."""

SIGNED_IN = frozenset({R.COORDINATOR, R.COORDINATOR_1, R.COORDINATOR_2, R.LEAD, R.ADMIN, R.AUDITOR})
PROGRAMS = frozenset({R.PROGRAM_1, R.PROGRAM_2, R.PROGRAM_COORDINATOR, R.PROGRAM_ADMIN})
BY_LINK = frozenset({R.PATIENT_A, R.PATIENT_B, R.PROXY})
ACCOUNTS = frozenset({R.ACCOUNT_A, R.ACCOUNT_B})
PATIENTS = BY_LINK | ACCOUNTS
OFFICES = frozenset({R.OFFICE_1, R.OFFICE_2})
DESK = frozenset({R.COORDINATOR, R.COORDINATOR_1, R.COORDINATOR_2, R.LEAD})
EVERYBODY = frozenset(R)
MANAGERS = frozenset({R.LEAD, R.ADMIN})

STANDS_FOR = {
    R.PATIENT_B: R.PATIENT_A, R.PROXY: R.PATIENT_A, R.ACCOUNT_B: R.ACCOUNT_A, R.OFFICE_2: R.OFFICE_1,
    R.COORDINATOR: R.COORDINATOR_1, R.COORDINATOR_2: R.COORDINATOR_1,
    R.PROGRAM_2: R.PROGRAM_1, R.PROGRAM_COORDINATOR: R.PROGRAM_1, R.PROGRAM_ADMIN: R.PROGRAM_1,
}  # fmt: skip
"""Who is known in the same way, and asks in their place where neither comes in."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Who comes in with their own thing, who also with others', and what everybody else is told."""

    own: frozenset[Role]
    others: frozenset[Role] = frozenset()
    stranger: int = 404
    signed_in: int = 404
    """What members of staff are told who may not."""
    program: int = 404
    """What programs are told that may not."""


_BY_SECRET = Pattern(EVERYBODY, EVERYBODY)
PATTERNS: Mapping[str, Pattern] = {
    "public": _BY_SECRET,
    "desk": Pattern(DESK, DESK, stranger=302, program=302),
    "case": Pattern(DESK, frozenset({R.COORDINATOR, R.LEAD}), stranger=302, program=302),
    # What an open page asks for by itself leads nobody to the sign-in.
    "desk by itself": Pattern(DESK, DESK, stranger=401, program=401),
    "case by itself": Pattern(DESK, frozenset({R.COORDINATOR, R.LEAD}), stranger=401, program=401),
    "steward": Pattern(frozenset({R.ADMIN}), frozenset({R.ADMIN}), stranger=302, program=302),
    "lead": Pattern(frozenset({R.LEAD}), frozenset({R.LEAD}), stranger=302, program=302),
    "account": Pattern(SIGNED_IN, SIGNED_IN, stranger=302, program=302),
    "manage": Pattern(MANAGERS, MANAGERS, stranger=302, program=302),
    "audit": Pattern(frozenset({R.AUDITOR}), frozenset({R.AUDITOR}), stranger=302, program=302),
    "watch": Pattern(frozenset({R.LEAD, R.AUDITOR}), frozenset({R.LEAD, R.AUDITOR}), stranger=302, program=302),
    "program": Pattern(PROGRAMS - {R.PROGRAM_ADMIN}, stranger=401, signed_in=401),
    "track": Pattern(PATIENTS),
    "office": Pattern(OFFICES),
    "own account": Pattern(ACCOUNTS, ACCOUNTS, stranger=302, signed_in=302, program=302),
    "in account": Pattern(ACCOUNTS, stranger=302, signed_in=302, program=302),
    "sent": Pattern(BY_LINK, BY_LINK, stranger=303, signed_in=303, program=303),
}


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the matrix."""

    pattern: str
    status: int = 200
    stolen: int = 404
    """What a live link gets that was opened by somebody who has not shown the birth date."""
    form: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    heads: Mapping[str, str] = field(default_factory=dict)
    """Request headers besides those that say who asks."""
    file: bool = False
    printed: bool = False
    """A packet is made, which takes long: one role of each kind gets it."""
    differs: Mapping[Role, int] = field(default_factory=dict)
    """Who comes in and gets another answer."""

    def comes_in(self, role: Role) -> bool:
        """Whether this role has something to do there at all."""
        return role in PATTERNS[self.pattern].own

    def is_asked_by(self, role: Role) -> bool:
        """Whether this role asks itself: what is open to everybody does not look at who asks, so a stranger does."""
        if self.pattern == "public":
            return role is Role.ANONYMOUS
        with_token = self.pattern == "program" and role in PROGRAMS
        return role not in STANDS_FOR or self.comes_in(role) or with_token

    def expected(self, role: Role, own: bool) -> int:
        """The status for this role, with its own thing or somebody else's."""
        pattern = PATTERNS[self.pattern]
        if role in (pattern.own if own else pattern.others):
            return self.differs.get(role, self.status)
        if self.pattern == "track":
            return self.stolen
        if role in pattern.own:
            return 404
        if role in SIGNED_IN:
            return pattern.signed_in
        return pattern.program if role in PROGRAMS else pattern.stranger
