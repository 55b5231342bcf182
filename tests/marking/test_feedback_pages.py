"""Feedback pages: say why, hold nothing of the key, and stay whole whatever a student is called."""

import re
from html.parser import HTMLParser

import pytest

from nhsreform import commands
from nhsreform.marking.pages import student as feedback_pages
from nhsreform.marking.pages.page import LOOK
from nhsreform.marking.record import ABSENT, CRASHED, MARKED, TIMED_OUT, Mark
from nhsreform.questions import judge
from nhsreform.questions import key as keys
from nhsreform.questions.value import fold
from nhsreform.text.csv_files import rows_of
from tests.marking.made_up_class import HOSTILE, key, make, right

KEY = key()
WRONG = "something else altogether"


class Reader(HTMLParser):
    """Collects what a page holds: its text, its tags and their attributes."""

    def __init__(self, page):
        super().__init__()
        self.words, self.tags, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "br", "input", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def wrong_value(question):
    entry = keys.unseal(KEY.stored[question])
    if entry["kind"] == "match":
        return dict.fromkeys(entry["answer"], WRONG)
    return [WRONG] if entry["kind"] in ("set", "order", "range") else WRONG


def secrets_of(question):
    """Return the texts that give a question away: the answer, and all that stands beside it in the sealed part."""
    entry = keys.unseal(KEY.stored[question])
    hidden = [KEY.stored[question]["sealed"], entry["worked"], entry.get("why", "")]
    # What is said of prose is said to everybody who wrote some.
    hidden += [entry["right"]] if entry["kind"] != "prose" else []
    hidden += list(entry.get("also", {}).values()) if entry["kind"] == "choice" else []
    if entry["kind"] in ("text", "quotation", "attribution", "number"):
        hidden.append(str(entry["answer"]))
    if entry["kind"] == "match":
        # The left side is printed in the question; that a pair belongs together is the answer.
        hidden += [f"{left}: {label}" for left, label in entry["answer"].items()]
    return [one for one in hidden if one]


