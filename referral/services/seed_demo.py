"""Made-up staff and requests of the demo."""

from datetime import datetime


def seed_demo_people_and_requests(now: datetime, secret_key: str) -> None:
    """Nothing yet: the desk helper writes this file."""
