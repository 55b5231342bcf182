"""The pages made for a marked class, open_file from the disk: readable, still, and marked through by keyboard alone."""

import csv

import pytest

from nhsreform import commands
from nhsreform.marking.gradebook import sheet
from nhsreform.marking.marked_class import read_class
from nhsreform.marking.prose.codes import read_codes
from nhsreform.text.untrusted import for_cell, guarded
from tests.browser.pages import COLOURS, findings
from tests.marking import made_up_class as made_folder

MINE = "My brief, and <b>mine</b>; it says =1+1."


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A marked class, hostile names and all, with its feedback, its report and its prose to read."""
    names = ["Ada Lovelace", "Zoë O'Brien", *made_folder.HOSTILE.values()]
    handed_in = {
        name: {
            "1.1": "issues" if at % 2 else "include",
            "1.2": {"A failure regime for GP commissioning will be needed.": name},
            "1.3": name,
            "8.1": ["b", name],
            "8.3": f"{MINE} Number {at}. {made_folder.HOSTILE['close']}",
        }
        for at, name in enumerate(names)
    }
    folder = made_folder.make(tmp_path_factory.mktemp("class") / "out", handed_in, absent=["Grace Absent"])
    assert commands.main(["feedback", str(folder)]) == 0
    assert commands.main(["report", str(folder), "--names"]) == 0
    return folder


def pages(out):
    folder = prepared(out)
    feedback = sorted((out / "feedback").glob("*.html"))
    assert len(feedback) == 10
    return [*feedback, out / "class-report.html", folder / "question-8.3.html"]


def prepared(out):
    folder = out.parent / "prose"
    if not folder.exists():
        assert commands.main(["prose", "prepare", str(out), str(folder)]) == 0
    return folder


@pytest.mark.parametrize(("scheme", "rules"), [("light", {}), ("dark", COLOURS)])
def test_every_kind_of_page_is_axe_clean(out, open_file, scheme, rules):
    some = [path for path in pages(out) if path.parent.name != "feedback" or path.name[:3] in ("ada", "gra", "nnn")]
    assert len(some) == 5
    assert [found for path in some for found in findings(open_file(path, scheme), **rules)] == []


def test_pages_fit_a_narrow_window(out, open_file):
    for path in pages(out):
        if path.name == "class-report.html":
            continue
        page = open_file(path, width=320)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path.name


def test_a_page_with_every_hostile_name_shows_it_as_text(out, open_file):
    page = open_file(out / "class-report.html")
    rows = (
        page.locator("section", has=page.get_by_role("heading", name="Students")).locator("tbody th").all_inner_texts()
    )
    assert "<img src=x onerror=alert(1)>" in rows and made_folder.HOSTILE["close"] in rows
    # A name that turns text round turns itself alone: the points behind it stay where they are.
    turned = page.locator("tbody tr", has_text="gnorw").first
    assert turned.locator("td").first.bounding_box()["x"] > turned.locator("th").bounding_box()["x"]


def test_a_class_is_marked_by_keyboard_alone_and_collected(out, open_file, tmp_path):
    page = open_file(prepared(out) / "question-8.3.html")
    press, typed = page.keyboard.press, page.keyboard.type
    page.locator("#save").focus()
    for _ in range(30):
        press("Tab")
        if page.evaluate("document.activeElement.id").startswith("p-"):
            break
    count = page.locator("article").count()
    for at in range(count):
        assert page.evaluate("document.activeElement.id").startswith("p-")
        typed(str(at % 7))
        press("Enter")
        assert page.evaluate("document.activeElement.id").startswith("c-")
        typed(';1 ;99 =mine, "so"' if at == 0 else ";2 ")
        press("Control+Enter")
    assert page.locator("#status").inner_text().startswith(f"{count} of {count} marked.")
    with page.expect_download() as download:
        press("Control+s")
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert saved.name == "marks-8.3.csv" and saved.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(saved.open(encoding="utf-8-sig", newline="")))
    assert [row["points"] for row in rows] == [str(at % 7) for at in range(count)]
    assert rows[0]["comment"].startswith("Quote the words themselves") and rows[0]["comment"].endswith(
        ';99 =mine, "so"'
    )
    assert rows[1]["comment"].startswith("Who says this")
    assert commands.main(["prose", "collect", str(out), str(saved)]) == 0
    codes = read_codes(out)
    marks = {for_cell(mark.student): mark for mark in read_class(out).marks if mark.question == "8.3"}
    for row in rows:
        assert marks[codes[row["code"]]["student"]].points == float(row["points"])


def test_points_that_cannot_be_are_not_saved(out, open_file):
    page = open_file(prepared(out) / "question-8.3.html")
    field = page.locator("article input").first
    for value in ("7", "0.3", "-1"):
        field.fill(value)
        assert field.get_attribute("aria-invalid") == "true"
        page.locator("#save").click()
        assert "Not saved: Points must be from 0 to 6" in page.locator("#status").inner_text()
        assert page.evaluate("document.activeElement.id") == field.get_attribute("id")
    field.fill("5.5")
    assert field.get_attribute("aria-invalid") == "false"
    page.locator("#forget").click()


def test_a_closed_page_comes_back_and_a_formula_in_a_comment_does_not(out, open_file, tmp_path):
    path = prepared(out) / "question-8.3.html"
    page = open_file(path)
    page.locator("article input").nth(2).fill("4")
    page.locator("article textarea").nth(2).fill("=1+1")
    page.locator("#bank").fill("Only <b>this</b> one.")
    page.close()
    page = open_file(path)
    assert "Your draft is back." in page.locator("#status").inner_text()
    assert page.locator("article input").nth(2).input_value() == "4"
    assert page.locator("#numbered li").all_inner_texts() == ["Only <b>this</b> one."]
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(tmp_path / "marks.csv")
    assert ",4,'=1+1\n" in (tmp_path / "marks.csv").read_text(encoding="utf-8-sig")
    page.locator("#forget").click()
    page.close()
    assert "draft" not in open_file(path).locator("#status").inner_text()


def test_an_answer_is_text_and_the_page_says_what_it_is(out, open_file):
    page = open_file(prepared(out) / "question-8.3.html")
    assert page.locator(".answer").first.inner_text().startswith(MINE)
    article = page.locator("article").first
    code = article.get_attribute("data-code")
    assert page.get_by_label(f"Points for {code}, 0 to 6").count() == 1
    assert page.get_by_role("article", name=f"Answer {code}").count() == 1
    assert page.locator("#status").get_attribute("role") == "status"


def test_a_saved_comment_is_as_inert_as_any_sheet(out, open_file):
    """The page's own writer guards what `guarded` guards, wherever a spreadsheet sees a cell begin."""
    page = open_file(prepared(out) / "question-8.3.html")
    parts = ["=1", "+1", "-1", "@A", "|x", "%1", "a", "'=1", '"=1', "\uff1d1"]
    joints = ["; ", ";", "\t", "\n", "|", " ", ", ", "\n- "]
    texts = [*parts, *(f"a{joint}{part}" for joint in joints for part in parts)]
    for text in texts:
        assert sheet.value(page.evaluate("text => cell(text)", text)) == guarded(text.strip())
