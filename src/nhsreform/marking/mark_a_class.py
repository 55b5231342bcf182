"""Marking a class, from its download to class.json and marks.csv: the engine of `nhsreform mark`."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import nhsreform
from nhsreform.checkout import checkout, data_folder, seeds_folder, work_folder
from nhsreform.data.sources import source
from nhsreform.data.tables import table
from nhsreform.marking import summary
from nhsreform.marking.by_hand import BY_HAND, TEXTS, ByHand, Line, handed_in_by, read_rows
from nhsreform.marking.class_key import Key
from nhsreform.marking.errors import MarkError, alone, disk_sentence
from nhsreform.marking.groups import Group, groups_of, write_groups
from nhsreform.marking.hand_ins.class_list import read_roster
from nhsreform.marking.hand_ins.collect import Collection, collect
from nhsreform.marking.hand_ins.handed_in_times import with_times
from nhsreform.marking.hand_ins.late_work import LateRule, read_late_rule
from nhsreform.marking.judge_class import LATEST, Judge, Settings, Submission
from nhsreform.marking.log import Log
from nhsreform.marking.marks_csv import MARKS, Change, as_csv, changes, read_text
from nhsreform.marking.record import CLASS, PERSON, UNPROTECTED, ClassRecord, Mark, files_of, read_record
from nhsreform.marking.run_class import Progress, Runner
from nhsreform.marking.sandbox import workers
from nhsreform.questions.exercise_names import exercise_names
from nhsreform.questions.key import FILE
from nhsreform.text.atomic import write_whole
from nhsreform.text.untrusted import for_cell, for_terminal

ALL_MARKED, NEEDS_A_PERSON = 0, 1
LOG_FORMAT = 1


@dataclass(frozen=True)
class Options:
    """What `nhsreform mark` is told; the names are those of its options."""

    submissions: Path
    out: Path
    exercise: tuple[str, ...] = ()
    key: tuple[Path, ...] = ()
    jobs: int = 0
    timeout: float = workers.SECONDS
    sandbox: str = workers.REQUIRE
    resume: bool = False
    apply: bool = False
    attempt: str = LATEST
    practice: bool = False
    roster: Path | None = None
    late: Path | None = None
    # Moodle's worksheets, which say when each hand-in came.
    times: tuple[Path, ...] = ()
    # Whether marks change without --apply where by-hand.csv, or what a student has handed in since, says why.
    follow: bool = False


@dataclass
class ClassRun:
    """One run of `nhsreform mark`: what it goes by, and then what came of it.

    settings, key and hand_ins are there before anything is run; record, marks (with what a person gave), groups (what needs a
    person), changes, written and late (who is late, and what it cost) are there after. notes: what the lecturer should know of
    the whole class.
    """

    options: Options
    key: Key
    settings: Settings
    hand_ins: Collection
    notes: list[str] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    record: ClassRecord | None = None
    groups: list[Group] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    written: bool = False
    late: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code."""
        everything = self.written and not self.notes and all(mark.state != PERSON for mark in self.marks)
        return ALL_MARKED if everything else NEEDS_A_PERSON


def mark_a_class(options: Options, tell: Callable[[str], None] = print, watch: TextIO = sys.stderr) -> ClassRun:
    """Mark a class, say how it stands, and return the run. Raises PackError when it cannot be run or a text is missing.

    tell: is given each line for the lecturer, safe for a terminal. watch: where the bar goes.
    """
    class_run = run_a_class(options, tell, watch)
    for line in summary.lines_of(class_run):
        tell(for_terminal(line))
    return class_run


def run_a_class(options: Options, tell: Callable[[str], None] = print, watch: TextIO = sys.stderr) -> ClassRun:
    """Mark a class and return the run as `mark_a_class` does; it is left to the caller to say how it stands. Raises PackError."""
    class_run = _prepared(options)
    out, seconds = options.out, options.timeout
    shipped = class_run.key.shipped
    with closing(workers.choose(options.sandbox, _hidden(options), seconds, shipped)) as sandbox:
        try:
            out.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise MarkError(disk_sentence(error, out)) from error
        busy = f"Another run is writing into {out}. Wait for it, or choose another folder."
        with alone(out, busy), closing(Log(out, _engine(sandbox.kind, seconds, shipped))) as log:
            _run(class_run, sandbox, log, lambda line: tell(for_terminal(line)), watch)
    return class_run


