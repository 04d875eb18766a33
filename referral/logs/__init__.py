"""The log: one line per event, the same correlation id from page to job to channel, and nobody's data.

The service logs through Python's `logging`, so that the lines of gunicorn and Celery come here too. Of an exception its
type and the places in our code are written, never its text, which may hold a value. Of foreign libraries' lines only
numbers and harmless names are filled in. Keys are allow-listed: what is not known is dropped, and its name is told.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog
from structlog.stdlib import ProcessorFormatter

from referral.domain.texts import as_uuid

Event = MutableMapping[str, Any]

KEYS = frozenset(
    {
        "event", "level", "logger", "timestamp", "correlation_id", "error", "where", "dropped",
        "channel", "code", "delivery", "endpoint", "job", "method", "milliseconds", "referral", "status",
        "actor", "actor_id", "action", "object_type", "object_id",
    }
)  # fmt: skip
"""What a line may tell besides its sentence. Their values are ids, codes and numbers."""

OURS = ("referral", "workers", "app", "flask.app")
"""Loggers whose arguments are chosen by us."""
TALKS_OF_ITSELF = ("gunicorn.error", "celery.beat", "celery.apps", "celery.worker", "alembic")
"""Foreign loggers whose lines below a warning speak of the process only."""
TASK_KEYS = frozenset({"name", "id", "runtime"})
"""What Celery may fill into a line about a job."""

MOST_PLACES = 6
UUID_LENGTH = 36
HIDDEN = "…"
_ROOT = Path(__file__).resolve().parents[2]
_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_CONTROLS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")

_correlation: ContextVar[str] = ContextVar("correlation_id", default="")


class Handler(logging.StreamHandler[Any]):
    """Our own handler on the root logger, of which there is one."""


def correlation_id() -> str:
    """The id of what is going on: of this page, this job, this command. Made where there is none yet."""
    if not _correlation.get():
        _correlation.set(str(uuid4()))
    return _correlation.get()


@contextmanager
def correlated(given: str = "") -> Iterator[str]:
    """Go on under this id, where it is a UUID, else under a new one, until the end of the block."""
    token = _correlation.set(_taken(given))
    try:
        yield _correlation.get()
    finally:
        _correlation.reset(token)


def begin(given: str) -> str:
    """Go on under this id, or a new one, until the next page begins."""
    _correlation.set(_taken(given))
    return _correlation.get()


def _taken(given: str) -> str:
    """An id that came from outside, where it is a UUID and no longer than one is written; else a new one."""
    return str((as_uuid(given) if len(given) <= UUID_LENGTH else None) or uuid4())


def configure(style: str) -> None:
    """Write every line in one style, "json" or "text", to stderr. Again is harmless, and changes the style."""
    handler = Handler(sys.stderr)
    handler.setFormatter(formatter(style))
    root = logging.getLogger()
    for before in [one for one in root.handlers if isinstance(one, Handler)]:
        root.removeHandler(before)
    root.addHandler(handler)


def tell_everything() -> None:
    """Servers and workers also write lines that are no warnings; a command does not."""
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # seven lines at each start, about nothing


def formatter(style: str) -> ProcessorFormatter:
    """What turns a record into one line."""
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True) if style == "json" else _as_text
    return ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
        processors=[
            _sentence,
            structlog.stdlib.add_log_level,
            _logger_name,
            _correlated,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _scrub_error,
            ProcessorFormatter.remove_processors_meta,
            only_known,
            _one_line,
            last,
        ],
        use_get_message=False,
        pass_foreign_args=True,
    )


def only_known(_logger: object, _method: str, event: Event) -> Event:
    """Drop what has no place in the log, and say that something was dropped."""
    unknown = sorted(name for name in event if name not in KEYS)
    for name in unknown:
        del event[name]
    if unknown:
        event["dropped"] = unknown
    return event


def _sentence(_logger: object, _method: str, event: Event) -> Event:
    """Fill in the sentence; what is filled in is ours, or a number, or names nobody."""
    record: logging.LogRecord = event["_record"]
    arguments = event.pop("positional_args", ())
    ours = record.name.partition(".")[0] in OURS or record.name in OURS
    itself = record.name.startswith(TALKS_OF_ITSELF)
    free = ours or (itself and record.levelno < logging.WARNING)
    if not isinstance(record.msg, str):  # an exception was logged as it is
        event["event"] = type(record.msg).__name__
    elif arguments:
        event["event"] = _filled(record.msg, _harmless(arguments, free))
    elif not (ours or itself):
        event["event"] = HIDDEN  # a text that a library has put together may hold anything
    return event


def _harmless(arguments: Any, free: bool) -> Any:  # noqa: ANN401  whatever a library logs
    if isinstance(arguments, Mapping):
        return {name: value if free or name in TASK_KEYS else HIDDEN for name, value in arguments.items()}
    return tuple(_one(value, free) for value in arguments)


def _one(value: object, free: bool) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if free or isinstance(value, int | float | UUID) else HIDDEN


def _filled(message: str, arguments: Any) -> str:  # noqa: ANN401  whatever a library logs
    try:
        return str(message % arguments)
    except (TypeError, ValueError, KeyError):
        return message


def _logger_name(_logger: object, _method: str, event: Event) -> Event:
    event["logger"] = event["_record"].name
    return event


def _correlated(_logger: object, _method: str, event: Event) -> Event:
    if _correlation.get():
        event["correlation_id"] = _correlation.get()
    return event


def _scrub_error(_logger: object, _method: str, event: Event) -> Event:
    """Type and places of an exception and of what caused it; its text stays out."""
    given = event.pop("exc_info", None)
    for name in ("stack_info", "message", "asctime"):  # set by `logging` itself, where another handler came first
        event.pop(name, None)
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else None
    kinds: list[str] = []
    places: list[str] = []
    while error is not None and len(kinds) < MOST_PLACES:
        kinds.append(type(error).__name__)
        places = _places(error) or places  # those of the first cause tell most
        error = error.__cause__ or error.__context__
    if kinds:
        event["error"], event["where"] = " from ".join(kinds), places
    return event


def _places(error: BaseException) -> list[str]:
    """Where it happened, the innermost last: our own files by their path, others by their name."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_PLACES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(file: str) -> str:
    path = Path(file)
    ours = path.is_relative_to(_ROOT) and "site-packages" not in path.parts
    return str(path.relative_to(_ROOT)) if ours else path.name


def _one_line(_logger: object, _method: str, event: Event) -> Event:
    """No line break and no other control character, and no email address."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _CONTROLS.sub(" ", _ADDRESS.sub(f"{HIDDEN}@{HIDDEN}", value))
    return event


def _as_text(_logger: object, _method: str, event: Event) -> str:
    """For people who watch the demonstration."""
    when, level, sentence, _ = [event.pop(name, "") for name in ("timestamp", "level", "event", "logger")]
    rest = " ".join(f"{name}={value}" for name, value in sorted(event.items()))
    return f"{when[11:19]} {level:<8} {sentence}" + (f"  [{rest}]" if rest else "")
