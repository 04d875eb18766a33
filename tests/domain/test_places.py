"""The rules of the gazetteer, on a handful of rows; the shipped files are tested in tests/seed_data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.errors import AmbiguousPlace, UnknownPlace
from referral.domain.place_names import dominates, fold
from referral.domain.places import Gazetteer, Place

POSTCODE_ROWS = [
    ("02115", "Boston", "MA", "42.3394", "-71.0945", "standard"),
    ("02116", "Boston", "MA", "42.3502", "-71.0766", "standard"),
    ("62701", "Springfield", "IL", "39.7996", "-89.6457", "standard"),
    ("00926", "San Juan", "PR", "18.3465", "-66.0509", "standard"),
    ("96960", "Majuro", "MH", "7.1139", "171.2361", "standard"),
]
CITY_ROWS = [
    ("Boston", "MA", "US", "42.3584", "-71.0598", "653833"),
    ("Boston", "NY", "US", "42.6290", "-78.7375", "8023"),
    ("Springfield", "MO", "US", "37.2153", "-93.2982", "169176"),
    ("Springfield", "MA", "US", "42.1015", "-72.5898", "155929"),
    ("St. Louis", "MO", "US", "38.6273", "-90.1979", "279695"),
    ("Washington", "DC", "US", "38.8951", "-77.0364", "689545"),
    ("Seattle", "WA", "US", "47.6062", "-122.3321", "737015"),
    ("New York", "NY", "US", "40.7143", "-74.0060", "8804190"),
    ("Houston", "TX", "US", "29.7633", "-95.3633", "2304580"),
    ("Huston", "ID", "US", "43.6027", "-116.7903", ""),
    ("Midway (Gadsden County)", "FL", "US", "30.4955", "-84.4544", "3276"),
    ("Midway (Santa Rosa County)", "FL", "US", "30.4053", "-87.0102", "16115"),
    ("Mayagüez", "PR", "US", "18.2011", "-67.1396", "72646"),
    ("San Jose", "CA", "US", "37.3394", "-121.8950", "1013240"),
    ("Los Angeles", "CA", "US", "34.0522", "-118.2437", "3898747"),
    ("New Orleans", "LA", "US", "29.9547", "-90.0751", "383997"),
]


def gazetteer() -> Gazetteer:
    postcodes = ["postcode", "city", "state", "latitude", "longitude", "kind"]
    cities = ["name", "state", "country", "latitude", "longitude", "population"]
    return Gazetteer.from_rows(
        [dict(zip(postcodes, row, strict=True)) for row in POSTCODE_ROWS],
        [dict(zip(cities, row, strict=True)) for row in CITY_ROWS],
    )


PLACES = gazetteer()


def choices(text: str) -> list[str]:
    with pytest.raises(AmbiguousPlace) as caught:
        PLACES.resolve(text)
    return [place.label for place in caught.value.choices]


def test_a_zip_code_is_a_point_with_its_city_and_state() -> None:
    assert PLACES.resolve("02115") == Place("Boston, MA 02115", 42.3394, -71.0945, "postcode", "US")


@pytest.mark.parametrize("text", [" 02115 ", "02115-1234", "021151234", "Boston, MA 02115", "boston ma 02115-1234"])
def test_a_zip_code_is_read_with_its_extension_or_its_city(text: str) -> None:
    assert PLACES.resolve(text).label == "Boston, MA 02115"


@pytest.mark.parametrize("text", ["12 Harbor St, Apt 4, Boston, MA 02115", "12 Harbor St, 02115", "MA 02115, USA"])
def test_a_street_address_means_the_place_of_its_zip_code(text: str) -> None:
    assert PLACES.resolve(text).label == "Boston, MA 02115"


def test_a_street_address_without_zip_code_means_its_city() -> None:
    assert PLACES.resolve("12 Harbor St, Boston, MA").label == "Boston, MA"
    assert PLACES.resolve("12 Harbor St, Boston MA").label == "Boston, MA"


def test_a_zip_code_of_another_state_than_the_one_named_is_asked_back() -> None:
    assert choices("Boston, MA 62701") == ["Springfield, IL 62701", "Boston, MA"]


@pytest.mark.parametrize("text", ["00000", "2115", "0211", "99999-0000", "02115123456"])
def test_digits_that_are_no_known_zip_code_are_unknown(text: str) -> None:
    with pytest.raises(UnknownPlace):
        PLACES.resolve(text)


def test_importers_get_a_postcode_or_none_and_a_lost_leading_zero_is_not_put_back() -> None:
    found = PLACES.postcode("021151234")

    assert found is not None
    assert found.label == "Boston, MA 02115"
    assert [PLACES.postcode(code) for code in ("2115", "00000", "", "Boston", "０２１１５", "0" * 10_000)] == [None] * 6


@pytest.mark.parametrize(
    "text, label",
    [
        ("boston", "Boston, MA"),
        ("BOSTON, Massachusetts", "Boston, MA"),
        ("boston ma", "Boston, MA"),
        ("Boston, Massachusetts, USA", "Boston, MA"),
        ("Boston, NY", "Boston, NY"),
        ("St Louis", "St. Louis, MO"),
        ("Saint Louis, Missouri", "St. Louis, MO"),
        ("NYC", "New York, NY"),
        ("nyc ny", "New York, NY"),
        ("New York", "New York, NY"),
        ("New York, NY", "New York, NY"),
        ("Nueva York", "New York, NY"),
        ("Washington DC", "Washington, DC"),
        ("Washington, D.C.", "Washington, DC"),
        ("San José", "San Jose, CA"),
        ("Mayaguez", "Mayagüez, PR"),
        ("Mayagüez, Puerto Rico", "Mayagüez, PR"),
        ("Midway (Gadsden County), FL", "Midway (Gadsden County), FL"),
    ],
)
def test_a_city_is_found_however_it_is_written(text: str, label: str) -> None:
    assert PLACES.resolve(text).label == label


def test_a_name_of_several_cities_is_asked_back_with_the_largest_first() -> None:
    assert choices("Springfield") == ["Springfield, MO", "Springfield, MA"]


def test_two_towns_of_one_state_are_told_apart_by_their_county() -> None:
    assert choices("Midway, FL") == ["Midway (Santa Rosa County), FL", "Midway (Gadsden County), FL"]


@pytest.mark.parametrize("text", ["Bostn", "Bsoton", "boston massachusets", "Boston, Texas", "Seatle"])
def test_a_misspelt_city_is_suggested_and_never_guessed(text: str) -> None:
    assert choices(text)[0] in {"Boston, MA", "Seattle, WA"}


def test_a_small_place_one_letter_from_a_large_city_is_asked_back_unless_its_state_is_named() -> None:
    assert choices("Huston") == ["Houston, TX", "Huston, ID"]
    assert PLACES.resolve("Huston, ID").label == "Huston, ID"


def test_a_state_is_asked_back_as_its_cities_and_beside_a_city_of_that_name() -> None:
    assert choices("Massachusetts") == ["Boston, MA", "Springfield, MA"]
    assert choices("Washington") == ["Washington, DC", "Seattle, WA"]
    assert choices("LA") == ["Los Angeles, CA", "New Orleans, LA"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        ",",
        ".",
        "x" * 10_000,
        "Bos\x00ton",
        "Boston 😀",
        "😀",
        "'; DROP TABLE places; --",
        "1=1",
        "東京",
        "zzzzzzzz",
    ],
)
def test_what_cannot_be_a_place_is_unknown(text: str) -> None:
    assert PLACES.find(text) == ()
    with pytest.raises(UnknownPlace) as caught:
        PLACES.resolve(text)
    assert caught.value.text == text


@given(st.text(max_size=60))
def test_any_text_is_answered_or_refused_in_the_service_own_words(text: str) -> None:
    try:
        place = PLACES.resolve(text)
    except (UnknownPlace, AmbiguousPlace):
        return
    assert place in PLACES.find(text)


@pytest.mark.parametrize(
    "typed, first",
    [
        ("021", "Boston, MA 02115"),
        ("02116", "Boston, MA 02116"),
        ("02115-", "Boston, MA 02115"),
        ("02115-12", "Boston, MA 02115"),
        ("Bos", "Boston, MA"),
        ("springf", "Springfield, MO"),
        ("Springfield, M", "Springfield, MO"),
        ("Springfield, Mas", "Springfield, MA"),
        ("St L", "St. Louis, MO"),
        ("nyc", "New York, NY"),
        ("bostn ma", "Boston, MA"),
    ],
)
def test_a_place_is_offered_while_it_is_typed(typed: str, first: str) -> None:
    assert PLACES.find(typed)[0].label == first


def test_no_more_places_are_offered_than_asked_for_and_none_twice() -> None:
    found = PLACES.find("s", limit=3)

    assert len(found) == 3
    assert len(set(PLACES.find("boston ma"))) == len(PLACES.find("boston ma"))
    assert PLACES.find("boston", limit=0) == ()


def test_a_possession_counts_as_united_states_and_an_associated_state_as_its_own_country() -> None:
    assert [PLACES.resolve(code).country for code in ("00926", "96960")] == ["US", "MH"]


def test_every_label_means_its_own_place() -> None:
    everything = [
        *PLACES.find("0", limit=50),
        *(place for letter in "bhlmnsw" for place in PLACES.find(letter, 50)),
    ]

    assert len(everything) > len(CITY_ROWS)
    assert all(PLACES.resolve(place.label) == place for place in everything)


def test_the_texts_of_the_files_give_the_same_gazetteer_as_their_rows() -> None:
    postcodes = "postcode,city,state,latitude,longitude,kind\n" + "\n".join(map(",".join, POSTCODE_ROWS))
    cities = "name,state,country,latitude,longitude,population\n" + "\n".join(map(",".join, CITY_ROWS))
    quoted = cities.replace("Boston,MA", '"Boston",MA')

    for text in (cities, quoted):
        places = Gazetteer.from_csv(postcodes, text)
        assert places.resolve("02115") == PLACES.resolve("02115")
        assert places.find("b", 50) == PLACES.find("b", 50)


@pytest.mark.parametrize(
    "populations, expected",
    [
        ([0], True),
        ([100_000, 10_000], True),
        ([99_999, 100], False),
        ([652_503, 66_881], False),
        ([200_000, 0], True),
    ],
)
def test_one_city_dominates_at_a_hundred_thousand_people_and_ten_times_the_next(
    populations: list[int], expected: bool
) -> None:
    assert dominates(populations) is expected


@pytest.mark.parametrize(
    "one, other",
    [
        ("Saint Mary's", "St. Marys"),
        ("Fort Worth", "FT WORTH"),
        ("McAllen", "Mc Allen"),
        ("N. Hollywood", "North Hollywood"),
    ],
)
def test_spellings_of_one_name_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)
