"""start.py: the two commands, and a clear sentence for everything that can go wrong before the pack is installed.

Nothing here installs anything or needs a network: benchmarks/install.py does that.
"""

import ast
import errno
import importlib.util
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.browser.lab import free_port
from tests.conftest import ROOT

PARTS = ["start.py", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "jupyter_server_config.py"]


def load(folder):
    spec = importlib.util.spec_from_file_location("start", folder / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copy_to(folder):
    folder.mkdir(parents=True)
    for name in PARTS:
        shutil.copy(ROOT / name, folder / name)
    (folder / "src").mkdir()
    return folder


@pytest.fixture
def folder(tmp_path):
    """A small checkout, in a folder whose name is as awkward as a student's may be."""
    return copy_to(tmp_path / "Año 2, week [1] & más")


@pytest.fixture
def start(folder):
    return load(folder)


@pytest.fixture
def installs(start, monkeypatch):
    """What would have been run to install; a virtual environment is a file that stands for its Python."""
    commands = []

    def pretend(kind, command):
        commands.append(command)
        if "venv" in command:
            shutil.rmtree(kind.folder, ignore_errors=True)
            Path(kind.python).parent.mkdir(parents=True)
            Path(kind.python).touch()

    monkeypatch.setattr(start, "run_quietly", pretend)
    monkeypatch.setattr(start, "try_import", lambda kind: None)
    monkeypatch.delenv("PIP_NO_INDEX", raising=False)
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    return commands


def steps(commands):
    """Name the steps in a list of install commands."""
    return ["venv" if "venv" in c else "pack" if "-e" in c else "lock" for c in commands]


# The Python that runs it


def old_pythons():
    found = {}
    places = [*Path.home().glob(".pyenv/versions/*/bin/python")]
    places += [Path(p) for n in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10") if (p := shutil.which(f"python{n}"))]
    for place in places:
        asked = subprocess.run([place, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                               capture_output=True, text=True)  # fmt: skip
        version = asked.stdout.strip()
        if asked.returncode == 0 and tuple(map(int, version.split("."))) < (3, 11):
            found[version] = place
    return found


OLD = "This pack needs Python 3.11 or later, and this is Python {}: install Python 3.13 from python.org, then type"


PRETENDED = "import runpy, sys; sys.version_info = (3, 5, 0, 'final', 0); sys.argv.pop(0); runpy.run_path(sys.argv[0])"


@pytest.mark.slow
def test_each_old_python_here_and_a_pretended_one_gets_one_sentence(folder):
    pythons = {"3.5": [sys.executable, "-c", PRETENDED], **{version: [path] for version, path in old_pythons().items()}}
    for version, python in pythons.items():
        for arguments in ([], ["test"]):
            ran = subprocess.run([*python, folder / "start.py", *arguments], capture_output=True, text=True)
            assert (ran.returncode, ran.stdout) == (1, "")
            assert ran.stderr.startswith(OLD.format(version)) and ran.stderr.count("\n") == 1


def test_the_readme_gives_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "| `python3 start.py` | `py start.py` |" in readme
    assert "```\npython3 start.py test\n```" in readme


def test_an_old_python_can_parse_the_whole_file():
    text = (ROOT / "start.py").read_text(encoding="utf-8")
    assert text.isascii(), "Python 2.7 wants a coding line for anything else"
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.NamedExpr | ast.Nonlocal | ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None and not node.args.kwonlyargs and not node.args.posonlyargs
            assert all(argument.annotation is None for argument in node.args.args)
        if isinstance(node, ast.Raise):
            assert node.cause is None


@pytest.mark.parametrize("minor", [13, 99])
def test_a_python_newer_than_tested_is_warned_and_goes_on(start, monkeypatch, capsys, minor):
    monkeypatch.setattr(start.sys, "version_info", (3, minor, 0, "final", 0))
    start.check_place()
    said = capsys.readouterr().out
    assert ("this is Python 3.99, and the pack has been tested up to 3.13" in said) if minor == 99 else said == ""


# What is installed, and when


def test_the_lock_is_installed_with_every_hash_checked_and_nothing_built(start, installs):
    start.prepare(start.TESTER)
    _, lock, pack = installs
    assert {"--no-deps", "--require-hashes", "--only-binary"} <= set(lock)
    assert lock[-1] == os.path.join(start.ROOT, "requirements-dev.txt")
    assert pack[-4:] == ["--no-deps", "--no-build-isolation", "-e", "."]


def test_uv_is_used_when_it_is_there_unless_pip_was_told_where_to_look(start, installs, monkeypatch):
    monkeypatch.setattr(start.shutil, "which", {"uv": "/somewhere/uv"}.get)
    start.prepare(start.LEARNER)
    assert installs[1][:3] == ["/somewhere/uv", "pip", "install"]
    shutil.rmtree(start.LEARNER.folder)
    installs.clear()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    start.prepare(start.LEARNER)
    assert installs[1][:4] == [start.LEARNER.python, "-m", "pip", "install"]


def changed(name):
    def change(start, monkeypatch):
        with open(os.path.join(start.ROOT, name), "a") as file:
            file.write("# changed\n")

    return change


def stamped(text):
    return lambda start, monkeypatch: Path(start.LEARNER.stamp).write_text(text)


ALL_ANEW = ["venv", "lock", "pack"]
CHANGES = {
    "nothing": (lambda start, monkeypatch: None, []),
    "a new lock": (changed("requirements.txt"), ALL_ANEW),
    "a new pyproject": (changed("pyproject.toml"), ["pack"]),
    "another Python": (lambda start, monkeypatch: monkeypatch.setattr(start, "version", lambda: "3.99"), ALL_ANEW),
    "no Python in it": (lambda start, monkeypatch: Path(start.LEARNER.python).unlink(), ALL_ANEW),
    **{f"a stamp cut short, {text}": (stamped(text), ALL_ANEW) for text in ("", '{"packages": "', "[]", '"words"')},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_is_made_anew_and_no_more(start, installs, monkeypatch, change):
    start.prepare(start.LEARNER)
    assert steps(installs) == ALL_ANEW
    installs.clear()
    do, expected = CHANGES[change]
    do(start, monkeypatch)
    start.prepare(start.LEARNER)
    assert steps(installs) == expected


OLD_COMMANDS = {
    "nhsreform": "#!{python}\nimport sys\n",
    "jupyter": "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\nimport sys\n",
}


@pytest.mark.skipif(os.name == "nt", reason="on Windows all is made anew")
@pytest.mark.parametrize("copied", [True, False])
def test_a_moved_or_copied_pack_makes_its_environment_its_own(start, installs, folder, monkeypatch, copied, capsys):
    """No command in it names the folder of old, and nothing is fetched for that."""
    start.prepare(start.LEARNER)
    for name, text in OLD_COMMANDS.items():
        Path(start.LEARNER.python).with_name(name).write_text(text.format(python=start.LEARNER.python))
    installs.clear()
    there = folder.parent / "else where" / "it's new"
    there.parent.mkdir()
    shutil.copytree(folder, there) if copied else folder.rename(there)
    again = load(there)
    monkeypatch.setattr(again, "run_quietly", lambda kind, command: installs.append(command))
    monkeypatch.setattr(again, "try_import", lambda kind: None)
    again.prepare(again.LEARNER)
    assert steps(installs) == ["venv", "pack"] and "--clear" not in installs[0]
    assert "moved or copied from" in capsys.readouterr().out
    for name in OLD_COMMANDS:
        text = Path(again.LEARNER.python).with_name(name).read_text()
        assert str(folder / ".venv") not in text and str(there) in text
        compile(text, name, "exec")
        assert text.count("exec") == 1 and text.endswith("\nimport sys\n")
    installs.clear()
    again.prepare(again.LEARNER)
    assert installs == []


@pytest.mark.skipif(os.name == "nt", reason="activate is a shell's")
@pytest.mark.parametrize(
    "shell, name", [("sh", "activate"), ("bash", "activate"), ("fish", "activate.fish"), ("tcsh", "activate.csh")]
)
@pytest.mark.parametrize("moved", [True, False])
def test_activate_of_a_copy_refuses_to_run_the_pack_of_old(start, folder, shell, name, moved):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not here")
    activate = Path(start.LEARNER.folder, "bin", name)
    activate.parent.mkdir(parents=True)
    activate.write_text("echo activated\n")
    start.guard_activate(start.LEARNER)
    start.guard_activate(start.LEARNER)
    assert activate.read_text().count("moved or copied") == 1, "guarded once"

    def use(place):
        line = [shell, "-c", f"{'.' if name == 'activate' else 'source'} .venv/bin/{name}; echo goes on"]
        return subprocess.run(line, cwd=place, capture_output=True, text=True)

    assert use(folder).stdout == "activated\ngoes on\n"
    there = folder.parent / "a copy"
    folder.rename(there) if moved else shutil.copytree(folder, there)
    refused = use(there)
    assert "activated" not in refused.stdout and "python3 start.py" in refused.stderr + refused.stdout
    # The C shell ends what it reads together with the line that asked for it.
    assert shell == "tcsh" or refused.stdout == "goes on\n"


def test_an_environment_that_cannot_be_imported_is_not_stamped_as_whole(start, installs, monkeypatch):
    """As where pip was told to install elsewhere."""
    monkeypatch.undo()
    monkeypatch.setattr(start, "run_quietly", lambda kind, command: Path(kind.folder).mkdir(exist_ok=True))
    start.LEARNER.python = sys.executable
    # This Python has a pack, but not the one in this folder.
    with pytest.raises(start.Stop, match="cannot be used from"):
        start.prepare(start.LEARNER)
    assert start.found_stamp(start.LEARNER) == {}


def test_an_installer_fetches_as_told_and_installs_where_it_should(start, monkeypatch, tmp_path, capsys):
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\ntarget = /elsewhere\nindex-url = https://pip.example/simple\n[install]\nuser = yes\nprefix = /p\n"
    )
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    for name in ("TARGET", "PREFIX", "ROOT", "PYTHON", "DRY_RUN", "CONSTRAINT", "NO_BINARY"):
        monkeypatch.setenv(f"PIP_{name}", "/elsewhere")
    monkeypatch.setenv("PIP_PROXY", "http://proxy.example")
    monkeypatch.setenv("UV_TARGET", "/elsewhere")
    start.LEARNER.python = sys.executable
    env = start.installing_env(start.LEARNER)
    theirs = {name: value for name, value in env.items() if name.startswith(("PIP_", "UV_"))}
    wanted = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "https://pip.example/simple",
        "PIP_PROXY": "http://proxy.example",
        "PIP_USER": "0",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    # A computer may have a certificate of its own set for all.
    assert {name: value for name, value in theirs.items() if name != "PIP_CERT"} == wanted
    start.tell_left_out(installing=True)
    assert "PIP_TARGET" in capsys.readouterr().out


@pytest.mark.parametrize("step", ["venv", "lock", "pack"])
@pytest.mark.parametrize("reason", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("anew", [False, True])
def test_an_install_that_breaks_off_is_never_taken_for_a_whole_one(
    start, installs, folder, monkeypatch, step, reason, anew
):
    pretend = start.run_quietly
    if anew:
        start.prepare(start.LEARNER)
        (folder / "requirements.txt").write_text("something==1\n")

    def breaks(kind, command):
        pretend(kind, command)
        if steps([command]) == [step]:
            raise reason

    monkeypatch.setattr(start, "run_quietly", breaks)
    with pytest.raises(reason):
        start.prepare(start.LEARNER)
    assert start.found_stamp(start.LEARNER) != start.wanted_stamp(start.LEARNER)
    assert Path(start.LEARNER.stamp).exists() == (step == "pack")
    installs.clear()
    monkeypatch.setattr(start, "run_quietly", pretend)
    start.prepare(start.LEARNER)
    assert steps(installs) == (["pack"] if step == "pack" else ["venv", "lock", "pack"])
    assert start.found_stamp(start.LEARNER) == start.wanted_stamp(start.LEARNER)


def test_two_starts_at_once_do_not_install_over_each_other(start, installs):
    with start.hold_lock(start.LEARNER), pytest.raises(start.Stop, match="Another start is installing"):
        start.prepare(start.LEARNER)
    assert installs == []
    start.prepare(start.LEARNER)
    assert len(installs) == 3


@pytest.mark.skipif(os.name == "nt", reason="flock is not used on Windows")
def test_a_folder_that_knows_no_locks_is_installed_in_without_one(start, installs, monkeypatch):
    def unknown(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", unknown)
    start.prepare(start.LEARNER)
    assert len(installs) == 3


def test_the_news_question_and_mathematics_are_switched_off(start):
    """In a file on Jupyter's path, so in every environment, old or new."""
    page = ROOT / "labconfig" / "page_config.json"
    assert start.ROOT in start.lab_env()["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert json.loads(page.read_text()) == {
        "disabledExtensions": {
            "@jupyterlab/apputils-extension:announcements": True,
            "@jupyterlab/mathjax-extension": True,
        }
    }


# What can go wrong

PIP_CUT_OFF = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError: Failed to establish a new "
    "connection: [Errno -3] Temporary failure in name resolution'\nERROR: No matching distribution found for altair"
)
UV_CUT_OFF = "error: Failed to fetch\n  Caused by: error sending request for url\n  Caused by: dns error"


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (PIP_CUT_OFF, "The first start needs the network, once"),
        (UV_CUT_OFF, "The first start needs the network, once"),
        ("ERROR: No matching distribution found for pyzmq==27.3.0", "A package has no ready-made file"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "There is too little room",
        ),
        ("ERROR: [Errno 13] Permission denied: 'x'", "This folder cannot be written to"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "is not the one this pack"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "security certificate"),
        ("HINT: This error might have occurred since this system does not have Windows Long Path", "path of this"),
        ("a reason nobody thought of", "a reason nobody thought of\nThe installation failed"),
    ],
)
def test_an_installer_that_fails_is_explained(start, capfd, output, sentence):
    with pytest.raises(start.Stop) as caught:
        start.run_quietly(start.LEARNER, [sys.executable, "-c", f"print({output!r}); raise SystemExit(1)"])
    assert sentence in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert capfd.readouterr().out == "", "the installer's own words are for when no sentence fits"


def test_no_network_says_how_to_do_without(start):
    said = start.TESTER.advice("network")
    for word in ("python3 start.py test", "PIP_NO_INDEX=1", "PIP_FIND_LINKS=wheels", "-r requirements-dev.txt"):
        assert word in said or os.name == "nt"


def test_a_disk_with_too_little_room_is_told_before_anything_is_made(start, installs, monkeypatch, capsys):
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    assert start.main(["--no-browser"]) == 1
    assert "There is too little room on the disk: the pack needs about 600 MB" in capsys.readouterr().err
    assert installs == [] and not os.path.exists(start.LEARNER.folder)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "There is too little room"),
        (errno.EROFS, "cannot be written to"),
        (errno.EACCES, "cannot be written to"),
    ],
)
def test_a_write_that_fails_is_a_sentence(start, installs, monkeypatch, capsys, number, sentence):
    def fails(kind):
        raise OSError(number, "it failed")

    monkeypatch.setattr(start, "hold_lock", fails)
    assert start.main([]) == 1
    said = capsys.readouterr()
    assert sentence in said.err and start.ROOT in said.err and "Traceback" not in said.err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_real_read_only_folder_is_a_sentence():
    # Not tmp_path: another user must be able to look into the folder, and root may write into any.
    with tempfile.TemporaryDirectory() as parent:
        folder = copy_to(Path(parent) / "pack")
        for place in (Path(parent), folder):
            place.chmod(0o555)
        code = (
            "import importlib.util, os, sys\n"
            "spec = importlib.util.spec_from_file_location('start', sys.argv[1])\n"
            "start = importlib.util.module_from_spec(spec); spec.loader.exec_module(start)\n"
            "import fcntl, json\n"
            "if os.geteuid() == 0: os.seteuid(65534)\n"
            "raise SystemExit(start.main(['--no-browser']))\n"
        )
        ran = subprocess.run([sys.executable, "-B", "-c", code, folder / "start.py"], capture_output=True, text=True)
        left = sorted(path.name for path in folder.iterdir())
        for place in (Path(parent), folder):
            place.chmod(0o755)
    assert ran.returncode == 1
    assert f"This folder cannot be written to: {folder}." in ran.stderr and "Traceback" not in ran.stderr
    assert left == sorted([*PARTS, "src"])


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.txt", "requirements-dev.txt"])
def test_half_a_download_is_a_sentence(start, folder, capsys, name):
    (folder / name).unlink()
    assert start.main([]) == 1
    assert f"{name} is missing from {folder}" in capsys.readouterr().err


