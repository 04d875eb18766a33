"""The answer to a search as a FHIR Bundle: what was found, what goes along with it, and the links."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from referral.domain.resource_search import Search
from referral.fhir.systems import Json


def searchset(
    search: Search, found: Iterable[Json], along: Iterable[Json], base: str, *, next_after: str = "", total: int | None
) -> Json:
    """The Bundle. `base` is the server's address, `next_after` the id after which the next page begins."""
    links = [{"relation": "self", "url": _url(search, base, search.after)}]
    if next_after:
        links.append({"relation": "next", "url": _url(search, base, next_after)})
    made: Json = {"resourceType": "Bundle", "type": "searchset", **({} if total is None else {"total": total})}
    entries = [*(_entry(one, "match", base) for one in found), *(_entry(one, "include", base) for one in along)]
    return {**made, "link": links, **({"entry": entries} if entries else {})}


def _entry(resource: Json, mode: str, base: str) -> Json:
    place = f"{base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": place, "resource": resource, "search": {"mode": mode}}


def _url(search: Search, base: str, after: str) -> str:
    """The search as it was understood; what was not known stands nowhere in it."""
    pairs: Sequence[tuple[str, str]] = (*search.used, ("_count", str(search.count)))
    last = [("_after", after)] if after else []
    return f"{base}/{search.kind}?{urlencode([*pairs, *last])}"
