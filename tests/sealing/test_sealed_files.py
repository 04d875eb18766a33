"""Files under seal: whole or refused, read from anywhere, in little memory."""

import io
import os
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import BinaryIO

import pytest

from referral.sealing import KeyRing, SealingError, UnknownKey
from referral.sealing.files import PIECE, Sealer, opened, scratch
from referral.storage.folder import FolderStore

KEYS = [urlsafe_b64encode(os.urandom(32)).decode() for _ in range(2)]
RING = KeyRing(KEYS[:1])
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 500]
HEAD = 48


def sealed(content: bytes, name: str = "one", ring: KeyRing = RING) -> bytes:
    target = io.BytesIO()
    sealer = Sealer(ring, target, name)
    for start in range(0, len(content), 1000):
        sealer.write(content[start : start + 1000])
    sealer.end()
    return target.getvalue()


def read(raw: bytes, name: str = "one", ring: KeyRing = RING) -> bytes:
    with opened(ring, io.BytesIO(raw), name) as file:
        return file.read()


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_whole(size: int) -> None:
    content = os.urandom(size)
    assert read(sealed(content)) == content


def test_a_file_is_read_from_anywhere() -> None:
    content = os.urandom(3 * PIECE + 500)
    with opened(RING, io.BytesIO(sealed(content)), "one") as file:
        assert file.seek(0, io.SEEK_END) == len(content)
        for start in (PIECE - 3, 0, 2 * PIECE + 1, len(content) - 2, len(content) + 10):
            file.seek(start)
            assert file.read(10) == content[start : start + 10]


@pytest.mark.parametrize("size", [1, PIECE, 3 * PIECE, 3 * PIECE + 500])
def test_a_file_that_was_cut_off_is_refused_when_it_is_opened(size: int) -> None:
    raw = sealed(os.urandom(size))
    for length in (length for length in (len(raw) - 1, len(raw) - 17, HEAD + PIECE + 16, 20, 0) if length < len(raw)):
        with pytest.raises(SealingError):
            read(raw[:length])


def test_pieces_that_changed_places_are_refused() -> None:
    raw, whole = sealed(os.urandom(3 * PIECE)), PIECE + 16
    first, second = raw[HEAD : HEAD + whole], raw[HEAD + whole : HEAD + 2 * whole]
    with pytest.raises(SealingError):
        read(raw[:HEAD] + second + first + raw[HEAD + 2 * whole :])


def test_a_file_in_the_place_of_another_is_refused() -> None:
    with pytest.raises(SealingError, match="two"):
        read(sealed(b"a finding"), "two")


def test_a_file_that_is_not_sealed_is_refused() -> None:
    with pytest.raises(SealingError, match="is not sealed"):
        read(b"%PDF-1.7 put there by somebody else, long enough to have a head")


def test_a_file_under_an_unknown_key_names_it() -> None:
    with pytest.raises(UnknownKey, match=f"The file one is sealed with the key {RING.first.id}"):
        read(sealed(b"a finding"), ring=KeyRing(KEYS[1:]))


def test_the_store_seals_anew_and_opens_again(tmp_path: Path) -> None:
    store, content = FolderStore(tmp_path, RING), os.urandom(PIECE + 9)
    kept = store.put(io.BytesIO(content), 10**6)
    plain = tmp_path / "ab" / ("ab" * 16)
    plain.parent.mkdir()
    plain.write_bytes(b"%PDF from before files were sealed")
    os.utime(plain, (1, 1))
    newer = FolderStore(tmp_path, KeyRing(KEYS[::-1]))

    assert sorted(newer.seal_all()) == sorted([kept.key, plain.name])
    assert list(newer.seal_all()) == []
    assert set(newer.keys_used()) == {KeyRing(KEYS[1:]).first.id}
    only_new = FolderStore(tmp_path, KeyRing(KEYS[1:]))
    with only_new.open(kept.key) as one, only_new.open(plain.name) as other:
        assert (one.read(), other.read()) == (content, b"%PDF from before files were sealed")
    assert plain.stat().st_mtime == 1

    assert len(list(only_new.open_all())) == 2
    assert (tmp_path / kept.key[:2] / kept.key).read_bytes() == content


def test_scratch_files_hold_nothing_readable(tmp_path: Path) -> None:
    path, content = tmp_path / "scratch", b"Maria Sample " * 20_000
    target: BinaryIO = path.open("w+b", buffering=0)
    with scratch(target) as file:
        file.write(content)
        file.seek(PIECE + 3)
        file.write(b"changed")
        file.seek(0)
        assert file.read() == content[: PIECE + 3] + b"changed" + content[PIECE + 10 :]
        assert file.seek(0, io.SEEK_END) == len(content)
        assert b"Maria" not in path.read_bytes()
    assert target.closed
