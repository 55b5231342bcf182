"""Start the pack, or test it, from nothing but Python.

    python3 start.py                  make .venv the first time, then open JupyterLab
    python3 start.py --texts FOLDER   put your own copies of missing texts into seeds/, and open nothing
    python3 start.py test             make .venv-test the first time, then run the whole test suite
    python3 start.py site             make .venv-test the first time, then the whole website in site/

On Windows type `py` for `python3`. Only the standard library is used. The whole file keeps to syntax that
Python 2.7 can parse (no f-strings, no annotations): an old Python must get as far as the sentence below.
"""

import sys

OLDEST, NEWEST_TESTED = (3, 11), (3, 13)

if sys.version_info[:2] < OLDEST:
    sys.stderr.write(
        "This pack needs Python 3.11 or later, and this is Python {0}.{1}: install Python 3.13 from "
        "python.org, then type  python3.13 start.py  (on Windows  py -3.13 start.py).\n".format(*sys.version_info[:2])
    )
    sys.exit(1)

import argparse
import ast
import binascii
import csv
import errno
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import socket
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.abspath(__file__))
FIRST_NOTEBOOK = "notebooks/00-start-here.ipynb"
FIRST_PORT, PORTS = 8888, 100
TRAMPOLINE, TRAMPOLINE_END = b"\x27\x27\x27exec\x27", b"\x27 \x27\x27\x27"
# What a user has set for a Python, a Jupyter or an installer of their own stays out of the pack's: it would let in
# packages from elsewhere, another server's password, or another kernel. Only where to fetch from, and how, is kept.
THEIRS = ("PYTHON", "JUPYTER", "JPY_", "IPYTHON", "VIRTUAL_ENV", "PIP_", "UV_")
KEPT = ("PYTHONUTF8", "PYTHONIOENCODING", "UV_CACHE_DIR", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_HTTP_TIMEOUT")
FETCHING = (
    "index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "client-cert", "proxy", "timeout", "default-timeout", "default-timeout",
    "retries", "cache-dir", "no-cache-dir", "keyring-provider",
)  # fmt: skip
AGAIN = "py start.py" if os.name == "nt" else "python3 start.py"

# Copies of the texts are looked for in files no larger than this, and in no more files than that.
LARGEST_COPY, MOST_FILES = 200000, 20000
# What went wrong, the traces it leaves in an installer's output, and what to say. The most telling come
# first: a lost connection also ends in "no matching distribution", a full disk in "permission denied".
CAUSES = {
    "disk": (
        ["No space left on device", "Errno 28", "os error 28", "not enough space on the disk", "Disk quota"],
        "There is too little room on the disk: the pack needs about {space} MB in {root}. Free some, or move it "
        "to a larger disk, then type  {again}  again.",
    ),
    "long path": (
        ["Long Path", "WinError 206", "file name or extension is too long"],
        "The path of this folder is too long for Windows: {root}. Move the pack to a shorter one, such as a "
        "folder directly in your own, then type  {again}  there.",
    ),
    "hash": (
        ["DO NOT MATCH THE HASHES", "Hash mismatch"],
        "A downloaded file is not the one this pack was tested with, so it was not installed: it may be "
        "damaged, or something on the way changes files. Try another network, then type  {again}  again.",
    ),
    "certificate": (
        ["CERTIFICATE_VERIFY_FAILED", "invalid peer certificate"],
        "The network shows a security certificate that this Python does not trust, as networks that inspect "
        "traffic do. Try another network, or ask whoever runs this one, then type  {again}  again.",
    ),
    "network": (
        ["connection broken by", "new connection", "error sending request", "timed out", "unreachable"],
        "The packages could not be downloaded. The first start needs the network, once; later starts do "
        "not. Connect, then type  {again}  again.\n"
        "With no network here, bring the files instead: on a connected computer of the same kind, with the "
        "same Python, type  python3 -m pip download --no-deps -d wheels -r {lock}  in a copy of this "
        "folder, bring the new folder  wheels  here, set PIP_NO_INDEX=1 and PIP_FIND_LINKS=wheels, then "
        "type  {again}  again.",
    ),
    "no file": (
        ["No matching distribution found", "No solution found"],
        "A package has no ready-made file for this system and Python {python}, or the folder that "
        "PIP_FIND_LINKS names lacks it. Use Python 3.11, 3.12 or 3.13, then type  {again}  again.",
    ),
    "write": (
        ["Permission denied", "Read-only file system", "Access is denied", "os error 13", "os error 30"],
        "This folder cannot be written to: {root}. Copy the pack to a folder of your own, such as "
        "Documents, close any JupyterLab that runs from it, then type  {again}  there.",
    ),
}


# What stands before activate, for each kind of shell. Only some say where the file that they read lies; elsewhere it is
# looked for here. On Windows there is none: the pack's commands themselves refuse to run for another copy.
GUARDS = {
    "activate": """\
nhsreform_activate="${{BASH_SOURCE:-$0}}"
case "$nhsreform_activate" in *activate) ;; *) nhsreform_activate=./{folder}/bin/activate ;; esac
if [ -e "$nhsreform_activate" ] && ! [ "$nhsreform_activate" -ef {path} ]; then
    echo '{refusal}' >&2
    unset nhsreform_activate
    return 1
fi
unset nhsreform_activate

""",
    "activate.fish": """\
if test (realpath (status filename)) != {path}
    echo '{refusal}' >&2
    return 1
end

""",
    "activate.csh": """\
if ( -e ./{folder}/bin/activate.csh ) then
    if ( "`realpath ./{folder}/bin/activate.csh`" != {path} ) then
        echo '{refusal}'
        exit 1
    endif
endif

""",
}
REFUSAL = (
    "This pack was moved or copied, and its environment belongs to another folder. Type  {again}  in this one first."
)


class Stop(Exception):
    """A reason to end, in words for the person at the keyboard."""


class Kind:
    """One of the two environments: its folder, its lock, its size in MB, the command that makes it."""

    def __init__(self, folder, lock, space, again):
        """Name the parts; `folder` and `lock` stand in the checkout."""
        self.folder = os.path.join(ROOT, folder)
        self.lock = os.path.join(ROOT, lock)
        self.space = space
        self.again = again
        self.stamp = os.path.join(self.folder, "nhsreform-stamp.json")
        self.python = os.path.join(self.folder, "Scripts/python.exe" if os.name == "nt" else "bin/python")

    def advice(self, cause):
        """Return the sentence for `cause`, with this environment's names in it."""
        return CAUSES[cause][1].format(
            root=ROOT, space=self.space, again=self.again, lock=os.path.basename(self.lock), python=version()
        )


LEARNER = Kind(".venv", "requirements.txt", 600, AGAIN)
TESTER = Kind(".venv-test", "requirements-dev.txt", 900, AGAIN + " test")
# The same environment, asked for by another word.
PUBLISHER = Kind(".venv-test", "requirements-dev.txt", 900, AGAIN + " site")


def say(text):
    """Print `text` at once, so that it stands before what a child process prints."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def version():
    """Return the running Python's version as `3.12`."""
    return "{0}.{1}".format(*sys.version_info[:2])


def child_env(**extra):
    """Return the environment for a child process, without what a user has set for programs of their own.

    With `user = true` in its settings pip would refuse to install into a virtual environment. Where Python may not
    keep what it has compiled, as in many containers, every process and every kernel would compile hundreds of files
    again.
    """
    env = {name: value for name, value in os.environ.items() if name not in left_out()}
    env.update(PIP_USER="0", UV_PYTHON_DOWNLOADS="never")
    env.update(extra)
    return env


def left_out():
    """Return the names of the user's own settings in the environment that do not reach the pack."""
    fetching = tuple("PIP_" + name.upper().replace("-", "_") for name in FETCHING)
    kept = KEPT + fetching + ("PIP_CONFIG_FILE",)
    return sorted(name for name in os.environ if name.upper().startswith(THEIRS) and name.upper() not in kept)


def their_files():
    """Return the files in which a user has set up a Jupyter of their own."""
    folders = [os.environ.get("JUPYTER_CONFIG_DIR"), os.path.join(os.path.expanduser("~"), ".jupyter")]
    found = []
    for folder in filter(None, folders):
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        settings = [name for name in names if name.startswith("jupyter_") and name.endswith((".py", ".json"))]
        found += [os.path.join(folder, name) for name in settings if os.path.join(folder, name) not in found]
    return found


def tell_left_out(installing=False):
    """Say which settings of the user's own are not used here: those of Python and Jupyter, or of an installer."""
    # What containers set for every Python or pip is nobody's wish.
    usual = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHON_VERSION", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT",
             "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_ROOT_USER_ACTION", "PIP_NO_INPUT")  # fmt: skip
    of_installers = ("PIP_", "UV_")
    found = [name for name in left_out() if name not in usual and name.startswith(of_installers) is installing]
    found += [] if installing else their_files()
    if found:
        say("Settings of your own stay as they are and are not used here: {0}.".format(", ".join(found)))


