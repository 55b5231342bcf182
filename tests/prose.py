"""What the tests of notebooks and of teaching pages look for in Markdown: quotations, ids, outside links."""

import re
from functools import cache

from nhsreform.data.tables import table

TABLES_WITH_URLS = [
    "events",
    "facts",
    "polls",
    "pathfinders",
    "risk_studies",
    "cases",
    "sources",
    "outcomes",
    "schemes",
]
# Numbers as prose says them.
WORDS = re.findall(
    r"\w+",
    "no one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty",
)


def quotations(markdown):
    """Return what stands in a block quotation, or between curly double quotation marks."""
    blocks = re.findall(r"^> ?(.*(?:\n> ?.*)*)", markdown, flags=re.M)
    found = [re.sub(r"\n> ?", "\n", block).strip().removesuffix(":") for block in blocks]
    return found + re.findall(r"“([^”]*)”", re.sub(r"^>.*$", "", markdown, flags=re.M))


@cache
def known_ids():
    """Return every id of a claim, figure, issue, tip, segment or passage."""
    tables = {
        "claims": "claim_id",
        "figures": "figure_id",
        "issues": "issue_id",
        "advice": "advice_id",
        "segments": "segment_id",
        "passages": "passage_id",
    }
    return {each for name, column in tables.items() for each in table(name)[column]}


def cited_ids(text):
    """Return what has the form of such an id."""
    sources = "|".join(table("sources").source_id)
    return re.findall(rf"\b(?:{sources})-[cfiasp]\d{{2,3}}\b", text)


@cache
def known_addresses():
    """Return every address that a table gives."""
    return {url for name in TABLES_WITH_URLS for url in table(name).url}


def bad_links(markdown, bare=True):
    """Return a complaint for each outside link without a mark (V, P or D) after it, or to an address in no table.

    In brackets, the kind of source that the tables name may stand after the mark; where `bare`, a mark may do without.
    """
    complaints = []
    kinds = "|".join({*table("facts").source_kind, *table("events").source_kind})
    for target, after in re.findall(r"\]\((https?://[^)\s]+)\)([^)]{0,17}\)?)", markdown):
        if not re.match(rf", [VPD](, ({kinds}))?\){'| [VPD]' if bare else ''}", after):
            complaints.append(f"{target} has no mark after it")
        if target not in known_addresses():
            complaints.append(f"{target} is in no table")
    return complaints
