"""The contrast in a plain page: drawn, walked by keyboard, swapped, and turned to every page that Python knows."""

from __future__ import annotations

import json

import pytest

import nhsreform as nr
from nhsreform.widgets.contrast.model import CAMPS, COMPARISONS, EVERY_THEME, SPEAKERS, contrast_model

ROOT = ".nhsr-contrast"
MARK = f"{ROOT} .nhsr-mark"


# What stands where on the screen, told as `told` tells what contrast_model gives.
DRAWN = """() => {
    const root = document.querySelector(".nhsr-contrast");
    const within = (selector) => [...root.querySelectorAll(selector)];
    const words = (box, selector) => [...box.querySelectorAll(selector)].map((each) => each.textContent);
    const ids = (box) => [...box.querySelectorAll(".nhsr-claims > li")].map((card) => card.dataset.id);
    const pairs = (box) => [...box.querySelectorAll(".nhsr-pairs > li")].map((pair) => words(pair, ".nhsr-go"));
    const folded = (words) => within("details").find((each) => each.querySelector("summary").textContent.includes(words));
    const side = (column) => ({
        ids: ids(column), head: words(column, ".nhsr-head > *"), said: words(column, ".nhsr-body > p"),
    });
    const [left, right] = within(".nhsr-column").map(side);
    const mixed = root.querySelector(".nhsr-between");
    const none = folded("on this question that take no side");
    const [common, division] = within(".nhsr-box").map((box) => pairs(box).filter((pair) => pair.length === 2));
    const limits = folded("one claim limits the other"), required = folded("What must be there");
    return {
        left, right, mixed: mixed ? ids(mixed) : null, none: none ? ids(none) : null,
        common: common || [], division: division || [], limits: limits ? pairs(limits) : [],
        required: required ? pairs(required).flat() : [],
        theme: root.querySelector(".nhsr-asked").textContent,
        rule: within(".nhsr-contrast > .nhsr-soft").pop().textContent,
        below: words(root, ".nhsr-below > .nhsr-note > p"),
    };
}"""


def told(contrast):
    """Return what the screen should show of a contrast."""
    view = contrast.view

    def column(side):
        head = [side["label"], side["about"], side["told"]]
        return {
            "ids": side["ids"] + side["none"],
            "head": [words for words in head if words],
            "said": [words for words in (side["note"], *side["left_out"]) if words],
        }

    pairs = {kind: [[pair["from"], pair["to"]] for pair in view[kind]] for kind in ("common", "division", "limits")}
    return {
        **{side: column(view[side]) for side in ("left", "right")},
        "mixed": view["mixed"]["ids"] if "mixed" in view else None,
        "none": view["none"]["ids"] or None if "none" in view else None,
        **pairs,
        "required": view["required"],
        "theme": view["theme"]["question"],
        "rule": " ".join([contrast.book["rules"][contrast.compare], *view["left_out"]]),
        "below": [words for words in (view["one_sided"], view["empty"]) if words],
    }


@pytest.fixture
def contrast(hosted):
    """The contrast drawn on engagement."""
    return hosted(nr.contrast("engagement"))


def focused(contrast):
    return contrast.page.evaluate(
        "() => document.activeElement.getAttribute('aria-label') || document.activeElement.dataset.key || ''"
    )


def drawn(contrast):
    return contrast.page.evaluate(DRAWN)


def choose(contrast, key, value):
    contrast.page.select_option(f"{ROOT} select[data-key={key}]", value)


# --- what is drawn ---------------------------------------------------------------------------------


def test_every_page_of_the_book_is_the_one_python_turns_to(hosted):
    """`turnTo` in contrast.js is `contrast_model` in sides.py: the same result, whatever is compared with whatever."""
    contrast = nr.contrast(coder_set=True, asserted=None)
    contrast._esm += "\nexport { turnTo };"
    page = hosted(contrast).page
    themes = [theme["id"] for theme in contrast.book["themes"]]
    names = {kind: [name["id"] for name in contrast.book["names"][kind]] for kind in COMPARISONS}
    names[CAMPS] = ["sceptic", "enthusiast"]
    turns = [
        (theme, kind, left, right)
        for kind in COMPARISONS
        # Of the speakers, all are tried with each other over all themes, and one with each on every theme.
        for theme in themes
        for left in (names[kind][:2] if kind == SPEAKERS and theme != EVERY_THEME else names[kind])
        for right in names[kind]
        if left != right
    ]
    assert len(turns) > 1000
    turned = page.evaluate(
        "(turns) => JSON.stringify(turns.map((turn) => host.module.turnTo(host.model.get('book'), ...turn)))", turns
    )
    for turn, result in zip(turns, json.loads(turned), strict=True):
        assert result == contrast_model(contrast.book, *turn), turn


