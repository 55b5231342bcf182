"""What the kernel lets a student's process do: in the sandbox, and in a new process where there is none."""

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nhsreform.marking.sandbox import system_calls, workers
from nhsreform.marking.sandbox.answers import answers_of
from nhsreform.questions.value import plain
from tests.marking.made_up_notebooks import as_bytes, code

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="filters for system calls are Linux's")
YES = [plain(True)]

ORDINARY = {
    "numpy": "import numpy as np\nnp.linalg.svd(np.random.rand(80, 80)); np.fft.fft(np.arange(512))",
    "pandas": """import pandas as pd, nhsreform as nr
claims = nr.claims()
claims.to_csv("x.csv")
pd.read_csv("x.csv").merge(claims, on="claim_id").describe()
claims.to_pickle("x.pickle")
pd.read_pickle("x.pickle").groupby("stance").size()""",
    "altair": """import altair as alt, nhsreform as nr
alt.Chart(nr.claims()).mark_bar().encode(x="stance", y="count()").to_json()""",
    "files": """import os, pathlib, shutil, tempfile
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    one = folder / "one"
    one.write_text("x"); one.chmod(0o600); one.touch(); one.rename(folder / "two"); os.link(folder / "two", one)
    (folder / "three").symlink_to(one); (folder / "three").readlink(); shutil.copy2(one, folder / "four")
    os.truncate(one, 0); os.access(one, os.R_OK); os.makedirs(folder / "a" / "b"); list(os.walk(folder))
    shutil.copytree(folder, name + "2"); shutil.rmtree(name + "2"); shutil.disk_usage(folder); one.unlink()
with open("f", "wb+") as file:
    file.write(b"z" * 100_000); file.seek(0); file.truncate(3); os.fsync(file.fileno()); os.dup(file.fileno())""",
    "a database": """import sqlite3
with sqlite3.connect("t.db") as base:
    base.execute("create table t (a)"); base.execute("insert into t values (1)")""",
    "time and waiting": """import os, select, signal, time
time.sleep(0.01); time.process_time(); os.times()
signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.01); time.sleep(0.02)
inward, outward = os.pipe(); os.write(outward, b"x"); select.select([inward], [], [], 0); select.poll().poll(1)""",
    "asyncio": "import asyncio\nasyncio.run(asyncio.sleep(0.01))",
    "asking": """import getpass, locale, os, platform, random, resource, secrets, uuid
os.getpid(), os.getppid(), os.getuid(), os.getgroups(), os.cpu_count(), os.sched_getaffinity(0), os.uname(), os.getpgrp()
platform.platform(); resource.getrusage(0); resource.getrlimit(resource.RLIMIT_AS); secrets.token_hex(); uuid.uuid4()""",
    "memory": """import gc, mmap, tracemalloc
area = mmap.mmap(-1, 4096); area.write(b"x"); area.flush(); area.close()
tracemalloc.start(); bytearray(200 << 20); gc.collect()""",
    "signals to itself": """import os, signal
caught = []
signal.signal(signal.SIGUSR1, lambda *_: caught.append(1)); signal.raise_signal(signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR1)
assert caught == [1, 1]""",
}
# What is refused in a way that programs know: {what: (code, the error that they get)}.
REFUSED = {
    "a process": ("import os\nos.fork()", "PermissionError"),
    "a program": ("import subprocess\nsubprocess.run(['true'])", "PermissionError"),
    "a thread": ("import threading\nthreading.Thread(target=print).start()", "RuntimeError"),
    "the network": ("import socket\nsocket.socket()", "PermissionError"),
    "a name looked up": ("import socket\nsocket.socket(type=socket.SOCK_DGRAM)", "PermissionError"),
    "a session of its own": ("import os\nos.setsid()", "PermissionError"),
    "another's processor": ("import os\nos.sched_setaffinity(0, {0})", "PermissionError"),
    "a named pipe": ("import os\nos.mkfifo('pipe')", "PermissionError"),
    "writing out every disk": ("import os\nassert os.sync() is None\nraise PermissionError", "PermissionError"),
    "memory that is no memory": ("import os\nos.memfd_create('x')", "PermissionError"),
    "its own rights": (
        "import ctypes, os\nif ctypes.CDLL(None, use_errno=True).prctl(1, 0, 0, 0, 0): raise OSError(ctypes.get_errno(), '')",
        "PermissionError",
    ),
    "every process": ("import os\nos.kill(-1, 0)", "PermissionError"),
    "its parent": ("import os\nos.kill(os.getppid() or 1 << 20, 0)", "PermissionError"),
    "its parent's limits": (
        "import os, resource\nresource.prlimit(os.getppid() or 1 << 20, resource.RLIMIT_AS)",
        "PermissionError",
    ),
}


