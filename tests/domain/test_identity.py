"""Whether two sources speak of the same organization, the same role, the same person."""

import random
import time
from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.identity import (
    Candidate,
    Match,
    MatchState,
    Organizations,
    RolePlace,
    SaidRole,
    role_ids,
    role_match,
    same_roles,
)
from referral.domain.officials import Specialist, family_key, family_keys, official_match
from referral.domain.organization_names import spellings, street_key, telling, zip_key
from tests.domain.organization_pairs import Named, pairs

PAIRS = list(pairs())
WANTED = {"same": MatchState.SURE, "different": MatchState.NEW, "ask": MatchState.SUGGESTED}
HARBOR = Candidate("harbor", "Harbor Cancer Center", "1 Larkspur Road", "Boston", "MA", "02115")


def candidate(named: Named, organization_id: str = "theirs") -> Candidate:
    return Candidate(
        organization_id, named.name, named.line1, named.city, named.state, named.postcode, named.ccn
    )  # fmt: skip


def judged() -> list[tuple[str, MatchState, str]]:
    """What was judged by hand, what the rule says, and the two names; each pair from both sides."""
    both = [(what, *sides) for what, a, b in PAIRS for sides in ((a, b), (b, a))]
    return [(what, Organizations([candidate(b)]).match(a).state, f"{a.name} | {b.name}") for what, a, b in both]


def test_sixty_pairs_were_judged_by_hand() -> None:
    assert Counter(what for what, _, _ in PAIRS) == {"same": 24, "different": 22, "ask": 14}


def test_no_two_organizations_are_taken_for_one_without_asking() -> None:
    assert [names for what, state, names in judged() if what != "same" and state is MatchState.SURE] == []


def test_no_two_different_organizations_are_put_before_a_person() -> None:
    assert [names for what, state, names in judged() if what == "different" and state is not MatchState.NEW] == []


def test_every_pair_that_is_the_same_is_known_without_asking() -> None:
    assert [names for what, state, names in judged() if what == "same" and state is not MatchState.SURE] == []


def test_almost_every_doubtful_pair_is_put_before_a_person() -> None:
    missed = {names for what, state, names in judged() if what == "ask" and state is not MatchState.SUGGESTED}

    # Two campuses under one roof: taken for two, which is the safe mistake.
    assert {" ".join(names.split()[:3]) for names in missed} <= {"Mayo Clinic Hospital"}
    assert len(missed) <= 2


def test_a_match_says_why_in_words() -> None:
    by_ccn = Organizations([replace(HARBOR, ccn="050146")]).match(replace(HARBOR, name="Other", ccn="50146"))
    by_name = Organizations([HARBOR]).match(replace(HARBOR, name="HARBOR CANCER CENTRE, INC."))

    assert by_ccn == Match("harbor", 1.0, MatchState.SURE, ("the same certification number (CCN) 50146",))
    assert by_name.reasons == ("the same name, “harbor cancer center”", "the same ZIP code")
    assert Organizations([]).match(HARBOR) == Match(
        None, 0.0, MatchState.NEW, ("no organization of this name, or of one much alike, at this place",)
    )


def test_different_certification_numbers_stand_against_the_same_name() -> None:
    match = Organizations([replace(HARBOR, ccn="220071")]).match(replace(HARBOR, ccn="050146"))

    assert match.state is MatchState.SUGGESTED
    assert match.reasons[-1] == "but they have different certification numbers (CCN)"


def test_a_name_that_every_city_has_needs_the_same_zip_code_or_street() -> None:
    common = replace(HARBOR, name="Oncology Associates")

    assert Organizations([common]).match(common).state is MatchState.SURE
    elsewhere = replace(common, postcode="02118", line1="9 Elm Street")
    assert Organizations([common]).match(elsewhere).state is MatchState.SUGGESTED
    assert Organizations([common]).match(replace(common, postcode="02118")).state is MatchState.SURE


def test_where_two_organizations_fit_equally_a_person_decides() -> None:
    match = Organizations([HARBOR, replace(HARBOR, organization_id="another")]).match(HARBOR)

    assert (match.state, match.organization_id) == (MatchState.SUGGESTED, "another")
    assert match.reasons[-1] == "but several organizations fit"


def test_the_same_zip_code_goes_before_the_same_city() -> None:
    near, far = HARBOR, replace(HARBOR, organization_id="a-branch", postcode="02118")

    assert Organizations([far, near]).match(HARBOR).organization_id == "harbor"