# --- before ---------------------------------------------------------------------------------------------------------------


def _prepared(options: Options) -> ClassRun:
    """Return the run before anything of it is run. Raises PackError for all that can be known to be wrong by then."""
    _check_places(options)
    read_rows(options.out)  # One that cannot be read stops here, before a run is begun.
    for source_id in table("sources").source_id:
        source(source_id)  # Exercises read the texts: without one, right answers would be marked as crashed.
    key = Key(list(options.key) or [checkout() / "exercises"])
    known = list(key.exercises)
    exercises = exercise_names(options.exercise, known)
    roster = read_roster(options.roster) if options.roster else []
    late = read_late_rule(options.late).with_full_names(known, options.late.name) if options.late else LateRule()
    settings = Settings(exercises, options.attempt, options.practice, late, tuple(row["student"] for row in roster))
    hand_ins = collect(options.submissions, known, roster)
    hand_ins.handins = with_times(hand_ins.handins, options.times, hand_ins.notes)
    if not hand_ins.handins and not roster:
        raise MarkError(
            f"There is nothing to mark in {options.submissions}: no notebook (.ipynb) in any folder or zip."
        )
    return ClassRun(options, key, settings, hand_ins, hand_ins.notes)


def _check_places(options: Options) -> None:
    submissions, out = options.submissions.resolve(), options.out.resolve()
    if not submissions.exists():
        raise MarkError(f"There is no folder or zip {options.submissions}. Give the folder of hand-ins, or the zip.")
    if out == submissions or submissions in out.parents or out in submissions.parents:
        raise MarkError(f"{options.out} and {options.submissions} lie in one another. Choose another folder for --out.")
    if out.exists() and not out.is_dir():
        raise MarkError(f"{options.out} is a file. Give a folder for --out.")
    if (out / MARKS).exists() and not (out / CLASS).exists():
        raise MarkError(
            f"{options.out} holds a {MARKS}, but no {CLASS} beside it: an older pack wrote it, or somebody else. Choose another "
            "folder for --out; by-hand.csv and prose-codes.csv count there too, if you copy them into it first."
        )


def _hidden(options: Options) -> list[Path]:
    """Return what students' code must not see."""
    root = checkout()
    own = [root / name for name in ("exercises", ".git", "teaching", "tests", "notebooks")]
    lists = [path for path in (options.roster, options.late, *options.times) if path]
    return [*own, *options.key, *lists, work_folder(), options.submissions, options.out]


def _engine(sandbox: str, seconds: float, shipped: Mapping[str, Sequence[str]]) -> str:
    """Return a hash of all that answers depend on besides the notebook: the pack's code, tables and texts, Python, limits."""
    package = Path(nhsreform.__file__).resolve().parent
    whole = hashlib.sha256(f"{platform.python_version()} {sandbox} {seconds:g}".encode())
    whole.update(json.dumps(shipped, sort_keys=True).encode())
    for folder, pattern in ((package, "**/*.py"), (data_folder(), "*"), (seeds_folder(), "*")):
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                whole.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


# --- meanwhile, and after -------------------------------------------------------------------------------------------------


def _run(class_run: ClassRun, sandbox: workers.Sandbox, log: Log, tell: Callable[[str], None], watch: TextIO) -> None:
    options, settings, handins = class_run.options, class_run.settings, class_run.hand_ins.handins
    if not log.finished and not options.resume:
        raise MarkError(
            f"{options.out} holds a run that was interrupted. Type the same command again with --resume, "
            "or choose another folder for --out."
        )
    tell(f"Students' code runs {workers.IN_WORDS[sandbox.kind]}.")
    if sandbox.kind == workers.NONE:
        tell(f"Why: {sandbox.why}.")
    log.add(
        "start",
        format=LOG_FORMAT,
        time=_now(),
        pack=nhsreform.__version__,
        engine=log.engine,
        python=platform.python_version(),
        system=platform.platform(),
        sandbox=sandbox.kind,
        sandbox_why=sandbox.why,
        seconds=options.timeout,
        key_sha256=class_run.key.sha256,
        exercises=list(settings.exercises),
        attempt=settings.attempt,
        practice=settings.practice,
    )
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    jobs = max(1, min(options.jobs or processors, len(handins)))
    before = _all_that_counts(options)
    class_run.submissions = Runner(handins, log, sandbox, Progress(len(handins), watch)).run(jobs)
    now = _all_that_counts(options)
    changed = sorted(for_terminal(path.name) for path in before if before[path] != now.get(path))
    if changed:
        raise MarkError(
            f"{', '.join(changed)} changed while students' code ran, so no marks are written. If it was you, type the same command "
            "again with --resume. If not, look at what is there now before you mark anything."
        )
    judge_and_write(class_run, log, sandbox.kind)


