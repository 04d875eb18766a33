"""What needs the steward now, and what the directory holds from which source."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from referral.domain.directory_checks import CheckReason
from referral.models import DirectoryImport
from referral.store import aliases, checks, directory, imports, officials, provenance
from referral.store.directory import OriginStatus

SILENT_AFTER = timedelta(minutes=2)
"""A running import gives a sign of life every few seconds; one that is silent for so long was probably ended."""
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of what waits, checks by reason with the most urgent first, and the sources with their figures."""

    checks: tuple[tuple[str, int], ...]
    merges: int
    officials: int
    failed: tuple[DirectoryImport, ...]
    running: tuple[DirectoryImport, ...]
    sources: tuple[OriginStatus, ...]

    @property
    def checks_due(self) -> int:
        """How many checks are due in all."""
        return sum(number for _, number in self.checks)

    @property
    def waiting(self) -> int:
        """How many things wait in all."""
        return self.checks_due + self.merges + self.officials + len(self.failed)


def overview() -> Overview:
    """What stands at the moment."""
    newest = imports.newest(_LOOKED_AT)
    by_reason = checks.count_by_reason()
    return Overview(
        checks=tuple((each.value, by_reason[each]) for each in CheckReason if by_reason.get(each)),
        merges=aliases.count_suggested(),
        officials=officials.count_suggested(),
        failed=tuple(_failed_last(newest)),
        running=tuple(each for each in newest if each.state == imports.RUNNING),
        sources=tuple(directory.status()),
    )


def silent(running: DirectoryImport, now: datetime) -> bool:
    """Whether an import that is called running has given no sign of life for too long."""
    last = running.heartbeat_at or running.started_at
    return running.state == imports.RUNNING and last is not None and now - last > SILENT_AFTER


def newest_imports(limit: int, offset: int = 0) -> list[DirectoryImport]:
    """The newest imports, the last one first."""
    return imports.newest(limit, offset)


def one_import(import_id: int) -> DirectoryImport | None:
    """One import by its number."""
    return provenance.imports([import_id]).get(import_id)


def _failed_last(newest: list[DirectoryImport]) -> list[DirectoryImport]:
    """Kinds whose last import failed: one that succeeded since needs nobody."""
    last: dict[tuple[str, str], DirectoryImport] = {}
    for each in newest:
        last.setdefault((each.kind, each.name), each)
    return [each for each in last.values() if each.state == imports.FAILED]
