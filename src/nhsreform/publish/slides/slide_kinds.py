"""What a slide can show, one function a kind: ids in, a heading and plain values out. Every word of a source is a table's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from nhsreform.checkout import checkout
from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.debate.card import Words, stance_of, words
from nhsreform.debate.charts import poll_series
from nhsreform.debate.select import claims
from nhsreform.debate.sentence import in_sentence
from nhsreform.errors import PackError, one_of
from nhsreform.notebooks import files
from nhsreform.text.files import read_text
from nhsreform.text.markdown import to_html
from nhsreform.text.numbers_in_words import day, days
from nhsreform.widgets.outcomes.outcomes import SIDES, VERDICTS
from nhsreform.widgets.prediction.prediction import prompt_model
from nhsreform.widgets.structure.structure import STAGES, structure_model

# So many bars are read from the back row.
MOST_BARS = 6
# With more signs than these a sentence is set in smaller letters, alone on a slide and beside another.
LONG_ALONE, LONG_BESIDE = 220, 150


class SlideError(PackError):
    """A deck cannot be made from what teaching/slides.toml or teaching/routes.toml says."""


def read_toml(file: str, holds: str) -> dict[str, Any]:
    """Return what a file of teaching/ says. Raises SlideError where it is missing or cannot be read."""
    try:
        return tomllib.loads(read_text(checkout() / file))
    except FileNotFoundError as error:
        raise SlideError(f"{file} is missing. A class bundle has no {holds}; use the whole pack.") from error
    except tomllib.TOMLDecodeError as error:
        raise SlideError(f"{file} cannot be read: {error}") from error


class Shown(NamedTuple):
    """What a slide shows: its heading, and the values that its template asks for."""

    heading: str
    values: dict[str, Any]


class Bar(NamedTuple):
    """One bar of a picture: its name, its number as it is told, and how long it is in percent of the longest."""

    label: str
    said: str
    share: float
    note: str = ""
    side: str = ""


def front(name: str) -> tuple[str, str]:
    """Return a notebook's title, and its questions, as it says them at its head."""
    path = _notebook(name)
    asked = re.search(r"^\*\*Questions?:\*\* (.+)$", files.read(path).cells[0].source, re.M)
    if not asked:
        raise SlideError(
            f"notebooks/{name} does not say its questions at its head, as in **Questions:** Who was right?"
        )
    return files.title(path), asked[1]


def _notebook(name: str) -> Any:
    path = checkout() / "notebooks" / f"{name}.ipynb"
    one_of(
        name, sorted(each.stem for each in path.parent.glob("*.ipynb")), f"There is no notebook {name!r}.", SlideError
    )
    return path


def _row(name: str, key: str, wanted: str) -> dict[str, Any]:
    """Return a row of a table by its id. Raises SlideError with the nearest for an unknown one."""
    rows = table(name)
    one_of(wanted, rows[key], f"The table {name} has no {key} {wanted!r}.", SlideError)
    return {str(column): value for column, value in rows[rows[key] == wanted].iloc[0].items()}


def opening(notebook: str) -> Shown:
    """Show a notebook's title and its questions."""
    title, asked = front(notebook)
    return Shown(title, {"text": asked})


def predict(notebook: str, prompt: str, minutes: int) -> Shown:
    """Ask a prediction of the notebook; what answers it stands on a later slide."""
    if not prompt.startswith(notebook[:2]):
        raise SlideError(f"{notebook}: prediction {prompt} is another notebook's.")
    asked = prompt_model(prompt)
    return Shown("Predict", {"text": asked["prompt"], "options": asked["options"], "minutes": minutes})


def task(notebook: str, text: str, minutes: int) -> Shown:
    """Set a task, with its minutes."""
    return Shown("Your turn", {"text": text, "minutes": minutes})