def installing_env(kind):
    """Return the environment for an installer: it fetches as the user has set up pip, and installs where it is told.

    pip's settings in files may name another place to install to, so of all settings only those on fetching are kept.
    """
    env = child_env()
    try:
        listed = subprocess.check_output(
            [kind.python, "-m", "pip", "config", "list"], env=env, stderr=subprocess.DEVNULL, cwd=ROOT
        ).decode("utf-8", "replace")
    except (OSError, subprocess.CalledProcessError):
        listed = ""
    for section in ("global", "install"):
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(section + ".") and name[len(section) + 1 :] in FETCHING:
                setting = "PIP_" + name[len(section) + 1 :].upper().replace("-", "_")
                if setting not in os.environ:
                    env[setting] = str(ast.literal_eval(value))
    env["PIP_CONFIG_FILE"] = os.devnull
    return env


def digest(*parts):
    """Return a hash of the files and words in `parts`; a path of a file stands for its content."""
    total = hashlib.sha256()
    for part in parts:
        if os.path.isfile(part):
            with open(part, "rb") as file:
                total.update(hashlib.sha256(file.read()).digest())
        else:
            total.update(hashlib.sha256(os.fsencode(part)).digest())
    return total.hexdigest()


def wanted_stamp(kind):
    """Return what the stamp of a complete and current environment says.

    `packages` changes with the lock and with the Python that runs this file: then all is made anew.
    `place` changes when the folder is moved or copied: then the environment is made to belong here, without a network.
    `pack` changes with pyproject.toml: then only the pack is installed again.
    """
    return {
        "packages": digest(kind.lock, version()),
        "place": kind.folder,
        "pack": digest(os.path.join(ROOT, "pyproject.toml"), ROOT),
    }


