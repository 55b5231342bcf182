"""What the edition adds to Sphinx: links to the glossary, wide tables in boxes that scroll, and which scripts a page needs."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

from nhsreform.publish.site.glossary_links import TermLinks
from nhsreform.publish.site.pages import wide

# A corner of a table that heads nothing is no heading.
_EMPTY_HEADING = re.compile(r"<th\b[^>]*>(?:<p></p>|\s*)</th>")
_TABLE = re.compile(r'<table class="docutils.*?</table>', re.DOTALL)


def page_context(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Complete what a page's template is given: its body, its neighbours and the scripts it needs."""
    body = context.get("body", "")
    body = _TABLE.sub(lambda match: f"{wide('A table')}{match[0]}</div>", body)
    body = _EMPTY_HEADING.sub("<td></td>", body)
    order = [name for group in app.config.html_context["groups"] for name, _ in group["pages"]]
    titles = {name: title for group in app.config.html_context["groups"] for name, title in group["pages"]}
    at = order.index(page) if page in order else None
    around = {"before": None, "after": None}
    if at is not None:
        around = {"before": order[at - 1] if at else None, "after": order[at + 1] if at + 1 < len(order) else None}
    context |= {
        "body": body,
        "titles": titles,
        "has_live": 'class="live"' in body,
        "has_chart": 'class="chart"' in body,
        **around,
    }


class English(SearchEnglish):
    """Sphinx's English for the search, with each word's stem looked for once: an eighth of a build's time."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self._stem = cache(super().stem)

    def stem(self, word: str) -> str:
        """Return a word's stem."""
        return self._stem(word)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_post_transform(TermLinks)
    app.add_search_language(English)
    app.connect("html-page-context", page_context)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
