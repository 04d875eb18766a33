"""A ServiceRequest with its Patient and Consent inside, as a program sends it in → a new request.

It reads what `service_request.py`, `patient.py` and `consent.py` write. The models of FHIR have looked at the shape
before; whether what it says can be used is decided where every new request is looked at (`domain/intake.py`).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from referral.domain.codes import Priority, Situation
from referral.domain.errors import Invalid
from referral.domain.intake import FirstOpinion, NewPatient, NewReferral
from referral.domain.opinions import FIRST
from referral.fhir.service_request import ASKS, FIRST_OPINION, situation_words
from referral.fhir.systems import ICD10CM, INTERPRETER, ONCOTREE, Json, own_extension

Roles = Callable[[Json], str]
"""The id of the role that a reference means; raises `Invalid` where it means none, or one of several."""
Cancers = Callable[[str], str]
"""The cancer that an ICD-10-CM code stands for; empty where that is none, or not one alone."""

ELEMENTS: Mapping[str, str] = {
    "cancer": "ServiceRequest.reasonCode",
    "decision_date": "ServiceRequest.occurrence",
    "questions": "ServiceRequest.note",
    "first_opinion": "ServiceRequest.note",
    "shortlist": "ServiceRequest.performer",
    "subject": "ServiceRequest.subject",
    "status": "ServiceRequest.status",
    "intent": "ServiceRequest.intent",
    "patient.given": "Patient.name.given",
    "patient.family": "Patient.name.family",
    "patient.birth_date": "Patient.birthDate",
    "patient.email": "Patient.telecom",
    "patient.phone": "Patient.telecom",
    "patient.postcode": "Patient.address.postalCode",
    "patient.language": "Patient.communication",
    "requester.name": "Patient.contact.name",
    "requester.relation": "Patient.contact.relationship",
    "consent.share_with_specialists": "Consent.provision",
    "consent.contact_by_email": "Consent.extension",
    "statusReason": "Task.statusReason",
    "reason": "Task.statusReason",
    "text": "Task.statusReason.text",
    "date": "Task.executionPeriod.start",
    "dates": "Task.output",
    "output": "Task.output",
    "opinion.text": "Task.output",
    "businessStatus": "Task.businessStatus",
}
"""Where the fields of a request and of an answer stand in a resource."""


def new_referral(body: Json, root: str, cancer_of: Cancers, role_of: Roles, today: date) -> NewReferral:
    """The request that was sent in. Raise `Invalid` for what cannot be one."""
    _check_kind(body)
    who = _patient(body)
    shortlist = tuple(role_of(one) for one in _objects(body, "performer"))
    consents = [one for one in _objects(body, "contained") if one.get("resourceType") == "Consent"]
    permits = [one for one in consents if _permits(one, who, today)]
    limits = _extension(body, own_extension(root, "reroute"))
    new_patient = patient(who)
    return NewReferral(
        cancer=_cancer(body, cancer_of),
        patient=new_patient,
        share_with_specialists=bool(permits) and _for_all(permits, shortlist, role_of),
        contact_by_email=_contact(permits, new_patient.email, root),
        situation=_situation(body),
        priority=Priority(body["priority"]) if body.get("priority") else Priority.ROUTINE,
        decision_date=_day(body.get("occurrenceDateTime")),
        questions=tuple(_questions(body)),
        first_opinion=_first_opinion(body),
        shortlist=shortlist,
        reroute_allowed=_part(limits, "allowed", "valueBoolean") is True,
        max_tries=_number(limits, "max-tries") or 3,
        max_km=_number(limits, "max-km"),
    )


def patient(who: Json) -> NewPatient:
    """Who asks, as far as the Patient says."""
    names = _objects(who, "name")
    name = next((one for one in names if one.get("use") in ("official", "usual")), next(iter(names), {}))
    languages = _objects(who, "communication")
    spoken = next((one for one in languages if one.get("preferred")), next(iter(languages), {}))
    contact = next(iter(_objects(who, "contact")), {})
    return NewPatient(
        given=" ".join(name.get("given") or ()),
        family=name.get("family") or "",
        birth_date=_day(who.get("birthDate")),
        email=_telecom(who, "email"),
        phone=_telecom(who, "phone"),
        postcode=next((str(one["postalCode"]) for one in _objects(who, "address") if one.get("postalCode")), ""),
        language=next((str(one["code"]) for one in _codings(spoken.get("language")) if one.get("code")), "en"),
        interpreter=any(one.get("valueBoolean") is True for one in _extensions(who, INTERPRETER)),
        requester_name=_name_of(contact.get("name") or {}),
        requester_relation=next((_words(one) for one in _objects(contact, "relationship")), ""),
    )


def _check_kind(body: Json) -> None:
    if body.get("status") != "active":
        raise Invalid("status", "A request that is sent in has the status active.")
    if body.get("intent") != "order":
        raise Invalid("intent", "A request that is sent in has the intent order.")
    if body.get("doNotPerform"):
        raise Invalid("status", "A request not to do something is no request for a second opinion.")


def _patient(body: Json) -> Json:
    """The Patient inside the request that its subject names."""
    named = str((body.get("subject") or {}).get("reference", ""))
    inside = [one for one in _objects(body, "contained") if one.get("resourceType") == "Patient"]
    found = [one for one in inside if named == f"#{one.get('id')}"]
    if not found:
        raise Invalid("subject", "Put the Patient into the request (contained), and let subject refer to it as #ID.")
    return found[0]


def _permits(consent: Json, who: Json, today: date) -> bool:
    """Whether this patient allows sharing with it: active, a permission, and not over."""
    about = (consent.get("patient") or {}).get("reference")
    provision = consent.get("provision") or {}
    end = _day((provision.get("period") or {}).get("end"))
    allows = provision.get("type") == "permit" or any(
        one.get("code") == "OPTIN" and provision.get("type") != "deny" for one in _codings(consent.get("policyRule"))
    )
    same = about in (None, f"#{who.get('id')}")
    return consent.get("status") == "active" and allows and same and (end is None or end >= today)


def _for_all(permits: list[Json], shortlist: tuple[str, ...], role_of: Roles) -> bool:
    """Whether it is for everybody who shall be asked: a Consent that names nobody is, others for those they name."""
    named = [_objects(one.get("provision") or {}, "actor") for one in permits]
    if not all(named):
        return True
    allowed = {role_of(actor.get("reference") or {}) for actors in named for actor in actors}
    if not allowed.issuperset(shortlist):
        raise Invalid("consent.share_with_specialists", "The Consent does not name everybody who shall be asked.")
    return True


def _contact(permits: list[Json], email: str, root: str) -> bool:
    """Whether we may write: a telecom of FHIR is there to be reached by, unless the Consent says otherwise."""
    said = [
        one.get("valueBoolean")
        for each in permits
        for one in _extensions(each, own_extension(root, "contact-by-email"))
    ]
    return bool(email) and False not in said


def _cancer(body: Json, cancer_of: Cancers) -> str:
    """The cancer by its OncoTree code, else by the one its ICD-10-CM code stands for."""
    codings = [coding for reason in _objects(body, "reasonCode") for coding in _codings(reason)]
    codes = {system: str(one.get("code", "")) for one in reversed(codings) if (system := one.get("system"))}
    if codes.get(ONCOTREE):
        return codes[ONCOTREE]
    found = cancer_of(codes[ICD10CM]) if codes.get(ICD10CM) else ""
    if codes.get(ICD10CM) and not found:
        raise Invalid("cancer", "This ICD-10-CM code stands for several cancers, or for none. Send an OncoTree code.")
    return found


def _situation(body: Json) -> Situation | None:
    """What makes the patient ask, in brackets behind the cancer's name."""
    texts = [str(reason.get("text", "")) for reason in _objects(body, "reasonCode")]
    return next((one for one in Situation for text in texts if text.endswith(f"({situation_words(one)})")), None)


