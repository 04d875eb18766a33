"""The search form: what somebody typed, checked field by field, and the query it means."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from referral import reference
from referral.domain import npi
from referral.domain.codes import Complexity, Situation
from referral.domain.errors import AmbiguousPlace, Invalid, InvalidInput
from referral.domain.matching import Query
from referral.domain.phrases import phrase
from referral.domain.places import Place
from referral.domain.resolve import Reading
from referral.domain.suggest import Suggestion
from referral.web import forms
from referral.web.forms import Form
from referral.web.suggest import known_as

PAGE_SIZE = 20
SURE = 0.7
"""From this confidence on a reading is searched for at once, and said so; below it we ask back."""
MOST_CHOSEN = 10
BALANCES = (0.95, 0.8, 0.65, 0.5, 0.3)
DISTANCES = (
    ("", phrase("Any distance")), ("50", phrase("Up to 50 km (30 miles)")), ("100", phrase("Up to 100 km (60 miles)")),
    ("250", phrase("Up to 250 km (155 miles)")), ("500", phrase("Up to 500 km (310 miles)")),
)  # fmt: skip
REMOTE = (
    ("", phrase("I want to see the specialist")),
    ("yes", phrase("Both: near me, or by my records from anywhere")),
    ("only", phrase("Only by my records, without travel")),
)
NO_NPI = phrase("An NPI is a number of 10 digits. Check it, or leave the field empty.")
_FARTHEST_KM = 20_100
_ELSEWHERE = "OTHER"  # the tissue of what belongs to no organ: all its kinds together are nobody's answer


@dataclass(frozen=True, slots=True)
class SearchForm:
    """A search as it was filled in. `cancer` holds a code once it is settled, `words` what was typed for it."""

    cancer: str = ""
    words: str = ""
    near: str = ""
    radius_km: str = ""
    remote: str = ""
    situation: str = ""
    language: str = ""
    accepting: str = ""
    """“yes” for those known to take new patients; empty for all that are not known to be closed."""
    insurer: str = ""
    complexity: tuple[str, ...] = ()
    first: str = ""
    """Who gave the first opinion, as it was typed; whoever that is stands in the two fields below."""
    exclude_npi: str = ""
    exclude_organization: str = ""
    weight_experience: str = ""
    offset: int = 0
    chosen: tuple[str, ...] = ()
    chosen_for: str = ""
    """The cancer that specialists were chosen for, where it may be changed; their choice ends with it."""
    problems: tuple[Invalid, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that can be run, or what has to be asked back first."""

    form: SearchForm
    query: Query | None = None
    place: Place | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    cancers: tuple[Reading, ...] = ()
    broad: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()


def read_form(values: Form) -> SearchForm:
    """What was sent, by field; a text that is too long or not printable becomes a problem of its field."""
    problems: list[Invalid] = []

    def text(name: str, longest: int = 200) -> str:
        try:
            return forms.line(values, name, longest)
        except Invalid as problem:
            problems.append(problem)
            return ""

    cancer, words = text("cancer"), text("words")
    if code := _suggested(values.get("cancer_code", ""), cancer):
        cancer, words = code, cancer
    return SearchForm(
        cancer=cancer,
        words=words,
        near=text("near", 120),
        radius_km=text("radius_km", 10),
        remote=text("remote", 4),
        situation=text("situation", 40),
        language=text("language", 35),
        accepting="yes" if text("accepting", 10) == "yes" else "",
        insurer=text("insurer", 120),
        complexity=tuple(values.getlist("complexity"))[:10],
        first=text("first"),
        exclude_npi=text("exclude_npi", 20),
        exclude_organization=text("exclude_organization", 100),
        weight_experience=text("weight_experience", 10),
        offset=_offset(text("offset", 9)),
        chosen=tuple(dict.fromkeys(code for code in values.getlist("chosen") if code))[:MOST_CHOSEN],
        chosen_for=text("chosen_for", 50),
        problems=tuple(problems),
    )


def _suggested(code: str, words: str) -> str:
    """The code of the suggestion that was taken, if the words are still its name; empty if they were changed since."""
    cancer = reference.cancers().get(code)
    return code if cancer is not None and known_as(cancer, words) else ""


def nearest(form: SearchForm, problems: Sequence[Invalid]) -> tuple[Suggestion, ...]:
    """The cancers that come near to words we do not know; none where nothing is wrong with the cancer."""
    unknown = any(problem.field == "cancer" for problem in problems)
    return reference.suggester().suggest(form.cancer) if unknown else ()


