"""Two small readers of what `nhsreform quiz` writes, made from the formats' own descriptions and from nothing in the pack.

Each checks the structure strictly, and marks answers as a platform would: so a test can hand in answers and see what
they earn and what is said. Moodle: docs.moodle.org/en/Moodle_XML_format, docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type
and question/format/xml/format.php. QTI: the IMS QTI 2.1 information model and XML binding.
"""

import fnmatch
import html
import re
from xml.etree import ElementTree as ET

# --- XHTML ------------------------------------------------------------------------------------------------

# Tag: attributes that may, and for a link must, stand on it.
XHTML = {name: set() for name in ["p", "ul", "ol", "li", "blockquote", "strong", "em", "code"]} | {"a": {"href"}}


def xhtml(fragment):
    """Parse a fragment and hold it to the tags above; return its words."""
    root = ET.fromstring(f"<div>{fragment}</div>")
    for element in list(root.iter())[1:]:
        assert element.tag in XHTML, f"<{element.tag}> in {fragment[:80]}"
        assert set(element.attrib) == XHTML[element.tag], element.attrib
        assert re.match(r"https?://[^\s]+$", element.get("href", "https://x")), element.attrib
        if element.tag in ("ul", "ol", "blockquote"):
            assert not (element.text or "").strip(), f"words straight in <{element.tag}>"
    return "".join(root.itertext())


# --- Moodle XML -------------------------------------------------------------------------------------------

# What Moodle takes for the share of an answer, in percent (question/engine/bank.php); anything else is refused at import.
_SHARES = "100 90 83.33333 80 75 70 66.66667 60 50 40 33.33333 30 25 20 16.66667 14.28571 12.5 11.11111 10 5 0"
SHARES = [sign * float(share) for share in _SHARES.split() for sign in (1, -1)]
TEXT = ("text",)
COMMON = ("name", "questiontext", "generalfeedback", "penalty", "hidden", "idnumber", "tags")
COMBINED = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
# For each type: elements that stand once, then elements that stand once or not at all, then those that may be repeated.
MOODLE = {
    "multichoice": (
        (*COMMON, *COMBINED, "defaultgrade", "single", "shuffleanswers", "answernumbering", "showstandardinstruction"),
        ("shownumcorrect",),
        ("answer", "hint"),
    ),
    "matching": ((*COMMON, *COMBINED, "defaultgrade", "shuffleanswers"), ("shownumcorrect",), ("subquestion", "hint")),
    "shortanswer": ((*COMMON, "defaultgrade", "usecase"), (), ("answer", "hint")),
    "numerical": (
        (*COMMON, "defaultgrade", "unitgradingtype", "unitpenalty", "showunits", "unitsleft"),
        ("units",),
        ("answer", "hint"),
    ),
    "cloze": (COMMON, (), ("hint",)),
    "essay": (
        (
            *(*COMMON, "defaultgrade", "responseformat", "responserequired", "responsefieldlines"),
            *("attachments", "attachmentsrequired", "graderinfo", "responsetemplate"),
        ),
        (),
        (),
    ),
}
HTML = ("questiontext", "generalfeedback", *COMBINED, "graderinfo", "responsetemplate")


def words(element):
    """Return the text inside an element's <text>."""
    found = element.findall("text")
    assert len(found) == 1, element.tag
    return found[0].text or ""


def is_number(text):
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


