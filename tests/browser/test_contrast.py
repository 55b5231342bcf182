"""The contrast in JupyterLab: drawn, walked by keyboard, swapped, turned to every theme, saved, reopened."""

from __future__ import annotations

import json
import time

import pytest

NOTEBOOK = "scratch/contrast.ipynb"
ROOT = ".nhsr-contrast"
MARK = f"{ROOT} .nhsr-mark"
STOP = f"{MARK}[tabindex='0']"
VIEW = "application/vnd.jupyter.widget-view+json"
HOSTILE = "<img src=x onerror=\"document.title='caught'\"> & words"

# What stands where on the screen, told as contrast_model tells it.
DRAWN = """() => {
    const root = document.querySelector(".nhsr-contrast");
    const within = (selector) => [...root.querySelectorAll(selector)];
    const ids = (box) => [...box.querySelectorAll(".nhsr-claims > li")].map((card) => card.dataset.id);
    const pairs = (box) => [...box.querySelectorAll(".nhsr-pairs > li")].map((pair) =>
        [...pair.querySelectorAll(".nhsr-go")].map((button) => button.textContent));
    const folded = (words) => within("details").find((each) => each.querySelector("summary").textContent.includes(words));
    const [left, right] = within(".nhsr-column").map(ids);
    const mixed = root.querySelector(".nhsr-between");
    const none = folded("on this theme that take no side");
    const [common, division] = within(".nhsr-box").map((box) => pairs(box).filter((pair) => pair.length === 2));
    const limits = folded("one claim limits the other"), required = folded("What must be there");
    return {
        left, right, mixed: mixed ? ids(mixed) : null, none: none ? ids(none) : null,
        common: common || [], division: division || [], limits: limits ? pairs(limits) : [],
        required: required ? pairs(required).flat() : [],
    };
}"""
TOLD = """
import json
def told(view):
    said = {side: view[side]["ids"] + view[side]["none"] if side in view else None for side in ("left", "right", "mixed", "none")}
    said["none"] = said["none"] or None
    pairs = {kind: [[pair["from"], pair["to"]] for pair in view[kind]] for kind in ("common", "division", "limits")}
    return {**said, **pairs, "required": view["required"]}
"""


@pytest.fixture
def contrast(lab, open_notebook):
    """A notebook with the contrast drawn on engagement."""
    lab.write(NOTEBOOK, "import nhsreform as nr", 'c = nr.contrast("engagement")\nc')
    notebook = open_notebook(NOTEBOOK)
    notebook.run_all()
    notebook.page.wait_for_selector(STOP)
    assert notebook.errors() == []
    return notebook


def python(notebook, expression):
    return notebook.run_code(f"print({expression})")


def wait_for(notebook, expression, value):
    until = time.monotonic() + 10
    while python(notebook, expression) != value:
        assert time.monotonic() < until, f"{expression} is {python(notebook, expression)}, not {value}"


def focused(notebook):
    return notebook.page.evaluate(
        "() => document.activeElement.getAttribute('aria-label') || document.activeElement.dataset.key || ''"
    )


def drawn(notebook):
    return notebook.page.evaluate(DRAWN)


def choose(notebook, key, value):
    notebook.page.select_option(f"{ROOT} select[data-key={key}]", value)


# --- what is drawn ---------------------------------------------------------------------------------


@pytest.mark.parametrize("swapped", [False, True])
def test_every_theme_as_the_model_says(contrast, swapped):
    """Turned to in the browser, each page is the one that contrast_model gives; nothing is asked of the kernel."""
    contrast.run_code(f"{TOLD}\nc.swapped = {swapped}")
    themes = json.loads(contrast.run_code("print(json.dumps([theme['id'] for theme in c.book['themes']]))"))
    assert len(themes) == 11
    pages = {}
    for theme in themes:
        choose(contrast, "theme", theme)
        pages[theme] = drawn(contrast)
        words = contrast.page.inner_text(f"{ROOT} .nhsr-columns")
        for side in ("left", "right"):
            if not pages[theme][side]:
                assert "Nothing stands here" in words
                assert "no evidence that nobody thought so" in contrast.page.inner_text(
                    f"{ROOT} .nhsr-below .nhsr-note"
                )
    wait_for(contrast, "c.theme", themes[-1])
    code = "said = {}\nfor theme in c.book['themes']:\n    c.theme = theme['id']\n    said[c.theme] = told(c.view)\n"
    assert json.loads(contrast.run_code(f"{code}print(json.dumps(said))")) == pages


