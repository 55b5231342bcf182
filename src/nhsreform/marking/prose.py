"""Prose, read by a person: by question, without names, in an order that stays, from a plain folder.

`prepare` writes a page and a CSV for each question. The page works from the folder, by keyboard, without a network, and
saves a CSV; the CSV can be filled in by hand just as well. `collect` takes the CSVs and puts the points into by-hand.csv,
which `nhsreform mark` merges and never writes, and into marks.csv.

Who wrote an answer stands in one file, prose-codes.csv, beside marks.csv. The code belongs to the answer's text too: an answer
handed in anew gets a new code, so that points given to the old one never reach it.
"""

from __future__ import annotations

import csv
import html
import io
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nhsreform.marking import marks as marked
from nhsreform.marking import reading
from nhsreform.marking.feedback_pages import question_texts
from nhsreform.marking.marks import ANSWER, BY_HAND, COLUMNS, HAND_COLUMNS, MARKS, Hand
from nhsreform.marking.pages import page
from nhsreform.marking.reading import MARKED, Mark, MarksError, markup, number, plural, shown
from nhsreform.marking.sheets import guarded, points_of, rows_of, unguarded
from nhsreform.paths import checkout
from nhsreform.questions import judge

CODES = "prose-codes.csv"
CODE_COLUMNS = ("code", "student", "exercise", "question", ANSWER)
SHEET_COLUMNS = ("code", "points", "comment")
BORDERS = (0.4, 0.5, 0.6, 0.7)
EVERY = 10
# No vowels, so that no code is a word; nothing that is easily taken for something else.
_SIGNS = "bcdfghjkmnpqrstvwxz23456789"
_COMMENTS = """Quote the words themselves, and say whose they are.
Who says this, in what voice? Name the speaker and the standing.
This is the strongest objection, fairly put.
Give the condition that the speaker puts on it.
Your answer does not meet the objection yet: say what it leaves standing.
Say how sure you are, and what would change your mind.
"""


@dataclass
class Answer:
    """A text to be read. points and comment: what it was given before, if it was."""

    code: str
    mark: Mark
    text: str
    points: str = ""
    comment: str = ""


@dataclass
class Question:
    """A question and its answers, by code."""

    question: str
    max: float
    answers: list[Answer] = field(default_factory=list)


# --- whose code ------------------------------------------------------------------------------------------------------


def read_codes(out: Path) -> dict[str, dict[str, str]]:
    """Return {code: whose answer to which question it is}; nothing where there are none yet. Raises CsvError."""
    path = out / CODES
    return {row["code"]: row for row in rows_of(path, CODE_COLUMNS)} if path.exists() else {}


def _coded(marks: Iterable[Mark], codes: dict[str, dict[str, str]]) -> dict[str, Mark]:
    """Return {code: mark}, and add a new code to `codes` for each answer that has none."""
    known = {tuple(row[name] for name in CODE_COLUMNS[1:]): code for code, row in codes.items()}
    found = {}
    for mark in marks:
        name = (mark.student, mark.exercise, mark.question, marked.digest(mark.value))
        if name not in known:
            code = ""
            while not code or code in codes:
                code = "".join(secrets.choice(_SIGNS) for _ in range(5))
            known[name] = code
            codes[code] = dict(zip(CODE_COLUMNS, (code, *name), strict=True))
        found[known[name]] = mark
    return found


# --- out to be read ---------------------------------------------------------------------------------------------------


def questions(out: Path, keys: Sequence[Path] = ()) -> tuple[list[Question], list[str]]:
    """Return the prose questions with their answers, and a line for each answer that is for a person but is no prose.

    New codes are written to prose-codes.csv. Raises PackError when the folder cannot be read or written.
    """
    key = marked.Key(list(keys) or [checkout() / "exercises"])
    codes = read_codes(out)
    texts, others = [], []
    for mark in reading.read_class(out, keys):
        prose = mark.question in key.stored and key.stored[mark.question]["kind"] == "prose"
        if prose and mark.state in (judge.PERSON, MARKED) and mark.value and mark.value.get("type") == "text":
            texts.append(mark)
        elif mark.state == judge.PERSON:
            others.append(
                f"{shown(mark.name)}, {mark.question or 'a file of no exercise'}: {shown(mark.note or 'no text', 120)}"
            )
    coded = _coded(texts, codes)
    rows = [[row[name] for name in CODE_COLUMNS] for row in codes.values()]
    reading.write_file(out / CODES, _plain_csv(CODE_COLUMNS, rows))
    full_names = {marked.safe(one.handin.student): one.handin.full_name for one in reading.last_run(out).submissions}
    found: dict[str, Question] = {}
    for code in sorted(coded):
        mark = coded[code]
        answer = Answer(code, mark, _text(mark, full_names.get(mark.student, "")))
        if mark.state == MARKED:
            answer.points, answer.comment = number(mark.points or 0), mark.message
        found.setdefault(mark.question, Question(mark.question, mark.max)).answers.append(answer)
    return sorted(found.values(), key=lambda one: marked.in_order(one.question)), others


