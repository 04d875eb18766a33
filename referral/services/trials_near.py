"""Open trials for a cancer, each with the place nearest to somebody where it takes people in."""

from dataclasses import dataclass
from math import inf

from referral import reference
from referral.domain.cancers import Cancer
from referral.domain.travel import Point, distance_km
from referral.models import Trial, TrialSite
from referral.store.trials import OPEN, open_trials

MOST = 25
"""More than anybody reads; the register has the rest."""


@dataclass(frozen=True, slots=True)
class Near:
    """One trial, its nearest open place (None where it names none), how far that is, and how many open places more.

    `exact` says that it is for this very cancer, not for a wider group or one of its forms.
    """

    trial: Trial
    site: TrialSite | None
    kilometres: float | None
    more: int
    exact: bool


def trials_near(cancer: Cancer, here: Point | None) -> tuple[tuple[Near, ...], int]:
    """The nearest trials and how many there are: for the cancer, its forms, and the groups it belongs to.

    Without a place the last changed stand first.
    """
    tree = reference.cancers()
    codes = frozenset((*tree.path(cancer.code), *tree.subtree(cancer.code)))
    found = [_near(trial, cancer, here) for trial in open_trials(codes)]
    if here is not None:
        found.sort(key=lambda one: inf if one.kilometres is None else one.kilometres)
    return tuple(found[:MOST]), len(found)


def _near(trial: Trial, cancer: Cancer, here: Point | None) -> Near:
    sites = [site for site in trial.sites if site.status in (*OPEN, "")]
    away = [_away(site, here) for site in sites]
    at = min(range(len(sites)), key=away.__getitem__, default=None)
    site, far = (sites[at], away[at]) if at is not None else (None, inf)
    return Near(trial, site, None if far == inf else far, max(0, len(sites) - 1), cancer.code in trial.codes)


def _away(site: TrialSite, here: Point | None) -> float:
    """How far a place is; endless where one of the two is not known."""
    if here is None or site.latitude is None or site.longitude is None:
        return inf
    return distance_km(here, Point(site.latitude, site.longitude))