def _said(claim_id: str, names: Words) -> dict[str, Any]:
    """Return a claim in its sentence, and who says it."""
    claim = _row("claims", "claim_id", claim_id)
    text = _row("sources", "source_id", claim["source_id"])
    before, after = in_sentence(claim)
    return {
        "id": claim_id, "words": claim["exact"], "before": before, "after": after,
        "speaker": names.name(claim["speaker"]), "role": names.role(claim["speaker"]),
        "when": f"{text['short_title']}, {days(text['date_earliest'], text['date_latest'])}",
    }  # fmt: skip


def _length(said: Mapping[str, Any]) -> int:
    return len(said["before"] + said["words"] + said["after"])


def quote(notebook: str, claim: str) -> Shown:
    """Show a claim's words in their sentence, and whose they are; no code."""
    said = _said(claim, words())
    return Shown(said["when"], {"claim": said, "long": _length(said) > LONG_ALONE})


def sides(notebook: str, theme: str, sceptic: str, enthusiast: str) -> Shown:
    """Set a claim of each side of a question side by side, each as it is coded there."""
    question, names, answers = _row("themes", "theme", theme)["question"], words(), codings()
    cards = []
    for side, claim_id in (("sceptic", sceptic), ("enthusiast", enthusiast)):
        if _row("claims", "claim_id", claim_id)["coder_set"]:
            raise SlideError(f"{notebook}: {claim_id} is kept back for the coding, so no slide may show its side.")
        coded = answers[(answers.claim_id == claim_id) & (answers.theme == theme) & (answers.position == side)]
        if coded.empty:
            raise SlideError(f"{notebook}: {claim_id} is not {side} on {theme}. Choose a claim that is.")
        stance = stance_of(side, int(coded.iloc[0].strength))
        cards.append({**_said(claim_id, names), "token": stance.token, "stance": stance.key, "side": SIDES[side]})
    return Shown(question, {"cards": cards, "long": max(map(_length, cards)) > LONG_BESIDE})


def silence(notebook: str, source: str, heading: str) -> Shown:
    """Show what a text does not say, as the table of sources has it."""
    said = _row("sources", "source_id", source)["not_said"]
    return Shown(heading, {"items": re.split(r"(?<=[.?!\"])\s+(?=[A-Z])", said)})


def points(notebook: str) -> Shown:
    """Show a notebook's key points."""
    text = "\n".join(cell.source for cell in files.read(_notebook(notebook)).cells if cell.cell_type == "markdown")
    section = re.search(r"^## Key points\n(.*?)(?=^\*\*|^## |\Z)", text, re.M | re.S)
    items = re.findall(r"^- (.+)$", section[1], re.M) if section else []
    if not items:
        raise SlideError(f"notebooks/{notebook} has no list under ## Key points.")
    return Shown("Key points", {"items": [to_html(item) for item in items]})


def structure(notebook: str, heading: str, stages: list[str]) -> Shown:
    """Show the bodies from the minister down to the practices, at two dates side by side."""
    drawn = {stage["id"]: stage for stage in structure_model(table("structure"))}
    columns = []
    for name in stages:
        one_of(name, drawn, f"{notebook}: the drawing has no stage {name!r}.", SlideError)
        boxes = {part["place"]: part["name"] for part in drawn[name]["parts"] if part["shows"] == "box"}
        holds = [boxes[place] for place in ("minister", "national", "region") if place in boxes]
        columns.append({"label": STAGES[name], "above": holds, "buyer": boxes["buyer"], "practices": boxes["practices"],
                        "hospitals": boxes["hospitals"]})  # fmt: skip
    return Shown(heading, {"columns": columns})


def dates(notebook: str, heading: str) -> Shown:
    """Show the turning points and the five texts, oldest first."""
    names = dict(zip(table("sources").source_id, table("sources").short_title, strict=True))
    rows = table("events").sort_values("date_earliest", kind="stable")
    shown = [
        {"when": day(row.date_earliest.date()) if row.date_earliest == row.date_latest else f"{row.date_earliest:%B %Y}",
         "what": row.turning_point or names[row.source_id], "text": bool(row.source_id)}
        for row in rows.itertuples() if row.turning_point or row.source_id
    ]  # fmt: skip
    return Shown(heading, {"dates": shown})


