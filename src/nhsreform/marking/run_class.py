"""Running every notebook of a class once, several at a time, and the bar that shows how far it is."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TextIO

from nhsreform.marking.errors import MarkError
from nhsreform.marking.hand_ins.handin import CollectError, Handin
from nhsreform.marking.judge_class import Submission
from nhsreform.marking.log import Log
from nhsreform.marking.sandbox.answers import Answers, answers_of
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


class Runner:
    """Runs every hand-in once, several at a time."""

    def __init__(self, handins: Sequence[Handin], log: Log, sandbox: Sandbox, progress: Progress) -> None:
        self.handins, self.log, self.sandbox, self.progress = handins, log, sandbox, progress
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
        worker: Worker | None = None
        try:
            while True:
                with self.lock:
                    if self.failed is not None or self.next == len(self.handins):
                        return
                    number, self.next = self.next, self.next + 1
                submission, data = self._read(self.handins[number])
                if submission.sha256 and self._mine(submission.sha256):
                    worker = worker or self.sandbox.worker(slot)
                    self._run(worker, submission, data)
                with self.lock:
                    self.submissions[number] = submission
                    self.progress.step()
        except BaseException as error:  # whatever it is, the others stop too and the reason is said
            with self.lock:
                self.failed = self.failed or error
                self.lock.notify_all()
        finally:
            if worker is not None:
                worker.close()

    def _read(self, handin: Handin) -> tuple[Submission, bytes]:
        if handin.problem:
            return Submission(handin, "", handin.problem), b""
        try:
            data = handin.read()
        except CollectError as error:
            return Submission(handin, "", str(error)), b""
        return Submission(handin, hashlib.sha256(data).hexdigest()), data

    def _mine(self, sha256: str) -> bool:
        """Return whether this thread is to run a file; false when its answers are there, or another runs the same."""
        with self.lock:
            if sha256 in self.log.places or sha256 in self.running:
                return False
            self.running.add(sha256)
            return True

    def _run(self, worker: Worker, submission: Submission, data: bytes) -> None:
        begun = time.monotonic()
        try:
            answers = answers_of(worker, data)
        except SandboxError:
            raise
        except Exception as error:  # one notebook never stops the class
            answers = Answers(notes=[f"what came back cannot be read ({type(error).__name__})"], doubt=True)
        with self.lock:
            self.log.add_answers(
                submission.sha256,
                answers,
                where=submission.handin.where,
                bytes=len(data),
                time=datetime.now(UTC).isoformat(timespec="seconds"),
                seconds=round(time.monotonic() - begun, 3),
            )
            self.running.discard(submission.sha256)
