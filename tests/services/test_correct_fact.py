from datetime import timedelta

import pytest
from flask import Flask

from referral.domain.errors import InvalidInput, NotAllowed, NotFound
from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import Practitioner, PractitionerRole
from referral.services.correct_fact import About, bring_back, correct, empty, retire, withdraw
from referral.services.fact_fields import FactField, fields_of
from referral.services.facts import Fact, facts
from referral.store.field_changes import Cause
from referral.store.settled import Speaker, Word, take
from tests.factories import NOW, make_organization, make_role
from tests.services.steward_rows import BY, make_import, make_word

WHY = "Called the office on 20 November."


def field(name: str, subject: Subject = Subject.ROLE) -> FactField:
    return next(each for each in fields_of(subject) if each.name == name)


def about(role: PractitionerRole, why: str = WHY) -> About:
    return About(Subject.ROLE, role.id, BY, why)


def fact(role: PractitionerRole, name: str) -> Fact:
    return facts(Subject.ROLE, role.id).fact(name)


@pytest.fixture
def role(app: Flask) -> PractitionerRole:
    """A place of work of which two sources say different things."""
    made = make_role(phone="617-555-0100", line1="1 Old Wharf")
    brought = make_import()
    address = {"line1": "12 Quay Road", "city": "Boston", "state": "MA", "postcode": "02115"}
    make_word(Subject.ROLE, made.id, "clinicians", {"npi": made.npi, "phone": "617-555-0142", **address}, brought, 77)
    make_word(Subject.ROLE, made.id, "nppes", {"npi": made.npi, "phone": "617-555-0199"}, brought, 1204)
    db.session.commit()
    return made


def test_a_correction_counts_before_every_other_source_and_leaves_their_words(role: PractitionerRole) -> None:
    correct(about(role), field("phone"), {"phone": "617-555-0177"}, NOW)
    assert role.phone == "617-555-0177"
    shown = fact(role, "phone")
    assert shown.corrected
    others = {each.source: each.values["phone"] for each in shown.others}
    assert (others["clinicians"], others["nppes"]) == ("617-555-0142", "617-555-0199")
    assert shown.act is not None
    assert (shown.act.new["by"], shown.act.new["why"]) == (BY, WHY)


def test_a_later_import_does_not_undo_a_correction(role: PractitionerRole) -> None:
    correct(about(role), field("phone"), {"phone": "617-555-0177"}, NOW)
    later = make_import(finished_at=NOW + timedelta(days=30))
    make_word(Subject.ROLE, role.id, "clinicians", {"npi": role.npi, "phone": "617-555-0143"}, later, 78)
    assert role.phone == "617-555-0177"


def test_a_correction_taken_back_leaves_what_the_others_say(role: PractitionerRole) -> None:
    correct(about(role), field("phone"), {"phone": "617-555-0177"}, NOW)
    correct(about(role), field("wait_days"), {"wait_days": "9"}, NOW)
    withdraw(about(role), field("phone"), NOW)
    assert (role.phone, role.wait_days) == ("617-555-0142", 9)
    withdraw(about(role), field("wait_days"), NOW)
    assert role.wait_days is None
    assert role.retired_at is None


def test_what_was_and_what_is_stand_in_the_log(role: PractitionerRole) -> None:
    correct(about(role), field("phone"), {"phone": "617-555-0177"}, NOW)
    newest = facts(Subject.ROLE, role.id).changes[0]
    assert (newest.field, newest.old, newest.new, newest.source) == (
        "phone", "617-555-0142", "617-555-0177", "steward",
    )  # fmt: skip


def test_an_address_is_corrected_as_one_and_its_place_follows_from_the_zip_code(role: PractitionerRole) -> None:
    typed = {"line1": "5 Elm Street", "city": "Chicago", "state": "IL", "postcode": "60611", "country": ""}
    correct(about(role), field("address"), typed, NOW)
    assert (role.line1, role.city, role.postcode, role.country) == ("5 Elm Street", "Chicago", "60611", "US")
    assert role.precision == "postcode"
    assert role.latitude == pytest.approx(41.9, abs=0.2)


