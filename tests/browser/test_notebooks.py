"""Every notebook and every exercise in JupyterLab: Run All, no error, charts drawn; light and dark pictures to look at."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("notebooks", "exercises")
    for path in sorted((ROOT / folder).glob("*.ipynb"))
]


@pytest.mark.parametrize("path", PAGES)
def test_a_notebook_runs_in_the_browser(open_notebook, path):
    notebook = open_notebook(path)
    cells = notebook.cells()
    notebook.run_all()
    assert notebook.errors() == []
    assert notebook.cells() == cells
    charts = '"application/vnd.vegalite.v5+json"' in (ROOT / path).read_text(encoding="utf-8")
    if charts:
        notebook.page.wait_for_selector(".jp-RenderedVegaCommon5 svg.marks", timeout=20_000)
    name = path.replace("/", "-").removesuffix(".ipynb")
    for theme in ("light", "dark"):
        notebook.look(theme)
        assert notebook.screenshot(f"{name}-{theme}").stat().st_size > 10_000
