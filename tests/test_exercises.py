"""Exercises: stubs faithful and fresh, every check alive, every named mistake answered with its own words."""

import json
import re
import shutil
from collections import Counter

import jsonschema
import pytest

import nhsreform as nr
from nhsreform import commands
from nhsreform.data.tables import table
from nhsreform.errors import PackError
from nhsreform.notebooks.files import NotebookError, execute, outputs_file, read
from nhsreform.questions import build, judge, key, learner
from nhsreform.questions.kinds import KINDS, read_question
from nhsreform.questions.kinds.quotation import quotable
from nhsreform.questions.value import fold, plain
from nhsreform.reliability import coefficients
from nhsreform.work import store
from tests import prose
from tests.conftest import ROOT, entry_of, judged
from tests.test_judge import ODD
from tests.test_notebooks import nbval

EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))
QUESTIONS = {question_id: entry_of(question_id) for question_id in key.questions()}
FIRST_PARAGRAPH = next(
    line for line in quotable("joint-report").splitlines() if line.startswith("Plans by the coalition")
)


# For a second year: no question of it is core. HARDER is how a heading marks a question for a second year.
OPTIONAL, HARDER = {"09-before-and-after"}, "second year"
CORE_EACH, LEAST_EACH = 3, 5


def text_of(output):
    return "".join(output.get("data", {}).get("text/plain", output.get("text", "")))


@pytest.fixture(scope="module")
def built():
    return build.built(ROOT / "exercises" / "answers", ROOT / "exercises")


def test_stubs_and_key_are_fresh(built):
    for name, text in built.items():
        assert (ROOT / "exercises" / name).read_text(encoding="utf-8") == text, f"{name} is stale: nhsreform build"
    assert {path.name for path in EXERCISES} == set(built) - {"key.json"}


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_an_exercise_has_its_questions_and_says_their_minutes(path):
    questions = {name: entry for name, entry in QUESTIONS.items() if entry["exercise"] == path.stem}
    number = int(path.stem[:2])
    assert list(questions) == [f"{number}.{place}" for place in range(1, len(questions) + 1)]
    assert len(questions) >= LEAST_EACH
    core = 0 if path.stem in OPTIONAL else CORE_EACH
    assert [entry["core"] for entry in questions.values()] == [place < core for place in range(len(questions))]
    markdown = [cell for cell in read(path).cells if cell.cell_type == "markdown"]
    head = markdown[0].source
    assert head.startswith(f"# Exercise {number:02d} ")
    stated = int(re.search(r"\*\*Time:\*\* about (\d+) minutes", head)[1])
    assert abs(stated - sum(entry["minutes"] for entry in questions.values())) <= 3
    headings = {build.question_of(cell): cell.source.splitlines()[0] for cell in markdown if build.question_of(cell)}
    for name, entry in questions.items():
        kind = "core" if entry["core"] else f"(practice|{HARDER})"
        assert re.fullmatch(rf"## {name} .+ \({kind}, {entry['minutes']} minutes\)", headings[name])


def test_there_are_eight_exercises_and_every_kind_is_used():
    assert len(EXERCISES) >= 8
    assert sum(entry["core"] for entry in QUESTIONS.values()) == CORE_EACH * (len(EXERCISES) - len(OPTIONAL))
    assert {entry["kind"] for entry in QUESTIONS.values()} == set(KINDS)


@pytest.fixture(scope="module")
def untouched():
    """What each untouched exercise sets its variables to, all run through in one process: {exercise: {question id: value}}."""
    ids = {path: [name for name, entry in QUESTIONS.items() if entry["exercise"] == path.stem] for path in EXERCISES}
    values = build.values([(path.stem, read(path), ids[path]) for path in EXERCISES], ROOT / "exercises")
    return dict(zip([path.stem for path in EXERCISES], values, strict=True))


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_an_untouched_exercise_runs_through_and_nothing_is_tried(path, untouched):
    assert len(untouched[path.stem]) >= 3
    for question_id, value in untouched[path.stem].items():
        assert judge.verdict(value, read_question(QUESTIONS[question_id])).state == judge.UNTRIED, question_id
    asks = [cell.source for cell in read(path).cells if build.tag_of(cell) == "check"]
    assert asks == [f'nr.check("{name}", {build.variable(name)})' for name in untouched[path.stem]]


@pytest.mark.slow
def test_in_a_kernel_too_nothing_is_tried():
    """The control of the test above: one exercise, run as a learner runs it, with its check cells."""
    path = ROOT / "exercises" / "08-your-judgement.ipynb"
    checks = [cell for cell in execute(read(path), path.parent).cells if build.tag_of(cell) == "check"]
    assert len(checks) >= 3
    for cell in checks:
        assert text_of(cell.outputs[0]).startswith(f"{build.question_of(cell)} not tried yet")


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_every_worked_answer_is_right_in_its_committed_output(path):
    for cell in read(path.parent / "answers" / path.name).cells:
        if build.tag_of(cell) == "check" and QUESTIONS[build.question_of(cell)]["kind"] != "prose":
            assert re.match(rf"{re.escape(build.question_of(cell))} right\. \S", text_of(cell.outputs[0]))


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_a_stub_holds_no_answer_and_no_output(path):
    stub, worked = read(path), read(path.parent / "answers" / path.name)
    answers = {build.question_of(cell): cell.source for cell in worked.cells if build.tag_of(cell) == "answer"}
    for cell in stub.cells:
        assert build.tag_of(cell) != "key"
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
        if build.tag_of(cell) == "answer":
            full = answers[build.question_of(cell)]
            assert cell.source != full and build.is_answer_with_holes(cell.source, full)


