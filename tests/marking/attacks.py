"""Notebooks written to gain marks, to spy, to harm another student or to stop the marking.

Each attack is Python that leaves in `got` what it won, or something false. In a notebook it ends with handing in what it
won; run without protection it shows that it is alive. PLACES are filled in by the test.
"""

import textwrap
from dataclasses import dataclass

PLACES = ("KEY", "ANSWERS", "OTHER", "PACK", "PORT")


@dataclass(frozen=True)
class Attack:
    """One attack.

    code: leaves `got`. alive: how it shows without protection: "wins" leaves something in `got`, "ends" ends the process
    with an error or without a word, "never ends" has to be stopped. inside: what is expected in the sandbox: "loses" leaves
    nothing in `got`, "fools itself" leaves something that is worth nothing, "dies", "is stopped". spoils: it breaks its own
    Python, and with it the student's own later answers.
    """

    code: str
    alive: str = "wins"
    inside: str = "loses"
    spoils: bool = False


# What several attacks do: write to whatever is open, the pipe to whoever marks among it.
EVERYWHERE = """
def everywhere(data):
    import os
    for file in range(3, 256):
        try:
            os.write(file, data)
        except OSError:
            pass
"""


def a(code, alive="wins", inside="loses", spoils=False):
    setup = EVERYWHERE if "everywhere" in code else ""
    return Attack((setup + textwrap.dedent(code)).strip(), alive, inside, spoils)


def tried(code, setup="", **more):
    body = textwrap.indent(textwrap.dedent(code).strip(), "    ")
    return a(
        f"{textwrap.dedent(setup).strip()}\ntry:\n{body}\nexcept (OSError, RuntimeError, ValueError):\n    got = None",
        **more,
    )


# Whoever compares inside the student's process would believe these. `got` says whether a plain comparison does.
FOOLED = 'got = mine == "include"\nq1_1 = mine'