@pytest.fixture(params=["in the sandbox", "without one"], scope="module")
def either(request):
    """A worker of either kind, that waits long enough for altair on a busy machine."""
    kind = request.getfixturevalue("sandbox").kind if request.param == "in the sandbox" else workers.NONE
    with closing(workers.Sandbox(kind, "", (), 30).worker(4)) as one:
        yield one


@pytest.mark.slow
def test_ordinary_programs_run(either):
    sources = [f"{source}\nq1_{number} = True" for number, source in enumerate(ORDINARY.values(), 1)]
    got = answers_of(either, as_bytes(code(*sources)))
    assert not got.trouble, dict(zip(ORDINARY, [got.trouble.get(f"1.{n}") for n in range(1, 99)], strict=False))
    assert list(got.values.values()) == [YES] * len(ORDINARY)


def test_what_is_refused_is_an_error_that_programs_know(either):
    sources = [f"q1_{number} = False\n{source}" for number, (source, _) in enumerate(REFUSED.values(), 1)]
    got = answers_of(either, as_bytes(code(*sources)))
    for number, (what, (_, error)) in enumerate(REFUSED.items(), 1):
        assert got.trouble.get(f"1.{number}") == f"crashed: {error}", what


def test_a_call_younger_than_the_list_is_unknown_and_not_forbidden(either):
    """Then a C library that tries it first goes the older way."""
    ask = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nlibc.syscall({}); q1_{} = ctypes.get_errno()"
    got = answers_of(either, as_bytes(code(ask.format(9_999, 1), ask.format(462, 2))))
    assert got.values == {"1.1": [plain(38)], "1.2": [plain(1)]}


def test_no_other_process_is_ended_even_without_a_sandbox(bare):
    other = subprocess.Popen(["sleep", "60"])
    try:
        got = answers_of(bare, as_bytes(code(f"import os\nq1_1 = 0\nos.kill({other.pid}, 9)")))
        assert got.trouble == {"1.1": "crashed: PermissionError"} and other.poll() is None
    finally:
        other.kill()
        other.wait()


HEADERS = {"x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "aarch64": "/usr/include/asm-generic/unistd.h"}


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_are_the_kernel_s(machine):
    path = Path(HEADERS[machine])
    if not path.exists():
        pytest.skip("the kernel's headers are not installed")
    text = path.read_text(encoding="utf-8")
    numbers = {name: int(number) for name, number in re.findall(r"define __NR(?:3264)?_(\w+) (\d+)", text)}
    numbers.setdefault("newfstatat", numbers.get("fstatat", -1))
    _, _, of_itself = system_calls.MACHINES[machine]
    for name, number in {**system_calls.allowed(machine), **of_itself}.items():
        assert numbers.get(name, number) == number, name
    missing = {*system_calls.allowed("x86_64"), *system_calls.allowed("aarch64")} - {*system_calls.allowed(machine)}
    assert not missing & numbers.keys(), "there is one here too"
    assert len(set(system_calls.allowed(machine).values())) == len(system_calls.allowed(machine))


def test_the_sandbox_is_left_with_nothing_but_the_list():
    """The kinds of calls by which others were attacked are not in it."""
    for machine in HEADERS:
        names = set(system_calls.allowed(machine))
        assert not names & {
            "clone", "clone3", "fork", "vfork", "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev",
            "socket", "connect", "bind", "shmget", "semget", "msgget", "mq_open", "memfd_create", "memfd_secret", "keyctl",
            "add_key", "request_key", "unshare", "setns", "chroot", "pivot_root", "mount", "umount2", "mount_setattr",
            "move_mount", "open_tree", "fsopen", "open_by_handle_at", "bpf", "perf_event_open", "userfaultfd",
            "io_uring_setup", "prctl", "seccomp", "kill", "tkill", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "setsid",
        }  # fmt: skip
