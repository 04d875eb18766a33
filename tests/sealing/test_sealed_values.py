"""Values under seal: bound to their place, found by index, changed by nobody unnoticed."""

import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest

from referral.sealing import (
    KeyRing,
    Place,
    SealingError,
    UnknownKey,
    blinds,
    key_id_of,
    normal_forms,
    open_sealed,
    seal,
)
from referral.sealing.key_file import add_key, held, keep_only
from referral.sealing.keys import key_of

HERE = Place("patient", "given", "5b1c")


def new_key() -> str:
    return urlsafe_b64encode(os.urandom(32)).decode()


RING = KeyRing((new_key(),))


@pytest.mark.parametrize("plain", ["M", "Maria", "Ñandú 李", "\x00", "\x80\0\0", "x" * 31, "x" * 32, "long " * 5_000])
def test_what_is_sealed_comes_back_and_cannot_be_read_before(plain: str) -> None:
    sealed = seal(RING, plain, HERE)
    assert open_sealed(RING, sealed, HERE) == plain
    assert len(plain) < 6 or plain not in sealed


def test_the_same_twice_looks_different_and_short_answers_are_of_one_length() -> None:
    sealed = [seal(RING, plain, HERE) for plain in ("yes", "yes", "only in part")]
    assert len(set(sealed)) == 3
    assert len(set(map(len, sealed))) == 1


@pytest.mark.parametrize("there", [HERE._replace(row="77aa"), HERE._replace(column="family"), HERE._replace(table="x")])
def test_a_value_that_is_moved_is_found_out(there: Place) -> None:
    sealed = seal(RING, "Maria", HERE)
    with pytest.raises(SealingError, match=f"{there} was not sealed for this place"):
        open_sealed(RING, sealed, there)


@pytest.mark.parametrize("at", [13, 40, -4])
def test_a_changed_letter_is_found_out(at: int) -> None:
    sealed = seal(RING, "Maria", HERE)
    changed = "A" if sealed[at] != "A" else "B"
    with pytest.raises(SealingError):
        open_sealed(RING, sealed[:at] + changed + sealed[at:][1:], HERE)


@pytest.mark.parametrize("text", ["Maria", "s1.", "s1.0123456789", "s1.zzzzzzzz.not base64"])
def test_what_is_no_sealed_value_is_refused(text: str) -> None:
    with pytest.raises(SealingError):
        open_sealed(RING, text, HERE)


def test_the_empty_text_stays_empty() -> None:
    assert seal(RING, "", HERE) == open_sealed(RING, "", HERE) == ""
    assert blinds(RING, "patient.email_index", "") == []


def test_an_unknown_key_is_named_with_table_column_and_row() -> None:
    sealed = seal(RING, "Maria", HERE)
    with pytest.raises(UnknownKey) as error:
        open_sealed(KeyRing((new_key(),)), sealed, HERE)
    assert str(error.value) == (
        f"patient.given of row 5b1c is sealed with the key {key_id_of(sealed)}, which is not among FIELD_KEYS"
    )


def test_the_first_key_seals_and_every_key_opens() -> None:
    old, new = new_key(), new_key()
    sealed = seal(KeyRing((old,)), "Maria", HERE)
    ring = KeyRing((new, old))
    assert open_sealed(ring, sealed, HERE) == "Maria"
    assert key_id_of(seal(ring, "Maria", HERE)) == key_of(new).id
    assert len(blinds(ring, "patient.email_index", "maria@sample.example")) == 2


def test_an_index_tells_columns_apart_and_nothing_of_the_key() -> None:
    one, two = (blinds(RING, f"patient.{name}", "x")[0] for name in ("email_index", "phone_index"))
    assert one != two
    assert urlsafe_b64decode(new_key()) not in one.encode()


def test_normal_forms() -> None:
    assert normal_forms.email(" Maria@Sample.example ") == "maria@sample.example"
    assert normal_forms.phone("+1 (617) 555-0123") == normal_forms.phone("617 555 0123") == "6175550123"


def key_file_in(folder: Path) -> Path:
    path = folder / "field_keys"
    path.write_text(new_key() + "\n")
    return path


def test_a_running_process_takes_up_a_new_key_from_the_file(tmp_path: Path) -> None:
    path = key_file_in(tmp_path)
    ring = KeyRing((path.read_text().strip(),), path)
    before = ring.first.id
    add_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    until = time.monotonic() + 5
    while ring.first.id == before and time.monotonic() < until:
        time.sleep(0.1)
    assert [key.id for key in ring.known()][1:] == [before]


def test_a_value_under_a_key_of_another_process_is_opened_at_once(tmp_path: Path) -> None:
    path = key_file_in(tmp_path)
    slow, quick = (KeyRing((path.read_text().strip(),), path) for _ in range(2))
    assert slow.known() == quick.known()
    add_key(path)
    quick.look()
    assert open_sealed(slow, seal(quick, "Maria", HERE), HERE) == "Maria"


def test_a_key_that_is_taken_out_opens_nothing_any_more(tmp_path: Path) -> None:
    path = key_file_in(tmp_path)
    ring = KeyRing((path.read_text().strip(),), path)
    sealed = seal(ring, "Maria", HERE)
    add_key(path)
    ring.look()
    keep_only(path, {ring.first.id})
    ring.look()
    with pytest.raises(UnknownKey):
        open_sealed(ring, sealed, HERE)


def test_a_key_file_that_is_damaged_leaves_the_keys_as_they_are(tmp_path: Path) -> None:
    path = key_file_in(tmp_path)
    ring = KeyRing((path.read_text().strip(),), path)
    before = ring.known()
    path.write_text("no key\n")
    ring.look()
    assert ring.known() == before


def test_one_process_at_a_time_changes_the_keys(tmp_path: Path) -> None:
    path = key_file_in(tmp_path)
    with held(path), pytest.raises(SealingError, match="by another process"), held(path):
        pass