def _plain_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a CSV file's text; its cells come from marks.csv, which has made them harmless already."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _text(mark: Mark, full_name: str) -> str:
    """Return an answer's text without its writer's own name, as the label or the platform has it."""
    text = str(mark.value["value"]).strip() if mark.value else ""
    # Namesakes have a number behind their name.
    for name in sorted({mark.name, re.sub(r" \(?\d+\)?$", "", mark.name), full_name}, key=len, reverse=True):
        text = re.sub(re.escape(name), "(name)", text, flags=re.IGNORECASE) if len(name) > 3 else text
    return text


def sheet(answers: Sequence[Answer]) -> str:
    """Return the CSV to fill in."""
    return reading.csv_text(SHEET_COLUMNS, [(one.code, one.points, one.comment) for one in answers])


def prepare(out: Path, folder: Path, keys: Sequence[Path] = ()) -> tuple[list[Question], list[str]]:
    """Write a page and a CSV for each prose question into `folder`; return the questions, and what else is for a person.

    A CSV that is there and has points in it is not overwritten. Raises PackError.
    """
    found, others = questions(out, keys)
    asked = question_texts(list(keys) or [checkout() / "exercises"])
    comments = folder / "comments.txt"
    if not comments.exists():
        reading.write_file(comments, _COMMENTS)
    bank = comments.read_text(encoding="utf-8-sig", errors="replace")
    for question in found:
        reading.write_file(
            folder / f"question-{question.question}.html",
            marking_page(question, asked.get(question.question, ""), bank),
        )
        path = folder / f"marks-{question.question}.csv"
        if not path.exists() or not any(row["points"].strip() for row in rows_of(path, SHEET_COLUMNS)):
            reading.write_file(path, sheet(question.answers))
    return found, others


def _simple_markup(text: str) -> str:
    """Return a question's Markdown as markup: headings, paragraphs, lists, bold words and code."""
    parts = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [
            re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(line, quote=False))
            for line in block.splitlines()
        ]
        lines = [re.sub(r"`(.+?)`", r"<code>\1</code>", line) for line in lines]
        if lines[0].startswith("#"):
            parts.append(f"<p><strong>{lines[0].lstrip('# ')}</strong></p>")
        elif all(line.startswith("- ") for line in lines):
            parts.append("<ul>" + "".join(f"<li>{line[2:]}</li>" for line in lines) + "</ul>")
        else:
            parts.append(f"<p>{'<br>'.join(lines)}</p>")
    return "\n".join(parts)


_STYLE = """
article { border-top: 2px solid var(--line); padding: .5rem 0 1rem; }
.answer { background: var(--soft); padding: .6rem .8rem; white-space: pre-wrap; max-width: 46rem; }
label { display: block; margin-top: .6rem; font-weight: bold; }
input, textarea, button { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); padding: .3rem; }
input { width: 7rem; } textarea { width: 100%; max-width: 46rem; box-sizing: border-box; }
:focus-visible { outline: 3px solid #1772a9; outline-offset: 2px; }
[aria-invalid="true"] { border: 3px solid #a55909; }
.bar { position: sticky; top: 0; background: var(--ground); border-bottom: 1px solid var(--line); padding: .4rem 0; }
article { scroll-margin-top: 8rem; } input, article textarea { scroll-margin-top: 8rem; }
"""