def test_two_texts_and_two_speakers_as_the_model_says(contrast):
    contrast.run_code(TOLD)
    choose(contrast, "theme", "all")
    for kind, left, right in (
        ("sources", "pct-managers", "mps-inquiry"), ("sources", "joint-report", "nuffield-polls"),
        ("speakers", "six-bodies", "senior-pct-managers"), ("speakers", "field", "vautrey"),
    ):  # fmt: skip
        choose(contrast, "compare", kind)
        # One cannot be chosen on both sides, so the order of the choices matters.
        choose(contrast, "left", left)
        choose(contrast, "right", right)
        wait_for(contrast, f"c.{kind}", repr((left, right)))
        wait_for(contrast, "c.compare", kind)
        assert drawn(contrast) == json.loads(contrast.run_code("print(json.dumps(told(c.view)))"))
        assert contrast.page.locator(f"{ROOT} .nhsr-column").count() == 2
        assert contrast.page.locator(f"{ROOT} select[data-key=left] option[value={right}]").is_disabled()
    assert contrast.errors() == []


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
    for mark in contrast.page.locator(MARK).all():
        stance = mark.get_attribute("data-stance")
        assert bool(mark.inner_text()) == (stance != "none")
        assert (mark.evaluate("(each) => getComputedStyle(each).borderRadius") == "50%") == (stance == "none")
    # Claims that take no side are not on the scale.
    assert contrast.page.locator(f"{ROOT} .nhsr-scale .nhsr-mark[data-stance=none]").count() == 0
    for token in contrast.page.locator(f"{ROOT} .nhsr-claim .nhsr-token").all():
        assert token.get_attribute("aria-label") and token.text_content()


def test_conditions_stand_with_the_claims_they_limit(contrast):
    rows = json.loads(
        contrast.run_code(
            "import json; print(json.dumps([[row.claim_id, row.condition] for row in c.claims.itertuples()]))"
        )
    )
    assert any(condition for _, condition in rows)
    for claim_id, condition in rows:
        card = contrast.page.locator(f"{ROOT} li[data-id={claim_id}]")
        assert card.locator(".nhsr-condition q").all_text_contents() == ([condition] if condition else [])


# --- by keyboard ------------------------------------------------------------------------------------


def test_the_whole_keyboard_path(contrast):
    page, cells = contrast.page, contrast.cells()
    page.focus(f"{ROOT} select[data-key=theme]")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(contrast) == "swap"
    page.keyboard.press("Enter")
    wait_for(contrast, "c.swapped", "True")
    assert focused(contrast) == "swap"
    page.keyboard.press("Enter")
    wait_for(contrast, "c.swapped", "False")

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
    page.wait_for_selector(f"{ROOT} .nhsr-more")
    wait_for(contrast, "c.claim is None", "False")
    opened = python(contrast, "c.selected")
    assert focused(contrast) == f"Less on {opened}"
    assert page.locator(f"{ROOT} .nhsr-open[aria-expanded=true]").count() == 1
    assert page.inner_text(f"{ROOT} li[data-id={opened}] .nhsr-more").startswith(python(contrast, "c.claim.paraphrase"))
    page.keyboard.press("Escape")
    wait_for(contrast, "c.selected", "None")
    assert focused(contrast) == mark
    assert page.locator(f"{ROOT} .nhsr-more").count() == 0

    # A claim that takes no side is opened from the strip too, and its fold with it.
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    wait_for(contrast, "c.claim.position", "none")
    assert page.locator(f"{ROOT} .nhsr-more").is_visible()
    page.keyboard.press("Escape")

    # The fold is closed over the open claim: the same mark opens it again.
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    wait_for(contrast, "c.claim.position", "none")
    page.locator(f"{ROOT} details:has(.nhsr-more) > summary").click()
    assert page.locator(f"{ROOT} .nhsr-more").is_hidden()
    page.focus(f"{ROOT} .nhsr-mark[tabindex='0']")
    page.keyboard.press("Enter")
    page.locator(f"{ROOT} .nhsr-more").wait_for(state="visible")
    page.keyboard.press("Escape")

    # From a card by Tab to its neighbour's button; Enter opens and closes it.
    page.focus(f"{ROOT} .nhsr-column >> nth=1 >> css=.nhsr-open >> nth=0")
    page.keyboard.press("Enter")
    wait_for(contrast, "c.claim.position", "enthusiast")
    page.keyboard.press("Enter")
    wait_for(contrast, "c.selected", "None")

    # A pair leads to its claims.
    page.focus(f"{ROOT} .nhsr-box >> nth=1 >> css=.nhsr-go >> nth=0")
    name = page.evaluate("() => document.activeElement.textContent")
    page.keyboard.press("Enter")
    wait_for(contrast, "c.selected", name)
    assert focused(contrast) == f"Less on {name}"
    assert contrast.cells() == cells


