"""The cells of a notebook by section, and each section as pieces of slides."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhsreform.checkout import checkout
from nhsreform.errors import PackError, nearest
from nhsreform.notebooks import files
from nhsreform.notebooks.mime import CHART
from nhsreform.publish.slides import fit
from nhsreform.publish.slides.fit import Block
from nhsreform.text.html_clean import as_html, cleaned, element, soup_of, take_out
from nhsreform.text.markdown import to_html
from nhsreform.widgets.shared.widget import RUN_IT

if TYPE_CHECKING:
    from bs4 import Tag
    from nbformat import NotebookNode

HTML, PLAIN, MARKDOWN = "text/html", "text/plain", "text/markdown"
PREDICT = "Predict"
CODE_BLIND = "Code it yourself"
WIDGET = re.compile(r"\bnr\.(predict|recall|reader|contrast|coder|timeline|simulator|board)\(")
# These ask something that can be asked on a slide; the others say in one sentence what they are.
ASKING = ("predict", "recall", "simulator")
# Words that ask for a guess or an answer.
ASKED = re.compile(r"\?|\bguess|\bbefore you (?:run|look|see|go)\b", re.IGNORECASE)
MAX_CHART_SCALE, MAX_CHART_HEIGHT = 1.9, 510
# The drawing is reckoned with a narrower font than some browsers have.
CHART_MARGIN = 40
VEGA_LITE = "5.8"


class SlideError(PackError):
    """A deck cannot be made: what is wrong in teaching/routes.toml or in a notebook, and what to do instead."""


@dataclass(frozen=True)
class Section:
    """What stands under one heading of a notebook: the heading, and (kind, cell or text) in order."""

    heading: str
    parts: tuple[tuple[str, Any], ...]


def sections(notebook: NotebookNode) -> list[Section]:
    """Return the sections of a notebook in order; the first is its title, with all that stands before the next heading."""
    named: list[tuple[str, list[tuple[str, Any]]]] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # What students expected is their own, and no slide can show it.
            if named and not cell.source.startswith("nr.compare("):
                named[-1][1].append(("code", cell))
            continue
        if cell.cell_type != "markdown":
            continue
        for piece in re.split(r"^(?=#{1,2} )", cell.source, flags=re.MULTILINE):
            match = re.match(r"#{1,2} (.+)\n?", piece)
            if match:
                named.append((match[1].strip(), []))
                piece = piece[match.end() :]
            if named:
                # What is folded on a page begins a slide of its own, because a question stands before it.
                folds = re.split(f"(?={re.escape(files.AFTER_GUESS)})", piece)
                texts = [re.sub(r"<details><summary>.*?</summary>|</details>", "", text).strip() for text in folds]
                named[-1][1].extend(("words", text) for text in texts if text)
    return [Section(heading, tuple(parts)) for heading, parts in named]


@lru_cache(maxsize=32)
def _sections(path: Path, *_: int) -> tuple[Section, ...]:
    """Return the sections of a file; the numbers are times and sizes, so that a changed file is read again."""
    return tuple(sections(files.read_with_outputs(path)))


def of_notebook(name: str) -> tuple[Section, ...]:
    """Return the sections of a notebook of the checkout. Raises SlideError when there is none, with the nearest name."""
    path = checkout() / "notebooks" / f"{name}.ipynb"
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.ipynb"))
        raise SlideError(f"There is no notebook {name!r}. {nearest(name, known)}")
    stamps = [file.stat() for file in (path, files.outputs_file(path)) if file and file.is_file()]
    return _sections(path, *(number for stamp in stamps for number in (stamp.st_mtime_ns, stamp.st_size)))


def section(name: str, heading: str) -> tuple[int, Section]:
    """Return (place, section) of a notebook, by its name and a heading in it.

    Raises SlideError for a notebook or a heading that does not exist, with the nearest that does.
    """
    known = of_notebook(name)
    for place, one in enumerate(known):
        if one.heading == heading:
            return place, one
    raise SlideError(f"Notebook {name} has no heading {heading!r}. {nearest(heading, [one.heading for one in known])}")


def _text(data: dict[str, Any], mime: str) -> str:
    value = data.get(mime, "")
    return value if isinstance(value, str) else "".join(value)


def open_it(number: str, code: str) -> Tag:
    """Return the line that sends the reader to the notebook."""
    line = next((line for line in code.splitlines() if WIDGET.search(line)), code.splitlines()[-1])
    return element("p", f"Open this in notebook {number}: ", element("code", line), class_="open")


def _widget(name: str, number: str, code: str, data: dict[str, Any]) -> list[Block]:
    """Return a widget: the question that it asks or the columns that it sets side by side, and where to open it."""
    soup = soup_of(_text(data, HTML))
    take_out(soup, RUN_IT)
    saved = cleaned(as_html(soup))
    sentence = element("p", _text(data, PLAIN))
    if name in ASKING:
        leading = list(itertools.takewhile(lambda node: node.name != "table", saved))
        return fit.together(fit.laid([*(leading or [sentence]), open_it(number, code)]))
    said = fit.laid([sentence, open_it(number, code)])
    columns = (
        next((fit.table(node, equal=True) for node in saved if node.name == "table"), []) if name == "contrast" else []
    )
    return [*said, *(replace(block, fresh=True) for block in columns)]


def _attribute(svg: str, name: str) -> str:
    """Return what an attribute of the drawing says; raises SlideError where it has none."""
    match = re.search(rf'<svg[^>]*\s{name}="([\d.]+)', svg)
    if match is None:
        raise SlideError(f"The drawing of a chart says no {name}.")
    return match[1]


def chart_svg(spec: dict[str, Any], key: str) -> tuple[str, float]:
    """Return a chart as SVG with its sentence as its text alternative, and its height on a slide.

    `key` makes the ids in the drawing different from those of every other drawing of the deck.
    """
    import vl_convert

    svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    width, height = (float(_attribute(svg, name)) for name in ("width", "height"))
    width += 2 * CHART_MARGIN
    scale = min(fit.WIDTH / width, MAX_CHART_HEIGHT / height, MAX_CHART_SCALE)
    title = spec.get("title")
    said = str(spec.get("description") or (title.get("text") if isinstance(title, dict) else title) or "A chart.")
    for name in sorted(set(re.findall(r'\bid="([^"]+)"', svg)), key=len, reverse=True):
        svg = svg.replace(f'id="{name}"', f'id="{key}-{name}"').replace(f"url(#{name})", f"url(#{key}-{name})")
    # The drawing's own parts say themselves to a screen reader a second time; the sentence says it once.
    svg = re.sub(r'\s(?:role|aria-[a-z]+)="[^"]*"', "", svg)
    label = escape(said)
    svg = re.sub(
        r"<svg[^>]*>",
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" viewBox="{-CHART_MARGIN} 0 {width:g} {height:g}" '
        f'width="{width * scale:.0f}" height="{height * scale:.0f}">',
        svg,
        count=1,
    )
    return svg, height * scale


def _chart(data: dict[str, Any], key: str) -> list[Block]:
    """Return a chart as a drawing, or as its sentence and its numbers where vl-convert is not installed."""
    try:
        svg, height = chart_svg(data[CHART], key)
    except ImportError:
        return fit.laid(cleaned(to_html(_text(data, MARKDOWN))))
    return [Block(f'<div class="chart">{svg}</div>', height + fit.GAP)]


def _output(output: Any, number: str, code: str, key: str) -> list[Block]:
    data = output.get("data", {})
    widget = WIDGET.search(code)
    if widget and (HTML in data or PLAIN in data):
        return _widget(widget[1], number, code, data)
    if CHART in data:
        return _chart(data, key)
    shown = element("pre", code.strip())
    if HTML in data:
        nodes = cleaned(_text(data, HTML))
        tables = any(node.name == "table" for node in nodes)
        blocks = fit.laid(nodes if tables else [shown, *nodes])
        if tables and not any("<table" in block.html for block in blocks):
            return fit.laid([element("p", "This table is too long for a slide."), open_it(number, code)])
        return blocks
    said = output.get("text") or _text(data, PLAIN)
    return fit.laid([shown, element("pre", said.strip())]) if said else []


def pieces(section: Section, number: str) -> list[Block]:
    """Return a section as blocks. Whoever is asked something answers first: what comes after begins a new slide."""
    blocks: list[Block] = []
    asked = False
    for at, (kind, part) in enumerate(section.parts):
        if kind == "words":
            outputs, asking = fit.laid(cleaned(to_html(part))), bool(ASKED.search(part))
        else:
            widget = WIDGET.search(part.source)
            asking = bool(widget and widget[1] in ASKING)
            # One question may follow another on a slide; an answer may not.
            asked = asked and not asking
            key = f"n{number}-{part.get('id', at)}"
            outputs = [
                block for output in part.get("outputs", []) for block in _output(output, number, part.source, key)
            ]
        if outputs:
            blocks += [replace(outputs[0], fresh=outputs[0].fresh or asked), *outputs[1:]]
            asked = asking
    return blocks
