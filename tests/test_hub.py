"""The configuration of a department's hub, attacked as a student could, without JupyterHub itself: it is in no lock of ours."""

import csv
import json
import os
import pwd
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import types
from pathlib import Path

import pytest

from tests.conftest import ROOT

HUB = ROOT / "teaching" / "jupyterhub"
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the hub is for Linux")


class Settings:
    """What JupyterHub puts in place of `c`: any name of a part, and any setting of it."""

    def __getattr__(self, name):
        setattr(self, name, Settings())
        return getattr(self, name)


class Spawner:
    """As much of JupyterHub's LocalProcessSpawner as ours builds on."""

    def __init__(self, name):
        self.user = types.SimpleNamespace(name=name)

    def make_preexec_fn(self, name):
        user = pwd.getpwnam(name)

        def become():
            os.setgid(user.pw_gid)
            os.setgroups([])
            os.setuid(user.pw_uid)
            os.chdir(user.pw_dir)

        return become


@pytest.fixture
def base():
    """A folder that every user may pass through, as /srv is."""
    folder = Path(tempfile.mkdtemp(prefix="hub-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def hub(base, monkeypatch):
    """The configuration, run as JupyterHub runs it: its names, and as `c` what it sets."""
    (base / "place").mkdir()
    shutil.copytree(HUB, base / "place" / "hub")
    for name, part in (
        ("WHO_COMMISSIONS", "place"),
        ("WHO_COMMISSIONS_HOMES", "homes"),
        ("WHO_COMMISSIONS_STATE", "state"),
    ):
        monkeypatch.setenv(name, str(base / part))
    auth, spawner = types.ModuleType("jupyterhub.auth"), types.ModuleType("jupyterhub.spawner")
    auth.Authenticator, spawner.LocalProcessSpawner = object, Spawner
    for name, module in (
        ("jupyterhub", types.ModuleType("jupyterhub")),
        ("jupyterhub.auth", auth),
        ("jupyterhub.spawner", spawner),
    ):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "class_list", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    names = {"get_config": lambda: names["c"], "c": Settings()}
    path = HUB / "jupyterhub_config.py"
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    yield types.SimpleNamespace(**names)
    sys.modules.pop("class_list", None)


@pytest.fixture
def students(hub):
    """Two students with real Unix users and homes. Under CI there must be some; elsewhere only who is root has them."""
    if os.geteuid() != 0 or shutil.which("useradd", path="/usr/sbin:/sbin") is None:
        assert os.environ.get("CI") != "true", "CI must be able to make Unix users"
        pytest.skip("only root can make Unix users")
    spawners = [hub.StudentSpawner(f"test-{os.getpid()}-{who}@uni.example") for who in ("ada", "mallory")]
    try:
        for spawner in spawners:
            hub.make_home(spawner)
        yield spawners
    finally:
        for spawner in spawners:
            subprocess.run(["/usr/sbin/userdel", hub.unix_name(spawner.user.name)], check=False, capture_output=True)


def home_of(hub, spawner):
    return Path(pwd.getpwnam(hub.unix_name(spawner.user.name)).pw_dir)


def as_student(hub, spawner, act):
    """Do something as a student's server is run; return what it returns, or the name of the error."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            spawner.make_preexec_fn(spawner.user.name)()
            answer = act()
        except OSError as error:
            answer = type(error).__name__
        except BaseException:
            answer = traceback.format_exc()
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        data = stream.read()
    os.waitpid(child, 0)
    return json.loads(data)


# --- settings ------------------------------------------------------------------------------------------------------------


def test_nobody_becomes_a_user_that_the_system_has(hub):
    for name in ("root", "backup", "ada", "a" * 27):
        assert hub.unix_name(name) == f"nhs-{name}" and len(hub.unix_name(name)) < 32
    for name in ("../root", "ada@uni.example", "-x", "a b", "Ada", "zoë", "a" * 28, "", "root\n"):
        assert hub.unix_name(name).startswith("nhs--") and len(hub.unix_name(name)) < 32
    assert len({hub.unix_name(name) for name in ("a.b", "a_b", "a b")}) == 3


def test_every_home_lies_in_the_folder_of_homes_and_keeps_its_student_s_name(hub):
    for name in ("..", ".", "../root", "a/b", ".ssh", "a\nb", "zoë"):
        assert hub.home_of(name).parent == hub.HOMES and hub.home_of(name).name.isascii()
        assert not hub.home_of(name).name.startswith(".")
    assert hub.home_of("ada@uni.example").name == "ada@uni.example"


def test_a_home_that_others_may_look_into_is_refused(hub, monkeypatch):
    spawner = hub.StudentSpawner("ada")
    hub.home_of("ada").mkdir(parents=True)
    owner = types.SimpleNamespace(pw_uid=os.getuid())
    monkeypatch.setattr(pwd, "getpwnam", lambda name: owner)
    hub.home_of("ada").chmod(0o700)
    hub.make_home(spawner)
    hub.home_of("ada").chmod(0o750)
    with pytest.raises(RuntimeError, match="chmod 700"):
        hub.make_home(spawner)
    hub.home_of("ada").chmod(0o700)
    owner.pw_uid += 1
    with pytest.raises(RuntimeError, match="is not nhs-ada's alone"):
        hub.make_home(spawner)


def test_the_hub_s_own_files_are_closed_and_work_is_kept_in_the_copy(hub, base):
    assert (base / "state").stat().st_mode & 0o077 == 0
    assert hub.c.Spawner.environment["NHSREFORM_WORK"] == "~/who-commissions/my-work"
    assert hub.c.JupyterHub.spawner_class is hub.StudentSpawner and hub.c.Spawner.pre_spawn_hook is hub.make_home
    assert "PATH" not in hub.c.Spawner.env_keep and "PYTHONPATH" not in hub.c.Spawner.env_keep


# --- one student against another -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_one_student_can_read_and_change_nothing_of_another_s(hub, students):
    from nhsreform.notebooks import copy

    ada, mallory = students
    folder = home_of(hub, ada) / "who-commissions"
    secret = folder / "exercises" / "01-joint-report.ipynb"
    # The checkout itself may lie where no other user can read.
    for name, data in copy.files_of(ROOT).items():
        (hub.PLACE / "pack" / name).parent.mkdir(parents=True, exist_ok=True)
        (hub.PLACE / "pack" / name).write_bytes(data)

    def work():
        copy.bring_up_to_date(hub.PLACE / "pack", folder)
        (folder / "my-work").mkdir()
        (folder / "my-work" / "my-work.json").write_text("ada's own answers")
        # What a program of hers leaves in the folder that all share.
        (hub.HOMES.parent / "shared" / "hers").write_text("ada's own answers")
        return secret.read_text()[:1]

    shared = hub.HOMES.parent / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    assert as_student(hub, ada, work) == "{"
    attacks = {
        "list the homes": lambda: os.listdir(hub.HOMES),
        "list her home": lambda: os.listdir(folder.parent),
        "read her exercise": lambda: secret.read_text()[:1],
        "read her answers": lambda: (folder / "my-work" / "my-work.json").read_text(),
        "read what she left in a shared folder": lambda: (shared / "hers").read_text(),
        "write over it": lambda: secret.write_text("spoilt"),
        "put a file beside it": lambda: (folder / "exercises" / "x.ipynb").write_text("planted"),
        "open her home to all": lambda: os.chmod(folder.parent, 0o777),
        "go through a link": lambda: _through_link(secret),
        "give it a second name": lambda: os.link(secret, "mine.ipynb"),
        "take her home away": lambda: os.rename(folder.parent, hub.HOMES / "gone"),
        "read the class list": lambda: hub.class_list.LIST.read_text(),
        "become her": lambda: os.setuid(pwd.getpwnam(hub.unix_name(ada.user.name)).pw_uid),
        "become root": lambda: os.setuid(0),
        "write into the pack that all share": lambda: (hub.PLACE / "hub" / "student.sh").write_text("planted"),
    }
    hub.class_list.add(["ada"])
    for what, attack in attacks.items():
        assert as_student(hub, mallory, attack) == "PermissionError", what
    assert as_student(hub, mallory, lambda: Path("own.txt").write_text("mine")) == 4, "an own home is of use"


def _through_link(secret):
    Path("link.ipynb").symlink_to(secret)
    return Path("link.ipynb").read_text()[:1]


@pytest.mark.slow
def test_a_student_cannot_use_up_the_machine(hub, students):
    def large_file():
        with open("large", "wb") as file:
            file.truncate(hub.GIB)

    def forks():
        children = []
        try:
            for _ in range(hub.LIMITS[resource.RLIMIT_NPROC] + 10):
                if (child := os.fork()) == 0:
                    signal.pause()
                children.append(child)
        finally:
            for child in children:
                os.kill(child, 9)
                os.waitpid(child, 0)

    def memory():
        try:
            bytearray(5 * hub.GIB)
        except MemoryError:
            return "no more"

    def raised():
        resource.setrlimit(resource.RLIMIT_NPROC, (10_000, 10_000))

    assert as_student(hub, students[0], large_file) == "OSError"
    assert as_student(hub, students[0], forks) == "BlockingIOError"
    assert as_student(hub, students[0], memory) == "no more"
    assert as_student(hub, students[0], raised) != "null" and "not allowed to raise" in as_student(
        hub, students[0], raised
    )


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False])
def test_what_a_kernel_says_is_heard_by_nobody_else(hub, guarded):
    """Kernels talk over ports of the machine, and every user of it may connect: without the setting, a stranger hears all."""
    import zmq
    from jupyter_client.manager import KernelManager
    from traitlets.config import Config

    name, value = next(line for line in hub.c.Spawner.args if "encryption" in line).removeprefix("--").split("=")
    part, setting = name.split(".")
    manager = KernelManager(config=Config({part: {setting: value}}) if guarded else Config())
    manager.start_kernel()
    client = manager.blocking_client()
    context = zmq.Context()
    stranger = context.socket(zmq.SUB)
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        stranger.subscribe(b"")
        stranger.connect(f"tcp://{manager.ip}:{manager.iopub_port}")
        heard = b""
        for _ in range(20):
            client.execute_interactive("print('my ' + 'answer')", output_hook=lambda message: None, timeout=30)
            while stranger.poll(100):
                heard += b"".join(stranger.recv_multipart())
            if b"my answer" in heard:
                break
        assert (b"my answer" in heard) != guarded
    finally:
        stranger.close(0)
        context.term()
        client.stop_channels()
        manager.shutdown_kernel(now=True)


# --- who may log in ------------------------------------------------------------------------------------------------------


def test_only_a_name_s_own_password_lets_in(hub, tmp_path):
    path = tmp_path / "class-list.csv"
    passwords = hub.class_list.add(["Ada", "bob"], path)
    assert set(passwords) == {"ada", "bob"} and len(set(passwords.values())) == 2
    assert hub.class_list.is_right("ada", passwords["ada"], path)
    for name, password in (("ada", passwords["bob"]), ("ada", ""), ("eve", ""), ("eve", passwords["ada"]), ("", "")):
        assert not hub.class_list.is_right(name, password, path)
    assert hub.class_list.add(["ada", "zoë"], path).keys() == {"zoë"}, "who has a password keeps it"
    assert hub.class_list.is_right("ada", passwords["ada"], path)
    assert path.stat().st_mode & 0o077 == 0 and not any(word in path.read_text() for word in passwords.values())


def test_a_class_list_makes_a_list_to_hand_out(hub, base):
    (base / "class.csv").write_text("student,course\nada@uni.example,1\n,\nbob,2\n", encoding="utf-8-sig")
    command = [sys.executable, str(HUB / "class_list.py"), str(base / "class.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [row["student"] for row in rows] == ["ada@uni.example", "bob"]
    assert hub.class_list.is_right("bob", rows[1]["password"])
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "student,password\n"


# --- a student's server --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code, opens", [(0, ""), (1, "/lab/tree/what-is-new-2.txt"), (2, "")])
def test_a_server_starts_whatever_became_of_the_copy_and_opens_the_news(tmp_path, code, opens):
    copy, tools = tmp_path / "who-commissions", tmp_path / "bin"
    copy.mkdir()
    tools.mkdir()
    for number, name in enumerate(("what-is-new.txt", "what-is-new-2.txt")):
        (copy / name).touch()
        os.utime(copy / name, (number, number))
    for name, text in (
        ("nhsreform", f'echo "$@"\nexit {code}'),
        ("jupyterhub-singleuser", 'echo "$JUPYTERHUB_DEFAULT_URL|$@"'),
    ):
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", str(HUB / "student.sh"), "--one=1", "two words"],
        env={"HOME": str(tmp_path), "PATH": f"{tools}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{opens}|--one=1 two words\n" and not done.stderr
    assert (tmp_path / ".nhsreform-update.log").read_text() == f"update {copy} --news\n"


def test_the_installer_is_a_shell_s_and_its_packages_stay_out_of_the_lock():
    subprocess.run(["/bin/sh", "-n", str(HUB / "install.sh")], check=True)
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for line in (HUB / "requirements.txt").read_text(encoding="utf-8").splitlines():
        name = line.partition("==")[0]
        assert line.startswith("#") or f"\n{name}==" not in lock