def texts(notebook: str, heading: str) -> Shown:
    """Show the five texts: what they are called, where they stood, when."""
    rows = [
        {
            "title": row.short_title,
            "outlet": row.outlet.partition(",")[0],
            "when": days(row.date_earliest, row.date_latest),
        }
        for row in table("sources").itertuples()
    ]
    return Shown(heading, {"texts": rows})


def schemes(notebook: str, heading: str, aspect: str) -> Shown:
    """Show one aspect of each scheme before and after."""
    rows = table("schemes")
    one_of(aspect, rows.aspect, f"{notebook}: the table schemes has no aspect {aspect!r}.", SlideError)
    chosen = rows[rows.aspect == aspect]
    return Shown(heading, {"rows": list(zip(chosen.scheme.str.capitalize(), chosen.what, strict=True))})


def verdicts(notebook: str, heading: str) -> Shown:
    """Show how many claims of each side have each verdict."""
    scored = claims(asserted=None).merge(table("outcomes")[["claim_id", "verdict"]], on="claim_id")
    rows = [
        (label, [int(((scored.position == side) & (scored.verdict == verdict)).sum()) for side in SIDES])
        for verdict, label in VERDICTS.items()
    ]
    return Shown(heading, {"sides": list(SIDES.values()), "rows": rows})


def bars(notebook: str, of: str, heading: str, source: str = "", series: Iterable[str] = ()) -> Shown:
    """Show counts as bars: see BARS for what can be counted."""
    one_of(of, BARS, f"{notebook}: there are no bars of {of!r}.", SlideError)
    if source:
        _row("sources", "source_id", source)
    return Shown(heading, {"bars": BARS[of](source, tuple(series))})


def _counted(column: str, name: Callable[[Words, str], str]) -> Callable[[str, tuple[str, ...]], list[Bar]]:
    def count(source: str, _: tuple[str, ...]) -> list[Bar]:
        # A kind is a code: those of the claims kept back for the coding are not counted.
        names, shown = (
            words(),
            claims(source_id=source or None, asserted=None, coder_set=False if column == "kind" else None),
        )
        counts = shown[column].value_counts(sort=True)
        top = [(name(names, code), int(number)) for code, number in counts.items()]
        return _bars(sorted(top, key=lambda each: -each[1])[:MOST_BARS])

    return count


def _answered(group: str) -> Callable[[str, tuple[str, ...]], list[Bar]]:
    def count(_: str, __: tuple[str, ...]) -> list[Bar]:
        answers = codings()
        here = answers[answers.group == group].position
        counts = _bars([(label, int((here == side).sum())) for side, label in SIDES.items()])
        return [bar._replace(side=side) for bar, side in zip(counts, SIDES, strict=True)]

    return count


def _polls(_: str, series: tuple[str, ...]) -> list[Bar]:
    polls = poll_series()
    for name in series:
        one_of(name, polls.series.unique(), f"There is no series of polls {name!r}.", SlideError)
    chosen = polls[polls.series.isin(series)].sort_values(["series", "started"])
    return [
        Bar(f"{row.series.capitalize()}, {row.started[:4]}", f"{row.percent:.0f}%", row.percent, row.of_whom)
        for row in chosen.itertuples()
    ]


def _bars(counts: list[tuple[str, int]]) -> list[Bar]:
    most = max(number for _, number in counts)
    return [Bar(label, str(number), 100 * number / most) for label, number in counts]


BARS: Mapping[str, Callable[[str, tuple[str, ...]], list[Bar]]] = {
    "speakers": _counted("speaker", lambda names, code: names.name(code)),
    "voices": _counted("voice", lambda names, code: names.code("voice", code)),
    "kinds": _counted("kind", lambda names, code: names.code("kind", code)),
    "principle": _answered("principle"),
    "practice": _answered("practice"),
    "polls": _polls,
}
KINDS: Mapping[str, Callable[..., Shown]] = {
    function.__name__: function
    for function in (
        opening,
        predict,
        task,
        quote,
        sides,
        silence,
        points,
        structure,
        dates,
        texts,
        schemes,
        verdicts,
        bars,
    )
}
