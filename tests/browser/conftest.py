"""Fixtures of the browser tests: Chromium without a network, for plain pages and for JupyterLab.

A test that needs JupyterLab asks for `lab` or for `open_notebook`; all others need a browser alone. After each
test the count of attempts to reach another computer must be zero.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.host import host_page, hosted  # noqa: F401
from tests.browser.lab import Lab, Notebook, draw
from tests.browser.network import QUIET, Network, Refuser, is_elsewhere
from tests.browser.pages import resize, watched

READY = "() => document.documentElement.dataset.drawn"
# The longest first: a process that has begun one of them last would be left alone with it.
LONG = ("test_every_page.py", "test_slides.py", "test_in_a_page.py", "test_contrast.py", "test_site.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last: what runs after them would be inside Playwright's event loop."""
    here = Path(__file__).parent

    def turn(item: pytest.Item) -> tuple[bool, int]:
        name = item.path.name
        return here in item.path.parents, LONG.index(name) if name in LONG else len(LONG)

    items.sort(key=turn)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = os.environ.get("NHSREFORM_CHROMIUM") or shutil.which("chromium")
    if path and Path(path).exists():
        return path
    told = f"no Chromium at {path or 'NHSREFORM_CHROMIUM or on the path'}"
    if os.environ.get("CI") == "true":
        pytest.fail(told)
    pytest.skip(told)


@pytest.fixture(scope="session")
def network(chromium_path: str) -> Iterator[Network]:
    """The network of loopback alone. A server that Chromium shall reach is started `with network.inside():`."""
    loopback_alone = Network()
    yield loopback_alone
    loopback_alone.close()


@pytest.fixture(scope="session")
def refuser(network: Network) -> Iterator[Refuser]:
    with network.inside():
        proxy = Refuser()
    proxy.start()
    yield proxy
    proxy.close()


@pytest.fixture(scope="session")
def browser(chromium_path: str, network: Network, refuser: Refuser) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    manager = sync_playwright()
    with network.inside():
        playwright = manager.start()
        # The sandbox of Chromium does not work for root, and containers run as root.
        options = {"chromium_sandbox": hasattr(os, "geteuid") and os.geteuid() != 0}
        chromium = playwright.chromium.launch(
            executable_path=chromium_path,
            args=QUIET,
            proxy={"server": refuser.address, "bypass": "127.0.0.1"},
            **options,
        )
    yield chromium
    chromium.close()
    playwright.stop()


@pytest.fixture
def opened(browser, site):
    """Open a page of the edition in a fresh profile."""
    with watched(browser) as context:
        context.set_default_timeout(60_000)

        def open_it(name, scheme="light", width=1400, base=None, page=None):
            page = page or context.new_page()
            page.emulate_media(color_scheme=scheme)
            resize(page, width, 900)
            page.goto(f"{base or site.as_uri()}/{name}")
            page.wait_for_function(READY)
            return page

        yield open_it


@pytest.fixture
def open_file(browser):
    """Open a file from the disk in a fresh profile. What a page's policy forbids is an error there."""
    with watched(browser, schemes=("file", "blob"), accept_downloads=True) as context:

        def open_it(path, scheme="light", width=1000, height=900, at=""):
            page = context.new_page()
            page.emulate_media(color_scheme=scheme)
            resize(page, width, height)
            page.goto(f"{path.as_uri()}{at}")
            return page

        yield open_it


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, network: Network, pytestconfig: pytest.Config) -> Iterator[Lab]:
    server = Lab(tmp_path_factory.mktemp("lab"), network, pytestconfig.getoption("--screenshots"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def lab_page(lab: Lab, browser: Any) -> Iterator[Any]:
    """The one page of JupyterLab of this run."""
    profile = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    profile.on("request", lambda asked: is_elsewhere(asked.url) and lab.requests.append(f"page {asked.url}"))
    yield profile.new_page()
    profile.close()


@pytest.fixture
def open_notebook(lab: Lab, lab_page: Any) -> Callable[[str], Notebook]:
    """A function that opens a notebook of the copy, given its path, in the one page, with a fresh kernel."""
    return lambda path: Notebook(lab, lab_page, path)


@pytest.fixture
def draw_cells(lab: Lab, lab_page: Any) -> Callable[..., Notebook]:
    """A function that runs code cells, given a path and their sources, with no work kept.

    Tests that draw at the same path one after the other share a kernel.
    """
    return lambda path, *sources: draw(lab, lab_page, path, *sources)


@pytest.fixture(autouse=True)
def nothing_attempted(request: pytest.FixtureRequest, refuser: Refuser) -> Iterator[None]:
    """After each test: the browser asked nothing of another computer, nor did JupyterLab where the test needs it."""
    server = request.getfixturevalue("lab") if "lab" in request.fixturenames else None
    yield
    attempted = [*refuser.asked, *(server.attempted() if server else [])]
    refuser.asked.clear()
    if server:
        server.forget_attempts()
    assert not attempted, "\n".join(attempted)