def _questions(body: Json) -> Iterator[str]:
    """Every note that does not tell of the first opinion."""
    for text in _notes(body):
        if not text.startswith(FIRST_OPINION):
            yield text.removeprefix(ASKS)


def _first_opinion(body: Json) -> FirstOpinion:
    """What the notes tell of the first opinion, each under its words."""
    names = {str(words): name for name, words in FIRST.items()}
    told = (text.removeprefix(FIRST_OPINION).partition(": ") for text in _notes(body) if text.startswith(FIRST_OPINION))
    said = {words: text for words, _, text in told}
    if unknown := next((words for words in said if words not in names), None):
        raise Invalid(
            "first_opinion", f"Of the first opinion a note tells one of: {', '.join(names)}; not “{unknown[:40]}”."
        )
    return FirstOpinion(**{names[words]: text for words, text in said.items()})


def _notes(body: Json) -> list[str]:
    return [str(note.get("text", "")) for note in _objects(body, "note")]


def _telecom(who: Json, system: str) -> str:
    """The first way to reach somebody by this system that is in use."""
    found = (one for one in _objects(who, "telecom") if one.get("system") == system and one.get("use") != "old")
    return next((str(one.get("value", "")) for one in found), "")


def _name_of(name: Json) -> str:
    return str(name.get("text") or " ".join([*(name.get("given") or ()), name.get("family") or ""]).strip())


def _words(concept: Json) -> str:
    displays = (str(one.get("display", "")) for one in _codings(concept))
    return str(concept.get("text") or next(filter(None, displays), ""))


def _day(text: object) -> date | None:
    """A whole day; a year or month alone is none."""
    try:
        return date.fromisoformat(str(text or "")[:10])
    except ValueError:
        return None


def _objects(holder: Json, name: str) -> list[Json]:
    return list(holder.get(name) or ())


def _codings(concept: Json | None) -> list[Json]:
    return _objects(concept or {}, "coding")


def _extensions(holder: Json, url: str) -> list[Json]:
    return [one for one in _objects(holder, "extension") if one.get("url") == url]


def _extension(holder: Json, url: str) -> Json:
    return next(iter(_extensions(holder, url)), {})


def _part(extension: Json, url: str, value: str) -> object:
    return _extension(extension, url).get(value)


def _number(extension: Json, url: str) -> int | None:
    found = _part(extension, url, "valueInteger")
    return found if isinstance(found, int) else None