def test_an_alias_counts_like_the_name() -> None:
    renamed = replace(HARBOR, name="Larkspur Institute", aliases=("Harbor Cancer Center",))

    assert Organizations([renamed]).match(HARBOR).state is MatchState.SURE


def test_an_organization_added_later_is_found() -> None:
    held = Organizations()
    before = held.match(HARBOR)
    held.add(HARBOR)

    assert (before.state, held.match(HARBOR).state) == (MatchState.NEW, MatchState.SURE)


@given(st.permutations([candidate(b, str(at)) for at, (_, _, b) in enumerate(PAIRS)]), st.sampled_from(PAIRS))
def test_the_order_of_the_candidates_does_not_matter(shuffled: list[Candidate], pair: tuple[str, Named, Named]) -> None:
    in_order = sorted(shuffled, key=lambda each: int(each.organization_id))

    assert Organizations(shuffled).match(pair[1]) == Organizations(in_order).match(pair[1])


NAME_WORDS = ["Harbor", "of", "St", "Mary's", "&", "M.D.", "Univ.", "Cancer", "Ctr", "Hospital"]


@given(st.lists(st.sampled_from(NAME_WORDS), min_size=1))
def test_capitals_articles_and_legal_forms_make_no_other_name(words: list[str]) -> None:
    name = " ".join(words)

    assert spellings(f"The {name}, Inc.") == spellings(name.upper()) == spellings(name)


def test_ten_thousand_mentions_meet_ten_thousand_organizations_in_seconds() -> None:
    chance = random.Random(5)
    words = [f"{a}{b}" for a in ("Lake", "Cedar", "Silver", "Stone", "High") for b in ("wood", "side", "view", "ton")]
    kinds = ("Medical Center", "Hospital", "Cancer Center", "Oncology Associates", "Clinic")
    cities = [(f"City {number % 250}", f"{10_000 + number % 250}") for number in range(1000)]

    def made_up(number: int) -> Candidate:
        city, zip_code = chance.choice(cities)
        name = f"{chance.choice(words)} {chance.choice(words)} {chance.choice(kinds)}"
        return Candidate(str(number), name, f"{number} Main St", city, "OH", zip_code)

    held = [made_up(number) for number in range(10_000)]
    mentions = [replace(each, name=f"THE {each.name.upper()}, INC.") for each in held]
    began = time.process_time()
    organizations = Organizations(held)
    found = [organizations.match(mention) for mention in mentions]

    assert time.process_time() - began < 5
    assert not [match for match in found if match.state is MatchState.NEW]


@pytest.mark.parametrize(
    "written, plain",
    [
        ("HOSPITAL OF THE UNIV. OF PENNSYLVANIA", "university pennsylvania hospital"),
        ("The Brigham & Women’s Hospital, Inc.", "brigham women hospital"),
        ("Department of Medicine, St. Mary's Med Ctr", "saint marys medical center"),
        ("Jonsson Comprehensive Cancer Center (UCLA)", "jonsson comprehensive cancer center"),
        ("M. D. Anderson Cancer Centre", "md anderson cancer center"),
        ("Hôpital Général", "hopital general"),
        ("Inc", "inc"),
        ("", ""),
    ],
)
def test_a_name_is_brought_to_plain_words(written: str, plain: str) -> None:
    assert (*spellings(written), "")[0] == plain


def test_a_company_that_does_business_under_another_name_has_two() -> None:
    assert spellings("JONES MD PA DBA LAKESIDE CANCER CARE") == ("jones md", "lakeside cancer care")


def test_what_tells_an_organization_is_neither_its_kind_nor_its_place() -> None:
    assert telling("boston medical center", "boston", "MA") == ""
    assert telling("texas oncology", "houston", "TX") == ""
    assert telling("loma linda va medical center", "loma linda", "CA") == "va"


@pytest.mark.parametrize(
    "left, right",
    [
        ("55 LAKE AVE NW, 2nd Floor", "55 Lake Avenue Northwest"),
        ("1 Larkspur Rd Suite 200", "1 larkspur road"),
        ("900 N. Main St. # 4B", "900 North Main Street"),
    ],
)
def test_streets_are_compared_without_their_suites(left: str, right: str) -> None:
    assert street_key(left) == street_key(right) != ""


def test_a_line_without_a_number_is_no_street_to_compare() -> None:
    assert street_key("Medical Arts Building") == ""


@pytest.mark.parametrize(
    "written, five", [("02115-6013", "02115"), ("2115", "02115"), ("21156013", "02115"), ("M5T 2S8", ""), ("", "")]
)
def test_zip_codes_are_compared_by_five_digits(written: str, five: str) -> None:
    assert zip_key(written) == five


