"""The quiz export: each format read back by a reader of its own, and every right and named wrong answer marked in it."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from fractions import Fraction

import nbformat
import pytest

from nhsreform import commands
from nhsreform.commands import quiz as command
from nhsreform.data.sources import find_all, source
from nhsreform.data.tables import table
from nhsreform.errors import PackError
from nhsreform.notebooks.files import read
from nhsreform.questions import build, judge, key
from nhsreform.questions.export import csv_sheet, moodle, qti
from nhsreform.questions.export import quiz as quiz_export
from nhsreform.questions.kinds import read_question
from nhsreform.questions.value import fold
from nhsreform.text import html_clean
from nhsreform.text.markdown import parts as parts_of
from nhsreform.text.untrusted import guarded, is_formula, unguarded
from tests.conftest import ROOT, entry_of, judged
from tests.quiz_readers import Moodle, Package, cloze, xhtml
from tests.test_exercises import change

ENTRIES = {question_id: entry_of(question_id) for question_id in key.questions()}
FILES = ("nhsreform-moodle.xml", "nhsreform-qti.zip", "nhsreform-quiz.csv")
PLAIN = "nhsreform-qti-plain.zip"
LEFT_OUT = {"5.3": "column", "8.2": "nr.claims"}
IN = sorted(set(ENTRIES) - set(LEFT_OUT))
MARKED = [question_id for question_id in IN if ENTRIES[question_id]["kind"] != "prose"]
# The example of how to type an answer is taken out of the question, and with it the message on giving the example.
EXAMPLES = {("1.4", "[1, 2]"), ("3.6", "[1, 2]"), ("4.2", "[1, 2]")}


class Export:
    """What was exported, and what the readers make of it."""

    def __init__(self, quiz):
        self.quiz = quiz
        self.files = command.files_of(quiz)
        self.moodle = Moodle(self.files[FILES[0]])
        self.package = Package(zipfile.ZipFile(io.BytesIO(self.files[FILES[1]])))
        self.plain = Package(zipfile.ZipFile(io.BytesIO(self.files[PLAIN])))
        text = self.files[FILES[2]].decode("utf-8-sig")
        self.rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
        self.by_id = {question.id: question for question in quiz.questions}


@pytest.fixture(scope="module")
def export():
    return Export(quiz_export.collect([]))


@pytest.fixture(scope="module")
def keys():
    """{question id: the TOML of its key cell}: the order in which an author wrote options and lines."""
    found = {}
    for path in sorted((ROOT / "exercises" / "answers").glob("*.ipynb")):
        for question_id, parts in build.cells_by_question(read(path), path.stem).items():
            found[question_id] = tomllib.loads(parts["key"].source)
    return found


# --- handing in ------------------------------------------------------------------------------------------


def labels(entry, settings, row):
    """Return labels in the order in which they are shown."""
    return list(settings.get("options", {})) or row["options"].split("\n")


def lines(entry):
    return sorted(entry["answer"], key=entry["worked"].find)


def mark(export, keys, question_id, value):
    """Return ((share, said) in Moodle, (share, said) in QTI) for a value of the kind that the notebook takes."""
    entry, settings, row = ENTRIES[question_id], keys[question_id], export.rows[question_id]
    kind, item = entry["kind"], export.package.items[f"nhsreform-{question_id.replace('.', '-')}"]
    in_moodle = in_qti = value
    if kind in ("choice", "set"):
        shown = labels(entry, settings, row)
        in_moodle = [shown.index(label) for label in ([value] if kind == "choice" else value)]
        in_qti = [f"o{at + 1}" for at in in_moodle]
        in_qti = in_qti[0] if kind == "choice" else in_qti
    elif kind == "order":
        shown = labels(entry, settings, row)
        in_moodle = [str(value.index(label) + 1) for label in shown]
        in_qti = [f"l{at} o{place}" for at, place in enumerate(in_moodle, 1)]
    elif kind == "match":
        shown = list(settings["options"])
        gaps = cloze(export.moodle.questions[f"nhsreform-{question_id}"].find("questiontext")[0].text)
        places = [shown.index(value[line]) for line in lines(entry)]
        in_moodle = [gap[1][place][0] for gap, place in zip(gaps, places, strict=True)]
        in_qti = [f"l{at} o{place + 1}" for at, place in enumerate(places, 1)]
    elif kind == "range":
        given = {"RESPONSE-1": value[0], "RESPONSE-2": value[1]}
        return export.moodle.mark(f"nhsreform-{question_id}", value), item.mark(**given)
    return export.moodle.mark(f"nhsreform-{question_id}", in_moodle), item.mark(RESPONSE=in_qti)


def value_of(plain):
    """Return the value that `plain` was made from."""
    if plain["type"] == "list":
        return [value_of(item) for item in plain["items"]]
    if plain["type"] == "dict":
        return {value_of(name): value_of(item) for name, item in plain["items"]}
    return plain["value"]


@pytest.mark.parametrize("question_id", MARKED)
def test_the_right_answer_earns_all_and_is_told_what_it_teaches(export, keys, question_id):
    entry = ENTRIES[question_id]
    for share, told in mark(export, keys, question_id, entry["answer"]):
        assert share == pytest.approx(1)
        if entry["kind"] not in ("match", "range") or told.endswith(entry.get("why", "")):
            assert entry["right"] in told
    whole = export.moodle.questions[f"nhsreform-{question_id}"].find("generalfeedback")[0].text
    assert entry["why"] in xhtml(whole)
    if entry["kind"] in ("match", "range"):
        assert entry["right"] in xhtml(whole)


@pytest.mark.parametrize("question_id", MARKED)
def test_every_named_wrong_answer_earns_less_and_gets_its_own_message(export, keys, question_id):
    entry = ENTRIES[question_id]
    for plain, message in read_question(entry).named_wrong():
        value = value_of(plain)
        for platform, (share, told) in zip(("Moodle", "QTI"), mark(export, keys, question_id, value), strict=True):
            assert share < 1, f"{platform}: {value}"
            own = judge.verdict(plain, read_question(entry)).share
            assert share <= own + 0.501 or given_blindly(entry, own), "partial credit is never wider than one end"
            if entry["kind"] != "order" and (question_id, str(value)) not in EXAMPLES:
                assert message in told, f"{platform}: {value} is told {told!r}"
            assert entry["right"] not in told


@pytest.mark.parametrize("question_id", [name for name in MARKED if ENTRIES[name].get("also")])
def test_what_can_be_defended_earns_all_and_is_told_so(export, keys, question_id):
    entry = ENTRIES[question_id]
    for line, others in entry["also"].items():
        for label, message in others.items():
            value = entry["answer"] | {line: label}
            for share, told in mark(export, keys, question_id, value):
                assert share == pytest.approx(1) and message in told


def given_blindly(entry, share):
    """Whether the judge gives nothing because anybody could have given as much blindly: platforms cannot."""
    return entry["kind"] in ("match", "range") and share == 0


def on_a_platform(entry, share):
    """What a share of the judge's is on a platform, which cannot take off the one place of an order that chance gives."""
    return (
        share
        if entry["kind"] != "order" or not share
        else (1 + share * (len(entry["answer"]) - 1)) / len(entry["answer"])
    )


