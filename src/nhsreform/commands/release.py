"""`nhsreform release`: the class bundle, without the worked answers."""

from __future__ import annotations

from nhsreform.marking.release import add_arguments as add
from nhsreform.marking.release import command as run

__all__ = ["add", "run"]
