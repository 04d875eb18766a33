"""Whom else a request could go to: the best matches that are neither asked yet nor on the patient's own list."""

from dataclasses import dataclass, replace
from math import isnan

from referral import reference
from referral.domain.codes import Situation
from referral.domain.matching import Query, RoleFacts
from referral.index.search import rank
from referral.index.snapshot import Snapshot
from referral.models import ServiceRequest


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One specialist with the score of the match; `kilometres` is None where no distance is known."""

    role: RoleFacts
    score: float
    kilometres: float | None


def suggest_roles(request: ServiceRequest, snapshot: Snapshot, limit: int = 5) -> list[Suggestion]:
    """The best matches within the patient's limits; none where the directory has nobody."""
    query = replace(_query(request), limit=limit)
    ranking = rank(snapshot, reference.cancers(), reference.volume_marks(), query)
    columns = (ranking.roles.tolist(), ranking.scores.tolist(), ranking.kilometres.tolist())
    return [Suggestion(snapshot.role(role), score, _known(away)) for role, score, away in zip(*columns, strict=True)]


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
