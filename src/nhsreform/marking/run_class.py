"""Running every notebook of a class once, several at a time, and the bar that shows how far it is."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TextIO

from nhsreform.checkout import checkout
from nhsreform.marking.errors import MarkError
from nhsreform.marking.hand_ins.archives import forget_archives
from nhsreform.marking.hand_ins.handin import NO_NOTEBOOK, SHIPPED, CollectError, Handin
from nhsreform.marking.judge_class import Submission
from nhsreform.marking.log import Log
from nhsreform.marking.sandbox.answers import ALL_TIMES_WITH_RERUNS, Answers, answers_of
from nhsreform.marking.sandbox.workers import Sandbox, SandboxError, Worker


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
        self.done = min(self.done + 1, self.total)
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


# What one student's files may take together, in times of what one notebook may: the others' turn comes, whatever they hold.
ALL_FILES = 2
# What is read of one student's files, unpacked.
MAX_BYTES = 256 << 20
TOO_MUCH = f"not read: this student's files hold more than {MAX_BYTES >> 20} MB"
CHANGED = "the file changed while the class was being marked"
OUT_OF_TIME = "not run: this student's other files took all of the time there is for one"


class Runner:
    """Reads every hand-in, runs each once, several at a time, and looks at the end whether any has changed meanwhile."""

    def __init__(self, handins: Sequence[Handin], log: Log, sandbox: Sandbox, progress: Progress) -> None:
        self.handins, self.log, self.sandbox, self.progress = handins, log, sandbox, progress
        self.submissions: list[Submission] = []
        self.running: set[str] = set()
        self.taken: defaultdict[str, float] = defaultdict(float)
        self.bytes: defaultdict[str, int] = defaultdict(int)
        self.queue: deque[int] = deque()
        self.workers = self.starting = 0
        self.lock = threading.Condition()
        self.failed: BaseException | None = None

    def run(self, jobs: int) -> list[Submission]:
        """Run all of them and return them in order. Raises what stopped it."""
        # What counts is what was there before any student's code ran.
        self.submissions = [self._read(handin) for handin in self.handins]
        self.queue.extend(range(len(self.submissions)))
        while self.queue:
            self._run_queue(jobs)
            # The same file of another student may have been left, because its first owner had no time any more.
            self.queue.extend(
                number
                for number, submission in enumerate(self.submissions)
                if submission.sha256 and submission.sha256 not in self.log.places
            )
        forget_archives()
        compared = [self._compared(submission) for submission in self.submissions]
        forget_archives()
        return compared

    def _run_queue(self, jobs: int) -> None:
        threads = [threading.Thread(target=self._work, args=(slot,)) for slot in range(jobs)]
        self.workers = jobs
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

    def _work(self, slot: int) -> None:
        worker: Worker | None = None
        try:
            while True:
                number = self._next(may_start=worker is None)
                if number is None:
                    return
                submission = self.submissions[number]
                if submission.sha256 and self._mine(submission.sha256):
                    worker = worker or self._started(slot, number)
                    if worker is None:
                        return
                    self.submissions[number] = self._run(worker, submission)
                elif worker is None:
                    self._not_starting()
                with self.lock:
                    self.progress.step()
        except BaseException as error:  # whatever it is, the others stop too and the reason is said
            with self.lock:
                self.failed = self.failed or error
                self.lock.notify_all()
        finally:
            if worker is not None:
                worker.close()

    def _next(self, may_start: bool) -> int | None:
        """Return which file is to be run next, None when there is none any more. `may_start`: a worker is to be started for it."""
        with self.lock:
            while self.failed is None:
                if self.queue:
                    self.starting += may_start
                    return self.queue.popleft()
                # A worker that is still to be started may fail, and give its file back.
                if not self.starting:
                    return None
                self.lock.wait(0.1)
        return None

    def _started(self, slot: int, number: int) -> Worker | None:
        """Return a worker; None, with the file given back, where none can be started but another goes on."""
        try:
            return self.sandbox.worker(slot)
        except (SandboxError, OSError):
            with self.lock:
                self.workers -= 1
                if not self.workers:
                    raise
                self.running.discard(self.submissions[number].sha256)
                self.queue.append(number)
            return None
        finally:
            self._not_starting()

    def _not_starting(self) -> None:
        with self.lock:
            self.starting -= 1
            self.lock.notify_all()

    def _read(self, handin: Handin) -> Submission:
        if self.bytes[handin.student] > MAX_BYTES:
            return Submission(handin, "", handin.problem or TOO_MUCH)
        data, problem = _content(handin)
        self.bytes[handin.student] += len(data)
        sha256 = hashlib.sha256(data).hexdigest()
        return Submission(handin, "", problem, sha256 if data else "") if problem else Submission(handin, sha256)

    def _compared(self, submission: Submission) -> Submission:
        """Return a hand-in as it was read at first, or without a content when its file is another one by now."""
        if not submission.sha256:
            return submission
        data, problem = _content(submission.handin)
        if problem or hashlib.sha256(data).hexdigest() != submission.sha256:
            return replace(submission, sha256="", problem=CHANGED)
        return submission

    def _mine(self, sha256: str) -> bool:
        """Return whether this thread is to run a file; false when its answers are there, or another runs the same."""
        with self.lock:
            if sha256 in self.log.places or sha256 in self.running:
                return False
            self.running.add(sha256)
            return True

    def _run(self, worker: Worker, submission: Submission) -> Submission:
        """Run a file and log its answers; return its hand-in, with the reason where it was not run."""
        student, begun = submission.handin.student, time.monotonic()
        most = ALL_FILES * ALL_TIMES_WITH_RERUNS * self.sandbox.seconds
        with self.lock:
            left = most - self.taken[student]
        data, problem = _content(submission.handin)
        if left <= 0:
            problem = OUT_OF_TIME
        elif not problem and hashlib.sha256(data).hexdigest() != submission.sha256:
            problem = CHANGED
        if problem:
            with self.lock:
                self.running.discard(submission.sha256)
            return replace(submission, sha256="", problem=problem)
        try:
            answers = answers_of(worker, data, left)
        except SandboxError:
            raise
        except Exception as error:  # one notebook never stops the class
            answers = Answers(notes=[f"what came back cannot be read ({type(error).__name__})"], doubt=True)
        seconds = time.monotonic() - begun
        with self.lock:
            self.taken[student] += seconds
            self.log.add_answers(
                submission.sha256,
                answers,
                where=submission.handin.where,
                bytes=len(data),
                time=datetime.now(UTC).isoformat(timespec="seconds"),
                seconds=round(seconds, 3),
            )
            self.running.discard(submission.sha256)
        return submission


def _content(handin: Handin) -> tuple[bytes, str]:
    """Return a file's content, or why it is not read. What is no notebook by its name may be one by what it holds."""
    unnamed = handin.problem.startswith(NO_NOTEBOOK)
    try:
        data = handin.read()
    except CollectError as error:
        return b"", handin.problem or str(error)
    if handin.problem and not unnamed:
        return data, handin.problem
    if unnamed and not _looks_like_a_notebook(data):
        return data, SHIPPED if is_shipped(data) else handin.problem
    return data, ""


def _looks_like_a_notebook(data: bytes) -> bool:
    return data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"cells"' in data and b'"nbformat"' in data


@cache
def _shipped() -> frozenset[str]:
    """Return the SHA-256 of every file of the pack that a student may have, whatever its line ends."""
    root = checkout()
    places = [root / name for name in ("data", "seeds", "exercises", "notebooks", "teaching", "src")]
    files = [*root.glob("*"), *(path for place in places for path in place.rglob("*"))]
    return frozenset(_sha256(path.read_bytes()) for path in files if path.is_file() and not path.is_symlink())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def is_shipped(data: bytes) -> bool:
    """Return whether a file is one of the pack's own, by what it holds."""
    return _sha256(data) in _shipped()
