# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium without a network, in which tests open the pages that people read."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell")
# What the page itself would not run: how wide things are.
MEASURE = """<script>
const wide = [...document.querySelectorAll('body, section, .keep, .tile, table, figure, header, td, th')].filter(
  one => one.scrollWidth > one.clientWidth + 1).map(one => one.outerHTML.slice(0, 90));
document.title = JSON.stringify({
  wide, scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth,
  svgs: [...document.querySelectorAll('svg')].map(one => one.getBoundingClientRect().height),
  outside: performance.getEntriesByType('resource').map(one => one.name)});
</script>"""


def browser() -> str:
    """Return the path of a Chromium: on PATH, or where Playwright puts its own."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright")).expanduser()
    found_there = sorted(path for name in ("chrome", "headless_shell") for path in root.glob(f"*/*/{name}"))
    assert found_there, f"No browser: install {BROWSERS[0]}, or set PLAYWRIGHT_BROWSERS_PATH."
    return str(found_there[-1])


def opened(page: Path, home: Path, *options: str, width: int = 1100) -> subprocess.CompletedProcess[str]:
    """Open a page in a browser of its own whose network leads nowhere."""
    profile = home / f"profile-{width}-{len(options)}-{page.stem}"
    return subprocess.run(
        [
            browser(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--proxy-server=127.0.0.1:9",
            "--enable-logging=stderr",
            f"--user-data-dir={profile}",
            f"--window-size={width},2800",
            *options,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "HOME": str(home)},
    )


def measured(page: Path, home: Path, width: int) -> dict[str, Any]:
    """Return what is wider than its place, how wide the page is, the heights of its drawings, and what it asked for."""
    copy = home / f"measured-{width}.html"
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text())
    copy.write_text(text.replace("</body>", f"{MEASURE}</body>"))
    told = re.search(r"<title>(.*?)</title>", opened(copy, home, "--dump-dom", width=width).stdout, re.DOTALL)
    assert told
    found: dict[str, Any] = json.loads(html.unescape(told[1]))
    return found


def printed(page: Path, home: Path) -> list[tuple[int, int]]:
    """Print a page and return the size of each sheet in points; A4 is 595 by 842."""
    target = home / f"{page.stem}.pdf"
    opened(page, home, f"--print-to-pdf={target}", "--no-pdf-header-footer")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", target.read_bytes())
    return [(round(float(wide)), round(float(high))) for wide, high in boxes]
