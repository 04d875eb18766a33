"""Is it up, is it ready, what does it count: for load balancers, operators and Prometheus."""

import hmac
import logging
from ipaddress import ip_address

from flask import Blueprint, Response, abort, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from referral.extensions import db
from referral.services import watch_workers
from referral.services.rebuild_index import current_or_built
from referral.services.store_file import virus_scanner
from referral.settings import Settings
from referral.store import overview
from referral.web import clock

pages = Blueprint("health", __name__)
logger = logging.getLogger(__name__)

BROKER_SECONDS = 1
SPEAKS_FOR_ANOTHER = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""Headers of proxies: whoever sends one is not, or not alone, the one who asks."""


@pages.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@pages.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Database and index answer; what is missing besides makes it degraded, not unready."""
    database = _database_answers()
    index = database and _index_answers()
    settings: Settings = current_app.extensions["settings"]
    broker = _broker_answers(settings)
    lacking = [] if broker else ["broker"]
    if database:
        lacking += watch_workers.lacking(watch_workers.workers(clock.now()), clock.now(), broker)
    if not settings.smtp_url and not settings.demo:
        lacking.append("mail not configured")
    scanner = virus_scanner()
    if scanner is not None and not scanner.answers():
        lacking.append("virus scanner")
    ready = database and index
    status = ("degraded" if lacking else "ok") if ready else "unready"
    checks = {"database": database, "index": index, "degraded": lacking}
    return jsonify(status=status, checks=checks), 200 if ready else 503


@pages.get("/metrics")
def metrics() -> Response:
    """Counts of requests by stage and messages by status, and how long workers are silent; no person appears."""
    if not _may_read_metrics(current_app.extensions["settings"]):
        abort(404)
    registry = CollectorRegistry()
    by_stage = Gauge("referral_requests", "Requests by stage", ["stage"], registry=registry)
    for stage, count in overview.requests_by_stage().items():
        by_stage.labels(stage).set(count)
    by_status = Gauge("referral_deliveries", "Messages by status", ["status"], registry=registry)
    for status, count in overview.deliveries_by_status().items():
        by_status.labels(status).set(count)
    age = Gauge("referral_worker_beat_age_seconds", "Since a worker's last sign of life", ["worker"], registry=registry)
    for worker in watch_workers.workers(clock.now()):
        age.labels(worker.name).set((clock.now() - worker.beat_at).total_seconds())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        logger.error("The database does not answer: %s", type(error).__name__)
        return False
    return True


def _index_answers() -> bool:
    """The index can be read; the first look on a new machine builds it."""
    try:
        current_or_built(current_app.extensions["index"], clock.now())
    except (SQLAlchemyError, OSError) as error:
        logger.error("The match index does not answer: %s", type(error).__name__)
        return False
    return True


def _broker_answers(settings: Settings) -> bool:
    if settings.redis_url is None:
        return False
    try:
        with Redis.from_url(
            settings.redis_url, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
        ) as broker:
            return bool(broker.ping())
    except (RedisError, ValueError):
        return False


def _may_read_metrics(settings: Settings) -> bool:
    """With a token its bearer; without one only a peer on this machine that no proxy speaks for."""
    if settings.metrics_token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.metrics_token.encode())
    peer = request.remote_addr or ""
    direct = not any(name in request.headers for name in SPEAKS_FOR_ANOTHER)
    return direct and bool(peer) and ip_address(peer).is_loopback
