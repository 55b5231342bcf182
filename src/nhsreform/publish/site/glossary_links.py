"""Links each term of the glossary where a page uses it first."""

from __future__ import annotations

import re
from typing import NamedTuple

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from nhsreform.checkout import once
from nhsreform.data import tables
from nhsreform.publish.site.pages import term_id

LINKED = ("notebooks/", "exercises/")
GLOSSARY = "glossary"
# Headings, links and code stay as they are, and quotations are nobody's to mark.
_LEFT_ALONE = (nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.block_quote, nodes.raw)


class Term(NamedTuple):
    """A term of the glossary: its anchor and what it means, in a sentence."""

    anchor: str
    meaning: str


def _pattern(form: str) -> str:
    """Return what finds a form of a term. Only a plain word may begin small: PCT and Bill may not."""
    plain = form[1:] == form[1:].lower() and form not in ("Bill", "Bottle")
    first = f"[{form[0].upper()}{form[0].lower()}]" if plain else re.escape(form[0])
    return f"{first}{re.escape(form[1:])}s?"


@once
def finder() -> tuple[re.Pattern[str], dict[str, Term]]:
    """Return a pattern that finds any form of any term, the longest first, and the term of each form, in small letters."""
    terms: dict[str, Term] = {}
    forms: list[str] = []
    for row in tables.table("glossary").itertuples():
        words = f"{row.expansion}: {row.meaning}" if row.expansion else row.meaning
        for form in filter(None, [row.term, row.expansion, *map(str.strip, row.forms.split(";"))]):
            forms.append(form)
            terms[form.lower()] = Term(term_id(row.term), words[0].upper() + words[1:])
    forms.sort(key=lambda form: (-len(form), form))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(_pattern, forms))})(?![\w-])"), terms


def term(words: str) -> Term:
    """Return the term that a form found in a text belongs to."""
    _, terms = finder()
    small = words.lower()
    return terms[small] if small in terms else terms[small.removesuffix("s")]


class TermLinks(SphinxPostTransform):
    """Makes the first use of each term on a page of LINKED a link to the glossary."""

    default_priority = 400

    def run(self, **_: object) -> None:
        """Change the page's tree in place."""
        docname = self.env.docname
        if not docname.startswith(LINKED):
            return
        target = self.app.builder.get_relative_uri(docname, GLOSSARY)
        used: set[str] = set()
        for text in list(self.document.findall(nodes.Text)):
            if text.parent and not _inside(text, _LEFT_ALONE):
                new = _linked(text.astext(), target, used)
                if any(isinstance(part, nodes.reference) for part in new):
                    text.parent.replace(text, new)


def _inside(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node is not None:
        if isinstance(node, kinds):
            return True
        node = node.parent
    return False


def _linked(words: str, target: str, used: set[str]) -> list[nodes.Node]:
    pattern, _ = finder()
    parts: list[nodes.Node] = []
    end = 0
    for match in pattern.finditer(words):
        anchor, meaning = term(match[0])
        if anchor in used:
            continue
        used.add(anchor)
        parts.append(nodes.Text(words[end : match.start()]))
        parts.append(
            nodes.reference(
                "", match[0], internal=True, refuri=f"{target}#{anchor}", reftitle=meaning, classes=["term"]
            )
        )
        end = match.end()
    parts.append(nodes.Text(words[end:]))
    return [part for part in parts if not isinstance(part, nodes.Text) or part.astext()]
