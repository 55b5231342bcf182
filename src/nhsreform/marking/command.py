"""`nhsreform mark`: a class from its download to marks.csv."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import platform
import sys
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import nhsreform
from nhsreform.marking import collect, marks, run
from nhsreform.marking.marks import BEST, FORMAT, LATEST, Key, Log, Mark, MarkError, Settings, Submission
from nhsreform.paths import checkout, data_folder, seeds_folder, work_folder
from nhsreform.questions import judge
from nhsreform.sources import source
from nhsreform.tables import table

ALL_MARKED, NEEDS_A_PERSON, NOT_RUN = 0, 1, 2
SHOWN = 20


@dataclass(frozen=True)
class Options:
    """What `nhsreform mark` is told."""

    submissions: Path
    out: Path
    exercises: tuple[str, ...] = ()
    keys: tuple[Path, ...] = ()
    jobs: int = 0
    seconds: float = run.SECONDS
    sandbox: str = "auto"
    resume: bool = False
    apply: bool = False
    attempt: str = LATEST
    practice: bool = False
    roster: Path | None = None
    late: Path | None = None


@dataclass
class Marked:
    """A class that has been marked: all that gradebooks, feedback and reports are made from.

    `code` is the exit code. `marks()` gives every line anew, in the order of marks.csv, without keeping them all.
    """

    code: int
    out: Path
    key: Key
    settings: Settings
    submissions: list[Submission]
    roster: list[dict[str, str]]
    room: run.Room
    notes: list[str]
    log: Log
    changes: list[marks.Change] = field(default_factory=list)
    written: bool = False

    def marks(self) -> Iterator[Mark]:
        """Yield every mark."""
        return marks.judged(self.submissions, self.log, self.key, self.settings, self.out)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform mark`."""
    parser.add_argument("submissions", type=Path, help="a folder of hand-ins, or the zip that the platform gave you")
    parser.add_argument("--out", type=Path, required=True, help="where marks.csv and audit.jsonl go")
    parser.add_argument(
        "--exercise", action="append", default=[], help="mark this exercise alone, such as 01; may be repeated"
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        type=Path,
        help="a folder with a key.json; the pack's own when none is given",
    )
    parser.add_argument("--jobs", type=int, default=0, help="how many notebooks at once; as many as processors when 0")
    parser.add_argument(
        "--timeout", type=float, default=run.SECONDS, help="seconds that one cell may take (%(default)s)"
    )
    parser.add_argument(
        "--sandbox",
        choices=("auto", "require", "off"),
        default="auto",
        help="run students' code in a sandbox if there is one (auto), only in one (require), or in none (off)",
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was interrupted")
    parser.add_argument("--apply", action="store_true", help="write marks.csv anew although marks in it would change")
    parser.add_argument("--attempt", choices=(LATEST, BEST), default=LATEST, help="which of several attempts counts")
    parser.add_argument(
        "--practice", action="store_true", help="also mark the practice questions, not only the core ones"
    )
    parser.add_argument("--roster", type=Path, help="the class list: a CSV with a column student")
    parser.add_argument("--late", type=Path, help="the rule for late work: a TOML file with a deadline")


def options_of(arguments: argparse.Namespace) -> Options:
    """Return parsed arguments as options."""
    return Options(
        arguments.submissions,
        arguments.out,
        tuple(arguments.exercise),
        tuple(arguments.key),
        arguments.jobs,
        arguments.timeout,
        arguments.sandbox,
        arguments.resume,
        arguments.apply,
        arguments.attempt,
        arguments.practice,
        arguments.roster,
        arguments.late,
    )


def command(arguments: argparse.Namespace) -> int:
    """Run `nhsreform mark` and return its exit code. Raises PackError when it cannot be run."""
    with marked(options_of(arguments)) as result:
        return result.code


# --- before ---------------------------------------------------------------------------------------------------------------


def _late_rule(path: Path, key: Key) -> collect.LateRule:
    """Return the rule for late work, with exercises by their full names. Raises PackError."""
    rule = collect.read_late_rule(path)

    def full(times: dict[str, datetime]) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for name, due in times.items():
            for exercise in marks.exercise_names([name], list(key.exercises), f"{path.name}: "):
                if exercise in found:
                    raise MarkError(f"{path.name}: {exercise} is there twice in one table, once as {name}. Keep one.")
                found[exercise] = due
        return found

    extensions = {name: full(own) if isinstance(own, dict) else own for name, own in rule.extensions.items()}
    return replace(rule, deadlines=full(rule.deadlines), extensions=extensions)


def _check_places(options: Options) -> None:
    source, out = options.submissions.resolve(), options.out.resolve()
    if not source.exists():
        raise MarkError(f"There is no folder or zip {options.submissions}. Give the folder of hand-ins, or the zip.")
    if out == source or source in out.parents or out in source.parents:
        raise MarkError(f"{options.out} and {options.submissions} lie in one another. Choose another folder for --out.")
    if out.exists() and not out.is_dir():
        raise MarkError(f"{options.out} is a file. Give a folder for --out.")
    if (out / marks.MARKS).exists() and not (out / marks.LOG).exists():
        raise MarkError(
            f"{options.out} holds a marks.csv, but no audit.jsonl beside it. Choose another folder for --out."
        )


def _hidden(options: Options) -> list[Path]:
    """Return what students' code must not see."""
    root = checkout()
    own = [root / name for name in ("exercises", ".git", "teaching", "tests", "notebooks")]
    given = [path for path in (options.roster, options.late) if path]
    return [*own, *options.keys, *given, work_folder(), options.submissions, options.out]


def _engine(room: run.Room, seconds: float) -> str:
    """Return a hash of all that answers depend on besides the notebook: the pack's code, tables and texts, Python, limits."""
    package = Path(__file__).resolve().parent.parent
    whole = hashlib.sha256(f"{platform.python_version()} {room.kind} {seconds:g}".encode())
    for folder, pattern in ((package, "**/*.py"), (data_folder(), "*"), (seeds_folder(), "*")):
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                whole.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


def _visibly(text: str) -> str:
    """Return text without anything that could steer a terminal: names and file names come from strangers."""
    return "".join(sign if not unicodedata.category(sign).startswith("C") else "\ufffd" for sign in text)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# --- meanwhile ------------------------------------------------------------------------------------------------------------


class Progress:
    """A bar in plain text; where nobody watches, a line for each tenth."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self.total, self.stream = total, stream
        self.done = 0
        self.begun = time.monotonic()
        self.watched = stream.isatty()
        self._shown = 0.0

    def step(self) -> None:
        """Count one more."""
        self.done += 1
        passed, now = time.monotonic() - self.begun, time.monotonic()
        if self.watched and (now - self._shown > 0.1 or self.done == self.total):
            self._shown = now
            left = passed / self.done * (self.total - self.done)
            full = 30 * self.done // self.total
            bar = "#" * full + "." * (30 - full)
            self.stream.write(f"\r[{bar}] {self.done} of {self.total} notebooks, about {left:.0f} s left ")
            if self.done == self.total:
                self.stream.write("\n")
        elif not self.watched and self.done * 10 // self.total > (self.done - 1) * 10 // self.total:
            self.stream.write(f"{self.done} of {self.total} notebooks, {passed:.0f} s\n")
        self.stream.flush()


class _Class:
    """Runs every hand-in once, several at a time."""

    def __init__(self, handins: list[collect.Handin], log: Log, room: run.Room, progress: Progress) -> None:
        self.handins, self.log, self.room, self.progress = handins, log, room, progress
        self.submissions: list[Submission | None] = [None] * len(handins)
        self.next = 0
        self.running: set[str] = set()
        self.lock = threading.Condition()
        self.failed: BaseException | None = None

    def run(self, jobs: int) -> list[Submission]:
        """Run all of them and return them in order. Raises what stopped it."""
        threads = [threading.Thread(target=self._work, args=(slot,)) for slot in range(jobs)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            with self.lock:
                self.failed = MarkError("Stopped. What was done is kept: type the same command again with --resume.")
            for thread in threads:
                thread.join()
        if self.failed is not None:
            raise self.failed
        return [submission for submission in self.submissions if submission is not None]

    def _work(self, slot: int) -> None:
        worker: run.Worker | None = None
        try:
            while True:
                with self.lock:
                    if self.failed is not None or self.next == len(self.handins):
                        return
                    number, self.next = self.next, self.next + 1
                submission, data = self._read(self.handins[number])
                if submission.sha256 and self._mine(submission.sha256):
                    worker = worker or self.room.worker(slot)
                    self._run(worker, submission, data)
                with self.lock:
                    self.submissions[number] = submission
                    self.progress.step()
        except BaseException as error:  # whatever it is, the others stop too and the reason is told
            with self.lock:
                self.failed = self.failed or error
                self.lock.notify_all()
        finally:
            if worker is not None:
                worker.close()

    def _read(self, handin: collect.Handin) -> tuple[Submission, bytes]:
        if handin.problem:
            return Submission(handin, "", handin.problem), b""
        try:
            data = handin.read()
        except collect.CollectError as error:
            return Submission(handin, "", str(error)), b""
        return Submission(handin, hashlib.sha256(data).hexdigest()), data

    def _mine(self, sha256: str) -> bool:
        """Return whether this thread is to run a file; false when its answers are there, or another runs the same."""
        with self.lock:
            if sha256 in self.log.places or sha256 in self.running:
                return False
            self.running.add(sha256)
            return True

    def _run(self, worker: run.Worker, submission: Submission, data: bytes) -> None:
        begun = time.monotonic()
        try:
            answers = run.answers_of(worker, data)
        except run.SandboxError:
            raise
        except Exception as error:  # one notebook never stops the class
            answers = run.Answers(notes=[f"what came back cannot be read ({type(error).__name__})"], doubt=True)
        with self.lock:
            self.log.add_answers(
                submission.sha256,
                answers,
                where=submission.handin.where,
                bytes=len(data),
                time=_now(),
                seconds=round(time.monotonic() - begun, 3),
            )
            self.running.discard(submission.sha256)


# --- all of it --------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def marked(options: Options, tell: Callable[[str], None] = print, watch: TextIO = sys.stderr) -> Iterator[Marked]:
    """Mark a class and give all of it to the block. Raises PackError when it cannot be run or a text is missing."""
    _check_places(options)
    for source_id in table("sources").source_id:
        source(source_id)  # Exercises read the texts: without one, right answers would be marked as crashed.
    key = Key(options.keys or [checkout() / "exercises"])
    exercises = marks.exercise_names(options.exercises, list(key.exercises))
    roster = collect.read_roster(options.roster) if options.roster else []
    late = _late_rule(options.late, key) if options.late else collect.LateRule()
    settings = Settings(exercises, options.attempt, options.practice, late, tuple(row["student"] for row in roster))
    found = collect.collect(options.submissions, list(key.exercises), roster)
    if not found.handins and not roster:
        raise MarkError(
            f"There is nothing to mark in {options.submissions}: no notebook (.ipynb) in any folder or zip."
        )
    with contextlib.closing(run.choose(options.sandbox, _hidden(options), options.seconds)) as room:
        yield from _into(options, tell, watch, key, settings, roster, found, room)


def _into(
    options: Options,
    tell: Callable[[str], None],
    watch: TextIO,
    key: Key,
    settings: Settings,
    roster: list[dict[str, str]],
    found: collect.Collection,
    room: run.Room,
) -> Iterator[Marked]:
    from filelock import FileLock, Timeout

    try:
        options.out.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise MarkError(marks.disk_sentence(error, options.out)) from error
    lock = FileLock(options.out / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise MarkError(f"Another run is writing into {options.out}. Wait for it, or choose another folder.") from error
    try:
        log = Log(options.out, _engine(room, options.seconds))
        with contextlib.closing(log):
            yield _marked(options, lambda text: tell(_visibly(text)), watch, key, settings, roster, found, room, log)
    finally:
        lock.release()


def _marked(
    options: Options,
    tell: Callable[[str], None],
    watch: TextIO,
    key: Key,
    settings: Settings,
    roster: list[dict[str, str]],
    found: collect.Collection,
    room: run.Room,
    log: Log,
) -> Marked:
    if not log.finished and not options.resume:
        raise MarkError(
            f"{options.out} holds a run that was interrupted. Type the same command again with --resume, "
            "or choose another folder for --out."
        )
    tell(f"Students' code runs {run.IN_WORDS[room.kind]}.")
    if room.kind == run.NONE:
        tell(f"Why: {room.why}.")
    log.add(
        "start",
        format=FORMAT,
        time=_now(),
        pack=nhsreform.__version__,
        engine=log.engine,
        python=platform.python_version(),
        system=platform.platform(),
        sandbox=room.kind,
        sandbox_why=room.why,
        seconds=options.seconds,
        key_sha256=key.sha256,
        exercises=list(settings.exercises),
        attempt=settings.attempt,
        practice=settings.practice,
    )
    jobs = max(1, min(options.jobs or _processors(), len(found.handins)))
    submissions = _Class(found.handins, log, room, Progress(len(found.handins), watch)).run(jobs)
    for submission in submissions:
        handin = submission.handin
        log.add(
            "hand-in",
            student=handin.student,
            where=handin.where,
            sha256=submission.sha256,
            problem=submission.problem,
            platform=handin.platform,
            number=handin.number,
            full_name=handin.full_name,
            handed_in=handin.handed_in.isoformat() if handin.handed_in else None,
            late=handin.late,
        )
    result = Marked(ALL_MARKED, options.out, key, settings, submissions, roster, room, found.notes, log)
    _write(options, result, tell)
    return result


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _write(options: Options, result: Marked, tell: Callable[[str], None]) -> None:
    """Judge, compare with what is there, write, and tell."""
    counts: Counter[str] = Counter()
    people: set[str] = set()
    prose: Counter[str] = Counter()
    waiting: list[str] = []
    by_hand = set(marks.by_hand(options.out))

    def counted() -> Iterator[Mark]:
        for mark in result.marks():
            counts[mark.state] += 1
            people.add(mark.student)
            if (
                mark.state == judge.PERSON
                and mark.value
                and mark.value["type"] == "text"
                and _is_prose(mark, result.key)
            ):
                prose[mark.question] += 1
            elif mark.state == judge.PERSON:
                waiting.append(f"{mark.student}, {mark.question or 'a file of no exercise'}: {mark.note or 'no text'}")
            by_hand.discard((marks.safe(mark.student), mark.exercise, mark.question))
            yield mark

    path = options.out / marks.MARKS
    text = marks.as_csv(counted())
    for name in sorted(by_hand):
        result.notes.append(
            f"{marks.BY_HAND}: no line of {marks.MARKS} is {', '.join(name)}, so its points count nowhere"
        )
    for name in sorted(set(result.settings.late.extensions) - people):
        result.notes.append(f"{name} has an extension, but nobody here has that name, so it counts nowhere")
    old = path.read_text(encoding="utf-8") if path.exists() else None
    result.changes = marks.changes(old, text) if old is not None else []
    result.written = not result.changes or options.apply
    if result.written:
        marks.write(path, text)
    result.log.add("end", time=_now(), marks_sha256=hashlib.sha256(text.encode()).hexdigest(), written=result.written)
    _tell_summary(result, counts, people, tell)
    _tell_waiting(result, prose, waiting, tell)
    _tell_changes(result, tell)
    if counts[judge.PERSON] or result.notes or not result.written:
        result.code = NEEDS_A_PERSON


def _tell_summary(result: Marked, counts: Counter[str], people: set[str], tell: Callable[[str], None]) -> None:
    total = sum(counts.values())
    tell(f"{len(people)} students, {len(result.submissions)} files, {total} lines: " + _in_words(counts) + ".")
    for note in result.notes[:SHOWN]:
        tell(f"  {note}")
    if len(result.notes) > SHOWN:
        tell(f"  and {len(result.notes) - SHOWN} more of this kind.")


def _tell_changes(result: Marked, tell: Callable[[str], None]) -> None:
    path = result.out / marks.MARKS
    if not result.changes:
        tell(f"{path} is written.")
        return
    tell(f"{len(result.changes)} lines of {path} {'changed' if result.written else 'would change'}:")
    for change in result.changes:
        tell(f"  {change}")
    if not result.written:
        tell("Nothing was changed. To write these marks, type the same command again with --apply.")


def _is_prose(mark: Mark, key: Key) -> bool:
    return mark.question in key.stored and key.stored[mark.question]["kind"] == "prose"


def _tell_waiting(result: Marked, prose: Counter[str], waiting: Sequence[str], tell: Callable[[str], None]) -> None:
    """Say who needs a person, and why: prose by question, all else by student."""
    if prose:
        asked = ", ".join(f"{prose[question]} of {question}" for question in sorted(prose, key=marks.in_order))
        tell(f"Prose to be read ({asked}): nhsreform prose prepare {result.out} FOLDER")
    if waiting:
        tell(f"Needs a person ({len(waiting)}); points go into {result.out / marks.BY_HAND}:")
        for line in waiting[:SHOWN]:
            tell(f"  {line}")
        if len(waiting) > SHOWN:
            tell(f"  and {len(waiting) - SHOWN} more: see the state needs a person in {marks.MARKS}.")


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[state]} {state}" for state in marks.STATES if counts[state]) or "none"
