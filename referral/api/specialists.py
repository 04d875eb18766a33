"""The search for specialists."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, current_app, request

from referral import reference
from referral.api.describe import Operation, describe
from referral.api.inputs import SearchInput, json_body, query_values
from referral.api.outputs import SearchOutput
from referral.api.search_text import search_text
from referral.domain.matching import Query
from referral.index.snapshot import Snapshot
from referral.services.find_specialists import find_specialists
from referral.services.rebuild_index import current_or_built
from referral.services.search_request import located

api = Blueprint("specialists", __name__)

SEVERAL = ("complexity", "exclude_npi", "exclude_organization")


@api.route("/specialists/search", methods=["GET", "POST"])
@describe(Operation("Find specialists", SearchOutput, query=SearchInput, body=SearchInput, errors=(400, 422)))
def search() -> Response:
    """Specialists ranked by experience with this cancer and by distance, each score explained.

    An answer to a GET has an ETag of the index and the query: asked again with it, a search that would say the same is
    a 304.
    """
    now = datetime.now(UTC)
    snapshot = current_or_built(current_app.extensions["index"], now)
    if request.method == "POST":
        return _found(snapshot, json_body(), now)
    tag = _tag(snapshot)
    if request.if_none_match.contains_weak(tag):
        answer = Response(status=304)
    else:
        answer = _found(snapshot, query_values(SEVERAL), now)
    answer.set_etag(tag, weak=True)  # weak: the number of the search differs
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _tag(snapshot: Snapshot) -> str:
    """What an answer depends on: the index, the vocabulary, and the query as it was sent."""
    versions = f"{snapshot.version}:{reference.version()}:"
    return sha256(versions.encode() + request.query_string).hexdigest()[:32]


def _found(snapshot: Snapshot, given: dict[str, Any], now: datetime) -> Response:
    wanted = SearchInput.model_validate(given)
    found = located(_query(wanted), wanted.near)
    log = current_app.extensions["search_log"]
    answer = find_specialists(snapshot, found.query, found.place, given, log, now)
    return Response(search_text(answer), mimetype="application/json")


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
