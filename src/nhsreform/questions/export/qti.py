"""QTI 2.1 in an IMS content package: an item for each question, one test, a section for each exercise.

The forms are those of the IMS Question and Test Interoperability specification 2.1 (2012): its information model, its XML
binding and its schemas imsqti_v2p1.xsd and imscp_v1p1.xsd.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from nhsreform.questions.export.export import Item
from nhsreform.questions.export.moodle import grader_info
from nhsreform.questions.kinds.quiz_item import Answer, Shape, roundest
from nhsreform.text.markdown import escaped

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
CP = "http://www.imsglobal.org/xsd/imscp_v1p1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
# A zip keeps dates; one that never changes keeps the bytes the same.
DATE = (2010, 7, 12, 0, 0, 0)
# The names of the feedback on the whole; Canvas knows them by these words.
RIGHT = "correct_fb"
# What a package with standard rules alone holds: by Blackboard's help on QTI packages it imports a choice, several answers,
# one blank and an essay, and passes over a question with rules of its own.
PLAIN_SHAPES = (Shape.ONE, Shape.SEVERAL, Shape.WORDS, Shape.ESSAY)
_TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates"
# Thirds do not add up to a whole in decimals.
ALMOST = 0.001


def package(questions: Sequence[Item]) -> bytes:
    """Return the content package as the bytes of a zip; the same questions give the same bytes."""
    return _zip(questions, plain=False)


def plain_package(questions: Sequence[Item]) -> bytes:
    """Return the package of the questions in PLAIN_SHAPES, with QTI's standard rules alone: no partial marks, no messages."""
    return _zip([question for question in questions if question.shape in PLAIN_SHAPES], plain=True)


def _zip(questions: Sequence[Item], plain: bool) -> bytes:
    files = {f"items/{_name(question)}.xml": item(question, plain) for question in questions}
    files = {"imsmanifest.xml": manifest(questions), "test.xml": assessment(questions)} | files
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return held.getvalue()


def _name(question: Item) -> str:
    return question.name.replace(".", "-")


def _bytes(root: ET.Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(ET.tostring(root, encoding="utf-8")) + b"\n"


def _root(name: str, space: str, schema: str, **attributes: str) -> ET.Element:
    return ET.Element(
        name, {"xmlns": space, "xmlns:xsi": XSI, "xsi:schemaLocation": f"{space} {space}{schema}"} | attributes
    )


def manifest(questions: Sequence[Item]) -> bytes:
    """Return imsmanifest.xml: every file of the package, and that the test needs the items."""
    root = _root("manifest", CP, ".xsd", identifier="nhsreform-quiz")
    root.set("xmlns:imsqti", QTI)
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "schema").text = "QTIv2.1 Package"
    ET.SubElement(metadata, "schemaversion").text = "1.0.0"
    ET.SubElement(root, "organizations")
    resources = ET.SubElement(root, "resources")

    def resource(identifier: str, kind: str, href: str) -> ET.Element:
        added = ET.SubElement(resources, "resource", identifier=identifier, type=kind, href=href)
        ET.SubElement(added, "file", href=href)
        return added

    test = resource("nhsreform-test", "imsqti_test_xmlv2p1", "test.xml")
    for question in questions:
        ET.SubElement(test, "dependency", identifierref=_name(question))
        resource(_name(question), "imsqti_item_xmlv2p1", f"items/{_name(question)}.xml")
    return _bytes(root)


def assessment(questions: Sequence[Item]) -> bytes:
    """Return the test: one part, a section for each exercise, the items in order."""
    root = _root("assessmentTest", QTI, ".xsd", identifier="nhsreform-test", title="Who Commissions?")
    part = ET.SubElement(root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="individual")
    for exercise, group in groupby(questions, key=lambda question: question.exercise):
        those = list(group)
        section = ET.SubElement(
            part, "assessmentSection", identifier=f"exercise-{exercise}", title=those[0].chapter, visible="true"
        )
        for question in those:
            ET.SubElement(section, "assessmentItemRef", identifier=_name(question), href=f"items/{_name(question)}.xml")
    return _bytes(root)


# --- one item --------------------------------------------------------------------------------------------


