"""Slide decks, one HTML file each: a deck a notebook, from teaching/slides.toml, and a deck a route, made of these."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nhsreform.checkout import checkout
from nhsreform.errors import PackError, one_of
from nhsreform.publish.routes import PLACES, Route, Session, Step, named, read
from nhsreform.publish.slides.slide_kinds import KINDS, SlideError, front, read_toml
from nhsreform.text import html
from nhsreform.text.atomic import write_whole
from nhsreform.text.files import read_text
from nhsreform.text.html import render
from nhsreform.text.markdown import to_html

FILE = "teaching/slides.toml"
HERE = Path(__file__).parent
CODING, AFTER_CODING = "06-enthusiasts-and-sceptics", ("07-what-happened-next", "08-your-judgement")
RIGHTS = (
    "Quotations belong to the holders of the five texts, not to the pack. Ask the holders or your library before you "
    "publish these slides openly."
)


@dataclass(frozen=True)
class Slide:
    """A slide: its kind, its heading, its HTML, the line at its foot, and the speaker's notes as HTML."""

    kind: str
    heading: str
    body: str
    foot: str
    notes: str = ""


def decks() -> dict[str, list[dict[str, Any]]]:
    """Return what teaching/slides.toml says: for each notebook its slides. Raises SlideError where it cannot be read."""
    return {name: each.get("slides", []) for name, each in read_toml(FILE, "slides").items()}


def of_notebook(name: str) -> list[Slide]:
    """Return the slides of a notebook's deck, in order.

    Raises SlideError for an unknown notebook, kind, field or id, with the nearest that there is.
    """
    named_decks = decks()
    one_of(name, named_decks, f"{FILE} has no deck {name!r}.", SlideError)
    title, _ = front(name)
    return [_slide(name, title, number, dict(fields)) for number, fields in enumerate(named_decks[name], 1)]


def _slide(name: str, title: str, number: int, fields: dict[str, Any]) -> Slide:
    where, kind, section = f"{FILE}, {name}, slide {number}", fields.pop("kind", ""), fields.pop("notes", "")
    one_of(kind, KINDS, f"{where}: there is no kind {kind!r}.", SlideError)
    try:
        inspect.signature(KINDS[kind]).bind(name, **fields)
    except TypeError as error:
        raise SlideError(f"{where}, of kind {kind!r}: {error}.") from error
    shown = KINDS[kind](name, **fields)
    body = _filled("bodies", kind=kind, **({"options": []} | shown.values))
    return Slide(kind, shown.heading, body, title, _notes(name, section))


def _notes(name: str, section: str) -> str:
    """Return a section of a notebook's page for lecturers as HTML, or nothing. Raises SlideError for one that is not there."""
    if not section:
        return ""
    sections = re.split(r"^## ", read_text(checkout() / "teaching" / f"{name}.md"), flags=re.M)[1:]
    texts = {head: text for head, _, text in (each.partition("\n") for each in sections)}
    one_of(section, texts, f"teaching/{name}.md has no section {section!r}.", SlideError)
    # The links lead to files that a deck has not beside it.
    return to_html(re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", texts[section]))


def of_route(route: Route) -> list[Slide]:
    """Return a route's slides: an opening, and for each session what is done, its notebooks' decks, and what is set.

    Raises SlideError as of_notebook() does, and where a notebook that tells codes stands before the coding.
    """
    slides: list[Slide] = []
    starts, coded = [], False
    for session in route.sessions:
        starts.append(len(slides) + 2)
        slides.append(Slide("agenda", session.title, _filled("agenda", steps=_steps(session, "class")), route.title))
        for name in session.slides:
            if name in AFTER_CODING and not coded:
                raise SlideError(
                    f"Route {route.name} shows {name} before {CODING}: its slides tell codes. Put the coding first."
                )
            coded = coded or name == CODING
            slides += of_notebook(name)
        slides += _set_work(session, route.title)
    sessions = [(at, session.title) for session, at in zip(route.sessions, starts, strict=True)]
    first = _filled("opening", route=route, sessions=sessions, rights=RIGHTS)
    return [Slide("first", "Who Commissions?", first, route.title), *slides]


def _set_work(session: Session, foot: str) -> list[Slide]:
    """Return the slide with what is to be done after a session; none when there is nothing."""
    steps = _steps(session, "after")
    if not steps and not session.hand_in:
        return []
    body = _filled("set_work", steps=steps, hand_in=session.hand_in)
    return [Slide("set", f"{PLACES['after'].capitalize()} class", body, foot)]


def _steps(session: Session, place: str) -> list[Step]:
    return [step for step in session.steps if step.place == place]


def _filled(template: str, **values: Any) -> str:
    return render(HERE / "templates" / f"{template}.html", **values)


def page(title: str, slides: list[Slide]) -> str:
    """Return a deck as HTML, the same for the same slides."""
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("deck.css", "deck.js"))
    return html.page(f"Who Commissions? {title}", _filled("deck", slides=slides, rights=RIGHTS), style, script)


def pages(route: str | None = None) -> dict[str, str]:
    """Return decks as file name -> HTML: of one route, or of every notebook and every route."""
    routes = [named(route)] if route else read()
    notebooks = {} if route else {name: page(front(name)[0], of_notebook(name)) for name in decks()}
    return notebooks | {each.name: page(each.title, of_route(each)) for each in routes}


def write(out: Path, route: str | None = None) -> list[Path]:
    """Write the deck of one route, or every deck there is, into a folder; return the files.

    Raises SlideError as pages() does, and PackError when the folder cannot be written.
    """
    files = []
    try:
        for name, text in pages(route).items():
            files.append(out / f"{name}.html")
            write_whole(files[-1], text)
    except OSError as error:
        raise PackError(f"{out} cannot be written: {error.strerror}. Name a folder of your own.") from error
    return files
