"""The key: answers, named wrong answers and hints, as built from the worked notebooks.

The answers are in base64, only so that nobody is spoiled by accident while looking for something else.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from nhsreform.paths import PackError, checkout, nearest

FILE = "key.json"
OPEN_FIELDS = ("exercise", "kind", "core", "points", "minutes", "variable", "untouched")


def seal(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as it is stored: open fields as they are, the rest in base64."""
    hidden = {name: value for name, value in entry.items() if name not in OPEN_FIELDS}
    text = json.dumps(hidden, ensure_ascii=False, sort_keys=True)
    return {name: entry[name] for name in OPEN_FIELDS} | {
        "sealed": base64.b64encode(text.encode("utf-8")).decode("ascii")
    }


def unseal(stored: dict[str, Any]) -> dict[str, Any]:
    """Return a stored entry with its hidden fields opened.

    >>> entry = dict.fromkeys(OPEN_FIELDS) | {"answer": "b"}
    >>> unseal(seal(entry)) == entry
    True
    """
    hidden = json.loads(base64.b64decode(stored["sealed"]).decode("utf-8"))
    return {name: stored[name] for name in OPEN_FIELDS} | hidden


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return {question id: stored entry} of a folder's key. Raises PackError when it is missing or damaged."""
    path = folder / FILE
    try:
        return json.loads(path.read_text(encoding="utf-8"))["questions"]
    except FileNotFoundError as error:
        raise PackError(f"{path.name} is missing from {folder.name}/. Build it with: nhsreform build") from error
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise PackError(f"{path.name} is damaged. Build it again with: nhsreform build") from error


@cache
def questions() -> dict[str, dict[str, Any]]:
    """Return {question id: stored entry} of the pack's own exercises."""
    return read(checkout() / "exercises")


def entry(question_id: str) -> dict[str, Any]:
    """Return one question's entry, opened.

    Raises PackError for an unknown id, with the nearest.
    """
    known = questions()
    if not isinstance(question_id, str) or question_id not in known:
        raise PackError(f"There is no question {question_id!r}. {nearest(question_id, list(known))}")
    return unseal(known[question_id])
