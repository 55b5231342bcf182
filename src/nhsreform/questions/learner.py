"""What a learner sees: right, not yet and why, or not tried; hints; the worked answer; progress."""

from __future__ import annotations

import html
import os
from typing import Any

from nhsreform.questions import judge, key
from nhsreform.questions.value import plain
from nhsreform.text.html import not_typeset
from nhsreform.work import store

# A sign, a word and a colour for each state: never the colour alone.
_LOOK = {
    judge.RIGHT: ("\u2713", "right", "#1772a9"),
    judge.PARTLY: ("\u25d0", "not yet", "#a55909"),
    judge.WRONG: ("\u25cb", "not yet", "#a55909"),
    judge.UNTRIED: ("\u00b7", "not tried yet", "#797874"),
    judge.PERSON: ("\u270e", "kept", "#797874"),
}

NOT_HERE = "The worked answers are not in this copy. Ask whoever gave it to you."


def _show(first: str, rest: str, look: tuple[str, str, str], code: str = "") -> None:
    """Display a short message as text/html and text/plain."""
    from IPython.display import display

    plain = f"{first}{'. ' if rest else ''}{rest}" + (f"\n{code}" if code else "")
    sign, _, colour = look
    block = f"<pre style='margin:.5em 0 0'>{html.escape(code)}</pre>" if code else ""
    markup = (
        f"<div style='border-left:4px solid {colour};padding:.4em .8em;margin:.2em 0;max-width:46em'>"
        f"<strong><span aria-hidden='true'>{sign} </span>{html.escape(first)}</strong>"
        f"{'. ' if rest else ''}{html.escape(rest)}{block}</div>"
    )
    display({"text/html": not_typeset(markup), "text/plain": plain}, raw=True)


def _keep(section: str, name: str, value: Any) -> str:
    """Keep something of the learner's; return a sentence when that was not possible."""
    try:
        store.put(section, name, value)
    except store.WorkError as error:
        return f" (Not kept: {error})"
    return ""


def check(question_id: str, value: object) -> float | None:
    """Say whether an answer is right, not yet (and why), or not tried yet, and keep it.

    What it says depends on the value alone. Returns None; only while nbgrader marks does it return the points, because
    nbgrader gives full points to any cell that neither fails nor returns a number.

    Raises PackError for an unknown question.
    """
    question = key.question(question_id)
    answer = plain(value)
    verdict = judge.verdict(answer, question)
    look = _LOOK[verdict.state]
    more = ""
    if verdict.state != judge.UNTRIED:
        more = _keep("answers", question_id, {"state": verdict.state, "share": verdict.share, "answer": answer})
    word = f"not yet, {verdict.share:.0%} there" if verdict.state == judge.PARTLY else look[1]
    _show(f"{question_id} {word}", verdict.message + more, look)
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return round(verdict.share * question.points, 2)
    return None


def hint(question_id: str) -> None:
    """Show the next hint. Each call shows one more; after the last it says so.

    Raises PackError for an unknown question.
    """
    question = key.question(question_id)
    hints = question.hints
    seen = store.get("hints", question_id, 0)
    seen = seen if isinstance(seen, int) and not isinstance(seen, bool) else 0
    if seen >= len(hints):
        last = f" The last was: {hints[-1]}" if hints else ""
        _show(
            f"{question_id} no more hints",
            (f'nr.answer("{question_id}") shows the worked answer and why.' if question.worked else NOT_HERE) + last,
            _LOOK[judge.UNTRIED],
        )
        return
    more = _keep("hints", question_id, seen + 1)
    _show(f"{question_id} hint {seen + 1} of {len(hints)}", hints[seen] + more, _LOOK[judge.UNTRIED])


def answer(question_id: str) -> None:
    """Show the worked answer and why it is right. Raises PackError for an unknown question."""
    question = key.question(question_id)
    if not question.worked:
        _show(f"{question_id} answer", NOT_HERE, _LOOK[judge.UNTRIED])
        return
    _keep("answers_seen", question_id, True)
    _show(f"{question_id} worked answer", question.why or question.right, _LOOK[judge.RIGHT], question.worked)


def progress() -> None:
    """Show how many questions are right, exercise by exercise, and which are not yet right or not tried."""
    from IPython.display import display

    answers = store.sections().get("answers", {})
    table: dict[str, dict[str, list[str]]] = {}
    questions = key.questions()
    for question_id, stored in questions.items():
        saved = answers.get(question_id)
        state = str(saved.get("state")) if isinstance(saved, dict) else judge.UNTRIED
        word = _LOOK.get(state, _LOOK[judge.UNTRIED])[1]
        row = table.setdefault(stored["exercise"], {})
        row.setdefault("core" if stored["core"] else "practice", []).append(word)
        row.setdefault(word, []).append(question_id)
    done = sum(len(row.get("right", [])) for row in table.values())
    first = f"{done} of {len(questions)} questions right"
    heads = ["exercise", "core right", "practice right", "not yet", "kept for a person", "not tried yet"]
    rows = [
        [
            exercise,
            *(f"{row.get(kind, []).count('right')} of {len(row.get(kind, []))}" for kind in ("core", "practice")),
            *(", ".join(row.get(word, [])) for word in ("not yet", "kept", "not tried yet")),
        ]
        for exercise, row in sorted(table.items())
    ]
    plain = "\n".join([first, " | ".join(heads), *(" | ".join(row) for row in rows)])
    head = "".join(f"<th scope='col'>{word}</th>" for word in heads)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    markup = f"<p>{first}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    display({"text/plain": plain, "text/html": markup}, raw=True)
