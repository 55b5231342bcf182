"""What a learner sees: right, not yet and why, or not tried; hints; the worked answer; progress."""

from __future__ import annotations

import html
from typing import Any

from nhsreform import judge, work
from nhsreform.exercises import key

# A sign, a word and a colour for each state: never the colour alone.
_LOOK = {
    judge.RIGHT: ("\u2713", "right", "#1772a9"),
    judge.PARTLY: ("\u25d0", "not yet", "#a55909"),
    judge.WRONG: ("\u25cb", "not yet", "#a55909"),
    judge.UNTRIED: ("\u00b7", "not tried yet", "#797874"),
    judge.PERSON: ("\u270e", "kept", "#797874"),
}


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
    display({"text/html": markup, "text/plain": plain}, raw=True)


def _keep(section: str, name: str, value: Any) -> str:
    """Keep something of the learner's; return a sentence when that was not possible."""
    try:
        work.put(section, name, value)
    except work.WorkError as error:
        return f" (Not kept: {error})"
    return ""


def check(question_id: str, value: object) -> None:
    """Say whether an answer is right, not yet (and why), or not tried yet, and keep it.

    What it says depends on the value alone. Raises PackError for an unknown question.
    """
    entry = key.entry(question_id)
    answer = judge.plain(value)
    verdict = judge.verdict(answer, entry)
    look = _LOOK[verdict["state"]]
    more = ""
    if verdict["state"] != judge.UNTRIED:
        more = _keep("answers", question_id, {"state": verdict["state"], "share": verdict["share"], "answer": answer})
    word = f"not yet, {verdict['share']:.0%} there" if verdict["state"] == judge.PARTLY else look[1]
    _show(f"{question_id} {word}", verdict["message"] + more, look)


def hint(question_id: str) -> None:
    """Show the next hint. Each call shows one more; after the last it says so.

    Raises PackError for an unknown question.
    """
    entry = key.entry(question_id)
    hints = entry.get("hints", [])
    seen = work.get("hints", question_id, 0)
    seen = seen if isinstance(seen, int) and not isinstance(seen, bool) else 0
    if seen >= len(hints):
        last = f" The last was: {hints[-1]}" if hints else ""
        _show(
            f"{question_id} no more hints",
            f'nr.answer("{question_id}") shows the worked answer and why.{last}',
            _LOOK[judge.UNTRIED],
        )
        return
    more = _keep("hints", question_id, seen + 1)
    _show(f"{question_id} hint {seen + 1} of {len(hints)}", hints[seen] + more, _LOOK[judge.UNTRIED])


def answer(question_id: str) -> None:
    """Show the worked answer and why it is right. Raises PackError for an unknown question."""
    entry = key.entry(question_id)
    if "worked" not in entry:
        _show(
            f"{question_id} answer",
            "The worked answers are not in this copy. Ask whoever gave it to you.",
            _LOOK[judge.UNTRIED],
        )
        return
    _keep("answers_seen", question_id, True)
    _show(f"{question_id} worked answer", entry.get("why", entry.get("right", "")), _LOOK[judge.RIGHT], entry["worked"])


def progress() -> None:
    """Show which questions are right, not yet, or not tried, exercise by exercise."""
    from IPython.display import display

    answers = work.sections().get("answers", {})
    rows = []
    for question_id, stored in key.questions().items():
        kept = answers.get(question_id)
        state = kept.get("state") if isinstance(kept, dict) else None
        sign, word, _ = _LOOK.get(state or judge.UNTRIED, _LOOK[judge.UNTRIED])
        rows.append((stored["exercise"], question_id, "core" if stored["core"] else "practice", f"{sign} {word}"))
    done = sum(row[3].endswith(" right") for row in rows)
    first = f"{done} of {len(rows)} questions right"
    plain = "\n".join([first, *("  ".join(row) for row in rows)])
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    display(
        {
            "text/plain": plain,
            "text/html": f"<p>{first}</p><table><thead><tr><th scope='col'>exercise</th>"
            "<th scope='col'>question</th><th scope='col'>kind</th><th scope='col'>state</th></tr></thead>"
            f"<tbody>{cells}</tbody></table>",
        },
        raw=True,
    )