_SCRIPT = r"""
"use strict";
const main = document.querySelector("main");
const articles = [...document.querySelectorAll("article")];
const bank = document.getElementById("bank");
const status = document.getElementById("status");
const place = "nhsreform-prose " + main.dataset.draft;
let unsaved = false;

const points = (article) => article.querySelector("input");
const comment = (article) => article.querySelector("textarea");
const lines = () => bank.value.split("\n").map((line) => line.trim()).filter(Boolean);

function tell(more) {
  const done = articles.filter((article) => points(article).value !== "").length;
  status.textContent = `${done} of ${articles.length} marked. ${more || ""}`;
}

function keep() {
  const marks = articles.map((article) => [article.dataset.code, points(article).value, comment(article).value]);
  try {
    localStorage.setItem(place, JSON.stringify({ marks, bank: bank.value }));
    return "";
  } catch (error) {
    return "This browser keeps no draft: save often.";
  }
}

function bring() {
  let draft = null;
  try {
    draft = JSON.parse(localStorage.getItem(place));
  } catch (error) {
    return;
  }
  if (!draft) return;
  const found = new Map(draft.marks.map(([code, mark, words]) => [code, [mark, words]]));
  for (const article of articles) {
    if (!found.has(article.dataset.code)) continue;
    [points(article).value, comment(article).value] = found.get(article.dataset.code);
  }
  bank.value = draft.bank;
  unsaved = true;
}

function list() {
  const numbered = document.getElementById("numbered");
  numbered.replaceChildren(...lines().map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

function check(input) {
  const wrong = !input.checkValidity();
  input.setAttribute("aria-invalid", String(wrong));
  return wrong ? `Points must be from 0 to ${input.max}, in steps of ${input.step}.` : "";
}

function cell(text) {
  const flat = text.replace(/\r/g, "").trim();
  const safe = /^[=+\-@|%\t\uFF1D\uFF0B\uFF0D\uFF20]/.test(flat) ? "'" + flat : flat;
  return /[",\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

function save() {
  const bad = articles.find((article) => check(points(article)));
  if (bad) {
    points(bad).focus();
    tell("Not saved: " + check(points(bad)));
    return;
  }
  const rows = articles.map((article) => [article.dataset.code, points(article).value, comment(article).value]);
  const text = "\uFEFF" + [["code", "points", "comment"], ...rows].map((row) => row.map(cell).join(",") + "\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = main.dataset.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  unsaved = false;
  tell(`Saved as ${main.dataset.file} where your browser puts downloads.`);
}

function go(article) {
  if (!article) return tell("That was the last one. Ctrl+S saves.");
  points(article).focus();
  points(article).select();
}

document.addEventListener("input", (event) => {
  unsaved = true;
  const field = event.target;
  if (field.matches("article textarea")) {
    field.value = field.value.replace(/(^|\s);(\d{1,2})\s$/, (all, before, at) => {
      const line = lines()[Number(at) - 1];
      return line === undefined ? all : before + line + " ";
    });
  }
  if (field === bank) list();
  tell([field.matches("input") ? check(field) : "", keep()].join(" ").trim());
});

document.addEventListener("keydown", (event) => {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "s") {
    event.preventDefault();
    save();
  } else if (control && event.key === "Enter") {
    event.preventDefault();
    const here = articles.indexOf(event.target.closest("article"));
    go([...articles.slice(here + 1), ...articles.slice(0, here + 1)].find((article) => points(article).value === ""));
  } else if (event.key === "Enter" && event.target.matches("article input")) {
    event.preventDefault();
    comment(event.target.closest("article")).focus();
  }
});

document.getElementById("save").addEventListener("click", save);
document.getElementById("forget").addEventListener("click", () => {
  localStorage.removeItem(place);
  unsaved = false;
  tell("The draft in this browser is deleted. What you see here stays until you close the page.");
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
bring();
list();
tell(unsaved ? "Your draft is back." : "");
"""


def marking_page(question: Question, asked: str, bank: str, second: bool = False) -> str:
    """Return the page on which a question's answers are read. `asked`: the question in Markdown. `bank`: comments, one a line."""
    name = html.escape(question.question)
    file = f"{'moderation' if second else 'marks'}-{question.question}.csv"
    step = "0.5"
    articles = "\n".join(_article(answer, question.max, step) for answer in question.answers)
    draft = marked.digest({"codes": [answer.code for answer in question.answers], "file": file})[:16]
    title = f"Question {question.question}: {'second reading' if second else 'answers to read'}"
    body = f"""<main data-file="{html.escape(file)}" data-draft="{draft}">
<h1>{html.escape(title)}</h1>
<p>{plural(len(question.answers), "answer")}, {number(question.max)} points at most, without names, in an order that has nothing to
do with names. This page sends nothing anywhere.</p>
<div class="bar"><button type="button" id="save">Save {html.escape(file)}</button>
<button type="button" id="forget">Delete the draft in this browser</button>
<p id="status" role="status"></p></div>
<details open><summary>The question and its rubric</summary>
{_simple_markup(asked)}
</details>
<details><summary>Keys</summary>
<ul><li>Tab goes from field to field; Enter goes from the points to the comment.</li>
<li>Ctrl+Enter goes to the next answer that has no points.</li>
<li>In a comment, type <code>;2</code> and a space: reusable comment 2 takes its place.</li>
<li>Ctrl+S saves the CSV. Until then a draft is kept in this browser alone.</li></ul>
</details>
<h2>Reusable comments</h2>
<ol id="numbered"></ol>
<label for="bank">Change them here, one a line</label>
<textarea id="bank" rows="6">{html.escape(bank)}</textarea>
<h2>Answers to {name}</h2>
{articles}
</main>"""
    return page(title, body, _STYLE, _SCRIPT)


