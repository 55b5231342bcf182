"""What axe finds wrong in a page, told in lines that name the place."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

# Where only the colours differ from a page that has been tried whole.
COLOURS = {"runOnly": ["color-contrast"]}


def findings(page: Any, selector: str | None = None, **options: Any) -> list[str]:
    """Return what axe finds wrong in the page, or inside `selector`, one line each."""
    # Nothing is loaded from elsewhere, so nothing is waited for.
    response = Axe().run(page, context=selector, options={"preload": False, **options}).response
    # Where axe takes everything for invisible, it passes over the colours without a word.
    assert any(rule["id"] == "color-contrast" for rule in response["passes"] + response["violations"])
    return [
        f"{page.url.rpartition('/')[2]} {rule['id']}: {node['html'][:200]}: {node['failureSummary'][:300]}"
        for rule in response["violations"]
        for node in rule["nodes"]
    ]