def told_of(page, question):
    """Return what a page tells of one question: why, and notes."""
    told = re.search(rf"<h3>{re.escape(question)} .*?</div>\n<div>(.*?)</div>\n</article>", page, re.DOTALL)
    return Reader(told[1]).text if told else ""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The pages of a class by student: one all right, one all wrong, one who tried nothing, one absent."""
    out = make(
        tmp_path_factory.mktemp("class") / "out",
        {
            "All Right": {q: "Some words." if KEY.stored[q]["kind"] == "prose" else right(q) for q in KEY.stored},
            "All Wrong": {q: wrong_value(q) for q in KEY.stored},
            "Tried Nothing": dict.fromkeys(KEY.stored, ...),
        },
        absent=["Not There"],
        practice=True,
    )
    assert commands.main(["feedback", str(out)]) == 0
    index = {row["student"]: row["file"] for row in rows_of(out / "feedback" / "index.csv", ("student", "file"))}
    return {student: (out / "feedback" / file).read_text(encoding="utf-8") for student, file in index.items()}


@pytest.mark.parametrize("student", ["All Wrong", "Tried Nothing", "Not There"])
@pytest.mark.parametrize("question", KEY.stored)
def test_no_page_gives_away_what_its_student_did_not_have(told, student, question):
    page = told[student]
    assert student == "Not There" or told_of(page, question) or student == "Tried Nothing"
    for secret in secrets_of(question):
        assert secret not in page or len(secret) < 20
        # A word such as a name may be an option of another question; in its own row no answer may stand.
        text = fold(Reader(page).text if len(secret) > 20 else told_of(page, question))
        assert not re.search(rf"(?<!\w){re.escape(fold(secret))}(?!\w)", text), secret


def test_a_right_answer_is_explained_and_the_seal_stays_closed(told):
    text = Reader(told["All Right"]).text
    for question in KEY.stored:
        entry = keys.unseal(KEY.stored[question])
        assert " ".join(entry["right"].split()) in text
        assert KEY.stored[question]["sealed"] not in told["All Right"] and entry["worked"] not in told["All Right"]


def test_every_question_says_how_it_stands_and_why(told):
    text = Reader(told["All Wrong"]).text
    assert text.count("not yet") >= 30 and "waits for a person" in text
    assert "Question 1.1" not in text and "1.1 Is the list complete?" in text
    assert "0 of 1" in text and "not one of the options" in text
    assert Reader(told["Tried Nothing"]).text.count("not tried") == len(KEY.stored)
    assert Reader(told["Not There"]).text.count("Not handed in.") == len(KEY.exercises)


def test_a_page_is_one_file_without_script_or_anything_fetched(told):
    for page in told.values():
        reader = Reader(page)
        assert not reader.open
        assert "default-src 'none'" in page and "script-src" not in page
        for tag, attributes in reader.tags:
            assert tag not in ("script", "img", "link", "iframe", "object", "a", "form")
            assert not {"src", "href", "onload", "onerror"} & set(attributes)
        assert "@import" not in page and "url(" not in page and not re.search(r"https?:", page)


@pytest.mark.parametrize(
    "state", [judge.RIGHT, judge.PARTLY, judge.WRONG, judge.UNTRIED, CRASHED, TIMED_OUT, ABSENT, judge.PERSON, MARKED]
)
def test_every_state_has_a_word(state):
    assert LOOK[state][1]
    page = feedback_pages.student_page(
        [Mark("Ann", "01", "1.1", state, None, 1, ""), Mark("Ann", "01", "1.2", judge.RIGHT, 1, 1, "")], {}
    )
    assert LOOK[state][1] in Reader(page).text


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_note_and_answer_change_nothing_on_the_page(name):
    marks = [
        Mark(name, "01", "1.1", judge.WRONG, 0, 1, name, f"“{name}” is not one of the options."),
        Mark(name, "", "", judge.PERSON, None, 0, name),
    ]
    page = feedback_pages.student_page(marks, {})
    plain = Reader(
        feedback_pages.student_page(
            [Mark("Ann", "01", "1.1", judge.WRONG, 0, 1, "n", "m"), Mark("Ann", "", "", judge.PERSON, None, 0, "n")], {}
        )
    )
    reader = Reader(page)
    assert not reader.open and [tag for tag, _ in reader.tags] == [tag for tag, _ in plain.tags]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)
    for part in re.findall(
        r"[\u202a-\u202e\u2066-\u2069]", re.sub(r"<bdi>.*?</bdi>|<title>.*?</title>", "", page, flags=re.DOTALL)
    ):
        pytest.fail(f"a sign that turns text round, outside its own element: {part!r}")


def test_no_two_students_share_a_file_and_no_name_leaves_the_folder(tmp_path):
    names = [*HOSTILE.values(), "../../up", "a/b", "A/B", "a b", "A B", "CON", "é", "e", "."]
    marks = [Mark(name, "01", "1.1", judge.RIGHT, 1, 1, "") for name in names]
    written = feedback_pages.write_pages(marks, {}, tmp_path / "feedback")
    assert len({path.name.lower() for path in written}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]{1,60}\.html", path.name) for path in written)
    assert len(list(tmp_path.rglob("*.html"))) == len(names)
    index = (tmp_path / "feedback" / "index.csv").read_text(encoding="utf-8")
    assert "'=HYPERLINK" in index


def test_a_key_that_has_changed_since_changes_no_page(tmp_path, monkeypatch):
    """What the judge said stands in the record; nothing is judged a second time, and no key is read."""
    out = make(tmp_path / "out", {"Ann": {"1.1": "include"}, "Bob": {"1.1": WRONG}})
    monkeypatch.setattr(judge, "verdict", None)
    monkeypatch.setattr("nhsreform.questions.key.read", None)
    assert commands.main(["feedback", str(out)]) == commands.main(["report", str(out)]) == 0
    page = next((out / "feedback").glob("ann-*.html")).read_text(encoding="utf-8")
    assert KEY.entry("1.1").right in Reader(page).text


@pytest.mark.parametrize("command", ["feedback", "report", "gradebook", "prose prepare", "prose collect"])
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda out: (out / "class.json").unlink(), "There is no class.json in"),
        (lambda out: (out / "marks.csv").unlink(), "There is no marks.csv in"),
        (lambda out: (out / "audit.jsonl").unlink(), "There is no audit.jsonl in"),
        (lambda out: (out / "class.json").write_text("{"), "class.json in .* is not whole"),
        (lambda out: (out / "class.json").write_text('{"format": 1, "marks": 3}'), "class.json in .* is not whole"),
        (lambda out: (out / "class.json").write_text('{"format": 2}'), "another version of the pack"),
        (
            lambda out: (out / "marks.csv").write_text(
                (out / "marks.csv").read_text(encoding="utf-8").replace("wrong,0", "right,1", 1), encoding="utf-8"
            ),
            "marks.csv was changed since it was written, .*: Ann  1.1: right 1 -> wrong 0. Points .* by-hand.csv",
        ),
    ],
    ids=["no record", "no marks", "no log", "torn", "odd", "newer", "typed into marks.csv"],
)
def test_what_is_missing_damaged_or_typed_in_the_wrong_place_is_said(tmp_path, capsys, command, spoil, told):
    out = make(tmp_path / "out", {"Ann": {"1.1": WRONG, "8.3": "Words."}})
    assert commands.main(["prose", "prepare", str(out), str(tmp_path / "prose")]) == 0
    spoil(out)
    capsys.readouterr()
    sheet = tmp_path / "sheet.csv"
    arguments = {
        "gradebook": ["--platform=moodle", f"--sheet={sheet}", f"--marks={out}", f"--out={sheet}.new"],
        "prose prepare": [str(out), str(tmp_path / "prose")],
        "prose collect": [str(out), str(tmp_path / "prose")],
    }.get(command, [str(out)])
    assert commands.main([*command.split(), *arguments]) == 2
    assert re.search(told, capsys.readouterr().err)


@pytest.mark.parametrize(("last", "told"), [("", "--resume"), ('{"event": "end", "written": false}', "--apply")])
def test_a_run_that_wrote_no_marks_is_not_taken_for_them(tmp_path, capsys, last, told):
    out = make(tmp_path / "out", {"Ann": {"1.1": "include"}})
    lines = (out / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    (out / "audit.jsonl").write_text("\n".join([*lines[:-1], last]).strip() + "\n", encoding="utf-8")
    assert commands.main(["feedback", str(out)]) == 2
    assert told in capsys.readouterr().err


def test_a_page_of_somebody_no_longer_there_goes(tmp_path):
    out = make(tmp_path / "out", {"Ann": {"1.1": "include"}, "Bob": {"1.1": "include"}})
    assert commands.main(["feedback", str(out)]) == 0
    (out / "feedback" / "mine.html").write_text("mine")
    make(out, {"Ann": {"1.1": "include"}})
    assert commands.main(["feedback", str(out)]) == 0
    assert sorted(path.name.split("-")[0] for path in (out / "feedback").iterdir()) == ["ann", "index.csv", "mine.html"]