@pytest.mark.parametrize("question_id", [one for one in QUESTIONS if QUESTIONS[one]["kind"] in ("match", "set")])
def test_no_wrong_answer_goes_without_a_why_of_the_key(question_id):
    """Each option is explained for each line, or the key says something to all others; a set of words has no end."""
    entry = QUESTIONS[question_id]
    if entry.get("else"):
        return
    assert entry["kind"] == "match" or entry.get("options")
    for line, answer in entry["answer"].items() if entry["kind"] == "match" else ():
        explained = {answer, *entry.get("also", {}).get(line, {}), *entry.get("wrong", {}).get(line, {})}
        assert explained == set(entry["options"]), line


def answers_in_words(entry):
    """Return what a hint may not hold: the answer of a kind that is typed, as text."""
    if entry["kind"] in ("text", "quotation", "attribution"):
        return [entry["answer"]]
    if entry["kind"] == "number":
        return [f"{entry['answer']:g}", f"{entry['answer']:,.10g}"]
    if entry["kind"] == "range":
        return [" and ".join(f"{end:g}" for end in entry["answer"]), " to ".join(f"{end:g}" for end in entry["answer"])]
    if entry["kind"] == "set" and not entry.get("options"):
        return entry["answer"]
    return []


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_a_wrong_answer_is_named_and_hints_do_not_hold_the_right_one(question_id):
    entry = QUESTIONS[question_id]
    # Each gets its own message, or build would refuse it.
    assert read_question(entry).named_wrong() or entry["kind"] in ("prose", "order", "range")
    assert len(entry["hints"]) >= 2
    for hint in entry["hints"]:
        for answer in answers_in_words(entry):
            assert not re.search(rf"(?<![\w.]){re.escape(fold(answer))}(?![\w.]*\w)", fold(hint)), hint


def told(entry):
    """Return every text of an entry that a learner may read."""
    nested = [entry.get(name, {}) for name in ("wrong", "also", "options")]
    while any(isinstance(part, dict) for part in nested):
        nested = [leaf for part in nested for leaf in (part.values() if isinstance(part, dict) else [part])]
    others = [other["message"] for other in entry.get("wrong_values", [])]
    return [entry["right"], entry.get("why", ""), entry.get("else", ""), *entry["hints"], *nested, *others]


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_what_a_learner_is_told_teaches_and_quotes_exactly(question_id):
    entry = QUESTIONS[question_id]
    assert len(entry["right"].split()) >= 10 and len(entry["why"].split()) >= 4
    for text in told(entry):
        for quotation in re.findall(r"\u201c([^\u201d]*)\u201d", text):
            assert nr.quote(quotation).exact, f"{question_id}: {quotation}"


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_every_outside_fact_carries_its_mark(path):
    for cell in read(path).cells:
        assert not prose.bad_links(cell.source)


@pytest.mark.parametrize("path", [path for path in EXERCISES if path.stem < "06"], ids=lambda path: path.stem)
def test_no_code_of_the_coder_set_is_given_away_before_exercise_06(path):
    claims = table("claims")
    kept = claims[claims.coder_set]
    for cell in read(path.parent / "answers" / path.name).cells:
        if re.search(r"sceptic|enthusiast\b|mixed|position|(says?|answers?) (yes|no)\b", cell.source):
            assert not [claim.claim_id for claim in kept.itertuples() if claim.claim_id in cell.source]
            assert not [claim.claim_id for claim in kept.itertuples() if claim.exact[:40] in cell.source]


def test_a_position_is_marked_against_no_key():
    positions = {"sceptic", "enthusiast", "mixed", "none"}
    for question_id, entry in QUESTIONS.items():
        answer = entry.get("answer")
        given = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else [answer]
        assert not positions & {str(item) for item in given}, question_id


def test_the_agreement_in_exercise_06_is_what_the_measures_say():
    space = {}
    exec(QUESTIONS["6.3"]["worked"], space)
    one, two = space["one"], space["two"]
    assert coefficients.exact_share(one, two) == 0.7
    assert coefficients.cohen_kappa(one, two) == pytest.approx(QUESTIONS["6.4"]["answer"])


def test_every_claim_that_relations_set_against_readiness_is_accepted():
    relations = table("relations")
    against = relations[(relations.to_claim == "joint-report-c66") & relations.relation.isin(["opposes", "qualifies"])]
    assert set(against.from_claim) <= {QUESTIONS["8.2"]["answer"], *QUESTIONS["8.2"]["accepts"]}
    assert set(QUESTIONS["8.2"]["accepts"]) <= set(table("claims").claim_id)


# --- right variants, near misses, odd values ------------------------------------------------------------


def variants(entry):
    """Return other ways of giving the worked answer; what else can be gone through is a list to the judge, see test_judge."""
    answer, kind = entry["answer"], entry["kind"]
    if kind == "number":
        return [answer, str(answer), f" {answer:,} "]
    if kind == "range":
        return [answer, answer[::-1], [str(end) for end in answer]]
    if kind == "set":
        return [answer[::-1], ", ".join(answer), [a.upper() for a in answer]]
    if kind == "order":
        return [", ".join(answer), [a.upper() for a in answer]]
    if kind == "match":
        longer = {line: entry["options"][label] for line, label in answer.items()}
        return [{line: f" {label.upper()} " for line, label in answer.items()}, dict(reversed(answer.items())), longer]
    if kind == "choice":
        return [answer.upper(), f" {answer} ", f"{answer})", [answer], entry["options"][answer]]
    return [answer.upper(), f" \u2018{answer}\u2019. ", f"\u201c{answer}\u201d"]


