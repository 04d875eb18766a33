"""What stands around the results of a search: head, balance, choice and foot, rendered once for each shape.

The shape of a page is which of its facts are there at all; few shapes are different. A request fills in the facts.
"""

from collections.abc import Mapping, Sequence

from flask import current_app, render_template

from referral.domain.codes import Step
from referral.domain.explanation import mark_text
from referral.extensions import form_token
from referral.index.kept import Kept
from referral.languages import current, said
from referral.services.find_specialists import SearchAnswer
from referral.web import insurance, results_map
from referral.web.filters import language, number, percent
from referral.web.forms_search import MOST_CHOSEN, PAGE_SIZE, SearchForm
from referral.web.patterns import Gaps, Pattern, escaped

_SHAPES_KEPT = 128
_EXTENSION = "result_frames"
_AS_ASKED = (Step.EXACT_IN_RADIUS, Step.REMOTE)
_CARRIED = (
    "near", "radius_km", "remote", "situation", "language", "exclude_npi", "exclude_organization", "accepting",
    "insurer",
)  # fmt: skip
_COMPLEXITIES = tuple(f"complexity_{place}" for place in range(MOST_CHOSEN))
_OTHERS = tuple(f"other_{place}" for place in range(MOST_CHOSEN))
_NAMES = (
    *_CARRIED, "insurance",
    "code", "words", "called", "typed", "total", "place", "spoken", "note", "balance_note", "first",
    "would_change", "shown_first", "shown_last", "earlier", "later", "chosen", "index_version", "model_version",
    "search_id",
    "experience", "centre", "distance", "mark", "mark_url", "mark_source", "mark_year", *_COMPLEXITIES, *_OTHERS,
    "csrf_token", "map", "offset", "results",
)  # fmt: skip


def page_html(form: SearchForm, answer: SearchAnswer, balance: float, results: Sequence[bytes]) -> bytes:
    """The page of a search as UTF-8: the frame of its shape, with the facts and the ready results filled in."""
    facts = _facts(form, answer)
    texts = [escaped(facts.get(name, "")) for name in _NAMES[:-1]]
    wider = answer.step not in _AS_ASKED
    pattern = _frame(tuple([text != b"" for text in texts]), answer.query.remote, wider, bool(answer.results), balance)
    return b"".join(pattern.fill([*texts, b"".join(results)]))


def _frame(there: tuple[bool, ...], remote: str, wider: bool, found: bool, balance: float) -> Pattern:
    """The page of a shape with gaps; each application keeps its own."""
    frames: Kept[Pattern] = current_app.extensions.setdefault(_EXTENSION, Kept(_SHAPES_KEPT))
    key = there, remote, wider, found, balance
    return frames.get((current(), *key)) or frames.put((current(), *key), _rendered(*key))


def _rendered(there: tuple[bool, ...], remote: str, wider: bool, found: bool, balance: float) -> Pattern:
    known = {name for name, given in zip(_NAMES, there, strict=False) if given}
    gaps = Gaps(**{name: "" for name in _NAMES[:-1] if name not in known})
    html = render_template(
        "search/results.html", page=gaps, remote=remote, wider=wider, found=found, balance=balance, problems=(),
        carried=[(name, getattr(gaps, name)) for name in _CARRIED if name in known],
        complexities=[getattr(gaps, name) for name in _COMPLEXITIES if name in known],
        others=[getattr(gaps, name) for name in _OTHERS if name in known],
    )  # fmt: skip
    return Pattern.of(html, _NAMES)


def _facts(form: SearchForm, answer: SearchAnswer) -> Mapping[str, str]:
    """What a page says by name; what it does not say is empty or not there."""
    typed, called, code = form.words or form.cancer, said(answer.cancer.called), answer.cancer.code
    last, mark, weights = form.offset + len(answer.results), answer.mark, answer.weights
    on_page = {match.entry.role.role_id for match in answer.results} if form.chosen else frozenset()
    facts = {
        **{name: getattr(form, name) for name in _CARRIED},
        "insurance": insurance.known(),
        "code": code,
        "words": typed,
        "called": called,
        "typed": typed if typed.lower() != called.lower() and typed != code else "",
        "total": number(answer.total),
        "place": answer.place.label if answer.place else "",
        "spoken": language(form.language) if form.language else "",
        "note": said(answer.note),
        "balance_note": said(answer.balance_note),
        "first": str(form.offset + 1),
        "offset": str(form.offset),
        "shown_first": number(form.offset + 1),
        "shown_last": number(last),
        "earlier": str(max(0, form.offset - PAGE_SIZE)) if form.offset else "",
        "later": str(last) if last < answer.total else "",
        "chosen": str(len(form.chosen) or ""),
        "would_change": "" if form.offset else _would_change(answer),
        "index_version": answer.index_version[:12],
        "model_version": answer.model_version,
        "search_id": str(answer.search_id),
        "experience": percent(weights.experience),
        "centre": percent(weights.centre),
        "distance": percent(weights.distance),
        **dict(zip(_COMPLEXITIES, form.complexity, strict=False)),
        **dict(zip(_OTHERS, [role for role in form.chosen if role not in on_page], strict=False)),
        "csrf_token": form_token(),
        "map": results_map.map_html(answer),
    }
    if mark:
        of_mark = {"mark_url": mark.source_url, "mark_source": mark.source, "mark_year": str(mark.year)}
        facts |= {"mark": said(mark_text(mark)), **of_mark}
    return facts


def _would_change(answer: SearchAnswer) -> str:
    """From which balance on another would stand first; empty where none does it."""
    first = answer.results[0].overtaking if answer.results else None
    return said(first.text) if first else ""
