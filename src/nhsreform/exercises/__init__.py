"""Questions that check themselves: nr.check, nr.hint, nr.answer, nr.progress; and nr.check_brief."""

from nhsreform.exercises.brief import check_brief
from nhsreform.exercises.feedback import answer, check, hint, progress

__all__ = ["answer", "check", "check_brief", "hint", "progress"]
