"""A number, or the two ends of a range: read from a value or from words, and compared within a tolerance."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass, field
from typing import Any, ClassVar

from nhsreform.questions.judge import WRONG, Verdict, partly, right, verdict, wrong
from nhsreform.questions.kinds.question import Question
from nhsreform.questions.kinds.quiz_item import LEAST_TOLERANCE, Answer, Gap, Shape, Words, exactly
from nhsreform.questions.value import Plain, describe, only, plain, shortened
from nhsreform.text.typography import folded as fold_signs

# A comma stands between thousands where nothing but three digits follow each, and no nought leads.
_NUMBER = r"[-+]?(?<!\d)(?<!\d,)(?:[1-9]\d{0,2}(?:,\d{3})+(?![\d,])|\d+(?!\d|,\d))(?:\.\d+)?|[-+]?\.\d+"
_TOKEN = re.compile(rf"(?P<number>{_NUMBER})|(?P<word>[^\W\d_]+|[%£€$])|(?P<other>\S)")
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9}
_CURRENCIES = {
    **dict.fromkeys(("£", "gbp", "pound", "pounds"), "GBP"),
    **dict.fromkeys(("€", "eur", "euro", "euros"), "EUR"),
    **dict.fromkeys(("$", "usd", "dollar", "dollars"), "USD"),
}
_PERCENT = {"%", "percent", "pc"}
# Words that may stand beside a number and change nothing. "More than" is not among them: it changes what is said.
_BRACKETS = set("[](),;")
# Signs that end a sentence, or stand after a name.
_ENDS = " .,;:!"
_FILLERS = {"about", "roughly", "approximately", "around", "to", "and", "between", "from"}


@dataclass(frozen=True, kw_only=True)
class _Numeric(Question):
    """unit: what is counted. percent: whether it is a percentage. tolerance: how far off is still right.

    wrong_values: named wrong answers, each {"value", "message"} and perhaps "tolerance". numbers_in_text: numbers that the
    text holds and that do not answer the question. beside: words that may stand beside the number, such as its name.
    """

    settings = {
        "unit": str,
        "beside": list,
        "percent": bool,
        "tolerance": (int, float),
        "proportion_allowed": bool,
        "wrong_values": list,
        "from": list,
    }
    named_in_key = {"numbers_in_text": "from"}
    # How many numbers an answer holds, in words.
    asked: ClassVar[str]

    unit: str = ""
    beside: list[str] = field(default_factory=list)
    percent: bool = False
    tolerance: float = 0
    proportion_allowed: bool = False
    wrong_values: list[dict[str, Any]] = field(default_factory=list)
    numbers_in_text: list[float] = field(default_factory=list)

    def named_wrong(self) -> list[tuple[Plain, str]]:
        return [(plain(other["value"]), other["message"]) for other in self.wrong_values]

    def closing(self) -> list[str]:
        return [f"Unit: {self.unit}."] if self.unit else []

    def slack(self) -> float:
        """Return the tolerance that a platform is given."""
        return max(float(self.tolerance), LEAST_TOLERANCE)

    def others_shown(self, words: Words) -> list[tuple[Any, float, str]]:
        """Return (value, tolerance, message) of each named wrong answer that a platform shows."""
        return [
            (other["value"], max(float(other.get("tolerance", 0)), LEAST_TOLERANCE), other["message"])
            for other in self.wrong_values
            if words.show(other["value"])
        ]

    def in_unit(self) -> str:
        """Return ", in " and the unit, or ""."""
        return f", in {self.unit}" if self.unit else ""

    def read_numbers(self, value: Plain, asked: str = "") -> tuple[list[float], str]:
        """Return the numbers in a value, and what stops them from being read, or ""."""
        kind, asked = value.get("type"), asked or self.asked
        if kind in ("int", "float"):
            number = value["value"]
            return ([float(number)], "") if isinstance(number, int | float) else ([], f"Your answer is {number}.")
        if kind == "text":
            return self._in_words(value["value"], asked)
        if kind in ("list", "set"):
            single = [
                self.read_numbers(item, "one number") if item.get("type") in ("int", "float", "text") else ([], "")
                for item in value["items"]
            ]
            if all(len(numbers) == 1 for numbers, _ in single):
                return [numbers[0] for numbers, _ in single], ""
            if len(single) > 2:
                return [], f"Your answer is {describe(value)}."
            return [], next((cause for _, cause in single if cause), f"Your answer is {describe(value)}.")
        return [], f"Your answer is {describe(value)}."

    def _in_words(self, text: str, asked: str) -> tuple[list[float], str]:
        """Return the numbers in a text, each in the question's unit, and what stops them from being read, or "".

        A text with a word that is no number, unit, scale or currency is not read at all: "not 23" is not 23. Pounds are
        pounds: "£95" is no answer in millions, "£95,000,000" is.
        """
        folded = self._prepared(text)
        # Each number as typed, and the scale after it, if any.
        read: list[tuple[float, float | None]] = []
        money, before = False, ""
        units = set(_words(self.unit))
        own = {_CURRENCIES.get(word) for word in _words(self.unit.partition(" per ")[0])}
        for token in _TOKEN.finditer(folded):
            word = token["word"]
            if token["number"]:
                read.append((float(token["number"].replace(",", "")), None))
            elif word in _SCALES and read:
                read[-1] = (read[-1][0], (read[-1][1] or 1) * _SCALES[word])
            elif word in _PERCENT:
                if not self.percent:
                    return [], "You gave a percentage."
            elif word in _CURRENCIES:
                if _CURRENCIES[word] not in own and (_CURRENCIES[word].casefold() not in units or before != "per"):
                    return [], f"You gave {_CURRENCIES[word]}."
                money = money or before != "per"
            elif word not in units | _FILLERS and token["other"] not in _BRACKETS:
                return [], f"“{shortened(text)}” is not {asked} in digits{_why_no_number(folded, asked)}."
            before = word or ""
        return self._in_unit(read, money), ""

    def _prepared(self, text: str) -> str:
        """Return a text without the number's name, and with "to" for a dash between two numbers: it is no minus sign."""
        folded = re.sub("per[ -]cent", "percent", fold_signs(text))
        for name in self.beside:
            folded = re.sub(rf"(?<!\w){re.escape(fold_signs(name))}(?!\w)\s*[=:]?", " ", folded)
        folded = folded.strip().rstrip(_ENDS)
        # What may stand between a number and a dash: a letter alone is no number.
        measures = "|".join(map(re.escape, [*_SCALES, *_PERCENT, *_words(self.unit)]))
        return re.sub(rf"(\d(?:\s*(?:{measures})(?![^\W\d_]))?)\s*-\s*(?=[-+]?[\d.£€$])", r"\1 to ", folded)

    def _in_unit(self, read: list[tuple[float, float | None]], money: bool) -> list[float]:
        """Return numbers in the question's unit; in "£15 to £20bn" the scale is meant for both.

        money: whether a currency stands beside them, so that a number without a scale is not in millions.
        """
        own = next((_SCALES[name] for name in _words(self.unit) if name in _SCALES), 1)
        numbers: list[float] = []
        after, scale_after = 0.0, None
        for number, typed in reversed(read):
            scale = typed or (scale_after if abs(number) <= after else None)
            numbers.insert(0, number * (scale or (1 if money else own)) / own)
            after, scale_after = abs(number), scale
        return numbers

    def cause(self, number: float, answer: float) -> str:
        """Return a sentence that names what is wrong with a number, without giving the answer away."""
        tolerance = self.tolerance
        for other in self.wrong_values:
            if not isinstance(other["value"], list) and _close(number, other["value"], other.get("tolerance", 0)):
                return str(other["message"])
        if answer and _close(number, -answer, tolerance):
            return "The size is right; the sign is not."
        if self.percent and answer:
            if _close(number * 100, answer, tolerance):
                return "You gave a proportion; the question asks for a percentage. Multiply by 100."
            if _close(number, answer * 100, tolerance * 100):
                return "You have multiplied by 100 once too often."
            if _close(number, 100 - answer, tolerance):
                return "That is the other part of the whole: what is left of 100%."
        for factor in (1000, 1_000_000, 1_000_000_000):
            larger = _close(number, answer * factor, tolerance * factor)
            if answer and (larger or _close(number * factor, answer, tolerance)):
                return f"You are out by a factor of {factor:,}. Check the unit{f': {self.unit}' if self.unit else ''}."
        if any(_close(number, value, 0) for value in self.numbers_in_text):
            return "That number is in the text, but it is not what the question asks for."
        return f"{number:g} is {'too high' if number > answer else 'too low'}. Check what is counted, and out of what."


