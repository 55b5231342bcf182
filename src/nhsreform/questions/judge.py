"""Judging an answer, in two pure steps that never meet.

`plain(value)` runs beside the learner and turns any value into small, plain JSON. `verdict(json, entry)` runs
anywhere and compares that JSON with an entry of the key. Nothing of the learner's is ever called or compared by
`verdict`, so an object that claims to equal everything gains nothing.
"""

from __future__ import annotations

import math
import re
import sys
from typing import Any

Plain = dict[str, Any]

MAX_ITEMS = 500
MAX_DEPTH = 5
MAX_TEXT = 20_000
MAX_BITS = 256
KINDS = ("choice", "set", "order", "match", "number", "range", "text", "quotation", "attribution", "prose")

# --- step one: beside the learner ---------------------------------------------------------------------


def plain(value: object) -> Plain:
    """Return `value` as JSON of a known shape: {"type": ..., "value" or "items": ...}.

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
        text = str.__str__(value)  # type: ignore[arg-type]
        text = text.encode("utf-8", "replace").decode("utf-8")
        return {"type": "text", "value": text[:MAX_TEXT]} | ({"cut": True} if len(text) > MAX_TEXT else {})
    generic = _library("numpy", "generic")
    if generic is not None and generic in bases:
        return _plain(value.item(), depth + 1, left) if depth < MAX_DEPTH else _other(kind)  # type: ignore[attr-defined]
    frame = _library("pandas", "DataFrame")
    if frame is not None and frame in bases:
        rows, columns = value.shape  # type: ignore[attr-defined]
        if (rows, columns) == (1, 1) and depth < MAX_DEPTH:
            return _plain(value.iat[0, 0], depth + 1, left)  # type: ignore[attr-defined]
        return {"type": "table", "rows": int(rows), "columns": [str(c)[:80] for c in list(value.columns)[:20]]}  # type: ignore[attr-defined]
    for module, name in (("pandas", "Series"), ("pandas", "Index"), ("numpy", "ndarray")):
        listed = _library(module, name)
        if listed is not None and listed in bases:
            return _items("list", value.ravel() if name == "ndarray" else value, depth, left)  # type: ignore[attr-defined]
    for built_in, name in ((list, "list"), (tuple, "list"), (set, "set"), (frozenset, "set")):
        if built_in in bases:
            return _items(name, built_in.__iter__(value), depth, left)  # type: ignore[arg-type]
    if dict in bases:
        if depth >= MAX_DEPTH:
            return _other(kind)
        pairs = []
        for key, entry in dict.items(value):  # type: ignore[arg-type]
            if left[0] <= 0:
                return {"type": "dict", "items": pairs, "cut": True}
            left[0] -= 1
            pairs.append([_plain(key, depth + 1, left), _plain(entry, depth + 1, left)])
        return {"type": "dict", "items": pairs}
    return _other(kind)


def _other(kind: type) -> Plain:
    return {"type": "other", "name": f"a {str(type.__dict__['__name__'].__get__(kind))[:40]}"}


def _items(name: str, items: Any, depth: int, left: list[int]) -> Plain:
    if depth >= MAX_DEPTH:
        return {"type": "other", "name": "lists inside lists, too deep to read"}
    kept: list[Plain] = []
    for item in items:
        if left[0] <= 0:
            return {"type": name, "items": kept, "cut": True}
        left[0] -= 1
        kept.append(_plain(item, depth + 1, left))
    if name == "set":
        kept.sort(key=lambda item: str(item.get("value", "")))
    return {"type": name, "items": kept}


# --- step two: anywhere ---------------------------------------------------------------------------------

RIGHT, PARTLY, WRONG, UNTRIED, PERSON = "right", "partly", "wrong", "not tried", "needs a person"

_SIGNS = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u00a0": " ",
    }
)


def fold(text: str) -> str:
    """Return text as it is compared: lower case, straight quotation marks, single spaces, no outer punctuation.

    >>> fold("  ‘Only 23%’. ")
    'only 23%'
    """
    return re.sub(r"\s+", " ", text.translate(_SIGNS)).strip().strip("\"'.,;: ").casefold()


def describe(value: Plain) -> str:
    """Return what a value is, in words for a learner."""
    kind = value.get("type")
    words = {
        "blank": "nothing yet",
        "none": "None",
        "bool": "True or False",
        "int": "a number",
        "float": "a number",
        "text": "text",
        "dict": "a dictionary",
    }
    if kind in ("list", "set"):
        return f"a {kind} of {len(value.get('items', []))}{' or more' if value.get('cut') else ''}"
    if kind == "table":
        return f"a table of {value.get('rows')} rows"
    return words.get(str(kind)) or str(value.get("name", "something that cannot be read"))


def _result(state: str, share: float, message: str) -> dict[str, Any]:
    return {"state": state, "share": round(share, 4), "message": message}


def _wrong(message: str) -> dict[str, Any]:
    return _result(WRONG, 0.0, message)


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


def _word(value: Plain) -> str | None:
    """Return a value as folded text; a number counts as its digits."""
    if value.get("type") == "text":
        return fold(value["value"])
    if value.get("type") == "int":
        return str(value["value"])
    return None


def _named(words: str, table: dict[str, str]) -> str:
    """Return the message a key holds for an answer, or ""."""
    return next((message for name, message in table.items() if fold(name) == words), "")


def verdict(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    """Return {"state", "share", "message"} for a plain value and an entry of the key.

    state: right, partly, wrong, not tried, or needs a person (prose). share: 0 to 1 of the points.
    message: why, in one or two sentences; it never gives the answer away unless the answer is right.

    Entry fields used: kind, answer, untouched, and by kind options, also, wrong, right, tolerance, unit,
    percent, core_words, within, accepts. Raises ValueError for an entry of an unknown kind.
    """
    kind = entry["kind"]
    if kind not in KINDS:
        raise ValueError(f"unknown kind of question: {kind}")
    if is_blank(value, entry.get("untouched")):
        return _result(UNTRIED, 0.0, "")
    if value.get("cut"):
        return _wrong(f"This is too long to read ({describe(value)}). {_expected(entry)}")
    return _JUDGES[kind](value, entry)


def _expected(entry: dict[str, Any]) -> str:
    """Return a sentence on the form of an answer."""
    kind = entry["kind"]
    if kind == "choice":
        return f"Give one of: {', '.join(_labels(entry))}, in quotation marks."
    if kind == "number":
        return f"Give one number{', in ' + entry['unit'] if entry.get('unit') else ''}."
    if kind == "range":
        return (
            f"Give two numbers in square brackets, lowest first{', in ' + entry['unit'] if entry.get('unit') else ''}."
        )
    if kind == "set":
        return 'Give a list in square brackets, such as ["one", "two"]; order does not matter.'
    if kind == "order":
        return 'Give a list in square brackets, such as ["first", "second"], in order.'
    if kind == "match":
        return "Keep the dictionary as it stands and fill in the text after each colon."
    return "Give text in quotation marks."


def _labels(entry: dict[str, Any]) -> list[str]:
    return list(entry["options"])


def _option(words: str, entry: dict[str, Any]) -> str | None:
    """Return the label of the option meant by a label or by the option's whole text."""
    options: dict[str, str] = entry["options"]
    for label, text in options.items():
        if words in (fold(label), fold(text)):
            return label
    return None


