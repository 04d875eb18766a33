"""Made-up data of the component page. Nobody and nothing in it exists."""

from datetime import UTC, datetime
from types import SimpleNamespace

from markupsafe import Markup

from referral.domain.codes import EvidenceKind, Relation
from referral.domain.comparing import FIELDS, Row
from referral.domain.map_view import Spot
from referral.domain.matching import EvidenceLine

PLACES = (Spot(1, 42.34, -71.10), Spot(2, 42.36, -71.07), Spot(3, 40.76, -73.95), Spot(4, 39.30, -76.59))
NAMES = {1: "Ana Sample", 2: "Ben Sample", 3: "Chi Sample", 4: "Dee Sample"}
HOME = (42.12, -72.59)
AT = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)

TIMELINE = (
    SimpleNamespace(at=AT, text="Dr Sample’s office asked for a record.", quote="Please send the CT images of May."),
    SimpleNamespace(at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC), text="The office has your request.", quote=""),
    SimpleNamespace(at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC), text="A coordinator checked it.", quote=""),
)

_SAMPLE = SimpleNamespace(practitioner=SimpleNamespace(name="Dr Sample"))
COMPARED = SimpleNamespace(
    first_by="Dr First",
    opinions=(SimpleNamespace(task=SimpleNamespace(role=_SAMPLE)),),
    rows=(
        Row("diagnosis", FIELDS["diagnosis"], ("Bile duct cancer", "Bile duct cancer")),
        Row("stage", FIELDS["stage"], ("III", "II")),
        Row("plan", FIELDS["plan"], ("Chemotherapy", "")),
    ),
)

OPTIONS = (
    SimpleNamespace(name="Surgery", benefits="May remove all of it", risks="A hospital stay of about ten days"),
    SimpleNamespace(name="Chemotherapy first", benefits="May shrink it", risks="Tiredness, infections"),
)

TIMES = tuple(
    SimpleNamespace(state=state, words=words, used=used)
    for state, words, used in (("ok", "2 d 4 h", 0.3), ("soon", "3 h", 0.85), ("late", "1 d late", 1.0))
)

FILES = (
    SimpleNamespace(
        id="a", file_name="pathology-report.pdf", checked_at=AT, media_type="application/pdf", size=812_000,
        received_at=AT, actor="patient", task_id=None, opinion_id=None, kept_back=False,
    ),
    SimpleNamespace(
        id="b", file_name="scan.zip", checked_at=None, media_type="application/zip", size=24_812_000,
        received_at=AT, actor="patient", task_id=None, opinion_id=None, kept_back=False,
    ),
)  # fmt: skip


def _line(kind: EvidenceKind, count: int | None, low: int | None, high: int | None) -> EvidenceLine:
    return EvidenceLine(
        kind, count, low, high, "CHOL", Relation.EXACT, "2025", "A made-up register", "", "2026-11-01",
    )  # fmt: skip


EVIDENCE = (
    _line(EvidenceKind.PATIENTS, 31, 22, 41),
    _line(EvidenceKind.PROCEDURES, None, None, None),
    _line(EvidenceKind.CENTRE, None, None, None),
)

_PARTS = (("experience", "Experience", "42.1", "0.00"), ("centre", "Centre", "15.0", "42.10"),
          ("distance", "Nearness", "22.4", "57.10"))  # fmt: skip

RESULT = SimpleNamespace(
    rank=1, profile="/design", cancer="", title="Ana Sample, MD", name="Ana Sample", role_id="sample", chosen=True,
    where="Surgery (operations), Sample Hospital in Boston, MA", score="79.5", total="79.50",
    reason="Has treated 31 people with bile duct cancer in 2025; operates at a designated centre; "
    "12 km (8 miles) away.",
    label="experience 42.1, centre 15.0, nearness 22.4",
    marks=Markup('<ul class="marks"><li class="chip">Found also in a wider area</li></ul>'),
    facts=Markup('<ul class="fact-row"><li>Accepts new patients</li><li>Reviews remotely</li>'
                 '<li class="aged">Details last checked 2 Jun 2026, more than 90 days ago</li></ul>'),
    parts=[
        SimpleNamespace(name=name, called=called, points=points, start=start, width=points, text="Made up.",
                        inputs="(0.84)", product="0.500 × 0.842")
        for name, called, points, start in _PARTS
    ],
    band="Counted experience in a word: much.", own="", theirs="", change="",
    whiskers=SimpleNamespace(
        low="40.0", dot="60.0", high="80.0", what="People treated", words="31 a year (likely 22–41)",
    ),
)  # fmt: skip
