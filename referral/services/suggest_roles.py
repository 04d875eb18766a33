"""Whom else a request could go to: the best matches that are neither asked yet nor on the patient's own list."""

from dataclasses import dataclass, replace
from math import isnan

from referral import reference
from referral.domain.codes import Situation
from referral.domain.matching import Query, RoleFacts
from referral.domain.office_limits import is_out_of_scope
from referral.index.search import rank
from referral.index.snapshot import Snapshot
from referral.models import ServiceRequest
from referral.store import referrals

_LEFT_OUT_AT_MOST = 10
"""So many more are looked at, since a few offices do not treat what their evidence says."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One specialist with the score of the match; `kilometres` is None where no distance is known."""

    role: RoleFacts
    score: float
    kilometres: float | None


def suggest_roles(request: ServiceRequest, snapshot: Snapshot, limit: int = 5) -> list[Suggestion]:
    """The best matches within the patient's limits, but for offices that say they do not treat the cancer."""
    query = replace(_query(request), limit=limit + _LEFT_OUT_AT_MOST)
    ranking = rank(snapshot, reference.cancers(), reference.volume_marks(), query)
    columns = (ranking.roles.tolist(), ranking.scores.tolist(), ranking.kilometres.tolist())
    found = [Suggestion(snapshot.role(role), score, _known(away)) for role, score, away in zip(*columns, strict=True)]
    rows, path = referrals.roles([one.role.role_id for one in found]), reference.cancers().path(query.cancer)
    here = (one for one in found if one.role.role_id in rows)
    return [one for one in here if not is_out_of_scope(rows[one.role.role_id].not_treated, path)][:limit]


def _known(kilometres: float) -> float | None:
    return None if isnan(kilometres) else kilometres


def _query(request: ServiceRequest) -> Query:
    place = reference.gazetteer().postcode(request.patient.postcode)
    known = [task.role.npi for task in request.tasks] + [entry.role.npi for entry in request.shortlist]
    first_doctor = request.first_opinion.get("npi")
    return Query(
        cancer=request.oncotree_code,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        radius_km=float(request.max_km) if request.max_km and place else None,
        remote="" if place else "only",
        situation=Situation(request.situation) if request.situation else None,
        exclude_npi=tuple([*known, first_doctor] if first_doctor else known),
        widen=request.max_km is None,
    )
