"""Prose marking: no name goes out, no point goes to the wrong answer, nothing a person wrote is lost."""

import csv
import re

import pytest

from nhsreform import commands
from nhsreform.marking import marks_csv
from nhsreform.marking.by_hand import COLUMNS
from nhsreform.marking.errors import MarkError, alone
from nhsreform.marking.marked_class import read_class
from nhsreform.marking.prose import codes
from nhsreform.marking.prose import collect as collecting
from nhsreform.marking.prose.codes import SIGNS, Answer, read_codes, without_name
from nhsreform.marking.prose.moderation import Sampling, sample
from nhsreform.marking.prose.sheets import SHEET_COLUMNS
from nhsreform.marking.record import MARKED, Mark
from nhsreform.questions import judge
from nhsreform.questions.brief_check import check_brief, sources_in
from nhsreform.text.csv_files import rows_of
from nhsreform.text.untrusted import for_cell, is_formula
from tests.marking.made_up_class import HOSTILE, make
from tests.marking.made_up_notebooks import hand_in, with_answers, worked
from tests.marking.test_feedback_pages import Reader
from tests.marking.test_gradebook import MOODLE_FILE

EIGHT = "08-your-judgement"
NAMES = ["Ada Lovelace", "Zoë O'Brien", *HOSTILE.values()]


@pytest.fixture
def out(tmp_path):
    return make(
        tmp_path / "out",
        {name: {"8.1": ["b", "d"], "8.3": f"Text {at}.\nIt is mine."} for at, name in enumerate(NAMES)},
    )


def prepare(out, expected=0):
    folder = out.parent / "prose"
    assert commands.main(["prose", "prepare", str(out), str(folder)]) == expected
    return folder


def sheet(folder, name="marks-8.3.csv"):
    return rows_of(folder / name, SHEET_COLUMNS)


def fill(folder, points, comments=None, name="marks-8.3.csv"):
    """Fill in the CSV: {code or place: points}."""
    rows = sheet(folder, name)
    for at, row in enumerate(rows):
        row["points"] = str(points(at, row["code"]))
        row["comment"] = (comments or {}).get(at, "")
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, SHEET_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def collect(out, folder, expected=0, *more):
    assert commands.main(["prose", "collect", str(out), str(folder), *more]) == expected


def marks_of(out, question="8.3"):
    return {for_cell(mark.student): mark for mark in read_class(out).marks if mark.question == question}


def in_file(out, question="8.3"):
    return {row["student"]: row for row in rows_of(out / "marks.csv", marks_csv.COLUMNS) if row["question"] == question}


# Out


def test_no_name_goes_out_and_every_answer_does(out):
    folder = prepare(out)
    assert sorted(path.name for path in folder.iterdir()) == ["comments.txt", "marks-8.3.csv", "question-8.3.html"]
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    for name in ("Lovelace", "Brien", "onerror", "HYPERLINK", "Eve[", "NNNN"):
        assert not any(name in text for text in texts.values())
    text = Reader(texts["question-8.3.html"]).text
    assert all(text.count(f"Text {at}. It is mine.") == 1 for at in range(len(NAMES)))
    assert "by this rubric, two points each" in text
    assert {row["code"] for row in sheet(folder)} == set(re.findall(r'data-code="(\w+)"', texts["question-8.3.html"]))


def test_the_order_stays_and_is_not_that_of_the_names(out):
    folder = prepare(out)
    first = [row["code"] for row in sheet(folder)]
    prepare(out)
    assert [row["code"] for row in sheet(folder)] == first == sorted(first)
    codes = read_codes(out)
    other = read_codes(make(out.parent / "other", {"Ada Lovelace": {"8.3": "Text"}}))
    assert len(codes) == len(NAMES) and not other
    assert all(re.fullmatch(f"[{SIGNS}]{{5}}", code) for code in codes)


def test_a_name_in_the_text_is_taken_out(tmp_path):
    out = make(
        tmp_path / "out",
        {"Ada Lovelace": {"8.3": "I, ADA LOVELACE, think so. Ada King does not."}, "Bo": {"8.3": "Bolder."}},
    )
    text = Reader((prepare(out) / "question-8.3.html").read_text(encoding="utf-8")).text
    assert "I, (name), think so. Ada King does not." in text and "Bolder." in text


