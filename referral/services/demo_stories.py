"""The made-up requests of the demo: who asks what, and what happened since. No person in here exists."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from referral.domain.codes import Actor, Agreement, ChannelKind, DeclineReason, Impact, Priority, Situation
from referral.domain.intake import FirstOpinion
from referral.domain.lifecycle import Action
from referral.domain.opinions import OpinionText
from referral.services.effects import Details

DESK, OFFICE, PATIENT = Actor.COORDINATOR, Actor.OFFICE, Actor.PATIENT


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that happened, so many days ago."""

    days_ago: float
    actor: Actor
    action: Action
    details: Details = field(default_factory=Details)
    in_days: int | None = None
    """For an appointment: so many days from today."""


@dataclass(frozen=True, slots=True)
class Story:
    """One made-up request from its beginning to where it stands."""

    name: str
    given: str
    family: str
    born: date
    postcode: str
    cancer: str
    days_ago: float
    turns: tuple[Turn, ...] = ()
    situation: Situation = Situation.RARE_OR_COMPLEX
    priority: Priority = Priority.ROUTINE
    questions: tuple[str, ...] = ()
    first: FirstOpinion = field(default_factory=FirstOpinion)
    chosen: int = 2
    channel: ChannelKind = ChannelKind.EMAIL
    reroute: bool = True
    refused: bool = False
    """The office's mail server refuses the message for good."""
    language: str = "en"
    interpreter: bool = False
    phone: str = ""
    assignee: str = ""

    @property
    def email(self) -> str:
        """Where messages to this person would go; the domain cannot exist."""
        return f"{self.given}.{self.family}@demo.example".lower()


def _sent(days_ago: float) -> tuple[Turn, ...]:
    """The contact confirmed, then approved."""
    return (
        Turn(days_ago + 0.1, PATIENT, Action.CONFIRM_CONTACT),
        Turn(days_ago, DESK, Action.APPROVE, Details(waive=True)),
    )


def _sent_with_records(days_ago: float) -> tuple[Turn, ...]:
    """The records asked for and brought before it was sent."""
    confirmed, approved = _sent(days_ago)
    asked = Turn(days_ago + 0.3, DESK, Action.REQUEST_RECORDS)
    brought = Turn(days_ago + 0.05, DESK, Action.RECORDS_COMPLETE)
    return (Turn(days_ago + 0.4, confirmed.actor, confirmed.action), asked, brought, approved)


_OPINION = OpinionText(
    diagnosis="Adenocarcinoma of the sigmoid colon, as in the first report. The margin is free.",
    stage="pT3 pN1a M0, stage IIIB",
    plan="Three months of CAPOX instead of six months of FOLFOX.",
    options=(
        {
            "name": "CAPOX for three months",
            "benefits": "Half the time, about the same chance of staying free of the cancer at this stage.",
            "risks": "Diarrhea, sore hands and feet, numb fingers that may last.",
        },
        {
            "name": "FOLFOX for six months",
            "benefits": "The longest experience with it.",
            "risks": "Numb fingers and feet last longer and are more frequent.",
        },
        {
            "name": "No chemotherapy",
            "benefits": "None of its side effects.",
            "risks": "The cancer comes back more often.",
        },
    ),
    text="Your first doctors have staged this well. We would shorten the treatment. Please talk it over with them.",
    agreement=Agreement.CHANGED_TREATMENT,
    details={
        "grade": "G2, moderately differentiated",
        "biomarkers": "Mismatch repair proteins are all there (MSS). KRAS was not tested.",
        "intent": "To cure",
        "surgery": "Done well; nothing more is needed.",
        "systemic": "CAPOX, four cycles",
        "radiation": "None",
    },
    impact=Impact.MINOR,
    open_questions=("Should KRAS be tested now or only if the cancer comes back?", "How is the heart?"),
)
_CONFIRMED = OpinionText(
    diagnosis="Diffuse large B-cell lymphoma, germinal centre type.",
    plan="R-CHOP, six cycles, as planned.",
    text="We read the slides again and agree with the diagnosis and with the plan.",
    agreement=Agreement.CONFIRMED,
)

