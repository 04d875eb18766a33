"""How long everything takes to be backed up and brought back on SQLite, and what ten gigabytes would take.

    python -m tests.benchmarks.bench_restore

By the commands an operator types, each in a process of its own: first of an empty service, then of 20,000 requests with
all that hangs on them, then of these with 300 files of a megabyte. The differences say what a request and a megabyte of
files cost. They are drawn out in a straight line to ten gigabytes in two ways: ten gigabytes of database, which is the
slowest there is, and ten gigabytes of files with one request for every fifty kilobytes. Nothing of ten gigabytes is
made. Beside it `tar` packs and unpacks the same folder.
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
BYTES_A_REQUEST = 50_000
"""Of files; less than a report of one page, so that there are more requests than files of such a size would have."""


def main() -> None:
    """Print what each took, and what ten gigabytes would take."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        key = urlsafe_b64encode(os.urandom(32)).decode()
        sealing = {"FIELD_KEYS": key, "SECRET_KEY": "bench-secret-0123456789-0123456789", "DEMO": "0", "REDIS_URL": ""}
        command(data, sealing, "db", "upgrade")
        app = create_app({"DATA_DIR": str(data), "DATABASE_URL": "", **sealing})
        nothing = both(data, sealing, "nothing")
        fill(app, REQUESTS, EVENTS)
        database = sum(file.stat().st_size for file in data.glob("*.sqlite3*"))
        rows = both(data, sealing, "rows alone")
        add_files(app)
        with_files = both(data, sealing, "rows and files")
        tar = beside(data)
    print(f"tar packs and unpacks all this in {tar:,.1f} s")
    for name, start, less, more in zip(("backup", "restore"), nothing, rows, with_files, strict=True):
        report(name, database, max(less - start, 0.01), max(more - less, 0.01))


def report(name: str, database: int, rows: float, files: float) -> None:
    """Print what ten gigabytes take, by the seconds that this database and these files took."""
    print(f"{name}: {REQUESTS / rows:,.0f} requests/s, {FILES * FILE_BYTES / files / 1e6:,.0f} MB/s of files")
    all_rows = WHOLE_BYTES / database * rows
    requests = WHOLE_BYTES / BYTES_A_REQUEST
    mostly_files = requests / REQUESTS * rows + WHOLE_BYTES / (FILES * FILE_BYTES) * files
    for what, seconds in (
        (f"10 GB of database ({WHOLE_BYTES / database * REQUESTS:,.0f} requests)", all_rows),
        (f"10 GB of files ({requests:,.0f} requests)", mostly_files),
    ):
        print(f"  {what}: {seconds / 60:,.1f} min; allowed {ALLOWED_SECONDS // 60}")


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
