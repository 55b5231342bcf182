"""Keeps one piece of a learner's work so that no other version of it is lost."""

from __future__ import annotations

import copy
from typing import Any

from nhsreform.errors import PackError
from nhsreform.text.untrusted import for_file, one_line
from nhsreform.work import store

MAX_NAME = 60


def checked_name(name: object, example: str) -> str:
    """Return the name under which something is kept.

    Raises PackError when it is not text, blank, too long, or holds invisible characters.
    """
    if not isinstance(name, str) or not name.strip():
        raise PackError(f"The name must be text, as in {example}; got {name!r}.")
    tidy = one_line(name)
    if len(tidy) > MAX_NAME or tidy != for_file(tidy):
        raise PackError(
            f"The name must be at most {MAX_NAME} plain characters, as in {example}; this one has {len(tidy)}."
        )
    return tidy


class Keeper:
    """Reads and writes one entry of the learner's work.

    The entry may have been changed since it was read: by a second copy of the widget, by another notebook,
    or by hand. Then the other version is put aside under a name of its own before ours is written.
    """

    def __init__(self, section: str, name: str) -> None:
        self.section, self.name = section, name
        self.version = store.get(section, name)

    def distrust(self) -> None:
        """Have what stands there put aside before anything is written: it could not all be read."""
        self.version = None

    def put(self, value: Any) -> str:
        """Keep `value`; return a sentence when another version was put aside, else nothing.

        Raises WorkError when it cannot be written; what was kept before stays.
        """
        there = store.get(self.section, self.name)
        message = ""
        if there is not None and there != self.version:
            message = f"Another version was kept meanwhile; it is safe as \u201c{self.put_aside(there)}\u201d."
        store.put(self.section, self.name, value)
        # A copy: what the caller changes next is not kept yet.
        self.version = copy.deepcopy(value)
        return message

    def put_aside(self, value: Any) -> str:
        """Keep `value` under a free name beside this one, and return that name."""
        taken = store.sections().get(self.section, {})
        number = 1
        while (spare := f"{self.name} (kept {number})") in taken:
            number += 1
        store.put(self.section, spare, value)
        return spare

    def others(self) -> list[str]:
        """Return the other names in this section."""
        return sorted(set(store.sections().get(self.section, {})) - {self.name})
