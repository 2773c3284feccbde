"""Draws docs/page.png: the page of a translator on a phone, in three states side by side.

python docs/make_page_picture.py MODEL

MODEL is a folder that a bare `seqcli train` has made. It needs playwright (`pip install -e
'.[pages]'`), Chromium, and a font with Chinese characters.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from seqcli.web.translator_page import translator_page

SENTENCE = "i love beijing tian an men"
WIDTH, HEIGHT = 390, 760
SHOWN = ("", "#attention", "#candidates")  # the top of the page, and sections


def screens(browser: Browser, path: Path) -> list[bytes]:
    """The states as pictures."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5)
    page.goto(path.as_uri())
    page.fill("textarea", SENTENCE)
    page.get_by_role("button", name="See how it came about").click()
    page.wait_for_selector("#end")
    pictures = []
    for section in SHOWN:
        target = f"document.querySelector({section or 'body'!r}).getBoundingClientRect().top"
        page.evaluate(f"window.scrollTo(0, {target} + window.scrollY)")
        page.wait_for_timeout(300)
        pictures.append(page.screenshot())
    return pictures


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        path = Path(folder) / "page.html"
        path.write_text(translator_page([sys.argv[1]]), encoding="utf-8")
        images = "".join(
            f'<img width="{WIDTH}" src="data:image/png;base64,{base64.b64encode(each).decode()}">'
            for each in screens(browser, path)
        )
        sheet = browser.new_page(viewport={"width": 3 * (WIDTH + 24), "height": HEIGHT + 24})
        sheet.set_content(
            "<style>body { margin: 0; display: flex; background: #d8dde6 }"
            f" img {{ margin: 12px; border-radius: 16px }}</style>{images}"
        )
        sheet.screenshot(path=Path(__file__).parent / "page.png")
        browser.close()


if __name__ == "__main__":
    main()
