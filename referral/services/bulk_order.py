"""What a job was told to do with each of its requests, as every step of it needs to know."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from referral.access.authorize import Acting
from referral.domain.lifecycle import Action
from referral.services.effects import Details


@dataclass(frozen=True, slots=True)
class Order:
    """Which job it is, who began it, what is to be done, and until when what it writes is held back."""

    job_id: UUID
    acting: Acting
    action: Action
    details: Details
    held_until: datetime