def halves(entry):
    """Return answers that are right in part, or wrong beyond what is right in them."""
    kind, answer = entry["kind"], entry["answer"]
    if kind == "set":
        wrong = list(entry["wrong"])
        return [answer[:1], [*answer, wrong[0]], [answer[0], wrong[0]], wrong, [*answer, *wrong], wrong[:1]]
    if kind == "order":
        return [[answer[1], answer[0], *answer[2:]], answer[::-1], [*answer[1:], answer[0]]]
    if kind == "match":
        first = next(iter(answer))
        others = [label for label in entry["options"] if label != answer[first]]
        return [answer | {first: label} for label in others if label not in entry.get("also", {}).get(first, {})]
    if kind == "range":
        return [[answer[0], answer[1] + 9], [answer[0] - 9, answer[1]]]
    return []


@pytest.mark.parametrize("question_id", [name for name in MARKED if halves(ENTRIES[name])])
def test_partial_credit_is_what_the_judge_gives_and_never_below_nothing(export, keys, question_id):
    entry = ENTRIES[question_id]
    for value in halves(entry):
        expected = on_a_platform(entry, judged(value, entry).share)
        # The judge gives nothing at all to an order that is the wrong way round, though its middle is in place.
        if entry["kind"] == "order" and value == entry["answer"][::-1]:
            expected = (len(value) % 2) / len(value)
        for share, _ in mark(export, keys, question_id, value):
            assert share == pytest.approx(expected, abs=0.0005) or given_blindly(entry, expected)


