"""What the tests of plain pages share: a profile in which nothing may go wrong, a window's size, and axe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.network import is_elsewhere

# For axe: only the colours differ from a page that has been tried whole.
COLOURS = {"runOnly": ["color-contrast"]}
ALL_BUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}


def watch(context: Any, schemes: tuple[str, ...] = ()) -> list[str]:
    """Return a list that grows with each error, warning or dialog in a profile, and each request to elsewhere.

    With `schemes`, whatever is fetched by another scheme is from elsewhere, this computer's own server too.
    """
    troubles: list[str] = []

    def note_request(request: Any) -> None:
        foreign = urlsplit(request.url).scheme not in schemes if schemes else is_elsewhere(request.url)
        if foreign:
            troubles.append(f"asked for {request.url}")

    def note_dialog(dialog: Any) -> None:
        troubles.append(f"{dialog.type}: {dialog.message}")
        dialog.accept()

    context.on("request", note_request)
    context.on("dialog", note_dialog)
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("console", lambda said: said.type in ("error", "warning") and troubles.append(said.text))
    return troubles


@contextmanager
def watched(browser: Any, schemes: tuple[str, ...] = (), **options: Any) -> Iterator[Any]:
    """Yield a fresh profile; afterwards fail on anything that went wrong in it: see `watch`."""
    with closing(browser.new_context(reduced_motion="reduce", **options)) as context:
        troubles = watch(context, schemes)
        yield context
    assert not troubles, troubles


def resize(page: Any, width: int, height: int) -> None:
    """Set the window's size, and wait until the page has it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("([width, height]) => innerWidth === width && innerHeight === height", arg=[width, height])


def findings(page: Any, selector: str | None = None, without: str = "", **options: Any) -> list[str]:
    """Return what axe finds wrong in the page, or inside `selector`, and not inside `without`, one line each."""
    # Nothing is loaded from elsewhere, so nothing is waited for; what passes is not told place by place.
    options = {"preload": False, "resultTypes": ["violations"], **options}
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    place = {"exclude": [[without]]} if without else selector
    response = page.evaluate("([place, options]) => axe.run(place || document, options)", [place, options])
    # Where axe takes everything for invisible, it passes over the colours without a word.
    # What it cannot decide about the few places that were asked for, it has at least looked at.
    looked = response["passes"] + response["violations"] + (response["incomplete"] if selector else [])
    if options.get("rules") != ALL_BUT_COLOURS["rules"]:
        assert any(rule["id"] == "color-contrast" for rule in looked)
    return [
        f"{page.url.rpartition('/')[2]} {rule['id']}: {node['html'][:200]}: {node['failureSummary'][:300]}"
        for rule in response["violations"]
        for node in rule["nodes"]
    ]
