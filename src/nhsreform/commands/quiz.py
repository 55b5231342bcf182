"""`nhsreform quiz`: the questions as files for learning platforms."""

from __future__ import annotations

from nhsreform.questions.export.command import add_arguments as add
from nhsreform.questions.export.command import command as run

__all__ = ["add", "run"]
