"""One hand: every style sheet of the pack takes its sizes, colours, widths, spaces, corners and outlines from text/hand.css."""

import re

import pytest

from nhsreform.checkout import checkout

SOURCE = checkout() / "src" / "nhsreform"
HAND = SOURCE / "text" / "hand.css"
SHEETS = sorted(path for path in SOURCE.rglob("*.css") if path != HAND)
# What a rule may say without a step of the hand. A colour of the system is the answer to forced colours; `em` keeps a sign or a
# piece of code in step with the words around it, and a heading's space in step with the heading.
_RELATIVE = r"inherit|none|auto|normal|0|-?\d*\.?\d+(em|%)|-?[123]px"
_STEP = r"var\(--nhsr-[\w-]+\)|-?calc\([^;]*var\(--nhsr-[^;]*\)|!important"
RULES = {
    r"font-size": rf"{_RELATIVE}|{_STEP}",
    r"font": r"inherit",
    r"(padding|margin)(-\w+)?|(row-|column-)?gap": rf"{_RELATIVE}|{_STEP}",
    r"border-radius": rf"0|50%|[12]px|{_STEP}",
    r"outline|outline-offset": rf"none|{_STEP}",
    # A width of its own is a column's or a drawing's, and stands in EXCEPT.
    r"max-width": rf"none|100%|{_STEP}",
}
COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(rgba?|hsla?|lab|lch|oklch|color)\(|\b(white|black|gr[ae]y|red|green|blue|orange)\b", re.I
)
# (sheet, property, value): why it stands outside the steps.
EXCEPT = {
    ("site.css", "max-width", "96rem"): "the frame of a page with its contents beside it",
    ("site.css", "max-width", "34rem"): "a column of a table",
    ("site.css", "margin", "18mm 18mm 20mm"): "the margins of a sheet of paper",
    ("site.css", "font", "9pt sans-serif"): "a page's number stands in the margin, where no variable reaches",
    ("deck.css", "max-width", "27em"): "a question, in letters of its own size",
    ("coder_and_board.css", "max-width", "26rem"): "boxes that count claims",
    ("class_report.css", "max-width", "640px"): "a drawing as wide as it is drawn",
}  # fmt: skip


def declarations(style):
    """Return (property, value) of every declaration of a style sheet; a condition of a media query is none."""
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    return [(name, value.strip()) for name, value in re.findall(r"(?<![\w-])([\w-]+)\s*:\s*([^;{}]+)(?=[;}])", style)]


def faults(style, sheet=""):
    """Return the declarations of a style sheet that take nothing from the hand."""
    found = []
    for name, value in declarations(style):
        if (sheet, name, value) in EXCEPT:
            continue
        rule = next((allowed for names, allowed in RULES.items() if re.fullmatch(names, name)), None)
        words = re.sub(r"calc\((?:[^()]|\([^()]*\))*\)", lambda each: each[0].replace(" ", ""), value).split()
        if (
            rule
            and not all(re.fullmatch(rule, word) for word in words)
            or name != "content"
            and COLOUR.search(value)
            or name.startswith("--nhsr-")
            and name in STEPS
            and name != "--nhsr-unit"
        ):
            found.append(f"{name}: {value}")
    return found


STEPS = {name for name, _ in declarations(HAND.read_text(encoding="utf-8"))}


def test_the_sheets_are_all_there():
    assert {path.name for path in SHEETS} >= {"base.css", "coder_and_board.css", "stock.css", "site.css", "deck.css", "page.css", "contrast.css"}  # fmt: skip


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_sheet_takes_its_hand_from_one_file(path):
    assert faults(path.read_text(encoding="utf-8"), path.name) == []


def test_a_page_with_a_style_of_its_own_does_too():
    styles = {path: re.findall(r"<style>(.*?)</style>", path.read_text(encoding="utf-8"), re.DOTALL) for path in SOURCE.rglob("*.html")}  # fmt: skip
    own = {path: [fault for style in parts for fault in faults(style)] for path, parts in styles.items() if parts}
    assert len(own) >= 2
    assert not any(own.values()), own


@pytest.mark.parametrize(
    "rule",
    ["font-size: 15px", "font: 14px serif", "color: #123", "background: rgb(0 0 0 / 18%)", "border: 1px solid white", "gap: 10px",
     "padding: var(--nhsr-space-1) 9px", "outline: 3px solid var(--nhsr-text)", "border-radius: 6px", "max-width: 41rem",
     "--nhsr-text: var(--nhsr-soft)"],
)  # fmt: skip
def test_the_test_sees_a_rule_of_its_own(rule):
    assert faults(f"@media (max-width: 9px) {{ p {{ {rule}; }} }}") == [rule]


def test_every_step_that_is_asked_for_is_there_and_every_step_is_asked_for():
    asked = set()
    for path in [HAND, *SHEETS, *SOURCE.rglob("*.html"), *SOURCE.rglob("*.js"), *SOURCE.rglob("*.py")]:
        asked |= set(re.findall(r"var\((--nhsr-[\w-]+)", path.read_text(encoding="utf-8")))
    # Set where they are used: a position's colour, a drawing's place.
    set_there = {"--nhsr-stance", "--nhsr-side", "--nhsr-columns", "--nhsr-top"}
    assert asked - STEPS == set_there
    assert {name for name in STEPS if name.startswith("--nhsr-")} <= asked


def test_no_exception_is_left_over():
    there = {(path.name, *each) for path in SHEETS for each in declarations(path.read_text(encoding="utf-8"))}
    assert set(EXCEPT) <= there


def test_dark_is_the_same_whether_chosen_or_the_systems():
    style = HAND.read_text(encoding="utf-8")
    chosen, systems = (
        re.sub(r"\s+", " ", re.search(re.escape(f':root[data-look="{look}"] {{') + r"([^}]*)", style)[1])
        for look in ("dark", "auto")
    )
    assert chosen == systems
