"""The browser edition whole, in Chromium: widgets by keyboard, work kept, nothing kept, work carried over, work out of reach.

Slow, and not in the suite, because Python starts anew in the page again and again and its files have to be downloaded once:
`pytest tests/browser/whole_edition.py`. Every notebook in it is run by benchmarks/browser_edition.py, and by tests.firefox.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

import nhsreform as nr
from nhsreform.publish.browser import build
from nhsreform.work import store
from tests.browser.edition import CELLS, NOTEBOOKS, Edition, differences, serve
from tests.browser.lab import Notebook, draw
from tests.browser.network import QUIET
from tests.browser.walks import PANELS, PATHS, SCRATCH, enter, in_a_cell

WAIT = 240_000
WORD = "kumquat"
SAVED = "import nhsreform as nr\nfrom nhsreform.work import store\n"
SAVE = f"{SAVED}store.put('predictions', '01.1', {{'answer': '{WORD}', 'date': '2026-11-27'}})\nnr.save('mine.json')"
ANSWER = "store.get('predictions', '01.1', {}).get('answer')"
LINK = "() => document.querySelector('.jp-OutputArea a[download]').href"
READY = """() => ["idle", "busy"].includes(
    window.jupyterapp?.shell?.currentWidget?.context?.sessionContext?.session?.kernel?.status)"""
# The modules whose source was compiled in the browser: neither bytecode without a source, nor bytecode that is not looked at again.
COMPILED_HERE = """import sys
def compiled_here(module):
    spec = getattr(module, "__spec__", None)
    if not spec or spec.origin == "frozen" or not (getattr(module, "__file__", None) or "").endswith(".py"):
        return False
    try:
        return open(spec.cached, "rb").read(8)[4:] != bytes([1, 0, 0, 0])
    except OSError:
        return True
print(sorted(name for name, module in list(sys.modules.items()) if compiled_here(module)))"""
BAR = "() => document.querySelector('#nhsr-bar [data-line=kept]')?.textContent"
# What a page can read of what this browser keeps, of a page in a frame, and of files that only the service worker answers.
READS = """async ([url, word]) => {
    let kept = "";
    for (const { name } of await indexedDB.databases()) {
        const base = await new Promise((done) => { indexedDB.open(name).onsuccess = (event) => done(event.target.result); });
        for (const shelf of base.objectStoreNames) {
            const all = base.transaction(shelf).objectStore(shelf).getAll();
            kept += JSON.stringify(await new Promise((done) => { all.onsuccess = () => done(all.result); }));
        }
        base.close();
    }
    const frame = document.createElement("iframe");
    frame.src = `${url}/lab/index.html`;
    await new Promise((done) => { frame.onload = done; document.body.append(frame); });
    let framed = false;
    try { framed = Boolean(frame.contentWindow.document.title); } catch {}
    frame.remove();
    const page = await fetch(`${url}/edition.json`).then((answer) => answer.text()).catch(() => "");
    return { kept: kept.includes(word), framed, fetched: page !== "" };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("edition") / "browser"
    build.build(out, build.files_in())
    return out


@pytest.fixture(scope="module")
def server(folder, network):
    serving = serve(folder, network)
    yield serving
    serving.shutdown()


@pytest.fixture(scope="module")
def visitor(server, browser):
    """Somebody with a browser of their own: the context, and the edition open in it."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    yield context, opened(context, f"http://127.0.0.1:{server.server_port}")
    context.close()


def opened(context, url):
    context.set_default_timeout(WAIT)
    edition = Edition(url, context.new_page())
    edition.visit()
    return edition


def digest(folder):
    """Return one hash of every name and every byte in a folder."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            whole.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def test_another_build_is_the_same_to_the_byte(folder, tmp_path):
    command = [sys.executable, "-m", "nhsreform.commands", "build", "--browser", str(tmp_path / "browser")]
    subprocess.run(
        command, check=True, env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}, cwd=build.checkout()
    )
    assert digest(tmp_path / "browser") == digest(folder)


@pytest.mark.parametrize("widget", PATHS)
def test_a_widget_is_drawn_and_hears_keys(visitor, widget):
    _, edition = visitor
    assert in_a_cell(edition, edition.page, widget) == ""


def test_what_is_entered_by_keyboard_is_there_on_the_next_visit(visitor):
    _, edition = visitor
    notebook = draw(edition, edition.page, SCRATCH, "import nhsreform")
    for name in PANELS:
        notebook.put(PANELS[name].cell())
        notebook.run_all()
        enter(notebook, name)
    edition.visit()
    notebook = Notebook(edition, edition.page, SCRATCH)
    for panel in PANELS.values():
        notebook.put(panel.cell())
        notebook.run_all()
        assert notebook.python(panel.says) == panel.value, panel.code


# --- how soon it is there ---------------------------------------------------------------------------------------------


def test_python_starts_once_and_before_jupyterlab_asks(server, browser):
    context = browser.new_context()
    context.set_default_timeout(WAIT)
    page, workers = context.new_page(), []
    page.on("worker", lambda worker: workers.append(worker.url))
    url = f"http://127.0.0.1:{server.server_port}"
    for _ in ("first visit", "second visit"):
        del workers[:]
        page.goto(f"{url}/lab/index.html?path={NOTEBOOKS[1]}")
        page.wait_for_function(READY)
        # JupyterLab itself would add a question mark and a version to the address.
        assert len(workers) == 1 and workers[0].endswith(".js"), workers
        # The page is not opened anew to have the service worker in control.
        assert page.evaluate("() => performance.getEntriesByType('navigation')[0].type") == "navigate"
    context.close()


