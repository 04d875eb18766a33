"""Cities outside the United States: found by name and country, and never taken for one at home without asking."""

import pytest

from referral.domain.errors import AmbiguousPlace, ArmedForcesPlace, UnknownPlace
from referral.domain.places import Gazetteer, Place
from referral.domain.world_places import World

POSTCODES = """postcode,city,state,latitude,longitude,kind
10115,New York,NY,40.8111,-73.9642,unique
75460,Paris,TX,33.6609,-95.5555,standard
"""
CITIES = """name,state,country,latitude,longitude,population
Boston,MA,US,42.3584,-71.0598,653833
Paris,TX,US,33.6609,-95.5555,24171
Munich,ND,US,48.6694,-98.8332,190
Athens,GA,US,33.9609,-83.3779,127315
Birmingham,AL,US,33.5207,-86.8025,200733
Vancouver,WA,US,45.6387,-122.6615,190915
"""
WORLD = """name,region,country,latitude,longitude,population,also
Toronto,ON,CA,43.706,-79.399,2794356,
Vancouver,BC,CA,49.250,-123.119,662248,
London,ON,CA,42.983,-81.233,422324,
London,,GB,51.509,-0.126,8961989,Londres
Birmingham,,GB,52.481,-1.900,1137100,
Paris,,FR,48.853,2.349,2138551,
Munich,,DE,48.137,11.575,1505005,München|Muenchen|Múnich
Berlin,,DE,52.524,13.411,3426354,
Athens,,GR,37.984,23.728,664046,Atenas
Łódź,,PL,51.771,19.474,639890,Lodz
Perth,WA,AU,-31.952,115.861,2309338,
Tbilisi,,GE,41.694,44.834,1049498,
Suzhou (near Kunshan),,CN,31.304,120.595,6715559,
Suzhou (near Huaibei),,CN,33.636,116.979,1647642,
Salamanca,,ES,40.969,-5.664,144825,
Salamanca,,MX,20.570,-101.198,160682,
"""
COUNTRIES = """code,code3,name
AU,AUS,Australia
CA,CAN,Canada
CN,CHN,China
DE,DEU,Germany
ES,ESP,Spain
FR,FRA,France
GB,GBR,United Kingdom
GE,GEO,Georgia
GR,GRC,Greece
MX,MEX,Mexico
PL,POL,Poland
"""
PLACES = Gazetteer.from_csv(POSTCODES, CITIES, lambda: World.from_csv(WORLD, COUNTRIES))


def choices(text: str) -> list[str]:
    with pytest.raises(AmbiguousPlace) as caught:
        PLACES.resolve(text)
    return [place.label for place in caught.value.choices]


@pytest.mark.parametrize(
    "text, label",
    [
        ("Toronto", "Toronto, ON, Canada"),
        ("toronto ontario", "Toronto, ON, Canada"),
        ("Toronto, ON", "Toronto, ON, Canada"),
        ("200 Elizabeth St, Toronto, ON M5G 2C4, Canada", "Toronto, ON, Canada"),
        ("London", "London, United Kingdom"),
        ("London ON", "London, ON, Canada"),
        ("Londres, Reino Unido", "London, United Kingdom"),
        ("Birmingham UK", "Birmingham, United Kingdom"),
        ("München", "Munich, Germany"),
        ("muenchen", "Munich, Germany"),
        ("80331 München, Deutschland", "Munich, Germany"),
        ("Paris, France", "Paris, France"),
        ("Paris FRA", "Paris, France"),
        ("lodz", "Łódź, Poland"),
        ("ŁÓDŹ", "Łódź, Poland"),
        ("Perth WA", "Perth, WA, Australia"),
        ("Tbilisi, Georgia", "Tbilisi, Georgia"),
        ("Salamanca, España", "Salamanca, Spain"),
    ],
)
def test_a_city_abroad_is_found_by_its_name_and_what_stands_behind_it(text: str, label: str) -> None:
    assert PLACES.resolve(text).label == label


def test_a_city_abroad_is_a_point_in_its_country() -> None:
    assert PLACES.resolve("Toronto") == Place("Toronto, ON, Canada", 43.706, -79.399, "city", "CA")