def test_a_name_is_taken_out_without_the_number_of_a_namesake_and_as_the_platform_has_it():
    value = {"type": "text", "value": "I, Ann Lee, say so. ANN LEE. Lee Ann"}
    mark = Mark("Ann Lee 7005", EIGHT, "8.3", judge.PERSON, None, 6, "", value=value)
    assert without_name(mark, "") == "I, (name), say so. (name). Lee Ann"
    assert without_name(mark, "Lee Ann") == "I, (name), say so. (name). (name)"


def test_an_answer_stays_text_on_the_page(tmp_path):
    nasty = "</textarea></script><script>alert(1)</script>\u202e\x1b[2J <b>bold</b>"
    out = make(tmp_path / "out", {"Ann": {"8.3": nasty}, "Bob": {"8.3": "plain words"}})
    page = (prepare(out) / "question-8.3.html").read_text(encoding="utf-8")
    reader = Reader(page)
    assert not reader.open and page.count("<script>") == 1 and "<b>" not in page and "\x1b" not in page
    assert "<b>bold</b>" in reader.text
    assert "script-src 'sha256-" in page and "default-src 'none'" in page


def test_comments_and_points_that_are_there_are_not_overwritten(out):
    folder = prepare(out)
    (folder / "comments.txt").write_text("Mine.\n", encoding="utf-8")
    fill(folder, lambda at, code: 3)
    prepare(out)
    assert (folder / "comments.txt").read_text(encoding="utf-8") == "Mine.\n"
    assert {row["points"] for row in sheet(folder)} == {"3"}
    assert ">Mine.\n</textarea>" in (folder / "question-8.3.html").read_text(encoding="utf-8")


def test_what_else_is_for_a_person_is_listed(tmp_path, capsys):
    out = make(
        tmp_path / "out", {"Ann": {"8.3": "Some words."}, "Cy": {"1.1": "include"}}, strays={"Bob\x1b": "x.docx"}
    )
    prepare(out, expected=1)
    told = capsys.readouterr().out
    assert "Bob\ufffd, 8.3: x.docx: no notebook" in told and "by-hand.csv" in told


# And back


def test_points_go_to_whom_the_code_belongs(out):
    folder = prepare(out)
    fill(folder, lambda at, code: at % 7, {0: "=1+1", 1: 'Good, "yes"', 2: "two\nlines"})
    collect(out, folder)
    codes, marks = read_codes(out), marks_of(out)
    for at, row in enumerate(sheet(folder)):
        mark = marks[codes[row["code"]]["student"]]
        assert (mark.state, mark.points, mark.max) == (MARKED, at % 7, 6)
        assert mark.message == {0: "=1+1", 1: 'Good, "yes"', 2: "two\nlines"}.get(at, "")
    for name in ("by-hand.csv", "marks.csv", "prose-codes.csv"):
        for row in csv.reader((out / name).open(encoding="utf-8", newline="")):
            assert not any(is_formula(cell) for cell in row)
    assert {row["state"] for row in in_file(out).values()} == {judge.WRONG, judge.PARTLY, judge.RIGHT}


def test_half_filled_is_half_taken_and_said(out, capsys):
    folder = prepare(out)
    fill(folder, lambda at, code: 5 if at < 3 else "")
    collect(out, folder, 1)
    assert "8.3: 3 marked, 6 open." in capsys.readouterr().out
    assert sum(mark.state == MARKED for mark in marks_of(out).values()) == 3
    assert not list(folder.glob("moderation*"))


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ("7", "6 is the most"),
        ("-1", "no number of points"),
        ("x", "no number of points"),
        ("nan", "no number of points"),
        ("3/4", "no number of points"),
    ],
)
def test_points_that_cannot_be_are_refused(out, capsys, points, told):
    folder = prepare(out)
    fill(folder, lambda at, code: points if at == 0 else 1 if at == 1 else "")
    collect(out, folder, 1)
    assert told in capsys.readouterr().out
    # A bad row costs that row.
    assert [mark.points for mark in marks_of(out).values() if mark.state == MARKED] == [1]