def near_misses(entry):
    """Return answers that are nearly right, and have to be something else than right."""
    answer, kind = entry["answer"], entry["kind"]
    if kind == "number":
        return [answer * 1.05 + 1, -answer, answer * 1000, f"not {answer}", f"more than {answer}", [answer, answer]]
    if kind == "range":
        low, high = answer
        return [[low, high + 1], [low - 1, high], [low], high, [low * 1000, high * 1000], [low, high, high]]
    if kind == "set":
        wrong = [*entry.get("options", {}), *entry["wrong"]]
        more = [[*answer, other] for other in wrong if other not in answer]
        return [answer[:-1], answer[1:], wrong, *more, "".join(answer)]
    if kind == "order":
        return [answer[::-1], [answer[1], answer[0], *answer[2:]], answer[:-1], set(answer), [*answer, answer[0]]]
    if kind == "match":
        labels = list(entry["options"])
        swapped = [
            answer | {line: other}
            for line, label in answer.items()
            for other in labels
            if other != label and other not in entry.get("also", {}).get(line, {})
        ]
        return [*swapped, dict(list(answer.items())[1:]), list(answer.values())]
    if kind == "choice":
        others = [label for label in entry["options"] if label != answer and label not in entry.get("also", {})]
        return [*others, list(entry["options"]), answer * 2, f"not {answer}"]
    if kind == "quotation":
        words = answer.split()
        changed = [" ".join([*words[:place], "perhaps", *words[place + 1 :]]) for place in range(len(words))]
        return [*changed, words[0], entry["within"]]
    return [answer + "x", "not " + answer, answer[1:], f"{answer} and others"]


JUDGED = [question_id for question_id, entry in QUESTIONS.items() if entry["kind"] != "prose"]


@pytest.mark.parametrize("question_id", JUDGED)
def test_the_worked_answer_is_right_in_every_form(question_id):
    entry = QUESTIONS[question_id]
    for value in variants(entry):
        result = judged(value, entry)
        assert result.state == judge.RIGHT, f"{value!r}: {result}"
        assert entry["right"] in result.message


@pytest.mark.parametrize("question_id", JUDGED)
def test_a_near_miss_is_never_right(question_id):
    entry = QUESTIONS[question_id]
    for value in near_misses(entry):
        result = judged(value, entry)
        assert result.state != judge.RIGHT, repr(value)
        assert result.message and result.share < 1


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_an_odd_value_gets_a_sentence_and_no_mark(question_id):
    entry = QUESTIONS[question_id]
    question = read_question(entry)
    for value in ODD:
        sent = json.dumps(plain(value))
        assert len(sent) < 200_000
        result = judge.verdict(json.loads(sent), question)
        assert result.state != judge.RIGHT and result.share < 1
        assert result.state == judge.UNTRIED or result.message


def test_the_key_is_not_readable_at_a_glance():
    text = (ROOT / "exercises" / "key.json").read_text(encoding="utf-8")
    for entry in QUESTIONS.values():
        if isinstance(entry.get("answer"), str) and len(entry["answer"]) > 3:
            assert f'"{entry["answer"]}"' not in text


# --- nothing but reading helps ----------------------------------------------------------------------------


def _lengths(options, right):
    """Return the place of the right option's length among all, from 0 (the shortest) to 1; ties share theirs."""
    lengths = [len(text) for label, text in options.items() if label != right]
    own = len(options[right])
    return (sum(one < own for one in lengths) + sum(one == own for one in lengths) / 2) / len(lengths)


def _asked_once():
    """Return (place of the right option, number of options, place of its length) of each choice, and of each recall question."""
    choices = [entry for entry in QUESTIONS.values() if entry["kind"] == "choice"]
    recalls = [(row.options.split(" | "), row.answer) for row in table("recall").itertuples()]
    return {
        "choices": [
            (
                list(entry["options"]).index(entry["answer"]),
                len(entry["options"]),
                _lengths(entry["options"], entry["answer"]),
            )
            for entry in choices
        ],
        "recall": [
            (options.index(answer), len(options), _lengths({text: text for text in options}, answer))
            for options, answer in recalls
        ],
    }


@pytest.mark.parametrize("asked, most", [("choices", 0.4), ("recall", 0.35)])
def test_place_and_length_of_the_right_option_tell_nothing(asked, most):
    """No rule such as "always b" or "always the longest" does much better than a guess among four."""
    keys = _asked_once()[asked]
    places = Counter(place for place, _, _ in keys)
    assert set(places) >= {0, 1, 2, 3}
    rules = {f"place {place + 1}": count for place, count in places.items()}
    rules["the longest"] = sum(length == 1 for _, _, length in keys)
    rules["the shortest"] = sum(length == 0 for _, _, length in keys)
    assert {rule: count for rule, count in rules.items() if count > most * len(keys)} == {}
    assert 0.35 < sum(length for _, _, length in keys) / len(keys) < 0.65


def test_the_places_of_several_right_options_tell_nothing():
    sets = [entry for entry in QUESTIONS.values() if entry["kind"] == "set" and entry.get("options")]
    sets = [entry for entry in sets if all(len(label) == 1 for label in entry["options"])]
    for letter in "abcdef":
        there = [letter in entry["answer"] for entry in sets if letter in entry["options"]]
        assert 0 < sum(there) < len(there), letter
    ranks = [_lengths({**entry["options"]}, right) for entry in sets for right in entry["answer"]]
    assert 0.3 < sum(ranks) / len(ranks) < 0.7
    assert not all(entry["answer"] == list(entry["options"])[: len(entry["answer"])] for entry in sets)


