"""What the steward's pages share: who is there, pages of a long list, and when a change is seen."""

from typing import TypeVar

from flask import request

from referral.access import gate
from referral.models import Staff

T = TypeVar("T")


def steward() -> Staff:
    """Who is signed in."""
    return gate.staff()


def first_shown() -> int:
    """The place in a long list of the first row that this page shows."""
    return min(max(0, request.args.get("from", 0, type=int)), 10**6)


def cut(found: list[T], first: int, length: int) -> tuple[list[T], int | None]:
    """The rows of one page, and where the next begins: of what was found from `first` on, one more than fits."""
    return found[:length], first + length if len(found) > length else None


def built_soon(asked: bool) -> str:
    """When the search shows what was changed, as a sentence."""
    if asked:
        return "The search shows it in a few minutes."
    return "The search shows it after the next build of the index, at five past midnight UTC."