ROLE = RolePlace("nppes:1", "1", "harbor", "1 Larkspur Road, Suite 4", "Boston", "MA", "02115")


@pytest.mark.parametrize(
    "other, same",
    [
        (RolePlace("x", "1", None, "1 LARKSPUR RD", "Boston", "MA", "021156013"), True),
        (RolePlace("x", "1", "harbor", "77 Elm Street", "Boston", "MA", "02118"), True),
        (RolePlace("x", "1", "harbor"), True),
        (RolePlace("x", "1", "harbor", "5 Oak Street", "Worcester", "MA", "01605"), False),
        (RolePlace("x", "1", None, "77 Elm Street", "Boston", "MA", "02115"), False),
        (RolePlace("x", "1", None), False),
        (RolePlace("x", "2", "harbor", "1 Larkspur Road", "Boston", "MA", "02115"), False),
    ],
)
def test_a_role_is_the_same_specialist_at_the_same_street_or_organization(other: RolePlace, same: bool) -> None:
    assert role_match(ROLE, [other]).role_id == ("x" if same else None)
    assert role_match(other, [ROLE]).role_id == ("nppes:1" if same else None)


def test_somebody_who_moved_has_a_new_role_and_no_role_is_its_own_double() -> None:
    moved = RolePlace("nppes:1-new", "1", "valley", "9 Pine Street", "Denver", "CO", "80218")

    assert role_match(moved, [ROLE]).role_id is None
    assert role_match(ROLE, [ROLE]).role_id is None


LAKE = ("55 Lake Ave NW, 2nd Floor", "Boston", "MA", "02115")
CLINICIANS = SaidRole("clinicians", RolePlace("clinicians:1:a", "1", "group", "55 LAKE AVENUE NW", *LAKE[1:]))
PLAN_NET = SaidRole("plan-net:EAST", RolePlace("plan-net:r1", "1", "group", *LAKE))
REGISTRY = SaidRole("nppes", RolePlace("nppes:1", "1", None, "Lake Avenue Medical Building", *LAKE[1:]))
ELSEWHERE = SaidRole("clinicians", RolePlace("clinicians:1:b", "1", "group", "9 Pine Street", "Denver", "CO", "80218"))
NEARBY = SaidRole("clinicians", RolePlace("clinicians:1:c", "1", "other", "7 Elm Street", "Boston", "MA", "02115"))


def grouped(*said: SaidRole) -> list[set[str]]:
    """The sources' own ids of each role."""
    return [{each.place.role_id for each in group} for group in same_roles(said)]


def test_three_sources_mean_one_role_in_whatever_order_they_speak() -> None:
    ways = [grouped(*said) for said in permutations((CLINICIANS, PLAN_NET, REGISTRY, ELSEWHERE))]

    assert all(way == ways[0] for way in ways)
    assert ways[0] == [{"plan-net:r1", "clinicians:1:a", "nppes:1"}, {"clinicians:1:b"}]


def test_the_registrys_place_is_the_only_role_of_its_zip_code_or_a_role_of_its_own() -> None:
    assert grouped(CLINICIANS, REGISTRY) == [{"clinicians:1:a", "nppes:1"}]
    assert grouped(CLINICIANS, NEARBY, REGISTRY) == [{"clinicians:1:a"}, {"clinicians:1:c"}, {"nppes:1"}]
    assert grouped(ELSEWHERE, REGISTRY) == [{"clinicians:1:b"}, {"nppes:1"}]


def test_one_source_means_two_roles_with_two_statements() -> None:
    second = replace(CLINICIANS, place=replace(CLINICIANS.place, role_id="clinicians:1:z"))

    assert grouped(CLINICIANS, second, PLAN_NET) == [{"plan-net:r1", "clinicians:1:a"}, {"clinicians:1:z"}]


def test_two_roles_with_referrals_stay_two() -> None:
    ours = replace(CLINICIANS, held="r1", referred=True)

    assert len(grouped(ours, replace(PLAN_NET, held="r2", referred=True))) == 2
    assert len(grouped(ours, replace(PLAN_NET, held="r2"))) == 1
    assert len(grouped(ours, replace(PLAN_NET, held="r1", referred=True))) == 1