@dataclass(frozen=True, kw_only=True)
class Number(_Numeric):
    """One number. proportion_allowed: 0.23 is as good as 23%."""

    kind = "number"
    shape = Shape.NUMBER
    asked: ClassVar[str] = "one number"

    answer: float

    @classmethod
    def answer_of(cls, value: Plain) -> float | None:
        return value["value"] if value["type"] in ("int", "float") else None

    def form(self) -> str:
        return f"Give one number{self.in_unit()}."

    def judge(self, value: Plain) -> Verdict:
        numbers, cause = self.read_numbers(value)
        if len(numbers) != 1:
            shown = "That is not one number." if value.get("type") == "text" else f"Your answer is {describe(value)}."
            return wrong(f"{cause or _comma(value, self.percent) or shown} {self.form()}")
        number, answer = numbers[0], float(self.answer)
        if _close(number, answer, self.tolerance):
            return right(self.right)
        said_percent = value.get("type") == "text" and any(sign in value["value"].casefold() for sign in ("%", "per"))
        if self.proportion_allowed and not said_percent and _close(number * 100, answer, self.tolerance):
            return right(self.right)
        return wrong(self.cause(number, answer))

    def gaps(self, words: Words) -> tuple[Gap, ...]:
        """Return one gap: right, as a proportion where allowed, named wrong ones, and slips of sign and scale.

        What is said to a slip is what the judge says to it in the notebook.
        """
        answer, slack = float(self.answer), self.slack()
        answers = [Answer(exactly(answer), 1.0, self.right, slack)]
        if self.proportion_allowed:
            answers.append(Answer(exactly(answer / 100), 1.0, self.right, slack / 100))
        for value, tolerance, message in self.others_shown(words):
            if not isinstance(value, list):
                answers.append(Answer(exactly(value), 0.0, message, tolerance))
        slips = [-answer, answer * 1000, answer / 1000]
        slips += [answer / 100, 100 - answer] if self.percent else []
        for slip in slips:
            judged = verdict(plain(slip), self)
            covered = any(abs(slip - float(other.value)) <= 2 * other.tolerance for other in answers)
            if judged.state == WRONG and not covered:
                answers.append(Answer(exactly(slip), 0.0, judged.message, LEAST_TOLERANCE))
        return (Gap(tuple(answers), unit=self.unit),)