@pytest.mark.parametrize(
    "where",
    [
        "select[data-key=theme]",
        "button[data-key=swap]",
        ".nhsr-mark[tabindex='0']",
        ".nhsr-open",
        "summary",
        ".nhsr-go",
    ],
)
def test_keys_stay_inside(contrast, where):
    cells = contrast.cells()
    contrast.page.focus(f"{ROOT} {where} >> nth=0")
    # One key at a time: "b" and "x" together would leave as many cells as there were.
    for key in ("b", "a", "x", "m"):
        contrast.page.keyboard.press(key)
        contrast.page.wait_for_timeout(200)
        assert contrast.cells() == cells, key
        assert contrast.page.locator(".jp-MarkdownCell").count() == 0


def test_a_key_outside_still_works(contrast):
    """Shows that the test above can fail: the same key, pressed on the cell, does insert one."""
    cells = contrast.cells()
    contrast.page.click(".jp-InputArea-prompt >> nth=0")
    contrast.page.keyboard.press("b")
    contrast.page.wait_for_function(
        "(cells) => document.querySelectorAll('.jp-Notebook-cell').length > cells", arg=cells
    )


# --- state ------------------------------------------------------------------------------------------


def test_swapping_turns_columns_and_strip(contrast):
    page = contrast.page

    def sides():
        return page.locator(f"{ROOT} .nhsr-column").evaluate_all("(all) => all.map((each) => each.dataset.side)")

    def scale():
        return page.locator(f"{ROOT} .nhsr-scale .nhsr-bin").evaluate_all(
            "(all) => all.map((each) => each.dataset.stance)"
        )

    before = scale()
    assert sides() == ["sceptic", "enthusiast"]
    page.click(f"{ROOT} button[data-key=swap]")
    assert sides() == ["enthusiast", "sceptic"]
    assert scale() == before[::-1]
    wait_for(contrast, "c.claims.side.iloc[0] + ' ' + c.claims.position.iloc[0]", "left enthusiast")


def test_python_sets_the_state(contrast):
    page = contrast.page
    contrast.run_code("c.theme = 'patient-care'; c.selected = c.view['right']['ids'][1]")
    page.wait_for_selector(f"{ROOT} .nhsr-more")
    assert page.locator(f"{ROOT} select[data-key=theme]").input_value() == "patient-care"
    assert page.locator(f"{ROOT} .nhsr-chosen").count() == 1
    # A claim that is not on the next theme is closed on both ends.
    choose(contrast, "theme", "incentives")
    wait_for(contrast, "c.selected", "None")
    assert page.locator(f"{ROOT} .nhsr-more").count() == 0


def test_two_views_of_one_contrast_agree(contrast):
    contrast.run_code("from IPython.display import display")
    contrast.page.evaluate(
        """() => {
            const panel = window.jupyterapp.shell.currentWidget;
            panel.content.widgets[0].model.sharedModel.setSource("c2 = c\\ndisplay(c2)");
            panel.content.activeCellIndex = 0;
        }"""
    )
    contrast.command("notebook:run-cell")
    contrast.page.wait_for_selector(f"{ROOT} >> nth=1")
    contrast.page.click(f"{ROOT} >> nth=1 >> css=button[data-key=swap]")
    contrast.page.wait_for_selector(f"{ROOT} >> nth=0 >> css=.nhsr-column[data-side=enthusiast] >> nth=0")
    first = contrast.page.locator(f"{ROOT} >> nth=0 >> css=.nhsr-column >> nth=0")
    assert first.get_attribute("data-side") == "enthusiast"


