"""The reading edition's start page: the five texts, the debate on one page, and what each way to use the pack gives."""

from __future__ import annotations

from html import escape

from nhsreform.data.tables import table
from nhsreform.debate.sentence import in_sentence, quoted_html
from nhsreform.publish.site import live_widgets
from nhsreform.publish.site.pages import RUN_PAGE, live, raw
from nhsreform.text.numbers_in_words import days
from nhsreform.widgets.overview.overview import overview

# One sentence of each text to begin with: none is kept back for the coding.
QUOTED = ("joint-report-c52", "pct-managers-c18", "mps-inquiry-c12", "nuffield-polls-c14", "walk-away-c03")
_TOP = """\
# Who Commissions? Reading the NHS reforms in England, 2010-11

In 2010 the government set out to hand the commissioning of health care in England, and most of its budget, to general
practitioners. Was it right, and would it work? Here is how that was argued over, in five short texts, read closely.
New here? Begin with [{first}]({first_page}.md).

"""
_WAYS = """\
<ul class="ways">
<li><strong>Read these pages:</strong> at once, on any device, offline too; nothing is checked and nothing kept.</li>
{browser}<li><strong><a href="{run}.html">Install the pack</a>:</strong> one command, about 600 MB; predictions, coding, simulators and
exercises that check your answers, the fastest and the safest for your work.</li>
</ul>"""
_BROWSER = """\
<li><strong><a href="browser/index.html">Run it in this browser</a>:</strong> everything works, answers are checked and kept on this
computer; about 30 MB on the first visit, nothing installed.</li>
"""


def start_page(first: tuple[str, str], readers: dict[str, str], *, browser: bool) -> str:
    """Return the start page as Markdown. `first` is the first notebook's page and title, `readers` the page that reads each text."""
    page, words = first
    cards = "\n".join(_card(claim_id, readers) for claim_id in QUOTED)
    debate = overview()
    return "\n\n".join([
        _TOP.format(first=words, first_page=page),
        "## Five texts",
        raw(f'<ul class="texts">\n{cards}\n</ul>'),
        "## The debate on one page",
        "Eleven questions, five texts, each claim a mark on its side. Choose a cell to read what stands in it.",
        live("overview", debate.fallback(), live_widgets.state(debate)),
        "## Three ways to use the pack" if browser else "## Two ways to use the pack",
        raw(_WAYS.format(browser=_BROWSER if browser else "", run=RUN_PAGE)),
    ]) + "\n"  # fmt: skip


def _card(claim_id: str, readers: dict[str, str]) -> str:
    claim = table("claims", claim_id=claim_id).iloc[0]
    text = table("sources", source_id=claim.source_id).iloc[0]
    speaker = table("actors", actor_id=claim.speaker).iloc[0]["name"]
    page = readers.get(claim.source_id)
    title = escape(text.short_title)
    head = f'<a href="{page}.html">{title}</a>' if page else title
    return (
        f'<li><h3>{head}</h3><p class="about">{escape(text.outlet)}, {escape(days(text.date_earliest, text.date_latest))}</p>'
        f'<blockquote lang="en-GB">\u201c{quoted_html(claim.exact, in_sentence(claim))}\u201d</blockquote>'
        f'<p class="by">{escape(speaker)}</p></li>'
    )