def test_a_linux_python_without_venv_is_told_what_to_install(start, installs, monkeypatch, capsys):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    assert start.main([]) == 1
    assert f"sudo apt install python{start.version()}-venv" in capsys.readouterr().err
    assert installs == []


def test_ctrl_c_is_answered_without_a_traceback(start, monkeypatch, capsys):
    def interrupted(kind):
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "prepare", interrupted)
    assert start.main(["test"]) == 130
    assert capsys.readouterr().err == f"\nStopped. Type  {start.TESTER.again}  again when you are ready.\n"


# The port


def test_a_port_in_use_is_named_before_anything_is_made(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = subprocess.run([sys.executable, folder / "start.py", "--no-browser", "--port", str(port)],
                             capture_output=True, text=True)  # fmt: skip
    assert ran.returncode == 1
    assert f"Port {port} is in use. Type another number, such as" in ran.stderr
    assert ran.stderr.strip().count("\n") == 0
    assert not (folder / ".venv").exists()


def test_a_free_port_is_used_and_no_other(start):
    port = free_port()
    start.check_port(port)
    command = start.lab_command(port, True)
    assert f"--ServerApp.port={port}" in command and "--ServerApp.port_retries=0" in command


@pytest.mark.parametrize("port", [0, -1, 65536, 99999])
def test_a_number_that_is_no_port(start, port):
    with pytest.raises(start.Stop, match=f"{port} is not a port"):
        start.check_port(port)


@pytest.mark.parametrize("arguments", [["--port"], ["--port", "eight"], ["--prot", "8890"], ["tests"]])
def test_a_mistyped_command_ends_with_2(start, installs, capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        start.main(arguments)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err
    assert installs == []


# What is handed over


@pytest.fixture
def handed(start, monkeypatch):
    """What the two commands become in the end."""
    calls = []
    monkeypatch.setattr(start, "prepare", lambda kind: None)
    monkeypatch.setattr(start, "hand_over", lambda command, env: calls.append((command, env)) or 7)
    monkeypatch.setattr(start, "find_chromium", lambda: None)
    return calls


def test_test_arguments_go_to_pytest_as_they_are(start, handed):
    arguments = ["-k", "port and not old", "--no-browser", "tests/test_start.py", "-x", "--help"]
    assert start.main(["test", *arguments]) == 7, "the exit code is pytest's"
    assert handed[0][0] == [start.TESTER.python, "-m", "tests.lanes", *arguments]


def test_chromium_is_named_to_the_tests_when_found(start, handed, monkeypatch):
    monkeypatch.delenv("NHSREFORM_CHROMIUM", raising=False)
    start.main(["test"])
    assert "NHSREFORM_CHROMIUM" not in handed[-1][1]
    monkeypatch.setattr(start, "find_chromium", lambda: "/somewhere/chromium")
    start.main(["test"])
    assert handed[-1][1]["NHSREFORM_CHROMIUM"] == "/somewhere/chromium"


def test_chromium_is_looked_for_on_the_path_and_a_named_one_wins(start, monkeypatch):
    monkeypatch.delenv("NHSREFORM_CHROMIUM", raising=False)
    monkeypatch.setattr(start.shutil, "which", {"chromium-browser": "/a", "google-chrome": "/b"}.get)
    assert start.find_chromium() == "/a"
    monkeypatch.setenv("NHSREFORM_CHROMIUM", "/c")
    assert start.find_chromium() == "/c"


@pytest.mark.skipif(os.name == "nt", reason="apt-get is Debian's")
@pytest.mark.parametrize("user", [0, 1000])
def test_chromium_is_installed_only_as_root_on_debian(start, monkeypatch, user):
    ran = []
    monkeypatch.delenv("NHSREFORM_CHROMIUM", raising=False)
    monkeypatch.setattr(start.shutil, "which", {"apt-get": "/usr/bin/apt-get"}.get)
    monkeypatch.setattr(start.os, "geteuid", lambda: user)
    monkeypatch.setattr(start.subprocess, "call", lambda command, env: ran.append(command))
    assert start.find_chromium() is None
    assert [command[2] for command in ran] == ([] if user else ["update", "install"])


def test_lab_opens_the_first_notebook_and_keeps_its_token(start, handed, capsys):
    assert start.main(["--no-browser"]) == 7
    command, env = handed[0]
    assert command[:3] == [start.LEARNER.python, "-m", "jupyterlab"]
    assert "--ServerApp.root_dir=" + start.ROOT in command
    assert "--LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb" in command
    assert "--no-browser" in command
    assert not [word for word in command if "token" in word or "password" in word or "port" in word]
    printed = capsys.readouterr().out
    assert start.address(env["JUPYTER_PORT"], env["JUPYTER_TOKEN"]) in printed and len(env["JUPYTER_TOKEN"]) == 48
    port = free_port()
    start.main(["--port", str(port)])
    assert "--no-browser" not in handed[1][0] and handed[1][1]["JUPYTER_TOKEN"] != env["JUPYTER_TOKEN"]
    assert start.address(port, handed[1][1]["JUPYTER_TOKEN"]) in capsys.readouterr().out


def test_packages_from_elsewhere_are_kept_out(start, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    # What Python has compiled is kept.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    env = start.lab_env()
    assert not {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"} & set(env) and env["PIP_USER"] == "0"


@pytest.mark.slow
def test_jupyter_reads_the_settings_that_lie_beside_start_py(start, folder):
    """It would not by itself, whatever folder it is started in: the path in lab_env is what makes it."""
    (folder / "jupyter_server_config.py").write_text("c = get_config()\nc.ServerApp.terminals_enabled = False\n")
    show = [sys.executable, "-m", "jupyter_server", "--show-config"]
    with_path = subprocess.run(show, cwd=folder, env=start.lab_env(), capture_output=True, text=True)
    without = subprocess.run(show, cwd=folder, env=start.child_env(), capture_output=True, text=True)
    assert ".terminals_enabled = False" in with_path.stdout
    assert ".terminals_enabled = False" not in without.stdout


THEIR_CONFIG = """
c.ServerApp.contents_manager_class = "jupytext.TextFileContentsManager"
c.ServerApp.base_url, c.ServerApp.port = "/elsewhere/", 9
c.IdentityProvider.token = "theirs"
def hook(model, path, **kwargs):
    raise RuntimeError("their hook")
c.FileContentsManager.pre_save_hook = hook
"""
FOREIGN = {"argv": ["/opt/gone/bin/python"], "display_name": "Python 3 (old)", "language": "python"}
RUN_START = "import start; start.LEARNER.python = {!r}; start.prepare = lambda kind: None; start.main(['--no-browser'])"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a signal ends the server")
@pytest.mark.parametrize("home", ["of a user of Jupyter", "not writable"])
def test_the_users_own_jupyter_does_not_leak_in(folder, tmp_path, home):
    """A password, token, contents manager, save hook, kernel or startup file of theirs: said, and not used."""
    theirs = tmp_path / "home"
    for part in (".jupyter", ".ipython/profile_default/startup", "k/kernels/python3", "other"):
        (theirs / part).mkdir(parents=True)
    (theirs / ".jupyter" / "jupyter_server_config.py").write_text(THEIR_CONFIG)
    (theirs / ".jupyter" / "jupyter_server_config.json").write_text(
        json.dumps({"IdentityProvider": {"hashed_password": "argon2:x"}})
    )
    (theirs / "other" / "jupyter_server_config.py").write_text(THEIR_CONFIG)
    (theirs / "k" / "kernels" / "python3" / "kernel.json").write_text(json.dumps(FOREIGN))
    env = {
        **os.environ,
        "HOME": str(theirs) if home != "not writable" else os.devnull + "/home",
        "PYTHONPATH": str(theirs),
        "JUPYTER_TOKEN": "theirs",
        "JUPYTER_PATH": str(theirs / "k"),
        "JUPYTER_CONFIG_PATH": str(theirs / "other"),
        "IPYTHONDIR": str(theirs / ".ipython"),
    }
    code = RUN_START.format(sys.executable)
    ran = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1]); " + code, folder],
        cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        said = ""
        while "To stop, press" not in said:
            said += ran.stdout.readline() or pytest.fail(said)
        where, token = re.search(r"(http://127\.0\.0\.1:\d+)/lab/tree/\S+\?token=(\w+)", said).groups()
        for name in ("JUPYTER_TOKEN", "JUPYTER_PATH", "PYTHONPATH"):
            assert name in said
        assert (".jupyter/jupyter_server_config.py" in said) == (home != "not writable")

        def ask(path, key=token, **more):
            request = urllib.request.Request(f"{where}/{path}", headers={"Authorization": f"token {key}"}, **more)
            return json.load(urllib.request.urlopen(request))

        until_it_answers(ran, where)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            ask("api/contents", key="theirs")
        assert ask("api/kernelspecs")["kernelspecs"]["python3"]["spec"]["argv"][0] != "/opt/gone/bin/python"
        notebook = {"cells": [], "metadata": {"widgets": {"a": 1}}, "nbformat": 4, "nbformat_minor": 5}
        body = json.dumps({"type": "notebook", "format": "json", "content": notebook}).encode()
        ask("api/contents/saved.ipynb", data=body, method="PUT")
        assert (folder / "saved.ipynb").is_file()
    finally:
        ran.terminate()
        ran.wait()
        ran.stdout.close()


def until_it_answers(process, where):
    """Wait until the server answers; fail with what it said when it ends before that."""
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"{where}/api").close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(process.stdout.read())


HAND_OVER = """
import sys
sys.path.insert(0, sys.argv[1])
import start
start.os.name = sys.argv[2]
child = [sys.executable, "-c", "import os; print(os.getcwd()); raise SystemExit(5)"]
raise SystemExit(start.hand_over(child, start.child_env()))
"""


@pytest.mark.parametrize("system", [os.name, "nt"])
def test_the_exit_code_is_the_childs_and_it_runs_in_the_checkout(folder, system):
    ran = subprocess.run([sys.executable, "-B", "-c", HAND_OVER, folder, system], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.strip()) == (5, str(folder)), ran.stderr


# The texts that a copy of the pack may come without


@pytest.fixture
def texts(folder):
    """The five texts as they should be, in a checkout that has none of them: {file: bytes}."""
    (folder / "data").mkdir()
    (folder / "seeds").mkdir()
    for name in ("sources.csv", "claims.csv"):
        shutil.copy(ROOT / "data" / name, folder / "data" / name)
    return {row["file"]: (ROOT / "seeds" / row["file"]).read_bytes() for row in load(ROOT).read_rows("sources")}


@pytest.fixture
def copies(tmp_path):
    place = tmp_path / "my copies"
    (place / "deeper").mkdir(parents=True)
    return place


def in_seeds(start):
    return {path.name: path.read_bytes() for path in Path(start.ROOT, "seeds").glob("*.txt")}


def test_copies_are_found_by_their_hash_whatever_their_names(start, texts, copies, capsys):
    for number, raw in enumerate(texts.values()):
        (copies / ("deeper" if number % 2 else "") / f"Scan {number}.dat").write_bytes(raw)
    (copies / "holiday.jpg").write_bytes(b"\xff\xd8 not a text")
    assert start.main(["--texts", str(copies)]) == 0
    assert in_seeds(start) == texts
    said = capsys.readouterr().out
    assert said.count("Found ") == 5 and "All the texts are in seeds/ now." in said and "holiday" not in said
    assert start.main(["--texts", str(copies)]) == 0
    assert "No text is missing" in capsys.readouterr().out


BLOG = "001_3d1a1c9428265c43.txt"
MEND = {
    "CRLF": lambda raw: raw.replace(b"\n", b"\r\n"),
    "CR": lambda raw: raw.replace(b"\n", b"\r"),
    "BOM": lambda raw: b"\xef\xbb\xbf" + raw,
    "line break": lambda raw: raw + b"\n",
    "Notepad": lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n") + b"\r\n",
}


@pytest.mark.parametrize("harm", MEND)
def test_what_an_editor_did_is_mended_the_copy_left_alone_and_what_is_missing_named(start, texts, copies, capsys, harm):
    (copies / "copy.txt").write_bytes(MEND[harm](texts[BLOG]))
    assert start.main(["--texts", str(copies / "copy.txt")]) == 1
    assert in_seeds(start) == {BLOG: texts[BLOG]}
    assert (copies / "copy.txt").read_bytes() == MEND[harm](texts[BLOG])
    said = capsys.readouterr().out
    assert f"in {copies / 'copy.txt'}. Its line ends or a byte-order mark are mended" in said
    still = said[said.index("Still missing") :]
    assert still.count("(seeds/") == 4 and BLOG not in still and "--texts FOLDER" in still


@pytest.mark.parametrize(
    "change", [lambda raw: raw.replace(b"walked away", b"walked off"), lambda raw: raw.decode().encode("utf-16")]
)
def test_a_copy_that_is_not_the_text_is_not_taken_and_it_is_said_what_to_look_for(start, texts, copies, capsys, change):
    (copies / "retyped.txt").write_bytes(change(texts[BLOG]))
    assert start.main(["--texts", str(copies)]) == 1
    assert in_seeds(start) == {}
    said = capsys.readouterr().out
    assert "What would the Government do if a majority of GPs walked away" in said
    assert "saved in another encoding than UTF-8" in said and "whose SHA-256 stands in data/sources.csv" in said


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("nowhere", "There is no file or folder"),
        ("pack.zip", "is a zip. Unzip it"),
        ("many", "holds more than 3 files"),
    ],
)
def test_a_place_that_will_not_do_is_a_sentence(start, texts, copies, monkeypatch, capsys, place, told):
    monkeypatch.setattr(start, "MOST_FILES", 3)
    (copies / "pack.zip").write_bytes(b"PK")
    (copies / "many").mkdir()
    for number in range(4):
        (copies / "many" / str(number)).write_text("x")
    assert start.main(["--texts", str(copies / place)]) == 1
    said = capsys.readouterr().err
    assert told in said and "Traceback" not in said


