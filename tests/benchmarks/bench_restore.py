"""How long everything takes to be backed up and brought back, beside `tar` of the same folder, on SQLite.

    python -m tests.benchmarks.bench_restore

By the commands an operator types, each in a process of its own (its start is in the figure): first rows alone, 20,000
requests with all that hangs on them, then the same with 300 files of a megabyte. The difference says what a megabyte
costs. Extrapolated to 10 GB: as many rows and as many files as make ten gigabytes of plain rows and file bytes.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app import create_app
from referral.extensions import db
from referral.models import Document, RecordItem
from referral.services.store_file import the_store
from tests.benchmarks.desk_data import fill

REQUESTS, EVENTS = 20_000, 200_000
FILES, FILE_BYTES = 300, 1_000_000
WHOLE_BYTES, ALLOWED_SECONDS = 10_000_000_000, 3_600


def main() -> None:
    """Print what each took, and what ten gigabytes would take."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        key = urlsafe_b64encode(os.urandom(32)).decode()
        sealing = {"FIELD_KEYS": key, "SECRET_KEY": "bench-secret-0123456789-0123456789", "DEMO": "0", "REDIS_URL": ""}
        command(data, sealing, "db", "upgrade")
        app = create_app({"DATA_DIR": str(data), "DATABASE_URL": "", **sealing})
        fill(app, REQUESTS, EVENTS)
        rows = both(data, sealing, "rows alone")
        add_files(app)
        with_files = both(data, sealing, "rows and files")
        tar = beside(data)
    size = FILES * FILE_BYTES / 1e6
    for name, less, more in zip(("backup", "restore"), rows, with_files, strict=True):
        each = max(more - less, 0.01) / size
        whole = less / REQUESTS * WHOLE_REQUESTS + WHOLE_BYTES / 1e6 * each
        print(f"{name}: {REQUESTS / less:,.0f} requests/s, {1 / each:,.0f} MB/s of files; tar {tar:,.1f} s of all this")
        print(
            f"  {WHOLE_REQUESTS:,} requests and 10 GB of files: {whole / 60:,.1f} min; allowed {ALLOWED_SECONDS // 60}"
        )


WHOLE_REQUESTS = REQUESTS * 10
"""Beside ten gigabytes of files: about fifty kilobytes a request, less than a report of one page."""


def command(data: Path, sealing: dict[str, str], *words: str) -> float:
    """Seconds that a command of the service takes."""
    begun = time.perf_counter()
    environment = {**os.environ, **sealing, "DATA_DIR": str(data)}
    subprocess.run([sys.executable, "-m", "flask", "--app", "app", *words], check=True, env=environment,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    return time.perf_counter() - begun


def both(data: Path, sealing: dict[str, str], what: str) -> tuple[float, float]:
    """Seconds to write the archive, and to bring it back into a new place."""
    with tempfile.TemporaryDirectory() as folder:
        file, empty = Path(folder) / "all.backup", Path(folder) / "data"
        empty.mkdir()
        written = command(data, sealing, "backup", str(file))
        command(empty, sealing, "db", "upgrade")
        read = command(empty, sealing, "restore", str(file))
        print(f"{what}: {file.stat().st_size / 1e6:,.0f} MB written in {written:.1f} s, brought back in {read:.1f} s")
    return written, read


def add_files(app: Flask) -> None:
    """Files of chance, which nothing makes smaller, of the first requests."""
    with app.app_context():
        items = db.session.execute(select(RecordItem.request_id, RecordItem.id).limit(FILES)).all()
        for place, (request_id, item_id) in enumerate(items):
            stored = the_store().put(io.BytesIO(os.urandom(FILE_BYTES)), FILE_BYTES)
            row = {"request_id": request_id, "item_id": item_id, "actor": "coordinator",
                   "file_name": f"{place}.pdf", "size": stored.size,
                   "media_type": "application/pdf", "sha256": stored.sha256, "storage_key": stored.key,
                   "received_at": datetime.now(UTC)}  # fmt: skip
            db.session.add(Document(**row))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def beside(data: Path) -> float:
    """Seconds in which `tar` packs the same folder and unpacks it again, onto the disk."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        subprocess.run(["tar", "cf", f"{folder}/all.tar", "-C", str(data), "."], check=True)
        subprocess.run(["tar", "xf", f"{folder}/all.tar", "-C", folder], check=True)
        subprocess.run(["sync", "-f", folder], check=True)
        return time.perf_counter() - begun


if __name__ == "__main__":
    main()