def test_no_message_names_an_option_by_its_letter():
    """Letters may be dealt anew, here or on a platform; what is said names an option by its words."""
    lettered = [entry for entry in QUESTIONS.values() if any(len(label) == 1 for label in entry.get("options", {}))]
    for entry in lettered:
        said = [entry["right"], entry.get("why", ""), *entry["hints"]]
        said += [message for message in entry.get("wrong", {}).values() if isinstance(message, str)]
        for message in said:
            assert not re.search(r"(?<![\w'’-])(?:[b-f](?![\w.'’-])|a(?= is | dates|:|, b))", message), message


@pytest.mark.parametrize("question_id, letter", [("1.5", "a"), ("4.6", "d"), ("7.3", "f")])
def test_what_is_said_of_an_option_begins_with_its_words(question_id, letter):
    entry = QUESTIONS[question_id]
    message = judge.verdict(plain([letter]), read_question(entry)).message
    assert entry["options"][letter][:40] in message and entry["wrong"][letter] in message


# --- what the learner sees ------------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch, work_folder):
    """Collect what is displayed, as text."""
    import IPython.display

    seen = []
    monkeypatch.setattr(IPython.display, "display", lambda bundle, raw: seen.append(bundle))
    return seen


def test_check_says_right_not_yet_or_not_tried_and_keeps_the_answer(shown):
    learner.check("1.1", ...)
    learner.check("1.1", "suggests")
    learner.check("1.1", "include")
    first = [bundle["text/plain"].split(". ")[0] for bundle in shown]
    assert first == ["1.1 not tried yet", "1.1 not yet", "1.1 right"]
    assert store.get("answers", "1.1")["state"] == "right"


def test_check_depends_on_the_value_alone(shown):
    for _ in range(3):
        learner.check("1.1", "suggests")
    assert len({bundle["text/plain"] for bundle in shown}) == 1


def test_what_a_learner_types_is_escaped(shown):
    learner.check("1.6", "<script>alert(1)</script>")
    assert "<script>" not in shown[0]["text/html"] and "&lt;script&gt;" in shown[0]["text/html"]


def test_hints_come_one_by_one_and_then_end(shown):
    entry = QUESTIONS["1.1"]
    for _ in range(len(entry["hints"]) + 1):
        learner.hint("1.1")
    told = [bundle["text/plain"] for bundle in shown]
    assert [entry["hints"][i] in told[i] for i in range(len(entry["hints"]))] == [True] * len(entry["hints"])
    assert told[-1].startswith("1.1 no more hints")


def test_without_worked_answers_the_last_hint_says_whom_to_ask(shown, monkeypatch):
    entry = {name: value for name, value in QUESTIONS["1.1"].items() if name != "worked"}
    monkeypatch.setattr(key, "question", lambda question_id: read_question(entry))
    for _ in range(len(entry["hints"]) + 1):
        learner.hint("1.1")
    learner.answer("1.1")
    last, answered = (bundle["text/plain"] for bundle in shown[-2:])
    assert "nr.answer" not in last and entry["hints"][-1] in last
    assert "Ask whoever gave it to you." in last and "Ask whoever gave it to you." in answered


def test_answer_shows_the_worked_answer_and_why(shown):
    learner.answer("1.1")
    assert QUESTIONS["1.1"]["worked"] in shown[0]["text/plain"] and QUESTIONS["1.1"]["why"] in shown[0]["text/plain"]


def test_progress_counts_what_is_right(shown):
    learner.check("1.1", "include")
    learner.progress()
    assert shown[-1]["text/plain"].startswith(f"1 of {len(QUESTIONS)} questions done")


def test_an_unknown_question_lists_the_nearest():
    with pytest.raises(PackError, match="There is no question '1.19'"):
        learner.check("1.19", "x")


@pytest.mark.parametrize("once", [lambda words: (word for word in words), lambda words: map(str, words), iter])
def test_what_can_be_gone_through_only_once_is_the_same_when_checked_again(shown, once):
    for answer in (once(["b", "d"]), once(["b", "d"])):
        for _ in range(2):
            learner.check("1.5", answer)
    other = once(["a"])
    learner.check("1.5", other)
    told = [bundle["text/plain"].split(". ")[0] for bundle in shown]
    assert told == ["1.5 right"] * 4 + ["1.5 not yet"]