def _choice(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    words = _word(value)
    if words is None and value.get("type") in ("list", "set") and len(value["items"]) == 1:
        words = _word(value["items"][0])
    if words is None:
        return _wrong(f"Your answer is {describe(value)}. {_expected(entry)}")
    label = _option(words.strip("()"), entry)
    if label is None:
        return _wrong(f"“{value.get('value', words)}” is not one of the options. {_expected(entry)}")
    if label == entry["answer"]:
        return _result(RIGHT, 1.0, entry.get("right", ""))
    if label in entry.get("also", {}):
        return _result(RIGHT, 1.0, entry["also"][label])
    return _wrong(entry.get("wrong", {}).get(label) or "That is not what the words say. Read the passage once more.")


def _listed(value: Plain) -> list[str] | None:
    """Return the folded words of a list, a set, or text with commas; None when they are not words."""
    if value.get("type") == "text":
        parts = [re.sub(r"^(and|&) ", "", fold(part)) for part in re.split(r"[,;\n]", value["value"])]
        return [part for part in parts if part]
    if value.get("type") in ("list", "set"):
        words = [_word(item) for item in value["items"] if not is_blank(item)]
        return None if None in words else words  # type: ignore[return-value]
    return None


def _canonical(words: list[str], entry: dict[str, Any]) -> list[str]:
    """Return each word as the key spells it, where the key knows it; `accepts` maps spellings to answers.

    Words joined by "and" are taken apart where the key knows one of them, and a title before a name does not count.
    """
    known = {name: name for name in map(fold, entry.get("wrong", {}))}
    known |= {fold(name): answer for answer, spellings in entry.get("accepts", {}).items() for name in spellings}
    options = entry.get("options") or {}
    known |= {fold(name): label for label, text in options.items() for name in (label, text)}
    known |= {fold(answer): answer for answer in entry["answer"]}
    bare = {_called(name): answer for name, answer in known.items()} | known
    apart = [part for word in words for part in _apart(word, bare)]
    return [bare.get(part, bare.get(_called(part), part)) for part in apart]


# A list in words that is longer is not taken apart.
LONGEST_LIST = 500


def _apart(words: str, known: dict[str, str]) -> list[str]:
    """Return words joined by "and" as items, where the first or the last of them is known; else as they are.

    >>> _apart("b and d", {"b": "b", "d": "d"}), _apart("fish and chips", {"b": "b"})
    (['b', 'd'], ['fish and chips'])
    """
    found: list[str] = []
    while _called(words) not in known and len(words) < LONGEST_LIST:
        joints = [(joint.start(), joint.end()) for joint in re.finditer(" (?:and|&) ", words)]
        pairs = [(fold(words[:start]), fold(words[end:])) for start, end in joints]
        pair = next((pair for pair in pairs if _called(pair[0]) in known), None)
        last = next((pair for pair in pairs if _called(pair[1]) in known), None)
        if pair is None:
            return [*found, *(last or [words])]
        found.append(pair[0])
        words = pair[1]
    return [*found, words]


def _set(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    words = _listed(value)
    if words is None:
        return _wrong(f"Your answer is {describe(value)}. {_expected(entry)}")
    given, answer = set(_canonical(words, entry)), set(entry["answer"])
    if given == answer:
        return _result(RIGHT, 1.0, entry.get("right", ""))
    extra, missing = sorted(given - answer), answer - given
    hits = len(given & answer)
    told = []
    for item in extra:
        why = _named(fold(item), entry.get("wrong", {}))
        told.append(why or f"“{item}” does not belong.")
    if missing:
        told.append(f"{hits} of {len(answer)} found; {len(missing)} still missing.")
    elif extra:
        told.append("All that belong are there.")
    share = max(0.0, (hits - len(extra)) / len(answer))
    return _result(PARTLY if share > 0 else WRONG, share if share > 0 else 0.0, " ".join(told))


def _order(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    words = _listed(value)
    if words is None or value.get("type") == "set":
        return _wrong(
            f"Your answer is {describe(value)}; a set keeps no order. {_expected(entry)}"
            if value.get("type") == "set"
            else f"Your answer is {describe(value)}. {_expected(entry)}"
        )
    given, answer = _canonical(words, entry), list(entry["answer"])
    if given == answer:
        return _result(RIGHT, 1.0, entry.get("right", ""))
    strangers = [word for word in given if word not in answer]
    if strangers:
        return _wrong(f"“{strangers[0]}” is not one of those to put in order.")
    if len(given) != len(set(given)):
        return _wrong("One of them stands in your list twice.")
    if len(given) < len(answer):
        return _wrong(f"Your list holds {len(given)}; {len(answer)} are to be put in order.")
    if given == answer[::-1]:
        return _wrong(entry.get("wrong", {}).get("reversed") or "You have them the wrong way round, last to first.")
    placed = sum(mine == theirs for mine, theirs in zip(given, answer, strict=True))
    at = next(i for i, (mine, theirs) in enumerate(zip(given, answer, strict=True), 1) if mine != theirs)
    return _result(
        PARTLY if placed else WRONG,
        placed / len(answer),
        f"{placed} of {len(answer)} are in place; the first that is not is number {at}.",
    )


def _match(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    if value.get("type") != "dict":
        return _wrong(f"Your answer is {describe(value)}. {_expected(entry)}")
    given = {_word(key): item for key, item in value["items"]}
    answer: dict[str, str] = entry["answer"]
    hits, told, remarks = 0, [], []
    for key, wanted in answer.items():
        item = given.get(fold(key))
        if item is None:
            told.append(f"{key}: this line is gone. Copy it back from the question.")
            continue
        if is_blank(item):
            told.append(f"{key}: not tried yet.")
            continue
        words = _word(item)
        label = _option(words, entry) if words is not None else None
        if label is None:
            shown = describe(item) if words is None else f"\u201c{words}\u201d"
            told.append(f"{key}: {shown} is not one of {', '.join(_labels(entry))}.")
        elif label == wanted:
            hits += 1
        elif label in entry.get("also", {}).get(key, {}):
            hits += 1
            remarks.append(entry["also"][key][label])
        else:
            told.append(f"{key}: {entry.get('wrong', {}).get(key, {}).get(label) or 'not yet.'}")
    if hits == len(answer):
        return _result(RIGHT, 1.0, " ".join([entry.get("right", ""), *remarks]))
    return _result(PARTLY if hits else WRONG, hits / len(answer), f"{hits} of {len(answer)} right. " + " ".join(told))


_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?!,\d))(?:\.\d+)?|[-+]?\.\d+"
_TOKEN = re.compile(rf"(?P<number>{_NUMBER})|(?P<word>[^\W\d_]+|[%£€$])|(?P<other>\S)")
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9}
_CURRENCIES = {"£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "€": "EUR", "eur": "EUR", "euro": "EUR"} | {
    "euros": "EUR",
    "$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
}
_PERCENT = {"%", "percent"}
# The end of a number, with what may stand between it and a dash: a letter alone is no number.
_MEASURED = rf"\d(?:\s*(?:{'|'.join([*_SCALES, *_PERCENT])})(?![^\W\d_]))?"
# Words that may stand beside a number and change nothing. "More than" is not among them: it changes what is said.
_BRACKETS = set("[](),;")
_FILLERS = {"about", "roughly", "approximately", "around", "to", "and", "between", "from"}


def _read_numbers(text: str, entry: dict[str, Any]) -> tuple[list[float], str]:
    """Return the numbers in a text, each in the question's unit, and what stops them from being read, or "".

    A text with a word that is no number, unit, scale or currency is not read at all: "not 23" is not 23.
    """
    unit = entry.get("unit", "")
    folded = text.translate(_SIGNS).casefold().replace("per cent", "percent")
    # A dash between two numbers is no minus sign.
    folded = re.sub(rf"({_MEASURED})\s*-\s*(?=-?[\d.£€$])", r"\1 to ", folded)
    numbers: list[float] = []
    units = {word.casefold() for word in re.findall(r"[^\W\d_]+|%", unit)}
    for found in _TOKEN.finditer(folded):
        word = found["word"]
        if found["number"]:
            numbers.append(float(found["number"].replace(",", "")))
        elif word in _SCALES and numbers:
            numbers[-1] *= _SCALES[word] / next((_SCALES[name] for name in units if name in _SCALES), 1)
        elif word in _PERCENT:
            if not entry.get("percent"):
                return [], "You gave a percentage."
        elif word in _CURRENCIES:
            if _CURRENCIES[word].casefold() not in units:
                return [], f"You gave {_CURRENCIES[word]}."
        elif word not in units | _FILLERS and found["other"] not in _BRACKETS:
            asked = "two numbers" if entry["kind"] == "range" else "one number"
            return [], f"\u201c{text.strip()[:60]}\u201d is not {asked} in digits."
    return numbers, ""


def _numbers(value: Plain, entry: dict[str, Any]) -> tuple[list[float], str]:
    """Return the numbers in a value, and what stops them from being read, or ""."""
    kind = value.get("type")
    if kind in ("int", "float"):
        number = value["value"]
        return ([float(number)], "") if isinstance(number, int | float) else ([], f"Your answer is {number}.")
    if kind == "text":
        return _read_numbers(value["value"], entry)
    if kind in ("list", "set"):
        read = [
            _numbers(item, entry | {"kind": "number"}) if item.get("type") in ("int", "float", "text") else ([], "")
            for item in value["items"]
        ]
        if all(len(numbers) == 1 for numbers, _ in read):
            return [numbers[0] for numbers, _ in read], ""
        return [], next((cause for _, cause in read if cause), f"Your answer is {describe(value)}.")
    return [], f"Your answer is {describe(value)}."


def _comma(value: Plain) -> str:
    """Return what to say of a list of numbers that a comma inside a number may have made, or "".

    >>> _comma(plain((2, 200)))
    'Your answer is a list of 2: Python reads a comma as the start of a new item. Write 2200, without a comma.'
    """
    items = value.get("items", [])
    if value.get("type") != "list" or len(items) < 2 or any(item["type"] not in ("int", "float") for item in items):
        return ""
    told = f"Your answer is {describe(value)}: Python reads a comma as the start of a new item."
    first, *rest = (item["value"] if item["type"] == "int" else -1 for item in items)
    # Python refuses the nought of 1,050, so what follows a comma is 000, or three digits from 100 on.
    if 1 <= abs(first) <= 999 and all(part == 0 or 100 <= part <= 999 for part in rest):
        return f"{told} Write {first}{''.join(f'{part:03d}' for part in rest)}, without a comma."
    return f"{told} Write a number without a comma in it, and its decimals with a point."


def _close(a: float, b: float, tolerance: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=max(tolerance, 1e-9))


def _number_cause(number: float, answer: float, tolerance: float, entry: dict[str, Any]) -> str:
    """Return a sentence that names what is wrong with a number, without giving the answer away."""
    for other in entry.get("wrong_values", []):
        if not isinstance(other["value"], list) and _close(number, other["value"], other.get("tolerance", 0)):
            return other["message"]
    if answer and _close(number, -answer, tolerance):
        return "The size is right; the sign is not."
    if entry.get("percent") and answer:
        if _close(number * 100, answer, tolerance):
            return "You gave a proportion; the question asks for a percentage. Multiply by 100."
        if _close(number, answer * 100, tolerance * 100):
            return "You have multiplied by 100 once too often."
        if _close(number, 100 - answer, tolerance):
            return "That is the other part of the whole: what is left of 100%."
    for factor in (1000, 1_000_000, 1_000_000_000):
        if answer and (
            _close(number, answer * factor, tolerance * factor) or _close(number * factor, answer, tolerance)
        ):
            return f"You are out by a factor of {factor:,}. Check the unit{': ' + entry['unit'] if entry.get('unit') else ''}."
    if entry.get("from") and any(_close(number, value, 0) for value in entry["from"]):
        return "That number is in the text, but it is not what the question asks for."
    return f"{number:g} is {'too high' if number > answer else 'too low'}. Check what is counted, and out of what."


def _judge_number(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    numbers, cause = _numbers(value, entry)
    if len(numbers) != 1:
        shown = "That is not one number." if value.get("type") == "text" else f"Your answer is {describe(value)}."
        return _wrong(f"{cause or _comma(value) or shown} {_expected(entry)}")
    number, answer, tolerance = numbers[0], float(entry["answer"]), float(entry.get("tolerance", 0))
    if _close(number, answer, tolerance):
        return _result(RIGHT, 1.0, entry.get("right", ""))
    said_percent = value.get("type") == "text" and any(sign in value["value"].casefold() for sign in ("%", "per"))
    if entry.get("proportion_allowed") and not said_percent and _close(number * 100, answer, tolerance):
        return _result(RIGHT, 1.0, entry.get("right", ""))
    return _wrong(_number_cause(number, answer, tolerance, entry))


def _range(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    numbers, cause = _numbers(value, entry)
    if len(numbers) == 1 and any(_close(numbers[0], end, 0) for end in entry["answer"]):
        return _result(PARTLY, 0.5, f"That is one end of a range; give both. {_expected(entry)}")
    if len(numbers) != 2:
        comma = _comma(value) if len(numbers) > 2 else ""
        if comma:
            comma = f"{comma.partition('. ')[0]}. Write each number without a comma in it."
        return _wrong(f"{cause or comma or f'Your answer is {describe(value)}.'} {_expected(entry)}")
    given = sorted(numbers)
    answer, tolerance = [float(end) for end in entry["answer"]], float(entry.get("tolerance", 0))
    right = [_close(mine, theirs, tolerance) for mine, theirs in zip(given, answer, strict=True)]
    if all(right):
        if value.get("type") != "set" and numbers != given:
            return _result(RIGHT, 1.0, "Both ends are right; write the lowest first. " + entry.get("right", ""))
        return _result(RIGHT, 1.0, entry.get("right", ""))
    for other in entry.get("wrong_values", []):
        ends, slack = other["value"], other.get("tolerance", 0)
        if isinstance(ends, list) and all(_close(mine, end, slack) for mine, end in zip(given, ends, strict=True)):
            return _wrong(other["message"])
    if entry.get("percent") and all(
        _close(mine * 100, end, tolerance) for mine, end in zip(given, answer, strict=True)
    ):
        return _wrong("You gave proportions; the question asks for percentages. Multiply by 100.")
    if any(right):
        wrong_end = 0 if right[1] else 1
        cause = _number_cause(given[wrong_end], answer[wrong_end], tolerance, entry)
        return _result(PARTLY, 0.5, f"The {'high' if right[1] else 'low'} end is right. The other: {cause}")
    return _wrong(_number_cause(given[0], answer[0], tolerance, entry))


_CLAIM_ID = re.compile(r"[a-z\d]+(?:-[a-z\d]+)*-c\d+")


def _text(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    only = value["items"][0] if value.get("type") == "list" and len(value["items"]) == 1 else value
    words = _word(only)
    if words is None:
        return _wrong(f"Your answer is {describe(value)}. {_expected(entry)}")
    # Ids of claims are printed in square brackets.
    words = fold(words.strip("[]()"))
    if words in {fold(option) for option in (entry["answer"], *entry.get("accepts", []))}:
        return _result(RIGHT, 1.0, entry.get("right", ""))
    stranger = _no_claim(words) if _CLAIM_ID.fullmatch(entry["answer"]) else ""
    return _wrong(_named(words, entry.get("wrong", {})) or stranger or entry.get("else", "Look at the passage again."))


def _no_claim(words: str) -> str:
    """Return what to say of words that are no id of a claim, or "" for an id."""
    from nhsreform.tables import table

    if words in set(table("claims").claim_id):
        return ""
    if _CLAIM_ID.fullmatch(words):
        return f"There is no claim {words}. Copy the id from where you found the claim."
    return f"\u201c{words[:60]}\u201d is no id of a claim. Give its id, as the tables and the readers print it."


# A word or two of a quotation show nothing.
LEAST_RUN = 3


def _run(said: str, core: str) -> str:
    """Return the longest run of a core's words that stands in what was said.

    >>> _run("care, but will need time", "will need time and careful design")
    'will need time'
    """
    mine, theirs = [fold(word) for word in said.split()], core.split()
    found: list[str] = []
    for start in range(len(theirs)):
        for stop in range(start + len(found) + 1, len(theirs) + 1):
            piece = theirs[start:stop]
            if not any(mine[at : at + len(piece)] == piece for at in range(len(mine) - len(piece) + 1)):
                break
            found = piece
    return " ".join(found)


def _quotation(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    from nhsreform.sources import closest, departure

    if value.get("type") != "text":
        return _wrong(f"Your answer is {describe(value)}. {_expected(entry)}")
    said, answer, within = fold(value["value"]), entry["answer"], entry["within"]
    core = fold(entry.get("core_words", answer))
    limit = entry.get("max_words", len(answer.split()) + 12)
    count = len(said.split())
    inside = re.search(rf"(?<!\w){re.escape(said)}(?!\w)", fold(within)) is not None
    whole = inside and (core in said or said in map(fold, entry.get("accepts", [])))
    run = _run(said, core)
    words = len(run.split())
    half = inside and words >= LEAST_RUN and 2 * words >= len(core.split()) and count <= limit
    named = _named(said, entry.get("wrong", {})) or (half and not whole and _named(run, entry.get("wrong", {})))
    if named:
        return _result(PARTLY, 0.5, named) if half and not whole else _wrong(named)
    if whole and count > limit:
        return _result(PARTLY, 0.5, f"The words are in there, but you quote {count} words. Keep to at most {limit}.")
    if whole:
        return _result(RIGHT, 1.0, entry.get("right", ""))
    if half and said in core:
        return _result(PARTLY, 0.5, "That is part of it, word for word. Quote a little more.")
    if half:
        return _result(
            PARTLY, 0.5, "There is a part of it in that, word for word, but not all. Begin or end elsewhere."
        )
    if inside:
        if said in core:
            return _wrong("These words stand in the right place, but so few show nothing. Quote more.")
        near = len(set(said.split()) & set(core.split())) > len(core.split()) / 2
        return _wrong(
            "These words stand in the text, but they do not show what is asked"
            + (", though you are close." if near else ".")
        )
    cost, start, end = closest(value["value"], within)
    if end and cost <= count / 2:
        return _wrong(f"Not word for word. {departure(value['value'], within[start:end])}")
    return _wrong("These words do not stand in the text. Copy them from the source, signs and all.")


def _called(name: str) -> str:
    """Return a name as it is compared: folded, without a title or an article in front."""
    return re.sub(r"^(dr|mr|mrs|ms|prof|professor|sir|the)\.? ", "", fold(name))


def _attribution(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    if value.get("type") != "text":
        return _wrong(f"Your answer is {describe(value)}. Give a name in quotation marks.")
    words = _called(value["value"])
    if words in {_called(name) for name in (entry["answer"], *entry.get("accepts", []))}:
        return _result(RIGHT, 1.0, entry.get("right", ""))
    named = next((message for name, message in entry.get("wrong", {}).items() if _called(name) == words), "")
    return _wrong(
        named or entry.get("else", "Whose words are these in the end: who writes, and whom does the writer report?")
    )


def _prose(value: Plain, entry: dict[str, Any]) -> dict[str, Any]:
    if value.get("type") != "text":
        return _wrong(f"Your answer is {describe(value)}. {_expected(entry)}")
    count = len(value["value"].split())
    told = f"{count} {'word' if count == 1 else 'words'}. A person reads this, not a program."
    return _result(PERSON, 0.0, f"{told} {entry.get('right', '')}".strip())


_JUDGES = {
    "choice": _choice,
    "set": _set,
    "order": _order,
    "match": _match,
    "number": _judge_number,
    "range": _range,
    "text": _text,
    "quotation": _quotation,
    "attribution": _attribution,
    "prose": _prose,
}
