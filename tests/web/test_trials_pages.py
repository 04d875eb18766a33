from datetime import date

from flask.testing import FlaskClient

from referral.extensions import db
from referral.models import Trial, TrialSite
from tests.web.page_rules import faults_of, words_of


def make_trial(
    number: int, code: str, *places: tuple[str, float | None, float | None, str], status: str = "RECRUITING"
) -> None:
    """A trial for a cancer at places given by city, latitude, longitude and status."""
    nct_id = f"NCT{number:08d}"
    db.session.add(
        Trial(
            nct_id=nct_id, title=f"Study {number}", status=status, phase="Phase 2", conditions=[], codes=[code],
            updated=date(2026, 5, number), url=f"https://clinicaltrials.gov/study/{nct_id}",
            retrieved_on=date(2026, 6, 1), file="", line=1,
        )
    )  # fmt: skip
    db.session.flush()
    for city, latitude, longitude, state in places:
        db.session.add(
            TrialSite(
                nct_id=nct_id, facility=f"{city} Hospital", city=city, state="", postcode="", country="United States",
                latitude=latitude, longitude=longitude, status=state,
            )
        )  # fmt: skip
    db.session.commit()


def near(client: FlaskClient, place: str, status: int = 200) -> str:
    answer = client.post("/trials", data={"cancer": "CHOL", "near": place})
    assert answer.status_code == status
    assert faults_of(answer.text) == []
    return answer.text


def test_open_trials_stand_the_nearest_first_with_status_source_and_day(client: FlaskClient) -> None:
    make_trial(1, "CHOL", ("Chicago", 41.88, -87.63, "RECRUITING"))
    make_trial(2, "BILIARY_TRACT", ("Denver", 39.7, -105.0, "RECRUITING"), ("Boston", 42.35, -71.06, "RECRUITING"))
    make_trial(3, "CHOL", ("Boston", 42.35, -71.06, "RECRUITING"), status="COMPLETED")
    make_trial(4, "PAAD", ("Boston", 42.35, -71.06, "RECRUITING"))
    make_trial(5, "CHOL", ("Boston", 42.35, -71.06, "WITHDRAWN"), ("Nowhere", None, None, ""))

    words = words_of(near(client, "02115"))

    assert words.index("Study 2") < words.index("Study 1") < words.index("Study 5")
    assert "Study 3" not in words
    assert "Study 4" not in words
    assert "takes people in now" in words
    assert "for a wider group or a form of it" in words
    assert "in a straight line, under half an hour by road. 1 more place" in words
    assert "Nowhere Hospital, Nowhere: distance not known" in words
    assert "ClinicalTrials.gov NCT00000001, changed 1 May 2026, retrieved 1 Jun 2026" in words


def test_without_a_place_the_last_changed_stands_first(client: FlaskClient) -> None:
    make_trial(1, "CHOL")
    make_trial(2, "CHOL")
    page = client.get("/trials?cancer=CHOL").text
    assert faults_of(page) == []
    assert page.index("Study 2") < page.index("Study 1")
    assert "It names no open place." in page


def test_without_a_trial_the_page_says_what_that_means_and_where_to_look(client: FlaskClient) -> None:
    page = near(client, "02115")
    assert "That does not mean that there is none." in page
    assert "https://clinicaltrials.gov/search?cond=Cholangiocarcinoma" in page


def test_a_place_nobody_knows_is_said_at_the_field(client: FlaskClient) -> None:
    assert 'href="#near"' in near(client, "Xyzzyville", status=422)


def test_without_a_cancer_it_leads_to_the_search(client: FlaskClient) -> None:
    page = client.get("/trials?cancer=NOTHING").text
    assert faults_of(page) == []
    assert "Search for your cancer first." in page
