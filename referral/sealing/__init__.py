"""Personal data under lock: values of the database and files, sealed with keys that lie outside of both."""

from referral.sealing.keys import Key, KeyRing, SealingError, UnknownKey, key_ring
from referral.sealing.values import Place, blind, blinds, is_sealed, key_id_of, open_sealed, seal

__all__ = [
    "Key",
    "KeyRing",
    "Place",
    "SealingError",
    "UnknownKey",
    "blind",
    "blinds",
    "is_sealed",
    "key_id_of",
    "key_ring",
    "open_sealed",
    "seal",
]