def test_codes_in_capitals_are_codes_and_a_decimal_comma_is_not_cut_in_two(out, capsys):
    folder = prepare(out)
    first, second = (row["code"] for row in sheet(folder)[:2])
    (folder / "marks-8.3.csv").write_text(f"code,points,comment\n{first.upper()},4,\n{second},4,5\n", encoding="utf-8")
    collect(out, folder, 1)
    assert "4 points and the comment 5? Type a decimal point." in capsys.readouterr().out
    students = read_codes(out)
    marks = marks_of(out)
    assert marks[students[first]["student"]].points == 4
    assert marks[students[second]["student"]].state == judge.PERSON


def test_an_unknown_code_and_two_opinions_are_not_used(out, capsys):
    folder = prepare(out)
    fill(folder, lambda at, code: 1)
    text = (folder / "marks-8.3.csv").read_text(encoding="utf-8")
    (folder / "marks-8.3 (1).csv").write_text(text.replace(",1,", ",2,", 1) + "zzzzz,3,\n", encoding="utf-8")
    collect(out, folder, 1)
    told = capsys.readouterr().out
    assert "different points in two places" in told and "zzzzz is no code" in told and "8.3: 8 marked" in told


def test_an_answer_handed_in_anew_needs_a_person_again(out, capsys):
    folder = prepare(out)
    fill(folder, lambda at, code: 6)
    collect(out, folder)
    make(
        out,
        {
            name: {"8.1": ["b", "d"], "8.3": "New words." if name == "Ada Lovelace" else f"Text {at}.\nIt is mine."}
            for at, name in enumerate(NAMES)
        },
    )
    marks = marks_of(out)
    assert marks["Ada Lovelace"].state == judge.PERSON and "another answer before" in marks["Ada Lovelace"].note
    assert marks["Zoë O'Brien"].state == MARKED
    # The old points do not reach the new answer, not even when the old file is taken in again.
    before = (out / "marks.csv").read_bytes()
    assert in_file(out)["Ada Lovelace"]["state"] == judge.PERSON
    collect(out, folder, 1)
    assert "another was handed in since" in capsys.readouterr().out
    assert (out / "marks.csv").read_bytes() == before
    assert marks_of(out)["Ada Lovelace"].state == judge.PERSON
    old = {row["code"] for row in sheet(folder)}
    prepare(out)
    assert len({row["code"] for row in sheet(folder)} - old) == 1
    assert sorted(row["points"] for row in sheet(folder)) == ["", *["6"] * 8]


def by_hand(out):
    return rows_of(out / "by-hand.csv", COLUMNS)