def found_stamp(kind):
    """Return what the environment's stamp says, or an empty dict when there is no whole one."""
    if not os.path.isfile(kind.python):
        return {}
    try:
        with open(kind.stamp) as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(kind, stamp):
    """Record which parts of the environment are whole."""
    with open(kind.stamp, "w") as file:
        json.dump(stamp, file)


def run_quietly(kind, command):
    """Run an installer, showing only how far it is; raise Stop with the cause when it fails."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=installing_env(kind),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines, fetched = [], 0
    for raw in process.stdout:
        lines.append(raw.decode("utf-8", "replace").rstrip())
        if lines[-1].startswith("Collecting ") and sys.stdout.isatty():
            fetched += 1
            sys.stdout.write("\r  package {0}".format(fetched))
            sys.stdout.flush()
    if fetched:
        say("")
    if process.wait() == 0:
        return
    output = "\n".join(lines)
    for cause, (signs, _) in CAUSES.items():
        if any(sign in output for sign in signs):
            raise Stop(kind.advice(cause))
    raise Stop("\n".join(lines[-15:] + ["The installation failed, and the lines above say why."]))


def packages_in(lock):
    """Return how many packages a lock file pins."""
    with open(lock) as file:
        return sum("==" in line for line in file)


def hold_lock(kind):
    """Return an open file that no other start of this folder can lock while it is open.

    The system frees the lock when the process ends, however it ends. Raises Stop when another start holds it.
    """
    handle = open(kind.folder + ".lock", "w")  # noqa: SIM115 (whoever asks for the lock closes it)
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network folders know no locks. Waiting would not help there, so the start goes on without one.
        if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return handle
        handle.close()
        raise Stop(
            "Another start is installing in this folder. Wait until it is done, then type  {0}  again.".format(
                kind.again
            )
        )
    return handle


def prepare(kind):
    """Make the environment, unless its stamp says that it is complete and current.

    Each part is stamped only when it is whole, so an install cut short is never taken for a whole one: the
    next start does that part again.
    """
    wanted = wanted_stamp(kind)
    if found_stamp(kind) == wanted:
        return
    tell_left_out(installing=True)
    with hold_lock(kind):
        # uv does not read pip's settings, so where pip has been told where to look, pip does the work.
        told = os.environ.get("PIP_NO_INDEX") or os.environ.get("PIP_INDEX_URL")
        uv = None if told else shutil.which("uv")
        found = found_stamp(kind)
        if found.get("packages") != wanted["packages"]:
            make_packages(kind, uv)
        elif found.get("place") != wanted["place"]:
            move_in(kind, found.get("place"), uv)
        guard_activate(kind)
        write_stamp(kind, {name: wanted[name] for name in ("packages", "place")})
        # The lock has brought the build back end, so nothing is fetched for this.
        run_quietly(kind, installer(kind, uv) + ["--no-deps", "--no-build-isolation", "-e", "."])
        try_import(kind)
        write_stamp(kind, wanted)


def try_import(kind):
    """Raise Stop, and have all made anew by the next start, when what was installed cannot be used from here."""
    code = (
        "import jupyterlab, ipykernel, pandas, nhsreform, os, sys; "
        "sys.exit(os.path.realpath(nhsreform.__file__).startswith(os.path.realpath(sys.argv[1])) is False)"
    )
    tried = subprocess.Popen(
        [kind.python, "-I", "-c", code, os.path.join(ROOT, "src")],
        cwd=ROOT,
        env=child_env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = tried.communicate()[0].decode("utf-8", "replace").strip().splitlines()
    if tried.returncode:
        os.remove(kind.stamp)
        raise Stop(
            "The packages were installed, but cannot be used from {0}: {1}. Something may tell pip or uv to install "
            "elsewhere: look at  python3 -m pip config list  and at uv.toml, then type  {2}  again.".format(
                kind.folder, said[-1] if said else "another copy of the pack is found first", kind.again
            )
        )


def base_python():
    """Return a Python that is not that of a virtual environment: the active one may be the one that is cleared."""
    return getattr(sys, "_base_executable", None) or sys.executable


def move_in(kind, old, uv):
    """Make an environment belong to this folder that was made in another, from which it was moved or copied.

    Its packages are whole, so nothing is fetched; but its activate and its commands name the folder of old. On Windows
    the commands are programs that cannot be mended, so there all is made anew.
    """
    if os.name == "nt" or not old:
        make_packages(kind, uv)
        return
    say("This pack was moved or copied from {0}. Its environment is made anew for this folder.".format(old))
    os.remove(kind.stamp)
    commands = os.path.join(kind.folder, "bin")
    for name in os.listdir(commands):
        path = os.path.join(commands, name)
        # The environment's Python itself is a link to one elsewhere.
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                text = file.read()
            if text.startswith(b"#!") and os.fsencode(old) in text[:1000]:
                with open(path, "wb") as file:
                    file.write(with_python(text, kind.python))
    run_quietly(kind, [base_python(), "-m", "venv", "--without-pip", kind.folder])


def with_python(text, python):
    """Return a command's text with another Python to run it, in the form that takes a path of any length and any signs."""
    # Both a shell and Python can read the second line.
    head = [b"#!/bin/sh", TRAMPOLINE + b' "' + os.fsencode(python) + b'" "$0" "$@"', TRAMPOLINE_END]
    lines = text.split(b"\n")
    # An earlier command in that form has three lines of it.
    return b"\n".join(head + (lines[3:] if lines[1:2] and lines[1].startswith(TRAMPOLINE) else lines[1:]))