def understand(form: SearchForm) -> Asked:
    """The query a form means, or the cancers or places to ask back; raise `InvalidInput` with every problem."""
    problems = list(form.problems)
    spoilt = {problem.field for problem in problems}

    def attempt(name: str, read: Callable[[SearchForm], Any]) -> Any:  # noqa: ANN401  each field has its own type
        try:
            return read(form) if name not in spoilt else None
        except Invalid as problem:
            problems.append(problem)
            return None

    readings = attempt("cancer", _readings)
    where = attempt("near", _places)
    values = {
        "radius_km": attempt("radius_km", _radius),
        "situation": attempt("situation", _situation),
        "complexity": attempt("complexity", _complexity),
        "exclude_npi": attempt("exclude_npi", _exclude_npi),
        "exclude_organization": (form.exclude_organization,) if form.exclude_organization else (),
        "weight_experience": attempt("weight_experience", _weight),
    }
    if problems:
        raise InvalidInput(problems)
    if len(where) > 1 or not _settled(readings):
        return _question(form, readings, where)
    return _asked(form, readings[0], where[0] if where else None, values)


def _question(form: SearchForm, readings: Sequence[Reading], where: Sequence[Place]) -> Asked:
    """What to ask back: the cancers, with the parts of the body they lie in for who cannot tell; the places."""
    places = tuple(where) if len(where) > 1 else ()
    if _settled(readings):
        return Asked(replace(form, cancer=readings[0].code, words=form.words or form.cancer), places=places)
    roots = dict.fromkeys(reference.cancers().root(reading.code) for reading in readings)
    broad = tuple(root for root in roots if root != _ELSEWHERE) or tuple(roots)
    return Asked(form, cancers=tuple(readings), broad=broad, places=places)


def _asked(form: SearchForm, reading: Reading, place: Place | None, values: Mapping[str, Any]) -> Asked:
    """The runnable search, and what its record keeps: the inputs under the names of the JSON interface."""
    if form.chosen_for and form.chosen_for != reading.code:
        form = replace(form, chosen=())
    query = Query(
        cancer=reading.code,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        remote=form.remote if form.remote in ("yes", "only") else "",
        language=form.language,
        insurer=form.insurer,
        accepting=form.accepting or "open",
        diversify=True,
        limit=PAGE_SIZE,
        offset=form.offset,
        **values,
    )
    inputs = {
        "cancer": reading.code, "near": place.label if place else "", "remote": query.remote,
        "language": form.language, "insurer": form.insurer, "accepting": form.accepting,
        "diversify": 1, "limit": PAGE_SIZE, "offset": form.offset, **values,
    }  # fmt: skip
    kept = {name: value for name, value in inputs.items() if value not in (None, "", ())}
    return Asked(form, query, place, kept)


def _settled(readings: Sequence[Reading]) -> bool:
    """Whether the first reading can be searched for without asking."""
    return readings[0].confidence >= SURE


def _readings(form: SearchForm) -> tuple[Reading, ...]:
    if not form.cancer:
        raise Invalid("cancer", phrase("Enter the cancer, in the words your doctor used or in your own."))
    if form.cancer in reference.cancers():
        return (Reading(form.cancer, form.cancer, "code", 1.0),)
    readings = reference.resolver().resolve(form.cancer).readings
    if not readings:
        raise Invalid(
            "cancer",
            phrase(
                "We know no cancer called “{cancer}”. Try your doctor’s words, those on the "
                "pathology report, or the part of the body, such as “liver cancer”.",
                cancer=form.cancer[:60],
            ),
        )
    return readings[:8]


def _places(form: SearchForm) -> tuple[Place, ...]:
    if not form.near:
        if form.remote == "only":
            return ()
        raise Invalid("near", phrase("Enter a ZIP code, or a city and state such as “Boston, MA”."))
    try:
        return (reference.gazetteer().resolve(form.near),)
    except AmbiguousPlace as error:
        return error.choices


def _radius(form: SearchForm) -> float | None:
    if not form.radius_km:
        return None
    try:
        radius = float(form.radius_km)
    except ValueError:
        radius = math.nan
    if not 0 < radius <= _FARTHEST_KM:
        raise Invalid("radius_km", phrase("Enter a distance from 1 to 20,100 km, or choose any distance."))
    return radius


def _situation(form: SearchForm) -> Situation | None:
    if form.situation and form.situation not in set(Situation):
        raise Invalid("situation", phrase("Choose one of the situations, or none."))
    return Situation(form.situation) if form.situation else None


def _complexity(form: SearchForm) -> tuple[Complexity, ...]:
    if set(form.complexity) - set(Complexity):
        raise Invalid("complexity", phrase("Choose from the list what makes it complex, or nothing."))
    return tuple(Complexity(code) for code in dict.fromkeys(form.complexity))


def _exclude_npi(form: SearchForm) -> tuple[str, ...]:
    if form.exclude_npi and not npi.is_valid(form.exclude_npi):
        raise Invalid("first", NO_NPI)  # the field in which the page asks for it
    return (form.exclude_npi,) if form.exclude_npi else ()


def _weight(form: SearchForm) -> float | None:
    if not form.weight_experience:
        return None
    try:
        weight = float(form.weight_experience)
    except ValueError:
        weight = math.nan
    if not 0 <= weight <= 1:
        raise Invalid("weight_experience", phrase("Choose one of the five steps."))
    return weight


def _offset(text: str) -> int:
    """Where the page begins; whatever is no number is the first page."""
    return min(int(text), 1_000_000) if text.isascii() and text.isdigit() else 0
