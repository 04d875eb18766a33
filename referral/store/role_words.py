"""What sources say of specialists' roles, and which of ours a source means by an id of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import Consent, PractitionerRole, ReferralTask, ShortlistEntry, SourceRecord
from referral.store.settled import spoken
from referral.store.tables import Row, parts


@dataclass(frozen=True, slots=True)
class RoleWord:
    """What one source says of a role of ours: the row of `source_record`, and whose role it is."""

    role_id: str
    npi: str
    word: Row

    @property
    def source(self) -> str:
        """Who says it."""
        return str(self.word["source"])

    @property
    def own_id(self) -> str:
        """The source's own id of the role."""
        return str(self.word["said_as"] or self.role_id)

    @property
    def live(self) -> bool:
        """Whether the source still says it."""
        return self.word["gone_at"] is None


def words_on_roles(npis: Iterable[str]) -> dict[str, list[RoleWord]]:
    """All words on all roles of these specialists, those taken back included."""
    found: dict[str, list[RoleWord]] = {}
    role = PractitionerRole
    for part in parts(npis):
        owners = dict(db.session.execute(select(role.id, role.npi).where(role.npi.in_(part))).all())
        for role_id, said in spoken(Subject.ROLE, owners).items():
            words = (RoleWord(role_id, owners[role_id], word) for word in said.values())
            found.setdefault(owners[role_id], []).extend(words)
    return found


def words_of_source(source: str) -> Iterator[RoleWord]:
    """What one source says of roles now."""
    role, record = PractitionerRole, SourceRecord
    said = (record.subject == Subject.ROLE, record.source == source, record.gone_at.is_(None))
    query = select(record.subject_id, role.npi, record.said_as).join(role, role.id == record.subject_id).where(*said)
    for role_id, npi, said_as in db.session.execute(query.order_by(record.subject_id)):
        yield RoleWord(role_id, npi, {"source": source, "said_as": said_as, "gone_at": None})


def roles_said_as(source: str, own_ids: Iterable[str]) -> dict[str, str]:
    """Our id of each role that the source states under an id of its own; of the others nothing."""
    record, found = SourceRecord, dict[str, str]()
    for part in parts(own_ids):
        said = (record.subject == Subject.ROLE, record.source == source, record.said_as.in_(part))
        query = select(record.said_as, record.subject_id).where(*said, record.gone_at.is_(None))
        found |= {own_id or "": role_id for own_id, role_id in db.session.execute(query)}
    return found


def owners_of(role_ids: Iterable[str]) -> dict[str, str]:
    """Whose roles these are, by id; one that is not there is left out."""
    role, found = PractitionerRole, dict[str, str]()
    for part in parts(role_ids):
        found |= dict(db.session.execute(select(role.id, role.npi).where(role.id.in_(part))).all())
    return found


def referred_roles() -> set[str]:
    """Ids of the roles that a request, a consent or a referral points to."""
    columns = (ShortlistEntry.role_id, ReferralTask.role_id, Consent.role_id)
    return {role_id for column in columns for role_id in db.session.scalars(select(column).distinct()) if role_id}
