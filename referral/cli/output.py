"""What commands print: progress on a terminal only, tables, the report of an import."""

import sys
from collections.abc import Sequence

import click

SHOWN_EVERY = 5_000


def print_lines(lines: Sequence[str]) -> None:
    """Print after the progress line, if there was one, is gone."""
    end_progress()
    for line in lines:
        click.echo(line)


def progress(file: str, rows: int) -> None:
    """One line that counts, on a terminal only."""
    if sys.stderr.isatty() and rows % SHOWN_EVERY == 0:
        click.echo(f"\r  {file}: {rows:,} rows", err=True, nl=False)


def end_progress() -> None:
    """Wipe the progress line."""
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)


def print_table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows below their titles, each column as wide as it needs."""
    widths = [max(len(row[n]) for row in [titles, *rows]) for n in range(len(titles))]
    for row in [titles, *rows]:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
