"""The questions as every format takes them: words as XHTML, and answers with the share of the points that each earns."""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nhsreform.notebooks import read
from nhsreform.paths import PackError, checkout, nearest
from nhsreform.questions import build, judge, key
from nhsreform.questions.export import markup
from nhsreform.questions.export.without_cells import Adapted, adapted, loads_a_table, without_cell
from nhsreform.sources import find_all, source
from nhsreform.tables import table

# A quotation of fewer words says nothing about where it is from.
MIN_WORDS = 3
# Numbers are compared as the judge compares them; where the key names no tolerance, rounding may not count as an error.
LEAST_TOLERANCE = 1e-6
WORDS = ("text", "attribution", "quotation")
NUMBERS = ("number", "range")


class QuizError(PackError):
    """The questions cannot be exported as asked."""


@dataclass(frozen=True)
class Answer:
    """One answer that is foreseen: its value, the share of the gap that it earns, and what to say to it.

    A share below zero is taken from what other answers earn; the whole never falls below nothing.
    """

    value: str
    share: float
    feedback: str = ""
    tolerance: float = 0.0


@dataclass(frozen=True)
class Gap:
    """One thing to answer. prompt: the words beside it, where a question has several. otherwise: said to any other answer."""

    answers: tuple[Answer, ...]
    prompt: str = ""
    otherwise: str = ""

    @property
    def right(self) -> str:
        """The worked answer."""
        return self.answers[0].value


@dataclass(frozen=True)
class Option:
    """An option as it is shown: XHTML, and the same as plain text."""

    label: str
    markup: str

    @property
    def text(self) -> str:
        """The option as plain text."""
        return markup.plain(self.markup)


@dataclass(frozen=True)
class Question:
    """A question of an exercise, ready for a platform. `body` is XHTML; `right`, `why`, `hints` and feedback are plain text."""

    id: str
    exercise: str
    chapter: str
    title: str
    kind: str
    core: bool
    points: int
    minutes: int
    body: str
    options: tuple[Option, ...]
    gaps: tuple[Gap, ...]
    right: str
    why: str
    hints: tuple[str, ...]
    unit: str
    worked: str
    rubric: str
    texts: tuple[str, ...]

    @property
    def name(self) -> str:
        """An identifier that never changes: question ids are never used again."""
        return f"nhsreform-{self.id}"


@dataclass(frozen=True)
class Quiz:
    """The questions that are exported, those that are not (id, reason), and what was changed (id, what)."""

    questions: tuple[Question, ...]
    left_out: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, str], ...]
    from_tables: tuple[str, ...]


def collect(exercises: list[str], core: bool = False, own: Path | None = None) -> Quiz:
    """Return the questions of the pack, or of a lecturer's own folder, in order.

    exercises: names such as 01 or 01-joint-report; every exercise when there is none. core: leave practice questions out.
    The worked notebooks are run, so that an answer follows the tables as they are now.

    Raises QuizError for an unknown exercise, with the nearest; NotebookError as `nhsreform build` does.
    """
    folder = own or checkout() / "exercises"
    paths = sorted((folder / "answers").glob("*.ipynb"))
    if not paths and own is None:
        raise QuizError("There are no worked notebooks in exercises/answers. A copy made for a class has none.")
    files = build.own(folder) if own else build.built(folder / "answers", folder)
    chosen = _chosen(exercises, [path.stem for path in paths])
    entries = {
        question_id: key.opened(stored) for question_id, stored in json.loads(files[key.FILE])["questions"].items()
    }
    questions, left_out, changed, from_tables = [], [], [], []
    for path in paths:
        if path.stem not in chosen:
            continue
        worked = read(path)
        chapter = _chapter(worked, path.stem)
        for question_id, parts in build.cells_by_question(worked, path.stem).items():
            settings = tomllib.loads(parts["key"].source)
            entry = _in_order(entries[question_id], settings)
            if core and not entry["core"]:
                continue
            code = build.blanked(entry["worked"], entry["variable"], settings.get("blanks", []), question_id)
            words = adapted(parts["question"].source, entry["kind"], _labels(entry), code, entry["variable"])
            if words.why_not:
                left_out.append((question_id, words.why_not))
                continue
            question, changes = _question(question_id, entry, words, chapter)
            questions.append(question)
            changed += [(question_id, change) for change in changes]
            if entry["kind"] in NUMBERS and loads_a_table(code):
                from_tables.append(question_id)
    return Quiz(tuple(questions), tuple(left_out), tuple(changed), tuple(from_tables))