@pytest.mark.parametrize(
    "name, typed, at",
    [
        ("phone", {"phone": "  "}, "phone"),
        ("phone", {"phone": "1" * 51}, "phone"),
        ("phone", {"phone": "617\n555"}, "phone"),
        ("wait_days", {"wait_days": "soon"}, "wait_days"),
        ("address", {"line1": "", "city": "", "state": "", "postcode": "", "country": "US"}, "line1"),
        ("address", {"line1": "1 Elm", "city": "Boston", "state": "MA", "postcode": "ABC", "country": ""}, "postcode"),
        ("channel", {"channel": "email", "channel_address": "nobody"}, "channel_address"),
        ("channel", {"channel": "webhook", "channel_address": "http://harbor.example/x"}, "channel_address"),
        ("organization_id", {"organization_id": "org-that-is-none"}, "organization_id"),
        ("assured", {"assured_on": "2026-11-01"}, "assured"),
    ],
)
def test_a_correction_that_says_nothing_usable_is_refused_at_its_input(
    role: PractitionerRole, name: str, typed: dict[str, str], at: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        correct(about(role), field(name), typed, NOW)
    assert [problem.field for problem in refused.value.problems] == [at]


def test_a_correction_without_a_reason_is_refused(role: PractitionerRole) -> None:
    with pytest.raises(InvalidInput) as refused:
        correct(about(role, " "), field("phone"), {"phone": "617-555-0177"}, NOW)
    assert [problem.field for problem in refused.value.problems] == ["why"]
    assert role.phone == "617-555-0142"


def test_nobody_is_corrected_who_is_not_in_the_directory(app: Flask) -> None:
    with pytest.raises(NotFound):
        correct(About(Subject.ROLE, "role-of-nobody", BY, WHY), field("phone"), {"phone": "617-555-0177"}, NOW)


def in_use(role: PractitionerRole) -> bool:
    return role.retired_at is None


def test_whoever_is_out_of_use_stays_so_whatever_comes_and_can_be_brought_back(role: PractitionerRole) -> None:
    correct(about(role), field("phone"), {"phone": "617-555-0177"}, NOW)
    retire(about(role), NOW)
    assert not in_use(role)
    make_word(Subject.ROLE, role.id, "clinicians", {"npi": role.npi, "phone": "617-555-0150"}, make_import(), 5)
    assert not in_use(role)
    bring_back(about(role), NOW)
    assert in_use(role)
    assert role.phone == "617-555-0177"


def test_a_specialist_out_of_use_takes_the_places_of_work_along(role: PractitionerRole) -> None:
    person = About(Subject.PRACTITIONER, role.npi, BY, WHY)
    retire(person, NOW)
    gone = db.session.get(Practitioner, role.npi)
    assert gone is not None
    assert (gone.retired_at, role.retired_at) == (NOW, NOW)
    bring_back(person, NOW)
    assert [each.retired_at for each in (gone, role)] == [None, None]


def test_somebody_whom_no_source_has_any_more_can_be_brought_back(role: PractitionerRole) -> None:
    retire(about(role), NOW)
    withdraw_all_sources(role)
    bring_back(about(role), NOW)
    assert role.retired_at is None


def withdraw_all_sources(role: PractitionerRole) -> None:
    for source in ("clinicians", "nppes", "test"):
        end_word(role, source)


def end_word(role: PractitionerRole, source: str) -> None:
    take(Subject.ROLE, {role.id: Word({}, ended=True)}, Speaker(source, NOW.date(), Cause(NOW)))
    db.session.commit()


def test_sources_that_differ_are_told_apart_from_sources_that_agree(role: PractitionerRole) -> None:
    assert fact(role, "phone").disputed
    assert fact(role, "phone").rule == "The sources differ: the one that stands first in the order counts."
    make_word(Subject.ROLE, role.id, "nppes", {"npi": role.npi, "phone": "617-555-0142"}, make_import(), 9)
    make_word(Subject.ROLE, role.id, "test", {"npi": role.npi, "phone": "617-555-0142"}, make_import(), 9)
    assert not fact(role, "phone").disputed
    assert fact(role, "phone").rule == "All sources agree."


def test_a_row_of_which_no_word_is_kept_is_the_word_of_its_source(app: Flask) -> None:
    made = make_role(phone="617-555-0100")
    shown = fact(made, "phone")
    assert shown.decided is not None
    assert (shown.decided.source, shown.rule) == ("test", "It is the only source that says anything.")


def test_organizations_are_named_where_a_place_of_work_belongs_to_one(app: Flask) -> None:
    made = make_role(organization=make_organization(name="Harbor Cancer Centre"))
    assert fact(made, "organization_id").values["organization_name"] == "Harbor Cancer Centre"


@pytest.mark.parametrize("subject", [Subject.ROLE, Subject.PRACTITIONER])
def test_a_correction_of_a_made_up_row_leaves_the_rest_of_it(app: Flask, subject: Subject) -> None:
    role = make_role(phone="617-555-0100", line1="1 Old Wharf")
    role.source = role.practitioner.source = "demo"
    db.session.commit()
    if subject is Subject.ROLE:
        correct(about(role), field("phone"), {"phone": "617-555-0177"}, NOW)
    else:
        correct(About(subject, role.npi, BY, WHY), field("credential", subject), {"credential": "DO"}, NOW)
    assert (role.line1, role.city, role.practitioner.family) == ("1 Old Wharf", "Boston", "Rivera")


def test_a_correction_keeps_nobody_in_use_whom_no_source_has_any_more(role: PractitionerRole) -> None:
    person = About(Subject.PRACTITIONER, role.npi, BY, WHY)
    correct(person, field("credential", Subject.PRACTITIONER), {"credential": "DO"}, NOW)
    correct(about(role), field("phone"), {"phone": "617-555-0177"}, NOW)
    withdraw_all_sources(role)
    assert not in_use(role)
    assert (role.phone, role.line1) == ("617-555-0177", "12 Quay Road")
    cause = Cause(NOW)
    take(Subject.PRACTITIONER, {role.npi: Word({}, ended=True)}, Speaker("test", NOW.date(), cause))
    db.session.commit()
    assert role.practitioner.retired_at is not None
    assert role.practitioner.family == "Rivera"


def test_what_nobody_knows_is_empty_until_it_is_corrected_or_taken_back(role: PractitionerRole) -> None:
    empty(about(role), field("phone"), NOW)
    assert role.phone == ""
    shown = fact(role, "phone")
    assert shown.corrected
    assert [each.values["phone"] for each in shown.others if each.source == "clinicians"] == ["617-555-0142"]
    make_word(Subject.ROLE, role.id, "clinicians", {"npi": role.npi, "phone": "617-555-0143"}, make_import(), 78)
    assert role.phone == ""
    correct(about(role), field("phone"), {"phone": "617-555-0177"}, NOW)
    assert role.phone == "617-555-0177"
    empty(about(role), field("phone"), NOW)
    withdraw(about(role), field("phone"), NOW)
    assert role.phone == "617-555-0143"


def test_a_name_cannot_be_empty(role: PractitionerRole) -> None:
    person = About(Subject.PRACTITIONER, role.npi, BY, WHY)
    with pytest.raises(NotAllowed, match="Family name"):
        empty(person, field("family", Subject.PRACTITIONER), NOW)
    with pytest.raises(InvalidInput):
        empty(about(role, why=""), field("phone"), NOW)
    assert role.practitioner.family == "Rivera"
