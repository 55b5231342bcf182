"""The key: answers, named wrong answers and hints, as built from the worked notebooks.

The answers are in base64, only so that nobody is spoiled by accident while looking for something else.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

from nhsreform.checkout import checkout
from nhsreform.errors import PackError, nearest
from nhsreform.questions.kinds import Entry, Question, read_question
from nhsreform.questions.value import describe, plain
from nhsreform.text.files import read_text
from nhsreform.text.typography import folded

# An entry as it stands in key.json: the open fields, and the rest in base64 as "sealed".
Stored = dict[str, Any]

FILE = "key.json"
OPEN_FIELDS = ("exercise", "kind", "core", "points", "minutes", "variable", "untouched")


def seal(entry: Entry) -> Stored:
    """Return an entry as it is stored: open fields as they are, the rest in base64.

    The text that a quotation is looked for in stays out: it stands in seeds/, and the key may go where that may not.
    """
    hidden = {name: value for name, value in entry.items() if name not in (*OPEN_FIELDS, "within")}
    text = json.dumps(hidden, ensure_ascii=False, sort_keys=True)
    return {name: entry[name] for name in OPEN_FIELDS} | {
        "sealed": base64.b64encode(text.encode("utf-8")).decode("ascii")
    }


def unseal(stored: Stored) -> Entry:
    """Return a stored entry with its hidden fields opened.

    >>> entry = dict.fromkeys(OPEN_FIELDS) | {"answer": "b"}
    >>> unseal(seal(entry)) == entry
    True
    """
    hidden: Entry = json.loads(base64.b64decode(stored["sealed"]).decode("utf-8"))
    return {name: stored[name] for name in OPEN_FIELDS} | hidden


def opened(stored: Stored) -> Question:
    """Return a stored entry as a question, ready for the judge. Raises SourceError when a text that it needs is missing."""
    return read_question(unseal(stored))


def read(folder: Path) -> dict[str, Stored]:
    """Return {question id: stored entry} of a folder's key. Raises PackError when it is missing or damaged."""
    path = folder / FILE
    try:
        stored: dict[str, Stored] = json.loads(read_text(path))["questions"]
        return stored
    except FileNotFoundError as error:
        raise PackError(f"{path.name} is missing from {folder.name}/. Build it with: nhsreform build") from error
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise PackError(f"{path.name} is damaged. Build it again with: nhsreform build") from error


def is_key(path: Path) -> bool:
    """Return whether a file is a key that nhsreform build made, and not some other key.json."""
    try:
        content = json.loads(read_text(path))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("fields") == list(OPEN_FIELDS)


def own_folder() -> Path | None:
    """Return the folder of a lecturer's own questions, when the notebook runs in it or in its answers/."""
    here = Path.cwd()
    places = [here, here.parent] if here.name == "answers" else [here]
    return next((folder for folder in places if folder != checkout() / "exercises" and is_key(folder / FILE)), None)


def questions() -> dict[str, Stored]:
    """Return {question id: stored entry}: the pack's own exercises, then those of the folder the notebook runs in."""
    own = own_folder()
    return read(checkout() / "exercises") | (read(own) if own else {})


def question_id(asked: object) -> str:
    """Return the id of the question that is meant, with or without quotation marks: 1.5, "1.5", "q1_5", "Question 1.5".

    Raises PackError when there is none, with the nearest.
    """
    known = questions()
    typed = folded(str(asked)) if isinstance(asked, str | int | float) and not isinstance(asked, bool) else ""
    parts = re.fullmatch(r"\W*(?:q|question|exercise)?[\W_]*(\d+)[\W_]+(\d+)\W*", typed)
    meant = f"{int(parts[1])}.{parts[2]}" if parts else typed
    if meant not in known:
        if not typed:
            what = "Nothing" if asked == "" else f"This ({describe(plain(asked))})"
            raise PackError(f'{what} is no question. Give its number in quotation marks, as in "1.5".')
        raise PackError(f"There is no question {typed[:40]!r}. {nearest(typed[:40], list(known))}")
    return meant


def question(asked: object) -> Question:
    """Return one question, ready for the judge.

    Raises PackError for an unknown id, with the nearest, and when the text that it asks to quote from is missing.
    """
    return opened(questions()[question_id(asked)])
