"""The locks, the files that Binder and conda read, and what may not stand in any file of the project."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from nhsreform.publish import binder_files
from nhsreform.text.files import windows_keeps
from tests.conftest import ROOT

LOCKS = ["requirements.txt", "requirements-dev.txt"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LEARNER = PROJECT["project"]["dependencies"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]
BACK_END = PROJECT["build-system"]["requires"]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name):
    """Return {package: requirement} of a lock."""
    found = {}
    for line in text(name).splitlines():
        if "==" in line:
            requirement = Requirement(line.removesuffix("\\").strip())
            assert requirement.name not in found, f"{name} pins {requirement.name} twice"
            found[requirement.name] = requirement
    return found


def git(*arguments):
    """Return what git prints, or skip where this is no clone."""
    if not (ROOT / ".git").exists():
        pytest.skip("this folder was unzipped, not cloned: git knows nothing of it")
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


# The locks


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_a_pin_or_its_hash_so_no_host_and_no_path(name):
    assert re.fullmatch(r"(?:[\w.-]+==[\w.+!]+(?: ; [^\\\n]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n)+", text(name))


def test_the_test_lock_holds_the_learners_lock_unchanged():
    learner, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert learner.items() <= dev.items()


@pytest.mark.parametrize(("lock", "wanted"), [(LOCKS[0], [*LEARNER, *BACK_END]), (LOCKS[1], [*LEARNER, *DEV])])
def test_a_lock_answers_what_pyproject_asks(lock, wanted):
    pinned = pins(lock)
    for line in wanted:
        asked = Requirement(line)
        version = str(pinned[canonicalize_name(asked.name)].specifier).removeprefix("==")
        assert asked.specifier.contains(version), f"{lock} has {asked.name} {version}, pyproject.toml asks for {line}"


def test_the_locks_serve_windows_and_macos_too():
    markers = {name: str(requirement.marker) for name, requirement in pins("requirements.txt").items()}
    assert markers["pywinpty"] == 'os_name == "nt"'
    assert markers["colorama"] == 'sys_platform == "win32"'
    assert markers["appnope"] == 'sys_platform == "darwin"'


def test_what_runs_here_is_what_the_test_lock_says():
    differing = {}
    for name, requirement in pins("requirements-dev.txt").items():
        if requirement.marker is None or requirement.marker.evaluate():
            installed = metadata.version(name)
            if not requirement.specifier.contains(installed):
                differing[name] = (installed, str(requirement.specifier))
    assert differing == {}


def test_the_locks_are_complete():
    """Installed with --no-deps, a package that nobody pinned would be missing only when it is needed."""
    pinned = pins("requirements-dev.txt")
    missing = set()
    for name, requirement in pinned.items():
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        for line in metadata.requires(name) or []:
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                missing |= {(name, needed.name)} if canonicalize_name(needed.name) not in pinned else set()
    assert missing == set()


def test_every_dependency_says_why_it_is_there():
    lines = text("pyproject.toml").splitlines()
    for asked in [*LEARNER, *DEV]:
        (line,) = [line for line in lines if line.strip().startswith(f'"{asked}"')]
        assert re.search(r",\s+# \w.{15,}", line), f"pyproject.toml: {asked} has no reason beside it"


# Binder and conda


def test_environment_yml_holds_the_whole_lock_with_its_markers():
    python, pip, listed = yaml.safe_load(text("environment.yml"))["dependencies"]
    assert (python, pip) == ("python=3.12", "pip")
    found = {requirement.name: requirement for requirement in map(Requirement, listed["pip"])}
    assert found == pins("requirements.txt")


@pytest.mark.parametrize("line", ["altair", "-e .", "altair>=6", "altair==6.3.0 --hash=sha256:00", "  altair==6.3.0"])
def test_a_line_that_is_no_pin_is_refused(line):
    with pytest.raises(ValueError, match="neither a pin nor a hash"):
        binder_files.environment_yml(f"anyio==4.16.0 \\\n    --hash=sha256:00\n{line}\n")


def test_no_binder_folder_hides_the_files_at_the_top():
    assert not (ROOT / "binder").exists() and not (ROOT / ".binder").exists()


@pytest.mark.slow
def test_repo2docker_takes_our_files():
    command = [Path(sys.executable).parent / "jupyter-repo2docker", "--no-build", "--debug", "."]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said[-2000:]
    assert "Building conda environment for python=3.12" in said
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in said
    assert "RUN ./postBuild" in said
    assert "requirements.txt" not in said, "the hashed lock and the pack cannot be installed in one go"


def test_the_badge_opens_the_first_notebook_in_jupyterlab():
    """`labpath` would open it alone, without the list of files in which a learner finds what nr.save() wrote."""
    (link,) = re.findall(r"\[!\[Open in Binder\]\([^)]*\)\]\(([^)]*)\)", text("README.md"))
    place, _, path = link.partition("/HEAD?urlpath=lab/tree/")
    assert re.fullmatch(r"https://mybinder\.org/v2/gh/[\w.-]+/[\w.-]+", place)
    assert path == "notebooks/00-start-here.ipynb" and (ROOT / path).is_file()


def a_session(folder):
    """Make a copy of the checkout, as each Binder session has one, and return how to run a learner's code in it."""
    for name in ("data", "exercises", "seeds", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "my-work*"))
    (folder / "notebooks").mkdir()
    env = {name: value for name, value in os.environ.items() if name != "NHSREFORM_WORK"}
    env["PYTHONPATH"] = str(folder / "src")

    def run(code):
        command = [sys.executable, "-c", f"import nhsreform as nr\n{code}"]
        ran = subprocess.run(command, cwd=folder / "notebooks", env=env, capture_output=True, encoding="utf-8")
        assert ran.returncode == 0, ran.stderr[-2000:]
        return ran.stdout

    return run


