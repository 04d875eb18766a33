"""Whom else a request could go to: the best matches that are neither asked yet nor on the patient's own list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan

from referral import reference
from referral.domain.codes import Situation
from referral.domain.matching import Query, RoleFacts
from referral.domain.office_limits import is_out_of_scope
from referral.domain.results import Match
from referral.index.search import Ranking, rank
from referral.index.snapshot import Snapshot
from referral.models import PractitionerRole, ServiceRequest
from referral.services.explained import explained
from referral.store import referrals

_LEFT_OUT_AT_MOST = 10
"""So many more are looked at, since a few offices do not treat what their evidence says."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One specialist with the score of the match; `kilometres` is None where no distance is known."""

    role: RoleFacts
    score: float
    kilometres: float | None


def npis_asked(request: ServiceRequest) -> set[str]:
    """The NPIs of everybody who was asked, in this request and in those it adds an opinion to."""
    asked = {task.role.npi for task in request.tasks}
    return asked | npis_asked(request.follows) if request.follows is not None else asked


def suggest_roles(request: ServiceRequest, snapshot: Snapshot, limit: int = 5) -> list[Suggestion]:
    """The best matches within the patient's limits, but for offices that say they do not treat the cancer."""
    _, ranking = _ranked(request, snapshot, limit)
    columns = (ranking.roles.tolist(), ranking.scores.tolist(), ranking.kilometres.tolist())
    found = [Suggestion(snapshot.role(role), score, _known(away)) for role, score, away in zip(*columns, strict=True)]
    usable = _usable(request, [one.role.role_id for one in found])
    return [one for one in found if one.role.role_id in usable][:limit]


def explain_roles(request: ServiceRequest, snapshot: Snapshot, limit: int) -> list[tuple[Match, PractitionerRole]]:
    """The same, each with the reason why it stands there and its row of the directory."""
    query, ranking = _ranked(request, snapshot, limit)
    found = explained(snapshot, ranking, query)
    usable = _usable(request, [one.role.role_id for one in found])
    return [(one, usable[one.role.role_id]) for one in found if one.role.role_id in usable][:limit]


def _ranked(request: ServiceRequest, snapshot: Snapshot, limit: int) -> tuple[Query, Ranking]:
    query = replace(_query(request), limit=limit + _LEFT_OUT_AT_MOST)
    return query, rank(snapshot, reference.cancers(), reference.volume_marks(), query)


def _usable(request: ServiceRequest, role_ids: Sequence[str]) -> dict[str, PractitionerRole]:
    """The roles that are in use, but for offices that say they do not treat the cancer."""
    rows, path = referrals.roles(role_ids), reference.cancers().path(request.oncotree_code)
    return {role_id: role for role_id, role in rows.items() if not is_out_of_scope(role.not_treated, path)}


def _known(kilometres: float) -> float | None:
    return None if isnan(kilometres) else kilometres


def _query(request: ServiceRequest) -> Query:
    place = reference.gazetteer().postcode(request.patient.postcode)
    known = npis_asked(request) | {entry.role.npi for entry in request.shortlist}
    first_doctor = str(request.first_opinion.get("npi", ""))
    return Query(
        cancer=request.oncotree_code,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        radius_km=float(request.max_km) if request.max_km and place else None,
        remote="" if place else "only",
        situation=Situation(request.situation) if request.situation else None,
        exclude_npi=tuple(sorted((known | {first_doctor}) - {""})),
        widen=request.max_km is None,
    )