def _chosen(asked: list[str], known: list[str]) -> set[str]:
    """Return exercises by their full names; 1 and 01 stand for 01-joint-report."""
    found = set()
    for name in asked:
        short = f"{int(name):02d}-" if name.isdecimal() else None
        these = {full for full in known if full == name or (short and full.startswith(short))}
        if not these:
            raise QuizError(f"There is no exercise {name!r}. {nearest(name, known)}")
        found |= these
    return found or set(known)


def _chapter(notebook: Any, stem: str) -> str:
    """Return an exercise's title: its first heading, without the word Exercise."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return cell.source.splitlines()[0].lstrip("# ").removeprefix("Exercise ").strip()
    return stem


def _in_order(entry: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with its options and lines in the author's order; the key keeps them by the alphabet."""
    entry = entry | {name: settings[name] | entry[name] for name in ("options", "wrong") if name in settings}
    if entry["kind"] == "match":
        lines = sorted(entry["answer"].items(), key=lambda line: entry["worked"].find(line[0]))
        entry["answer"] = dict(lines)
    return entry


def _labels(entry: dict[str, Any]) -> list[str]:
    """Return the labels of a question's options.

    A set without options is a list of words: there the right ones and the named wrong ones are offered.
    """
    if entry.get("options"):
        return list(entry["options"])
    if entry["kind"] == "order" or (entry["kind"] == "set"):
        return [*entry["answer"], *(word for word in entry.get("wrong", {}) if entry["kind"] == "set")]
    return []


def _question(question_id: str, entry: dict[str, Any], words: Adapted, chapter: str) -> tuple[Question, list[str]]:
    changes = [f"taken out: “{sentence}”" for sentence in words.dropped]
    entry, dropped = _without_cell(entry)
    changes += [f"taken out of a hint or a message: “{sentence}”" for sentence in dropped]
    if entry["kind"] == "set" and not entry.get("options"):
        changes.append("the words are offered to be ticked, where the notebook asks you to find them")
    if entry["kind"] == "prose":
        changes.append("an essay: a person marks it")
    markdown = words.markdown
    for name, values in words.given:
        markdown += f"\n\n*{name}*: {', '.join(values)}"
        changes.append(f"the list {name} is taken over from the cell")
    texts = _texts(entry, words)
    body = markup.block(markdown) + _closing(entry, texts)
    worked = entry["worked"].split('"""')[1].strip() if entry["kind"] == "prose" and '"""' in entry["worked"] else ""
    return (
        Question(
            id=question_id,
            exercise=entry["exercise"],
            chapter=chapter,
            title=words.title,
            kind=entry["kind"],
            core=entry["core"],
            points=entry["points"],
            minutes=entry["minutes"],
            body=body,
            options=_options(entry, words),
            gaps=_gaps(entry, words),
            right=entry["right"],
            why=entry.get("why", ""),
            hints=tuple(entry["hints"]),
            unit=entry.get("unit", ""),
            worked=worked,
            rubric=_rubric(markdown) if entry["kind"] == "prose" else "",
            texts=tuple(texts),
        ),
        changes,
    )


def _rubric(markdown: str) -> str:
    """Return the lists of a question that a person marks, each with the paragraph before it."""
    parts = markup.blocks(markdown)
    kept = [pair for pair in itertools.pairwise(parts) if markup.items(pair[1])]
    return "".join(markup.block("\n\n".join(pair)) for pair in kept)


def _closing(entry: dict[str, Any], texts: list[str]) -> str:
    """Return what stands below a question: the unit, how strictly words are compared, and where quotations are from."""
    lines = []
    if entry.get("unit"):
        lines.append(f"Unit: {entry['unit']}.")
    if entry["kind"] == "order":
        lines.append("Choose a place for each: 1 is the first.")
    if entry["kind"] == "quotation":
        lines.append("Copy the words exactly: here they are compared letter by letter.")
    closing = f"<p>{markup.text(' '.join(lines))}</p>" if lines else ""
    return closing + "".join(f"<p><em>Text:</em> {markup.text(citation)}</p>" for citation in texts)


