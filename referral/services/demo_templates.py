"""Templates the demo begins with: record requests, messages and notes that a desk writes every day."""

from referral.domain.reply_templates import ReplyKind
from referral.services.reply_templates import Written

TEMPLATES = (
    Written(
        ReplyKind.RECORDS,
        "Ask for slides",
        "Dear {patient_given},\n\nThe specialist wants to look at the tissue itself. Please ask the hospital that took "
        "the sample to send the pathology slides, and give them this number: {reference}. They know how to pack "
        "them.\n\nWe hope to have them by {deadline}. If the hospital says no, tell us and we call.\n\n{coordinator}",
        "{patient_given}:\n\nEl especialista quiere ver el tejido mismo. Pida al hospital que tomó la muestra que "
        "envíe las laminillas de patología y dé este número: {reference}. Ellos saben cómo empacarlas.\n\nEsperamos "
        "tenerlas para el {deadline}. Si el hospital no las envía, díganos y nosotros llamamos.\n\n{coordinator}",
        records=("slides",),
        shared=True,
    ),
    Written(
        ReplyKind.RECORDS,
        "Ask for the scans and their reports",
        "Dear {patient_given},\n\nPlease send us the reports of your scans (CT, MRI, PET) and the images themselves. "
        "The imaging department gives them to you on a disc or as files. Your number is {reference}.\n\n{coordinator}",
        "{patient_given}:\n\nEnvíenos los informes de sus estudios de imagen (tomografía, resonancia, PET) y también "
        "las imágenes. El departamento de imagen se los da en un disco o como archivos. Su número es "
        "{reference}.\n\n{coordinator}",
        records=("imaging-reports", "imaging"),
        shared=True,
    ),
    Written(
        ReplyKind.PATIENT,
        "Where your request stands",
        "Dear {patient_given},\n\nYour request {reference} is with the office of {specialist}. They have until "
        "{deadline} for the next step. You do not need to do anything now. We write to you as soon as there is "
        "news.\n\n{coordinator}",
        "{patient_given}:\n\nSu solicitud {reference} está en el consultorio de {specialist}. Tienen hasta el "
        "{deadline} para el siguiente paso. Usted no tiene que hacer nada ahora. Le escribimos en cuanto haya "
        "noticias.\n\n{coordinator}",
        shared=True,
    ),
    Written(
        ReplyKind.PATIENT,
        "A good time to call you",
        "Dear {patient_given},\n\nWe would like to talk with you about the next step. Which day and time suit you? "
        "Answer here, or call us and give the number {reference}.\n\n{coordinator}",
        "{patient_given}:\n\nQueremos hablar con usted sobre el siguiente paso. ¿Qué día y a qué hora le conviene? "
        "Responda aquí, o llámenos y dé el número {reference}.\n\n{coordinator}",
        shared=True,
    ),
    Written(
        ReplyKind.OFFICE,
        "When can you see the patient?",
        "Request {reference}: you accepted it, and no date is set yet. Which days can you offer? Please answer by "
        "{deadline}.\n\n{coordinator}",
        shared=True,
    ),
    Written(
        ReplyKind.NOTE,
        "Called, no answer",
        "Called {patient_given}, nobody answered. Left no message. To be called again tomorrow. {coordinator}",
        shared=True,
    ),
)
"""In English and Spanish; what only staff and offices read is in English."""
