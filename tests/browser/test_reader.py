"""The reader in a plain page: drawn, walked by keyboard, filtered, and holding no more than Python knows."""

from __future__ import annotations

import pytest

import nhsreform as nr
from nhsreform.debate.card import KEPT_BACK
from nhsreform.widgets.contrast.model import SCALE
from nhsreform.widgets.reader.reader import FILTERS, _values

ROOT = ".nhsr-reader"
MARK = f"{ROOT} .nhsr-claim[role=button]"


@pytest.fixture
def reader(hosted):
    """The reader drawn, its coding not yet shown."""
    return hosted(nr.reader("joint-report"))


def reveal(reader):
    reader.page.click(f"{ROOT} >> text=Show the coding")


def focused(reader):
    return reader.page.evaluate("() => document.activeElement.getAttribute('aria-label') || ''")


def test_opens_unmarked(reader):
    assert reader.page.locator(f"{ROOT} .nhsr-claim").count() == 0
    assert reader.page.locator(f"{ROOT} .nhsr-coding").is_hidden()
    assert "press office" not in reader.page.inner_text(ROOT).replace("Press officers", "")
    folded = reader.page.locator(f"{ROOT} details")
    assert folded.count() >= 1
    assert folded.first.get_attribute("open") is None


def test_the_whole_keyboard_path(reader):
    page = reader.page
    page.focus(f"{ROOT} .nhsr-bar button")
    page.keyboard.press("Enter")
    assert reader.python.revealed
    # The name of the button has changed under the focus, which no screen reader says.
    heard = page.locator(f"{ROOT} .nhsr-heard[role=status]")
    assert heard.inner_text().startswith("The coding is shown below")
    marks = page.locator(MARK).count()

    # Tab leads through the filters to the text, where one stop stands for all claims.
    for _ in range(20):
        page.keyboard.press("Tab")
        if focused(reader).startswith("Claim"):
            break
    assert focused(reader).startswith("Claim 1,")
    page.keyboard.press("ArrowDown")
    assert focused(reader).startswith("Claim 2,")
    page.keyboard.press("j")
    assert focused(reader).startswith("Claim 3,")
    page.keyboard.press("k")
    page.keyboard.press("ArrowUp")
    assert focused(reader).startswith("Claim 1,")
    page.keyboard.press("End")
    assert focused(reader).startswith(f"Claim {marks},")
    page.keyboard.press("Home")

    # Enter opens the card; the arrows walk on with it; what is open is said to a screen reader.
    page.keyboard.press("Enter")
    assert focused(reader).startswith("Claim 1,")
    assert reader.python.claim.claim_id == "joint-report-c01"
    page.keyboard.press("ArrowDown")
    assert reader.python.claim.claim_id == "joint-report-c02"
    assert page.locator(f"{ROOT} .nhsr-card").count() == 1
    assert "Claim 2 of" in page.locator(f"{ROOT} .nhsr-heard").inner_text()

    # Tab goes into the card, past its id and Previous; Next keeps the focus, Escape closes and leads back to the claim.
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "joint-report-c02"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Next"
    page.keyboard.press("Enter")
    assert reader.python.claim.claim_id == "joint-report-c03"
    assert page.evaluate("() => document.activeElement.textContent") == "Next"
    page.keyboard.press("Escape")
    assert reader.python.claim is None
    assert focused(reader).startswith("Claim 3,")


def test_python_shows_and_hides_the_coding(reader):
    reader.tell(revealed=True)
    assert reader.page.locator(MARK).count() == len(reader.python.page["claims"])
    reader.tell(revealed=False)
    assert reader.page.locator(MARK).count() == 0


def test_filters(reader):
    reveal(reader)
    page = reader.page
    total = page.locator(MARK).count()
    assert page.locator(f"{ROOT} .nhsr-shown").inner_text() == f"{total} of {total} claims marked."
    chip = page.locator(f"{ROOT} .nhsr-chips [data-key=enthusiast]")
    number = int(chip.locator(".nhsr-count").inner_text())
    numbers = page.locator(f"{ROOT} .nhsr-chips .nhsr-count").all_inner_texts()
    chip.click()
    # What each of the other positions would show is still said.
    assert page.locator(f"{ROOT} .nhsr-chips .nhsr-count").all_inner_texts() == numbers
    assert chip.get_attribute("aria-pressed") == "true"
    assert page.locator(f"{ROOT} .nhsr-claim[role=button]:not(.nhsr-off)").count() == number
    assert page.locator(f"{ROOT} .nhsr-shown").inner_text().startswith(f"{number} of {total}")
    assert reader.python.filters == {"position": "enthusiast"}
    # Walking passes over what is filtered out.
    page.focus(f"{ROOT} .nhsr-claim[tabindex='0']")
    for _ in range(number + 2):
        assert "enthusiast" in focused(reader)
        page.keyboard.press("ArrowDown")


def test_each_filter_marks_what_python_finds_under_it(reader):
    """`VALUES` and `POSITIONS` in reader.js are `_values` and the stances in Python."""
    reveal(reader)
    page, claims = reader.page, reader.python.page["claims"]
    tokens = page.locator(f"{ROOT} .nhsr-chips .nhsr-token").evaluate_all(
        "(all) => all.map((each) => [each.dataset.stance, each.textContent])"
    )
    # A position that no claim of the text takes is not offered.
    there = {claim["stance"] for claim in claims} | {claim["position"] for claim in claims}
    shown = [stance for stance in (*SCALE, KEPT_BACK) if {stance.key, stance.key.rstrip("-12")} & there]
    assert len(tokens) == len(shown) > 4
    assert dict(tokens) == {stance.key: stance.token for stance in shown}
    for key in FILTERS:
        offered = {
            "position": f"{ROOT} .nhsr-chips button",
        }.get(key, f"{ROOT} select[data-key={key}] option:not([value=''])")
        offers = page.locator(offered).evaluate_all("(all) => all.map((each) => each.value || each.dataset.key)")
        assert sorted(offers) == sorted({name for claim in claims for name in _values(claim, key)})
        for value in offers:
            reader.tell(filters={key: value})
            marked = sum(value in _values(claim, key) for claim in claims)
            assert page.locator(f"{MARK}:not(.nhsr-off)").count() == marked, (key, value)
