"""What programs tell us of messages they got from us: signed like the webhooks we send."""

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import BadRequest, Unauthorized

from referral.api.describe import Operation, describe
from referral.api.outputs import ReceiptOutput
from referral.services import receipts
from referral.services.receipts import Outcome, ReceiptInput
from referral.settings import Settings
from referral.store import clock

api = Blueprint("receipts", __name__)

MOST_BYTES = 64 * 1024


@api.post("/receipts/webhook")
@describe(
    Operation(
        "Tell what became of a message",
        ReceiptOutput,
        body=ReceiptInput,
        errors=(400, 401, 422),
        headers=("webhook-id", "webhook-timestamp", "webhook-signature"),
    )
)
def webhook() -> tuple[Response, int]:
    """Take in one signed receipt; a repeat of the same id changes nothing, one that comes early is kept for a while."""
    if (request.content_length or 0) > MOST_BYTES:
        raise BadRequest("A receipt has at most 64 KiB.")
    settings: Settings = current_app.extensions["settings"]
    try:
        news = receipts.read_webhook(request.get_data(), dict(request.headers), settings.webhook_secret)
    except receipts.Forged as error:
        raise Unauthorized(str(error)) from error
    outcome = receipts.take_in(news, clock.now())
    return jsonify(outcome=outcome), 202 if outcome is Outcome.WAITING else 200
