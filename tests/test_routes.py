"""The routes add up, and the lecturers' pages beside them keep the rules of the pack."""

import re
from pathlib import Path

import pytest

from nhsreform.data.sources import source
from nhsreform.data.tables import table
from nhsreform.notebooks import files
from nhsreform.publish import routes
from nhsreform.publish.slides.slide_kinds import SlideError
from nhsreform.questions import key
from tests.conftest import ROOT

TEACHING = ROOT / "teaching"
TOML = (TEACHING / "routes.toml").read_text(encoding="utf-8")
PAGES = [TEACHING / f"{name}.md" for name in ("routes", "reading-list", "assessment", "accessibility", "rights")]


def text(path):
    return path.read_text(encoding="utf-8")


# --- the routes ------------------------------------------------------------------------------------------


def test_there_are_three_routes_with_outcomes_at_two_levels():
    found = routes.read()
    assert [route.name for route in found] == ["two-hours", "three-weeks", "eight-weeks"]
    assert [len(route.sessions) for route in found] == [1, 3, 8]
    assert found[0].sessions[0].minutes == 120
    for route in found:
        assert len(route.undergraduate) >= 3 and len(route.postgraduate) >= 3
        for session in route.sessions:
            assert session.hand_in and session.marked and session.slides
            assert {"before", "class", "after"} == {step.place for step in session.steps}


@pytest.mark.parametrize("route", routes.read(), ids=lambda route: route.name)
def test_the_minutes_of_an_exercise_are_those_of_its_questions(route):
    """Those of notebooks and sessions are added up when the routes are read."""
    for step in (step for session in route.sessions for step in session.steps if step.exercise):
        core = sum(one["minutes"] for one in routes.core_questions(step.exercise).values())
        whole = routes.stated_minutes("exercises", step.exercise)
        assert step.minutes == (whole if route.name == "eight-weeks" else core)


def test_all_core_questions_are_marked_in_eight_weeks():
    marked = [name for session in routes.named("eight-weeks").sessions for name in session.marked]
    assert sorted(marked) == sorted(name for name, one in key.questions().items() if one["core"])
    assert len(marked) == 24
    assert "**Core questions marked:** 24" in text(TEACHING / "routes.md")


def test_every_route_uses_what_the_readme_says():
    used = {step.notebook for session in routes.named("two-hours").sessions for step in session.steps} - {""}
    assert {name[:2] for name in used} == {"00", "01", "05", "06"}
    used = {step.notebook for session in routes.named("eight-weeks").sessions for step in session.steps} - {""}
    assert len(used) == 10 and not routes.named("eight-weeks").left_out


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('notebook = "00-start-here", minutes = 45', 'notebook = "00-start-here", minutes = 40', "the notebook itself says 45"),
        ("minutes = 120", "minutes = 110", "take 120 minutes, the session has 110"),
        ('{ what = "Break", minutes = 5 }', '{ what = "Break" }', "'Break' has no minutes"),
        ('{ what = "Break", minutes = 5 }', '{ what = "Break", minute = 5 }', "no field 'minute'. Did you mean minutes"),
        ('exercise = "01-joint-report", questions = "core"', 'exercise = "01-joint-repot", questions = "core"',
            "Did you mean 01-joint-report"),
        ('exercise = "01-joint-report", questions = "core"', 'exercise = "01-joint-report", questions = "most"', "Write 'core' or 'all'"),
        ('exercise = "01-joint-report", questions = "core"', 'exercise = "01-joint-report", minutes = 9', "leave out the minutes"),
        ('level = "postgraduate"', 'level = "doctoral"', "level is 'doctoral'"),
        ("[[routes]]", "[[routs]]", "this is no table"),
        ('what = "Break", ', "", "the field 'what' is missing"),
        ('title = "Two hours"', "", "route two-hours: the field 'title' is missing"),
        ('name = "two-hours"', "name = two-hours", "cannot be read"),
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_told(tmp_path, monkeypatch, old, new, told):
    assert old in TOML
    changed = TOML.replace(old, new) if old == "[[routes]]" else TOML.replace(old, new, 1)
    (tmp_path / "routes.toml").write_text(changed, encoding="utf-8")
    monkeypatch.setattr(routes, "FILE", tmp_path / "routes.toml")
    with pytest.raises(SlideError, match=re.escape(told)):
        routes.read()


