"""What can be wrong with what somebody asks, in the service's own words.

Each error carries what a page or the API needs to name the field and to say how to put it right; `web/` and `api/`
each map them once.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from referral.domain.phrases import phrase

if TYPE_CHECKING:
    from referral.domain.lifecycle import Action
    from referral.domain.places import Place


class DomainError(Exception):
    """Anything the service refuses, with a sentence a person can act on."""


class Invalid(DomainError):
    """One input cannot be used: `field` names it, `message` says how to put it right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class InvalidInput(DomainError):
    """Several inputs cannot be used; `problems` holds one `Invalid` for each."""

    def __init__(self, problems: Sequence[Invalid]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class UnknownCancer(Invalid):
    """No cancer of the tree has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(
            "cancer", phrase("There is no cancer with the code “{code}”. Search for its name first.", code=code[:40])
        )
        self.code = code


class UnknownPlace(Invalid):
    """The gazetteer does not know this place."""

    def __init__(self, text: str, message: str = "") -> None:
        unknown = phrase(
            "We do not know the place “{text}”. Enter a ZIP code, or a city and state such as “Boston, MA”.",
            text=text[:60],
        )
        super().__init__("near", message or unknown)
        self.text = text


class ArmedForcesPlace(UnknownPlace):
    """A post office of the armed forces abroad, which has no place on the map."""

    def __init__(self, text: str) -> None:
        super().__init__(
            text,
            phrase(
                "An APO, FPO or DPO address has no place on the map. Enter the ZIP code or the city that you would "
                "travel from."
            ),
        )


class AmbiguousPlace(Invalid):
    """Several places bear this name; `choices` are what to ask back."""

    def __init__(self, text: str, choices: "Sequence[Place]") -> None:
        super().__init__(
            "near",
            phrase(
                "Several places match “{text}”. Choose one, or add the state, the ZIP code or the country.",
                text=text[:60],
            ),
        )
        self.text = text
        self.choices = tuple(choices)


NOTHING = phrase("There is no such thing, or you may not see it.")


class NotFound(DomainError):
    """There is no such thing, or the caller may not know of it; both are said in the same words."""

    def __init__(self, message: str = NOTHING) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(DomainError):
    """This move is not possible now; `allowed` are the actions that are, at `version`."""

    def __init__(self, message: str, allowed: "Sequence[Action]" = (), version: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.allowed = tuple(allowed)
        self.version = version


class StaleVersion(NotAllowed):
    """Somebody else changed the referral since the caller read it."""