def change_by_hand(out, student, points):
    rows = by_hand(out)
    with (out / "by-hand.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*COLUMNS, "answer"])
        writer.writeheader()
        writer.writerows(row | ({"points": points} if row["student"] == student else {}) for row in rows)


def test_points_changed_by_hand_after_they_were_taken_in_stay_until_the_page_says_something_new(out, capsys):
    folder = prepare(out)
    mine = next(row["code"] for row in read_codes(out).values() if row["student"] == "Ada Lovelace")
    # Whose answer comes first is by chance.
    another = int(sheet(folder)[0]["code"] == mine)
    fill(folder, lambda at, code: 3, {another: "so far"})
    collect(out, folder)
    students = [row["student"] for row in by_hand(out)]
    change_by_hand(out, "Ada Lovelace", "6")
    for _ in range(2):
        collect(out, folder)
        assert marks_of(out)["Ada Lovelace"].points == 6 and in_file(out)["Ada Lovelace"]["points"] == "6"
    assert [row["student"] for row in by_hand(out)] == students
    # A page that was open all the while says something else: neither is silently taken.
    fill(folder, lambda at, code: 2 if code == mine else 3)
    collect(out, folder, 1)
    assert "already holds a line typed by hand" in capsys.readouterr().out
    assert marks_of(out)["Ada Lovelace"].points == 6
    # The page shows what counts, and from then on what is changed there counts.
    fill(folder, lambda at, code: 3)
    prepare(out)
    assert {row["code"]: row["points"] for row in sheet(folder)}[mine] == "6"
    fill(folder, lambda at, code: 4 if code == mine else 3)
    collect(out, folder)
    assert marks_of(out)["Ada Lovelace"].points == 4 and [row["student"] for row in by_hand(out)] == students


def test_a_page_saved_again_counts_where_it_says_something_new_and_two_new_readings_never_do(out, capsys):
    folder = prepare(out)
    fill(folder, lambda at, code: 3)
    collect(out, folder)
    text = (folder / "marks-8.3.csv").read_text(encoding="utf-8")
    (folder / "marks-8.3 (1).csv").write_text(text.replace(",3,", ",5,", 1), encoding="utf-8")
    first = sheet(folder)[0]["code"]
    collect(out, folder)
    student = read_codes(out)[first]["student"]
    assert marks_of(out)[student].points == 5
    collect(out, folder)
    assert marks_of(out)[student].points == 5
    (folder / "marks-8.3.csv").write_text(text.replace(",3,", ",1,", 1), encoding="utf-8")
    (folder / "marks-8.3 (1).csv").write_text(text.replace(",3,", ",2,", 1), encoding="utf-8")
    capsys.readouterr()
    collect(out, folder, 1)
    told = capsys.readouterr().out
    assert (
        f"{first} has different points in two places" in told
        and "marks-8.3 (1).csv" in told
        and "Delete the row" in told
    )
    assert marks_of(out)[student].points == 5


def test_a_line_typed_by_hand_stays(out, capsys):
    folder = prepare(out)
    (out / "by-hand.csv").write_text(
        f"student,exercise,question,points,note\nAda Lovelace,{EIGHT},8.3,2,seen in person\n", encoding="utf-8"
    )
    fill(folder, lambda at, code: 6)
    collect(out, folder, 1)
    assert "already holds a line typed by hand" in capsys.readouterr().out
    assert marks_of(out)["Ada Lovelace"].points == 2 and marks_of(out)["Zoë O'Brien"].points == 6


@pytest.mark.parametrize("command", ["gradebook", "feedback", "report", "collect"])
def test_a_line_typed_by_hand_with_too_many_points_is_said_everywhere_and_counts_nowhere(out, capsys, command):
    folder = prepare(out)
    fill(folder, lambda at, code: 6)
    (out / "by-hand.csv").write_text(
        f"student,exercise,question,points,note\nAda Lovelace,{EIGHT},8.3,60,\n", encoding="utf-8"
    )
    sheet = out.parent / "sheet.csv"
    sheet.write_bytes(MOODLE_FILE)
    arguments = {
        "gradebook": ["gradebook", "--platform=moodle", f"--sheet={sheet}", f"--marks={out}", f"--out={sheet}.new"],
        "collect": ["prose", "collect", str(out), str(folder)],
    }.get(command, [command, str(out)])
    assert commands.main(arguments) == 1
    told = "by-hand.csv, row 2, column points: Ada Lovelace is given 60 points for 8.3; there are 6 at most"
    assert told in "".join(capsys.readouterr())
    marks = marks_of(out)
    ada = marks.pop("Ada Lovelace")
    assert (ada.state, ada.points) == (judge.PERSON, None)
    assert {mark.state for mark in marks.values()} == {MARKED if command == "collect" else judge.PERSON}


@pytest.mark.slow
def test_marking_again_keeps_every_point_byte_for_byte(tmp_path, mark):
    for at, name in enumerate(["Ada Lovelace", "=cmd|x", "Zoë"]):
        hand_in(
            tmp_path / "in",
            name,
            f"{EIGHT}.ipynb",
            with_answers(EIGHT, {"8.3": f'q8_3 = """Words {at}."""'}) if at else worked(EIGHT),
        )
    out = tmp_path / "out"
    mark(tmp_path / "in", out)
    folder = prepare(out)
    fill(folder, lambda at, code: [0, 2.5, 6][at], {0: "=no", 1: 'a, "b"\nc'})
    collect(out, folder)
    before = (out / "marks.csv").read_bytes(), (out / "by-hand.csv").read_bytes()
    code, told, _ = mark(tmp_path / "in", out)
    assert code == 0 and not any("change" in line for line in told)
    assert ((out / "marks.csv").read_bytes(), (out / "by-hand.csv").read_bytes()) == before
    assert sorted(one.points for one in marks_of(out).values()) == [0, 2.5, 6]


def test_nothing_prepared_is_said(out, tmp_path, capsys):
    collect(out, tmp_path, 2)
    assert "prose prepare" in capsys.readouterr().err
    folder = prepare(out)
    (folder / "marks-8.3.csv").unlink()
    collect(out, folder, 2)
    assert "no marks-*.csv" in capsys.readouterr().err


def test_while_marking_is_under_way_nothing_is_touched(out):
    folder = prepare(out)
    fill(folder, lambda at, code: 6)
    with alone(out, ""), pytest.raises(MarkError, match="under way"):
        collecting.collect(out, [folder])
    assert not (out / "by-hand.csv").exists()


# A second reading


def answers(*points):
    mark = Mark("x", EIGHT, "8.3", MARKED, 0, 10, "")
    return [Answer(f"c{at:03}", mark, "", str(value)) for at, value in enumerate(points)]


def test_the_sample_is_every_nth_the_ends_and_what_lies_at_a_border():
    given = answers(*[5] * 20, 0, 10, 3.5, 4, 7, *[5.5] * 20)
    chosen = sample(given, 10, Sampling(10, [0.4]), each=1)
    assert [answer.code for answer in chosen] == ["c000", "c010", "c020", "c021", "c022", "c023", "c030", "c040"]
    assert sample(given, 10, Sampling(1, [])) == given and sample([], 10, Sampling(10, [0.4])) == []


def test_a_second_reader_sees_no_points_and_changes_none(out, capsys):
    folder = prepare(out)
    fill(folder, lambda at, code: 1 + at % 5, {0: "First reader's words"})
    collect(out, folder)
    page = (folder / "moderation-8.3.html").read_text(encoding="utf-8")
    rows = sheet(folder, "moderation-8.3.csv")
    assert {row["points"] for row in rows} == {""} and "First reader" not in page and 'value="1"' not in page
    first = {row["code"]: float(row["points"]) for row in sheet(folder)}
    fill(folder, lambda at, code: first[code] + (1 if at == 0 else 0), name="moderation-8.3.csv")
    capsys.readouterr()
    collect(out, folder, 1)
    told = capsys.readouterr().out
    assert f"Read twice: {len(rows)}, of which 1 with different points. The first count." in told
    assert rows[0]["code"] in told
    assert all(row["points"] for row in sheet(folder, "moderation-8.3.csv")), "the second reader's work is kept"
    codes = read_codes(out)
    assert {name: mark.points for name, mark in marks_of(out).items()} == {
        codes[code]["student"]: value for code, value in first.items()
    }


# What the page shows beside an answer


def test_the_page_says_of_each_id_and_quotation_whether_it_is_found(tmp_path):
    text = (
        "First, “it is really easy to spend money” [pct-managers-c17].\n\nThen “words that nobody in the five texts ever said”, "
        "and [joint-report-c999]."
    )
    out = make(tmp_path / "out", {"Ann": {"8.3": text}, "Bo": {"8.3": "No source at all."}})
    page = (prepare(out) / "question-8.3.html").read_text(encoding="utf-8")
    told = Reader(page).text
    for finding in sources_in(text):
        assert f"{'found' if finding[0] else 'look'}: {' '.join(finding[1].split())}" in told
    assert [well for well, _ in sources_in(text)] == [True, False, True, False]
    assert told.count("No id of a claim and no quotation is in it.") == 1
    # It says what nr.check_brief says.
    assert all(words in str(check_brief(text)) for well, words in sources_in(text) if not well)


def test_what_was_looked_up_is_not_looked_up_again(tmp_path, monkeypatch):
    out = make(tmp_path / "out", {"Ann": {"8.3": "“words that nobody in the five texts ever said”"}})
    folder = prepare(out)
    before = (folder / "question-8.3.html").read_bytes()
    monkeypatch.setattr(codes, "sources_in", None)
    prepare(out)
    assert (folder / "question-8.3.html").read_bytes() == before
    (out / "prose-sources.json").write_text("{")
    monkeypatch.undo()
    prepare(out)
    assert (folder / "question-8.3.html").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("One.\n\nTwo\nlines.\n  \nThree.", ["One.", "Two\nlines.", "Three."]),
        ("\n    One.\n\n    Two.\n", ["One.", "Two."]),
        ("\n\n", []),
    ],
)
def test_a_learners_paragraphs_stay_paragraphs(text, paragraphs):
    value = {"type": "text", "value": text}
    mark = Mark("Ann", EIGHT, "8.3", judge.PERSON, None, 6, value=value)
    assert Answer("c", mark, text).paragraphs == paragraphs
