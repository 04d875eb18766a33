"""Where the files of a request lie: one small interface, so that a folder can give way to another kind of store."""

from referral.sealing import KeyRing
from referral.settings import Settings
from referral.storage.base import DocumentStore, Stored, TooLarge
from referral.storage.folder import FolderStore

__all__ = ["DocumentStore", "Stored", "TooLarge", "document_store"]


def document_store(settings: Settings, ring: KeyRing) -> DocumentStore:
    """The store of this installation: a folder under DATA_DIR that no web server serves, its files sealed."""
    return FolderStore(settings.data_dir / "documents", ring)