@pytest.mark.parametrize("question_id", [name for name in MARKED if ENTRIES[name]["kind"] == "number"])
def test_a_number_is_right_within_its_tolerance_and_slips_are_named(export, keys, question_id):
    entry = ENTRIES[question_id]
    answer, slack = float(entry["answer"]), float(entry.get("tolerance", 0))
    cases = [answer, answer + slack * 0.99, answer - slack * 0.99, answer + slack * 1.5 + 0.003, -answer, answer * 1000]
    cases += [answer / 100, 100 - answer] if entry.get("percent") else []
    for value in cases:
        verdict = judged(value, entry)
        for share, told in mark(export, keys, question_id, value):
            assert share == pytest.approx(verdict.share), value
            if share == 0 and not verdict.message.startswith(f"{value:g} is too"):
                assert told == verdict.message


@pytest.mark.parametrize(
    "question_id", [name for name in MARKED if ENTRIES[name]["kind"] in ("text", "attribution", "quotation")]
)
def test_words_are_right_only_where_the_judge_says_so(export, keys, question_id):
    entry = ENTRIES[question_id]
    name = f"nhsreform-{question_id}"
    accepted = [
        answer.find("text").text
        for answer in export.moodle.questions[name].findall("answer")
        if answer.get("fraction") == "100"
    ]
    assert accepted[0].casefold() in {entry["answer"].casefold(), *map(str.casefold, entry.get("accepts", []))}
    for spelling in accepted:
        assert judged(spelling, entry).state == judge.RIGHT, spelling
        assert all(share == 1 for share, _ in mark(export, keys, question_id, spelling.upper()))
    for odd in ("nothing of the kind", "*", entry["answer"][:3]):
        for share, told in mark(export, keys, question_id, odd):
            assert share == 0 and told


def test_every_right_stretch_of_a_quotation_is_accepted(export):
    for question_id in MARKED:
        entry = ENTRIES[question_id]
        if entry["kind"] != "quotation":
            continue
        answers = {answer.value.casefold() for answer in export.by_id[question_id].gaps[0].answers if answer.share}
        words, found = read_question(entry).within.split(), 0
        for start in range(len(words)):
            for stop in range(start + 1, min(len(words), start + entry["max_words"]) + 1):
                stretch = " ".join(words[start:stop])
                held = (entry["core_words"], *entry.get("accepts", []))
                if not any(fold(core) in fold(stretch) for core in held):
                    continue
                if judged(stretch, entry).state == judge.RIGHT:
                    found += 1
                    assert stretch.casefold() in answers, stretch
        assert found > 5


def test_the_plain_package_has_standard_rules_alone_and_marks_right_and_wrong(export, keys):
    kinds = {"choice", "set", "text", "attribution", "quotation", "prose"}
    held = [question_id for question_id in IN if ENTRIES[question_id]["kind"] in kinds]
    assert sorted(export.plain.items) == sorted(f"nhsreform-{name.replace('.', '-')}" for name in held)
    for question_id in held:
        entry, item = ENTRIES[question_id], export.plain.items[f"nhsreform-{question_id.replace('.', '-')}"]
        assert not list(item.root.iter("responseCondition")) and not item.feedback and item.points == 1
        if entry["kind"] == "prose":
            continue
        wrong = [value_of(plain) for plain, _ in read_question(entry).named_wrong()]
        for value, share in [(entry["answer"], 1), *((value, 0) for value in wrong)]:
            given = value
            if entry["kind"] in ("choice", "set"):
                shown = labels(entry, keys[question_id], export.rows[question_id])
                given = [f"o{shown.index(label) + 1}" for label in ([value] if entry["kind"] == "choice" else value)]
                given = given[0] if entry["kind"] == "choice" else given
            assert item.mark(RESPONSE=given)[0] == share, value
    missing = [name for name in IN if name not in held]
    told = command.report(export.quiz, [PLAIN])[1]
    assert all(name in told for name in missing)