def test_a_role_keeps_the_id_it_was_given_first_and_one_with_referrals_keeps_its_own() -> None:
    first, later = replace(REGISTRY, held="nppes:1", since=1), replace(CLINICIANS, held="clinicians:1:a", since=2)

    assert role_ids([[PLAN_NET, later, first]]) == ["nppes:1"]
    assert role_ids([[PLAN_NET, replace(later, referred=True), first]]) == ["clinicians:1:a"]
    assert role_ids([[PLAN_NET]]) == [None]


def test_of_a_role_that_became_two_the_first_in_rank_keeps_the_id() -> None:
    held = [[replace(CLINICIANS, held="nppes:1")], [replace(REGISTRY, held="nppes:1")]]

    assert role_ids(held) == ["nppes:1", None]


def test_a_role_of_a_folder_made_for_this_directory_keeps_the_folders_id() -> None:
    native = SaidRole("native:EAST", RolePlace("r1", "1", None, *LAKE), anchored=True)

    groups = same_roles([native, replace(REGISTRY, place=replace(REGISTRY.place, line1=LAKE[0]), held="nppes:1")])

    assert role_ids(groups) == ["r1"]


ANA = Specialist("1", "Ana M.", "Rivera", ("Harbor Cancer Center",), (("Boston", "MA"),), ("Ana Lopez",))


@pytest.mark.parametrize(
    "name, affiliation, least, most",
    [
        ("Ana M. Rivera, MD, PhD", "Harbor Cancer Centre", 0.95, 0.95),
        ("Ana Rivera", "Harbor Cancer Center", 0.9, 0.9),
        ("Rivera, Ana", "Harbor Cancer Center", 0.9, 0.9),
        ("Dr. ANA RIVERA MD", "Department of Medicine, Harbor Cancer Center", 0.9, 0.9),
        ("Ana Rivera Jr., M.D.", "Harbor Cancer Research Institute", 0.7, 0.85),
        ("A. Rivera", "Harbor Cancer Center", 0.7, 0.7),
        ("Ana Rivera", "Tufts University, Boston", 0.65, 0.65),
        ("Ana Rivera", "", 0.5, 0.5),
        ("Ana Rivera", "University of Oslo", 0.4, 0.4),
        ("Ana K. Rivera", "Harbor Cancer Center", 0.65, 0.65),
        ("Ana Lopez", "Harbor Cancer Center", 0.9, 0.9),
        ("Maria Rivera", "Harbor Cancer Center", 0, 0),
        ("Ana Riverton", "Harbor Cancer Center", 0, 0),
        ("Rivera", "Harbor Cancer Center", 0, 0),
        ("", "", 0, 0),
        ("Medical Director", "Harbor Cancer Center", 0, 0),
    ],
)
def test_an_official_is_weighed_by_name_and_affiliation(name: str, affiliation: str, least: float, most: float) -> None:
    match = official_match(name, affiliation, [ANA])

    assert least <= match.confidence <= most
    assert (match.npi is None) == (most == 0)
    assert match.reasons


@pytest.mark.parametrize(
    "name, specialist",
    [
        ("Bob Smith, MD", Specialist("1", "Robert", "Smith")),
        ("Robert Smith", Specialist("1", "Bob", "Smith")),
        ("Jan van der Berg, M.D.", Specialist("1", "Jan", "van der Berg")),
        ("van der Berg, Jan", Specialist("1", "Jan", "van der Berg")),
        ("Maria García-López, MD", Specialist("1", "Maria", "Garcia Lopez")),
        ("José O’Neil", Specialist("1", "Jose", "O'Neil")),
        ("Lan T. Do", Specialist("1", "Lan", "Do")),
        ("JACK MA", Specialist("1", "Jack", "Ma")),
        ("Prof. Dr. med. Hans Müller", Specialist("1", "Hans", "Muller Jr.")),
    ],
)
def test_names_meet_however_they_are_written(name: str, specialist: Specialist) -> None:
    assert official_match(name, "", [specialist]).npi == "1"
    assert family_key(specialist.family) in family_keys(name)


def test_two_specialists_of_one_name_make_either_unlikely() -> None:
    other = replace(ANA, npi="2", given="Ana", organizations=("Harbor Cancer Center Boston",))
    match = official_match("Ana Rivera", "Harbor Cancer Center", [other, ANA])

    assert match.npi == "1"
    assert match.confidence <= 0.45
    assert match.reasons[-1] == "1 more of this name would fit as well"


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_suggestion_is_never_certain(name: str, affiliation: str) -> None:
    match = official_match(name, affiliation, [ANA, Specialist("2", name, name, (affiliation,))])

    assert 0 <= match.confidence < 1
