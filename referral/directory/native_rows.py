"""One row of each file of the `native` format → one item. What cannot be used raises `Unusable`."""

from dataclasses import dataclass
from datetime import date

from referral import reference
from referral.directory.fields import (
    MAX_COUNT,
    Values,
    country,
    day,
    email,
    items,
    languages,
    position,
    required,
    shown,
    taxonomy_codes,
    text,
    us_postcode,
    valid_npi,
    web_address,
    whole_number,
    word,
    yes_no,
)
from referral.directory.report import Unusable
from referral.directory.statements import Counted, Row, Statement, Subject
from referral.directory.tables import Layout
from referral.domain.codes import RESEARCH_KINDS, VOLUME_KINDS, ChannelKind, EvidenceKind

SPECIALISTS = Layout(
    "specialists.csv",
    ("npi", "given", "family", "credential", "gender", "languages", "taxonomy_codes"),
    frozenset({"npi", "given", "family"}),
)
ORGANIZATIONS = Layout(
    "organizations.csv",
    ("organization_id", "name", "designation", "network"),
    frozenset({"organization_id", "name"}),
)
ROLES = Layout(
    "roles.csv",
    (
        "role_id", "npi", "organization_id", "line1", "city", "state", "postcode", "country", "latitude",
        "longitude", "phone", "accepts_new_patients", "remote_opinion", "insurers", "wait_days", "fee_usd",
        "channel", "channel_address", "assured_on",
    ),
    frozenset({"role_id", "npi"}),
)  # fmt: skip
_EVIDENCE_COLUMNS = (
    "oncotree_code", "kind", "count", "period_start", "period_end", "source", "source_url", "retrieved_on",
)  # fmt: skip
_EVIDENCE_NEEDED = frozenset({"oncotree_code", "kind", "count", "period_start", "period_end", "source"})
EXPERIENCE = Layout("experience.csv", ("npi", *_EVIDENCE_COLUMNS), _EVIDENCE_NEEDED | {"npi"})
ORGANIZATION_EXPERIENCE = Layout(
    "organization_experience.csv",
    ("organization_id", *_EVIDENCE_COLUMNS),
    _EVIDENCE_NEEDED | {"organization_id"},
)

GENDERS = {
    "female": "female",
    "male": "male",
    "other": "other",
    "unknown": "unknown",
    "f": "female",
    "m": "male",
}
_KINDS = {kind.value: kind.value for kind in EvidenceKind}
_CHANNELS = {channel.value: channel.value for channel in ChannelKind}
_COUNTED_OVER_TIME = (*VOLUME_KINDS, *RESEARCH_KINDS)
_LONGEST_WAIT = 3650
_HIGHEST_FEE = 1_000_000


@dataclass(frozen=True, slots=True)
class Setting:
    """What every row of one import shares."""

    origin: str
    today: date
    outbound_allow: frozenset[str]


def specialist(values: Values, line: int, _setting: Setting) -> Statement:
    """What the row says of a specialist."""
    said = {
        "given": required(values, "given", 200),
        "family": required(values, "family", 200),
        "credential": text(values, "credential", 100),
        "gender": word(values, "gender", GENDERS),
        "languages": languages(values),
        "taxonomy_codes": taxonomy_codes(values),
    }
    return Statement(Subject.PRACTITIONER, valid_npi(values), said, line)


def organization(values: Values, line: int, _setting: Setting) -> Statement:
    """What the row says of an organization; a designation the service does not know is kept, without effect."""
    said = {
        "name": required(values, "name", 300),
        "designation": text(values, "designation", 100),
        "network": text(values, "network", 200),
    }
    return Statement(Subject.ORGANIZATION, required(values, "organization_id", 100), said, line)