# --- nothing lost, nothing that only a notebook has ---------------------------------------------------------


def test_every_question_is_exported_or_left_out_with_a_reason(export):
    assert {question.id for question in export.quiz.questions} == set(IN)
    assert {question_id for question_id, _ in export.quiz.left_out} == set(LEFT_OUT)
    for question_id, reason in export.quiz.left_out:
        assert LEFT_OUT[question_id] in reason
    assert set(export.rows) == set(IN)
    assert set(export.moodle.questions) == {f"nhsreform-{question_id}" for question_id in IN}
    assert len(export.package.items) == len(IN)


@pytest.mark.parametrize("question_id", IN)
def test_no_question_speaks_of_what_only_a_notebook_has(export, question_id):
    question = export.by_id[question_id]
    told = [question.right, question.why, *question.hints]
    told += [answer.feedback for gap in question.gaps for answer in gap.answers]
    told += [gap.otherwise for gap in question.gaps]
    for words in [html_clean.plain(question.body), *told, *(option.text for option in question.options)]:
        for sign in (
            "`",
            "nr.",
            " cell",
            "as in [",
            "as a list",
            "Give its letter",
            "Fill in",
            "q1_",
            "Python",
            "otebook",
            "xercise",
        ):
            assert sign not in words, f"{question_id}: {sign} in {words}"
        assert not re.search(r"\b(?:[Qq]uestions?|answers? to) \d+\.\d", words), f"{question_id}: {words}"


def test_every_word_of_a_question_is_shown_replaced_or_said_to_be_taken_out(export, keys):
    for path in sorted((ROOT / "exercises" / "answers").glob("*.ipynb")):
        for question_id, parts in build.cells_by_question(read(path), path.stem).items():
            if question_id in LEFT_OUT:
                continue
            question = export.by_id[question_id]
            shown = flat(html_clean.plain(question.body) + " ".join(option.text for option in question.options))
            body = parts["question"].source.split("\n", 1)[1]
            for passage, instead in keys[question_id].get("platform", {}).items():
                said = any(
                    name == question_id and passage.strip(" ,") in change for name, change in export.quiz.changed
                )
                assert said or instead, f"{question_id}: {passage} goes unsaid"
                body = body.replace(passage, instead)
            for block in parts_of(body):
                for line in re.sub(r"^(> ?|- )", "", block, flags=re.M).splitlines():
                    assert flat(line).strip() in shown, f"{question_id}: {line}"


def test_words_that_a_platform_replaces_have_to_be_there(tmp_path):
    folder = own_folder(tmp_path / "own", ('kind = "text"\n[platform]\n"no such words" = ""', "Which?", 'ANSWER = "x"'))
    with pytest.raises(PackError, match="platform names words that the question does not hold: 'no such words'"):
        quiz_export.collect([], own=folder)


def flat(words):
    """Return words without Markdown's signs, addresses and line breaks."""
    words = re.sub(r"\]\([^)]*\)| ?\(https?://[^)]*\)", "", words)
    return re.sub(r"\s+", " ", re.sub(r'[*`"\[\]]', "", words))


def test_lists_that_a_cell_gives_stand_in_the_question(export):
    lists = re.findall(r"^(?:one|two): (.*)$", html_clean.plain(export.by_id["6.3"].body), re.MULTILINE)
    one, two = (words.split(", ") for words in lists)
    agreed = sum(mine == theirs for mine, theirs in zip(one, two, strict=True))
    assert 100 * agreed / len(one) == ENTRIES["6.3"]["answer"]