class Moodle:
    """A question bank, checked; `questions` by idnumber."""

    def __init__(self, data):
        assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
        root = ET.fromstring(data)
        assert root.tag == "quiz" and not root.attrib
        self.questions, self.categories, at = {}, {}, None
        for question in root:
            assert question.tag == "question" and set(question.attrib) == {"type"}
            if question.get("type") == "category":
                assert [child.tag for child in question] == ["category"]
                at = words(question[0])
                assert at.startswith("$course$/top/")
                continue
            self.check(question)
            name = question.findtext("idnumber")
            assert at and name not in self.questions, f"{name} twice, or in no category"
            self.questions[name] = question
            self.categories[name] = at

    def check(self, question):
        kind = question.get("type")
        once, maybe, many = MOODLE[kind]
        tags = [child.tag for child in question]
        for tag in {*once, *tags}:
            assert tag in once + maybe + many, f"{kind} has <{tag}>"
            assert tag in many or tags.count(tag) == 1, f"{kind} has {tags.count(tag)} <{tag}>"
        assert words(question.find("name")).strip()
        for tag in HTML:
            for element in question.findall(tag):
                assert element.attrib == {"format": "html"}
                xhtml(words(element))
        assert words(question.find("questiontext")).strip()
        assert is_number(question.findtext("penalty")) and question.findtext("hidden") == "0"
        assert kind == "cloze" or float(question.findtext("defaultgrade")) > 0
        for hint in question.findall("hint"):
            assert xhtml(words(hint)).strip()
            assert {child.tag for child in hint} <= {"text", "shownumcorrect", "clearwrong"}
        for answer in question.findall("answer"):
            assert set(answer.attrib) == {"fraction", "format"}
            share = float(answer.get("fraction"))
            assert any(abs(share - listed) < 0.00001 for listed in SHARES), f"Moodle does not know the share {share}"
            assert words(answer).strip()
            xhtml(words(answer.find("feedback")))
        getattr(self, f"check_{kind}", lambda question: None)(question)

    def check_multichoice(self, question):
        shares = [float(answer.get("fraction")) for answer in question.findall("answer")]
        assert len(shares) >= 2
        if question.findtext("single") == "true":
            assert max(shares) == 100
        else:
            assert question.findtext("single") == "false"
            assert abs(sum(share for share in shares if share > 0) - 100) < 0.001
        for answer in question.findall("answer"):
            assert answer.get("format") == "html" and xhtml(words(answer)).strip()

    def check_matching(self, question):
        parts = question.findall("subquestion")
        assert len([part for part in parts if words(part)]) >= 2
        assert len({words(part.find("answer")) for part in parts}) >= 3, "Moodle wants three answers"

    def check_shortanswer(self, question):
        shares = [float(answer.get("fraction")) for answer in question.findall("answer")]
        assert 100 in shares
        assert words(question.findall("answer")[-1]) == "*"

    def check_numerical(self, question):
        for answer in question.findall("answer"):
            assert is_number(words(answer)) and float(answer.findtext("tolerance")) > 0
        for unit in question.findall("units/unit"):
            assert [child.tag for child in unit] == ["multiplier", "unit_name"]

    def check_cloze(self, question):
        gaps = cloze(words(question.find("questiontext")))
        assert gaps
        for _, answers in gaps:
            assert max(share for _, share, _, _ in answers) == 1

    def mark(self, name, given):
        """Return (share, what is said) for an answer: indexes of options, text, a number, or one of these for each gap."""
        question = self.questions[name]
        return getattr(self, f"mark_{question.get('type')}")(question, given)

    def said(self, element):
        return xhtml(words(element))

    def whole(self, question, share):
        tag = COMBINED[0] if share >= 0.99999 else COMBINED[1] if share > 0 else COMBINED[2]
        return self.said(question.find(tag))

    def mark_multichoice(self, question, given):
        answers = [question.findall("answer")[at] for at in given]
        assert question.findtext("single") == "false" or len(given) == 1
        share = min(1, max(0, sum(float(answer.get("fraction")) for answer in answers) / 100))
        return share, " ".join(
            [self.whole(question, share), *(self.said(answer.find("feedback")) for answer in answers)]
        )

    def mark_matching(self, question, given):
        parts = question.findall("subquestion")
        share = sum(words(part.find("answer")) == mine for part, mine in zip(parts, given, strict=True)) / len(parts)
        return share, self.whole(question, share)

    def mark_shortanswer(self, question, given):
        for answer in question.findall("answer"):
            pattern = words(answer).replace("[", "[[]").replace("?", "[?]").replace(r"\*", "[*]")
            if fnmatch.fnmatchcase(given.casefold(), pattern.casefold()):
                return float(answer.get("fraction")) / 100, self.said(answer.find("feedback"))
        raise AssertionError("no answer for all the others")

    def mark_numerical(self, question, given):
        for answer in question.findall("answer"):
            if abs(float(words(answer)) - given) <= float(answer.findtext("tolerance")) * (1 + 1e-9):
                return float(answer.get("fraction")) / 100, self.said(answer.find("feedback"))
        return 0.0, ""

    def mark_cloze(self, question, given):
        gaps = cloze(words(question.find("questiontext")))
        total, told = 0.0, []
        for (kind, answers), mine in zip(gaps, given, strict=True):
            for value, share, slack, feedback in answers:
                same = abs(float(value) - mine) <= slack * (1 + 1e-9) if kind == "NUMERICAL" else value == mine
                if same:
                    total += share
                    told.append(xhtml(feedback))
                    break
        return total / len(gaps), " ".join(told)