# --- where quotations are from ---------------------------------------------------------------------------


def _quoted(entry: dict[str, Any], words: Adapted) -> list[str]:
    """Return what a question may quote: what stands in curly quotation marks or set apart, and the lines of a match."""
    markdown = "\n\n".join([words.markdown, *words.options.values()])
    found = re.findall(r"“([^”]+)”", markdown)
    found += [
        re.sub(r"^ *> ?", "", part, flags=re.MULTILINE) for part in markup.blocks(markdown) if part.startswith(">")
    ]
    if entry["kind"] == "match":
        found += list(entry["answer"])
    if entry["kind"] == "quotation":
        found.append(entry["answer"])
    return [re.sub(r"[*]", "", part).strip() for part in found if len(part.split()) >= MIN_WORDS]


def _texts(entry: dict[str, Any], words: Adapted) -> list[str]:
    """Return the reference of each of the five texts that a question is about or quotes, in order of date."""
    rows = table("sources")
    about = re.sub(r"^\d+-", "", entry["exercise"])
    quoted = _quoted(entry, words)
    return [
        row.citation
        for row in rows.itertuples()
        if row.source_id == about or any(find_all(part, source(row.source_id).text) for part in quoted)
    ]


# --- options and answers ---------------------------------------------------------------------------------


def _options(entry: dict[str, Any], words: Adapted) -> tuple[Option, ...]:
    """Return the options as they are shown, in the order of the question: messages speak of them by their letters."""
    labels = _labels(entry)
    if not entry.get("options"):
        # The right words would stand first: put all in the order in which the question's own words have them.
        shown = markup.plain(markup.block(words.markdown)).casefold()
        labels.sort(key=lambda label: (shown.find(label.casefold()) % (len(shown) + 1), label))
        return tuple(Option(label, markup.text(label)) for label in labels)
    # A list in the question is Markdown; what stands in the key is plain text, as a notebook shows it.
    if entry["kind"] == "match":
        # "Smith: Judith Smith" says nothing twice over.
        spoken = all(judge.fold(label) in judge.fold(text) for label, text in entry["options"].items())
        shown = {label: text if spoken else f"{label}: {text}" for label, text in entry["options"].items()}
        return tuple(Option(label, markup.text(text)) for label, text in shown.items())
    told = {label: markup.text(text) for label, text in entry["options"].items()}
    told |= {label: markup.inline(text) for label, text in words.options.items()}
    lettered = all(len(label) == 1 for label in labels)
    return tuple(
        Option(label, (f"<strong>{markup.text(label)}</strong> " if lettered else "") + text)
        for label, text in told.items()
    )


def _gaps(entry: dict[str, Any], words: Adapted) -> tuple[Gap, ...]:
    kind = entry["kind"]
    if kind == "prose":
        return ()
    if kind == "choice":
        told = {entry["answer"]: (1.0, entry["right"])}
        told |= {label: (1.0, message) for label, message in entry.get("also", {}).items()}
        told |= {label: (0.0, message) for label, message in entry.get("wrong", {}).items()}
        return (Gap(tuple(Answer(label, *rest) for label, rest in told.items())),)
    if kind == "set":
        part = 1 / len(entry["answer"])
        right = [Answer(label, part) for label in entry["answer"]]
        others = [label for label in _labels(entry) if label not in entry["answer"]]
        return (Gap((*right, *(Answer(label, -part, entry.get("wrong", {}).get(label, "")) for label in others))),)
    if kind == "order":
        shown = {option.label: option.markup for option in _options(entry, words)}
        places = {label: str(place) for place, label in enumerate(entry["answer"], 1)}
        return tuple(Gap((Answer(places[label], 1.0),), prompt=shown[label]) for label in shown)
    if kind == "match":
        return tuple(_line(line, label, entry) for line, label in entry["answer"].items())
    if kind == "number":
        return (_number(entry, words),)
    if kind == "range":
        return tuple(_end(entry, words, end) for end in (0, 1))
    return (_words(entry, words),)