@pytest.mark.parametrize("question_id", IN)
def test_a_quotation_stands_with_the_reference_of_its_text(export, question_id):
    question = export.by_id[question_id]
    shown = html_clean.plain(question.body) + "\n".join(option.text for option in question.options)
    quoted = re.findall(r"“([^”]+)”", shown) + re.findall(r"^> (.*)$", shown, re.MULTILINE)
    rows = table("sources").set_index("source_id")
    for quotation in quoted:
        if len(quotation.split()) < 4:
            continue
        homes = [name for name in rows.index if find_all(quotation, source(name).text)]
        assert homes, f"{quotation} is in no text"
        for name in homes:
            assert rows.citation[name] in html_clean.plain(question.body)
            assert rows.citation[name] in export.rows[question_id]["texts"]


def test_titles_points_hints_and_tags_are_those_of_the_notebook(export):
    for question_id in IN:
        entry, found = ENTRIES[question_id], export.moodle.questions[f"nhsreform-{question_id}"]
        assert found.find("name")[0].text.startswith(f"{question_id} ") and "minutes" not in found.find("name")[0].text
        tags = {tag[0].text for tag in found.find("tags")}
        assert tags == {entry["exercise"], "core" if entry["core"] else "practice"}
        item = export.package.items[f"nhsreform-{question_id.replace('.', '-')}"]
        assert item.points == entry["points"]
        row = export.rows[question_id]
        assert row["points"] == str(entry["points"]) and row["core"] == ("yes" if entry["core"] else "no")
        if entry["kind"] not in ("match", "range"):
            assert found.findtext("defaultgrade") == str(entry["points"])
        if entry["kind"] != "prose":
            hints = [xhtml(hint[0].text) for hint in found.findall("hint")]
            assert hints and all(any(words in hint for hint in entry["hints"]) for words in hints)


def test_prose_is_an_essay_with_its_rubric_for_the_marker_alone(export):
    for question_id in ("6.6", "8.3"):
        essay = export.moodle.questions[f"nhsreform-{question_id}"]
        assert essay.get("type") == "essay"
        told = xhtml(essay.find("graderinfo")[0].text)
        assert "One possible answer" in told and "verbatim" in told
        item = export.package.items[f"nhsreform-{question_id.replace('.', '-')}"]
        (rubric,) = item.root.iter("rubricBlock")
        assert rubric.get("view") == "scorer" and "One possible answer" in "".join(rubric.itertext())
        shown = "".join("".join(part.itertext()) for part in item.root.find("itemBody") if part.tag != "rubricBlock")
        assert "One possible answer" not in shown


def test_letters_keep_their_places(export):
    """Messages speak of options by their letters, so no platform may shuffle them or number them anew."""
    for question in export.moodle.questions.values():
        if question.get("type") == "multichoice":
            assert question.findtext("shuffleanswers") == "false" and question.findtext("answernumbering") == "none"
    for item in export.package.items.values():
        for interaction in item.root.iter("choiceInteraction"):
            assert interaction.get("shuffle") == "false"


def test_words_to_be_ticked_do_not_begin_with_the_right_ones(export):
    assert export.rows["3.3"]["options"].split("\n")[:2] == ["will", "hopefully"]


# --- from the same source -----------------------------------------------------------------------------------


@pytest.fixture
def worked_copy(tmp_path, monkeypatch):
    """A checkout with the worked notebook of exercise 01 alone, to be changed freely."""
    answers = tmp_path / "exercises" / "answers"
    answers.mkdir(parents=True)
    shutil.copy(ROOT / "exercises" / "answers" / "01-joint-report.ipynb", answers)
    monkeypatch.setattr(quiz_export, "checkout", lambda: tmp_path)
    return answers.parent


def test_a_changed_answer_in_the_worked_notebook_changes_every_format(worked_copy):
    before = Export(quiz_export.collect(["1"]))
    change(worked_copy, "q1_4 = [3, 4]", "q1_4 = [3, 5]")
    after = Export(quiz_export.collect(["1"]))
    for name in FILES:
        assert before.files[name] != after.files[name]
    given = {"RESPONSE-1": 3.0, "RESPONSE-2": 5.0}
    for export, share in ((before, 0.5), (after, 1.0)):
        assert export.moodle.mark("nhsreform-1.4", [3, 5])[0] == share
        assert export.package.items["nhsreform-1-4"].mark(**given)[0] == share
    assert after.rows["1.4"]["answer"] == "Lowest: 3\nHighest: 5"
    unchanged = [name for name in before.rows if before.rows[name] == after.rows[name]]
    assert sorted(unchanged) == ["1.1", "1.2", "1.3", "1.5", "1.6", "1.7"]


