"""Any value as inert JSON: what `nr.check` was given, or what a student's cell set, without the object itself.

`plain` runs beside the learner. What it returns can be sent, stored and judged anywhere: nothing of the learner's is ever
called or compared again, so an object that claims to equal everything gains nothing.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any

from nhsreform.text.typography import as_typed, folded
from nhsreform.text.untrusted import for_terminal, one_line

Plain = dict[str, Any]

MAX_ITEMS = 500
MAX_DEPTH = 5
MAX_TEXT = 20_000
MAX_BITS = 256


def plain(value: object) -> Plain:
    """Return `value` as JSON of a known shape: {"type": ..., "value" or "items": ...}.

    Whatever can be gone through is a list: a column, an array, the keys of a dictionary, a table of one row or one column.
    Types: blank (`...`), none, bool, int, float, text, list, set, dict, table, other. At most MAX_ITEMS items
    in all, MAX_DEPTH deep and MAX_TEXT characters of text; what is over is cut and marked "cut". Never raises.

    >>> plain([23, "23%"])
    {'type': 'list', 'items': [{'type': 'int', 'value': 23}, {'type': 'text', 'value': '23%'}]}
    >>> plain(...)
    {'type': 'blank'}
    """
    try:
        return _plain(value, 0, [MAX_ITEMS])
    except Exception:
        return {"type": "other", "name": "a value that cannot be read"}


def _library(name: str, attribute: str) -> type | None:
    """Return a class of a library that is already imported; a value of that class cannot exist otherwise."""
    return getattr(sys.modules.get(name), attribute, None)


def _plain(value: object, depth: int, left: list[int]) -> Plain:
    """`left` is the number of items still allowed, shared by all levels."""
    kind = type(value)
    bases = kind.__mro__
    if value is ...:
        return {"type": "blank"}
    if value is None:
        return {"type": "none"}
    if kind is bool:
        return {"type": "bool", "value": value}
    # The methods are taken from the built-in class, because a learner's subclass may override them.
    if int in bases:
        if int.bit_length(value) > MAX_BITS:  # type: ignore[arg-type]
            return {"type": "other", "name": "a number too large to read"}
        return {"type": "int", "value": int.__int__(value)}  # type: ignore[arg-type]
    if float in bases:
        number = float.__float__(value)  # type: ignore[arg-type]
        return {"type": "float", "value": number if math.isfinite(number) else repr(number)}
    if str in bases:
        text = str.__str__(value)
        text = text.encode("utf-8", "replace").decode("utf-8")
        return {"type": "text", "value": text[:MAX_TEXT]} | ({"cut": True} if len(text) > MAX_TEXT else {})
    generic = _library("numpy", "generic")
    if generic is not None and generic in bases:
        return _plain(value.item(), depth + 1, left) if depth < MAX_DEPTH else _other(kind)  # type: ignore[attr-defined]
    if value is _library("pandas", "NA"):
        return {"type": "none"}
    if Decimal in bases or Fraction in bases:
        return _plain(float(value), depth, left)  # type: ignore[arg-type]
    frame = _library("pandas", "DataFrame")
    if frame is not None and frame in bases:
        rows, columns = value.shape  # type: ignore[attr-defined]
        if 1 in (rows, columns):
            return _items("list", value.to_numpy().ravel(), depth, left) | {"table": True}  # type: ignore[attr-defined]
        return {"type": "table", "rows": int(rows), "columns": [str(c)[:80] for c in list(value.columns)[:20]]}  # type: ignore[attr-defined]
    array = _library("numpy", "ndarray")
    if array is not None and array in bases:
        return _items("list", value.ravel(), depth, left)  # type: ignore[attr-defined]
    for built_in, name in ((list, "list"), (tuple, "list"), (set, "set"), (frozenset, "set")):
        if built_in in bases:
            return _items(name, built_in.__iter__(value), depth, left)  # type: ignore[arg-type]
    if dict in bases:
        return _pairs(dict.items(value), depth, left)  # type: ignore[arg-type]
    if isinstance(value, bytes | bytearray):
        return _plain(value.decode("utf-8", "replace"), depth, left)
    # A class itself may have the method; only what is of such a class can be gone through.
    if isinstance(value, Mapping):
        return _pairs(value.items(), depth, left)
    if hasattr(kind, "__iter__"):
        return _items("set" if isinstance(value, Set) else "list", value, depth, left)
    return _other(kind)


def _pairs(items: Iterable[tuple[object, object]], depth: int, left: list[int]) -> Plain:
    if depth >= MAX_DEPTH:
        return {"type": "other", "name": "dictionaries inside dictionaries, too deep to read"}
    pairs: list[list[Plain]] = []
    for key, entry in items:
        if left[0] <= 0:
            return {"type": "dict", "items": pairs, "cut": True}
        left[0] -= 1
        pairs.append([_plain(key, depth + 1, left), _plain(entry, depth + 1, left)])
    return {"type": "dict", "items": pairs}


def _other(kind: type) -> Plain:
    return {"type": "other", "name": f"a {str(type.__dict__['__name__'].__get__(kind))[:40]}"}


def _items(name: str, items: Any, depth: int, left: list[int]) -> Plain:
    if depth >= MAX_DEPTH:
        return {"type": "other", "name": "lists inside lists, too deep to read"}
    plain_items: list[Plain] = []
    for item in items:
        if left[0] <= 0:
            return {"type": name, "items": plain_items, "cut": True}
        left[0] -= 1
        plain_items.append(_plain(item, depth + 1, left))
    if name == "set":
        plain_items.sort(key=lambda item: str(item.get("value", "")))
    return {"type": name, "items": plain_items}


# --- what a plain value says -------------------------------------------------------------------------------


def fold(text: str) -> str:
    """Return text as it is compared: lower case, straight quotation marks, single spaces, no outer punctuation.

    >>> fold("  ‘Only 23%’. ")
    'only 23%'
    """
    return folded(text).strip("\"'.,;: ")


def describe(value: Plain) -> str:
    """Return what a value is, in words for a learner."""
    kind = value.get("type")
    words = {"blank": "nothing yet", "none": "None", "bool": "True or False", "text": "text", "dict": "a dictionary"}
    words |= dict.fromkeys(("int", "float"), "a number")
    if kind in ("list", "set"):
        what = "table with one row or column, and cells: " if value.get("table") else f"{kind} of "
        return f"a {what}{len(value.get('items', []))}{' or more' if value.get('cut') else ''}"
    if kind == "table":
        return f"a table of {value.get('rows')} rows"
    return words.get(str(kind)) or str(value.get("name", "something that cannot be read"))


def is_blank(value: Plain, untouched: Plain | None = None) -> bool:
    """Return whether nothing was entered: the stub's own value, `...`, None, or text without a word.

    Lists and dictionaries count as blank when all they hold is blank.
    """
    if value == untouched or value.get("type") in ("blank", "none"):
        return True
    if value.get("type") == "text":
        return not re.search(r"\w", value["value"])
    if value.get("type") in ("list", "set"):
        return all(is_blank(item) for item in value["items"])
    if value.get("type") == "dict":
        return all(is_blank(item) for _, item in value["items"])
    return False


def word(value: Plain) -> str | None:
    """Return a value as folded text; a number counts as its digits."""
    if value.get("type") == "text":
        return fold(value["value"])
    if value.get("type") == "int":
        return str(value["value"])
    return None


def only(value: Plain) -> Plain:
    """Return the one item of a list or set of one, and any other value as it is."""
    return value["items"][0] if value.get("type") in ("list", "set") and len(value["items"]) == 1 else value


def shortened(value: object) -> str:
    """Return what was typed, for a message: in one line, and not too long."""
    return for_terminal(one_line(as_typed(str(value))), 80)


def texts(value: Plain) -> Iterator[str]:
    """Yield every text in a value; the keys of a dictionary, which a question gives, are left out.

    >>> list(texts(plain({"one": ["b", 2]})))
    ['b']
    """
    if value.get("type") == "text":
        yield value["value"]
    for item in value.get("items", []):
        yield from texts(item[1] if value["type"] == "dict" else item)


def written(value: Plain, longest: int = 200) -> str:
    """Return a value as one would type it, in one line, and no longer than asked.

    >>> written(plain(["b", 2.5])), written(plain({"one": "b"})), written(plain("will " * 20), 20)
    ('["b", 2.5]', '{"one": "b"}', '"will will will wil…')
    """
    return for_terminal(
        one_line(typed(value, lambda text: json.dumps(one_line(text), ensure_ascii=False), "...")), longest
    )


def typed(value: Plain, quoted: Callable[[str], str], blank: str = "nothing yet") -> str:
    """Return a value as somebody would type it. `quoted` puts a text in quotation marks; `blank` stands for what is not filled in.

    >>> typed(plain([1, "a"]), '"{}"'.format)
    '[1, "a"]'
    """
    kind = value.get("type")
    if kind == "text":
        return quoted(value["value"])
    if kind in ("int", "float", "bool"):
        return str(value["value"])
    if kind in ("list", "set"):
        inner = ", ".join(typed(item, quoted, blank) for item in value["items"])
        return f"[{inner}]" if kind == "list" else f"{{{inner}}}"
    if kind == "dict":
        pairs = (": ".join(typed(part, quoted, blank) for part in pair) for pair in value["items"])
        return f"{{{', '.join(pairs)}}}"
    return blank if kind == "blank" else describe(value)
