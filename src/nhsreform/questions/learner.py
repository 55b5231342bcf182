"""What a learner sees: right, not yet and why, or not tried; hints; the worked answer; progress."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Sequence
from typing import Any

from nhsreform.errors import PackError
from nhsreform.notebooks.mime import ALERT
from nhsreform.questions import cell_errors, judge, key
from nhsreform.questions.kinds.number import Number
from nhsreform.questions.kinds.prose import Prose
from nhsreform.questions.kinds.question import Question
from nhsreform.questions.value import Plain, only, plain, written
from nhsreform.text.html import not_typeset
from nhsreform.text.numbers_in_words import plural
from nhsreform.work import store

# A sign, a word and a colour for each state: never the colour alone.
_LOOK = {
    judge.RIGHT: ("\u2713", "right", "#1772a9"),
    judge.PARTLY: ("\u25d0", "not yet", "#a55909"),
    judge.WRONG: ("\u25cb", "not yet", "#a55909"),
    judge.UNTRIED: ("\u00b7", "not tried yet", "#797874"),
    judge.TOO_LONG: ("!", "too long to read", "#a55909"),
    judge.PERSON: ("\u270e", "kept", "#797874"),
}

# Before the answer that was judged, in a line of its own.
JUDGED = "Judged: "
NOT_HERE = "The worked answers are not in this copy. Ask whoever gave it to you."


def _show(first: str, rest: str, look: tuple[str, str, str], code: str = "", lines: Sequence[str] = ()) -> None:
    """Display a short message as text/html and text/plain, with lines of their own below it."""
    from IPython.display import display

    plain = "\n".join([f"{first}{'. ' if rest else ''}{rest}", *lines, *([code] if code else [])])
    sign, _, colour = look
    block = "".join(f"<div style='margin-top:.3em'>{html.escape(line)}</div>" for line in lines)
    block += f"<pre style='margin:.5em 0 0'>{html.escape(code)}</pre>" if code else ""
    # Jupyter's server names the notebook to the kernels that it starts; what nobody looks at tells nobody.
    alert = f"{ALERT} " if "JPY_SESSION_NAME" in os.environ else ""
    markup = (
        f"<div {alert}style='border-left:4px solid {colour};padding:.4em .8em;margin:.2em 0;max-width:46em'>"
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

    What it says depends on the value alone, and it shows the value that it judged. When the cell that was to set the answer
    last ended in an error, or set something else, the value is an earlier one, and it says so. An answer that was right once stays noted as right.
    Returns None; only while nbgrader marks does it return the points, because nbgrader gives full points to any cell that
    neither fails nor returns a number.

    Raises PackError for an unknown question.
    """
    question_id = _first(question_id, value)
    question = key.question(question_id)
    answer = _read(question_id, value)
    verdict = judge.verdict(answer, question)
    look = _LOOK[verdict.state]
    earlier = cell_errors.earlier(question.variable)
    more = ""
    other = cell_errors.given_instead(question_id, question.variable)
    if other:
        more += f" You gave {other}; this question reads {question.variable}."
    if verdict.state != judge.UNTRIED and not earlier and not other and not _once_right(question_id, verdict.state):
        more += _keep("answers", question_id, {"state": verdict.state, "share": verdict.share, "answer": answer})
    word = f"not yet, {verdict.share:.0%} there" if verdict.state == judge.PARTLY else look[1]
    lines = [f"{JUDGED}{other or question.variable} = {written(answer)}"] if verdict.state != judge.UNTRIED else []
    if isinstance(question, Prose) and verdict.state == judge.PERSON:
        lines = [*_seen(question, str(answer["value"])), *lines]
    more += _typed(question, answer, verdict.state)
    if earlier:
        word += ", for your earlier answer"
        more += f" {earlier} So this is about what was set before. {cell_errors.MEND}"
        look = _LOOK[judge.UNTRIED]
    _show(f"{question_id} {word}", verdict.message + more, look, lines=lines)
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return round(verdict.share * question.points, 2)
    return None