def _article(answer: Answer, most: float, step: str) -> str:
    code, words = answer.code, len(answer.text.split())
    note = f"<p class='note'>Note: {markup(answer.mark.note)}</p>" if answer.mark.note else ""
    return (
        f'<article data-code="{code}" aria-labelledby="a-{code}">\n<h3 id="a-{code}">Answer {code}, {plural(words, "word")}</h3>\n'
        f'{note}<div class="answer">{markup(answer.text)}</div>\n'
        f'<label for="p-{code}">Points for {code}, 0 to {number(most)}</label>'
        f'<input id="p-{code}" type="number" min="0" max="{number(most)}" step="{step}" value="{html.escape(answer.points)}" '
        'autocomplete="off">\n'
        f'<label for="c-{code}">Comment on {code}, for the student</label>'
        f'<textarea id="c-{code}" rows="3">{html.escape(answer.comment)}</textarea>\n</article>'
    )


# --- and back --------------------------------------------------------------------------------------------------------


@dataclass
class Collected:
    """What came back. taken: by question, how many. open: codes without points. problems: what was not used, and why."""

    taken: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    read_twice: int = 0


def _sheets(places: Sequence[Path], pattern: str) -> list[Path]:
    return [path for place in places for path in (sorted(place.glob(pattern)) if place.is_dir() else [place])]


def read_sheets(
    paths: Sequence[Path], codes: Mapping[str, Mapping[str, str]], tops: Mapping[str, float]
) -> tuple[dict[str, tuple[float | None, str]], list[str]]:
    """Return {code: (points or None, comment)} of filled-in CSVs, and what cannot be used. Raises CsvError."""
    found: dict[str, tuple[float | None, str]] = {}
    problems, disputed = [], set()
    for path in paths:
        for row in rows_of(path, SHEET_COLUMNS):
            code = row["code"].strip()
            if code not in codes:
                problems.append(f"{path.name}: {shown(code)} is no code of this class")
                continue
            points = None
            if row["points"].strip():
                points = points_of(row["points"], f"{path.name}, {code}")
                top = tops.get(codes[code]["question"], 0)
                if points > top:
                    problems.append(
                        f"{path.name}, {code}: {number(points)} points, but {number(top)} is the most there is"
                    )
                    continue
            given = (points, unguarded(row["comment"].strip()))
            before = found.get(code, given)
            if before[0] is not None and points is not None and before[0] != points:
                disputed.add(code)
            found[code] = given if points is not None or before[0] is None else before
    for code in sorted(disputed):
        problems.append(f"{code} has different points in two files; neither was taken")
        found.pop(code)
    return found, problems


