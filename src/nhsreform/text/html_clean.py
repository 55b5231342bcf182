"""HTML taken apart: what may stay of it, its words, and it as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_STAYS = {
    *("p", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "a", "br"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
# Goes with all that is in it: what a learner opens after a guess stays closed.
_GOES = ("details", "style", "script")


def soup_of(markup: str) -> BeautifulSoup:
    """Return HTML as a tree."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(markup, "html.parser")


def element(name: str, *children: Tag | str, **attributes: str) -> Tag:
    """Return an element; `class_` is its class.

    >>> as_html(element("p", "a & ", element("code", "b"), class_="open"))
    '<p class="open">a &amp; <code>b</code></p>'
    """
    tag = soup_of("").new_tag(name, attrs={key.rstrip("_"): value for key, value in attributes.items()})
    tag.extend(children)
    return tag


def as_html(tag: Tag) -> str:
    """Return an element as HTML: signs as they are but for &, < and >."""
    from bs4.dammit import EntitySubstitution
    from bs4.formatter import HTMLFormatter

    plain = HTMLFormatter(EntitySubstitution.substitute_xml, void_element_close_prefix="")
    return tag.decode(formatter=plain)


def words(tag: Tag) -> str:
    """Return the words in an element; a line break counts as a blank.

    >>> words(soup_of("<p>one<br>two</p>"))
    'one two'
    """
    if tag.name == "br":
        return " "
    from bs4 import Tag

    return "".join(words(child) if isinstance(child, Tag) else str(child) for child in tag.children)


def cleaned(markup: str) -> list[Tag]:
    """Return the top-level elements of HTML with only what a text needs; bare words become paragraphs.

    Text, lists, quotations, code and tables stay, with links to the outside, the scope of a heading cell, and class "number"
    for a cell set to the right. What stands in <details> goes.

    >>> [as_html(tag) for tag in cleaned('<div style="x"><p onclick="y">a &lt; b</p></div>')]
    ['<p>a &lt; b</p>']
    """
    from bs4 import Comment, Tag

    soup = soup_of(markup)
    for tag in soup(_GOES):
        tag.decompose()
    for comment in soup(string=lambda string: isinstance(string, Comment)):
        comment.extract()
    for tag in soup(True):
        if tag.name not in _STAYS:
            tag.unwrap()
        else:
            _without_attributes(tag)
    return [
        child if isinstance(child, Tag) else element("p", str(child).strip())
        for child in list(soup.children)
        if isinstance(child, Tag) or str(child).strip()
    ]


def _without_attributes(tag: Tag) -> None:
    """Leave an element only where a link goes to the outside, and how a table is read."""
    attributes = {name: str(value) for name, value in tag.attrs.items()}
    tag.attrs = {}
    if tag.name == "a" and re.match(r"https?://", attributes.get("href", "")):
        tag["href"] = attributes["href"]
    elif tag.name == "a":
        # A link inside the pack leads nowhere from outside it; its words stay.
        tag.name = "span"
    elif tag.name == "th" and not words(tag).strip():
        # A heading cell without words heads nothing.
        tag.name = "td"
    elif tag.name == "th" and attributes.get("scope"):
        tag["scope"] = attributes["scope"]
    elif tag.name == "td" and "text-align:right" in attributes.get("style", "").replace(" ", ""):
        tag["class"] = "number"


def take_out(soup: BeautifulSoup, css_class: str) -> None:
    """Take every element of a class out of a tree, and what stands empty without it.

    >>> soup = soup_of('<p>a <b class="x">b</b></p><p><em class="x">c</em></p>')
    >>> take_out(soup, "x")
    >>> as_html(soup)
    '<p>a </p>'
    """
    for tag in soup(class_=css_class):
        around = tag.parent
        tag.decompose()
        while around is not None and around is not soup and not around.get_text(strip=True):
            empty, around = around, around.parent
            empty.decompose()


def plain(markup: str) -> str:
    r"""Return HTML as plain text: a line for each paragraph, `>` before a quotation, `-` before an item, the address after a link.

    >>> plain('<blockquote><p>It is &lt;b&gt;.</p></blockquote><p>By <a href="https://x.org">X</a></p>')
    '> It is <b>.\nBy X (https://x.org)'
    """
    soup = soup_of(markup)
    for link in soup("a", href=True):
        link.append(f" ({link['href']})")
    _begun(soup.select("blockquote > p"), "> ")
    _begun(soup("li"), "- ")
    for tag in soup(["p", "li"]):
        tag.append("\n")
    return soup.get_text().strip()


def _begun(tags: Iterable[Tag], sign: str) -> None:
    for tag in tags:
        tag.insert(0, sign)
