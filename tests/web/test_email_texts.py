import re
from pathlib import Path

import pytest
from flask import Flask, render_template

from referral.services.act import TOLD, TOLD_TO_OFFICE
from referral.store.deliveries import TO_OFFICE

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "email"
NAMES = sorted({TO_OFFICE, "received", *TOLD.values(), *TOLD_TO_OFFICE.values()})
GIVES_AWAY = ("cancer", "tumor", "tumour", "oncolog", "diagnos", "chemo", "surgery", "radiation")
FACTS = {
    "reference": "SO-7K3M-92QX",
    "link": "https://referrals.example/track/abc",
    "track_url": "https://referrals.example/track",
}


def rendered(name: str, part: str, demo: bool = False) -> str:
    return render_template(f"email/{name}/{part}.txt", demo=demo, **FACTS)


def test_every_message_the_service_sends_has_its_texts_and_no_text_is_left_over() -> None:
    assert sorted(folder.name for folder in FOLDER.iterdir()) == NAMES
    for name in NAMES:
        assert sorted(file.name for file in (FOLDER / name).iterdir()) == ["body.txt", "subject.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_a_subject_is_one_short_line(app: Flask, name: str) -> None:
    subject = rendered(name, "subject").strip()
    assert 10 < len(subject) <= 70
    assert "\n" not in subject


@pytest.mark.parametrize("name", NAMES)
def test_a_message_says_nothing_of_the_illness(app: Flask, name: str) -> None:
    words = f"{rendered(name, 'subject')} {rendered(name, 'body')}".lower()
    assert not [word for word in GIVES_AWAY if word in words]


@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_calm_and_complete(app: Flask, name: str) -> None:
    body = rendered(name, "body")
    assert "!" not in body + rendered(name, "subject")
    assert FACTS["reference"] in body
    assert "This is not an emergency service." in body
    assert not re.search(r"\n{3}|[ \t]\n", body)
    assert max(len(sentence.split()) for sentence in re.split(r"[.?:]\s", body)) <= 32


@pytest.mark.parametrize("name", NAMES)
def test_links_are_whole_and_stand_alone_on_their_line(app: Flask, name: str) -> None:
    lines = rendered(name, "body").splitlines()
    assert FACTS["link"] in lines
    assert all(line in FACTS.values() for line in lines if "://" in line)
    assert not [line for line in lines if re.search(r"(^|\s)/\w", line)]


@pytest.mark.parametrize("name", NAMES)
def test_only_the_demo_says_that_it_is_one(app: Flask, name: str) -> None:
    assert "demonstration" in rendered(name, "body", demo=True)
    assert "demonstration" not in rendered(name, "body")