def cloze(text):
    """Return [(kind, [(answer, share, tolerance, feedback)])] of the gaps of a cloze text."""
    gaps = []
    for found in re.finditer(r"(?<!\\)\{(\d+):(MULTICHOICE|NUMERICAL):(.*?)(?<!\\)\}", text, re.DOTALL):
        assert int(found[1]) > 0
        answers = []
        for part in re.split(r"(?<!\\)~", found[3]):
            share, value, feedback = re.fullmatch(r"(=|%-?\d+%)(.+?)(?:(?<!&)(?<!\\)#(.*))?", part, re.DOTALL).groups()
            value, slack = html.unescape(value), 0.0
            if found[2] == "NUMERICAL":
                assert re.fullmatch(r"-?\d+(\.\d+)?:\d+(\.\d+)?", value), value
                value, slack = value.split(":")[0], float(value.split(":")[1])
            earned = 1.0 if share == "=" else int(share.strip("%")) / 100
            answers.append((value, earned, slack, html.unescape(feedback or "")))
        gaps.append((found[2], answers))
    assert len(re.findall(r"[{}]", text)) == 2 * len(gaps), "a brace that is no gap's"
    return gaps


# --- QTI 2.1 ----------------------------------------------------------------------------------------------

QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
CP = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
ITEM_ORDER = ["responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback"]
INTERACTIONS = {
    "choiceInteraction": ("identifier", "simpleChoice"),
    "matchInteraction": ("directedPair", "simpleAssociableChoice"),
    "textEntryInteraction": (None, None),
    "extendedTextInteraction": ("string", None),
}
NCNAME = re.compile(r"[A-Za-z_][\w.-]*")


def bare(element):
    """Take the namespace off an element and all in it; every element must have that of QTI."""
    for part in element.iter():
        assert part.tag.startswith(QTI), part.tag
        part.tag = part.tag.removeprefix(QTI)
    return element


def base_value(element):
    kind, text = element.get("baseType"), element.text or ""
    return float(text) if kind == "float" else text


class Item:
    """One assessmentItem, checked; `mark` runs its response processing."""

    def __init__(self, data):
        self.root = bare(ET.fromstring(data))
        root = self.root
        assert root.tag == "assessmentItem"
        assert {"identifier", "title", "adaptive", "timeDependent"} <= set(root.attrib)
        assert NCNAME.fullmatch(root.get("identifier"))
        places = [ITEM_ORDER.index(child.tag) for child in root]
        assert places == sorted(places), "the parts of an item stand in a fixed order"
        self.responses = {part.get("identifier"): part for part in root.findall("responseDeclaration")}
        outcomes = {part.get("identifier") for part in root.findall("outcomeDeclaration")}
        assert {"SCORE", "MAXSCORE"} <= outcomes
        self.feedback = {part.get("identifier"): "".join(part.itertext()) for part in root.findall("modalFeedback")}
        used = set()
        for rule in root.iter("setOutcomeValue"):
            assert rule.get("identifier") in outcomes
            if rule.get("identifier") == "FEEDBACK":
                used |= {value.text for value in rule.iter("baseValue")}
        assert used == set(self.feedback), "each feedback is shown by a rule, and each rule shows one that is there"
        for variable in root.iter("variable"):
            assert variable.get("identifier") in outcomes | set(self.responses)
        self.check_interactions()

    def check_interactions(self):
        body = self.root.find("itemBody")
        bound = []
        for tag, (base, choice) in INTERACTIONS.items():
            for interaction in body.iter(tag):
                name = interaction.get("responseIdentifier")
                bound.append(name)
                declared = self.responses[name]
                assert base is None or declared.get("baseType") == base
                known = [part.get("identifier") for part in interaction.iter(choice)] if choice else []
                assert len(known) == len(set(known)) and all(map(NCNAME.fullmatch, known))
                values = [value.text for value in declared.findall("correctResponse/value")]
                keys = [entry.get("mapKey") for entry in declared.findall("mapping/mapEntry")]
                assert len(keys) == len(set(keys))
                if choice:
                    assert values and {part for value in values + keys for part in value.split()} <= set(known)
                if declared.get("cardinality") == "single" and base != "string":
                    assert len(values) == 1
        assert sorted(bound) == sorted(self.responses), "each response has one interaction"
        for part in body.iter():
            if part.tag in XHTML:
                assert set(part.attrib) == XHTML[part.tag]

    @property
    def points(self):
        return next(
            float(part.findtext("defaultValue/value"))
            for part in self.root.findall("outcomeDeclaration")
            if part.get("identifier") == "MAXSCORE"
        )

    def mark(self, **given):
        """Return (share, what is said) for responses by name: text, a number, or a list of identifiers or pairs."""
        self.given, self.score, self.shown = given, 0.0, []
        template = self.root.find("responseProcessing").get("template", "")
        if template:
            assert not len(self.root.find("responseProcessing"))
            self.score = self.standard(template.removeprefix(TEMPLATES), given["RESPONSE"])
        for condition in self.root.findall("responseProcessing/responseCondition"):
            for branch in condition:
                if branch.tag == "responseElse":
                    rules = list(branch)
                elif self.test(branch[0]):
                    rules = list(branch)[1:]
                else:
                    continue
                for rule in rules:
                    self.set(rule)
                break
        return self.score / self.points, " ".join(self.feedback[name] for name in self.shown)

    def standard(self, template, given):
        """Return what one of QTI's standard rules gives."""
        declared = self.responses["RESPONSE"]
        if template == "map_response":
            return self.value(ET.Element("mapResponse", identifier="RESPONSE"))
        assert template == "match_correct", template
        right = [value.text for value in declared.findall("correctResponse/value")]
        return float(sorted(given if isinstance(given, list) else [given]) == sorted(right))

    def set(self, rule):
        if rule.get("identifier") == "FEEDBACK":
            self.shown.append(rule.find("multiple/baseValue").text)
        else:
            self.score = self.value(rule[0])

    def value(self, part):
        if part.tag == "baseValue":
            return base_value(part)
        if part.tag == "variable":
            return self.score if part.get("identifier") == "SCORE" else self.given.get(part.get("identifier"))
        if part.tag == "sum":
            return sum(self.value(inner) for inner in part)
        assert part.tag == "mapResponse", part.tag
        mapping = self.responses[part.get("identifier")].find("mapping")
        given = self.given[part.get("identifier")]
        total = 0.0
        for mine in given if isinstance(given, list) else [given]:
            total += next(
                (float(entry.get("mappedValue")) for entry in mapping if same(entry.get("mapKey"), mine, entry)),
                float(mapping.get("defaultValue")),
            )
        return min(float(mapping.get("upperBound")), max(float(mapping.get("lowerBound")), total))

    def test(self, part):
        if part.tag == "isNull":
            return self.value(part[0]) in (None, "", [])
        first, second = (self.value(inner) for inner in part)
        if part.tag == "member":
            return first in second
        if part.tag == "match":
            return first == second
        if part.tag == "stringMatch":
            return first is not None and first.casefold() == second.casefold()
        if part.tag == "equal":
            assert part.get("toleranceMode") == "absolute"
            slack = float(part.get("tolerance").split()[0])
            return first is not None and abs(first - second) <= slack * (1 + 1e-9)
        assert part.tag in ("lt", "gte"), part.tag
        return first < second if part.tag == "lt" else first >= second