def test_a_changed_message_changes_the_feedback(worked_copy):
    change(worked_copy, "She does not mention primary care trusts.", "Trusts are not what she speaks of.")
    after = Export(quiz_export.collect([]))
    assert after.moodle.mark("nhsreform-1.6", [2])[1].endswith("Trusts are not what she speaks of.")
    assert after.package.items["nhsreform-1-6"].mark(RESPONSE="o3")[1] == "Trusts are not what she speaks of."


@pytest.mark.slow
def test_the_same_questions_give_the_same_bytes(export, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "nhsreform.commands", "quiz", str(tmp_path / "out")],
        cwd=ROOT,
        env={
            "PYTHONHASHSEED": "7",
            "PYTHONPATH": str(ROOT / "src"),
            "PATH": "",
            "NHSREFORM_WORK": str(tmp_path / "work"),
            "SYSTEMROOT": "",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for name in (*FILES, PLAIN):
        assert (tmp_path / "out" / name).read_bytes() == export.files[name]
    archive = zipfile.ZipFile(tmp_path / "out" / FILES[1])
    assert {entry.date_time for entry in archive.infolist()} == {qti.DATE}
    assert done.stdout.splitlines() == command.report(export.quiz, list(export.files))
    for question_id, reason in export.quiz.left_out:
        assert f"{question_id}: {reason}." in done.stdout


def test_core_and_exercise_choose(monkeypatch):
    chosen = quiz_export.collect(["4", "05-walk-away"], core=True)
    assert [question.id for question in chosen.questions] == ["4.1", "4.2", "4.3", "5.1", "5.2"]
    assert [question_id for question_id, _ in chosen.left_out] == ["5.3"]


# --- a lecturer's own questions, and hostile ones -------------------------------------------------------------

NASTY = """]]> <script>alert("1")</script> & ~ {1:NUMERICAL:=1} } # = % \\ *all* é “so” 'it' /end"""


def own_folder(folder, *written):
    """Write a folder of own questions: (kind and more in TOML, question in Markdown, code of the answer)."""
    cells = [nbformat.v4.new_markdown_cell("# Exercise 21 My own / questions & more")]
    for number, (toml, markdown, code) in enumerate(written, 1):
        name, variable = f"21.{number}", f"q21_{number}"
        head = 'core = true\npoints = 2\nminutes = 3\nhints = ["Look again."]\nright = "Yes."\nwhy = "Because."\n'
        made = (
            ("question", nbformat.v4.new_markdown_cell(f"## {name} A question (core, 3 minutes)\n\n{markdown}")),
            ("key", nbformat.v4.new_raw_cell(head + toml)),
            ("answer", nbformat.v4.new_code_cell(code.replace("ANSWER", variable))),
            ("check", nbformat.v4.new_code_cell(f'nr.check("{name}", {variable})')),
        )
        for tag, cell in made:
            cell.metadata = {"tags": [tag], "nhsreform": {"question": name}}
            cells.append(cell)
    cells.insert(1, nbformat.v4.new_code_cell("import nhsreform as nr"))
    (folder / "answers").mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbformat.write(notebook, folder / "answers" / "21-my-questions.ipynb")
    return folder


def toml_text(words):
    return json.dumps(words, ensure_ascii=False)


def test_hostile_text_comes_through_whole_and_harmless(tmp_path):
    quoted = toml_text(NASTY)
    folder = own_folder(
        tmp_path / "own",
        (
            f'kind = "choice"\n[options]\na = {quoted}\nb = "=1+1"\n[wrong]\nb = {quoted}',
            'Which & why: 1 < 2, 2 > 1, "so"?',
            'ANSWER = "a"',
        ),
        (
            f'kind = "match"\n[options]\na = {quoted}\nb = "plain"\n[wrong."line {{1}} ~ & <b>"]\nb = {quoted}',
            "Say which, {at all}?",
            'ANSWER = {"line {1} ~ & <b>": "a", "other": "b"}',
        ),
        (f'kind = "text"\n[wrong]\n"a*b" = {quoted}', "Which word?", 'ANSWER = "=2*3"'),
        (
            f'kind = "range"\n[[wrong_values]]\nvalue = [7, 9]\nmessage = {quoted}',
            "Between what?",
            "ANSWER = [-1.5, 2]",
        ),
    )
    export = Export(quiz_export.collect([], own=folder))
    assert {question.id for question in export.quiz.questions} == {"21.1", "21.2", "21.3", "21.4"}
    assert set(export.moodle.categories.values()) == {f"{moodle.TOP}/21 My own // questions & more"}
    told = NASTY
    one, two = export.package.items["nhsreform-21-1"], export.package.items["nhsreform-21-2"]
    for share, said in (export.moodle.mark("nhsreform-21.1", [1]), one.mark(RESPONSE="o2")):
        assert share == 0 and said.strip() == told
    shown = xhtml(export.moodle.questions["nhsreform-21.1"].find("answer")[0].text)
    assert shown == f"a {told}" and "".join(next(one.root.iter("simpleChoice")).itertext()) == shown
    gaps = cloze(export.moodle.questions["nhsreform-21.2"].find("questiontext")[0].text)
    assert [xhtml(value) for value, *_ in gaps[0][1]] == [f"a: {told}", "b: plain"]
    values = [gaps[0][1][1][0], gaps[1][1][1][0]]
    wrong = ["l1 o2", "l2 o2"]
    for share, said in (export.moodle.mark("nhsreform-21.2", values), two.mark(RESPONSE=wrong)):
        assert share == 0.5 and told in said
    three = export.package.items["nhsreform-21-3"]
    assert export.moodle.mark("nhsreform-21.3", "=2*3")[0] == three.mark(RESPONSE="=2*3")[0] == 1
    assert export.moodle.mark("nhsreform-21.3", "=2xx3")[0] == three.mark(RESPONSE="=2xx3")[0] == 0
    assert told in export.moodle.mark("nhsreform-21.3", "A*B")[1]
    assert told in export.moodle.mark("nhsreform-21.4", [7, 2])[1]
    for name in FILES[:1]:
        assert b"<script" not in export.files[name]
    assert export.rows["21.3"]["answer"] == "'=2*3" and unguarded(export.rows["21.3"]["answer"]) == "=2*3"


def test_no_cell_of_the_csv_is_a_formula_and_all_comes_back(export):
    data = export.files[FILES[2]]
    assert data.startswith(b"\xef\xbb\xbf") and b"\xe2\x80\x9c" in data, "UTF-8 with a byte order mark"
    for question in export.quiz.questions:
        cells, row = csv_sheet.row(question), export.rows[question.id]
        assert {name: unguarded(cell) for name, cell in row.items()} == cells
        assert not any(map(is_formula, row.values()))
    assert guarded("-2.5") == "'-2.5"


@pytest.mark.parametrize(
    "toml, markdown, code, told",
    [
        ('kind = "number"', "How many rows has the column `x`? See the column.", "ANSWER = 3", "column"),
        (
            'kind = "number"',
            "How many?",
            'claims = nr.table("claims")\nANSWER = len(claims)',
            "a table that only the notebook loads",
        ),
        ('kind = "number"', 'Type `nr.table("claims")` and count 3.', "ANSWER = 3", 'nr.table("claims")'),
        ('kind = "text"', "See ![a chart](x.png). Which word?", 'ANSWER = "x"', "picture"),
        ('kind = "text"', "| a | b |\n|---|---|\n\nWhich?", 'ANSWER = "x"', "a table"),
        ('kind = "text"', "```\ncode\n```\n\nWhich?", 'ANSWER = "x"', "block of code"),
        ('kind = "text"', "Which <b>word</b>?", 'ANSWER = "x"', "HTML"),
        ('kind = "text"', "Set q21_2 again. Which?", 'ANSWER = "x"', "q21_2"),
        ('kind = "text"', "Fill the cell.", 'ANSWER = "x"', "cell of the notebook"),
        ('kind = "text"\n[platform]\n"Fill the cell." = ""', "Fill the cell.", 'ANSWER = "x"', "no words are left"),
    ],
)
def test_what_needs_the_notebook_is_left_out_and_said(tmp_path, capsys, toml, markdown, code, told):
    good = ('kind = "text"', "Which word?", 'ANSWER = "this"')
    folder = own_folder(tmp_path / "own", good, (toml, markdown, code))
    assert commands.main(["quiz", str(tmp_path / "out"), "--exercises", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "Left out:\n  21.2: " in shown and told in shown.split("Left out:")[1]


def test_when_nothing_is_left_nothing_is_written(tmp_path, capsys):
    folder = own_folder(tmp_path / "own", ('kind = "text"', "Which <b>word</b>?", 'ANSWER = "x"'))
    assert commands.main(["quiz", str(tmp_path / "out"), "--exercises", str(folder)]) == 2
    assert "No question is left to export (21.1: it holds HTML)" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# --- bad input ------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch, export):
    """`nhsreform quiz` without running the notebooks again."""
    monkeypatch.setattr(command, "collect", lambda *_: export.quiz)


@pytest.mark.parametrize("form, name", list(zip(("moodle", "qti", "csv", "qti-plain"), (*FILES, PLAIN), strict=True)))
def test_one_format_alone(quick, tmp_path, form, name):
    assert commands.main(["quiz", str(tmp_path / "a" / "b"), "--format", form]) == 0
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == [name]


def test_an_unknown_exercise_names_the_nearest(tmp_path, capsys):
    assert commands.main(["quiz", str(tmp_path / "out"), "--exercise", "05-walkaway"]) == 2
    told = capsys.readouterr().err
    assert "There is no exercise '05-walkaway'. Did you mean 05-walk-away" in told and "Traceback" not in told
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_said(quick, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert commands.main(["quiz", str(tmp_path / "file")]) == 2
    assert "is a file. Give a folder" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"
    assert commands.main(["quiz", str(tmp_path / "file" / "below")]) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_a_folder_that_is_read_only_is_said(quick, tmp_path, capsys, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    assert commands.main(["quiz", str(tmp_path / "out")]) == 2
    assert "cannot be written to (Permission denied). Give another folder." in capsys.readouterr().err


def test_a_copy_without_worked_notebooks_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(quiz_export, "checkout", lambda: tmp_path)
    with pytest.raises(PackError, match="no worked notebooks in exercises/answers"):
        quiz_export.collect([])


def test_the_guide_names_what_is_left_out_and_what_is_worked_out_by_hand(export):
    guide = (ROOT / "teaching" / "quiz.md").read_text(encoding="utf-8")
    lost = guide.split("## What is lost")[1].split("**Spelling.**")[0]
    assert ", ".join(export.quiz.from_tables) in lost
    for question_id, _ in export.quiz.left_out:
        assert question_id in lost
    most = max(len(question.gaps[0].answers) for question in export.quiz.questions if question.kind == "quotation")
    assert 50 <= most <= 70, "the guide says: up to some 60 spellings"
    for name in (*FILES, PLAIN):
        assert f"`{name}`" in guide
    counted = [question.get("type") for question in export.moodle.questions.values()]
    assert (counted.count("multichoice"), counted.count("cloze")) == (26, 13) and "all 26 and 13" in guide
    assert f"all {len(IN)} items" in guide


# --- parts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", range(1, 11))
def test_shares_are_those_that_moodle_knows(parts):
    assert abs(float(moodle.fraction(1 / parts)) - float(Fraction(100, parts))) < 0.00001


@pytest.mark.parametrize("text", [NASTY, "&amp;", "&#126;", "a~b#c}d", "=%50%x", "\\~"])
def test_a_cloze_gap_gives_back_what_went_in(text):
    body = f"<p>{{1:MULTICHOICE:={moodle.coded(text)}#{moodle.coded(text)}~%0%x}}</p>"
    ((_, answers),) = cloze(body)
    assert answers[0][0] == text and answers[0][3] == text