def test_a_folder_that_cannot_be_written_does_not_stop_a_check(shown, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NHSREFORM_WORK", str(tmp_path / "file"))
    learner.check("1.1", "include")
    assert shown[0]["text/plain"].startswith("1.1 right") and "Not kept" in shown[0]["text/plain"]


# --- break it, and see red ------------------------------------------------------------------------------


@pytest.fixture
def worked_copy(tmp_path):
    """A folder with the worked notebook of exercise 01 alone, to be broken freely."""
    folder = tmp_path / "exercises"
    (folder / "answers").mkdir(parents=True)
    shutil.copy(ROOT / "exercises" / "answers" / "01-joint-report.ipynb", folder / "answers")
    return folder


def change(folder, old, new):
    """Change text in the source of a worked notebook's cells, exactly once."""
    path = next((folder / "answers").glob("01-*.ipynb"))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    sources = [cell for cell in notebook["cells"] if old in "".join(cell["source"])]
    assert len(sources) >= 1
    cell = sources[0]
    cell["source"] = "".join(cell["source"]).replace(old, new, 1)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('q1_1 = "include"', 'q1_1 = "suggests"', "is not judged right|gets"),
        ('q1_1 = "include"', "q1_1 = ...", "is its answer|not its answer"),
        ('q1_1 = "include"', 'other = "include"', "is set 0 times"),
        ('nr.check("1.1", q1_1)', 'nr.check("1.1", "include")', "must be one line"),
        ('q1_3 = "will need', 'q1_3 = "will certainly need', "not verbatim|not judged right"),
        ('kind = "text"', 'kind = "guess"', "expected one of"),
        ("core = true", "core = 1", "needs core"),
        ("hints = [", "hint = [", "needs hints"),
        ('kind = "text"', 'kind = "text', "is not TOML"),
        ("minutes = 2", "minutes = 2\ncolour = 3", "a field it should not have: colour|colour"),
        ('"suggests" = ', '"include" = ', "named wrong answer"),
        ("q1_6 = ", "1 / 0\nq1_6 = ", "A cell does not run"),
        ("q1_4 = [3, 4]", "q1_4 = [3, 4, 5]", "cannot answer a range"),
        ("q1_4 = [3, 4]", 'q1_4 = "three to four"', "cannot answer a range"),
        ('q1_5 = ["b", "d"]', "q1_5 = [2, 4]", "cannot answer a set"),
        ('q1_6 = "b"', "q1_6 = 2", "cannot answer a choice"),
        ("q1_2 = {", 'q1_2 = {"Another line": 3,', "cannot answer a match"),
        ('d = "To ask for care is not to expect failure."', "", "does not say why"),
        ('d = "To ask for care is not to expect failure."', 'd = "No."\ne = "No."', "no option e"),
        ('Wood = "Wood says', 'Woods = "Wood says', "does not have"),
        ('source = "joint-report"', 'unit = "words"', "needs its source"),
        ("points = 1", 'points = "1"', "needs points"),
        ("[options]\njoint", '[wrong."No such line"]\njoint', "a match needs options"),
        ('kind = "set"', 'also = {a = "x"}\nkind = "set"', "should not have.*also"),
        ('right = "A list', 'right = ""\nbecause = "A list', "should not have"),
    ],
)
def test_a_broken_exercise_is_refused_at_build(worked_copy, old, new, told):
    change(worked_copy, old, new)
    with pytest.raises(NotebookError, match=told):
        build.built(worked_copy / "answers", ROOT / "exercises")


@pytest.mark.parametrize(
    "old, new",
    [
        ("Try each word in turn", "Try every word in turn"),
        ("To say that the issues are these", "To state that the issues are these"),
        ("Fill in each blank", "Fill each blank"),
    ],
)
def test_a_changed_hint_reason_or_text_makes_the_built_files_stale(worked_copy, old, new):
    change(worked_copy, old, new)
    files = build.built(worked_copy / "answers", ROOT / "exercises")
    assert any((ROOT / "exercises" / name).read_text(encoding="utf-8") != text for name, text in files.items())


@pytest.mark.parametrize("worked, blank, told", [
    ('"include".lower()', '\\"include\\"', "does not run"),
    ('"include"\nbullets = 6', "6", r"1\.1: the untouched stub holds the right answer"),
])  # fmt: skip
def test_a_stub_that_would_raise_or_holds_the_answer_is_refused(worked_copy, worked, blank, told):
    change(worked_copy, 'q1_1 = "include"', f"q1_1 = {worked}")
    change(worked_copy, "minutes = 2", f'minutes = 2\nblanks = ["{blank}"]')
    with pytest.raises(NotebookError, match=told):
        build.built(worked_copy / "answers", ROOT / "exercises")


def test_a_damaged_key_is_said(tmp_path):
    (tmp_path / "key.json").write_text("{")
    with pytest.raises(PackError, match="nhsreform build"):
        key.read(tmp_path)
    with pytest.raises(PackError, match="missing"):
        key.read(tmp_path / "none")


@pytest.mark.slow
@pytest.mark.parametrize(
    "code, told",
    [("while True: pass", "longer than 3 seconds"), ("import os; os._exit(4)", "ended with 4"), ("(", "Syntax")],
)
def test_a_cell_that_does_not_come_to_an_end_is_refused(worked_copy, monkeypatch, code, told):
    monkeypatch.setattr(build, "TIMEOUT_SECONDS", 3)
    change(worked_copy, "import nhsreform as nr", code)
    with pytest.raises(NotebookError, match=told):
        build.built(worked_copy / "answers", ROOT / "exercises")


# --- one table value, and something turns red --------------------------------------------------------------

