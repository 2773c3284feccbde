"""How soon a page is ready, and answers, in headless Chromium.

    python benchmarks/page_speed.py PAGE.html SENTENCES.txt [--runs 5]

Each run opens the page anew, from the disk and offline, and types each sentence but its last
character; then the time is taken from the last key to the whole translation, at beam 5. It needs
playwright (`pip install -e '.[pages]'`).
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

READY = "() => document.querySelector('.status')?.textContent === ''"
# Time from the last key to the moment when no sentence is growing.
ANSWER = """(text) => new Promise((resolve) => {
  const box = document.querySelector("textarea");
  const output = document.querySelector(".output");
  const write = (text) => {
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  write("");
  write(text.slice(0, -1));
  setTimeout(() => {
    output.textContent = "";
    const start = performance.now();
    const watcher = new MutationObserver(() => {
      if (!output.textContent || output.querySelector(".growing")) return;
      watcher.disconnect();
      resolve(performance.now() - start);
    });
    watcher.observe(output, { subtree: true, childList: true, characterData: true,
      attributes: true });
    write("");
    write(text);
  }, 1500);
})"""


def measure(page: Page, path: Path, sentences: list[str]) -> tuple[float, list[float]]:
    """Seconds until the page is ready, and milliseconds of each answer."""
    begin = time.perf_counter()
    page.goto(path.resolve().as_uri())
    page.wait_for_function(READY, polling=10)
    ready = time.perf_counter() - begin
    page.wait_for_timeout(1000)
    return ready, [page.evaluate(ANSWER, sentence) for sentence in sentences]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("sentences", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    sentences = arguments.sentences.read_text(encoding="utf-8").splitlines()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    readies, answers = [], []
    with sync_playwright() as playwright:
        for _ in range(arguments.runs):
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            ready, times = measure(browser.new_page(offline=True), arguments.page, sentences)
            readies.append(ready)
            answers += times
            browser.close()
    print(f"{arguments.page.stat().st_size / 1e6:.2f} MB")
    print(f"ready after {median(readies):.2f} s ({min(readies):.2f}-{max(readies):.2f})")
    print(f"answers after {median(answers):.0f} ms ({min(answers):.0f}-{max(answers):.0f})")


if __name__ == "__main__":
    main()
