"""What is taken out of a notebook when it is saved, and that saving never fails because of it."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nhsreform.checkout import checkout
from nhsreform.notebooks import save_hook
from nhsreform.notebooks.mime import ALERT, CHART, VIEW

CONFIG = Path(__file__).resolve().parents[2] / "jupyter_server_config.py"


def notebook():
    view = {"model_id": "0" * 32, "version_major": 2, "version_minor": 0}
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {VIEW: view, "text/html": "<p>Table</p>"}},
        {"output_type": "display_data", "metadata": {}, "data": {VIEW: view, "text/plain": "alone"}},
        {
            "output_type": "execute_result",
            "metadata": {CHART: {"embed_options": {}}, "image/png": {"width": 1}},
            "data": {CHART: {}, "image/png": "AAAA", "text/html": "<p>Numbers</p>"},
        },
        {"output_type": "display_data", "metadata": {}, "data": {"image/png": "BBBB"}},
        {"output_type": "stream", "name": "stdout", "text": "x"},
    ]
    cells = [{"cell_type": "markdown", "source": "words"}, {"cell_type": "code", "source": "x", "outputs": outputs}]
    return {"cells": cells, "metadata": {"widgets": {"state": {}}}, "nbformat": 4, "nbformat_minor": 5}


def saved(path, server_root=None, content=None, kind="notebook"):
    model = {"type": kind, "content": notebook() if content is None else content}
    manager = SimpleNamespace(root_dir=str(server_root or checkout()))
    save_hook.pre_save(model=model, path=path, contents_manager=manager)
    return model["content"]


def test_takes_out_what_does_not_survive():
    cleaned = notebook()
    save_hook.clean(cleaned)
    outputs = cleaned["cells"][1]["outputs"]
    assert set(outputs[0]["data"]) == {"text/html"}
    # With no HTML beside it the view stays: an error is better than nothing at all.
    assert set(outputs[1]["data"]) == {VIEW, "text/plain"}
    assert set(outputs[2]["data"]) == {CHART, "text/html"}
    assert outputs[2]["metadata"] == {CHART: {"embed_options": {}}}
    # A picture that is no chart's is the learner's.
    assert set(outputs[3]["data"]) == {"image/png"}
    assert "widgets" not in cleaned["metadata"]
    again = copy.deepcopy(cleaned)
    save_hook.clean(again)
    assert again == cleaned


def test_what_was_said_aloud_is_not_said_again_when_the_notebook_is_opened():
    data = {"text/html": f"<div {ALERT} class='a'>not yet</div>"}
    lines = {"text/html": [f"<div {ALERT}>\n", "right</div>"]}
    cells = [
        {"cell_type": "code", "source": "", "outputs": [{"output_type": "display_data", "data": each}]}
        for each in (data, lines)
    ]
    save_hook.clean({"cells": cells})
    assert data == {"text/html": "<div class='a'>not yet</div>"}
    assert lines == {"text/html": ["<div>\n", "right</div>"]}


@pytest.mark.parametrize("odd", [{}, {"cells": []}, {"cells": [{}]}, {"cells": [{"outputs": [{}]}]}])
def test_odd_notebooks_pass(odd):
    before = copy.deepcopy(odd)
    save_hook.clean(odd)
    assert odd == before


def test_only_notebooks_of_this_checkout(tmp_path):
    assert saved("notebooks/new.ipynb") != notebook()
    assert saved("/notebooks/new.ipynb") != notebook()
    assert saved(f"{checkout().name}/notebooks/new.ipynb", checkout().parent) != notebook()
    assert saved("other.ipynb", tmp_path) == notebook()
    assert saved("../other.ipynb") == notebook()
    assert saved("notes.txt", content="text", kind="file") == "text"


def configured():
    """Run jupyter_server_config.py as Jupyter does, and return what it set."""
    config = SimpleNamespace(ContentsManager=SimpleNamespace(), LabApp=SimpleNamespace())
    exec(compile(CONFIG.read_text(encoding="utf-8"), CONFIG.name, "exec"), {"get_config": lambda: config})
    return config


def test_the_config_uses_the_hook():
    model = {"type": "notebook", "content": notebook()}
    manager = SimpleNamespace(root_dir=str(checkout()), log=None)
    configured().ContentsManager.pre_save_hook(model=model, path="notebooks/new.ipynb", contents_manager=manager)
    assert "widgets" not in model["content"]["metadata"]


@pytest.mark.parametrize("missing", ["nhsreform.notebooks", "nhsreform.notebooks.save_hook"])
def test_a_save_never_fails_because_of_it(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delattr("nhsreform.notebooks.save_hook", raising=False)
    said = []
    manager = SimpleNamespace(root_dir=str(checkout()), log=SimpleNamespace(warning=lambda *words: said.append(words)))
    model = {"type": "notebook", "content": notebook()}
    configured().ContentsManager.pre_save_hook(model=model, path="new.ipynb", contents_manager=manager)
    assert model["content"] == notebook()
    assert "could not tidy" in said[0][0]


def test_the_server_loads_no_widget():
    code = (
        "import sys, nhsreform.notebooks.save_hook; "
        "print([name for name in ('ipywidgets', 'anywidget', 'pandas', 'altair') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