# The table, the row's first words, what stands there, what is put there; and the exercise that rests on it.
CHANGED = [
    ("polls", "nuffield-gps-improve", ",23,", ",24,", "04-nuffield-polls"),
    ("pathfinders", "4,2011", ",87,", ",93,", "05-walk-away"),
    ("facts", "rehired-people", ",2200,2200,", ",3200,3200,", "07-what-happened-next"),
    ("figures", "mps-inquiry-f16", ",17.3,23,", ",17.3,32,", "03-mps-inquiry"),
    ("events", "joint-report,", "2010-07-11", "2010-07-20", "02-pct-managers"),
]
FLIPPED = ("codings", "reference,joint-report-c36,", ",enthusiast,2,", ",sceptic,2,", "notebooks/01-joint-report.ipynb")
UNCHANGED = "exercises/answers/05-walk-away.ipynb"


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A copy of the pack for each change, and one without: their folder, and what passed and failed in one run of all."""
    folder = tmp_path_factory.mktemp("changed")
    of_exercises = [(*change, f"exercises/answers/{exercise}.ipynb") for *change, exercise in CHANGED]
    for name, row, old, new, notebook in [*of_exercises, FLIPPED, ("polls", "", "", "", UNCHANGED)]:
        root = folder / (name if row else "unchanged")
        for part in ("data", "seeds"):
            shutil.copytree(ROOT / part, root / part)
        (root / notebook).parent.mkdir(parents=True)
        shutil.copy(ROOT / notebook, root / notebook)
        if outputs := outputs_file(ROOT / notebook):
            shutil.copytree(outputs.parent, (root / notebook).parent / "outputs")
        (root / "exercises").mkdir(exist_ok=True)
        shutil.copy(ROOT / "exercises" / "key.json", root / "exercises")
        file = root / "data" / f"{name}.csv"
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        place = next(number for number, line in enumerate(lines) if line.startswith(row))
        assert old in lines[place]
        lines[place] = lines[place].replace(old, new, 1)
        file.write_text("".join(lines), encoding="utf-8")
    return folder, *nbval(folder, ".")


@pytest.mark.slow
@pytest.mark.parametrize("name, exercise", [(name, exercise) for name, *_, exercise in CHANGED])
def test_a_changed_table_value_reddens_an_exercise(changed, name, exercise):
    folder, _, failed = changed
    answers = folder / name / "exercises" / "answers"
    assert "Cell outputs differ" in failed[f"{name}/exercises/answers/{exercise}.ipynb"]
    try:
        files = build.built(answers, answers.parent)
    except NotebookError:
        return
    fresh, committed = json.loads(files["key.json"])["questions"], key.questions()
    assert any(fresh[question_id] != committed[question_id] for question_id in fresh)


@pytest.mark.slow
def test_flipping_one_position_in_the_data_reddens_a_notebook(changed):
    assert nr.claims().set_index("claim_id").position["joint-report-c36"] == "enthusiast"
    assert f"codings/{FLIPPED[-1]}" in changed[2]


@pytest.mark.slow
def test_an_unchanged_copy_stays_green(changed):
    _, passed, failed = changed
    assert f"unchanged/{UNCHANGED}" in passed and f"unchanged/{UNCHANGED}" not in failed


# --- nbgrader's metadata -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_the_cells_carry_valid_nbgrader_metadata(path):
    schema = json.loads((ROOT / "tests" / "schemas" / "nbgrader-v3.json").read_text(encoding="utf-8"))
    seen, points = Counter(), {}
    for cell in read(path).cells:
        tag, found = build.tag_of(cell), cell.metadata.get("nbgrader")
        assert (found is not None) == (tag in ("answer", "check"))
        if found is None:
            continue
        jsonschema.Draft4Validator(schema).validate(dict(found))
        seen[found["grade_id"]] += 1
        assert found["solution"] == (tag == "answer") and found["locked"] == (tag == "check")
        assert found["grade"] == ("points" in found)
        if found["grade"]:
            points[build.question_of(cell)] = found["points"]
    assert set(seen.values()) == {1}
    assert points == {name: entry["points"] for name, entry in QUESTIONS.items() if entry["exercise"] == path.stem}
    for cell in read(path.parent / "answers" / path.name).cells:
        assert "nbgrader" not in cell.metadata


def test_only_while_nbgrader_marks_does_a_check_return_points(shown, monkeypatch):
    assert learner.check("1.2", QUESTIONS["1.2"]["answer"]) is None
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert learner.check("1.2", QUESTIONS["1.2"]["answer"]) == QUESTIONS["1.2"]["points"]
    assert learner.check("1.2", "nothing of the kind") == 0
    assert 0 < learner.check("1.5", ["b"]) < QUESTIONS["1.5"]["points"]
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert learner.check("1.1", "include") is None


# --- a lecturer's own questions ------------------------------------------------------------------------------


@pytest.fixture
def own_folder(tmp_path):
    """A folder with one worked notebook of a lecturer's own, numbered 21."""
    folder = tmp_path / "my-module"
    (folder / "answers").mkdir(parents=True)
    text = (ROOT / "exercises" / "answers" / "01-joint-report.ipynb").read_text(encoding="utf-8")
    text = re.sub(r"\bq1_(\d)", r"q21_\1", re.sub(r"(?<![\d.])1\.(\d)(?!\d)", r"21.\1", text))
    (folder / "answers" / "21-my-questions.ipynb").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_own_questions_work_with_the_same_commands(own_folder, capsys, monkeypatch, work_folder):
    assert commands.main(["build", "--exercises", str(own_folder), "--check"]) == 1
    assert commands.main(["build", "--exercises", str(own_folder)]) == 0
    assert commands.main(["build", "--exercises", str(own_folder), "--check"]) == 0
    assert {path.name for path in own_folder.iterdir()} == {"answers", "21-my-questions.ipynb", "key.json"}
    assert commands.main(["run", str(own_folder / "answers" / "21-my-questions.ipynb")]) == 0
    worked = read(own_folder / "answers" / "21-my-questions.ipynb")
    checks = [cell for cell in worked.cells if build.tag_of(cell) == "check"]
    assert [text_of(cell.outputs[0]).split(". ")[0] for cell in checks] == [f"21.{n} right" for n in range(1, 8)]
    stub = execute(read(own_folder / "21-my-questions.ipynb"), own_folder)
    assert (
        text_of(next(cell for cell in stub.cells if build.tag_of(cell) == "check").outputs[0]) == "21.1 not tried yet"
    )
    assert commands.main(["check", str(own_folder / "21-my-questions.ipynb")]) == 1
    assert (
        commands.main(["check", str(own_folder / "answers" / "21-my-questions.ipynb"), "--exercises", str(own_folder)])
        == 0
    )
    assert "21.7 right" in capsys.readouterr().out
    # Both kinds of question are known in the folder, and the pack's alone elsewhere.
    monkeypatch.chdir(own_folder)
    assert {"1.1", "21.1"} <= set(key.questions())
    monkeypatch.chdir(own_folder.parent)
    assert "21.1" not in key.questions()


