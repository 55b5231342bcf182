"""A page on the whole class: question by question how many are right, and what most often goes wrong. No names, unless asked."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nhsreform.marking.feedback_pages import by_student
from nhsreform.marking.marks import ABSENT, CRASHED, TIMED_OUT, in_order
from nhsreform.marking.pages import page
from nhsreform.marking.reading import MARKED, Mark, markup, number, plural
from nhsreform.questions import judge

# What is drawn and counted: a heading, the states in it, a colour, and a colour that can be read on it.
GROUPS = (
    ("right", (judge.RIGHT,), "#1772a9", "#fff"),
    ("partly", (judge.PARTLY,), "#8595aa", "#000"),
    ("not yet", (judge.WRONG,), "#a55909", "#fff"),
    ("not tried", (judge.UNTRIED,), "#797874", "#000"),
    ("failed", (CRASHED, TIMED_OUT), "#8f7a2f", "#000"),
    ("for a person", (judge.PERSON, MARKED), "#7a76b8", "#000"),
)
REASONS = 3
WIDTH, ROW, LABEL = 640, 32, 56

_STYLE = """
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }
.legend span { display: inline-block; width: 1rem; height: 1rem; vertical-align: -.15rem; margin-right: .3rem; }
svg { width: 100%; max-width: 640px; height: auto; } svg text { font: 14px system-ui, sans-serif; }
"""


@dataclass
class Question:
    """What a class did with one question."""

    question: str
    counts: Counter[str] = field(default_factory=Counter)
    points: list[float] = field(default_factory=list)
    max: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def handed_in(self) -> int:
        """How many handed the exercise in."""
        return sum(self.counts.values()) - self.counts[ABSENT]

    def group(self, states: Sequence[str]) -> int:
        """Return how many are in any of these states."""
        return sum(self.counts[state] for state in states)


def by_exercise(marks: Sequence[Mark]) -> dict[str, list[Question]]:
    """Return {exercise: its questions, in order}."""
    found: dict[str, dict[str, Question]] = {}
    for mark in marks:
        if not mark.question:
            continue
        question = found.setdefault(mark.exercise, {}).setdefault(mark.question, Question(mark.question))
        question.counts[mark.state] += 1
        question.max = max(question.max, mark.max)
        if mark.points is not None and mark.state != ABSENT:
            question.points.append(mark.points)
        if mark.state in (judge.WRONG, judge.PARTLY) and mark.message:
            question.reasons[mark.message] += 1
    return {
        exercise: sorted(questions.values(), key=lambda question: in_order(question.question))
        for exercise, questions in sorted(found.items())
    }


def commonest(question: Question, alone: bool = False) -> list[tuple[str, int]]:
    """Return the commonest reasons why an answer is not right, with how many gave it, the commonest first.

    What only one student was told is left out, because it may say who it was; with `alone` it is not.
    """
    told = sorted(question.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(message, count) for message, count in told if count > 1 or alone][:REASONS]


def chart(questions: Sequence[Question], title: str) -> str:
    """Return a bar for each question as SVG, cut into how many are right, partly right, not yet and so on.

    All that it shows stands in the table beside it, so a screen reader is told only what it is.
    """
    height = ROW * len(questions) + 4
    most = max((question.handed_in for question in questions), default=0) or 1
    scale = (WIDTH - LABEL - 4) / most
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{html.escape(title)}: bars, the numbers of the table below">'
    ]
    for place, question in enumerate(questions):
        top = place * ROW + 4
        parts.append(f'<text x="0" y="{top + 18}" fill="currentColor">{html.escape(question.question)}</text>')
        at = float(LABEL)
        for _, states, colour, ink in GROUPS:
            count = question.group(states)
            wide = count * scale
            if count:
                parts.append(
                    f'<rect x="{at:.1f}" y="{top}" width="{max(wide - 2, 1):.1f}" height="24" fill="{colour}"></rect>'
                )
                if wide > 9 * len(str(count)) + 8:
                    parts.append(f'<text x="{at + 5:.1f}" y="{top + 17}" fill="{ink}">{count}</text>')
            at += wide
    return "".join(parts) + "</svg>"


def _table(questions: Sequence[Question], named: Mapping[str, str]) -> str:
    heads = ["Question", *(name for name, *_ in GROUPS), "not handed in", "mean points"]
    head = "".join(
        f"<th scope='col'{' class=number' if number else ''}>{name}</th>" for number, name in enumerate(heads)
    )
    rows = []
    for question in questions:
        known = question.points and not question.counts[judge.PERSON]
        mean = sum(question.points) / len(question.points) if known else None
        cells = [*(question.group(states) for _, states, *_ in GROUPS), question.counts[ABSENT]]
        said = "\u2013" if mean is None else f"{number(mean)} of {number(question.max)}"
        title = html.escape(f"{question.question} {named.get(question.question, '')}".strip())
        numbers = "".join(f"<td class='number'>{cell}</td>" for cell in (*cells, said))
        rows.append(f"<tr><th scope='row'>{title}</th>{numbers}</tr>")
    return (
        f"<table>\n<caption>How many students</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
        + "\n".join(rows)
        + "\n</tbody></table>"
    )


def _reasons(questions: Sequence[Question], alone: bool) -> str:
    parts = []
    for question in questions:
        told = commonest(question, alone)
        if told:
            items = "".join(f"<li>{plural(count, 'student')}: {markup(message[:400])}</li>" for message, count in told)
            parts.append(f"<h4>{html.escape(question.question)}</h4>\n<ul>{items}</ul>")
    return "<h3>What most often goes wrong</h3>\n" + "\n".join(parts) if parts else ""


def _names(marks: Sequence[Mark], exercises: Sequence[str]) -> str:
    heads = "".join(f"<th scope='col' class='number'>{html.escape(name)}</th>" for name in exercises)
    rows = []
    for own in by_student(marks).values():
        cells = []
        for exercise in exercises:
            mine = [mark for mark in own if mark.exercise == exercise]
            open_ones = any(mark.state == judge.PERSON for mark in mine)
            absent = all(mark.state == ABSENT for mark in mine)
            points = number(sum(mark.points or 0 for mark in mine)) + ("+" if open_ones else "")
            cells.append("\u2013" if absent else points)
        numbers = "".join(f"<td class='number'>{cell}</td>" for cell in cells)
        rows.append(f"<tr><th scope='row'>{markup(own[0].name)}</th>{numbers}</tr>")
    return (
        "<section>\n<h2>Students</h2>\n<table>\n<caption>Points; + where a person must still read, \u2013 where nothing was handed "
        f"in</caption>\n<thead><tr><th scope='col'>Student</th>{heads}</tr></thead>\n<tbody>\n"
        + "\n".join(rows)
        + "\n</tbody>\n</table>\n</section>"
    )


def report(marks: Sequence[Mark], named: Mapping[str, str], names: bool = False) -> str:
    """Return the page. `named`: {question: title}. `names`: with each student's points, and what only one was told."""
    exercises = by_exercise(marks)
    students = by_student(marks)
    legend = "".join(f"<li><span style='background:{colour}'></span>{name}</li>" for name, _, colour, _ in GROUPS)
    body = [
        "<main>\n<h1>Class report</h1>",
        f"<p>{plural(len(students), 'student')}, {plural(len(exercises), 'exercise')}. "
        + (
            "This page holds names: keep it to yourself.</p>"
            if names
            else "No names, and nothing that only one student was told.</p>"
        ),
        f"<p>Colours of the charts, left to right:</p>\n<ul class='legend'>{legend}</ul>",
    ]
    for exercise, questions in exercises.items():
        handed_in = max(question.handed_in for question in questions)
        body.append(
            f"<section>\n<h2>{html.escape(named.get(exercise, exercise))}</h2>\n<p>{plural(handed_in, 'student')} handed it in.</p>\n"
            f"{chart(questions, named.get(exercise, exercise))}\n{_table(questions, named)}\n{_reasons(questions, names)}\n</section>"
        )
    if names:
        body.append(_names(marks, list(exercises)))
    return page("Class report", "\n".join(body) + "\n</main>", _STYLE)