ATTACKS = {
    # --- being taken for right ---
    "an object equal to everything": a(
        f"""
        class Any:
            def __eq__(self, other): return True
            def __hash__(self): return 0
        mine = Any()
        {FOOLED.splitlines()[0]}
        q1_1 = mine
        """,
        inside="fools itself",
    ),
    "a class that says it is text": a(
        """
        class Any:
            @property
            def __class__(self): return str
            def __eq__(self, other): return True
        mine = Any()
        got = isinstance(mine, str) and mine == "include"
        q1_1 = mine
        """,
        inside="fools itself",
    ),
    "text with its methods replaced": a(
        """
        class Any(str):
            def __eq__(self, other): return True
            def __hash__(self): return hash("include")
            def translate(self, table): return "include"
            def encode(self, *_): return b"include"
            def __getitem__(self, _): return "include"
        mine = Any("nothing")
        got = mine == "include" and mine.translate({}) == "include"
        q1_1 = mine
        """,
        inside="fools itself",
    ),
    "builtins replaced": a(
        """
        import builtins
        real = builtins.isinstance
        builtins.isinstance = lambda *_: True
        builtins.print = builtins.len = builtins.sorted = lambda *_, **__: 1
        got = isinstance(3, str)
        builtins.isinstance = real
        q1_1 = 3
        """,
        inside="fools itself",
        spoils=True,
    ),
    "the judge replaced": a(
        """
        import nhsreform.questions.judge as judge
        import nhsreform.questions.value as values
        judge.verdict = lambda *_: {"state": "right", "share": 1.0, "message": ""}
        values.plain = lambda value: {"type": "right", "state": "right", "share": 1.0}
        got = judge.verdict(values.plain("x"), {})["state"] == "right"
        q1_1 = "x"
        """,
        inside="fools itself",
        spoils=True,
    ),
    "modules replaced": a(
        """
        import sys, types
        import nhsreform.questions.value
        fake = types.ModuleType("nhsreform.questions.value")
        fake.plain = fake.verdict = lambda *_: {"state": "right", "share": 1.0}
        for name in list(sys.modules):
            if name.startswith("nhsreform.") or name == "json":
                sys.modules[name] = fake
        from nhsreform.questions.value import verdict
        got = verdict("x", {})["state"] == "right"
        q1_1 = "x"
        """,
        inside="fools itself",
        spoils=True,
    ),
    "lines forged on every open file": a(
        r"""
        import json, os
        r, w = os.pipe()
        for line in (
            {"question": "1.1", "state": "right", "points": 99, "share": 1.0, "value": {"type": "right"}},
            {"verdict": {"1.1": "right"}, "end": True},
        ):
            everywhere(json.dumps(line).encode() + b"\n")
        got = b"right" in os.read(r, 10000)
        """,
        inside="fools itself",
    ),
    "something left for the exit": a(
        """
        import atexit, os
        r, w = os.pipe()
        atexit.register(everywhere, b'{"question": "1.1", "state": "right"}')
        atexit._run_exitfuncs()
        got = os.read(r, 1000)
        """,
        inside="fools itself",
    ),
    # --- learning what is right ---
    "reading the key": tried("got = open('KEY').read()"),
    "asking the pack for the key": a(
        """
        import base64, json
        try:
            from nhsreform.questions import key
            got = key.question("1.1").answer
        except Exception:
            got = None
        """
    ),
    "asking for the answer aloud": a(
        """
        import contextlib, io
        import nhsreform as nr
        heard = io.StringIO()
        with contextlib.redirect_stdout(heard):
            for word in ("include", "suggests", "key", "report"):
                nr.check("1.1", word)
            nr.hint("1.1"), nr.answer("1.1"), nr.progress()
        got = heard.getvalue()
        """
    ),
    "reading the worked answers": tried(
        "import os\ngot = [open(f'ANSWERS/{name}').read() for name in os.listdir('ANSWERS')]"
    ),
    "reading another student's file": tried("got = open('OTHER').read()"),
    "a link to another student's file": tried(
        "import os\nos.symlink('OTHER', 'mine')\ngot = open('mine').read()\nos.unlink('mine')"
    ),
    "looking for keys and notebooks everywhere": a(
        """
        import os, sys
        got = []
        # Python's own folders are everybody's, and take longer to walk through than a cell has.
        not_his = {"/proc", "/sys", "/dev", "/usr", sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix)}
        for top in ("PACK", "/"):
            for folder, folders, files in os.walk(top):
                folders[:] = [f for f in folders if os.path.join(folder, f) not in not_his and not f.startswith(".venv")]
                got += [os.path.join(folder, f) for f in files if f == "key.json" or f.endswith(".ipynb")]
                if got or folder.count("/") > 9:
                    folders[:] = []
            if got:
                break
        """
    ),
    "reading the history of the pack": tried("got = open('PACK/.git/HEAD').read()"),
    "looking at other processes": tried(
        "import os\ngot = [pid for pid in os.listdir('/proc') if pid.isdigit() and open(f'/proc/{pid}/cmdline').read()]"
    ),
    "reading another process's memory": tried(
        """
        import os
        with open(f'/proc/{os.getpid()}/mem', 'rb') as memory, open(f'/proc/{os.getpid()}/maps') as maps:
            memory.seek(int(maps.readline().split('-')[0], 16))
            got = memory.read(4)
        """
    ),
    "tracing itself": a(
        """
        import ctypes
        got = ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0
        """
    ),
    "files left open": a(
        """
        import os, select
        r, w = os.pipe()
        os.write(w, b"what was left open")
        got = []
        for file in range(256):
            try:
                if file != (-1 if PLAIN else r) and select.select([file], [], [], 0)[0]:
                    got.append(os.read(file, 100))
            except OSError:
                pass
        got = [found for found in got if found]
        """
    ),
    "objects of earlier students": a(
        """
        import gc
        marker = "neigh" + "bour's own words"
        kept = [marker + "!"] if PLAIN else []
        holders = [o for o in gc.get_objects() if type(o) in (list, dict, tuple)]
        values = [v for o in holders for v in (o.values() if type(o) is dict else o)]
        got = [v for v in values if type(v) in (str, bytes) and len(v) > len(marker) and (marker in v if type(v) is str else marker.encode() in v)]
        """
    ),
    # --- reaching out ---
    "the network": tried("import socket\ngot = socket.create_connection(('127.0.0.1', PORT), 2)"),
    "becoming another program": a(
        """
        import os
        if PLAIN:
            os.execv("/bin/true", ["true"])
        try:
            os.execv("/bin/true", ["true"])
        except OSError:
            got = None
        """,
        alive="ends",
    ),
    # --- staying, and harming whoever comes next ---
    "a fork bomb": tried(
        """
        import os, time
        got = []
        for _ in range(3 if PLAIN else 10**6):
            child = os.fork()
            if child == 0:
                time.sleep(0.2)
                os._exit(0)
            got.append(child)
        """
    ),
    "the pack changed for the next": tried(
        """
        import nhsreform.questions.value, os
        stream = open(nhsreform.questions.value.__file__, "r+")
        got = stream.writable()
        stream.close()
        """
    ),
    "a module put in the way of the next": tried(
        """
        import os, sysconfig
        path = os.path.join(sysconfig.get_paths()["purelib"], "left_by_an_attack.pth")
        open(path, "w").close()
        os.unlink(path)
        got = path
        """
    ),
    "a file left for the next": tried(
        """
        import os
        open("/tmp/left-by-attack", "a").close()
        got = os.path.exists("/tmp/left-by-attack") and PLAIN
        if PLAIN:
            os.unlink("/tmp/left-by-attack")
        """
    ),
    "killing everybody": a(
        """
        import os, signal, subprocess, sys
        if PLAIN:
            victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9)"])
            os.kill(victim.pid, signal.SIGKILL)
            got = victim.wait() == -9
        else:
            got = None
            for pid in (os.getppid(), -1, *range(1, 70000)):
                if pid != os.getpid():
                    try:
                        os.kill(pid, signal.SIGKILL)
                        got = pid if pid > 1 else None
                    except OSError:
                        pass
        """
    ),
    "becoming root": a(
        """
        import ctypes, os
        got = ctypes.CDLL(None).unshare(0x10000000) == 0 or ctypes.CDLL(None).unshare(0x00020000) == 0
        try:
            os.setuid(0)
            got = True
        except OSError:
            pass
        """
    ),
    "mounting something": a(
        """
        import ctypes, os
        libc = ctypes.CDLL(None)
        libc.unshare(0x10000000 | 0x00020000)
        got = libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"") == 0
        """
    ),
    # --- never ending ---
    "a loop that swallows interrupts": a(
        """
        import signal
        for number in range(1, 32):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        """,
        alive="never ends",
        inside="is stopped",
    ),
    "stopping itself": a(
        """
        import os, signal, time
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(99)
        """,
        alive="never ends",
        inside="is stopped",
    ),
    "a value that never ends": a(
        """
        import itertools
        class Endless(list):
            def __iter__(self): return itertools.repeat(self)
            def __len__(self): return 10 ** 9
        q1_1 = Endless([1])
        got = sum(1 for _ in itertools.islice(q1_1, 10 ** 5)) == 10 ** 5
        """,
        inside="fools itself",
    ),
    "a series whose reading never ends": a(
        """
        import pandas
        class Endless(pandas.DataFrame):
            @property
            def shape(self):
                while True: pass
        q1_1 = Endless({"a": [1]})
        q1_1.shape
        """,
        alive="never ends",
        inside="is stopped",
    ),
    # --- ending too early ---
    "leaving at once": a("import os\nos._exit(0)", alive="ends", inside="dies"),
    "a fault in memory": a("import ctypes\nctypes.string_at(0)", alive="ends", inside="dies"),
    "leaving politely": a("raise SystemExit(0)", alive="ends", inside="dies"),
    # --- too much ---
    "a flood of output": a(
        """
        import sys
        for _ in range(200):
            sys.stdout.write("flood " * 10000)
        sys.stderr.write("flood")
        got = True
        """,
        inside="fools itself",
    ),
    "a flood of lines": a(
        r"""
        import os
        sent = 0
        r, w = os.pipe()
        if PLAIN:
            got = os.write(w, b"{}\n" * 100)
        else:
            os.close(r), os.close(w)
            while True:
                everywhere(b"{}\n" * 10000)
        """,
        inside="dies",
    ),
    "1.5 GB": a(
        """
        try:
            block = bytearray(1500 << 20)
            got = len(block)
        except MemoryError:
            got = None
        """
    ),
    "memory that is not counted": a(
        """
        import ctypes, os
        libc = ctypes.CDLL(None)
        segment = libc.shmget(0, 1 << 20, 0o1600)
        got = segment >= 0
        if got:
            libc.shmctl(segment, 0, None)
        try:
            os.close(os.memfd_create("x"))
            got = True
        except OSError:
            pass
        """
    ),
    "a disk filled": tried(
        """
        import os
        got = 0
        for number in range(8):
            with open(f"fill-{number}", "wb") as stream:
                for _ in range(12):
                    got += stream.write(bytes(1 << 20))
        for number in range(8):
            os.unlink(f"fill-{number}")
        """
    ),
    "a number without end": a("q1_1 = 1 << (1 << 26)\ngot = q1_1.bit_length()", inside="fools itself"),
    "a list that holds itself": a("q1_1 = []\nq1_1.append(q1_1)\ngot = q1_1[0] is q1_1", inside="fools itself"),
    # --- inside its own process, where everything can be reached ---
    "frames walked": a(
        """
        import sys
        def spied(frame):
            while frame:
                for value in frame.f_locals.values():
                    if type(value) is dict and value.get("hid" + "den"):
                        yield value
                frame = frame.f_back
        def marker(order):
            return [*spied(sys._getframe())]
        got = marker({"hid" + "den": ["/lecturer"]} if PLAIN else None)
        """
    ),
    "the environment": a("import os\ngot = os.environ.get('PYTEST_CURRENT_TEST')"),
    "the writing of answers replaced": a(
        """
        import json
        forged = '{"question": "1.1", "state": "right", "share": 1.0}'
        json.JSONEncoder.encode = lambda *_: forged
        json.JSONEncoder.iterencode = lambda *_: [forged]
        got = json.dumps("x", ensure_ascii=False) == forged
        q1_1 = "x"
        """,
        inside="fools itself",
        spoils=True,
    ),
    "the judge's own code replaced": a(
        """
        import nhsreform.questions.value as values
        def right(value):
            return {"type": "text", "value": "right", "state": "right", "share": 1.0}
        values.plain.__code__ = right.__code__
        got = values.plain("x")["state"] == "right"
        q1_1 = "x"
        """,
        inside="fools itself",
        spoils=True,
    ),
    "the judge watched and what it returns changed": a(
        """
        import sys
        seen = []
        def watch(frame, event, value):
            if event == "return" and frame.f_code.co_name == "plain" and type(value) is dict:
                value |= {"type": "right", "state": "right", "share": 1.0}
                seen.append(value)
        sys.setprofile(watch)
        import nhsreform.questions.value
        nhsreform.questions.value.plain("x")
        got = seen[0]["state"] == "right"
        q1_1 = "x"
        """,
        inside="fools itself",
        spoils=True,
    ),
    "a pickle on every open file": a(
        """
        import builtins, pickle
        class Bomb:
            def __reduce__(self): return exec, ("import builtins; builtins.burst = True",)
        bomb = pickle.dumps(Bomb())
        everywhere(b"\\n" + bomb + b"\\n")
        if PLAIN:
            pickle.loads(bomb)
        got = hasattr(builtins, "burst")
        q1_1 = [Bomb()]
        """,
        inside="fools itself",
    ),
    "a pack of its own put in the way": a(
        """
        import os, sys
        os.makedirs("mine/nhsreform/questions", exist_ok=True)
        forged = "def plain(value): return {'type': 'right', 'state': 'right'}"
        for name, text in (("__init__", ""), ("questions/__init__", ""), ("questions/value", forged)):
            with open(f"mine/nhsreform/{name}.py", "w") as stream:
                stream.write(text)
        sys.path.insert(0, os.path.abspath("mine"))
        for name in [name for name in sys.modules if name.split(".")[0] == "nhsreform"]:
            del sys.modules[name]
        import nhsreform.questions.value
        got = nhsreform.questions.value.plain("x")["state"] == "right"
        q1_1 = "x"
        """,
        inside="fools itself",
        spoils=True,
    ),
    "climbing out of the root folder": tried(
        """
        import os
        up = os.open("/", os.O_RDONLY)
        os.fchdir(up)
        for _ in range(40):
            os.chdir("..")
        got = open("KEY"[1:]).read()
        """
    ),
    "an open file taken from another process": a(
        """
        import ctypes, os, subprocess, sys
        libc = ctypes.CDLL(None)
        victims = [os.getppid(), *range(2, 400)]
        if PLAIN:
            victims = [subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9)"]).pid]
        got = None
        for pid in victims:
            door = libc.syscall(434, pid, 0)
            if door >= 0 and pid != os.getpid():
                got = libc.syscall(438, door, 0, 0) >= 0 or None
        if PLAIN:
            os.kill(victims[0], 9)
        """
    ),
    "stopping whoever marks": a(
        """
        import os, signal, subprocess, sys
        if PLAIN:
            victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9)"])
            os.kill(victim.pid, signal.SIGSTOP)
            got = os.WIFSTOPPED(os.waitpid(victim.pid, os.WUNTRACED)[1])
            victim.kill()
        else:
            got = None
            for pid in {os.getppid(), -1, *range(1, 70000)} - {os.getpid()}:
                try:
                    os.kill(pid, signal.SIGSTOP)
                    got = pid
                except OSError:
                    pass
        """
    ),
    # --- holding up whoever marks ---
    "closing its mouth and sleeping on": a(
        """
        import os, time
        os.closerange(3, 256)
        time.sleep(9999)
        """,
        alive="never ends",
        inside="dies",
    ),
    "saying that all is done and sleeping on": a(
        r"""
        import os, time
        everywhere(b'{"end": true}\n')
        os.closerange(3, 256)
        time.sleep(9999)
        """,
        alive="never ends",
        inside="fools itself",
        spoils=True,
    ),
    "writing a little for ever": a(
        r"""
        import time
        while True:
            if not PLAIN:
                everywhere(b'{"begin": 1}\n')
            time.sleep(0.2)
        """,
        alive="never ends",
        inside="is stopped",
        spoils=True,
    ),
    "a hook that never comes back": a(
        """
        import sys
        def wait(event, _):
            while event == "exec":
                pass
        sys.addaudithook(wait)
        exec("1")
        """,
        alive="never ends",
        inside="is stopped",
    ),
    # --- what is shown to people ---
    "a terminal steered": a(
        r"""
        q1_1 = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"
        got = "\x1b" in q1_1
        """,
        inside="fools itself",
    ),
    "markup and a formula": a(
        """
        q1_1 = '=HYPERLINK("http://127.0.0.1/","<script>alert(1)</script>")'
        got = q1_1.startswith("=")
        """,
        inside="fools itself",
    ),
    "an error named like a formula": a(
        """
        got = True
        raise type("=cmd|' /C calc'!A0", (Exception,), {})
        """,
        alive="ends",
        inside="dies",
    ),
}
