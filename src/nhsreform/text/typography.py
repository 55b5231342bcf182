"""Signs and letters that are printed differently and read alike."""

from __future__ import annotations

import re
import unicodedata

from nhsreform.text.untrusted import one_line

# Signs that are written as an apostrophe or a quotation mark, by their names and the classes that such signs have.
_QUOTES = re.compile("QUOTATION MARK|APOSTROPHE|PRIME|GRAVE ACCENT|ACUTE ACCENT|TURNED COMMA")
_CLASSES_OF_QUOTES = {"Pi", "Pf", "Ps", "Po", "Sk", "Lm", "So"}


class _Typed(dict[int, str | None]):
    """What a keyboard has for each sign, worked out when it is first met: by its Unicode class, not from a list."""

    def __missing__(self, code: int) -> str | None:
        sign = chr(code)
        self[code] = typed = sign if sign.isascii() and sign.isprintable() else _on_a_keyboard(sign)
        return typed


def _on_a_keyboard(sign: str) -> str | None:
    kind, name = unicodedata.category(sign), unicodedata.name(sign, "")
    if kind == "Zs":
        return " "
    if sign.isspace():
        return sign
    # Controls and formats (no width, soft hyphen, direction, byte order), selectors of a form, fillers.
    if kind in ("Cc", "Cf") or "VARIATION SELECTOR" in name or name.endswith((" FILLER", "GRAPHEME JOINER")):
        return None
    if kind == "Pd" or name == "MINUS SIGN":
        return "-"
    if kind in _CLASSES_OF_QUOTES and _QUOTES.search(name):
        double = "DOUBLE" in name or name.endswith("FULLWIDTH QUOTATION MARK")
        return '"' if double else "'"
    return sign


_TYPED = _Typed()


# Letters with a stroke or joined, which Unicode does not take apart, as they are typed where a keyboard lacks them.
_PLAIN_LETTERS = str.maketrans(
    {
        "\u0142": "l",
        "\u00f8": "o",
        "\u0111": "d",
        "\u00e6": "ae",
        "\u0153": "oe",
        "\u00fe": "th",
        "\u00f0": "d",
        "\u0131": "i",
        "\u0127": "h",
    }
)


def as_typed(text: str) -> str:
    """Return text with the quotation marks, dashes, minus and blanks that a keyboard has, and no sign that nobody sees.

    >>> as_typed("\u2018a\u2019 \u2013 \u22122\u200b")
    "'a' - -2"
    """
    return text.translate(_TYPED)


def folded(text: str) -> str:
    """Return text as a reader hears it: signs as typed, letters in one width and form, small, with single blanks.

    >>> folded(" It\u2019s  \u22122 "), folded("\uff22\u00ad")
    ("it's -2", 'b')
    """
    return one_line(unicodedata.normalize("NFKC", as_typed(text))).casefold()


def foreign_letters(text: str) -> list[str]:
    """Return each letter of a text that no English word has, whatever it looks like; letters with accents are left out.

    >>> foreign_letters("\u041aingsland, Zo\u00eb")
    ['\u041a']
    """
    letters = [
        sign for sign in dict.fromkeys(unicodedata.normalize("NFC", text)) if unicodedata.category(sign)[0] in "LM"
    ]
    return [sign for sign in letters if not unicodedata.normalize("NFKD", sign)[:1].isascii() and _on_a_keyboard(sign)]


def behind_a_group(name: str) -> list[str]:
    """Return what in a name may be the person's: what stands behind a hyphen, after the group's name that Moodle put in front.

    >>> behind_a_group("Seminar A-Anna-Lena Meyer")
    ['Anna-Lena Meyer', 'Lena Meyer']
    """
    return [name[at + 1 :] for at, sign in enumerate(name) if sign == "-"]


def squeezed(name: str) -> str:
    """Return a name's letters and digits alone, without accents: what is left of it in every file and list.

    Canvas takes blanks and signs out of names and keeps accents, Moodle keeps both, and archives and people who type a
    class list drop or split accents. So both sides of a comparison go through this.

    >>> squeezed("Zo\u00eb O'Brien"), squeezed("O\u2019Brien, Zoe"), squeezed("\u0141ukasz \u017bak")
    ('zoeobrien', 'obrienzoe', 'lukaszzak')
    """
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(_PLAIN_LETTERS)
    # Accents of alphabets go; the vowel signs of other scripts are letters and stay.
    return "".join(
        sign
        for sign in apart
        if sign.isalnum() or (unicodedata.category(sign)[0] == "M" and not "\u0300" <= sign <= "\u036f")
    )
