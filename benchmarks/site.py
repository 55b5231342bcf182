"""How long the reading edition takes to build, how large it is, and how soon each page is seen. Type: python benchmarks/site.py.

Pages are opened from the disk in a headless Chromium, at the width of a desk and of a phone, each RUNS times in a fresh
tab. "First paint" is the browser's own first contentful paint, from the start of the navigation; "drawn" is when the last
chart and widget stands. The median and the worst page are printed.

Timings depend on the machine and on what else it does. Needs the test environment and Chromium.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import conftest as harness  # noqa: E402

from nhsreform.publish import handouts  # noqa: E402
from nhsreform.publish.site import build  # noqa: E402

RUNS = 3
SIZES = {"desk": (1400, 900), "phone": (390, 800)}
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
DRAWN = "() => document.documentElement.dataset.drawn"


def measure(browser: Any, path: Path, size: tuple[int, int]) -> tuple[float, float]:
    """Return a page's first paint and when it is drawn, in milliseconds."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(path.as_uri())
    page.wait_for_function(DRAWN)
    drawn = page.evaluate("() => performance.now()")
    page.wait_for_function(PAINT)
    paint = page.evaluate(PAINT)
    page.close()
    return paint, drawn


def main() -> None:
    """Build, measure and print."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        site = Path(temporary) / "site"
        begun = time.perf_counter()
        count = build.build(site)
        print(f"built {count} pages in {time.perf_counter() - begun:.1f} s")
        print(f"{sum(path.stat().st_size for path in site.rglob('*')) / 1e6:.1f} MB in all")
        browser = playwright.chromium.launch(
            executable_path=handouts.chromium(), chromium_sandbox=False, args=harness.QUIET
        )
        for name, size in SIZES.items():
            paints, ends = {}, {}
            for path in sorted(site.rglob("*.html")):
                runs = [measure(browser, path, size) for _ in range(RUNS)]
                page = path.relative_to(site).as_posix()
                paints[page] = statistics.median(paint for paint, _ in runs)
                ends[page] = statistics.median(drawn for _, drawn in runs)
            for what, found in (("first paint", paints), ("drawn", ends)):
                worst = max(found, key=found.__getitem__)
                print(
                    f"{name:6} {what:12} median {statistics.median(found.values()):5.0f} ms, "
                    f"worst {found[worst]:5.0f} ms ({worst})"
                )
        browser.close()


if __name__ == "__main__":
    main()