class _Writer:
    """One item while it is written: declarations, body, rules and feedback."""

    def __init__(self, question: Item, plain: bool) -> None:
        self.question = question
        self.plain = plain
        # A standard rule gives one point or none.
        self.points = 1 if plain else question.points
        self.root = _root(
            "assessmentItem",
            QTI,
            ".xsd",
            identifier=_name(question),
            title=question.title,
            adaptive="false",
            timeDependent="false",
        )
        self.root.set("xml:lang", "en-GB")
        self.responses: list[ET.Element] = []
        self.body = ET.Element("itemBody")
        self.rules = ET.Element("responseProcessing")
        self.feedback: dict[str, str] = {}

    def declare(self, name: str, cardinality: str, base: str, right: list[str]) -> ET.Element:
        """Declare a response and its right value; return the declaration."""
        added = ET.Element("responseDeclaration", identifier=name, cardinality=cardinality, baseType=base)
        if right:
            correct = ET.SubElement(added, "correctResponse")
            for value in right:
                ET.SubElement(correct, "value").text = value
        self.responses.append(added)
        return added

    def map(self, declaration: ET.Element, entries: dict[str, float], **attributes: str) -> None:
        """Give a declaration the points that each value earns; what falls below nothing counts as nothing."""
        if self.plain and self.question.shape is not Shape.WORDS:
            # Blackboard would take every option in a mapping for a right one.
            return
        points = self.points
        mapping = ET.SubElement(declaration, "mapping", lowerBound="0", upperBound=str(points), defaultValue="0")
        for value, share in entries.items():
            ET.SubElement(mapping, "mapEntry", {"mapKey": value, "mappedValue": _number(share * points), **attributes})

    def score_from_map(self) -> None:
        """Set the score to what the mapping gives; without an answer it stays nothing."""
        rule = self.condition()
        empty = ET.SubElement(rule, "responseIf")
        ET.SubElement(ET.SubElement(empty, "isNull"), "variable", identifier="RESPONSE")
        _set(empty, "SCORE", _float(0))
        other = ET.SubElement(rule, "responseElse")
        ET.SubElement(ET.SubElement(other, "setOutcomeValue", identifier="SCORE"), "mapResponse", identifier="RESPONSE")

    def condition(self) -> ET.Element:
        """Add a response condition and return it."""
        return ET.SubElement(self.rules, "responseCondition")

    def say(self, branch: ET.Element, name: str, words: str) -> None:
        """Let a branch of a rule show words; nothing is added for no words."""
        if not words:
            return
        self.feedback.setdefault(name, words)
        added = ET.SubElement(ET.SubElement(branch, "setOutcomeValue", identifier="FEEDBACK"), "multiple")
        ET.SubElement(added, "variable", identifier="FEEDBACK")
        ET.SubElement(added, "baseValue", baseType="identifier").text = name

    def say_if_right(self) -> None:
        """Let what is learned from the right answer be shown when all points are earned."""
        question = self.question
        words = question.why if question.shape is Shape.ONE else f"{question.right} {question.why}".strip()
        branch = ET.SubElement(self.condition(), "responseIf")
        reached = ET.SubElement(branch, "gte")
        ET.SubElement(reached, "variable", identifier="SCORE")
        reached.append(_float(question.points - ALMOST))
        self.say(branch, RIGHT, words)

    def finished(self) -> bytes:
        """Return the item's XML."""
        if self.plain and len(self.rules):
            rule = "map_response" if self.question.shape is Shape.WORDS else "match_correct"
            self.rules = ET.Element("responseProcessing", template=f"{_TEMPLATES}/{rule}")
            self.feedback = {}
        self.root.extend(self.responses)
        _outcome(self.root, "SCORE", "float", "0")
        _outcome(self.root, "MAXSCORE", "float", str(self.points))
        if self.feedback:
            ET.SubElement(
                self.root, "outcomeDeclaration", identifier="FEEDBACK", cardinality="multiple", baseType="identifier"
            )
        self.root.append(self.body)
        if len(self.rules) or self.rules.attrib:
            self.root.append(self.rules)
        for name, words in self.feedback.items():
            said = ET.SubElement(
                self.root, "modalFeedback", outcomeIdentifier="FEEDBACK", showHide="show", identifier=name
            )
            said.append(_fragment("p", escaped(words)))
        return _bytes(self.root)


def _outcome(root: ET.Element, name: str, base: str, value: str) -> None:
    added = ET.SubElement(root, "outcomeDeclaration", identifier=name, cardinality="single", baseType=base)
    ET.SubElement(ET.SubElement(added, "defaultValue"), "value").text = value


