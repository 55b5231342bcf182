"""HTML taken apart: what is taken out of it, and it as plain text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag


def soup_of(markup: str) -> BeautifulSoup:
    """Return HTML as a tree."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(markup, "html.parser")


def as_html(tag: Tag) -> str:
    """Return an element as HTML: signs as they are but for &, < and >.

    >>> as_html(soup_of("<p>é “a” &lt;b&gt;<br></p>"))
    '<p>é “a” &lt;b&gt;<br></p>'
    """
    from bs4.dammit import EntitySubstitution
    from bs4.formatter import HTMLFormatter

    plain = HTMLFormatter(EntitySubstitution.substitute_xml, void_element_close_prefix="")
    return tag.decode(formatter=plain)


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