def collect(
    out: Path, places: Sequence[Path], keys: Sequence[Path] = (), every: int = EVERY, borders: Sequence[float] = BORDERS
) -> Collected:
    """Take the filled-in CSVs in `places` (files, or folders of marks-*.csv) into by-hand.csv and marks.csv.

    For each question whose answers all have points, a moderation sample is written beside the CSVs, as a page and a CSV
    without the points given. A second reader's CSV is compared, and changes nothing. Raises PackError.
    """
    codes = read_codes(out)
    if not codes:
        raise MarksError(f"There is no {CODES} in {out}. Begin with: nhsreform prose prepare {out} FOLDER")
    paths = _sheets(places, "marks-*.csv")
    if not paths:
        raise MarksError(f"There is no marks-*.csv in {', '.join(str(place) for place in places)}.")
    marks = {(mark.student, mark.exercise, mark.question): mark for mark in reading.read_class(out, keys)}
    tops = {mark.question: mark.max for mark in marks.values()}
    given, problems = read_sheets(paths, codes, tops)
    result = Collected(problems=problems)
    by_hand = marked.by_hand(out)
    for code, (points, comment) in given.items():
        row = codes[code]
        name = (row["student"], row["exercise"], row["question"])
        mark, old = marks.get(name), by_hand.get(name)
        if points is None:
            result.open[row["question"]] = result.open.get(row["question"], 0) + 1
        elif mark is None or marked.digest(mark.value) != row[ANSWER]:
            result.problems.append(f"{code}: this answer does not count any more, another was handed in since")
        elif old and not old.answer:
            result.problems.append(f"{code}: {BY_HAND} already holds a line typed by hand, and that stays")
        else:
            by_hand[name] = Hand(*name, points, guarded(comment), row[ANSWER])
            result.taken[row["question"]] = result.taken.get(row["question"], 0) + 1
    if result.taken:
        rows = [
            [one.student, one.exercise, one.question, f"{one.points:g}", one.note, one.answer]
            for one in by_hand.values()
        ]
        with reading.alone(out):
            reading.write_file(out / BY_HAND, _plain_csv((*HAND_COLUMNS, ANSWER), rows))
            merge(out, marks)
    _moderate(out, places, keys, result, every, borders)
    return result


def merge(out: Path, marks: Mapping[tuple[str, str, str], Mark]) -> None:
    """Put what stands in by-hand.csv into marks.csv, in the words that `nhsreform mark` uses. Raises PackError.

    `marks` say which answer counts now: points that were given to another one stay out.
    """
    by_hand = marked.by_hand(out)
    rows = []
    for row in rows_of(out / MARKS, COLUMNS):
        name = (row["student"], row["exercise"], row["question"])
        hand, mark = by_hand.get(name), marks.get(name)
        cells = [row[column] for column in COLUMNS]
        if hand and mark and hand.counts(mark.value, mark.max):
            state, note = hand.in_marks(mark.max)
            cells[3:] = [state, f"{hand.points:g}", row["max"], marked.safe(note)]
        rows.append(cells)
    reading.write_file(out / MARKS, _plain_csv(COLUMNS, rows))


# --- a second reading ----------------------------------------------------------------------------------------------------


def sample(answers: Sequence[Answer], most: float, every: int, borders: Sequence[float], each: int = 3) -> list[Answer]:
    """Return the answers for a second reader: every nth, the best and the worst, and those nearest to each border.

    borders: shares of the points, such as 0.4 for a pass; `each`: how many on either side of a border, and at each end.
    """
    chosen = {answer.code for answer in answers[:: max(every, 1)]}
    ranked = sorted(answers, key=lambda answer: (float(answer.points), answer.code))
    chosen |= {answer.code for answer in (*ranked[:each], *ranked[-each:])}
    for border in borders:
        below = [answer for answer in ranked if float(answer.points) < border * most]
        above = [answer for answer in ranked if float(answer.points) >= border * most]
        chosen |= {answer.code for answer in (*below[-each:], *above[:each])}
    return [answer for answer in answers if answer.code in chosen]


def _moderate(
    out: Path, places: Sequence[Path], keys: Sequence[Path], result: Collected, every: int, borders: Sequence[float]
) -> None:
    folder = next((place for place in places if place.is_dir()), places[0].parent)
    found, _ = questions(out, keys)
    asked = question_texts(list(keys) or [checkout() / "exercises"])
    first = {answer.code: answer for question in found for answer in question.answers if answer.points}
    codes = read_codes(out)
    seconds = _sheets([folder], "moderation-*.csv")
    again, problems = (
        read_sheets(seconds, codes, {question.question: question.max for question in found}) if seconds else ({}, [])
    )
    result.problems += problems
    for code, (points, _) in sorted(again.items()):
        if points is not None and code in first:
            result.read_twice += 1
            if points != float(first[code].points):
                result.differing.append(
                    f"{code}, question {codes[code]['question']}: {first[code].points}, second reader {number(points)}"
                )
    for question in found:
        path = folder / f"moderation-{question.question}.csv"
        if path.exists() or any(not answer.points for answer in question.answers):
            continue
        chosen = [
            Answer(one.code, one.mark, one.text) for one in sample(question.answers, question.max, every, borders)
        ]
        reading.write_file(path, sheet(chosen))
        second = Question(question.question, question.max, chosen)
        reading.write_file(
            folder / f"moderation-{question.question}.html",
            marking_page(second, asked.get(question.question, ""), "", second=True),
        )