@pytest.mark.parametrize("swapped", [False, True])
def test_every_theme_as_the_model_says(contrast, swapped):
    """Turned to in the browser, each page is the one that contrast_model gives."""
    contrast.tell(swapped=swapped)
    themes = [theme["id"] for theme in contrast.python.book["themes"]]
    assert len(themes) == 12
    for theme in themes:
        choose(contrast, "theme", theme)
        assert contrast.python.theme == theme
        assert drawn(contrast) == told(contrast.python)


def test_an_empty_side_says_what_it_does_not_prove(contrast):
    contrast.tell(compare="sources", sources=("mps-inquiry", "walk-away"), theme="incentives")
    page = drawn(contrast)
    assert page == told(contrast.python)
    assert not page["left"]["ids"] and page["right"]["ids"]
    assert "Nothing stands here" in page["left"]["said"][0]
    assert "A silence is not a view" in page["below"][-1]


def test_two_texts_and_two_speakers_as_the_model_says(contrast):
    choose(contrast, "theme", "all")
    for kind, left, right in (
        ("sources", "pct-managers", "mps-inquiry"), ("sources", "joint-report", "nuffield-polls"),
        ("speakers", "six-bodies", "senior-pct-managers"), ("speakers", "field", "vautrey"),
    ):  # fmt: skip
        choose(contrast, "compare", kind)
        # One cannot be chosen on both sides, so the order of the choices matters.
        choose(contrast, "left", left)
        choose(contrast, "right", right)
        assert (contrast.python.compare, getattr(contrast.python, kind)) == (kind, (left, right))
        assert drawn(contrast) == told(contrast.python)
        assert contrast.page.locator(f"{ROOT} .nhsr-column").count() == 2
        assert contrast.page.locator(f"{ROOT} select[data-key=left] option[value={right}]").is_disabled()
        # Swapped, left is still what stands on the left, and what Python holds is turned round.
        contrast.page.click(f"{ROOT} button[data-key=swap]")
        assert contrast.page.locator(f"{ROOT} select[data-key=left]").input_value() == right
        assert drawn(contrast) == told(contrast.python)
        contrast.page.click(f"{ROOT} button[data-key=swap]")
    contrast.page.click(f"{ROOT} button[data-key=swap]")
    choose(contrast, "left", "lansley")
    assert contrast.python.speakers == ("field", "lansley")
    assert drawn(contrast) == told(contrast.python)


# The labels that are broken inside a word, but for where a reader would break it.
BROKEN_LABELS = """(selector) => [...document.querySelectorAll(selector)].filter((label) => {
    if (label.getBoundingClientRect().width < 2) return false;  // For the screen reader alone.
    const text = label.firstChild;
    const top = (place) => {
        const range = document.createRange();
        range.setStart(text, place);
        range.setEnd(text, place + 1);
        return range.getBoundingClientRect().top;
    };
    return [...text.data].some((letter, place) =>
        place > 0 && /[a-z]/.test(letter) && /[a-z]/.test(text.data[place - 1]) && top(place) > top(place - 1) + 3);
}).map((label) => label.textContent)"""


def test_both_sides_are_drawn_alike(contrast):
    page = contrast.page
    for width, beside in ((1400, True), (620, True), (420, False)):
        contrast.look(width=width)
        boxes = [column.bounding_box() for column in page.locator(f"{ROOT} .nhsr-column").all()]
        assert abs(boxes[0]["width"] - boxes[1]["width"]) < 1
        assert (abs(boxes[0]["y"] - boxes[1]["y"]) < 1) == beside
        assert page.evaluate(BROKEN_LABELS, f"{ROOT} .nhsr-bin-label") == []
    heads = page.locator(f"{ROOT} .nhsr-column h3").all()
    styles = [
        head.evaluate("(each) => [getComputedStyle(each).fontSize, getComputedStyle(each).color]") for head in heads
    ]
    assert styles[0] == styles[1]


def test_no_position_is_told_by_colour_alone(contrast):
    marks = contrast.page.locator(MARK).evaluate_all(
        "(all) => all.map((each) => [each.dataset.stance, each.innerText, getComputedStyle(each).borderRadius])"
    )
    assert len(marks) > 20
    for stance, token, corners in marks:
        assert bool(token) == (stance != "none")
        assert (corners == "50%") == (stance == "none")
    # Claims that take no side are not on the scale.
    assert contrast.page.locator(f"{ROOT} .nhsr-scale .nhsr-mark[data-stance=none]").count() == 0
    for token in contrast.page.locator(f"{ROOT} .nhsr-claim .nhsr-token").all():
        assert token.get_attribute("aria-label") and token.text_content()


def test_conditions_stand_with_the_claims_they_limit(contrast):
    rows = contrast.python.claims
    assert rows.condition.any()
    for claim_id, condition in zip(rows.claim_id, rows.condition, strict=True):
        card = contrast.page.locator(f"{ROOT} li[data-id={claim_id}]")
        assert card.locator(".nhsr-condition q").all_text_contents() == ([condition] if condition else [])