def guard_activate(kind):
    """Have activate refuse where it was copied or moved with its pack: it would run the pack of old."""
    for name, guard in GUARDS.items():
        path = os.path.join(kind.folder, "bin", name)
        if not os.path.isfile(path):
            continue
        with open(path, "rb") as file:
            text = file.read()
        # These compare two paths as they are written.
        own = path if name == "activate" else os.path.realpath(path)
        guard = guard.format(
            folder=os.path.basename(kind.folder), path=shlex.quote(own), refusal=REFUSAL.format(again=kind.again)
        )
        if not text.startswith(os.fsencode(guard)):
            with open(path, "wb") as file:
                file.write(os.fsencode(guard) + text)


def make_packages(kind, uv):
    """Make the virtual environment anew and install the lock into it, checking every hash."""
    if shutil.disk_usage(ROOT).free < kind.space * 1000000:
        raise Stop(kind.advice("disk"))
    if importlib.util.find_spec("ensurepip") is None:
        raise Stop(
            "This Python cannot make virtual environments, as on some Linux systems: type  sudo apt install "
            "python{0}-venv  and then  {1}  again.".format(version(), kind.again)
        )
    say(
        "Installing {0} packages into {1}. This takes a minute or two and needs the network; the next start "
        "does not.".format(packages_in(kind.lock), os.path.basename(kind.folder))
    )
    if os.path.exists(kind.stamp):
        os.remove(kind.stamp)
    run_quietly(kind, [base_python(), "-m", "venv", "--clear", kind.folder])
    # Ready-made files only: a package built on the spot would fetch and run what no hash covers.
    hashed = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    run_quietly(kind, installer(kind, uv) + hashed + ["-r", kind.lock])


