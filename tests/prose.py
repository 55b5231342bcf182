"""What tests look for in the words of notebooks and guides: quotations, ids, outside links."""

import json
import re
from functools import cache

import nhsreform as nr
from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.data.validate.small_tables import CITING

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
def known_pages():
    """Return {address: {(mark, kind of source)}} of every page that a table gives; one in a row's note is of any kind."""
    known = {url: {("", "")} for url in table("sources").url}
    for row in (row for name in (*CITING, "structure") for row in table(name).to_dict("records")):
        known.setdefault(row["url"], set()).add((row["mark"], row["source_kind"]))
        for url in re.findall(r"https?://[^\s;,)]+", row.get("note", "")):
            known.setdefault(url.rstrip("."), set()).add((row["mark"], ""))
    return known


def outside_links(markdown):
    """Return (address, mark, kind of source) of each link to the outside: `(..., V, record)`, or `| V` in a table."""
    after = r"(?:(?:, ([VPD])(?:, ([a-z ]+))?(?=[);]))|\)? \| ([VPD]))?"
    links = re.findall(rf"\]\((https?://[^)\s]+)\){after}", markdown)
    return [(address, mark or bare, kind if mark else None) for address, mark, kind, bare in links]


def bad_links(markdown):
    """Return a complaint for each outside link without its mark, without the kind of its source, or to a page in no table."""
    complaints = []
    for address, mark, kind in outside_links(markdown):
        kinds = {each for _, each in known_pages().get(address, ())}
        if not mark:
            complaints.append(f"{address} has no mark after it")
        if not kinds:
            complaints.append(f"{address} is in no table")
        elif kind is not None and kind not in kinds and not (kind and "" in kinds):
            complaints.append(f"{address} is {kind or 'of no kind'} here, and {kinds} in the tables")
    return complaints


def words_of(path):
    """Return the words of a page or a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


# --- what numbers in prose are counted from ---


def shown_before_06(source_id):
    """Return what the notebooks count of a text before 06, each claim by its main question, with that question's group."""
    claims = nr.claims(source_id=source_id, coder_set=False)
    return claims.assign(group=claims.theme.map(table("themes").set_index("theme").group))


def answers():
    """Return every answer of a claim that somebody put forward, with the claim's text, speaker and voice."""
    return codings().merge(nr.claims()[["claim_id", "source_id", "speaker", "voice"]], on="claim_id")


def count(rows, **wanted):
    """Return how many rows have these values, of which each may be one or several."""
    for column, value in wanted.items():
        rows = rows[rows[column].isin([value] if isinstance(value, str) else value)]
    return len(rows)
