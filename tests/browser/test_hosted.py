"""A hosted notebook draws each output in a frame of its own, on an address that may have no store."""

import html
import json

from nhsreform.widgets.shared.widget import StockAria
from tests.browser.pages import watched

FRAME = """<!doctype html><body><div class="nhsr-panel"><div id="mends"></div></div>
<script type="module">
const source = ESM;
const model = { get: () => "panel", set: () => 0, on: () => 0, off: () => 0, send: () => 0, save_changes: () => 0 };
const { default: widget } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
await widget.render({ model, el: document.getElementById("mends") });
// What a panel shows later has to be mended too.
document.querySelector(".nhsr-panel").insertAdjacentHTML("beforeend",
  '<div class="widget-slider"><span class="widget-label">Share</span><span class="noUi-handle"></span></div>');
</script>"""


def test_stock_widgets_are_mended_in_a_frame_without_a_store(browser):
    frame = FRAME.replace("ESM", json.dumps(StockAria._esm).replace("</", "<\\/"))
    with watched(browser) as context:
        page = context.new_page()
        page.set_content(f'<iframe sandbox="allow-scripts" srcdoc="{html.escape(frame)}"></iframe>')
        inside = page.frames[-1]
        inside.wait_for_selector(".noUi-handle[aria-label='Share']", state="attached", timeout=5_000)
