"""The rule for late work: a TOML file with a deadline, extensions, and what lateness costs."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nhsreform.marking.errors import MarkError
from nhsreform.marking.hand_ins.handin import CollectError, Handin
from nhsreform.questions.exercise_names import exercise_names
from nhsreform.text.files import read_text

NOTE, CAP = "note", "cap"


@dataclass(frozen=True)
class LateRule:
    """When work is late and what that does: only a note, or a cap on the points, as a share of all there are."""

    deadline: datetime | None = None
    deadlines: dict[str, datetime] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)
    grace: timedelta = timedelta()
    rule: str = NOTE
    cap: float = 1.0

    def with_full_names(self, known: Sequence[str], file_name: str) -> LateRule:
        """Return the rule with exercises by their full names, of those that are `known`. Raises PackError naming `file_name`."""

        def full(times: dict[str, datetime]) -> dict[str, datetime]:
            by_exercise: dict[str, datetime] = {}
            for name, due in times.items():
                for exercise in exercise_names([name], known, f"{file_name}: "):
                    if exercise in by_exercise:
                        raise MarkError(
                            f"{file_name}: {exercise} is there twice in one table, once as {name}. Keep one."
                        )
                    by_exercise[exercise] = due
            return by_exercise

        extensions = {name: full(own) if isinstance(own, dict) else own for name, own in self.extensions.items()}
        return replace(self, deadlines=full(self.deadlines), extensions=extensions)

    def due(self, student: str, exercise: str) -> datetime | None:
        """Return when a student's exercise is due, or None when nothing says so."""
        own = self.extensions.get(student)
        if isinstance(own, dict):
            own = own.get(exercise)
        return own or self.deadlines.get(exercise, self.deadline)

    def late(self, handin: Handin, exercise: str) -> tuple[bool, str]:
        """Return (whether it is late, what to say of it)."""
        due = self.due(handin.student, exercise)
        said = "the platform calls it late"
        if due is None:
            return False, said if handin.late else ""
        if handin.handed_in is None:
            return self._without_a_time(handin, said)
        over = handin.handed_in - due - self.grace
        if over <= timedelta():
            # A flag stays said, whatever the times are: the platform may know more.
            return False, f"{said}, but it came in time by the rule here" if handin.late else ""
        minutes = int((handin.handed_in - due).total_seconds()) // 60
        return True, f"late by {minutes // 1440} d {minutes // 60 % 24} h {minutes % 60} min"

    def _without_a_time(self, handin: Handin, said: str) -> tuple[bool, str]:
        if not handin.late:
            return False, "" if handin.late is False else "the download does not say when it was handed in"
        if handin.student in self.extensions:
            return False, f"{said}, but there is an extension: check the time"
        return True, "late, says the platform"

    def not_allowed(self, handin: Handin) -> str:
        """Return what to say where a grace period could not be allowed to late work, because nobody says how late it was."""
        if handin.handed_in is not None or not self.grace:
            return ""
        minutes = f"{self.grace.total_seconds() / 60:g}"
        return f"not by how much, so the grace period of {minutes} min could not be allowed: check the time"


def read_late_rule(path: Path) -> LateRule:
    """Return the rule in a TOML file: deadline, deadlines, extensions, grace_minutes, rule, cap.

    Raises CollectError naming what cannot be read.
    """
    try:
        data = tomllib.loads(read_text(path))
    except UnicodeDecodeError as error:
        raise CollectError(f"{path.name} cannot be read: save it in UTF-8 ({error}).") from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CollectError(f"{path.name} cannot be read as TOML: {error}") from error
    known = {"deadline", "deadlines", "extensions", "grace_minutes", "rule", "cap"}
    extra = sorted(set(data) - known)
    if extra:
        raise CollectError(f"{path.name}: unknown {', '.join(extra)}. Known: {', '.join(sorted(known))}.")

    def time(value: Any, what: str) -> datetime:
        if not isinstance(value, datetime):
            raise CollectError(f"{path.name}: {what} must be a date and a time, such as 2026-11-20T16:00:00.")
        return value.astimezone().replace(tzinfo=None) if value.tzinfo else value

    def times(value: Any, what: str) -> dict[str, datetime]:
        return {name: time(inner, f"{what} {name}") for name, inner in value.items()}

    for name, example in (("deadlines", "01-joint-report"), ("extensions", "Ada Lovelace")):
        if not isinstance(data.setdefault(name, {}), dict):
            raise CollectError(
                f"{path.name}: {name} must be a table: a line [{name}], and below it lines such as "
                f'"{example}" = 2026-11-20T16:00:00.'
            )

    if not (data["deadlines"] or "deadline" in data):
        raise CollectError(
            f"{path.name} names no deadline, so nothing would ever be late: add a line such as deadline = 2026-11-20T16:00:00."
        )
    if "cap" in data and "rule" not in data:
        raise CollectError(
            f'{path.name} has a cap and no rule: add the line rule = "cap", or rule = "note" to take nothing off.'
        )
    rule, cap, grace = data.get("rule", NOTE), data.get("cap", 1.0), data.get("grace_minutes", 0)
    if rule not in (NOTE, CAP):
        raise CollectError(f'{path.name}: rule is {rule!r}; expected "note" or "cap".')
    if not isinstance(cap, int | float) or not 0 <= cap <= 1 or (rule == CAP and "cap" not in data):
        raise CollectError(f"{path.name}: cap must be a share of the points from 0 to 1, such as 0.4.")
    if not isinstance(grace, int | float) or not 0 <= grace < 1_000_000:
        raise CollectError(f"{path.name}: grace_minutes must be a number of minutes.")
    return LateRule(
        time(data["deadline"], "deadline") if "deadline" in data else None,
        times(data["deadlines"], "the deadline of"),
        {
            name: times(own, f"the extension of {name} for")
            if isinstance(own, dict)
            else time(own, f"the extension of {name}")
            for name, own in data["extensions"].items()
        },
        timedelta(minutes=grace),
        rule,
        float(cap),
    )