def _line(line: str, label: str, entry: dict[str, Any]) -> Gap:
    """Return one line of a match. Labels that can be defended earn all; the rest nothing."""
    also, wrong = entry.get("also", {}).get(line, {}), entry.get("wrong", {}).get(line, {})
    told = {label: (1.0, "")} | {other: (1.0, message) for other, message in also.items()}
    told |= {other: (0.0, wrong.get(other, "")) for other in entry["options"] if other not in told}
    return Gap(tuple(Answer(other, *rest) for other, rest in told.items()), prompt=markup.text(line))


def exactly(number: float) -> str:
    """Return a number as text, without the dust that arithmetic leaves.

    >>> exactly(4.2 - 2.0 - 2.5), exactly(100.0)
    ('-0.3', '100')
    """
    # Adding nothing turns minus nought into nought.
    return f"{round(number, 9) + 0.0:.9f}".rstrip("0").rstrip(".")


def roundest(answer: Answer) -> str:
    """Return an answer's number with as few decimals as its tolerance allows: what a learner is likely to type.

    >>> roundest(Answer("0.869565217", 1.0, tolerance=0.005))
    '0.87'
    """
    number = float(answer.value)
    rounded = (exactly(round(number, places)) for places in range(9))
    return next((value for value in rounded if abs(float(value) - number) <= answer.tolerance), answer.value)


def _is_example(value: Any, words: Adapted) -> bool:
    """Return whether a named wrong answer is the example of how to type, which a platform does not show."""
    return str(value) in words.examples or f'"{value}"' in words.examples


def _named_values(entry: dict[str, Any], words: Adapted) -> list[dict[str, Any]]:
    return [other for other in entry.get("wrong_values", []) if not _is_example(other["value"], words)]


def _number(entry: dict[str, Any], words: Adapted) -> Gap:
    """Return the answers of a number: right, as a proportion where allowed, named wrong ones, and slips of sign and scale.

    What is said to a slip is what the judge says to it in the notebook.
    """
    answer = float(entry["answer"])
    tolerance = max(float(entry.get("tolerance", 0)), LEAST_TOLERANCE)
    answers = [Answer(exactly(answer), 1.0, entry["right"], tolerance)]
    if entry.get("proportion_allowed"):
        answers.append(Answer(exactly(answer / 100), 1.0, entry["right"], tolerance / 100))
    for other in _named_values(entry, words):
        if not isinstance(other["value"], list):
            slack = max(float(other.get("tolerance", 0)), LEAST_TOLERANCE)
            answers.append(Answer(exactly(other["value"]), 0.0, other["message"], slack))
    slips = [-answer, answer * 1000, answer / 1000]
    slips += [answer / 100, 100 - answer] if entry.get("percent") else []
    for slip in slips:
        told = judge.verdict(judge.plain(slip), entry)
        covered = any(abs(slip - float(other.value)) <= 2 * other.tolerance for other in answers)
        if told["state"] == judge.WRONG and not covered:
            answers.append(Answer(exactly(slip), 0.0, told["message"], LEAST_TOLERANCE))
    return Gap(tuple(answers))


def _end(entry: dict[str, Any], words: Adapted, end: int) -> Gap:
    """Return one end of a range. A named wrong range speaks at the end, or ends, where it departs."""
    answer = float(entry["answer"][end])
    tolerance = max(float(entry.get("tolerance", 0)), LEAST_TOLERANCE)
    messages: dict[str, tuple[float, list[str]]] = {}
    for other in _named_values(entry, words):
        if not isinstance(other["value"], list):
            continue
        value, slack = float(other["value"][end]), max(float(other.get("tolerance", 0)), LEAST_TOLERANCE)
        if abs(value - answer) > tolerance:
            messages.setdefault(exactly(value), (slack, []))[1].append(other["message"])
    wrong = [Answer(value, 0.0, " ".join(told), slack) for value, (slack, told) in messages.items()]
    return Gap((Answer(exactly(answer), 1.0, "", tolerance), *wrong), prompt=("Lowest", "Highest")[end])