# --- by keyboard ------------------------------------------------------------------------------------


def test_the_whole_keyboard_path(contrast):
    page = contrast.page
    page.focus(f"{ROOT} select[data-key=theme]")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(contrast) == "swap"
    page.keyboard.press("Enter")
    assert contrast.python.swapped
    assert focused(contrast) == "swap"
    page.keyboard.press("Enter")
    assert not contrast.python.swapped

    # One stop stands for the whole strip; the arrows walk it from left to right.
    page.keyboard.press("Tab")
    marks = page.locator(MARK).count()
    assert focused(contrast).startswith(f"Claim 1 of {marks}, ")
    assert "sceptic" in focused(contrast).split(":")[0]
    for key, place in (("ArrowRight", 2), ("ArrowDown", 3), ("k", 2), ("j", 3), ("ArrowLeft", 2), ("ArrowUp", 1),
                       ("ArrowLeft", 1), ("End", marks), ("ArrowRight", marks), ("Home", 1)):  # fmt: skip
        page.keyboard.press(key)
        assert focused(contrast).startswith(f"Claim {place} of {marks}, "), key
    assert page.locator(f"{ROOT} .nhsr-pointed").count() == 1

    # Enter opens the claim and leads to it; Escape closes it and leads back.
    page.keyboard.press("ArrowRight")
    mark = focused(contrast)
    page.keyboard.press("Enter")
    opened = contrast.python.selected
    assert focused(contrast) == f"Less on {opened}"
    assert page.locator(f"{ROOT} .nhsr-open[aria-expanded=true]").count() == 1
    assert page.inner_text(f"{ROOT} li[data-id={opened}] .nhsr-more").startswith(contrast.python.claim.paraphrase)
    page.keyboard.press("Escape")
    assert contrast.python.selected is None
    assert focused(contrast) == mark
    assert page.locator(f"{ROOT} .nhsr-more").count() == 0

    # A claim that takes no side is opened from the strip too, and its fold with it.
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert contrast.python.claim.position == "none"
    assert page.locator(f"{ROOT} .nhsr-more").is_visible()
    page.keyboard.press("Escape")

    # The fold is closed over the open claim: the same mark opens it again.
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert contrast.python.claim.position == "none"
    page.locator(f"{ROOT} details:has(.nhsr-more) > summary").click()
    assert page.locator(f"{ROOT} .nhsr-more").is_hidden()
    page.focus(f"{ROOT} .nhsr-mark[tabindex='0']")
    page.keyboard.press("Enter")
    assert page.locator(f"{ROOT} .nhsr-more").is_visible()
    page.keyboard.press("Escape")

    # From a card by Tab to its neighbour's button; Enter opens and closes it.
    page.focus(f"{ROOT} .nhsr-column >> nth=1 >> css=.nhsr-open >> nth=0")
    page.keyboard.press("Enter")
    assert contrast.python.claim.position == "enthusiast"
    page.keyboard.press("Enter")
    assert contrast.python.selected is None

    # A pair leads to its claims.
    page.focus(f"{ROOT} .nhsr-box >> nth=1 >> css=.nhsr-go >> nth=0")
    name = page.evaluate("() => document.activeElement.textContent")
    page.keyboard.press("Enter")
    assert contrast.python.selected == name
    assert focused(contrast) == f"Less on {name}"


# --- state ------------------------------------------------------------------------------------------


def test_swapping_turns_the_strip_too(contrast):
    def scale():
        bins = contrast.page.locator(f"{ROOT} .nhsr-scale .nhsr-bin")
        return bins.evaluate_all("(all) => all.map((each) => each.dataset.stance)")

    before = scale()
    contrast.page.click(f"{ROOT} button[data-key=swap]")
    assert scale() == before[::-1]


def test_each_thing_that_python_sets_is_drawn(contrast):
    for name, value in (
        ("theme", "politics"), ("swapped", True), ("compare", "sources"), ("sources", ("walk-away", "mps-inquiry")),
        ("theme", "all"), ("compare", "speakers"), ("speakers", ("six-bodies", "vautrey")), ("swapped", False),
    ):  # fmt: skip
        before = drawn(contrast)
        contrast.tell(**{name: value})
        assert before != drawn(contrast) == told(contrast.python), name


def test_without_a_kernel_every_page_can_still_be_turned_to(contrast):
    """Nothing is taken from the page here, and nothing answered: Python's side never hears of it."""
    choose(contrast, "theme", "politics")
    assert "Parliament" in contrast.page.inner_text(f"{ROOT} .nhsr-asked")
    contrast.page.click(f"{ROOT} .nhsr-open >> nth=0")
    assert contrast.page.locator(f"{ROOT} .nhsr-more").count() == 1
    choose(contrast, "compare", "speakers")
    assert contrast.page.locator(f"{ROOT} .nhsr-column h3").all_text_contents() == ["Steve Field", "Richard Vautrey"]
    assert contrast.changed == []
