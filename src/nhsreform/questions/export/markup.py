"""The Markdown of a question as clean XHTML, and as plain text."""

from __future__ import annotations

import html
import re

from nhsreform.paths import PackError

_INLINE = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\[(?P<words>[^\[\]]+)\]\((?P<url>[^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|\*\*(?P<bold>.+?)\*\*"
    r"|\*(?P<em>[^*]+)\*",
    re.DOTALL,
)
_ITEM = re.compile(r"(?:[-*]|(?P<number>\d+[.)])) +(?P<rest>.*)", re.DOTALL)
# What is not turned into XHTML, each with the words in which it is said.
_BEYOND = (
    (re.compile(r"!\["), "it shows a picture"),
    (re.compile(r"^ *(```|~~~)", re.MULTILINE), "it shows a block of code"),
    (re.compile(r"^ *\|", re.MULTILINE), "it shows a table"),
    (re.compile(r"</?[A-Za-z][^>\n]*>"), "it holds HTML"),
)


class MarkupError(PackError):
    """A text holds something that has no plain XHTML."""


def beyond(markdown: str) -> str:
    """Return what a text holds that `block` does not turn into XHTML, in words, or "".

    >>> beyond("See ![a chart](chart.png)."), beyond("Plain.")
    ('it shows a picture', '')
    """
    return next((words for pattern, words in _BEYOND if pattern.search(markdown)), "")


def text(words: str) -> str:
    """Return words escaped for XHTML; curly quotation marks stay as they are.

    >>> text("“R&D” < all")
    '“R&amp;D” &lt; all'
    """
    return html.escape(words, quote=False)


def inline(markdown: str) -> str:
    """Return one paragraph's Markdown as XHTML: bold, emphasis, code, and links to the web.

    A link to a file of the pack leads nowhere on a platform, so only its words are kept.

    >>> inline("**a** by [HSJ](https://www.hsj.co.uk/x)")
    '<strong>a</strong> by <a href="https://www.hsj.co.uk/x">HSJ</a>'
    """
    parts, at = [], 0
    for found in _INLINE.finditer(markdown):
        parts.append(text(markdown[at : found.start()]))
        at = found.end()
        if found["code"] is not None:
            parts.append(f"<code>{text(found['code'])}</code>")
        elif found["bold"] is not None:
            parts.append(f"<strong>{inline(found['bold'])}</strong>")
        elif found["em"] is not None:
            parts.append(f"<em>{inline(found['em'])}</em>")
        elif re.match(r"https?://", found["url"]):
            parts.append(f'<a href="{html.escape(found["url"])}">{inline(found["words"])}</a>')
        else:
            parts.append(inline(found["words"]))
    parts.append(text(markdown[at:]))
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def items(block: str) -> list[str]:
    r"""Return the items of a list in Markdown, each without its sign; nothing when the block is no list.

    >>> items("- one\n- two\n  and more")
    ['one', 'two\nand more']
    """
    if not _ITEM.match(block):
        return []
    found: list[str] = []
    for line in block.splitlines():
        item = _ITEM.match(line)
        if item:
            found.append(item["rest"])
        else:
            found[-1] += "\n" + line.strip()
    return found


def blocks(markdown: str) -> list[str]:
    """Return the paragraphs, lists and quotations of a text, which blank lines keep apart."""
    return [block.strip() for block in re.split(r"\n[ \t]*\n", markdown) if block.strip()]


def block(markdown: str) -> str:
    r"""Return Markdown as XHTML: paragraphs, lists, block quotations and headings.

    Raises MarkupError for a picture, a table, a block of code or HTML.

    >>> block("One.\n\n> Two.")
    '<p>One.</p><blockquote><p>Two.</p></blockquote>'
    """
    if beyond(markdown):
        raise MarkupError(f"This text cannot be turned into plain XHTML: {beyond(markdown)}.")
    return "".join(_one(part) for part in blocks(markdown))


def _one(part: str) -> str:
    if part.startswith(">"):
        return f"<blockquote>{block(re.sub(r'^ *> ?', '', part, flags=re.MULTILINE))}</blockquote>"
    listed = items(part)
    if listed:
        name = "ol" if part[0].isdigit() else "ul"
        return f"<{name}>{''.join(f'<li>{inline(item)}</li>' for item in listed)}</{name}>"
    if part.startswith("#"):
        return f"<p><strong>{inline(part.lstrip('# '))}</strong></p>"
    return f"<p>{inline(part)}</p>"


def plain(markup: str) -> str:
    r"""Return XHTML made here as plain text: a line for each paragraph, `>` before a quotation, the address after a link.

    >>> plain('<blockquote><p>It is &lt;b&gt;.</p></blockquote><p>By <a href="https://x.org">X</a></p>')
    '> It is <b>.\nBy X (https://x.org)'
    """
    words = re.sub(r'<a href="([^"]*)">(.*?)</a>', r"\2 (\1)", markup)
    words = re.sub(r"<blockquote>(.*?)</blockquote>", lambda found: found[1].replace("<p>", "<p>&gt; "), words)
    words = re.sub(r"<li>", "- ", re.sub(r"</(?:p|li)>", "\n", words))
    return html.unescape(re.sub(r"<[^>]+>", "", words)).strip()
