"""Take the README's pictures of a running demo: ``make pictures`` while ``make run`` serves it."""

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PAGES = {"start": "/", "api": "/api/v1/docs/"}
PAPERS = {"draw-minutes": "bien-ban-lua-chon", "restricted-appendix": "phu-luc-luu-hanh-noi-bo"}


def main(address: str, papers: Path) -> None:
    """Photograph pages with Debian's chromium and first pages of papers with pdftoppm."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="vi-VN")
        for name, path in PAGES.items():
            page.goto(address + path, wait_until="networkidle")
            page.screenshot(path=HERE / f"{name}.png")
        browser.close()
    for name, paper in PAPERS.items():
        command = ["pdftoppm", "-r", "70", "-png", "-singlefile", "-f", "1", "-l", "1"]
        subprocess.run([*command, papers / f"{paper}.pdf", HERE / name], check=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
