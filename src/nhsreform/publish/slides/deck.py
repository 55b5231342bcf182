"""A route's slides as one HTML file: nothing fetched, keys and buttons, light and dark, one slide a printed page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nhsreform.data.tables import table
from nhsreform.errors import PackError
from nhsreform.publish.routes import PLACES, Route, Session, Step, named, read, title_of
from nhsreform.publish.slides import fit
from nhsreform.publish.slides.sections import CODE_BLIND, PREDICT, SlideError, of_notebook, pieces, section
from nhsreform.text import html
from nhsreform.text.atomic import write_whole
from nhsreform.text.html import render

HERE = Path(__file__).parent
CODING, AFTER_CODING = "06-enthusiasts-and-sceptics", ("07-what-happened-next", "08-your-judgement")
RIGHTS = (
    "Quotations belong to the holders of the five texts, not to the pack, and are here for teaching and criticism. "
    "Ask the holders or your library before you publish these slides openly."
)


@dataclass(frozen=True)
class Slide:
    """A slide: its heading, its HTML, and the line at its foot that says where it comes from."""

    heading: str
    body: str
    foot: str


def _first_things_first(route: Route) -> None:
    """Raise SlideError where a deck would show something before the students have committed themselves to a guess."""
    seen: dict[str, int] = {}
    asked: set[str] = set()
    coded = False
    for session in route.sessions:
        for name, headings in session.slides:
            if name in AFTER_CODING and not coded:
                raise SlideError(
                    f"Route {route.name} shows {name} before {CODE_BLIND!r} of {CODING}: its tables give codes away. "
                    "Put the coding first."
                )
            for heading in headings:
                place, _ = section(name, heading)
                if place <= seen.get(name, -1):
                    raise SlideError(f"Route {route.name}: {heading!r} stands earlier in {name}; keep its order.")
                seen[name] = place
                if heading == PREDICT:
                    asked.add(name)
                elif name not in asked and PREDICT in [one.heading for one in of_notebook(name)[:place]]:
                    raise SlideError(
                        f"Route {route.name} shows {heading!r} of {name} before {PREDICT!r}: put {PREDICT!r} first, "
                        "or students see before they have guessed."
                    )
                coded = coded or (name == CODING and heading == CODE_BLIND)


def _section_slides(name: str, heading: str) -> list[Slide]:
    _, section_read = section(name, heading)
    try:
        bodies = fit.packed(pieces(section_read, name[:2]))
    except ValueError as error:
        raise SlideError(
            f"{name}, {heading!r}: one piece is longer than a slide: {error} ... Divide it in the notebook."
        ) from error
    title = title_of(name)
    return [
        Slide(heading if len(bodies) == 1 else f"{heading} ({at} of {len(bodies)})", body, title)
        for at, body in enumerate(bodies, 1)
    ]


def _opening(route: Route, starts: list[int]) -> Slide:
    """Return the first slide; `starts` are the numbers of the sessions' own slides."""
    sessions = [(at, session.title) for session, at in zip(route.sessions, starts, strict=True)]
    return Slide("Who Commissions?", _filled("opening", route=route, sessions=sessions, rights=RIGHTS), route.title)


def _agenda(session: Session) -> Slide:
    return Slide(session.title, _filled("agenda", steps=_steps(session, "class")), "")


def _set_work(session: Session) -> list[Slide]:
    """Return the slide with what is to be done after a session; none when there is nothing."""
    steps = _steps(session, "after")
    if not steps and not session.hand_in:
        return []
    body = _filled("set_work", steps=steps, hand_in=session.hand_in)
    return [Slide(f"{PLACES['after'].capitalize()} class", body, session.title)]


def _steps(session: Session, place: str) -> list[Step]:
    return [step for step in session.steps if step.place == place]


def _filled(template: str, **values: Any) -> str:
    return render(HERE / "templates" / f"{template}.html", **values)


def slides(route: Route) -> list[Slide]:
    """Return a route's slides in order.

    Raises SlideError for a notebook or heading that does not exist, for what does not fit a slide, and where a slide
    would answer a prediction that was not yet asked, or show a code before students have coded.
    """
    _first_things_first(route)
    deck: list[Slide] = []
    starts = []
    for session in route.sessions:
        starts.append(len(deck) + 2)
        deck.append(_agenda(session))
        for name, headings in session.slides:
            for heading in headings:
                deck += _section_slides(name, heading)
        deck += _set_work(session)
    deck.insert(0, _opening(route, starts))
    _no_code_too_early(route, deck)
    return deck


def _no_code_too_early(route: Route, deck: list[Slide]) -> None:
    """Raise SlideError when a slide before the coding names one of the claims kept back for it in a table."""
    claims = table("claims")
    kept_back = set(claims.claim_id[claims.coder_set])
    for slide in deck:
        if slide.heading.startswith(CODE_BLIND):
            return
        shown = sorted(claim for claim in kept_back if f">{claim}<" in slide.body or f"[{claim}]</td>" in slide.body)
        if shown:
            raise SlideError(f"Route {route.name}, slide {slide.heading!r} shows {', '.join(shown)} before the coding.")


def page(route: Route) -> str:
    """Return a route's deck as HTML, the same for the same notebooks. Raises SlideError as slides() does."""
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("deck.css", "deck.js"))
    return html.page(f"Who Commissions? {route.title}", _filled("deck", slides=slides(route)), style, script)


def write(out: Path, name: str | None = None) -> list[Path]:
    """Write the deck of one route, or of all, into a folder; return the files.

    Raises SlideError as slides() does, and PackError when the folder cannot be written.
    """
    routes = [named(name)] if name else read()
    pages = {route.name: page(route) for route in routes}
    files = []
    try:
        for route_name, text in pages.items():
            files.append(out / f"{route_name}.html")
            write_whole(files[-1], text)
    except OSError as error:
        raise PackError(f"{out} cannot be written: {error.strerror}. Name a folder of your own.") from error
    return files