def test_own_questions_may_not_take_the_pack_s_numbers(own_folder):
    worked = own_folder / "answers" / "21-my-questions.ipynb"
    worked.rename(worked.with_name("08-my-questions.ipynb"))
    with pytest.raises(NotebookError, match="from 20 on"):
        build.own_answers(own_folder)
    with pytest.raises(NotebookError, match="no worked notebooks"):
        build.own_answers(own_folder.parent)


def test_some_other_key_json_is_left_alone(tmp_path, monkeypatch):
    (tmp_path / "key.json").write_text('{"private_key": "x"}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert key.own_folder() is None
    assert "1.1" in key.questions()


# --- what an outside examiner typed ------------------------------------------------------------------------


def stands(question_id, value):
    return judged(value, QUESTIONS[question_id])


@pytest.mark.parametrize("question_id, value", [
    ("1.3", "need time and careful design"),
    ("1.3", "will need time and careful design"),
    ("1.4", "from 3 to 4"),
    ("1.5", "b and d"),
    ("3.2", "Kingsland and Sobanja"),
    ("3.2", ["Dr Kingsland", "Mr Sobanja"]),
    ("3.3", ["hopefully", "some of"]),
    ("3.3", "\u201chopefully\u201d and \u201csome of those\u201d"),
    ("4.3", "from -2.5 to -0.3"),
    ("4.3", "between \u22122.5% and \u22120.3%"),
    ("4.7", "nuffield-trust"),
    ("4.7", "the Nuffield Trust"),
    ("4.7", "Nuffield Trust report"),
    ("4.7", "the trust"),
    ("4.7", "the authors of the report"),
    ("5.1", "What would happen if"),
    ("5.1", "What would happen if GP organisations"),
    ("5.1", "if GP organisations said"),
    ("5.6", "corrigan"),
    ("5.6", "Corrigan"),
    ("5.6", "Professor Paul Corrigan"),
    ("8.2", "walk-away-c52"),
    ("8.2", "walk-away-c37"),
    ("8.2", "[joint-report-c41]"),
    ("8.2", ["nuffield-polls-c02"]),
    ("8.2", "[nuffield-polls-c12]"),
    ("1.2", QUESTIONS["1.2"]["answer"] | {"A failure regime for GP commissioning will be needed.": "the joint statement"}),
    ("2.2", QUESTIONS["2.2"]["answer"] | {
        "In the first six months, it is really easy to spend money.": "Parkes",
        "Close relationships with hospital colleagues will also be vital": "PCT managers",
    }),
    ("5.2", QUESTIONS["5.2"]["answer"] | {"At the moment local commissioning is enfeebled.": "Paul Corrigan"}),
    ("7.4", QUESTIONS["7.4"]["answer"] | {"nuffield-polls-c18": "not borne out", "walk-away-c06": "partly borne out"}),
    ("8.5", QUESTIONS["8.5"]["answer"] | {"D": "worked out"}),
    ("1.5", "b) and d)"),
    ("3.3", "hopefully some"),
    ("4.5", "23%."),
    ("4.7", "the health policy charity"),
    ("4.7", "The report noted"),
    ("4.8", "\u22122.0 \u2013 +0.2"),
    ("5.1", "What would happen if GP"),
    ("5.3", "wave 5"),
    ("5.6", "the writer"),
    ("6.4", "\u03ba = 0.4"),
    ("7.2", "\u00a394,809,000"),
])  # fmt: skip
def test_a_good_answer_in_a_learner_s_own_form_is_right(question_id, value):
    assert stands(question_id, value).state == judge.RIGHT, stands(question_id, value)


@pytest.mark.parametrize("question_id, line, label, words", [
    ("6.5", "It answers one: yes to the principle, and care is only good practice.", "whole", "can be defended"),
    ("7.4", "nuffield-polls-c18", "partly", "of whom"),
])  # fmt: skip
def test_a_label_that_can_be_defended_is_right_and_says_so(question_id, line, label, words):
    told = stands(question_id, QUESTIONS[question_id]["answer"] | {line: label})
    assert told.state == judge.RIGHT and words in told.message


@pytest.mark.parametrize("question_id, value, share, words", [
    ("1.2", QUESTIONS["1.2"]["answer"] | {"GP leaders will also need to be supported and developed.": "Field"}, 0.8, "We will need support"),
    ("1.2", QUESTIONS["1.2"]["answer"] | {"GP leaders will also need to be supported and developed.": "Ramsden"}, 0.8, "support for GPs"),
    ("1.3", "time and careful design", 0.5, "the verb"),
    ("1.3", "time and careful design if they are to be successful", 0.5, "the verb"),
    ("1.3", "need time and careful design if they are to be successful. That is", 0.5, "run on"),
    ("1.4", "three to four", 0, "digits"),
    ("1.3", FIRST_PARAGRAPH, 0, "at most 14"),
    ("2.3", quotable("pct-managers"), 0, "at most 12"),
    ("3.6", "\u00a33-\u00a34", 0, "Check the unit"),
    ("7.2", "\u00a395", 0, "Check the unit"),
    ("4.1", "23% of doctors", 0, "One word alone"),
    ("4.1", "doctors (not GPs)", 0, "One word alone"),
    ("4.7", "Smulian", 0, "so it is not his"),
    ("4.7", "Dr Smith", 0, "further down"),
    ("4.7", "the Department of Health", 0, "issued the Operating Framework"),
    ("5.1", "What would happen", 0, "too early"),
    ("5.1", "What would happen if GP organisations said, \u201cGPs are being treated", 0.5, "run on"),
    ("5.1", "what would happen if the vast majority of those GPs", 0, "do not show what is asked"),
    ("5.6", "Andrew Lansley", 0, "not reported in this sentence"),
    ("6.4", (0.7 - 0.5) / 1 - 0.5, 0, "brackets"),
    ("7.1", (2, 200), 0, "Write 2200"),
    ("7.6", (5, 8), 0, "with a point"),
    ("8.2", "walk-away-c49", 0, "alone"),
    ("8.2", "[walk-away-c99]", 0, "There is no claim walk-away-c99"),
])  # fmt: skip
def test_a_likely_slip_is_told_why(question_id, value, share, words):
    told = stands(question_id, value)
    assert told.state != judge.RIGHT and told.share == share
    assert words in told.message, told


def test_the_verdicts_of_7_4_are_those_of_the_table_and_the_learner_is_not_sent_there():
    verdict = table("outcomes").set_index("claim_id").verdict
    assert QUESTIONS["7.4"]["answer"] == {claim: verdict[claim] for claim in QUESTIONS["7.4"]["answer"]}
    cells = [cell.source for cell in read(ROOT / "exercises" / "07-what-happened-next.ipynb").cells]
    assert not any("outcomes" in source for source in cells)


def test_notebook_04_does_not_print_the_results_that_question_4_3_asks_for():
    prose = "".join(cell.source for cell in read(ROOT / "notebooks" / "04-nuffield-polls.ipynb").cells)
    for end in QUESTIONS["4.3"]["answer"]:
        assert f"{end:g}" not in prose.replace("\u2212", "-")


def question_text(question_id):
    path = ROOT / "exercises" / (QUESTIONS[question_id]["exercise"] + ".ipynb")
    asked = [cell for cell in read(path).cells if cell.metadata.get("nhsreform", {}).get("question") == question_id]
    return asked[0].source


def test_the_counts_that_1_7_gives_are_those_of_the_codings():
    claims = nr.claims(source_id="joint-report", coder_set=False)
    text = question_text("1.7")
    for voice, rows in (
        ("bodies together", claims[claims.speaker == "six-bodies"]),
        ("people, each alone", claims[claims.speaker != "six-bodies"]),
    ):
        counts = rows.position.value_counts()
        assert (
            f"the six {voice}:** {counts['enthusiast']} claims say yes, {counts['sceptic']} say no, {counts['none']} take no side"
            in text
        )
        assert counts.sum() == len(rows) == sum(counts[side] for side in ("enthusiast", "sceptic", "none"))
    people = claims[claims.speaker != "six-bodies"].speaker
    assert people.nunique() == 6, "six people"
    assert f"Of all {len(claims)} claims" in QUESTIONS["1.7"]["why"]


def test_the_counts_that_6_7_gives_are_those_of_the_codings():
    answers = table("codings").query("coder == 'reference' and theme != 'principle'")
    answers = answers[answers.claim_id.isin(nr.claims().claim_id)]
    sides = answers.groupby([answers.claim_id.str.rsplit("-", n=1).str[0], "position"]).size().unstack(fill_value=0)
    for source_id, row in sides.iterrows():
        assert f"- {source_id}: {row.enthusiast} yes, {row.sceptic} no" in question_text("6.7")
    yes, no = sides.enthusiast.sum(), sides.sceptic.sum()
    assert f"So {no} of {yes + no} say no, {round(100 * no / (yes + no))}%." in question_text("6.7")


def test_each_side_s_best_case_stands_in_a_worked_answer():
    position = nr.claims(asserted=None).set_index("claim_id").position
    cited = {
        question_id: [position[claim] for claim in re.findall(r"\[([a-z-]+-c\d+)\]", QUESTIONS[question_id]["worked"])]
        for question_id in ("6.6", "8.3")
    }
    assert cited["6.6"].count("sceptic") >= 2 and "enthusiast" not in cited["6.6"]
    other = [position[claim] for claim in re.findall(r"\[([a-z-]+-c\d+)\]", QUESTIONS["6.6"]["why"])]
    assert len(other) >= 2 and set(other) == {"enthusiast"}, "the hopeful side's best case stands beside it"
    assert cited["8.3"][:2] == ["enthusiast", "enthusiast"] and "sceptic" in cited["8.3"]


@pytest.mark.parametrize("question_id", [name for name, entry in QUESTIONS.items() if entry["kind"] == "prose"])
def test_the_length_that_a_prose_question_asks_for_is_looked_at(question_id):
    asked = re.search(r"(\d+) to (\d+) words", question_text(question_id))
    assert key.question(question_id).length() == (tuple(map(int, asked.groups())) if asked else None)


def test_the_cell_after_question_8_3_asks_what_the_question_asks():
    question = key.question("8.3")
    low, high = question.length()
    cells = [cell.source for cell in read(ROOT / "exercises" / "08-your-judgement.ipynb").cells]
    assert f"nr.check_brief(q8_3, words=({low}, {high}), texts={question.texts})" in cells
    assert question.both_sides and question.quotes