def test_nothing_in_seeds_is_overwritten_and_a_changed_file_is_named(start, texts, folder, copies, capsys):
    harmed = texts[BLOG].replace(b"\n", b"\r\n")
    (folder / "seeds" / BLOG).write_bytes(harmed)
    for file, raw in texts.items():
        (copies / file).write_bytes(raw)
    assert start.main(["--texts", str(copies)]) == 1
    assert in_seeds(start) == {**texts, BLOG: harmed}
    said = capsys.readouterr().out
    assert "not the texts they stand for, byte for byte" in said and "Move them to another folder" in said
    moved = (folder / "seeds" / BLOG).rename(copies / "moved.txt")
    assert start.main(["--texts", str(moved)]) == 0
    assert in_seeds(start) == texts


@pytest.mark.parametrize(("number", "told"), [(errno.ENOSPC, "too little room"), (errno.EROFS, "cannot be written to")])
def test_a_text_that_cannot_be_written_is_a_sentence_and_leaves_no_half(
    start, texts, copies, capsys, monkeypatch, number, told
):
    (copies / "one.txt").write_bytes(texts[BLOG])

    class Full(io.FileIO):
        def write(self, body):
            super().write(body[:10])
            raise OSError(number, "it failed")

    def opened(path, *how, **more):
        return (Full if "xb" in how else open)(path, *how, **more)

    monkeypatch.setattr(start, "open", opened, raising=False)
    assert start.main(["--texts", str(copies)]) == 1
    said = capsys.readouterr().err
    assert told in said and "Traceback" not in said
    assert in_seeds(start) == {}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read any file")
