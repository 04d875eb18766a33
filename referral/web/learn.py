"""Pages about every cancer: what is known of it, how rare it is, what a second opinion needs, what to ask."""

from collections.abc import Iterable, Mapping
from datetime import date
from math import log10
from urllib.parse import quote_plus

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from referral import reference
from referral.domain import body_parts, learn, phrases
from referral.domain.cancers import Cancer, CancerTree, Rarity
from referral.domain.errors import Invalid
from referral.domain.experience import mark_for
from referral.domain.phrases import phrase
from referral.extensions import csrf
from referral.languages import cancer_in, current, said, within
from referral.web import forms_search, page_language
from referral.web.forms_search import SearchForm

pages = Blueprint("learn", __name__, url_prefix="/learn")

SCALE = (0.05, 200.0)
"""New cases a year per 100,000 people between which the scale of rarity is drawn, in equal steps of multiplication."""
_CERTAIN = ("exact name", "also called", "code")
_MONTHS_ES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre"),
    *("noviembre", "diciembre"),
)


_RARITIES = {
    Rarity.COMMON: phrase("common"),
    Rarity.RARE: phrase("rare"),
    Rarity.VERY_RARE: phrase("very rare"),
}


@pages.get("/")
def index() -> str:
    """All cancers by the part of the body, and a search."""
    return _index(SearchForm())


@pages.post("/")
@page_language.shows_again
def look_up() -> Answer | str:
    """The page for some words; the form again where they are no cancer; a question back where they are not certain."""
    form = forms_search.read_form(request.form)
    if page_language.switching():
        return _index(form)
    tree = reference.cancers()
    problems = [problem for problem in form.problems if problem.field == "cancer"]
    readings = () if problems or form.cancer in tree else reference.resolver().resolve(form.cancer).readings[:8]
    if form.cancer in tree:
        return redirect(url_for("learn.show", code=form.cancer), 303)
    if not readings:
        return make_response(_index(form, problems or [_unknown_words(form.cancer)]), 422)
    if readings[0].how in _CERTAIN and readings[0].confidence >= forms_search.SURE:
        return redirect(url_for("learn.show", code=readings[0].code), 303)
    return render_template("learn/which.html", form=form, readings=readings, problems=())


csrf.exempt(look_up)  # it changes nothing, and its form may have been open for long


@pages.get("/<path:code>")
def show(code: str) -> Answer | str:
    """The page about one cancer; another spelling of its code leads there; an unknown one shows a search."""
    tree = reference.cancers()
    if code in tree:
        return render_template("learn/cancer.html", problems=(), **_page(tree, tree[code]))
    right = code.strip("/").upper()
    return redirect(url_for("learn.show", code=right), 301) if right in tree else _no_page(code)


def _no_page(code: str) -> Response:
    """Not found, with what the address may have meant."""
    words = code[:100].replace("_", " ").replace("-", " ")
    readings = reference.resolver().resolve(words).readings[:5]
    page = render_template("learn/unknown.html", form=SearchForm(), readings=readings, words=words, problems=())
    return make_response(page, 404)


def _unknown_words(words: str) -> Invalid:
    if not words:
        return Invalid("cancer", phrase("Enter the name of a cancer, in the words your doctor used or in your own."))
    return Invalid(
        "cancer",
        phrase(
            "We know no cancer called “{words}”. Try the part of the body, such as “liver cancer”, "
            "or the words on your pathology report.",
            words=words[:60],
        ),
    )


def _index(form: SearchForm, problems: Iterable[Invalid] = ()) -> str:
    tree, problems = reference.cancers(), tuple(problems)
    regions: dict[str, list[tuple[Cancer, str]]] = {}
    for code, tissue in reference.learn_tissues().items():
        regions.setdefault(tissue.region, []).append((tree[code], tissue.plain))
    nearest: Iterable[object] = forms_search.nearest(form, problems) if form.cancer else ()
    return render_template("learn/index.html", form=form, problems=problems, regions=regions, nearest=nearest)


