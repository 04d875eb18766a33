"""What an audit reads of the directory beside the index, which knows nothing of it."""

from sqlalchemy import select

from referral.extensions import db
from referral.models import Practitioner


def sexes() -> dict[int, str]:
    """The sex that each specialist's source states, by NPI as a number; only those that state one."""
    stated = select(Practitioner.npi, Practitioner.gender).where(Practitioner.gender != "")
    return {int(npi): sex for npi, sex in db.session.execute(stated)}