def test_without_a_kernel_every_page_can_still_be_turned_to(contrast):
    contrast.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    choose(contrast, "theme", "politics")
    assert "Bill" in contrast.page.inner_text(f"{ROOT} .nhsr-definition")
    contrast.page.click(f"{ROOT} .nhsr-open >> nth=0")
    assert contrast.page.locator(f"{ROOT} .nhsr-more").count() == 1
    choose(contrast, "compare", "speakers")
    assert contrast.page.locator(f"{ROOT} .nhsr-column h3").all_text_contents() == ["Steve Field", "Richard Vautrey"]


def test_words_are_never_read_as_html(lab, open_notebook):
    change = (
        "import copy\nc = nr.contrast()\nbook = copy.deepcopy(c.book)\nhostile = " + repr(HOSTILE) + "\n"
        "for claim in book['claims'].values():\n    claim.update(words=hostile, role=hostile, note=hostile, "
        "condition=hostile, condition_label=hostile, paraphrase=hostile, readings=[hostile], voice=hostile)\n"
        "for pair in book['pairs']:\n    pair['why'] = hostile\n"
        "book['themes'][1]['definition'] = hostile\nc.book = book\nc"
    )
    lab.write(NOTEBOOK, "import nhsreform as nr", change)
    notebook = open_notebook(NOTEBOOK)
    notebook.run_all()
    notebook.page.click(f"{ROOT} .nhsr-open >> nth=0")
    notebook.page.wait_for_timeout(300)
    assert notebook.page.locator(f"{ROOT} img").count() == 0
    assert notebook.page.title() != "caught"
    assert notebook.page.locator(f"{ROOT} blockquote >> nth=0").inner_text() == HOSTILE


def test_copied_words_are_the_source_alone(contrast):
    copied = contrast.page.evaluate(
        """() => {
            const range = document.createRange();
            range.selectNodeContents(document.querySelector(".nhsr-contrast blockquote"));
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            return getSelection().toString();
        }"""
    )
    assert copied == python(contrast, "c.claims.exact.iloc[0]")


# --- looks, the next day, bytes ------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [620, 1400])
def test_axe_and_looks(contrast, theme, width):
    contrast.look(theme, width)
    contrast.page.click(f"{MARK} >> nth=2")
    contrast.page.click(f"{ROOT} summary >> nth=0")
    contrast.screenshot(f"contrast-camps-{theme}-{width}")
    assert contrast.axe(ROOT) == []
    assert contrast.page.evaluate(
        "() => { const root = document.querySelector('.nhsr-contrast'); return root.scrollWidth <= root.clientWidth + 1; }"
    )
    choose(contrast, "theme", "incentives")
    contrast.screenshot(f"contrast-empty-{theme}-{width}")
    assert contrast.axe(ROOT) == []
    contrast.run_code(
        "c.compare, c.sources, c.theme = 'sources', ('joint-report', 'pct-managers'), 'collaboration-with-hospitals'"
    )
    contrast.page.wait_for_selector(f"{ROOT} .nhsr-two")
    contrast.screenshot(f"contrast-texts-{theme}-{width}")
    assert contrast.axe(ROOT) == []


def test_day_two(contrast, lab, open_notebook):
    """Run, save, restart the server, reopen: both sides stand there, not an error."""
    left, right = python(contrast, "c.view['left']['ids'][0]"), python(contrast, "c.view['right']['ids'][0]")
    saved = contrast.save()
    outputs = saved["cells"][1]["outputs"]
    assert [VIEW in output["data"] for output in outputs] == [False]
    assert "widgets" not in saved["metadata"]
    assert len(json.dumps(outputs)) < 25_000
    # The widget on the screen stays alive through the save.
    contrast.page.click(f"{ROOT} .nhsr-open >> nth=0")
    contrast.page.wait_for_selector(f"{ROOT} .nhsr-more")
    contrast.page.context.close()
    lab.stop()
    lab.start()
    again = open_notebook(NOTEBOOK)
    shown = again.page.locator(".jp-OutputArea-output").last
    shown.wait_for()
    words = shown.inner_text()
    assert "model not found" not in words
    assert left in words and right in words
    assert "Run this cell again to open the contrast" in words
    for theme in ("light", "dark"):
        again.look(theme)
        again.screenshot(f"contrast-day-two-{theme}")