@dataclass(frozen=True, kw_only=True)
class Range(_Numeric):
    """The two ends of a range, the lowest first. A named wrong value may be a range too."""

    kind = "range"
    shape = Shape.NUMBERS
    asked: ClassVar[str] = "two numbers"

    answer: list[float]

    @classmethod
    def answer_of(cls, value: Plain) -> list[float] | None:
        items = value["items"] if value["type"] == "list" else []
        if len(items) != 2 or any(item["type"] not in ("int", "float") for item in items):
            return None
        return [item["value"] for item in items]

    def form(self) -> str:
        return f"Give two numbers in square brackets, lowest first{self.in_unit()}."

    def judge(self, value: Plain) -> Verdict:
        """Compare both ends; one right end earns half, unless it is an end that is given blindly."""
        value = only(value)
        numbers, cause = self.read_numbers(value)
        if len(numbers) == 1 and any(_close(numbers[0], end, 0) for end in self.answer):
            return partly(self._half(numbers[0]), f"That is one end of a range; give both. {self.form()}")
        if len(numbers) != 2:
            comma = _comma(value, self.percent) if len(numbers) > 2 else ""
            if comma:
                comma = f"{comma.partition('. ')[0]}. Write each number without a comma, its decimals with a point."
            return wrong(f"{cause or comma or f'Your answer is {describe(value)}.'} {self.form()}")
        ends, answer = sorted(numbers), [float(end) for end in self.answer]
        hits = [_close(mine, theirs, self.tolerance) for mine, theirs in zip(ends, answer, strict=True)]
        if all(hits):
            swapped = value.get("type") != "set" and numbers != ends
            return right(("Both ends are right; write the lowest first. " if swapped else "") + self.right)
        return self._not_both(ends, answer, hits)

    def _not_both(self, ends: list[float], answer: list[float], hits: list[bool]) -> Verdict:
        """Return the verdict on two ends that are not both right."""
        for other in self.wrong_values:
            if isinstance(other["value"], list) and _all_close(ends, other["value"], other.get("tolerance", 0)):
                return wrong(other["message"])
        if self.percent and _all_close([end * 100 for end in ends], answer, self.tolerance):
            return wrong("You gave proportions; the question asks for percentages. Multiply by 100.")
        if any(hits):
            at = 0 if hits[1] else 1
            cause = self.cause(ends[at], answer[at])
            half = self._half(answer[1 - at])
            return partly(half, f"The {'high' if hits[1] else 'low'} end is right. The other: {cause}")
        return wrong(self.cause(ends[0], answer[0]))

    def _half(self, end: float) -> float:
        """Return what one right end earns: nothing where any percentage, or any amount, may begin or end there."""
        return 0.0 if end in ((0, 100) if self.percent else (0,)) else 0.5

    def gaps(self, words: Words) -> tuple[Gap, ...]:
        return self._end(words, 0, "Lowest"), self._end(words, 1, "Highest")

    def _end(self, words: Words, end: int, prompt: str) -> Gap:
        """Return one end. A named wrong range speaks at the end, or ends, where it departs."""
        answer, slack = float(self.answer[end]), self.slack()
        messages: dict[str, tuple[float, list[str]]] = {}
        for value, tolerance, message in self.others_shown(words):
            if isinstance(value, list) and abs(float(value[end]) - answer) > slack:
                messages.setdefault(exactly(float(value[end])), (tolerance, []))[1].append(message)
        wrong_ends = [Answer(number, 0.0, " ".join(said), tolerance) for number, (tolerance, said) in messages.items()]
        return Gap((Answer(exactly(answer), 1.0, "", slack), *wrong_ends), prompt=prompt, unit=self.unit)


