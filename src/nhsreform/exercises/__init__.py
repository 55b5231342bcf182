"""Questions that check themselves: nr.check, nr.hint, nr.answer and nr.progress."""

from nhsreform.exercises.feedback import answer, check, hint, progress

__all__ = ["answer", "check", "hint", "progress"]