def same(key, mine, entry):
    return key.casefold() == mine.casefold() if entry.get("caseSensitive") == "false" else key == mine


class Package:
    """A content package, checked: every file is in the manifest and every name leads to a file. `items` by identifier."""

    def __init__(self, archive):
        names = archive.namelist()
        assert len(names) == len(set(names)) and names[0] == "imsmanifest.xml"
        manifest = ET.fromstring(archive.read("imsmanifest.xml"))
        assert manifest.tag == f"{CP}manifest"
        assert [child.tag.removeprefix(CP) for child in manifest] == ["metadata", "organizations", "resources"]
        resources = manifest.findall(f"{CP}resources/{CP}resource")
        known = [resource.get("identifier") for resource in resources]
        assert len(known) == len(set(known)) and all(map(NCNAME.fullmatch, known))
        listed = ["imsmanifest.xml"]
        for resource in resources:
            files = [file.get("href") for file in resource.findall(f"{CP}file")]
            assert resource.get("href") in files
            listed += files
            for dependency in resource.findall(f"{CP}dependency"):
                assert dependency.get("identifierref") in known
        assert sorted(listed) == sorted(names)
        self.items = {}
        for resource in resources:
            data = archive.read(resource.get("href"))
            if resource.get("type") == "imsqti_item_xmlv2p1":
                item = Item(data)
                assert item.root.get("identifier") == resource.get("identifier")
                self.items[resource.get("identifier")] = item
            else:
                assert resource.get("type") == "imsqti_test_xmlv2p1"
                test = bare(ET.fromstring(data))
        references = [(ref.get("identifier"), ref.get("href")) for ref in test.iter("assessmentItemRef")]
        assert [name for name, _ in references] == list(self.items)
        assert {href for _, href in references} <= set(names)
        sections = [section.get("identifier") for section in test.iter("assessmentSection")]
        assert len(sections) == len(set(sections)) and all(map(NCNAME.fullmatch, sections))