def _page(tree: CancerTree, cancer: Cancer) -> Mapping[str, object]:
    """Everything that the page about one cancer shows."""
    code, texts = cancer.code, reference.learn_texts()
    path = tree.path(code)
    sheet = reference.learn_facts().of(code)
    tissue = reference.learn_tissues().get(path[0])
    beside = tree.children(cancer.parent) if cancer.parent else ()
    return {
        "cancer": cancer,
        "above": [tree[other] for other in path[:-1]],
        "below": _commonest_first(tree, tree.children(code)),
        "beside": [other for other in _commonest_first(tree, beside) if other is not cancer],
        "where": tissue.plain if tissue else "",
        "namesake": cancer.name in learn.namesakes(tree),
        "benign": learn.is_benign(cancer),
        "filed_as": learn.filed_as(cancer),
        "rare": learn.how_rare(tree, code),
        "names": reference.naming().of(code),
        "texts": texts.get(code, {}),
        "described": learn.nearest_described(tree, code, texts),
        "sheet": sheet,
        "records": learn.records_needed(cancer, sheet),
        "mark": None if learn.is_benign(cancer) else mark_for(path, reference.volume_marks()),
        "titles": reference.icd10cm_titles(),
        "in_spanish": cancer_in("es", code),
        "links": _links(cancer, learn.search_words(tree, code)),
    }


def _commonest_first(tree: CancerTree, codes: Iterable[str]) -> list[Cancer]:
    """Cancers before benign growths, common ones before rare ones, else in the order of the tree."""
    rarities = list(Rarity)
    return sorted(
        (tree[code] for code in codes),
        key=lambda other: (learn.is_benign(other), rarities.index(other.rarity)),
    )


def _links(cancer: Cancer, words: str) -> Mapping[str, list[tuple[str, str, str]]]:
    """Name, address and what it is of the sites to read on at, by language; none of them is asked by this page."""
    found: dict[str, list[tuple[str, str, str]]] = {"en": [], "es": []}
    for site in reference.learn_links():
        if cancer.rare or not site.only_rare:
            own = learn.without_detail(cancer_in(site.language, cancer.code))
            found[site.language].append((site.name, site.address.format(words=quote_plus(own or words)), site.what))
    return found


@pages.app_template_filter("on_scale")
def on_scale(incidence: float) -> str:
    """Where a number of new cases stands on the scale of rarity, in percent of its width."""
    low, high = map(log10, SCALE)
    share = (log10(min(max(incidence, SCALE[0]), SCALE[1])) - low) / (high - low)
    return f"{100 * share:.1f}%"


@pages.app_template_filter("short_number")
def short_number(value: float) -> str:
    """A number without needless decimals: 1.7, 50, 126.9."""
    return f"{value:,.1f}".removesuffix(".0")


@pages.app_template_filter("rounded")
def rounded(value: float) -> str:
    """A count to two figures, no finer than what it is computed from: 17, 370, 1,300."""
    return f"{round(value, 1 - int(log10(max(value, 1)))):,.0f}"


@pages.app_template_filter("long_date")
def long_date(value: date) -> str:
    """A date without its weekday: "22 November 2026"."""
    return said(phrases.day(value, phrases.LONG))


@pages.app_template_filter("fecha")
def fecha(value: date) -> str:
    """The same in Spanish: "22 de noviembre de 2026"."""
    return f"{value.day} de {_MONTHS_ES[value.month - 1]} de {value.year}"


@pages.app_template_filter("sources")
def sources(facts: Iterable[learn.Fact]) -> list[str]:
    """The sources of some facts, each once."""
    return list(dict.fromkeys(fact.source for fact in facts if fact.source))


@pages.app_template_filter("one_line")
def one_line(cancer: Cancer) -> str:
    """What tells a cancer from the next in a list: how rare it is, with its figure, and whether it is none."""
    rare = _RARITIES[cancer.rarity]
    if cancer.incidence_per_100k is not None:
        rare = phrase(
            "{rare}, {number} in 100,000 {people} a year",
            rare=rare, number=short_number(cancer.incidence_per_100k), people=learn.counted_people(cancer),
        )  # fmt: skip
    return said(phrase("{rare} · benign", rare=rare) if learn.is_benign(cancer) else rare)


@pages.app_template_filter("searched_for")
def searched_for(cancer: Cancer) -> str:
    """The words that other sites are searched for."""
    own = learn.without_detail(cancer_in(current(), cancer.code))
    return own or learn.search_words(reference.cancers(), cancer.code)


@pages.app_template_filter("sentence")
def sentence(text: str) -> str:
    """A text with a capital at its beginning."""
    text = said(text)
    return text[:1].upper() + text[1:]


@pages.app_template_filter("body_part")
def body_part(text: str) -> str:
    """A tissue or a region of the tables, in the language of the page."""
    return said(body_parts.in_words(text))


pages.add_app_template_filter(within, "within_sentence")