def test_the_page_is_made_from_the_file():
    page = text(TEACHING / "routes.md")
    for route in routes.read():
        assert f"## {route.title}\n" in page and f"--route {route.name}`" in page
        for line in (*route.undergraduate, *route.postgraduate):
            assert f"\n- {line}\n" in page


# --- the pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_claim_is_named_that_is_coded_blind_in_notebook_06(path):
    assert not set(re.findall(r"\b[a-z-]+-c\d{2,3}\b", text(path))) & {*table("claims", coder_set=True).claim_id}


def test_the_reading_list_begins_with_the_open_record():
    page = text(TEACHING / "reading-list.md")
    first = page.index("10110202.htm")
    assert first < page.index("*Equity and excellence: Liberating the NHS*") < page.index("The National Audit Office")
    assert page.index("The National Audit Office") < page.index("## 2.")


def test_the_accessibility_statement_names_what_is_tested_and_what_is_not():
    page = text(TEACHING / "accessibility.md")
    tests = "\n".join(text(path) for path in sorted((ROOT / "tests" / "browser").glob("*.py")))
    for name in ("reader", "contrast", "timeline", "board", "coder", "simulator"):
        assert name in page
        assert f'"{name}": Contract(' in tests and ".axe(contract.root)" in tests
        # A list beside a picture is walked where all such are.
        path = "test_in_a_page" if name == "timeline" else f"test_{name}"
        walked = text(ROOT / "tests" / "browser" / f"{path}.py")
        assert "test_the_whole_keyboard_path" in walked and name in walked
    for width in ("620", "1400", "320"):
        assert width in page and width in tests
    for never in ("screen reader", "Safari"):
        assert re.search(rf"No .*{never}|\*\*No {never}", page)
    assert "Firefox" in page and (ROOT / "tests" / "firefox.py").exists() and "webkit" not in tests


def test_assessment_gives_three_levels_and_the_rubric_of_notebook_08():
    page = text(TEACHING / "assessment.md")
    assert re.findall(r"\*\*Level (\d),", page) == ["1", "2", "3"]
    assert "0 to 10 per cent" in page and "0 to 10 per cent" in text(TEACHING / "marking.md")
    notebook = files.read(ROOT / "notebooks" / "08-your-judgement.ipynb")
    rubric = next(cell.source for cell in notebook.cells if "How it is marked" in cell.source)
    rows = re.findall(r"^\| \*\*(.+?)\*\*", rubric, flags=re.M)
    assert len(rows) == 5
    for row in rows:
        assert row.lower() in page.lower()


def share_of_words(around):
    """The share of the texts' words, in percent, that stand whole in a claim, or in what it keeps before and after it."""
    total = held = 0
    for source_id, rows in table("claims").groupby("source_id"):
        kept = set()
        for row in rows.itertuples():
            before, after = (len(row.prefix), len(row.suffix)) if around else (0, 0)
            kept.update(range(row.start - before, row.end + after))
        words = [word.span() for word in re.finditer(r"\S+", source(source_id).text)]
        total += len(words)
        held += sum(kept.issuperset(range(*span)) for span in words)
    return round(100 * held / total)


def test_the_rights_note_says_what_the_notice_beside_the_texts_says():
    page, notice = text(TEACHING / "rights.md"), text(ROOT / "seeds" / "README.md")
    for said in (
        "sections 30 and 32 of the Copyright, Designs and Patents Act 1988",
        "holders",
        "CC BY 4.0",
        "MIT",
        "--without-texts",
        f"claims quote {share_of_words(around=False)}% of the words of the five texts",
        f"the tables hold {share_of_words(around=True)}%",
    ):
        assert said in " ".join(page.split()) and said in " ".join(notice.split())
    assert "before" in page and "SHA-256" in page


def test_the_overview_names_each_page_of_the_folder():
    overview = text(TEACHING / "README.md")
    for path in PAGES:
        assert f"]({path.name})" in overview
    assert Path(TEACHING / "routes.toml").name in overview
