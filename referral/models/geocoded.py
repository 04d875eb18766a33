"""What a geocoder said of the addresses of places of work."""

from datetime import date

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.models.base import Base


class GeocodedAddress(Base):
    """One answer, kept under the address itself: it is neither lost by an import nor survives a change of address."""

    __tablename__ = "geocoded_address"
    __table_args__ = (
        CheckConstraint("outcome IN ('address', 'none', 'coarse', 'far')", name="outcome"),
        CheckConstraint("(outcome = 'address') = (latitude IS NOT NULL)", name="position"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_position"),
    )

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the folded address; the address itself stands with the place of work."""
    outcome: Mapped[str] = mapped_column(String(10))
    """The precision "address", or why there is no position: none, coarser than a street, too far from the ZIP area."""
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    geocoder: Mapped[str] = mapped_column(String(50))
    asked_on: Mapped[date]
