"""audit.jsonl: what was run, when and with what, and every answer as it was read. `nhsreform mark --resume` goes by it.

The marks are not in it: they stand in class.json.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nhsreform.marking.errors import MarkError, disk_sentence
from nhsreform.marking.sandbox.answers import Answers

LOG = "audit.jsonl"


class Log:
    """audit.jsonl: one line of JSON for each run, hand-in and notebook's answers; only ever added to.

    It is also what --resume goes by: answers are found again by the SHA-256 of the file they came from.
    """

    def __init__(self, folder: Path, engine: str) -> None:
        """Open the log in `folder`, cutting off a last line that was never finished. `engine` says what ran the notebooks.

        Raises MarkError when it cannot be written.
        """
        self.path, self.engine = folder / LOG, engine
        self.places: dict[str, int] = {}
        self._lines: dict[str, bytes] = {}
        self.finished = True
        self._stream: io.FileIO | None = None
        try:
            self._read()
            stream = self.path.open("r+b" if self.path.exists() else "w+b", buffering=0)
            stream.seek(0, os.SEEK_END)
            self._stream = stream
        except OSError as error:
            raise MarkError(disk_sentence(error, folder)) from error

    def _read(self) -> None:
        if not self.path.exists():
            return
        whole = 0
        with self.path.open("rb") as stream:
            for line in stream:
                try:
                    record = json.loads(line) if line.endswith(b"\n") else None
                except ValueError:
                    record = None
                if not isinstance(record, dict):
                    break
                if record.get("event") == "answers" and record.get("engine") == self.engine:
                    self._keep(record["sha256"], whole, line)
                if record.get("event") in ("start", "end"):
                    self.finished = record["event"] == "end"
                whole += len(line)
        if whole < self.path.stat().st_size:
            with self.path.open("r+b") as stream:
                stream.truncate(whole)

    def add(self, event: str, **record: Any) -> None:
        """Add one line. Raises MarkError when the disk is full."""
        assert self._stream is not None
        # ASCII alone: what a student wrote may steer a terminal that shows the file.
        line = json.dumps({"event": event} | record).encode("ascii") + b"\n"
        at = self._stream.seek(0, os.SEEK_END)
        try:
            left = memoryview(line)
            while left:
                left = left[self._stream.write(left) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                self._stream.truncate(at)
            raise MarkError(disk_sentence(error, self.path.parent)) from error
        if event == "answers" and record.get("engine") == self.engine:
            self._keep(record["sha256"], at, line)

    def _keep(self, sha256: str, place: int, line: bytes) -> None:
        self.places[sha256] = place
        self._lines[sha256] = hashlib.sha256(line).digest()

    def add_answers(self, sha256: str, answers: Answers, **more: Any) -> None:
        """Add what a notebook answers."""
        self.add("answers", engine=self.engine, sha256=sha256, **more, **asdict(answers))

    def answers(self, sha256: str) -> Answers:
        """Return the answers that came from a file. Raises KeyError when it was never run, MarkError when its line was changed."""
        assert self._stream is not None
        with self.path.open("rb") as stream:
            stream.seek(self.places[sha256])
            line = stream.readline()
        if hashlib.sha256(line).digest() != self._lines[sha256]:
            raise MarkError(
                f"{self.path} was changed while the class was being marked. Nothing is written: mark it into a new folder."
            )
        record = json.loads(line)
        return Answers(**{name: record[name] for name in Answers.__dataclass_fields__})

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            with contextlib.suppress(OSError):
                os.fsync(self._stream.fileno())
            self._stream.close()
            self._stream = None


def check_finished(out: Path) -> None:
    """Raise MarkError unless the last run in a folder came to its end, and wrote its marks."""
    path = out / LOG
    last: dict[str, Any] = {}
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            for line in stream:
                # Only these are read whole: the answers in between may be long.
                if line.startswith(('{"event": "start"', '{"event": "end"')):
                    last = json.loads(line)
    except FileNotFoundError as error:
        raise MarkError(f"There is no {LOG} in {out}. Expected: the folder that nhsreform mark wrote.") from error
    except (OSError, ValueError) as error:
        raise MarkError(f"{path.name} cannot be read ({error}). Mark the class again.") from error
    if last.get("event") != "end":
        raise MarkError("The last run did not come to its end. Type its command again with --resume.")
    if not last.get("written"):
        raise MarkError("The last run would change marks, and wrote nothing. Type its command again with --apply.")
