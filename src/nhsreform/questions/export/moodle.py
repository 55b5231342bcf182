"""Moodle XML: https://docs.moodle.org/en/Moodle_XML_format, and what question/format/xml/format.php of Moodle reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from xml.etree import ElementTree as ET

from nhsreform.questions.export.quiz import Item
from nhsreform.questions.kinds.quiz_item import Answer, Gap, Shape, exactly
from nhsreform.text.markdown import escaped

# Moodle's name for the share that each further try costs: a third, as its own forms propose.
PENALTY = "0.3333333"
TOP = "$course$/top/Who Commissions"
_TYPES = {
    Shape.ONE: "multichoice",
    Shape.SEVERAL: "multichoice",
    Shape.PLACES: "matching",
    Shape.MENUS: "cloze",
    Shape.NUMBER: "numerical",
    Shape.NUMBERS: "cloze",
    Shape.WORDS: "shortanswer",
    Shape.ESSAY: "essay",
}
_SCALES = ("thousand", "million", "billion")
_PARTLY = "Some of it is right, but not all."


def document(questions: Iterable[Item]) -> bytes:
    """Return a question bank in Moodle XML, one category for each exercise."""
    quiz = ET.Element("quiz")
    for chapter, those in groupby(questions, key=lambda question: question.chapter):
        category = ET.SubElement(ET.SubElement(quiz, "question", type="category"), "category")
        # A stroke in a category's name would open a category below it; Moodle writes it twice.
        _text(category, f"{TOP}/{chapter.replace('/', '//')}")
        for question in those:
            _question(quiz, question)
    for child in quiz:
        child.tail = "\n"
    quiz.text = "\n"
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(ET.tostring(quiz, encoding="utf-8")) + b"\n"


def _text(parent: ET.Element, words: str) -> None:
    ET.SubElement(parent, "text").text = words


def _html(parent: ET.Element, name: str, xhtml: str) -> ET.Element:
    element = ET.SubElement(parent, name, format="html")
    _text(element, xhtml)
    return element


def _said(words: str) -> str:
    """Return a sentence of plain text as a paragraph, and nothing as nothing."""
    return f"<p>{escaped(words)}</p>" if words else ""


def _plain(parent: ET.Element, **fields: str) -> None:
    """Add an element for each field, in order."""
    for name, words in fields.items():
        ET.SubElement(parent, name).text = words


def fraction(share: float) -> str:
    """Return a share as Moodle lists it: in percent, with at most five decimals.

    >>> fraction(1.0), fraction(1 / 3), fraction(-0.5)
    ('100', '33.33333', '-50')
    """
    return f"{share * 100:.5f}".rstrip("0").rstrip(".")


def _question(quiz: ET.Element, question: Item) -> None:
    kind = _TYPES[question.shape]
    element = ET.SubElement(quiz, "question", type=kind)
    _text(ET.SubElement(element, "name"), question.title)
    body = _cloze_body(question) if kind == "cloze" else question.body
    _html(element, "questiontext", body)
    # Moodle has no feedback on the whole of a cloze or a number, so there it stands before the reason.
    closing = [question.why] if kind in ("multichoice", "matching", "shortanswer", "numerical") else []
    closing = closing or ([question.right, question.why] if question.shape is not Shape.ESSAY else [question.right])
    _html(element, "generalfeedback", "".join(_said(words) for words in closing))
    if kind != "cloze":
        _plain(element, defaultgrade=str(question.points))
    _plain(element, penalty=PENALTY if kind != "essay" else "0", hidden="0", idnumber=question.name)
    if kind in _FILL:
        _FILL[kind](element, question)
    for words in question.hints if kind != "essay" else ():
        hint = _html(element, "hint", _said(words))
        if kind in ("multichoice", "matching", "cloze") and question.shape is not Shape.ONE:
            ET.SubElement(hint, "shownumcorrect")
    tags = ET.SubElement(element, "tags")
    for tag in (question.exercise, "core" if question.core else "practice"):
        _text(ET.SubElement(tags, "tag"), tag)


def _feedback(element: ET.Element, question: Item) -> None:
    """Add what is said to the whole: right, partly, wrong."""
    right = "" if question.shape is Shape.ONE else question.right
    _html(element, "correctfeedback", _said(right))
    _html(element, "partiallycorrectfeedback", _said(_PARTLY))
    _html(element, "incorrectfeedback", "")
    if question.shape is not Shape.ONE:
        ET.SubElement(element, "shownumcorrect")


def _answer(element: ET.Element, answer: Answer, shown: str, form: str) -> ET.Element:
    added = ET.SubElement(element, "answer", fraction=fraction(answer.share), format=form)
    _text(added, shown)
    _html(added, "feedback", _said(answer.feedback))
    return added


def _multichoice(element: ET.Element, question: Item) -> None:
    single = "true" if question.shape is Shape.ONE else "false"
    # The letters stand in the options and the messages speak of them, so nothing is shuffled or numbered.
    _plain(element, single=single, shuffleanswers="false", answernumbering="none", showstandardinstruction="1")
    _feedback(element, question)
    answers = {answer.value: answer for answer in question.gaps[0].answers}
    for option in question.options:
        _answer(element, answers[option.label], option.markup, "html")


def _matching(element: ET.Element, question: Item) -> None:
    _plain(element, shuffleanswers="false")
    _feedback(element, question)
    for gap in question.gaps:
        part = _html(element, "subquestion", gap.prompt)
        _text(ET.SubElement(part, "answer"), gap.right)


def _shortanswer(element: ET.Element, question: Item) -> None:
    _plain(element, usecase="0")
    gap = question.gaps[0]
    for answer in gap.answers:
        # An asterisk would stand for any letters.
        _answer(element, answer, answer.value.replace("*", r"\*"), "moodle_auto_format")
    _answer(element, Answer("*", 0.0, gap.otherwise), "*", "moodle_auto_format")


def _numerical(element: ET.Element, question: Item) -> None:
    for answer in question.gaps[0].answers:
        _plain(_answer(element, answer, answer.value, "moodle_auto_format"), tolerance=exactly(answer.tolerance))
    names = units(question.unit)
    if names:
        listed = ET.SubElement(element, "units")
        for name in names:
            _plain(ET.SubElement(listed, "unit"), multiplier="1", unit_name=name)
    # showunits 0: a unit may be written; 3: there is none.
    _plain(element, unitgradingtype="0", unitpenalty="0", showunits="0" if names else "3", unitsleft="0")


def units(unit: str) -> list[str]:
    """Return what may be written behind a number, the question's own unit first.

    >>> units("percent"), units("GBP million")
    (['percent', '%', 'per cent'], ['GBP million', 'million'])
    """
    if not unit:
        return []
    more = ["%", "per cent"] if unit == "percent" else [word for word in unit.split() if word in _SCALES]
    return list(dict.fromkeys([unit, *more]))


def _essay(element: ET.Element, question: Item) -> None:
    _plain(element, responseformat="editor", responserequired="1", responsefieldlines="15")
    _plain(element, attachments="0", attachmentsrequired="0")
    _html(element, "graderinfo", grader_info(question))
    _html(element, "responsetemplate", "")


def grader_info(question: Item) -> str:
    """Return what a person who marks an essay is shown: the rubric, and one possible answer."""
    return (
        question.rubric
        + "<p><strong>One possible answer</strong></p>"
        + f"<p>{escaped(question.worked)}</p>"
        + _said(question.why)
    )


# A cloze has all in its text.
_FILL = {
    "multichoice": _multichoice,
    "matching": _matching,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "essay": _essay,
}


# --- cloze: answers inside the text ----------------------------------------------------------------------


def coded(words: str) -> str:
    """Return XHTML as it may stand inside a cloze gap: each sign that Moodle would read as its own is an entity.

    Moodle decodes entities once when it takes a gap apart, so what is left is the XHTML that went in.

    >>> coded("a ~ {b} = 5%")
    'a &#126; &#123;b&#125; &#61; 5&#37;'
    """
    return re.sub(r"[&{}~#=%\\\"/:]", lambda sign: f"&#{ord(sign.group())};", words)


def _gap(gap: Gap, kind: str, shown: dict[str, str]) -> str:
    """Return one gap. Its first answer is right; the order of a menu is that of the options."""
    answers = gap.answers
    if kind == "MULTICHOICE":
        by_label = {answer.value: answer for answer in answers}
        answers = tuple(by_label[label] for label in shown)
    parts = []
    for answer in answers:
        words = coded(shown.get(answer.value, answer.value)) if kind == "MULTICHOICE" else answer.value
        slack = f":{exactly(answer.tolerance)}" if kind == "NUMERICAL" else ""
        said = f"#{coded(escaped(answer.feedback))}" if answer.feedback else ""
        parts.append(f"{'=' if answer.share == 1 else '%0%'}{words}{slack}{said}")
    return f"{{1:{kind}:{'~'.join(parts)}}}"


def _braced(xhtml: str) -> str:
    """Return XHTML whose braces open no gap."""
    return xhtml.replace("{", "&#123;").replace("}", "&#125;")


def _cloze_body(question: Item) -> str:
    body = _braced(question.body)
    if question.shape is Shape.NUMBERS:
        gaps = [f"<p>{gap.prompt}: {_gap(gap, 'NUMERICAL', {})}</p>" for gap in question.gaps]
        return body + "".join(gaps)
    # A menu shows plain words.
    shown = {option.label: escaped(option.text) for option in question.options}
    rows = [f"<li>{_braced(gap.prompt)} {_gap(gap, 'MULTICHOICE', shown)}</li>" for gap in question.gaps]
    return f"{body}<ul>{''.join(rows)}</ul>"
