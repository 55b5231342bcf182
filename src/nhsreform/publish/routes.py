"""The routes of teaching/routes.toml, checked against the notebooks and the exercises, and the page made from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from nhsreform.checkout import checkout
from nhsreform.errors import one_of
from nhsreform.notebooks import files
from nhsreform.publish.slides.slide_kinds import SlideError, read_toml
from nhsreform.questions import key
from nhsreform.text.markdown import table

FILE = "teaching/routes.toml"
PLACES = {"before": "before", "class": "in class", "after": "after"}
ROUTE = {"name", "title", "intro", "undergraduate", "postgraduate", "left_out", "sessions"}
SESSION = {"title", "minutes", "before", "class", "after", "hand_in", "slides"}
STEP = {"what", "minutes", "notebook", "exercise", "questions", "level"}
CORE, ALL = "core", "all"


@dataclass(frozen=True)
class Step:
    """One thing to do: where, what, for how many minutes, with which notebook or exercise, and for whom."""

    place: str
    what: str
    minutes: int
    notebook: str = ""
    exercise: str = ""
    postgraduate: bool = False


@dataclass(frozen=True)
class Session:
    """A meeting, with what goes before and after it, and the notebooks whose decks are shown."""

    title: str
    minutes: int
    steps: tuple[Step, ...]
    hand_in: str
    marked: tuple[str, ...]
    slides: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A way through the pack."""

    name: str
    title: str
    intro: str
    undergraduate: tuple[str, ...]
    postgraduate: tuple[str, ...]
    sessions: tuple[Session, ...]
    left_out: tuple[Step, ...]


def _fields(fields: Any, known: set[str], needed: set[str], where: str) -> None:
    """Raise SlideError unless a table of the file holds what it needs and nothing that it should not."""
    if not isinstance(fields, dict):
        raise SlideError(f"{FILE}, {where}: this is no table.")
    for name in sorted(needed - set(fields)):
        raise SlideError(f"{FILE}, {where}: the field {name!r} is missing.")
    for name in fields:
        one_of(name, sorted(known), f"{FILE}, {where}: there is no field {name!r}.", SlideError)


def stated_minutes(folder: str, name: str) -> int:
    """Return the minutes that a notebook or an exercise gives at its head.

    Raises SlideError for one that does not exist, with the nearest that does.
    """
    path = checkout() / folder / f"{name}.ipynb"
    known = sorted(each.stem for each in path.parent.glob("*.ipynb"))
    one_of(name, known, f"{FILE}: there is no {folder}/{name}.", SlideError)
    minutes = re.search(r"\*\*Time:\*\* about (\d+) minutes", files.read(path).cells[0].source)
    if not minutes:
        raise SlideError(f"{folder}/{name} does not say its minutes at its head, as in **Time:** about 45 minutes.")
    return int(minutes[1])


def core_questions(exercise: str) -> dict[str, dict[str, Any]]:
    """Return {question id: stored entry} of the core questions of an exercise."""
    return {name: entry for name, entry in key.questions().items() if entry["exercise"] == exercise and entry["core"]}


def _step(fields: dict[str, Any], place: str, where: str) -> Step:
    _fields(fields, STEP, {"what"}, where)
    exercise, asked = fields.get("exercise", ""), fields.get("questions", ALL)
    if asked not in (CORE, ALL):
        raise SlideError(f"{FILE}, {where}: questions is {asked!r}. Write {CORE!r} or {ALL!r}.")
    if exercise:
        if "minutes" in fields:
            raise SlideError(f"{FILE}, {where}: leave out the minutes of exercise {exercise}; its questions give them.")
        whole = stated_minutes("exercises", exercise)
        minutes = sum(entry["minutes"] for entry in core_questions(exercise).values()) if asked == CORE else whole
    elif isinstance(fields.get("minutes"), int):
        minutes = fields["minutes"]
    else:
        raise SlideError(f"{FILE}, {where}: {fields['what']!r} has no minutes. Write minutes = 10.")
    level = fields.get("level", "")
    if level not in ("", "postgraduate"):
        raise SlideError(f"{FILE}, {where}: level is {level!r}. Leave it out, or write 'postgraduate'.")
    return Step(place, fields["what"], minutes, fields.get("notebook", ""), exercise, bool(level))


def _session(fields: dict[str, Any], route: str) -> Session:
    where = f"route {route}, session {fields.get('title', '')!r}"
    _fields(fields, SESSION, {"title", "minutes"}, where)
    steps = tuple(_step(step, place, where) for place in PLACES for step in fields.get(place, []))
    marked = [step.exercise for step in steps if step.exercise and not step.postgraduate]
    return Session(
        fields["title"],
        fields["minutes"],
        steps,
        fields.get("hand_in", ""),
        tuple(name for exercise in marked for name in core_questions(exercise)),
        tuple(fields.get("slides", [])),
    )


def read() -> list[Route]:
    """Return the routes of teaching/routes.toml.

    Raises SlideError for a field, notebook, exercise or heading that does not exist, with the nearest that does, and
    for minutes that do not add up.
    """
    toml = read_toml(FILE, "routes")
    if "routes" not in toml:
        raise SlideError(f"{FILE} cannot be read: 'routes'")
    routes = []
    for one in toml["routes"]:
        _fields(one, ROUTE, ROUTE - {"left_out"}, f"route {one.get('name', '') if isinstance(one, dict) else one}")
        routes.append(
            Route(
                one["name"],
                one["title"],
                one["intro"],
                tuple(one["undergraduate"]),
                tuple(one["postgraduate"]),
                tuple(_session(session, one["name"]) for session in one["sessions"]),
                tuple(_step(step, "left out", f"route {one['name']}, left_out") for step in one.get("left_out", [])),
            )
        )
    messages = [sentence for route in routes for sentence in problems(route)]
    if messages:
        raise SlideError("\n".join(messages))
    return routes