def _words(unit: str) -> list[str]:
    return [part.casefold() for part in re.findall(r"[^\W\d_]+|%", unit)]


def _why_no_number(words: str, asked: str) -> str:
    """Return how what is asked has to be written, for a text that holds a number and is written otherwise; or "".

    A comma before three digits is one between thousands, where it can be.

    >>> _why_no_number("70,5", "one number"), _why_no_number("7/10", "one number"), _why_no_number("a few", "one number")
    (': write 70.5, with a point', ': without quotation marks Python works 7/10 out', '')
    >>> _why_no_number("2,200 people", "one number")
    ': write it without other words'
    """
    decimal = re.fullmatch(r"\D*?([-+]?\d+),(\d+)\D*", words)
    if decimal and not re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", f"{decimal[1]},{decimal[2]}"):
        return f": write {decimal[1]}.{decimal[2]}, with a point"
    if asked == "one number" and _is_sum(words):
        return f": without quotation marks Python works {words} out"
    if re.search(r"\d", words) and re.search(r"[^\W\d_]{2}", words):
        return f": write {'it' if asked == 'one number' else 'them'} without other words"
    return ""


def _is_sum(words: str) -> bool:
    """Return whether a text is figures and signs that Python can work out."""
    if not re.fullmatch(r"[\d\s./*()+-]+", words):
        return False
    try:
        ast.parse(words.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _close(a: float, b: float, tolerance: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=max(tolerance, 1e-9))


def _all_close(mine: list[float], theirs: list[float], tolerance: float) -> bool:
    return all(_close(a, b, tolerance) for a, b in zip(mine, theirs, strict=True))


def _comma(value: Plain, percent: bool) -> str:
    """Return what to say of a list of numbers that a comma inside a number may have made, or "".

    >>> _comma(plain((2, 200)), False)
    'Your answer is a list of 2: Python reads a comma as the start of a new item. Write 2200, without a comma.'
    >>> _comma(plain((0, 87)), False).partition(". ")[2]
    'Write 0.87, with a point.'
    """
    items = value.get("items", [])
    if value.get("type") != "list" or len(items) < 2 or any(item["type"] not in ("int", "float") for item in items):
        return ""
    what = f"Your answer is {describe(value)}: Python reads a comma as the start of a new item."
    first, *rest = (item["value"] if item["type"] == "int" else -1 for item in items)
    # Python refuses the nought of 1,050, so what follows a comma is 000, or three digits from 100 on.
    thousands = f"{first}{''.join(f'{part:03d}' for part in rest)}"
    if rest == [0] and (percent or not 1 <= abs(first) <= 999):
        return f"{what} Write {first} or {first}.0, with a point."
    if rest == [0]:
        return f"{what} Write {thousands}, without a comma; or, with decimals, {first}.0, with a point."
    if 1 <= abs(first) <= 999 and all(part == 0 or 100 <= part <= 999 for part in rest):
        return f"{what} Write {thousands}, without a comma."
    if len(rest) == 1 and (first == 0 or 1 <= rest[0] <= 99) and items[0]["type"] == items[1]["type"] == "int":
        return f"{what} Write {first}.{rest[0]}, with a point."
    return f"{what} Write a number without a comma in it, and its decimals with a point."