def test_a_copy_that_may_not_be_read_is_named_and_the_rest_is_taken(start, texts, copies, capsys):
    (copies / "a.txt").write_bytes(b"x")
    (copies / "a.txt").chmod(0)
    (copies / "b.txt").write_bytes(texts[BLOG])
    start.main(["--texts", str(copies)])
    assert "a.txt cannot be read" in capsys.readouterr().out and BLOG in in_seeds(start)


@pytest.fixture
def keyboard(start, monkeypatch):
    """Somebody at a terminal who types these lines, then Ctrl-D."""
    lines = []

    def typed(prompt):
        if not lines:
            raise EOFError
        return lines.pop(0)

    monkeypatch.setattr(start, "at_terminal", lambda: True)
    monkeypatch.setattr(start, "input", typed, raising=False)
    return lines


def test_at_a_terminal_the_texts_are_asked_for_until_they_are_there(start, texts, copies, keyboard, handed, capsys):
    for number, (file, raw) in enumerate(texts.items()):
        (copies / ("deeper" if number else "") / file).write_bytes(raw)
    keyboard += [str(copies / "none"), f'"{copies / next(iter(texts))}"', str(copies)]
    assert start.main([]) == 7 and keyboard == []
    said = capsys.readouterr().out
    assert "without 5 of its texts, because their rights belong to others" in said
    assert (
        "There is no file or folder" in said and "Still missing" in said and "All the texts are in seeds/ now." in said
    )
    assert in_seeds(start) == texts
    assert start.main([]) == 7
    assert "texts" not in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="terminals on Windows put quotes round it")