def spellings(words: str) -> list[str]:
    """Return words as they stand, and with plain quotation marks and dashes where theirs are typographic.

    >>> spellings("it isn’t")
    ['it isn’t', "it isn't"]
    """
    straight = words.translate(
        str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})
    )
    return list(dict.fromkeys([words, straight]))


def stretches(entry: dict[str, Any]) -> list[str]:
    """Return every stretch of the text that the judge takes for a right quotation, the worked answer first.

    Each holds the core words and no more words than allowed; with and without the sign that follows its last word.
    """
    words = entry["within"].split()
    bare = [judge.fold(word) for word in words]
    limit = entry.get("max_words", len(entry["answer"].split()) + 12)
    core = judge.fold(entry.get("core_words", entry["answer"])).split()
    found = [entry["answer"], *entry.get("accepts", [])]
    for at in range(len(words) - len(core) + 1):
        # Inside the core, signs count as the judge counts them; at its edges they do not.
        if judge.fold(" ".join(words[at : at + len(core)])) != " ".join(core) or not all(bare[at : at + len(core)]):
            continue
        for start, stop in itertools.product(range(at, -1, -1), range(at + len(core), len(words) + 1)):
            if stop - start > limit:
                continue
            stretch = " ".join(words[start:stop])
            found += [stretch, stretch.strip("\"'“”‘’.,;: ")]
    right = [stretch for stretch in found if judge.verdict(judge.plain(stretch), entry)["state"] == judge.RIGHT]
    return list(dict.fromkeys(right))


def _words(entry: dict[str, Any], words: Adapted) -> Gap:
    """Return the answers of a question that is answered in words: accepted ones, then named wrong ones."""
    accepted = stretches(entry) if entry["kind"] == "quotation" else [entry["answer"], *entry.get("accepts", [])]
    wrong = {word: message for word, message in entry.get("wrong", {}).items() if not _is_example(word, words)}
    if entry["kind"] == "attribution":
        accepted = _names(entry)
        wrong = {form: message for name, message in wrong.items() for form in _called(name)}
    answers: dict[str, Answer] = {}
    for share, pairs in ((1.0, [(word, entry["right"]) for word in accepted]), (0.0, list(wrong.items()))):
        for word, message in pairs:
            for spelt in spellings(word):
                answers.setdefault(spelt.casefold(), Answer(spelt, share, message))
    otherwise = entry.get("else") or "Look at the passage again."
    return Gap(tuple(answers.values()), otherwise=otherwise)


def _names(entry: dict[str, Any]) -> list[str]:
    """Return the names that an attribution accepts, an actor's name before its id: a platform shows the first."""
    actors = table("actors").set_index("actor_id")
    names = [entry["answer"], *entry.get("accepts", [])]
    if entry["answer"] not in actors.index:
        return [form for name in names for form in _called(name)]
    actor = actors.loc[entry["answer"]]
    return [form for name in [actor["name"], *names] for form in _called(name, actor.kind != "person")]


def _called(name: str, article: bool = False) -> list[str]:
    """Return a name as it is, without the article before it, and with one where that makes sense.

    >>> _called("the report"), _called("Nuffield Trust", article=True)
    (['the report', 'report'], ['Nuffield Trust', 'the Nuffield Trust'])
    """
    short = re.sub(r"^the ", "", name, flags=re.IGNORECASE)
    return list(dict.fromkeys([name, short, *([f"the {short}"] if article else [])]))


def _without_cell(entry: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return an entry whose hints and messages say nothing of cells, and what was taken out of them."""
    dropped: list[str] = []

    def clean(held: Any) -> Any:
        if isinstance(held, dict):
            return {name: clean(words) for name, words in held.items()}
        words, out = without_cell(held)
        dropped.extend(out)
        return words

    new = entry | {name: clean(entry[name]) for name in ("right", "why", "else", "wrong", "also") if name in entry}
    new["hints"] = [words for words in map(clean, entry.get("hints", [])) if words]
    new["wrong_values"] = [other | {"message": clean(other["message"])} for other in entry.get("wrong_values", [])]
    return new, dropped
