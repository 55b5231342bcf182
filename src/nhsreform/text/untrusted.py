"""What a stranger typed, made fit for a terminal, a page, a label, a spreadsheet or a file.

One rule for the signs that nobody sees: control characters, halves of a split emoji, marks that turn text round, and the
two line breaks that only some programs know. What takes their place depends on where the text goes.
"""

from __future__ import annotations

import html
import re
import unicodedata

# A cell begins at its beginning, and wherever a spreadsheet that splits lines in its own way sees one begin. Blanks and
# quotation marks there do not keep it from taking what follows for a formula (OWASP, "CSV Injection"), in both widths.
# A dash and a blank on a further line is a list's.
_BEGINS = r"(?:^|(?<=[;|\t\r\n]))(?!(?<=\n) *- )"
_FORMULA = r"""(?:[^\S\t\r\n]|")*+[=+\-@|%\uff1d\uff0b\uff0d\uff20]"""
_IS_FORMULA = re.compile(_BEGINS + _FORMULA)
_TO_GUARD = re.compile(f"{_BEGINS}(?='*+{_FORMULA})")
_GUARDED = re.compile(f"(?:^|(?<=[;|\\t\\r\\n]))'(?='*+{_FORMULA})")
# Persian words and many emoji are written with joiners, which have no width and do no harm.
_JOINERS = "\u200c\u200d"
_NOTHING_SEEN = "(nothing that can be seen)"


def is_unseen(sign: str) -> bool:
    """Return whether a sign is one that nobody sees, or that steers what shows it."""
    return unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029"


def for_terminal(text: str, longest: int | None = None) -> str:
    r"""Return a text for a terminal or a title: one line, nothing that moves, colours or turns it, and no longer than asked.

    >>> for_terminal("Ada\x1b[31m\u202e Lovelace\n", 14)
    'Ada\ufffd[31m\ufffd Lov\u2026'
    """
    seen = "".join("\ufffd" if is_unseen(sign) else sign for sign in text)
    return seen if longest is None or len(seen) <= longest else seen[: longest - 1] + "\u2026"


def for_page(text: str) -> str:
    r"""Return a text for a page: no tag, no sign that steers, its lines kept, and its direction kept to itself.

    >>> for_page("<b>Ada</b>\x00")
    '<bdi>&lt;b&gt;Ada&lt;/b&gt;</bdi>'
    """
    seen = "".join(sign for sign in text if sign in "\n\t" or sign in _JOINERS or not is_unseen(sign))
    blank = all(unicodedata.category(sign)[0] in "CZ" for sign in seen)
    return f"<bdi>{_NOTHING_SEEN if blank else html.escape(seen)}</bdi>"


def as_label(text: str, longest: int = 80) -> str:
    r"""Return a name fit to be shown anywhere: one line, no sign that nobody sees, no longer than asked; never empty.

    >>> as_label("Ann\x1b[31m  O'Neil\u202e")
    "Ann[31m O'Neil"
    """
    seen = "".join(sign for sign in text if sign.isspace() or not is_unseen(sign))
    return one_line(unicodedata.normalize("NFC", seen))[:longest].rstrip() or "no name"


def for_cell(text: str) -> str:
    """Return a text for a cell of a spreadsheet: one line, and no formula however the spreadsheet splits it.

    >>> for_cell("=1+1"), for_cell("smith"), for_cell("-2")
    ("'=1+1", 'smith', "'-2")
    """
    return guarded("".join(" " if is_unseen(sign) else sign for sign in text))


def for_file(text: str) -> str:
    r"""Return what was typed without the signs that no file can hold, its line ends plain.

    >>> for_file("a\x00b\r\nc")
    'ab\nc'
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        sign
        for sign in plain
        if sign in "\n\t" or (unicodedata.category(sign) not in ("Cc", "Cs") and sign not in "\ufffe\uffff")
    )


def one_line(text: str) -> str:
    r"""Return text with every run of white space as one blank.

    >>> one_line(" one\n  two ")
    'one two'
    """
    return " ".join(text.split())


# --- formulas --------------------------------------------------------------------------------------------------------


def web_address(text: str) -> str:
    """Return an address that a link may lead to, or "" for anything else.

    >>> web_address("https://a.org"), web_address("javascript:alert(1)")
    ('https://a.org', '')
    """
    return text if re.match(r"https?://", text) else ""


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text, or a part that it splits off, for a formula.

    >>> is_formula("=1+1"), is_formula(" +44"), is_formula("a;@SUM(1)"), is_formula("Ada")
    (True, True, True, False)
    """
    return _IS_FORMULA.search(text) is not None


def guarded(text: str) -> str:
    """Return a text with an apostrophe before all that looks like a formula, and no two texts made alike.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("a;@SUM(1)"), guarded("Ada")
    ("'=1+1", "''=1+1", "a;'@SUM(1)", 'Ada')
    """
    return _TO_GUARD.sub("'", text)


def unguarded(text: str) -> str:
    """Return a text without the apostrophes that `guarded` put in.

    >>> unguarded("'=1+1"), unguarded("''=1+1"), unguarded("'Ada'")
    ('=1+1', "'=1+1", "'Ada'")
    """
    return _GUARDED.sub("", text)
