"""The lecturers' pages, one for each notebook: the same shape, and nothing that the pack does not hold."""

import re
from functools import cache

import pytest

import nhsreform as nr
from nhsreform.data.stances import REFERENCE
from nhsreform.data.tables import table
from nhsreform.questions import key
from nhsreform.reliability.studies import agreement, compared, given_away, studies
from nhsreform.widgets.recall.recall import recall_model
from nhsreform.widgets.simulator import scenarios
from tests import prose
from tests.conftest import ROOT, entry_of
from tests.prose import count

PAGES = sorted((ROOT / "teaching").glob("[0-9][0-9]-*.md"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
HEADINGS = [
    "Aims",
    "Before class",
    "Timed plan",
    "Likely misreadings",
    "Discussion moves",
    "Expected answers",
    "If time is short, or if there is more",
    "Sensitive points",
]
MINUTES, MAX_WORDS = 50, 1100
SIDES = ["sceptic", "enthusiast"]
CODING = "06-enthusiasts-and-sceptics"
CODES = r"sceptic|enthusias(?!tic minority|m)|\bmixed\b|(?:no|a) side|[+−]{2}|±|\bsay(?:s|ing)? (?:yes|no)\b|\b(?:yes|no) to\b"
FEWEST_WORDS = 4  # a shorter quotation stands in too many places to say which claim it is of
OUTSIDE_NUMBER = r"\d\s?%|£\s?\d|\d per cent\b|\b\d{1,2} (?:July|October|November|April) 20\d\d"
INDEX = (ROOT / "teaching" / "README.md").read_text(encoding="utf-8")


def name(path):
    return path.stem


def page(path):
    return path.read_text(encoding="utf-8")


def section(path, heading):
    """Return the text under a heading of a page."""
    return re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page(path), flags=re.M | re.S).group(1)


def blocks(text):
    """Return its bullets, table rows and paragraphs, each on one line."""
    parts = re.split(r"\n\s*\n|\n(?=[-|])", text)
    return [re.sub(r"\s*\n\s*", " ", part).strip() for part in parts if part.strip()]


def bullets(text):
    return [block for block in blocks(text) if block.startswith("- ")]


def plan(path):
    """Return the rows of the timed plan: (minutes, what happens, on screen)."""
    rows = [
        [cell.strip() for cell in block.strip("|").split("|")]
        for block in blocks(section(path, "Timed plan"))
        if re.match(r"\| \d", block)
    ]
    return [(int(minutes), happens, screen) for minutes, happens, screen in rows]


def notebook(path):
    return prose.words_of(ROOT / "notebooks" / path.with_suffix(".ipynb").name)


def notebook_sections(path):
    """Return {heading: its text} of a notebook."""
    found = re.split(r"^## (.*)$", notebook(path), flags=re.M)
    return dict(zip(found[1::2], found[2::2], strict=True))


def without_pronouns(line):
    """Return the words of an aim: what says *you* to a student says *they* to a lecturer."""
    return [word for word in re.findall(r"\w+", line) if word not in ("you", "your", "they", "their", "them", "the")]


def core(path):
    """Return {question id: entry} of the core questions that go with a page."""
    return {
        each: entry_of(each) for each, kept in key.questions().items() if kept["exercise"] == path.stem and kept["core"]
    }


def answer_to(path, question):
    """Return the bullet that says what a good answer to a question holds."""
    found = [block for block in bullets(section(path, "Expected answers")) if block.startswith(f"- {question}: ")]
    assert len(found) == 1, f"{question}: one bullet, not {len(found)}"
    return found[0]


# --- shape -------------------------------------------------------------------------------------------------


def test_each_notebook_has_its_page():
    assert [path.stem for path in PAGES] == [path.stem for path in NOTEBOOKS]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_has_its_headings_in_order(path):
    title = re.match(r"# Teaching \d\d: (.+)\n", page(path)).group(1)
    assert f"# {path.stem[:2]} {title}\n" in notebook(path)
    assert re.findall(r"^##+ (.*)$", page(path), flags=re.M) == HEADINGS


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_can_be_read_in_ten_minutes(path):
    words = re.findall(r"\w[\w’'-]*", re.sub(r"\]\([^)]*\)", "]", page(path)))
    assert len(words) <= MAX_WORDS


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_the_aims_are_the_outcomes_of_the_notebook(path):
    promised = re.search(r"\*\*You will be able to\*\*\n\n((?:- .*\n)+)", notebook(path)).group(1)
    told = section(path, "Aims")
    assert told.strip().startswith("Afterwards students can")
    assert [without_pronouns(line) for line in bullets(told)] == [without_pronouns(line) for line in bullets(promised)]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_minutes_alone_are_those_of_the_notebook(path):
    said = re.search(r"\.ipynb\), (\d+) minutes alone", page(path)).group(1)
    assert f"**Time:** about {said} minutes" in notebook(path)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_the_plan_adds_up(path):
    rows = plan(path)
    assert sum(minutes for minutes, _, _ in rows) == MINUTES
    for minutes, happens, _ in rows:
        parts = [int(part) for part in re.findall(r"\((\d+)\)", happens)]
        assert not parts or sum(parts) == minutes, happens


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_what_is_on_the_screen_is_a_heading_of_the_notebook(path):
    for _, _, screen in plan(path):
        heading = re.fullmatch(r"\*(.+)\*", screen)
        assert heading and heading.group(1) in notebook_sections(path), screen
    shown = [screen for _, _, screen in plan(path)]
    order = [f"*{heading}*" for heading in notebook_sections(path)]
    assert shown == [heading for heading in order if heading in shown], "the plan leaves the notebook's order"


@pytest.mark.parametrize("path", PAGES[1:], ids=name)
def test_what_students_do_before_class_is_in_the_notebook(path):
    students = next(each for each in bullets(section(path, "Before class")) if each.startswith("- **Students, "))
    asked = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", students)
    assert "Predict" in asked and set(asked) <= set(notebook_sections(path))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_what_may_be_left_out_is_in_the_plan(path):
    short = bullets(section(path, "If time is short, or if there is more"))[0]
    assert short.startswith("- **Short:**")
    left_out = re.search(r"eave out (.*?)[.;]", short.replace("?", ""), flags=re.S).group(1)
    shown = [screen.strip("*").rstrip("?") for _, _, screen in plan(path)]
    for heading in re.findall(r"\*(.+?)\*", left_out):
        assert heading in shown, heading


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_each_misreading_is_corrected_by_the_source(path):
    found = bullets(section(path, "Likely misreadings"))
    assert 3 <= len(found) <= 6
    for block in found:
        assert block.startswith("- **")
        assert prose.quotations(block) and prose.cited_ids(block), block


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_each_discussion_has_two_sides_and_a_way_out_of_agreement(path):
    moves = re.split(r"^\*\*(?=Move \d\. .*\?\*\*$)", section(path, "Discussion moves"), flags=re.M)[1:]
    assert len(moves) >= 2
    for number, move in enumerate(moves, 1):
        assert move.startswith(f"Move {number}. ")
        assert any(f"ove {number}" in happens for _, happens, _ in plan(path)), "the plan has no room for it"
        told = bullets(move)
        sides = [block for block in told if re.match(r"- \*[^*]+:\* ", block) and not block.startswith("- *If ")]
        ways = [block for block in told if block.startswith("- *If ")]
        assert len(sides) >= 2, move
        assert len(ways) == 1 and "?" in ways[0], move
        assert "lean" in ways[0] or len(re.findall(r"\*If [^*]+:\*", ways[0])) >= 2, "what if all lean the other way?"


# --- what is expected of students ------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_each_prediction_and_each_try_has_its_answer(path):
    told = section(path, "Expected answers")
    for prompt in table("prompts").query("notebook == @path.stem").prompt_id:
        assert re.search(rf"\b{re.escape(prompt)}\b", told), prompt
    for heading, text in notebook_sections(path).items():
        if "**Try it:**" in text:
            assert f"*{heading}*" in told, heading


@pytest.mark.parametrize("path", PAGES[2:], ids=name)
def test_recall_is_what_the_notebook_asks_the_first_time(path):
    told = next(block for block in blocks(section(path, "Expected answers")) if block.startswith("**Recall**"))
    answers = [question["answer"] for question in recall_model(int(path.stem[:2]), {})]
    assert told == f"**Recall** (first time through): {' · '.join(answers)}."


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_each_core_question_has_its_answer(path):
    """Letters, labels and numbers are those of the key; what a person reads is not put to it."""
    assert core(path) or path.stem[:2] in ("00", "09")
    for question, entry in core(path).items():
        told, answer = answer_to(path, question).split(": ", 1)[1], entry.get("answer")
        if entry["kind"] in ("choice", "text") and question != "8.2":
            assert re.match(rf"{re.escape(answer)}\b", told), question
        elif entry["kind"] == "set":
            assert re.findall(r"\w+", told.split(".")[0].replace(" and ", ", ")) == answer, question
        elif entry["kind"] == "match":
            asked = (ROOT / "exercises" / f"{path.stem}.ipynb").read_text(encoding="utf-8")
            stub = asked[asked.index(f"q{question.replace('.', '_')} = ") :]
            order = sorted(answer, key=stub.index)
            said = told.removeprefix("in order: ").split(".")[0].split(", as ")[0]
            assert said.split(", ") == [answer[line] for line in order], question
        elif entry["kind"] == "quotation":
            assert prose.quotations(told)[0] == answer
        elif entry["kind"] in ("number", "range"):
            values = answer if isinstance(answer, list) else [answer]
            said = [float(each.replace("−", "-").replace(",", "")) for each in re.findall(r"−?\d[\d,.]*\d|\d", told)]
            assert [round(value, 1) for value in values] == said[: len(values)] or round(values[0]) == said[0], question


def test_ids_that_the_last_page_accepts_are_in_the_key():
    told = prose.cited_ids(answer_to(PAGES[8], "8.2"))
    entry = entry_of("8.2")
    assert told and set(told) <= {entry["answer"], *entry["accepts"]}


@cache
def numbers():
    """Return {page: what it says}: each number comes from the pack, so when the pack changes, the page has to."""
    text, money = nr.source("joint-report").text.lower(), table("figures").set_index("figure_id").loc["mps-inquiry-f15"]
    everything, position = nr.claims(), nr.claims().position.value_counts()
    share = table("facts").set_index("fact_id").low["efficiency-redesign"] / 100
    field = len(everything.query("speaker == 'field' and position == 'enthusiast'"))
    leave, sign = scenarios.staff_exit, scenarios.real_terms()
    assert leave(payment=43_095, back=22).break_even_gap is None, "page 07 says that the years are too short"
    outcomes = table("outcomes").merge(everything, on="claim_id")
    scored = outcomes.position.value_counts()
    partly = outcomes[outcomes.verdict == "partly"].position.value_counts()
    sided = outcomes[outcomes.position.isin(["sceptic", "enthusiast"])]
    borne = outcomes[outcomes.verdict == "borne out"].position.value_counts()
    assert set(sided.verdict) == {"borne out", "partly", "cannot tell"}, "page 07 says that there are no others"
    report, managers, hearing, polls, blog = map(prose.shown_before_06, table("sources").source_id)
    together = report.speaker == "six-bodies"
    joint, alone = report[together].position.value_counts(), report[~together].position.value_counts()
    answers = prose.answers()
    yes, no = (answers[answers.position == side] for side in ("enthusiast", "sceptic"))
    said = {
        "01": [
            f"{count(report, voice='joint statement')} of the {len(report)} claims shown are joint",
            f"Field makes {count(report, speaker='field')}",
            f"On the principle {count(report, group='principle', position='enthusiast')} claims say yes and none no; on the "
            f"practice {count(report, group='practice', position='enthusiast')} say yes and "
            f"{count(report, group='practice', position='sceptic')} no",
            f"Of the joint claims that take a side {joint['sceptic']} say no and {joint['enthusiast']} yes; the single "
            f"speakers say yes {alone['enthusiast']} times and no {alone['sceptic']} times",
            f"GP {text.count('gp')}, patient {text.count('patient')}, the others 0",
        ],
        "02": [
            f"{prose.WORDS[count(managers, position='sceptic')].capitalize()} claims shown say no, "
            f"{prose.WORDS[count(managers, position='sceptic', theme='budgets-and-risk')]} about money and "
            f"{prose.WORDS[count(managers, position='sceptic', theme='management-capacity')]} about skill; "
            f"{prose.WORDS[count(managers, position='enthusiast')]} say yes, {prose.WORDS[count(managers, position='enthusiast', theme='principle')]} of them by finding",
            f"{count(managers, voice='direct quotation')} of the {len(managers)} claims shown are direct",
            f"{count(managers, speaker='ullman', voice='direct quotation')} by Ullman and "
            f"{count(managers, speaker='parks', voice='direct quotation')} by Parks",
        ],
        "03": [
            f"{prose.WORDS[count(hearing, position='sceptic')].capitalize()} claims shown say no and "
            f"{prose.WORDS[count(hearing, position='enthusiast')]} say yes; "
            f"{prose.WORDS[count(hearing, position=SIDES, theme=['management-capacity', 'budgets-and-risk'])]} "
            f"of the {prose.WORDS[count(hearing, position=SIDES)]} are on managers or money",
            f"£{money.low * share:.0f} to £{money.high * share:.0f} billion",
            f"£{money.low:.0f} to £{money.high:.0f} billion",
            f"about {leave().break_even_gap:.1f} months as it opens",
            f"old price, {leave(dearer=0).break_even_gap:.1f}",
            f"half as much again, {leave(dearer=50).break_even_gap:.1f}",
        ],
        "04": [
            f"{prose.WORDS[count(polls, position='enthusiast')].capitalize()} claim shown says yes, a poll on reform at large; "
            f"{prose.WORDS[count(polls, position='sceptic')]} say no, {prose.WORDS[count(polls, position='sceptic', theme='transition-and-pace')]} of them on the "
            "change-over",
            f"−{-sign.if_counted:.1f}% as the simulator opens",
            f"+{sign.if_not_counted:.1f}% if it is not",
        ],
        "05": [
            f"{count(blog, position='sceptic')} shown say no and {count(blog, position='enthusiast')} yes",
            f"of the {prose.WORDS[count(blog, position='enthusiast', theme='engagement')]} yes on taking part",
            f"({scenarios.walk_away().breaking_point:.1f}%) of the 60%",
        ],
        "06": [
            f"more sceptic than enthusiast, {position['sceptic']} to {position['enthusiast']} once the twenty are in",
            f"{100 * position['none'] / len(everything):.0f} of every 100 ({position['none']} of {len(everything)})",
            f"on the principle {count(yes, group='principle')} yes and {count(no, group='principle')} no; on the practice {count(yes, group='practice')} yes and "
            f"{count(no, group='practice')} no",
            f"Thin sides: {prose.WORDS[count(yes, theme='accountability')]} yes on accountability, {prose.WORDS[count(no, theme='patient-care')]} no on patient care",
            f"one of {prose.WORDS[field]} enthusiastic claims by Field",
        ],
        "07": [
            f"{borne['enthusiast']} of {scored['enthusiast']} enthusiastic and {borne['sceptic']} of "
            f"{scored['sceptic']} sceptical ones are *borne out*; {partly['enthusiast']} of {scored['enthusiast']} and "
            f"{partly['sceptic']} of {scored['sceptic']} came out *partly*",
            f"opens at about {leave().break_even_gap:.1f} months",
            f"it is about {leave(payment=43_095, back=22, covered=0).break_even_gap:.1f}. Who does the work",
            f"about {100 * scenarios.budget_risk().fat:.0f} years in 100 for 100,000 people",
            f"about {100 * scenarios.budget_risk(10_000).fat:.0f} for 10,000",
        ],
    }
    kept = table("claims").query("coder_set").source_id.value_counts()
    for path in PAGES[1:6]:
        source = table("sources").set_index("source_id").index[PAGES.index(path) - 1]
        said[path.stem[:2]].append(f"{prose.WORDS[kept[source]]} claims are uncoded until notebook 06")
    return said


@pytest.mark.parametrize("number", [path.stem[:2] for path in PAGES[1:8]])
def test_numbers_are_those_of_the_pack(number):
    text = " ".join(page(PAGES[int(number)]).split())
    for said in numbers()[number]:
        assert said in text, said


# --- evidence ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_quotation_stands_where_its_id_says(path):
    claims = table("claims").set_index("claim_id")
    for block in blocks(page(path)):
        for quotation, ids in re.findall(r"“([^”]*)”\**,? \[([^\]]*)\]", block):
            spans = [claims.loc[each] for each in prose.cited_ids(ids)]
            assert spans, f"{quotation}: no claim id"
            for claim in spans:
                assert any(
                    source == claim.source_id and start < claim.end and end > claim.start
                    for source, start, end in nr.quote(quotation).places
                ), f"{quotation} is not in {claim.name}"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_longer_quotation_has_its_id_beside_it(path):
    for block in blocks(page(path)):
        for quotation in prose.quotations(block):
            assert len(quotation.split()) < FEWEST_WORDS or prose.cited_ids(block), quotation


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_questions_and_predictions_that_are_named_exist(path):
    questions, prompts = set(key.questions()), set(table("prompts").prompt_id)
    for found in re.findall(r"\bquestions? (\d\.\d)(?: and (\d\.\d))?", page(path)):
        assert {each for each in found if each} <= questions
    assert set(re.findall(r"\b0\d\.\d\b", page(path))) <= prompts


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_outside_fact_carries_its_citation_and_mark(path):
    for block in blocks(page(path)):
        numbers_said = list(re.finditer(OUTSIDE_NUMBER, block))
        if numbers_said and not re.search(r"^- \d\.\d: |\bquestion \d\.\d\b", block):
            after = block[numbers_said[-1].start() :]
            assert prose.cited_ids(after) or re.search(r"[,(] ?[VPD](, [a-z ]+)?\)", after), (
                f"where is this number from? {block}"
            )


# --- what may not be seen too early -------------------------------------------------------------------------


@cache
def kept_spans():
    """Return (claim id, source, start, end) of each claim that is kept back for notebook 06."""
    kept = table("claims").query("coder_set")
    return list(kept[["claim_id", "source_id", "start", "end"]].itertuples(index=False, name=None))


def kept_back(text):
    """Return the ids of kept-back claims that a text names or quotes."""
    found = set(prose.cited_ids(text)) & {claim for claim, *_ in kept_spans()}
    places = [
        place
        for quotation in prose.quotations(text)
        if len(quotation.split()) >= FEWEST_WORDS
        for place in nr.quote(quotation).places
    ]
    return found | {
        claim
        for claim, source, first, last in kept_spans()
        if any(where == source and start < last and end > first for where, start, end in places)
    }


@pytest.mark.parametrize("path", [each for each in PAGES if each.stem != CODING], ids=name)
def test_no_code_of_the_coder_set_is_shown_outside_06(path):
    for block in blocks(page(path)):
        assert not (kept_back(block) and re.search(CODES, block, flags=re.I)), block


def test_the_page_that_shows_them_says_so_at_the_top_and_shows_what_the_table_holds():
    path = next(each for each in PAGES if each.stem == CODING)
    assert blocks(page(path))[1].startswith("**Warning: this page shows our codes")
    claims = nr.claims(coder_set=True).set_index("claim_id")
    rows = re.findall(r"^\| \**([a-z-]+-c\d\d)\** \| ([^|]+) \| ([^|]+) \|$", page(path), flags=re.M)
    assert [claim for claim, _, _ in rows] == list(claims.index)
    for claim, ours, others in rows:
        readings = re.findall(r"position=(\w+)", claims.alternative_reading[claim])
        said = [each for each in others.split(", ") if each != "–"]
        assert (ours, said) == (claims.position[claim], readings), claim


def test_the_five_to_discuss_are_those_set_in_bold():
    path = next(each for each in PAGES if each.stem == CODING)
    told = section(path, "Expected answers")
    five = [
        prose.cited_ids(block)[0] for block in bullets(told[told.index("**The five**") : told.index("**The twenty.**")])
    ]
    assert five == re.findall(r"^\| \*\*([a-z-]+-c\d\d)\*\* \|", told, flags=re.M)


@pytest.mark.parametrize("words", ["notebook", "page"])
def test_what_is_said_of_the_reliability_holds(words):
    """Nobody else's reading is spoken of before it is in the data, and none is left unsaid after."""
    path = next(each for each in PAGES if each.stem == CODING)
    told = " ".join({"notebook": notebook, "page": page}[words](path).split())
    assert "large language model" in told and "No person has coded" in told and "../data/codebook.md" in told
    readings = [study for study in studies() if study.one == REFERENCE]
    assert f"{['One', 'Two', 'Three', 'Four'][len(readings) - 1]} fresh sessions" in told
    themes, positions = zip(*(agreement(*compared(study), ["theme", "position"]) for study in readings), strict=True)
    same = sorted(theme.same for theme in themes)
    kappas = sorted(f"{position.kappa.estimate:.2f}" for position in positions)
    assert f"for {same[0]} to {same[-1]} of them" in told and f"{kappas[0]} to {kappas[-1]}" in told
    assert {theme.claims for theme in themes} == {172} and "the other 172" in told
    assert {len(given_away(study)) for study in readings} == {17} and "17" in told


# --- the table of the pages -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_the_readme_lists_each_page_beside_its_notebook(path):
    row = next(line for line in INDEX.splitlines() if f"]({path.name})" in line)
    assert f"(../notebooks/{path.stem}.ipynb)" in row
    exercise = (ROOT / "exercises" / f"{path.stem}.ipynb").is_file()
    assert exercise == (f"(../exercises/{path.stem}.ipynb)" in row)