def _all_that_counts(options: Options) -> dict[Path, str]:
    """Return {path: SHA-256, or "" for none} of what marks depend on besides the hand-ins: it is there before anything is run."""
    folders = list(options.key) or [checkout() / "exercises"]
    paths = [path for folder in folders for path in (folder / FILE, *sorted(folder.glob("*.ipynb")))]
    paths += [path for path in (options.roster, options.late, *options.times) if path]
    paths += [options.out / name for name in (BY_HAND, TEXTS, CLASS, MARKS, "prose-codes.csv")]
    paths += sorted(Path(nhsreform.__file__).resolve().parent.rglob("*.py"))
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in paths}


def judge_and_write(class_run: ClassRun, log: Log, sandbox: str = "") -> None:
    """Judge what was run, compare with the marks that are there, and write what may be written. Raises PackError."""
    out, settings, key = class_run.options.out, class_run.settings, class_run.key
    files = [submission.recorded() for submission in class_run.submissions]
    for file in files:
        log.add("hand-in", **vars(file))
    judge = Judge(class_run.submissions, log, key, settings)
    marks = list(judge.marks())
    if sandbox == workers.NONE:
        marks = [mark.noted([UNPROTECTED]) for mark in marks]
    record = ClassRecord(
        key_sha256=key.sha256,
        engine=log.engine,
        exercises=settings.exercises,
        attempt=settings.attempt,
        practice=settings.practice,
        kinds={question: entry["kind"] for question, entry in key.stored.items()},
        files=files,
        marks=marks,
    )
    class_run.record = record
    by_hand, before = ByHand(out), _shown_before(out)
    given_before = set(by_hand.memory.texts)
    class_run.marks = by_hand.on_top(record.marks, files, before)
    class_run.late = summary.late_lines(judge.late, class_run.marks)
    class_run.groups = groups_of(class_run.marks, files, by_hand, lambda mark: summary.is_prose(mark, record.kinds))
    class_run.notes += by_hand.problems + summary.counting_nowhere(class_run)
    text, old = as_csv(class_run.marks), read_text(out)
    class_run.changes = changes(old, text) if old is not None else []
    explained = (
        class_run.options.follow
        and before is not None
        and not _unexplained(class_run.changes, before, record, given_before | by_hand.lines)
    )
    class_run.written = not class_run.changes or class_run.options.apply or explained
    if class_run.written:
        try:
            write_whole(out / CLASS, record.text())
            write_whole(out / MARKS, text)
        except OSError as error:
            raise MarkError(disk_sentence(error, out)) from error
    by_hand.memory.write(out)
    write_groups(out, class_run.groups, files)
    log.add("end", time=_now(), marks_sha256=hashlib.sha256(text.encode()).hexdigest(), written=class_run.written)


def _unexplained(changes: Sequence[Change], before: ClassRecord, now: ClassRecord, by_hand: set[Line]) -> list[Change]:
    """Return the changes for which neither a line by hand nor a student's other files give a reason, or that take a line away."""
    old, new = (
        {for_cell(student): handed_in_by(own) for student, own in files_of(record.files).items()}
        for record in (before, now)
    )
    same_options = (before.practice, before.attempt, before.exercises) == (now.practice, now.attempt, now.exercises)
    return [
        change
        for change in changes
        if (change.student, change.exercise, change.question) not in by_hand
        # Who hands in another exercise gives everybody lines on it; another option gives them to everybody too.
        and (change.before or not same_options)
        and (not change.after or old.get(change.student) == new.get(change.student))
    ]


def _shown_before(out: Path) -> ClassRecord | None:
    """Return the record that is there, if there is one: whoever typed a line by hand had seen its answers."""
    try:
        return read_record(out)
    except MarkError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