@pytest.mark.slow
def test_what_one_session_saves_a_fresh_one_has_again(tmp_path):
    """What teaching/binder.md tells a learner to do, from the first session to the second."""
    before = a_session(tmp_path / "first")
    before('nr.check("1.1", "include"); nr.check("1.2", "wrong"); nr.hint("1.2"); nr.save()')
    (saved,) = (tmp_path / "first" / "notebooks").glob("my-work-*.json")
    assert re.fullmatch(r"my-work-\d{4}-\d\d-\d\d\.json", saved.name)

    after = a_session(tmp_path / "second")
    kept = "from nhsreform.work import store; print(store.sections()); print(repr(nr.progress()))"
    assert after(kept).startswith("{}\n"), "the second session must begin with nothing"
    shutil.copy(saved, tmp_path / "second" / "notebooks")
    assert "Restored 3 pieces" in after(f"nr.restore({saved.name!r})")
    assert after(kept) == before(kept)


# teaching/binder.md


def test_the_link_to_an_environment_of_its_own_opens_the_first_notebook_of_the_pulled_pack():
    (link,) = re.findall(r"^https://mybinder\.org\S+$", text("teaching/binder.md"), re.MULTILINE)
    assert re.fullmatch(r"/v2/gh/[\w.-]+/[\w.-]+/main", urlsplit(link).path)
    ((name, inner),) = parse_qsl(urlsplit(link).query)
    assert (name, urlsplit(inner).path) == ("urlpath", "git-pull")
    asked = dict(parse_qsl(urlsplit(inner).query))
    assert asked.keys() == {"repo", "branch", "targetPath", "urlpath"}
    assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", asked["repo"])
    opened = asked["urlpath"].removeprefix(f"lab/tree/{asked['targetPath']}/")
    assert opened == "notebooks/00-start-here.ipynb"
    assert f'Path.home() / "{asked["targetPath"]}" / "src"' in text("teaching/binder.md")


def test_the_post_build_of_an_environment_of_its_own_leaves_the_settings_that_ours_leaves(tmp_path, monkeypatch):
    (recipe,) = re.findall(r"```python\n(.*?)```", text("teaching/binder.md"), re.DOTALL)
    settings = binder_files.POST_BUILD.partition("settings = ")[2]
    home, site = tmp_path / "home", tmp_path / "site"
    site.mkdir()
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(sysconfig, "get_path", {"purelib": str(site)}.get)
    left = []
    for code, prefix in ((recipe, "recipe"), ("import pathlib, shutil, sys\nsettings = " + settings, "ours")):
        monkeypatch.setattr(sys, "prefix", str(tmp_path / prefix))
        monkeypatch.chdir(ROOT)
        exec(compile(code, prefix, "exec"), {"root": ROOT})
        files = (path for path in (tmp_path / prefix).rglob("*") if path.is_file())
        left.append({str(path.relative_to(tmp_path / prefix)): path.read_bytes() for path in files})
    assert left[0] == left[1] and len(left[0]) == 2
    assert (site / "nhsreform.pth").read_text() == str(home / "pack" / "src")


# Every file


def tracked():
    """Return the project's files, as git knows them."""
    return git("ls-files", "-z").split("\0")[:-1]


def test_no_file_names_a_package_registry_or_a_place_on_somebodys_machine():
    telling = re.compile(
        r"(?:pypi|pythonhosted|npmjs)\.(?:org|com)|\bdeb\.debian|(?<![\w.])/(?:work|root|Users)/[A-Za-z.]"
    )
    found = [
        f"{name}:{number}: {line[:100]}"
        for name in tracked()
        if not name.startswith("seeds/") and (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if telling.search(line)
    ]
    assert found == []


def test_what_must_be_executable_is_so_in_git():
    listed = git("ls-files", "-s", ".ci/run", "postBuild").splitlines()
    assert [line.split()[0] for line in listed] == ["100755", "100755"]


def test_every_file_can_be_made_on_every_system():
    """On Windows some names are kept, some signs refused, and a path ends at 260; there and on macOS, A is a."""
    names = tracked()
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert len(name) < 120, name
        for part in name.split("/"):
            assert not windows_keeps(part) and not re.search(r'[<>:"\\|?*\x00-\x1f]|[. ]$', part), name


@pytest.mark.slow
def test_a_windows_clone_has_the_same_bytes(tmp_path):
    """Git for Windows turns line endings round on its own, unless .gitattributes forbids it."""
    for name, eol in (("here", "lf"), ("windows", "crlf")):
        changes = ("-c", f"core.autocrlf={'true' if eol == 'crlf' else 'false'}", "-c", f"core.eol={eol}")
        git("clone", "-q", *changes, str(ROOT), str(tmp_path / name))
    for path in (tmp_path / "here").rglob("*"):
        name = path.relative_to(tmp_path / "here").as_posix()
        if name.startswith("seeds/") or name.endswith((".csv", ".ipynb", ".json", ".txt", ".py", "postBuild", "run")):
            assert (tmp_path / "windows" / name).read_bytes() == path.read_bytes(), name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pandas.py", "altair.py", "calendar.py"])
def test_a_file_that_takes_the_place_of_a_library_is_named(tmp_path, name):
    (tmp_path / name).write_text("x = 1")
    (tmp_path / "my_own.py").write_text("")
    code = "import nhsreform as nr; nr.table('claims')"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: The file {name} beside this notebook") and f"my_{name}" in last
