"""The decks in a browser, opened from the disk: nothing runs out of a slide, keys turn them, one prints to a page."""

import re
from contextlib import closing
from functools import partial

import pytest

from nhsreform.publish.slides import deck
from tests.browser.pages import COLOURS, findings, resize

NAMES = ["two-hours", "three-weeks", "eight-weeks"]
# For each slide: what stands below its foot or beside its box, and what is smaller than the back row can read.
UNFIT = """(least) => [...document.querySelectorAll('.slide')].flatMap((slide) => {
  document.querySelectorAll('.slide').forEach((one) => one.classList.toggle('now', one === slide));
  const box = slide.querySelector('.box').getBoundingClientRect(), foot = slide.querySelector('.foot').getBoundingClientRect();
  const told = [];
  for (const piece of slide.querySelectorAll('h1, h2, .body *')) {
    const { bottom, right, width } = piece.getBoundingClientRect();
    if (width && (bottom > foot.top + 1 || right > box.right - 60)) told.push(`${piece.tagName} runs out`);
  }
  for (const piece of slide.querySelectorAll('.box *')) {
    const said = [...piece.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (said && parseFloat(getComputedStyle(piece).fontSize) < least) told.push(`${piece.tagName} is small`);
  }
  return told.length ? [`${slide.id} ${slide.querySelector('h1, h2').textContent}: ${told[0]}`] : [];
})"""
LEAST = 28


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    return {path.stem: path for path in deck.write(tmp_path_factory.mktemp("decks"))}


@pytest.fixture
def opened(open_file):
    return partial(open_file, width=1280, height=720)


SHOWN = "() => [...document.querySelectorAll('.slide')].filter((each) => each.checkVisibility()).map(({ id }) => +id)"


def shown(page):
    """Return the numbers of the slides that can be seen."""
    return page.evaluate(SHOWN)


def at_slide(page, number):
    """Wait until one slide alone is shown, has the focus and is what the address says.

    The address and a link's way to its slide come after the key or the click that asks for them.
    """
    page.wait_for_function(
        f"(number) => ({SHOWN})().join() === `${{number}}` && document.activeElement.id === `${{number}}`"
        " && location.hash === `#${number}`",
        arg=number,
        timeout=5_000,
    )


def test_every_slide_fits_and_is_read_from_the_back_row(decks, opened):
    unfit = {name: opened(path).evaluate(UNFIT, LEAST) for name, path in decks.items()}
    assert {name: told for name, told in unfit.items() if told} == {}


def test_the_measure_sees_what_runs_out_and_what_is_small(decks, opened):
    page = opened(decks["two-hours"])
    page.evaluate(
        "document.getElementById('3').querySelector('.body').insertAdjacentHTML('beforeend', '<p>x</p>'.repeat(20))"
    )
    page.evaluate("document.getElementById('4').querySelector('h2').style.fontSize = '20px'")
    assert [told.split()[0] for told in page.evaluate(UNFIT, LEAST)] == ["3", "4"]


def test_keys_and_buttons_turn_the_slides(decks, opened):
    page = opened(decks["two-hours"])
    last = page.locator(".slide").count()
    assert shown(page) == [1]
    for key, at in [
        ("ArrowRight", 2), ("ArrowDown", 3), ("PageDown", 4), ("ArrowLeft", 3), ("ArrowUp", 2), ("PageUp", 1),
        ("PageUp", 1), ("End", last), ("ArrowRight", last), ("Home", 1),
    ]:  # fmt: skip
        page.keyboard.press(key)
        at_slide(page, at)
    assert f"1 / {last}" in page.locator(".slide.now .foot").inner_text()
    assert page.get_by_role("button", name="Back").is_disabled()
    page.get_by_role("button", name="Next").click()
    at_slide(page, 2)
    # A key that does nothing has done so once the next one has done something.
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("ArrowRight")
    at_slide(page, 3)
    page.keyboard.press("Home")
    at_slide(page, 1)
    page.get_by_role("link", name="One session").click()
    at_slide(page, 2)