def problems(route: Route) -> list[str]:
    """Return a sentence for each sum in a route that does not come out."""
    messages = []
    for session in route.sessions:
        in_class = sum(step.minutes for step in session.steps if step.place == "class")
        if in_class != session.minutes:
            messages.append(
                f"{FILE}, route {route.name}, {session.title!r}: the steps in class take {in_class} minutes, "
                f"the session has {session.minutes}."
            )
    spent: dict[str, int] = {}
    for step in [*(step for session in route.sessions for step in session.steps), *route.left_out]:
        if step.notebook:
            spent[step.notebook] = spent.get(step.notebook, 0) + step.minutes
    for name, minutes in spent.items():
        stated = stated_minutes("notebooks", name)
        if minutes != stated:
            messages.append(
                f"{FILE}, route {route.name}: notebook {name} takes {minutes} minutes in all, with what is left out; "
                f"the notebook itself says {stated}."
            )
    return messages


def named(name: str) -> Route:
    """Return one route. Raises SlideError for a name that no route has, with the nearest."""
    routes = {route.name: route for route in read()}
    one_of(name, routes, f"There is no route {name!r}.", SlideError)
    return routes[name]


# --- the page ------------------------------------------------------------------------------------------


def minutes_of(route: Route, place: str, postgraduate: bool = False) -> int:
    """Return the minutes that a route asks for in one place; with those for postgraduates alone, or without."""
    return sum(
        step.minutes
        for session in route.sessions
        for step in session.steps
        if step.place == place and (postgraduate or not step.postgraduate)
    )


def _link(step: Step) -> str:
    if step.notebook:
        return f"[notebook {step.notebook[:2]}](../notebooks/{step.notebook}.ipynb)"
    if step.exercise:
        return f"[exercise {step.exercise[:2]}](../exercises/{step.exercise}.ipynb)"
    return ""


def _session_lines(session: Session) -> list[str]:
    rows = (
        (
            PLACES[step.place],
            step.what + " *(postgraduate)*" * step.postgraduate,
            _link(step),
            step.minutes,
        )
        for step in session.steps
    )
    points = sum(key.questions()[name]["points"] for name in session.marked)
    sentences = [f"**Handed in:** {session.hand_in}."] if session.hand_in else []
    if session.marked:
        sentences.append(f"**Core questions marked:** {', '.join(session.marked)} ({points} points).")
    return [
        f"### {session.title}: {session.minutes} minutes in class",
        "",
        *table(["when", "what", "with", "minutes"], rows),
        *[line for one in sentences for line in (one, "")],
    ]


def _hours(minutes: int) -> str:
    return f"{minutes} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours".replace(".0 ", " ")


def _route_lines(route: Route) -> list[str]:
    marked = [name for session in route.sessions for name in session.marked]
    points = sum(key.questions()[name]["points"] for name in marked)
    out = [minutes_of(route, place) for place in PLACES]
    more = sum(minutes_of(route, place, True) for place in PLACES) - sum(out)
    extra = f" Postgraduates have {_hours(more)} more." if more else ""
    left = [f"- notebook {step.notebook[:2]}, {step.minutes} minutes: {step.what}" for step in route.left_out]
    return [
        f"## {route.title}",
        "",
        route.intro.strip(),
        "",
        f"**Time for a student:** {_hours(out[0])} before class, {_hours(out[1])} in class, {_hours(out[2])} after.{extra} "
        "What is written for assessment comes on top.",
        "",
        f"**Core questions marked:** {len(marked)}, for {points} points.",
        "",
        f"**Slides:** `nhsreform slides decks --route {route.name}`",
        "",
        "Undergraduates will be able to",
        "",
        *[f"- {line}" for line in route.undergraduate],
        "",
        "Postgraduates will also be able to",
        "",
        *[f"- {line}" for line in route.postgraduate],
        "",
        *[line for session in route.sessions for line in _session_lines(session)],
        *(["What this route leaves out:", "", *left, ""] if left else []),
    ]


def routes_page() -> str:
    """Return teaching/routes.md. Raises SlideError as read() does."""
    head = [
        "<!-- Made by nhsreform build from teaching/routes.toml. Change that file, not this one. -->",
        "",
        "# Three routes",
        "",
        "How to teach with the pack in one session of two hours, in three weeks, or in eight. The minutes are the notebooks' "
        "and the exercises' own; a test adds them up. They are what we expect for a student who has never seen a notebook. "
        "They have not been timed in a class.",
        "",
        "Marks from the core questions are formative: see [assessment](assessment.md). "
        "How to mark a class is in [marking](marking.md), and what to read beside the pack in the [reading list](reading-list.md).",
        "",
        "`nhsreform slides decks` writes the slides into a folder `decks`: a deck of eight to fourteen for each notebook, and one "
        "for each route, made of these. Each is an HTML file that opens in a browser and needs no network; the key N shows "
        "notes. `slides.toml` says what is on them, by ids: every word of a source comes from the tables. What answers a task "
        "stands on a slide after it, and no slide shows our code of a claim that students code themselves.",
        "",
    ]
    lines = [line for route in read() for line in _route_lines(route)]
    return "\n".join([*head, *lines]).rstrip("\n") + "\n"
