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

from nhsreform.questions.export.moodle import grader_info
from nhsreform.questions.export.quiz import Item
from nhsreform.questions.kinds.quiz_item import Answer, Shape, exactly, roundest

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


def _element(name: str, *children: ET.Element | str, **attributes: str) -> ET.Element:
    """Return an element with its children, or with its text."""
    added = ET.Element(name, attributes)
    for child in children:
        if isinstance(child, str):
            added.text = child
        else:
            added.append(child)
    return added


def _root(name: str, space: str, **attributes: str) -> ET.Element:
    return ET.Element(
        name, {"xmlns": space, "xmlns:xsi": XSI, "xsi:schemaLocation": f"{space} {space}.xsd"} | attributes
    )


def manifest(questions: Sequence[Item]) -> bytes:
    """Return imsmanifest.xml: every file of the package, and that the test needs the items."""
    root = _root("manifest", CP, identifier="nhsreform-quiz")
    root.set("xmlns:imsqti", QTI)

    def resource(identifier: str, kind: str, href: str, needs: Sequence[Item] = ()) -> ET.Element:
        needed = [_element("dependency", identifierref=_name(question)) for question in needs]
        return _element("resource", _element("file", href=href), *needed, identifier=identifier, type=kind, href=href)

    items = [resource(_name(question), "imsqti_item_xmlv2p1", f"items/{_name(question)}.xml") for question in questions]
    version = _element("schemaversion", "1.0.0")
    root.append(_element("metadata", _element("schema", "QTIv2.1 Package"), version))
    root.append(_element("organizations"))
    root.append(_element("resources", resource("nhsreform-test", "imsqti_test_xmlv2p1", "test.xml", questions), *items))
    return _bytes(root)


def assessment(questions: Sequence[Item]) -> bytes:
    """Return the test: one part, a section for each exercise, the items in order."""
    root = _root("assessmentTest", QTI, identifier="nhsreform-test", title="Who Commissions?")
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
        added = _element("responseDeclaration", identifier=name, cardinality=cardinality, baseType=base)
        if right:
            added.append(_element("correctResponse", *(_element("value", value) for value in right)))
        self.responses.append(added)
        return added

    def map(self, declaration: ET.Element, entries: dict[str, float], **attributes: str) -> None:
        """Give a declaration the points that each value earns; what falls below nothing counts as nothing."""
        if self.plain and self.question.shape is not Shape.WORDS:
            # Blackboard would take every option in a mapping for a right one.
            return
        mapping = ET.SubElement(declaration, "mapping", lowerBound="0", upperBound=str(self.points), defaultValue="0")
        for value, share in entries.items():
            earned = exactly(share * self.points)
            ET.SubElement(mapping, "mapEntry", {"mapKey": value, "mappedValue": earned, **attributes})

    def score_from_map(self) -> None:
        """Set the score to what the mapping gives; without an answer it stays nothing."""
        mapped = _element("setOutcomeValue", _element("mapResponse", identifier="RESPONSE"), identifier="SCORE")
        self.rule(_nothing_given(), _element("responseElse", mapped))

    def rule(self, *branches: ET.Element) -> None:
        """Add a response condition: the first branch that fits counts."""
        self.rules.append(_element("responseCondition", *branches))

    def say(self, test: ET.Element, name: str, words: str, branch: str = "responseIf") -> ET.Element:
        """Return a branch that shows words where a test holds; for no words it shows nothing."""
        added = _element(branch, test)
        if words:
            self.feedback.setdefault(name, words)
            shown = _element("multiple", _variable("FEEDBACK"), _value("identifier", name))
            added.append(_element("setOutcomeValue", shown, identifier="FEEDBACK"))
        return added

    def say_if_right(self) -> None:
        """Let what is learned from the right answer be shown when all points are earned."""
        question = self.question
        words = question.why if question.shape is Shape.ONE else f"{question.right} {question.why}".strip()
        self.rule(self.say(_element("gte", _variable("SCORE"), self.nearly_all()), RIGHT, words))

    def nearly_all(self) -> ET.Element:
        """Return the points from which on nothing is missing."""
        return _value("float", exactly(self.question.points - ALMOST))

    def finished(self) -> bytes:
        """Return the item's XML."""
        if self.plain and len(self.rules):
            rule = "map_response" if self.question.shape is Shape.WORDS else "match_correct"
            self.rules = ET.Element("responseProcessing", template=f"{_TEMPLATES}/{rule}")
            self.feedback = {}
        self.root.extend(self.responses)
        for name, value in (("SCORE", "0"), ("MAXSCORE", str(self.points))):
            default = _element("defaultValue", _element("value", value))
            outcome = _element("outcomeDeclaration", default, identifier=name, cardinality="single", baseType="float")
            self.root.append(outcome)
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
            said.append(_element("p", words))
        return _bytes(self.root)


def _fragment(name: str, xhtml: str, **attributes: str) -> ET.Element:
    added = ET.fromstring(f"<{name}>{xhtml}</{name}>")
    added.attrib |= attributes
    return added


def _variable(name: str) -> ET.Element:
    return _element("variable", identifier=name)


def _value(base: str, text: str) -> ET.Element:
    return _element("baseValue", text, baseType=base)