@pytest.mark.parametrize("text, label", [("Paris, TX", "Paris, TX"), ("Paris TX 75460", "Paris, TX 75460"),
                                         ("Athens, Georgia", "Athens, GA"), ("Paris, USA", "Paris, TX"),
                                         ("Vancouver WA", "Vancouver, WA")])  # fmt: skip
def test_what_names_a_state_or_the_united_states_is_at_home(text: str, label: str) -> None:
    assert PLACES.resolve(text).label == label


def test_a_name_at_home_never_means_a_city_abroad_without_asking_nor_a_village_a_metropolis() -> None:
    assert choices("Paris") == ["Paris, France", "Paris, TX"]
    assert choices("Munich") == ["Munich, Germany", "Munich, ND"]


@pytest.mark.parametrize("text, label", [("Birmingham", "Birmingham, AL"), ("Vancouver", "Vancouver, WA"),
                                         ("Athens", "Athens, GA")])  # fmt: skip
def test_a_large_city_at_home_is_meant_where_its_name_stands_alone(text: str, label: str) -> None:
    assert PLACES.resolve(text).label == label


def test_namesakes_abroad_are_asked_back() -> None:
    assert choices("Salamanca") == ["Salamanca, Mexico", "Salamanca, Spain"]
    assert choices("Suzhou, China") == ["Suzhou (near Kunshan), China", "Suzhou (near Huaibei), China"]


def test_a_postal_code_abroad_that_is_a_zip_code_here_is_asked_back() -> None:
    assert choices("Berlin 10115") == ["New York, NY 10115", "Berlin, Germany"]


def test_cities_abroad_are_offered_while_they_are_typed_after_those_at_home() -> None:
    assert [place.label for place in PLACES.find("Toron")] == ["Toronto, ON, Canada"]
    assert [place.label for place in PLACES.find("B")] == ["Boston, MA", "Birmingham, AL", "Berlin, Germany",
                                                           "Birmingham, United Kingdom"]  # fmt: skip


def test_every_label_abroad_means_its_own_place() -> None:
    places = [place for letter in "abclmpst" for place in PLACES.find(letter, 50)]

    assert len({place.label for place in places}) > 15
    assert all(PLACES.resolve(place.label) == place for place in places)


@pytest.mark.parametrize(
    "name, region, country, label",
    [
        ("TORONTO", "Ontario", "CA", "Toronto, ON, Canada"),
        ("London", "", "GB", "London, United Kingdom"),
        ("London", "", "CA", "London, ON, Canada"),
        ("München", "Bayern", "DE", "Munich, Germany"),
        ("Suzhou", "", "CN", None),
        ("Toronto", "", "GB", None),
        ("", "", "CA", None),
    ],
)
def test_the_city_of_an_address_abroad_is_found_where_it_is_certain(
    name: str, region: str, country: str, label: str | None
) -> None:
    found = PLACES.city(name, region, country)

    assert (found.label if found else None) == label


@pytest.mark.parametrize("text", ["09012", "34002", "96349-1234", "PSC 1234 Box 5, APO AE 09012", "APO AE", "FPO, AP"])
def test_a_post_office_of_the_armed_forces_is_said_to_have_no_place(text: str) -> None:
    with pytest.raises(ArmedForcesPlace) as caught:
        PLACES.resolve(text)
    assert "no place on the map" in caught.value.message
    assert PLACES.find(text) == ()


@pytest.mark.parametrize("text", ["Atlantis", "Toronto, Germany", "00000"])
def test_what_lies_nowhere_stays_unknown(text: str) -> None:
    with pytest.raises(UnknownPlace) as caught:
        Gazetteer({}, [], lambda: World.from_csv(WORLD, COUNTRIES)).resolve(text)
    assert not isinstance(caught.value, ArmedForcesPlace)


def test_the_cities_abroad_are_read_when_a_name_is_looked_up_and_not_before() -> None:
    read: list[str] = []

    def world() -> World:
        read.append("now")
        return World()

    places = Gazetteer.from_csv(POSTCODES, CITIES, world)
    places.resolve("10115")
    before = list(read)
    places.resolve("Boston")
    places.resolve("Boston")

    assert (before, read) == ([], ["now"])


def test_a_table_with_other_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="columns"):
        World.from_csv(WORLD, "code,name\n")
