"""Markdown as HTML, and as plain XHTML for learning platforms."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from nhsreform.errors import PackError

if TYPE_CHECKING:
    from mistune import Markdown

_ITEM = re.compile(r"(?:[-*]|(?P<number>\d+[.)])) +(?P<rest>.*)", re.DOTALL)
# What has no plain XHTML, each with the words in which it is said.
_BEYOND = {
    "image": "it shows a picture",
    "block_code": "it shows a block of code",
    "table": "it shows a table",
    "block_html": "it holds HTML",
    "inline_html": "it holds HTML",
}
_ELEMENTS = {"block_quote": "blockquote", "list_item": "li", "paragraph": "p", "strong": "strong", "emphasis": "em"}


class MarkupError(PackError):
    """A text holds something that has no plain XHTML."""


@cache
def _reader(renderer: Literal["html"] | None) -> Markdown:
    import mistune

    return mistune.create_markdown(renderer=renderer, plugins=["table"])


def to_html(markdown: str) -> str:
    r"""Return Markdown as HTML, tables too; HTML in it is shown, not obeyed.

    >>> to_html("**a** <b>")
    '<p><strong>a</strong> &lt;b&gt;</p>\n'
    """
    return str(_reader("html")(markdown))


def escaped(words: str) -> str:
    """Return words escaped for XHTML; quotation marks stay as they are.

    >>> escaped("“R&D” < all")
    '“R&amp;D” &lt; all'
    """
    return html.escape(words, quote=False)


def _tokens(markdown: str) -> list[dict[str, Any]]:
    tokens = _reader(None)(markdown)
    # Without a renderer mistune gives the tokens themselves.
    assert isinstance(tokens, list)
    return tokens


def beyond_xhtml(markdown: str) -> str:
    """Return what a text holds that has no plain XHTML, in words, or "".

    >>> beyond_xhtml("See ![a chart](chart.png)."), beyond_xhtml("Plain.")
    ('it shows a picture', '')
    """
    return _why_not(_tokens(markdown))


def to_xhtml(markdown: str) -> str:
    r"""Return Markdown as XHTML: paragraphs, lists, block quotations, and headings as bold paragraphs.

    A link that does not lead to the web leads nowhere on a platform: its words stay.
    Raises MarkupError for a picture, a table, a block of code or HTML.

    >>> to_xhtml("One.\n\n> **Two** by [HSJ](https://www.hsj.co.uk/x), [here](data.csv).")
    '<p>One.</p><blockquote><p><strong>Two</strong> by <a href="https://www.hsj.co.uk/x">HSJ</a>, here.</p></blockquote>'
    """
    return _xhtml(_plain(_tokens(markdown)))


def inline_xhtml(markdown: str) -> str:
    """Return one paragraph's Markdown as XHTML, without the paragraph. Raises MarkupError as `to_xhtml` does.

    >>> inline_xhtml("*a* `b < c`")
    '<em>a</em> <code>b &lt; c</code>'
    """
    tokens = _reader(None).inline(markdown, {"ref_links": {}})
    return _xhtml(_plain(tokens)).strip()


def _plain(tokens: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was parsed. Raises MarkupError when it has no plain XHTML."""
    if why_not := _why_not(tokens):
        raise MarkupError(f"This text cannot be turned into plain XHTML: {why_not}.")
    return tokens


def _why_not(tokens: Iterable[dict[str, Any]]) -> str:
    return next((_BEYOND[token["type"]] for token in _all(tokens) if token["type"] in _BEYOND), "")


def _all(tokens: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for token in tokens:
        yield token
        yield from _all(token.get("children", ()))


def _xhtml(tokens: Iterable[dict[str, Any]]) -> str:
    return "".join(map(_one, tokens))


def _one(token: dict[str, Any]) -> str:
    kind, inner = token["type"], _xhtml(token.get("children", ()))
    if kind in _ELEMENTS:
        return f"<{_ELEMENTS[kind]}>{inner}</{_ELEMENTS[kind]}>"
    if kind == "text":
        return escaped(re.sub(r"\s+", " ", token["raw"]))
    if kind == "codespan":
        return f"<code>{escaped(token['raw'])}</code>"
    if kind == "link":
        address = token["attrs"]["url"]
        return f'<a href="{html.escape(address)}">{inner}</a>' if re.match(r"https?://", address) else inner
    if kind == "list":
        name = "ol" if token["attrs"]["ordered"] else "ul"
        return f"<{name}>{inner}</{name}>"
    if kind == "heading":
        return f"<p><strong>{inner}</strong></p>"
    return {"softbreak": " ", "linebreak": "<br/>", "thematic_break": "<hr/>"}.get(kind, inner)


# --- Markdown, before it is turned into anything ---------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Iterable[object]]) -> list[str]:
    r"""Return a table as lines, with a blank one after it.

    >>> table(["", "no"], [["yes", 3], ["a|b", ""]])
    ['| | no |', '|---|---|', '| yes | 3 |', '| a\\|b |  |', '']
    """
    lines = [" | ".join(str(cell).replace("|", r"\|") for cell in row) for row in rows]
    names = "|".join(f" {name} " if name else " " for name in head)
    return [f"|{names}|", "|---" * len(head) + "|", *(f"| {line} |" for line in lines), ""]


def parts(markdown: str) -> list[str]:
    """Return the paragraphs, lists and quotations of a text, which blank lines keep apart."""
    return [part.strip() for part in re.split(r"\n[ \t]*\n", markdown) if part.strip()]


def items(part: str) -> list[str]:
    r"""Return the items of a list in Markdown, each without its sign; nothing when the part is no list.

    >>> items("- one\n- two\n  and more")
    ['one', 'two\nand more']
    """
    if not _ITEM.match(part):
        return []
    listed: list[str] = []
    for line in part.splitlines():
        item = _ITEM.match(line)
        if item:
            listed.append(item["rest"])
        else:
            listed[-1] += "\n" + line.strip()
    return listed