def _nothing_given() -> ET.Element:
    """Return the branch of a rule for no answer: no points."""
    nothing = _element("setOutcomeValue", _value("float", "0"), identifier="SCORE")
    return _element("responseIf", _element("isNull", _variable("RESPONSE")), nothing)


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
    added.extend(
        _fragment("simpleChoice", option.markup, identifier=ids[option.label], fixed="true")
        for option in question.options
    )
    writer.score_from_map()
    for answer in answers:
        if answer.feedback:
            value, variable = _value("identifier", ids[answer.value]), _variable("RESPONSE")
            # match: the answer is this option; member: this option is among the answers.
            test = _element("match", variable, value) if one else _element("member", value, variable)
            writer.rule(writer.say(test, f"fb-{ids[answer.value]}", answer.feedback))
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
    pairs = {f"{line} {ids[answer.value]}": answer for line, gap in lines.items() for answer in gap.answers}
    right = [f"{line} {ids[gap.right]}" for line, gap in lines.items()]
    declared = writer.declare("RESPONSE", "multiple", "directedPair", right)
    writer.map(declared, {pair: answer.share / len(lines) for pair, answer in pairs.items() if answer.share})
    writer.body.append(_fragment("div", question.body))
    added = ET.SubElement(
        writer.body, "matchInteraction", responseIdentifier="RESPONSE", shuffle="false", maxAssociations=str(len(lines))
    )
    once = "1" if question.shape is Shape.PLACES else "0"
    for most, choices in (
        ("1", {line: gap.prompt for line, gap in lines.items()}),
        (once, {ids[label]: markup for label, markup in shown.items()}),
    ):
        ET.SubElement(added, "simpleMatchSet").extend(
            _fragment("simpleAssociableChoice", markup, identifier=name, matchMax=most, fixed="true")
            for name, markup in choices.items()
        )
    writer.score_from_map()
    for pair, answer in pairs.items():
        if answer.feedback:
            test = _element("member", _value("directedPair", pair), _variable("RESPONSE"))
            writer.rule(writer.say(test, f"fb-{pair.replace(' ', '-')}", answer.feedback))
    writer.say_if_right()


def _entry(name: str, length: int, prompt: str = "") -> ET.Element:
    """Return a paragraph with one gap to type in."""
    gap = _element("textEntryInteraction", responseIdentifier=name, expectedLength=str(length))
    return _element("p", f"{prompt}: " if prompt else "", gap)


def _text_entry(writer: _Writer) -> None:
    """Write a question that is answered in words, compared without regard to capitals."""
    gap = writer.question.gaps[0]
    declared = writer.declare("RESPONSE", "single", "string", [gap.right])
    writer.map(declared, {answer.value: answer.share for answer in gap.answers if answer.share}, caseSensitive="false")
    body = _fragment("div", writer.question.body)
    body.append(_entry("RESPONSE", max(20, len(gap.right) + 10)))
    writer.body.append(body)
    writer.score_from_map()
    branches = [_nothing_given()]
    for number, answer in enumerate((answer for answer in gap.answers if not answer.share), 1):
        same = _element("stringMatch", _variable("RESPONSE"), _value("string", answer.value), caseSensitive="false")
        branches.append(writer.say(same, f"fb-{number}", answer.feedback, "responseElseIf"))
    less = _element("lt", _variable("SCORE"), writer.nearly_all())
    writer.rule(*branches, writer.say(less, "fb-other", gap.otherwise, "responseElseIf"))
    writer.say_if_right()


def _numbers(writer: _Writer) -> None:
    """Write a number, or the two ends of a range, each with its tolerance."""
    question = writer.question
    body = _fragment("div", question.body)
    for number, gap in enumerate(question.gaps, 1):
        name = f"RESPONSE-{number}" if len(question.gaps) > 1 else "RESPONSE"
        writer.declare(name, "single", "float", [roundest(gap.answers[0])])
        body.append(_entry(name, 10, gap.prompt))
        branches = []
        for place, answer in enumerate(gap.answers):
            words = "" if answer.share else answer.feedback
            branch = "responseElseIf" if place else "responseIf"
            branches.append(writer.say(_equal(name, answer), f"fb-{number}-{place}", words, branch))
            if answer.share:
                earned = exactly(answer.share * question.points / len(question.gaps))
                total = _element("sum", _variable("SCORE"), _value("float", earned))
                branches[-1].append(_element("setOutcomeValue", total, identifier="SCORE"))
        writer.rule(*branches)
    writer.body.append(body)
    writer.say_if_right()


def _equal(name: str, answer: Answer) -> ET.Element:
    slack = f"{answer.tolerance:.9f}".rstrip("0")
    return _element(
        "equal",
        _variable(name),
        _value("float", answer.value),
        toleranceMode="absolute",
        tolerance=f"{slack} {slack}",
    )


def _essay(writer: _Writer) -> None:
    """Write a question that a person marks; the rubric and a possible answer are for whoever scores it."""
    writer.declare("RESPONSE", "single", "string", [])
    writer.body.append(_fragment("div", writer.question.body))
    ET.SubElement(writer.body, "extendedTextInteraction", responseIdentifier="RESPONSE", expectedLines="15")
    writer.body.append(_fragment("rubricBlock", grader_info(writer.question), view="scorer"))


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
