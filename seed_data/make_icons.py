"""Draws the icons of the home screen from `referral/web/static/icon.svg`, on paper, with the installed Chromium.

Run from the project's root with the development tools installed:

    python -m seed_data.make_icons [--out FOLDER]
"""

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "referral" / "web" / "static"
ICONS = {"icon-any-192.png": (192, 0.86), "icon-any-512.png": (512, 0.86), "icon-maskable-512.png": (512, 0.62)}
"""File → its size in pixels, and the part of it that the drawing takes: a mask may cut off all but the inner circle."""
PAPER = "#fbfaf7"


def page(size: int, part: float) -> str:
    """A page with nothing but the icon."""
    icon = (STATIC / "icon.svg").read_text("utf-8")
    drawn = icon.replace("<svg ", f'<svg width="{size * part}" height="{size * part}" ')
    return f'<body style="margin:0;display:grid;place-items:center;height:100vh;background:{PAPER}">{drawn}</body>'


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=STATIC)
    folder = parser.parse_args().out
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (size, part) in ICONS.items():
            sheet = browser.new_page(viewport={"width": size, "height": size})
            sheet.set_content(page(size, part))
            sheet.screenshot(path=folder / name)
        browser.close()


if __name__ == "__main__":
    main()
