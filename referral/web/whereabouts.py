"""Where a visitor is, as typed into one field of a page that can do without it."""

from referral import reference
from referral.domain.errors import AmbiguousPlace, Invalid
from referral.domain.phrases import phrase
from referral.domain.travel import Point
from referral.web import forms
from referral.web.forms import Form

_SEVERAL = phrase("There are several places of this name. Add the state, such as “Springfield, MO”, or use a ZIP code.")


def of(form: Form) -> tuple[str, Point | None]:
    """What is wrong with the field `near`, and the place; neither where nothing was typed."""
    try:
        near = forms.line(form, "near", 120)
        place = reference.gazetteer().resolve(near) if near else None
    except AmbiguousPlace:
        return _SEVERAL, None
    except Invalid as problem:
        return problem.message, None
    return "", Point(place.latitude, place.longitude) if place else None