def _fragment(name: str, xhtml: str) -> ET.Element:
    return ET.fromstring(f"<{name}>{xhtml}</{name}>")


def _number(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _float(value: float) -> ET.Element:
    added = ET.Element("baseValue", baseType="float")
    added.text = _number(value)
    return added


def _set(branch: ET.Element, name: str, value: ET.Element) -> None:
    ET.SubElement(branch, "setOutcomeValue", identifier=name).append(value)


def item(question: Item, plain: bool = False) -> bytes:
    """Return one question as an assessmentItem; `plain`: with a standard rule in place of its own."""
    writer = _Writer(question, plain)
    _WRITE[question.shape](writer)
    return writer.finished()


def _choice(writer: _Writer) -> None:
    """Write a question with options to tick: one, or as many as belong."""
    question = writer.question
    one = question.shape is Shape.ONE
    ids = {option.label: f"o{number}" for number, option in enumerate(question.options, 1)}
    answers = question.gaps[0].answers
    right = [ids[answer.value] for answer in answers[: 1 if one else None] if answer.share > 0]
    declared = writer.declare("RESPONSE", "single" if one else "multiple", "identifier", right)
    writer.map(declared, {ids[answer.value]: answer.share for answer in answers if answer.share})
    writer.body.append(_fragment("div", question.body))
    added = ET.SubElement(
        writer.body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="false", maxChoices="1" if one else "0"
    )
    for option in question.options:
        choice = _fragment("simpleChoice", option.markup)
        choice.attrib |= {"identifier": ids[option.label], "fixed": "true"}
        added.append(choice)
    writer.score_from_map()
    for answer in answers:
        if answer.feedback:
            branch = ET.SubElement(writer.condition(), "responseIf")
            # match: the answer is this option; member: this option is among the answers.
            test = ET.SubElement(branch, "match" if one else "member")
            value = ET.Element("baseValue", baseType="identifier")
            value.text = ids[answer.value]
            variable = ET.Element("variable", identifier="RESPONSE")
            test.extend([variable, value] if one else [value, variable])
            writer.say(branch, f"fb-{ids[answer.value]}", answer.feedback)
    writer.say_if_right()


def _match(writer: _Writer) -> None:
    """Write a question whose lines each get one of the options; for an order, the options are the places."""
    question = writer.question
    if question.shape is Shape.PLACES:
        shown = {str(place): str(place) for place in range(1, len(question.gaps) + 1)}
    else:
        shown = {option.label: option.markup for option in question.options}
    ids = {label: f"o{number}" for number, label in enumerate(shown, 1)}
    lines = {f"l{number}": gap for number, gap in enumerate(question.gaps, 1)}
    right = [f"{line} {ids[gap.right]}" for line, gap in lines.items()]
    declared = writer.declare("RESPONSE", "multiple", "directedPair", right)
    earned = {
        f"{line} {ids[answer.value]}": answer.share / len(lines)
        for line, gap in lines.items()
        for answer in gap.answers
        if answer.share
    }
    writer.map(declared, earned)
    writer.body.append(_fragment("div", question.body))
    added = ET.SubElement(
        writer.body, "matchInteraction", responseIdentifier="RESPONSE", shuffle="false", maxAssociations=str(len(lines))
    )
    left, other = ET.SubElement(added, "simpleMatchSet"), ET.SubElement(added, "simpleMatchSet")
    once = "1" if question.shape is Shape.PLACES else "0"
    for line, gap in lines.items():
        left.append(_associable(line, gap.prompt, "1"))
    for label, xhtml in shown.items():
        other.append(_associable(ids[label], xhtml, once))
    writer.score_from_map()
    for line, gap in lines.items():
        for answer in gap.answers:
            if answer.feedback:
                branch = ET.SubElement(writer.condition(), "responseIf")
                test = ET.SubElement(branch, "member")
                ET.SubElement(test, "baseValue", baseType="directedPair").text = f"{line} {ids[answer.value]}"
                ET.SubElement(test, "variable", identifier="RESPONSE")
                writer.say(branch, f"fb-{line}-{ids[answer.value]}", answer.feedback)
    writer.say_if_right()


def _associable(identifier: str, xhtml: str, most: str) -> ET.Element:
    added = _fragment("simpleAssociableChoice", xhtml)
    added.attrib |= {"identifier": identifier, "matchMax": most, "fixed": "true"}
    return added


def _entry(writer: _Writer, name: str, length: int, prompt: str = "") -> ET.Element:
    """Return a paragraph with one gap to type in."""
    paragraph = ET.Element("p")
    paragraph.text = f"{prompt}: " if prompt else None
    ET.SubElement(paragraph, "textEntryInteraction", responseIdentifier=name, expectedLength=str(length))
    return paragraph


def _text_entry(writer: _Writer) -> None:
    """Write a question that is answered in words, compared without regard to capitals."""
    gap = writer.question.gaps[0]
    declared = writer.declare("RESPONSE", "single", "string", [gap.right])
    writer.map(declared, {answer.value: answer.share for answer in gap.answers if answer.share}, caseSensitive="false")
    body = _fragment("div", writer.question.body)
    body.append(_entry(writer, "RESPONSE", max(20, len(gap.right) + 10)))
    writer.body.append(body)
    writer.score_from_map()
    rule = writer.condition()
    branch = ET.SubElement(rule, "responseIf")
    ET.SubElement(ET.SubElement(branch, "isNull"), "variable", identifier="RESPONSE")
    _set(branch, "SCORE", _float(0))
    for number, answer in enumerate((answer for answer in gap.answers if not answer.share), 1):
        branch = ET.SubElement(rule, "responseElseIf")
        test = ET.SubElement(branch, "stringMatch", caseSensitive="false")
        ET.SubElement(test, "variable", identifier="RESPONSE")
        ET.SubElement(test, "baseValue", baseType="string").text = answer.value
        writer.say(branch, f"fb-{number}", answer.feedback)
    branch = ET.SubElement(rule, "responseElseIf")
    test = ET.SubElement(branch, "lt")
    ET.SubElement(test, "variable", identifier="SCORE")
    test.append(_float(writer.question.points - ALMOST))
    writer.say(branch, "fb-other", gap.otherwise)
    writer.say_if_right()


def _numbers(writer: _Writer) -> None:
    """Write a number, or the two ends of a range, each with its tolerance."""
    question = writer.question
    several = len(question.gaps) > 1
    body = _fragment("div", question.body)
    for number, gap in enumerate(question.gaps, 1):
        name = f"RESPONSE-{number}" if several else "RESPONSE"
        writer.declare(name, "single", "float", [roundest(gap.answers[0])])
        body.append(_entry(writer, name, 10, gap.prompt))
        rule = writer.condition()
        for place, answer in enumerate(gap.answers):
            branch = ET.SubElement(rule, "responseElseIf" if place else "responseIf")
            branch.append(_equal(name, answer))
            if answer.share:
                total = ET.SubElement(ET.SubElement(branch, "setOutcomeValue", identifier="SCORE"), "sum")
                ET.SubElement(total, "variable", identifier="SCORE")
                total.append(_float(answer.share * question.points / len(question.gaps)))
            elif answer.feedback:
                writer.say(branch, f"fb-{number}-{place}", answer.feedback)
    writer.body.append(body)
    writer.say_if_right()


def _equal(name: str, answer: Answer) -> ET.Element:
    slack = f"{answer.tolerance:.9f}".rstrip("0")
    test = ET.Element("equal", toleranceMode="absolute", tolerance=f"{slack} {slack}")
    ET.SubElement(test, "variable", identifier=name)
    ET.SubElement(test, "baseValue", baseType="float").text = answer.value
    return test


def _essay(writer: _Writer) -> None:
    """Write a question that a person marks; the rubric and a possible answer are for whoever scores it."""
    writer.declare("RESPONSE", "single", "string", [])
    writer.body.append(_fragment("div", writer.question.body))
    ET.SubElement(writer.body, "extendedTextInteraction", responseIdentifier="RESPONSE", expectedLines="15")
    rubric = _fragment("rubricBlock", grader_info(writer.question))
    rubric.set("view", "scorer")
    writer.body.append(rubric)


_WRITE = {
    Shape.ONE: _choice,
    Shape.SEVERAL: _choice,
    Shape.PLACES: _match,
    Shape.MENUS: _match,
    Shape.NUMBER: _numbers,
    Shape.NUMBERS: _numbers,
    Shape.WORDS: _text_entry,
    Shape.ESSAY: _essay,
}