def installer(kind, uv):
    """Return the start of an install command: uv where there is one, else pip."""
    if uv:
        return [uv, "pip", "install", "--python", kind.python]
    return [kind.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]


# The texts. The pack can be passed on without them, because their rights belong to others.


class Text:
    """One text that the pack reads: its title, its file in seeds/, and the hash of its bytes."""

    def __init__(self, row):
        """Take the parts from a row of data/sources.csv."""
        self.source_id = row["source_id"]
        self.title = row["title"]
        self.file = row["file"]
        self.sha256 = row["sha256"]
        self.path = os.path.join(ROOT, "seeds", row["file"])


def read_rows(table):
    """Return the rows of a table in data/; none when the table is not there."""
    path = os.path.join(ROOT, "data", table + ".csv")
    if not os.path.isfile(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def missing_texts():
    """Return the texts whose file is not in seeds/, in reading order."""
    texts = [Text(row) for row in read_rows("sources")]
    return [text for text in texts if not os.path.lexists(text.path)]


def changed_texts():
    """Return the texts whose file in seeds/ is not the text, byte for byte."""
    texts = [Text(row) for row in read_rows("sources")]
    return [text for text in texts if os.path.isfile(text.path) and digest_of(text.path) != text.sha256]


def digest_of(path):
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def titles(texts):
    """Return the texts as lines, a title and a file name each."""
    return "\n".join("  {0} (seeds/{1})".format(text.title, text.file) for text in texts)


def files_in(place):
    """Return the path of a file, or of every small file in a folder and the folders in it.

    Raises Stop when there is no such place, when it is a zip, and when it holds more files than can be looked at.
    """
    # A folder dragged into a terminal arrives with a backslash before each blank.
    unescaped = place.replace("\\ ", " ")
    if os.name != "nt" and not os.path.exists(place) and os.path.exists(unescaped):
        place = unescaped
    if not os.path.exists(place):
        raise Stop("There is no file or folder {0}. Give the folder that holds your copies.".format(place))
    if os.path.isfile(place):
        if place.lower().endswith(".zip"):
            raise Stop("{0} is a zip. Unzip it, and give the folder.".format(place))
        return [place]
    found, looked_at = [], 0
    for folder, below, names in os.walk(place):
        below[:] = sorted(name for name in below if not name.startswith("."))
        looked_at += len(names)
        if looked_at > MOST_FILES:
            raise Stop(
                "{0} holds more than {1:,} files. Give a smaller folder, with your copies in it.".format(
                    place, MOST_FILES
                )
            )
        found += [os.path.join(folder, name) for name in sorted(names)]
    return [path for path in found if os.path.isfile(path) and os.path.getsize(path) <= LARGEST_COPY]


def restorations(raw):
    """Return the bytes as they are, and without what editors do to line ends and to the beginning of a file."""
    plain = (raw[3:] if raw.startswith(b"\xef\xbb\xbf") else raw).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return [raw, plain] + [plain.rstrip(b"\n") + breaks for breaks in (b"", b"\n", b"\n\n")]


def add_texts(place):
    """Copy every missing text that is found in a file or folder into seeds/, known by its hash whatever its name.

    A copy that only line ends or a byte-order mark keep from being the text is mended on the way: the hash shows
    that nothing else was changed. The reader's own file is left alone, and nothing in seeds/ is overwritten.
    Returns the texts that are still missing.
    """
    missing = missing_texts()
    wanted = {text.sha256: text for text in missing}
    for path in files_in(os.path.expanduser(place)):
        try:
            with open(path, "rb") as file:
                raw = file.read(LARGEST_COPY + 1)
        except OSError as error:
            say("{0} cannot be read ({1}).".format(path, error.strerror))
            continue
        for body in restorations(raw):
            text = wanted.pop(hashlib.sha256(body).hexdigest(), None)
            if text is not None:
                put_text(text, body)
                mended = "" if body == raw else ". Its line ends or a byte-order mark are mended in the copy in seeds/"
                say("Found {0}, in {1}{2}.".format(text.title, path, mended))
                break
    return [text for text in missing if text.sha256 in wanted]


def put_text(text, body):
    """Write a text into seeds/, whole or not at all; never over a file that is there."""
    folder = os.path.dirname(text.path)
    if not os.path.isdir(folder):
        os.mkdir(folder)
    with open(text.path, "xb") as file:
        try:
            file.write(body)
            file.flush()
        except OSError:
            os.remove(text.path)
            raise


def tell_changed():
    """Say which files in seeds/ are not the texts they stand for, and what to do about it."""
    changed = changed_texts()
    if changed:
        say(
            "These files in seeds/ are not the texts they stand for, byte for byte, so the pack will refuse them:\n{0}\n"
            "Move them to another folder, then type  {1} --texts FOLDER  with that folder: what an editor does to line "
            "ends is mended there.".format(titles(changed), AGAIN)
        )


def tell_missing(missing):
    """Say which texts are missing, and why that may be."""
    say(
        "This copy of the pack has come without {0} of its texts, because their rights belong to others:\n{1}\n"
        "All else opens; where a text is needed, the notebook says so. If you hold copies lawfully, the pack can use "
        "them: it knows them by their hash, whatever their names.".format(len(missing), titles(missing))
    )


def texts_from(place):
    """Do what --texts asks for; return 0 when every text is there afterwards, else 1."""
    tell_changed()
    if changed_texts() and not missing_texts():
        return 1
    if not missing_texts():
        say("No text is missing from seeds/, so there is nothing to add.")
        return 0
    missing = add_texts(place)
    if missing:
        say(
            "Still missing, and not found in {0}:\n{1}\nA copy has to be the text to the byte, but for line ends and a "
            "byte-order mark: one that was copied anew from a web page, or saved in another encoding than UTF-8, is "
            "not. Look for the file whose SHA-256 stands in data/sources.csv, as seeds/README.md says. Type  "
            "{2} --texts FOLDER  with another folder, or  {2}  to go on without.".format(place, titles(missing), AGAIN)
        )
        return 1
    if changed_texts():
        return 1
    say("All the texts are in seeds/ now. Type  {0}  to open the pack.".format(AGAIN))
    return 0


def at_terminal():
    """Return whether somebody can read a question and answer it."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask_for_texts():
    """When texts are missing, ask for them where somebody can answer, and say how to add them where nobody can."""
    tell_changed()
    missing = missing_texts()
    if not missing:
        return
    tell_missing(missing)
    if not at_terminal():
        say("To add them, type  {0} --texts FOLDER".format(AGAIN))
        return
    while missing:
        try:
            place = input("Folder or file with your copies (only Enter: go on without): ").strip().strip("\"'")
        except EOFError:
            place = ""
        if not place:
            say("Going on without. To add them later, type  {0} --texts FOLDER".format(AGAIN))
            return
        try:
            missing = add_texts(place)
        except Stop as reason:
            say(str(reason))
            continue
        say("Still missing:\n{0}".format(titles(missing)) if missing else "All the texts are in seeds/ now.")


def check_port(port):
    """Raise Stop when a server cannot listen on `port` of this computer."""
    if not 0 < port < 65536:
        raise Stop("{0} is not a port. Type a number from 1024 to 65535:  {1} --port 8890".format(port, AGAIN))
    with socket.socket() as probe:
        if os.name != "nt":
            # A port whose last server has just ended is free; without this it would look taken for a minute.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise Stop(
                "Port {0} {1}. Type another number, such as  {2} --port {3}  or leave --port out, and a free "
                "one is chosen.".format(
                    port, "is in use" if taken else "cannot be opened", AGAIN, 8890 if port != 8890 else 8891
                )
            )


def free_port():
    """Return a port that a server can listen on, as near to Jupyter's own as may be."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        try:
            check_port(port)
        except Stop:
            continue
        return port
    raise Stop("No port from {0} on is free. Type one:  {1} --port 9999".format(FIRST_PORT, AGAIN))


def address(port, token):
    """Return the address to copy into a browser."""
    return "http://127.0.0.1:{0}/lab/tree/{1}?token={2}".format(port, FIRST_NOTEBOOK, token)


def lab_command(port, browser):
    """Return the command that opens JupyterLab on the first notebook."""
    command = [
        LEARNER.python,
        "-m",
        "jupyterlab",
        "--ServerApp.root_dir=" + ROOT,
        "--LabApp.default_url=/lab/tree/" + FIRST_NOTEBOOK,
        "--ServerApp.ip=127.0.0.1",
        # Without this the address to copy is lost in forty lines of log.
        "--log-level=WARN",
    ]
    if port is not None:
        command += ["--ServerApp.port={0}".format(port), "--ServerApp.port_retries=0"]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root; Jupyter would only refuse.
        command.append("--allow-root")
    return command


def lab_env():
    """Return the environment for JupyterLab: settings, kernels, running state and layout of the pack's own.

    Jupyter does not look for settings in the folder it is started in, so it is told to: that is how
    jupyter_server_config.py is read. The folders of a user's own Jupyter may hold a password, a foreign kernel or a
    layout with files that are not here; and a home folder may not be writable at all.
    """
    folder = own_folder()
    env = child_env(
        JUPYTER_CONFIG_PATH=ROOT,
        VIRTUAL_ENV=LEARNER.folder,
        JUPYTERLAB_WORKSPACES_DIR=os.path.join(folder, "workspaces"),
        JUPYTERLAB_SETTINGS_DIR=os.path.join(folder, "config", "lab", "user-settings"),
        IPYTHONDIR=os.path.join(folder, "ipython"),
    )
    for part in ("config", "data", "runtime"):
        env["JUPYTER_{0}_DIR".format(part.upper())] = os.path.join(folder, part)
    if not keeps_secrets(folder):
        # As on a memory stick: Jupyter would refuse to write a file that others may read.
        env["JUPYTER_ALLOW_INSECURE_WRITES"] = "1"
    return env


def own_folder():
    """Return a folder that can be written to for Jupyter's own files: in .venv, or else a temporary one."""
    folder = os.path.join(LEARNER.folder, "jupyter")
    try:
        if not os.path.isdir(folder):
            os.makedirs(folder)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return tempfile.mkdtemp(prefix="nhsreform-")
    return folder


def keeps_secrets(folder):
    """Return whether a file in `folder` can be closed to others."""
    if os.name == "nt":
        return True
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        return os.stat(file.name).st_mode & 0o077 == 0


def find_chromium():
    """Return the path of a Chromium for the browser tests, or None; as root on Debian, install it first."""
    if os.environ.get("NHSREFORM_CHROMIUM"):
        return os.environ["NHSREFORM_CHROMIUM"]
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        say("Installing Chromium for the browser tests.")
        for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.call(["apt-get", "-qq"] + step, env=child_env(DEBIAN_FRONTEND="noninteractive"))
        found = shutil.which(names[0])
    return found


def hand_over(command, env):
    """Become `command`, in the checkout; on Windows, which cannot, run it and return its exit code."""
    os.chdir(ROOT)
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, env)
    process = subprocess.Popen(command, env=env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Ctrl-C reaches the child as well, and the child decides what it means.
            continue


def start(argv):
    """Open JupyterLab; return its exit code."""
    parser = argparse.ArgumentParser(
        prog=AGAIN,
        description="Open the pack in JupyterLab. The first start installs what it needs into .venv.",
        epilog="To run the test suite:  {0} test [arguments for pytest]".format(AGAIN),
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    parser.add_argument("--port", type=int, metavar="N", help="use this port, not just a free one")
    parser.add_argument(
        "--texts", metavar="FOLDER", help="put your own copies of missing texts into seeds/, and open nothing"
    )
    options = parser.parse_args(argv)
    if options.texts is not None:
        return texts_from(options.texts)
    if options.port is not None:
        check_port(options.port)
    ask_for_texts()
    prepare(LEARNER)
    tell_left_out()
    # In the environment, which nobody else on this computer can read, as they can read a command.
    token, port = binascii.hexlify(os.urandom(24)).decode(), options.port or free_port()
    env = lab_env()
    env.update(NHSREFORM_STARTED="1", JUPYTER_TOKEN=token, JUPYTER_PORT=str(port), JUPYTER_PORT_RETRIES="0")
    say(
        "Opening JupyterLab. If no browser opens within some seconds, copy this address into yours:\n\n    {0}\n\n"
        "To stop, press Ctrl-C here twice.".format(address(port, token))
    )
    return hand_over(lab_command(options.port, not options.no_browser), env)


def test(argv):
    """Run the test suite, passing `argv` on to pytest through tests/lanes.py; return the exit code."""
    missing = missing_texts()
    if missing:
        say("Many tests read texts that are missing here, and will fail:\n{0}".format(titles(missing)))
        say("To add them, type  {0} --texts FOLDER".format(AGAIN))
    prepare(TESTER)
    chromium = find_chromium()
    env = child_env(NHSREFORM_CHROMIUM=chromium) if chromium else child_env()
    return hand_over([TESTER.python, "-m", "tests.lanes"] + argv, env)


def site(argv):
    """Make the whole website in site/: the pages to read, and the pack to run in a browser; return the exit code.

    `argv` may be --files FOLDER, a folder that holds the files of others, for a computer without a network.
    """
    prepare(PUBLISHER)
    out = os.path.join(ROOT, "site")
    command = [PUBLISHER.python, "-m", "nhsreform.commands", "build", "--site", out, "--browser"]
    return hand_over(command + argv, child_env())


def check_place():
    """Raise Stop where the pack or this Python will not do; warn where Python is newer than tested."""
    for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt", "src"):
        if not os.path.exists(os.path.join(ROOT, name)):
            raise Stop("{0} is missing from {1}: download the pack again and unzip all of it.".format(name, ROOT))
    if sys.maxsize < 2**32:
        raise Stop("This Python is a 32-bit one: install the 64-bit Python 3.13 from python.org.")
    if sys.version_info[:2] > NEWEST_TESTED:
        say(
            "Note: this is Python {0}, and the pack has been tested up to {1}.{2}. If something fails, use "
            "that.".format(version(), *NEWEST_TESTED)
        )


def main(argv):
    """Run the command; return the exit code."""
    sys.stdout.reconfigure(errors="replace")
    sys.stderr.reconfigure(errors="replace")
    kind = {"test": TESTER, "site": PUBLISHER}.get("".join(argv[:1]), LEARNER)
    try:
        check_place()
        if kind is PUBLISHER:
            return site(argv[1:])
        return test(argv[1:]) if kind is TESTER else start(argv)
    except Stop as reason:
        sys.stderr.write("\n{0}\n".format(reason))
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Type  {0}  again when you are ready.\n".format(kind.again))
        return 130
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            cause = "disk"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            cause = "write"
        else:
            raise
        sys.stderr.write("\n{0}\n".format(kind.advice(cause)))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