def role(values: Values, line: int, setting: Setting) -> Statement:
    """What the row says of a role; a missing position is that of the ZIP code, or of a large city abroad."""
    channel, address = _channel(values, setting)
    assured_on = day(values, "assured_on", setting.today)
    said = {
        "npi": valid_npi(values),
        "organization_id": text(values, "organization_id", 100) or None,
        **_address(values),
        "phone": text(values, "phone", 50),
        "accepts_new_patients": yes_no(values, "accepts_new_patients"),
        "remote_opinion": yes_no(values, "remote_opinion"),
        "insurers": items(values, "insurers", 200),
        "wait_days": whole_number(values, "wait_days", _LONGEST_WAIT),
        "fee_usd": whole_number(values, "fee_usd", _HIGHEST_FEE),
        "channel": channel,
        "channel_address": address,
        "assured_on": assured_on,
        "assurer": setting.origin if assured_on else "",
    }
    return Statement(Subject.ROLE, required(values, "role_id", 100), said, line)


def experience(values: Values, line: int, setting: Setting) -> Counted:
    """What the row counts of a specialist."""
    return _counted(Subject.PRACTITIONER, valid_npi(values), values, line, setting)


def organization_experience(values: Values, line: int, setting: Setting) -> Counted:
    """What the row counts of an organization."""
    return _counted(Subject.ORGANIZATION, required(values, "organization_id", 100), values, line, setting)


def _address(values: Values) -> Row:
    at = country(values)
    postcode = _postcode(values, at)
    given = position(values)
    address: Row = {
        "line1": text(values, "line1", 300),
        "city": text(values, "city", 200),
        "state": text(values, "state", 100),
        "postcode": postcode,
        "country": at,
    }
    if given is None:
        return address | reference.position(address)
    return address | {"latitude": given[0], "longitude": given[1], "precision": "given"}


def _postcode(values: Values, at: str) -> str:
    value = text(values, "postcode", 20)
    if at != "US" or not value:
        return value
    found = us_postcode(value)
    if found is None:
        raise Unusable("postcode", "is no ZIP code, such as 02115 or 02115-6013")
    return found


def _channel(values: Values, setting: Setting) -> tuple[str, str]:
    """Return how requests reach the office and where; only paper (`post`) needs no address of its own."""
    channel, address = word(values, "channel", _CHANNELS), text(values, "channel_address", 500)
    if address and not channel:
        raise Unusable("channel", "is empty although channel_address is given")
    if not address and channel not in ("", ChannelKind.POST):
        raise Unusable("channel_address", f"is empty although the channel is {channel}")
    if channel == ChannelKind.EMAIL:
        address = email(address, "channel_address")
    elif channel in (ChannelKind.FHIR, ChannelKind.WEBHOOK):
        address = web_address(address, "channel_address", setting.outbound_allow)
    return channel, address


def _counted(owner: Subject, owner_id: str, values: Values, line: int, setting: Setting) -> Counted:
    code, kind = _cancer(values), _kind(values)
    start, end = _period(values, kind, setting.today)
    url = text(values, "source_url", 1000)
    return Counted(
        owner=owner,
        owner_id=owner_id,
        code=code,
        kind=EvidenceKind(kind),
        count=whole_number(values, "count", MAX_COUNT),
        period_start=start,
        period_end=end,
        source=required(values, "source", 300),
        source_url=web_address(url, "source_url") if url else "",
        line=line,
        retrieved_on=day(values, "retrieved_on", setting.today),
    )


def _cancer(values: Values) -> str:
    code = required(values, "oncotree_code", 1000)
    if code not in reference.cancers():
        raise Unusable("oncotree_code", f"{shown(code)} is no OncoTree code that the service knows")
    return code


def _kind(values: Values) -> str:
    required(values, "kind", 100)
    return word(values, "kind", _KINDS)


def _period(values: Values, kind: str, today: date) -> tuple[date | None, date | None]:
    """Return first and last day; what is counted over time needs both, else it cannot become a rate."""
    start = day(values, "period_start", today)
    end = day(values, "period_end", date(today.year, 12, 31))
    for column, found in (("period_start", start), ("period_end", end)):
        if found is None and kind in _COUNTED_OVER_TIME:
            raise Unusable(column, f"is empty: without a period {kind} cannot become a number per year")
    if start and end and start > end:
        raise Unusable("period_end", f"{end} is before period_start {start}")
    return start, end
