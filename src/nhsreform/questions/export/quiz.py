"""The questions as every format takes them: words as XHTML, and answers with the share of the points that each earns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nhsreform.checkout import checkout
from nhsreform.data.sources import find_all, source
from nhsreform.data.tables import table
from nhsreform.errors import PackError
from nhsreform.questions import build
from nhsreform.questions.exercise_names import exercise_names
from nhsreform.questions.export.without_cells import lists_in_cell, loads_a_table, replaced, why_not, words
from nhsreform.questions.kinds import Entry, Question, read_question
from nhsreform.questions.kinds.quiz_item import NUMBERS, Gap, Option, Shape, Words
from nhsreform.text.markdown import escaped, items, parts, to_xhtml

# A quotation of fewer words says nothing about where it is from.
MIN_WORDS = 3
# What is said to a learner, beside the question itself.
_SAID = ("right", "why", "else", "wrong", "also", "hints", "wrong_values")


@dataclass(frozen=True)
class Item:
    """A question of an exercise, ready for a platform. `body` is XHTML; `right`, `why`, `hints` and feedback are plain text."""

    id: str
    exercise: str
    chapter: str
    title: str
    kind: str
    shape: Shape
    core: bool
    points: int
    minutes: int
    body: str
    options: tuple[Option, ...]
    gaps: tuple[Gap, ...]
    right: str
    why: str
    hints: tuple[str, ...]
    worked: str
    rubric: str
    texts: tuple[str, ...]

    @property
    def unit(self) -> str:
        """The unit of a number, or ""."""
        return self.gaps[0].unit if self.gaps else ""

    @property
    def name(self) -> str:
        """An identifier that never changes: question ids are never used again."""
        return f"nhsreform-{self.id}"


@dataclass(frozen=True)
class Quiz:
    """The questions that are exported, those that are not (id, reason), and what was changed (id, what)."""

    questions: list[Item] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    from_tables: list[str] = field(default_factory=list)


def collect(exercises: list[str], core: bool = False, own: Path | None = None) -> Quiz:
    """Return the questions of the pack, or of a lecturer's own folder, in order.

    exercises: names such as 01 or 01-joint-report; every exercise when there is none. core: leave practice questions out.
    The worked notebooks are run, so that an answer follows the tables as they are now.

    Raises PackError for an unknown exercise, with the nearest; NotebookError as `nhsreform build` does.
    """
    folder = own or checkout() / "exercises"
    worked = build.read_exercises(build.own_answers(folder) if own else folder / "answers")
    if not worked:
        raise PackError("There are no worked notebooks in exercises/answers. A copy made for a class has none.")
    entries = build.entries(worked, folder)
    known = [exercise.name for exercise in worked]
    chosen = exercise_names(exercises, known) or known
    quiz = Quiz()
    for exercise in worked:
        for question_id in exercise.cells if exercise.name in chosen else ():
            entry, question = entries[question_id]
            if question.core or not core:
                _add(quiz, exercise, question_id, entry)
    return quiz


def _add(quiz: Quiz, exercise: build.Exercise, question_id: str, entry: Entry) -> None:
    """Put a question into a quiz, or among what is left out."""
    settings = exercise.settings[question_id]
    platform: Mapping[str, str] = settings.get("platform", {})
    question = read_question(entry | {name: replaced(entry[name], platform) for name in _SAID if name in entry})
    asked = words(exercise.cells[question_id]["question"].source, question.labels(), platform)
    code = build.blanked(question.worked, question.variable, settings.get("blanks", []), question_id)
    lists = lists_in_cell(code, question.variable)
    counts_a_table = question.shape in NUMBERS and loads_a_table(code)
    reason = why_not(asked.markdown)
    if not reason and counts_a_table and not lists and not re.search(r"\d", asked.markdown):
        reason = "its numbers stand in a table that only the notebook loads"
    if reason:
        quiz.left_out.append((question_id, reason))
        return
    changes = [_taken_out(passage, asked) for passage, instead in platform.items() if not instead]
    changes += [*question.changes(), *(f"the list {name} is taken over from the cell" for name in lists)]
    quiz.changed.extend((question_id, change) for change in changes)
    quiz.questions.append(_item(question_id, question, asked, lists, _chapter(exercise.worked, exercise.name)))
    if counts_a_table:
        quiz.from_tables.append(question_id)


def _taken_out(passage: str, asked: Words) -> str:
    where = "" if passage in asked.taken_out else " of a hint or a message"
    return f"taken out{where}: “{passage.strip(' ,')}”"


def _chapter(notebook: Any, stem: str) -> str:
    """Return an exercise's title: its first heading, without the word Exercise."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return str(cell.source.splitlines()[0].lstrip("# ").removeprefix("Exercise ").strip())
    return stem


def _item(question_id: str, question: Question, asked: Words, lists: dict[str, list[str]], chapter: str) -> Item:
    markdown = "\n\n".join([asked.markdown, *(f"*{name}*: {', '.join(items)}" for name, items in lists.items())])
    texts = _texts(question, asked)
    closing = f"<p>{escaped(' '.join(question.closing()))}</p>" if question.closing() else ""
    references = "".join(f"<p><em>Text:</em> {escaped(citation)}</p>" for citation in texts)
    possible = question.worked.split('"""')[1].strip() if question.by_person and '"""' in question.worked else ""
    return Item(
        id=question_id,
        exercise=question.exercise,
        chapter=chapter,
        title=asked.title,
        kind=question.kind,
        shape=question.shape,
        core=question.core,
        points=question.points,
        minutes=question.minutes,
        body=to_xhtml(markdown) + closing + references,
        options=question.options_shown(asked),
        gaps=question.gaps(asked),
        right=question.right,
        why=question.why,
        hints=tuple(hint for hint in question.hints if hint),
        worked=possible,
        rubric=_rubric(markdown) if question.by_person else "",
        texts=tuple(texts),
    )


def _rubric(markdown: str) -> str:
    """Return the lists of a question that a person marks, each with the paragraph before it."""
    listed = [pair for pair in itertools.pairwise(parts(markdown)) if items(pair[1])]
    return "".join(to_xhtml("\n\n".join(pair)) for pair in listed)


# --- where quotations are from ---------------------------------------------------------------------------


def _quoted(question: Question, asked: Words) -> list[str]:
    """Return what a question may quote: what stands in curly quotation marks or set apart, and what its kind quotes."""
    markdown = "\n\n".join([asked.markdown, *asked.options.values()])
    quoted = re.findall(r"“([^”]+)”", markdown)
    quoted += [re.sub(r"^ *> ?", "", part, flags=re.MULTILINE) for part in parts(markdown) if part.startswith(">")]
    quoted += question.quoted()
    return [re.sub(r"[*]", "", part).strip() for part in quoted if len(part.split()) >= MIN_WORDS]


def _texts(question: Question, asked: Words) -> list[str]:
    """Return the reference of each of the five texts that a question is about or quotes, in order of date."""
    about = re.sub(r"^\d+-", "", question.exercise)
    quoted = _quoted(question, asked)
    return [
        row.citation
        for row in table("sources").itertuples()
        if row.source_id == about or any(find_all(part, source(row.source_id).text) for part in quoted)
    ]
