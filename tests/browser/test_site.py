"""The reading edition in a browser: every page opened from the disk, light and dark, wide and narrow, and by keyboard."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from contextlib import closing

from tests.browser.pages import findings


def test_on_a_phone_the_contents_open_by_keyboard(opened):
    page = opened("notebooks/01-joint-report.html", width=390)
    contents = page.get_by_role("navigation", name="Contents")
    assert not contents.is_visible()
    menu = page.get_by_role("button", name="Contents")
    menu.focus()
    page.keyboard.press("Enter")
    assert contents.is_visible() and menu.get_attribute("aria-expanded") == "true"
    assert contents.get_by_role("link", name="01 The joint report", exact=True).get_attribute("aria-current") == "page"
    assert findings(page) == []


def test_on_a_wide_screen_the_contents_stay_in_view_at_the_page_itself(opened):
    page = opened("teaching/marking.html")
    page.evaluate("() => scrollTo(0, 3000)")
    here = page.get_by_role("navigation", name="Contents").get_by_role("link", name="Marking a class", exact=True)
    assert here.get_attribute("aria-current") == "page"
    box, height = here.bounding_box(), page.viewport_size["height"]
    assert box["y"] >= 0 and box["y"] + box["height"] <= height


def test_the_skip_link_leads_to_the_text(opened):
    for name in ("notebooks/01-joint-report.html", "search.html"):
        page = opened(name)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        # A screen reader goes on from there: with the title, not with the list of what is on the page.
        assert page.evaluate("() => document.activeElement.querySelector('h1, summary').tagName") == "H1", name
        assert page.evaluate("() => document.activeElement.id") == "text"


def test_light_and_dark_can_be_chosen_and_are_kept(opened):
    page = opened("index.html")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Show the pages dark").click()
    assert page.evaluate(ground) != light
    page = opened("glossary.html", page=page)
    assert page.evaluate(ground) != light
    page.get_by_role("button", name="Show the pages light").click()
    assert page.evaluate(ground) == light


def test_the_strip_of_a_contrast_is_walked_by_arrow_keys(opened):
    page = opened("notebooks/06-enthusiasts-and-sceptics.html")
    contrast = page.locator(".live[data-widget=contrast]").first
    first = contrast.locator(".nhsr-mark[tabindex='0']")
    first.focus()
    before = first.get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    label = page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert label != before and label.startswith("Claim 2 of ")
    page.keyboard.press("Enter")
    assert contrast.locator("[aria-expanded=true]").count() == 1
    page.keyboard.press("Escape")
    assert contrast.locator("[aria-expanded=true]").count() == 0


def test_a_theme_can_be_chosen_in_a_contrast(opened):
    page = opened("notebooks/06-enthusiasts-and-sceptics.html")
    contrast = page.locator(".live[data-widget=contrast]").first
    before = contrast.locator(".nhsr-asked").inner_text()
    contrast.get_by_label("Question").select_option("accountability")
    assert contrast.locator(".nhsr-asked").inner_text() != before


def test_a_claim_in_the_reader_is_opened_by_enter(opened):
    page = opened("notebooks/01-joint-report.html")
    unmarked, marked = page.locator(".live[data-widget=reader]").all()
    assert unmarked.locator(".nhsr-claim").count() == 0
    marked.locator(".nhsr-claim[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    card = marked.locator(".nhsr-card")
    assert card.is_visible() and "claim 2 of 66" in card.inner_text().lower()
    page.keyboard.press("Escape")
    assert card.count() == 0
    unmarked.get_by_role("button", name="Show the coding").press("Enter")
    assert unmarked.locator(".nhsr-claim").count() > 0


def test_the_kept_back_claims_stay_uncoded_in_the_reader(opened, site):
    page = opened("notebooks/01-joint-report.html")
    marks = page.locator(".live[data-widget=reader]").nth(1).locator(".nhsr-claim[data-stance=kept-back][role=button]")
    assert marks.count() == 4
    marks.first.click()
    assert "Kept back for notebook 06" in page.locator(".nhsr-card").inner_text()


def test_the_timeline_runs(opened):
    page = opened("notebooks/07-what-happened-next.html")
    event = page.locator(".live[data-widget=timeline] button.nhsr-event").first
    event.press("Enter")
    assert event.get_attribute("aria-expanded") == "true"


def test_charts_answer_to_the_mouse_and_keep_their_table(opened):
    page = opened("notebooks/06-enthusiasts-and-sceptics.html")
    charts = page.locator("figure.chart")
    assert charts.count() == 1
    for chart in charts.all():
        assert chart.locator("svg").count() == 1
        assert chart.locator(".vega-actions").count() == 0
    # It answers a guess, so it is folded.
    page.locator("details", has=page.locator("figure.chart")).first.locator("summary").first.click()
    charts.first.locator(".mark-symbol path").first.hover()
    page.locator("#vg-tooltip-element.visible").wait_for()
    assert "claims" in page.locator("#vg-tooltip-element").inner_text()
    numbers = page.locator("figure.chart + details").first
    numbers.locator("summary").press("Enter")
    assert numbers.get_by_role("table").is_visible()


def test_a_wide_table_is_scrolled_by_keyboard_and_a_narrow_one_is_no_stop(opened):
    page = opened("tables/claims.html")
    box = page.locator(".rows")
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.rows').scrollLeft > 0")
    # A box is told of its size only after it has been drawn.
    page.wait_for_function("() => !document.querySelector('.wide:not(.rows)').hasAttribute('tabindex')")


def test_search_finds_a_page_from_the_disk(opened):
    page = opened("index.html")
    page.get_by_label("Words to search for").fill("mandatory voluntary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    found = page.locator("#search-results li", has=page.locator("a[href^='notebooks/01-joint-report']")).first
    found.locator("p.context", has_text="andatory").wait_for()
    page.locator("#search-results a[href^='notebooks/01-joint-report']").first.click()
    page.wait_for_url("**/notebooks/01-joint-report.html*")


def test_an_answer_is_folded_until_it_is_asked_for(opened):
    page = opened("exercises/01-joint-report.html")
    answer = page.locator("details.answer").first
    assert not answer.locator("pre").is_visible()
    answer.locator("summary").press("Enter")
    assert answer.locator("pre").inner_text().strip() == 'q1_1 = "include"'


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_the_edition_works_from_a_server_too(opened, site, network):
    with network.inside():
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = opened("notebooks/01-joint-report.html", base=f"http://127.0.0.1:{server.server_address[1]}")
        assert page.locator(".nhsr-reader").count() == 2
        assert page.locator("figure.chart svg").count() == 2
    finally:
        server.shutdown()
        server.server_close()


def test_without_javascript_the_words_are_all_there(browser, site):
    with closing(browser.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto((site / "notebooks" / "01-joint-report.html").as_uri())
        assert page.get_by_role("navigation", name="Contents").is_visible()
        assert "have the potential to help improve care" in page.locator(".saved").first.inner_text()


def test_paper_shows_the_text_alone(opened):
    page = opened("notebooks/01-joint-report.html")
    page.emulate_media(media="print")
    for name in (".top", ".contents", ".bottom", ".nhsr-bar button"):
        assert not page.locator(name).first.is_visible()
    assert page.locator("h1").is_visible()


def test_the_state_given_to_the_widgets_is_json(opened):
    page = opened("notebooks/02-pct-managers.html")
    for text in page.locator(".live script").all_text_contents():
        json.loads(text)
