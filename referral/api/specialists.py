"""The search for specialists."""

from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, jsonify, request

from referral.api.describe import Operation, describe
from referral.api.inputs import SearchInput, json_body, query_values
from referral.api.outputs import SearchOutput
from referral.api.views import search_json
from referral.domain.matching import Query
from referral.services.find_specialists import find_specialists
from referral.services.rebuild_index import current_or_built
from referral.services.search_request import located

api = Blueprint("specialists", __name__)

SEVERAL = ("complexity", "exclude_npi", "exclude_organization")


@api.route("/specialists/search", methods=["GET", "POST"])
@describe(Operation("Find specialists", SearchOutput, query=SearchInput, body=SearchInput, errors=(400, 422)))
def search() -> Response:
    """Specialists ranked by experience with this cancer and by distance, each score explained."""
    given = query_values(SEVERAL) if request.method == "GET" else json_body()
    wanted = SearchInput.model_validate(given)
    found = located(_query(wanted), wanted.near)
    now = datetime.now(UTC)
    snapshot = current_or_built(current_app.extensions["index"], now)
    log = current_app.extensions["search_log"]
    return jsonify(search_json(find_specialists(snapshot, found.query, found.place, given, log, now)))


def _query(wanted: SearchInput) -> Query:
    """The search as the index reads it, its place still to be found."""
    return Query(
        cancer=wanted.cancer,
        latitude=wanted.latitude,
        longitude=wanted.longitude,
        radius_km=wanted.radius_km,
        remote=wanted.remote,
        situation=wanted.situation,
        complexity=wanted.complexity,
        discipline=wanted.discipline,
        language=wanted.language,
        insurer=wanted.insurer,
        accepting=wanted.accepting,
        exclude_npi=wanted.exclude_npi,
        exclude_organization=wanted.exclude_organization,
        weight_experience=wanted.weight_experience,
        include_unknown=bool(int(wanted.include_unknown)),
        widen=bool(int(wanted.widen)),
        diversify=bool(int(wanted.diversify)),
        limit=wanted.limit,
        offset=wanted.offset,
    )
