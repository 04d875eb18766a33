"""What an operation takes and gives, written beside it; the OpenAPI document is made from these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from pydantic import BaseModel

P = ParamSpec("P")
R = TypeVar("R")
Shape = type[BaseModel]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    summary: str
    answer: Shape | None
    """None where the answer is a file."""
    query: Shape | None = None
    body: Shape | None = None
    status: int = 200
    errors: tuple[int, ...] = ()
    token: bool = False
    headers: tuple[str, ...] = ()
    """Request headers it reads besides the usual ones."""
    form: tuple[str, ...] = ()
    """Fields of a multipart form it reads instead of a body; `file` is one or several files."""
    media_type: str = "application/json"
    """What the answer is, where it is a file."""


OPERATIONS: dict[str, Operation] = {}
"""Operations by the name of their view; filled when the views are defined."""


def describe(operation: Operation) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the description of a view under its name."""

    def keep(view: Callable[P, R]) -> Callable[P, R]:
        OPERATIONS[view.__name__] = operation
        return view

    return keep