STORIES: tuple[Story, ...] = (
    Story(
        "new", "Rosa", "Lindqvist", date(1958, 5, 14), "02115", "CHOL", 0.2,
        (Turn(0.1, PATIENT, Action.CONFIRM_CONTACT),),
        questions=("Can it be operated on?", "Is there a trial for me?"),
        first=FirstOpinion(diagnosis="Bile duct cancer inside the liver", stage="II", plan="Gemcitabine and cisplatin"),
        chosen=3,
    ),
    Story("unconfirmed", "Theo", "Marchetti", date(1971, 1, 30), "60611", "UM", 0.05, phone="312-555-0148"),
    Story(
        "records-needed", "Alma", "Brightwater", date(1966, 9, 2), "98109", "PANET", 4.2,
        (
            Turn(4.0, PATIENT, Action.CONFIRM_CONTACT),
            Turn(3.2, DESK, Action.ASSIGN, Details(assignee="priya.raman@demo.example")),
            Turn(3.1, DESK, Action.REQUEST_RECORDS, Details(items=("pathology-report", "slides"))),
        ),
        situation=Situation.UNCERTAIN_DIAGNOSIS,
        questions=("Is it really neuroendocrine?",),
    ),
    Story(
        "ready", "Desmond", "Achterberg", date(1949, 11, 21), "77030", "DDLS", 2.1,
        (
            Turn(2.0, PATIENT, Action.CONFIRM_CONTACT),
            Turn(0.4, DESK, Action.RECORDS_COMPLETE),
            Turn(0.4, DESK, Action.ASSIGN, Details(assignee="marcus.oyelaran@demo.example")),
        ),
        situation=Situation.MAJOR_TREATMENT_DECISION,
        questions=("Should radiation come before the operation?",),
    ),
    Story(
        "overdue", "Wendell", "Okonjo", date(1955, 3, 8), "30322", "GB", 5.0,
        (Turn(4.9, PATIENT, Action.CONFIRM_CONTACT),),
        situation=Situation.RECURRENCE,
        priority=Priority.URGENT,
    ),
    Story(
        "delivered", "Ingrid", "Castellano", date(1963, 7, 19), "10021", "LUAD", 0.5, _sent(0.2),
        situation=Situation.MORE_OPTIONS,
        questions=("Which targeted drugs come into question?",),
        first=FirstOpinion(diagnosis="Lung cancer", stage="IV", plan="Chemotherapy with immunotherapy"),
        phone="212-555-0177",
    ),
    Story(
        "acknowledged", "Harold", "Nakagawa", date(1947, 12, 5), "94110", "PRAD", 4.5,
        (*_sent_with_records(4.0), Turn(3.0, OFFICE, Action.ACKNOWLEDGE)),
        situation=Situation.DOCTORS_DISAGREE,
        questions=("Operation or radiation?",),
    ),
    Story(
        "question", "Paloma", "Ferreira", date(1984, 4, 11), "33136", "AML", 3.0,
        (
            *_sent(2.5),
            Turn(1.1, OFFICE, Action.ACKNOWLEDGE),
            Turn(
                1.0, OFFICE, Action.REQUEST_INFORMATION,
                Details(text="Has a FLT3 test been done? If so, please send us the result."),
            ),
        ),
        language="es",
        interpreter=True,
        phone="305-555-0119",
    ),
    Story(
        "accepted", "Clement", "Dubois-Hart", date(1960, 8, 27), "70112", "HCC", 6.0,
        (*_sent_with_records(5.5), Turn(4.0, OFFICE, Action.ACKNOWLEDGE), Turn(2.0, OFFICE, Action.ACCEPT)),
        assignee="priya.raman@demo.example",
    ),
    Story(
        "scheduled", "Beatrix", "Underhill", date(1975, 2, 16), "55455", "IDC", 9.0,
        (*_sent_with_records(8.5), Turn(6.0, OFFICE, Action.ACCEPT), Turn(4.0, OFFICE, Action.SCHEDULE, in_days=2)),
        situation=Situation.MAJOR_TREATMENT_DECISION,
    ),
    Story(
        "late-opinion", "Solomon", "Vance", date(1968, 10, 3), "19104", "MNG", 12.0,
        (*_sent_with_records(11.5), Turn(10.0, OFFICE, Action.ACCEPT), Turn(9.0, OFFICE, Action.START_REVIEW)),
        priority=Priority.ASAP,
        assignee="dana.whitfield@demo.example",
    ),
    Story(
        "opinion", "Marguerite", "Oakes", date(1959, 6, 30), "02115", "COAD", 15.0,
        (
            *_sent_with_records(14.0),
            Turn(12.0, OFFICE, Action.ACCEPT),
            Turn(9.0, OFFICE, Action.START_REVIEW),
            Turn(1.0, OFFICE, Action.SUBMIT_OPINION, Details(opinion=_OPINION)),
        ),
        first=FirstOpinion(diagnosis="Colon cancer", stage="IIIB", plan="FOLFOX for six months"),
        questions=("Do I need six months of chemotherapy?",),
        assignee="marcus.oyelaran@demo.example",
    ),
    Story(
        "rerouted", "Eamon", "Fitzwilliam", date(1953, 1, 9), "80045", "SKCM", 5.0,
        (
            *_sent(4.5),
            Turn(3.5, OFFICE, Action.DECLINE, Details(reason=DeclineReason.NO_CAPACITY, text="Full until March.")),
            Turn(2.5, OFFICE, Action.ACKNOWLEDGE),
        ),
        chosen=3,
    ),
    Story(
        "nobody-found", "Juniper", "Halloran", date(1991, 5, 25), "99501", "CHDM", 0.8,
        (Turn(0.7, PATIENT, Action.CONFIRM_CONTACT),),
        chosen=0,
        questions=("Who knows this cancer?",),
    ),
    Story("by-post", "Gideon", "Swann", date(1957, 9, 13), "48109", "PAAD", 0.9, _sent(0.4), channel=ChannelKind.POST),
    Story(
        "send-failed", "Lucinda", "Poole", date(2009, 4, 2), "63110", "MBL", 1.0, _sent(0.6),
        chosen=1,
        reroute=False,
        refused=True,
        phone="314-555-0162",
    ),
    Story(
        "closed", "Anselm", "Richter", date(1964, 2, 28), "15232", "DLBCLNOS", 24.0,
        (
            *_sent_with_records(23.0),
            Turn(21.0, OFFICE, Action.ACCEPT),
            Turn(12.0, OFFICE, Action.SUBMIT_OPINION, Details(opinion=_CONFIRMED)),
            Turn(8.0, DESK, Action.CLOSE, Details(text="The patient has read it and starts treatment.")),
        ),
        situation=Situation.REASSURANCE,
    ),
    Story(
        "declined", "Philippa", "Arkwright", date(1962, 12, 19), "53792", "BLCA", 3.5,
        (
            *_sent_with_records(3.0),
            Turn(0.9, OFFICE, Action.DECLINE, Details(reason=DeclineReason.NO_CAPACITY, text="Not before the spring.")),
        ),
        situation=Situation.MORE_OPTIONS,
        questions=("Can the bladder be kept?",),
        chosen=3,
        reroute=False,
    ),
)  # fmt: skip


def decision_day(story: Story, today: date) -> date | None:
    """When the patient has to decide; only a treatment decision has such a day."""
    ahead = story.situation is Situation.MAJOR_TREATMENT_DECISION
    return today + timedelta(days=12) if ahead else None