def test_a_deck_opens_where_its_address_says(decks, opened):
    assert shown(opened(decks["eight-weeks"], at="#30")) == [30]
    assert shown(opened(decks["two-hours"], at="#4000")) == [opened(decks["two-hours"]).locator(".slide").count()]


@pytest.mark.parametrize("size", [(1920, 1080), (1024, 768), (800, 400)])
def test_a_slide_fills_its_window_and_is_never_cut(decks, opened, size):
    page = opened(decks["two-hours"], width=size[0], height=size[1])
    page.keyboard.press("ArrowRight")
    box = page.locator(".slide.now .box").bounding_box()
    assert box["x"] >= -1 and box["y"] >= -1
    assert box["x"] + box["width"] <= size[0] + 1 and box["y"] + box["height"] <= size[1] + 1
    assert abs(box["width"] - size[0]) < 2 or abs(box["height"] - size[1]) < 2


def test_a_narrow_window_gets_a_page_to_scroll(decks, opened):
    page = opened(decks["two-hours"], width=320, height=640)
    assert len(shown(page)) == page.locator(".slide").count()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    before = page.evaluate("location.href")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("location.href") == before


def test_light_and_dark(decks, opened):
    ground = "getComputedStyle(document.querySelector('.box')).backgroundColor"
    for scheme, colour in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(17, 19, 21)")):
        page = opened(decks["two-hours"], scheme)
        assert page.evaluate(ground) == colour
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_notes_come_with_a_key_and_are_never_printed(decks, opened):
    page = opened(decks["01-joint-report"])
    page.keyboard.press("n")
    assert page.locator(".notes:visible").count() == 0, "this slide has none"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    at_slide(page, 3)
    page.keyboard.press("n")
    notes = page.locator(".notes:visible")
    notes.wait_for()
    assert page.get_by_role("button", name="Notes").get_attribute("aria-pressed") == "true"
    # In the notes the keys scroll; beside them they turn the slides.
    notes.focus()
    page.keyboard.press("ArrowDown")
    assert shown(page) == [3] and findings(page) == []
    page.emulate_media(media="print")
    assert page.locator(".notes:visible").count() == 0
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Next").click()
    at_slide(page, 4)
    assert page.locator(".notes:visible").count() == 0


def all_at_once(page):
    """Show every slide, one below the other, in a window so tall that axe need not scroll."""
    resize(page, 1280, 9000)
    # The page fits its slide to the new window first; two frames later that is done.
    page.evaluate(
        """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
          document.documentElement.classList.remove('show');
          done();
        })))"""
    )
    assert len(shown(page)) == page.locator(".slide").count()


@pytest.mark.parametrize(("scheme", "rules"), [("light", {}), ("dark", COLOURS)])
def test_axe_finds_nothing(decks, opened, scheme, rules):
    """The longest deck holds the slides of the others, but for those of notebook 09."""
    for name in ("eight-weeks", "09-before-and-after"):
        page = opened(decks[name], scheme)
        assert findings(page, **rules) == []
        all_at_once(page)
        assert findings(page, **rules) == []


def test_axe_sees_a_faint_heading_far_down(decks, opened):
    page = opened(decks["two-hours"])
    all_at_once(page)
    page.evaluate("document.getElementById('30').querySelector('h2').style.color = '#ddd'")
    assert [told.split(":")[0].split()[-1] for told in findings(page, **COLOURS)] == ["color-contrast"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_one_slide_prints_to_a_page(decks, opened, name, scheme):
    page = opened(decks[name], scheme)
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == page.locator(".slide").count()


def test_without_a_script_every_slide_is_there(decks, browser):
    with closing(browser.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto(decks["two-hours"].as_uri())
        assert page.locator(".slide").count() == len(shown(page))
        assert page.locator("nav").is_hidden()