def test_a_notebook_is_as_committed_and_no_module_of_it_is_compiled_in_the_browser(server, browser):
    context = browser.new_context()
    edition = opened(context, f"http://127.0.0.1:{server.server_port}")
    notebook = Notebook(edition, edition.page, NOTEBOOKS[1])
    notebook.run_all()
    assert differences(NOTEBOOKS[1], edition.page.evaluate(CELLS)) == []
    assert notebook.run_code(COMPILED_HERE).strip() == "[]"
    context.close()


# --- where nothing is kept -----------------------------------------------------------------------------------------


def runs_and_offers_a_file(edition):
    """Run a table, save, and hold the file that is offered against what was entered."""
    notebook = draw(edition, edition.page, SCRATCH, f"{SAVE}\nlen(nr.table('claims'))")
    edition.page.wait_for_function("() => document.querySelector('.jp-OutputArea a[download]')")
    text = b64decode(edition.page.evaluate(LINK).partition(",")[2])
    assert json.loads(text)["sections"]["predictions"]["01.1"]["answer"] == WORD
    assert notebook.python("len(nr.table('claims'))") == str(len(nr.table("claims")))
    return notebook


@pytest.fixture
def cut_off(browser, network, refuser, chromium_path, tmp_path):
    """A function that starts Chromium with other settings, on a profile of its own."""
    started = []

    def start(settings, *args):
        profile = tmp_path / "profile"
        (profile / "Default").mkdir(parents=True)
        (profile / "Default" / "Preferences").write_text(json.dumps(settings))
        with network.inside():
            context = browser.browser_type.launch_persistent_context(
                profile,
                executable_path=chromium_path,
                args=[*QUIET, *args],
                proxy={"server": refuser.address, "bypass": "127.0.0.1,pack.test"},
                chromium_sandbox=hasattr(os, "geteuid") and os.geteuid() != 0,
            )
        started.append(context)
        return context

    yield start
    for context in started:
        context.close()


def test_at_a_plain_http_address_it_runs_and_says_that_nothing_lasts(server, cut_off):
    context = cut_off({}, "--host-resolver-rules=MAP pack.test 127.0.0.1")
    edition = opened(context, f"http://pack.test:{server.server_port}")
    line = edition.page.evaluate(BAR)
    assert "Nothing that you answer here will last" in line and "does not begin with https" in line
    assert "nr.save()" in line and "download the file" in line
    notebook = runs_and_offers_a_file(edition)
    edition.save("mine.json", "{}")
    assert "an address that begins with https" in notebook.run_code("nr.restore('uploaded.json')")


def test_with_storage_off_it_runs_and_says_that_nothing_lasts(server, cut_off):
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    edition = opened(cut_off(blocked), f"http://127.0.0.1:{server.server_port}")
    line = edition.page.evaluate(BAR)
    assert "will last" in line and "nr.save()" in line and "download the file" in line
    runs_and_offers_a_file(edition)


def test_a_private_window_says_so_and_forgets(server, browser):
    url = f"http://127.0.0.1:{server.server_port}"
    first = browser.new_context()
    edition = opened(first, url)
    assert "in a private window it goes when you close it" in edition.page.evaluate(BAR)
    notebook = runs_and_offers_a_file(edition)
    assert notebook.python(ANSWER) == WORD
    first.close()
    second = browser.new_context()
    edition = opened(second, url)
    assert draw_nothing(edition).python(ANSWER) == "None"
    second.close()


def draw_nothing(edition):
    """Return a notebook with a kernel, and what was kept left as it is."""
    edition.write(SCRATCH, SAVED)
    notebook = Notebook(edition, edition.page, SCRATCH)
    notebook.run_all()
    return notebook


# --- from there to here, and no further ------------------------------------------------------------------------------


def test_what_is_saved_there_is_restored_here_and_the_other_way_round(visitor, tmp_path, monkeypatch):
    _, edition = visitor
    monkeypatch.setenv("NHSREFORM_WORK", str(tmp_path / "here"))
    notebook = draw(edition, edition.page, SCRATCH, SAVE)
    edition.page.wait_for_function("() => document.querySelector('.jp-OutputArea a[download]')")
    there = tmp_path / "there.json"
    there.write_bytes(b64decode(edition.page.evaluate(LINK).partition(",")[2]))
    nr.restore(there)
    assert store.get("predictions", "01.1")["answer"] == WORD

    store.put("predictions", "01.1", {"answer": "here", "date": "2026-11-27"})
    nr.save(tmp_path / "here.json")
    edition.save("here.json", (tmp_path / "here.json").read_text())
    assert "Restored 1 piece" in notebook.run_code("nr.restore('here.json')")
    assert notebook.python(ANSWER) == "here"


def test_a_page_of_another_origin_cannot_read_the_work(server, browser, network, tmp_path):
    context = browser.new_context()
    edition = opened(context, f"http://127.0.0.1:{server.server_port}")
    draw(edition, edition.page, SCRATCH, SAVE)
    (tmp_path / "page.html").write_text("<!doctype html><title>elsewhere</title>")
    stranger = serve(Path(tmp_path), network)
    page = context.new_page()
    # From the edition's own address all of it can be read: the script can see what is there to be seen.
    page.goto(f"{edition.url}/edition.json")
    assert page.evaluate(READS, [edition.url, WORD]) == {"kept": True, "framed": True, "fetched": True}
    page.goto(f"http://127.0.0.1:{stranger.server_port}/page.html")
    assert page.evaluate(READS, [edition.url, WORD]) == {"kept": False, "framed": False, "fetched": False}
    context.close()
    stranger.shutdown()
