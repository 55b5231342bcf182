"""Signs and letters that are printed differently and read alike."""

from __future__ import annotations

import unicodedata

from nhsreform.text.untrusted import one_line

# What a printer sets, and what a keyboard has for it.
_ON_A_KEYBOARD = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        # hyphens, dashes and the minus sign
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        # blanks that keep words together, or are narrow
        **dict.fromkeys("\u00a0\u2009\u202f", " "),
    }
)


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
    """Return text with the quotation marks, dashes, minus and blanks that a keyboard has.

    >>> as_typed("\u2018a\u2019 \u2013 \u22122")
    "'a' - -2"
    """
    return text.translate(_ON_A_KEYBOARD)


def folded(text: str) -> str:
    """Return text as a reader hears it: signs as typed, small letters, single blanks.

    >>> folded(" It\u2019s  \u22122 ")
    "it's -2"
    """
    return one_line(as_typed(text)).casefold()


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