def _typed(question: Question, answer: Plain, state: str) -> str:
    """Return what Python made of what was typed, where that is no right answer; else ""."""
    variable = question.variable
    if answer["type"] == "none" and state == judge.UNTRIED:
        return f" {variable} is None: print(), for one, shows something and gives nothing back."
    if answer.get("value") == variable:
        return f" Take the name {variable} out of its quotation marks."
    worked_out = cell_errors.worked_out(variable) if state in (judge.WRONG, judge.PARTLY) else ""
    if re.search(r"\b(and|or)\b", worked_out):
        return f" Python took {worked_out} for a choice between them and kept one."
    # Words and ranges are no sums; a number may well be worked out.
    if worked_out and only(answer)["type"] in ("int", "float") and not isinstance(question, Number):
        return f" Python took {worked_out} for a sum, and worked it out."
    return ""


def _first(question_id: object, value: object) -> str:
    """Return the id of the question. Raises PackError for an unknown one, and says so where the answer stands first."""
    try:
        return key.question_id(question_id)
    except PackError:
        if not isinstance(value, str) or value not in key.questions():
            raise
        variable = key.question(value).variable
        raise PackError(f'The question comes first, and then your answer: nr.check("{value}", {variable}).') from None


# {question id: what can be gone through only once, and what it held}.
_gone_through: dict[str, tuple[object, Plain]] = {}


def _read(question_id: str, value: object) -> Plain:
    """Return a value as the judge reads it; of what can be gone through only once, such as a map, what it held then."""
    if not hasattr(type(value), "__next__"):
        return plain(value)
    if question_id not in _gone_through or _gone_through[question_id][0] is not value:
        _gone_through[question_id] = (value, plain(value))
    return _gone_through[question_id][1]


def _once_right(question_id: str, state: str) -> bool:
    """Return whether an answer that is not right follows one that was."""
    try:
        before = store.get("answers", question_id)
    except store.WorkError:
        return False
    return state not in (judge.RIGHT, judge.PERSON) and isinstance(before, dict) and before.get("state") == judge.RIGHT


def _seen(question: Prose, text: str) -> list[str]:
    """Return what a program can see of a text, a line for each thing, and that the rest is for a person."""
    from nhsreform.questions.brief_check import Wanted, check_text

    seen = check_text(text, Wanted(question.length(), question.both_sides, question.texts, question.quotes))
    return str(seen).splitlines() if seen.findings else []


def hint(question_id: str) -> None:
    """Show the next hint. Each call shows one more; after the last it says so.

    Raises PackError for an unknown question.
    """
    question_id = key.question_id(question_id)
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
    question_id = key.question_id(question_id)
    question = key.question(question_id)
    if not question.worked:
        _show(f"{question_id} answer", NOT_HERE, _LOOK[judge.UNTRIED])
        return
    _keep("answers_seen", question_id, True)
    _show(f"{question_id} worked answer", question.why or question.right, _LOOK[judge.RIGHT], question.worked)


def progress() -> None:
    """Show where you are: what you have done in each notebook and its exercise, and the one next step."""
    from IPython.display import display

    from nhsreform.questions.progress import next_step, stops

    here = stops(store.sections())
    done, questions = (sum(stop.right[at] for stop in here) for at in (0, 1))
    first = [f"{done} of {questions} questions done: right, or kept for a person to read.", next_step(here)]
    heads = ["notebook", "predictions kept", "exercise done", "look again", "practice due"]
    rows = [
        [
            stop.notebook + (f" ({stop.also})" if stop.also else ""),
            "{} of {}".format(*stop.predictions),
            "{} of {}".format(*stop.right) if stop.right[1] else "",
            ", ".join(stop.again),
            plural(stop.recall_wrong, "recall question") if stop.recall_wrong else "",
        ]
        for stop in here
    ]
    plain = "\n".join([*first, " | ".join(heads), *(" | ".join(row) for row in rows)])
    head = "".join(f"<th scope='col'>{word}</th>" for word in heads)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    markup = f"<p>{'<br>'.join(map(html.escape, first))}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    display({"text/plain": plain, "text/html": markup}, raw=True)
