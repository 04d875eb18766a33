"""Takes up what imports have added to the vocabulary, in every process and without a restart."""

from threading import Lock
from time import monotonic

from flask import Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from referral import reference
from referral.extensions import READING, db
from referral.store import vocabulary

EVERY_SECONDS = 5.0


def take_up_vocabulary() -> None:
    """Use the latest vocabulary of the database, outside any transaction; nothing happens when it is in use already."""
    version = vocabulary.version()
    if version != reference.version():
        reference.use(reference.Added(version, vocabulary.cancers(), vocabulary.terms()))
    db.session.rollback()


class VocabularyWatch:
    """Looks now and then whether there is a newer vocabulary, so that a running process follows an import."""

    def __init__(self, app: Flask) -> None:
        self._due = 0.0
        self._lock = Lock()
        app.before_request(self._look_before_a_page)

    def _look_before_a_page(self) -> None:
        """Only where a page is read: looking must not wait for SQLite's one writer."""
        if request.method in READING and request.endpoint != "static":
            self.look()

    def look(self) -> None:
        """Take up the latest vocabulary if the last look is some seconds old; a database that fails changes nothing."""
        with self._lock:
            if monotonic() < self._due:
                return
            self._due = monotonic() + EVERY_SECONDS
        try:
            take_up_vocabulary()
        except SQLAlchemyError as error:
            current_app.logger.warning("The vocabulary could not be looked up: %s", type(error).__name__)
        finally:
            db.session.rollback()
