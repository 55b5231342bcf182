"""HTML from templates, every word escaped, and the frame of a page that fetches nothing.

A room keeps its templates, style sheets and scripts as files beside its modules and names them by path.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhsreform.text import wording
from nhsreform.text.untrusted import for_page

if TYPE_CHECKING:
    from jinja2 import Environment

# What JupyterLab, and pages made by nbconvert, take for the beginning of mathematics.
_MATHEMATICS = re.compile(r"\$|\\[(\[]|\\begin\b")
_HERE = Path(__file__).resolve().parent
_TEMPLATES = _HERE / "templates"


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader([folder, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # As html.escape has it: outputs of committed notebooks are compared sign by sign.
        finalize=lambda value: value if hasattr(value, "__html__") else Markup(html.escape(str(value))),
    )
    environment.filters |= {
        "by_stranger": lambda text: Markup(for_page(text)),
        "number": wording.number,
        "plural": wording.plural,
    }
    return environment


def render(template: Path, **values: Any) -> str:
    """Return a template filled in, without the line break at its end.

    Every value is escaped, but for HTML made here before that the template marks `| safe`. `| by_stranger` is `for_page`;
    `| number` and `| plural("noun")` are those of `wording`. A template may include and extend those beside it and in text/templates.
    Raises jinja2.UndefinedError for a value that the template asks for and was not given.
    """
    return _environment(template.parent).get_template(template.name).render(values)


def not_typeset(markup: str) -> str:
    r"""Return HTML so that no dollar sign in it is taken for mathematics: "$24bn-$32bn" would lose its words.

    >>> not_typeset("<p>$24bn-$32bn</p>"), not_typeset("<p>£20bn</p>")
    ('<div class="mathjax_ignore tex2jax_ignore"><p>$24bn-$32bn</p></div>', '<p>£20bn</p>')
    """
    return f'<div class="mathjax_ignore tex2jax_ignore">{markup}</div>' if _MATHEMATICS.search(markup) else markup


@cache
def hand() -> str:
    """Return the style sheet that all others take their sizes, colours, widths, spaces, corners and outlines from."""
    return (_HERE / "hand.css").read_text(encoding="utf-8")


def page(title: str, body: str, style: str = "", script: str = "") -> str:
    """Return a whole page. `title` is plain text; `body` is HTML whose every word by a stranger was made harmless.

    A policy in the page forbids it to fetch anything, or to run a script but the one given here.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"; script-src 'sha256-{digest}'" if script else ""
    policy = f"default-src 'none'; style-src 'unsafe-inline'{allowed}"
    return (
        render(_TEMPLATES / "page.html", title=title, body=body, style=hand() + style, script=script, policy=policy)
        + "\n"
    )
