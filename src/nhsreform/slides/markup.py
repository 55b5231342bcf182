"""HTML of the notebooks, read into a small tree and written again with only what a slide may hold."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

KEPT = {
    *("p", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "a", "br"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
# Goes with all that is in it: what a learner opens after a guess stays closed on a slide.
DROPPED = {"details", "style", "script"}
EMPTY = {"br", "hr", "img", "input"}


@dataclass
class Node:
    """An element: its tag, the attributes that a slide keeps, and what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    def text(self) -> str:
        """Return the words in it, spaces joined; a line break counts as a space."""
        if self.tag == "br":
            return " "
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def html(self) -> str:
        """Return it as HTML."""
        if self.tag == "br":
            return "<br>"
        inner = inner_html(self)
        attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in self.attributes.items())
        return f"<{self.tag}{attributes}>{inner}</{self.tag}>"

    def all(self, *tags: str) -> Iterator[Node]:
        """Yield every element below with one of these tags, in order."""
        for child in self.children:
            if isinstance(child, Node):
                if child.tag in tags:
                    yield child
                yield from child.all(*tags)


def inner_html(node: Node) -> str:
    """Return what is in an element as HTML."""
    return "".join(
        html.escape(child, quote=False) if isinstance(child, str) else child.html() for child in node.children
    )


def _attributes(tag: str, given: list[tuple[str, str | None]]) -> dict[str, str]:
    """Return the attributes that a slide keeps: where a link goes to the outside, and how a table is read."""
    found = dict(given)
    if tag == "a" and re.match(r"https?://", found.get("href") or ""):
        return {"href": found["href"] or ""}
    if tag == "th" and found.get("scope"):
        return {"scope": found["scope"] or ""}
    if tag == "td" and "text-align:right" in (found.get("style") or "").replace(" ", ""):
        return {"class": "number"}
    return {}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self.open = [self.root]
        self.dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.dropping:
            self.dropping += [tag] * (tag not in EMPTY)
        elif tag in DROPPED:
            self.dropping.append(tag)
        elif tag == "br":
            self.open[-1].children.append(Node("br"))
        elif tag in KEPT:
            node = Node(tag, _attributes(tag, attrs))
            # A link inside the pack leads nowhere from a deck; its words stay.
            if tag == "a" and not node.attributes:
                node = Node("span")
            self.open[-1].children.append(node)
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if self.dropping:
            if tag == self.dropping[-1]:
                self.dropping.pop()
        elif tag in KEPT and tag != "br":
            while len(self.open) > 1:
                closed = self.open.pop()
                # A heading cell without words heads nothing.
                if closed.tag == "th" and not closed.text().strip():
                    closed.tag, closed.attributes = "td", {}
                    break
                if closed.tag == tag or (tag == "a" and closed.tag == "span"):
                    break

    def handle_data(self, data: str) -> None:
        if not self.dropping:
            self.open[-1].children.append(data)


def blocks(text: str) -> list[Node]:
    """Return the top-level elements of HTML, with only what a slide may hold; bare words become paragraphs.

    >>> [node.html() for node in blocks('<div style="x"><p onclick="y">a &lt; b</p></div>')]
    ['<p>a &lt; b</p>']
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    found = []
    for child in reader.root.children:
        if isinstance(child, Node):
            found.append(child)
        elif child.strip():
            found.append(Node("p", {}, [child.strip()]))
    return found


def from_markdown(text: str) -> list[Node]:
    """Return the top-level elements of Markdown."""
    import mistune

    return blocks(str(mistune.create_markdown(plugins=["table"])(text)))