def test_a_folder_dragged_into_the_terminal_is_found(start, texts, copies, keyboard, handed):
    folder = copies / "My own texts"
    folder.mkdir()
    for file, raw in texts.items():
        (folder / file).write_bytes(raw)
    keyboard.append(str(folder).replace(" ", "\\ ") + " ")
    assert start.main([]) == 7 and in_seeds(start) == texts


@pytest.mark.parametrize("lines", [[""], []])
def test_enter_or_ctrl_d_goes_on_without(start, texts, keyboard, handed, capsys, lines):
    keyboard += lines
    assert start.main([]) == 7 and in_seeds(start) == {}
    assert "Going on without. To add them later" in capsys.readouterr().out


def test_where_nobody_can_answer_nothing_is_asked(start, texts, handed, capsys, monkeypatch):
    monkeypatch.setattr(start, "input", None, raising=False)
    for arguments in ([], ["test"]):
        assert start.main(arguments) == 7
        assert "--texts FOLDER" in capsys.readouterr().out


# What CI runs


@pytest.mark.skipif(os.name == "nt", reason="CI runs on Linux")
def test_ci_runs_the_test_command_from_the_checkout_with_its_exit_code(folder, tmp_path):
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    (folder / "start.py").write_text(
        "import os, sys\nprint(sys.argv[1:], os.environ['CI'], os.getcwd())\nraise SystemExit(3)\n"
    )
    ran = subprocess.run([folder / ".ci" / "run", "-k", "a b"], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 3
    assert ran.stdout == f"{['test', '-k', 'a b']} true {folder}\n"
