"""Cancers and places: what the words somebody uses may mean."""

from flask import Blueprint, Response, jsonify

from referral import reference
from referral.api.describe import Operation, describe
from referral.api.errors import place_json
from referral.api.inputs import CancerQuery, PlaceQuery, query_values, search_text
from referral.api.outputs import CancerDetail, CancersOutput, PlacesOutput
from referral.api.views import answer_json, cancer_json
from referral.domain.errors import NotFound

api = Blueprint("lookups", __name__)


@api.get("/cancers")
@describe(Operation("Which cancers a text may mean", CancersOutput, query=CancerQuery, errors=(422,)))
def cancers() -> Response:
    """Any words to cancers: a name, lay words, an abbreviation, a misspelling, an ICD-10-CM or OncoTree code."""
    query = CancerQuery.model_validate(query_values())
    text = search_text(query.q)
    return jsonify(answer_json(text, reference.resolver().resolve(text, query.limit)))


@api.get("/cancers/<code>")
@describe(Operation("One cancer by its OncoTree code", CancerDetail, errors=(404,)))
def cancer(code: str) -> Response:
    """One cancer and its neighbours in the tree."""
    tree = reference.cancers()
    found = tree.get(code) or tree.get(code.upper())
    if found is None:
        raise NotFound("There is no cancer with this code.")
    return jsonify({**cancer_json(found), "parent": found.parent, "children": list(tree.children(found.code))})


@api.get("/places")
@describe(Operation("Which places a text may mean", PlacesOutput, query=PlaceQuery, errors=(422,)))
def places() -> Response:
    """ZIP codes and cities of the United States; nothing is asked of anybody outside."""
    query = PlaceQuery.model_validate(query_values())
    found = reference.gazetteer().find(search_text(query.q), query.limit)
    return jsonify(results=[place_json(place) for place in found])
