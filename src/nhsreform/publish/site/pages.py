"""From the pack's notebooks, exercises, tables and guides to the Markdown pages of the reading edition.

Every function here takes what a file holds and returns text; nothing is written.
"""

from __future__ import annotations

import ast
import json
import posixpath
import re
import tomllib
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from nhsreform.data import tables
from nhsreform.errors import PackError
from nhsreform.notebooks.files import AFTER_GUESS
from nhsreform.notebooks.mime import CHART
from nhsreform.publish.site import live_widgets
from nhsreform.questions.build import blanked, cells_by_question, question_of, tag_of, variable
from nhsreform.text.html_clean import as_html, soup_of, take_out
from nhsreform.text.numbers_in_words import days
from nhsreform.widgets.shared.widget import RUN_IT, EsmWidget, Panel

if TYPE_CHECKING:
    from nbformat import NotebookNode

_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```|~~~)")

RUN_PAGE = "run"
# Where the browser edition lies beside the pages, when both are made.
BROWSER = "browser"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


class Pages:
    """Which file of the pack is which page of the edition, and how one page links to another."""

    def __init__(self, of_file: dict[str, str], *, browser: bool = False) -> None:
        self.of_file, self.browser = of_file, browser

    def link(self, page: str, file: str, address: str) -> str | None:
        """Return where a link in a file leads from its page, or None when the edition does not hold the target.

        `address` is as written in the file, relative to it. Links to the web and within the page stay.
        """
        if re.match(r"[a-z]+:", address) or address.startswith("#"):
            return address
        path, _, anchor = address.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file), path)).rstrip("/")
        if target == "data/README.md" and anchor:
            target, anchor = f"data/{anchor}.csv", ""
        target_page = self.of_file.get(target)
        if target_page is None:
            return None
        keeps_anchor = anchor and target.startswith(("teaching/", "seeds/"))
        return f"{relative(page, target_page)}.md" + (f"#{anchor}" if keeps_anchor else "")

    def markdown(self, page: str, file: str, text: str) -> str:
        """Return Markdown with its links led to pages; a link to what the edition does not hold becomes plain text.

        Pictures from the web become their own words: a page fetches nothing.
        """

        def led(match: re.Match[str]) -> str:
            picture, words, address = match.groups()
            if picture:
                return words if re.match(r"[a-z]+:", address) else match[0]
            address_of_page = self.link(page, file, address)
            return words if address_of_page is None else f"[{words}]({address_of_page})"

        return outside_code(text, lambda line: _LINK.sub(led, line))


def relative(page: str, target: str) -> str:
    """Return the path from one page to another, without an ending.

    >>> relative("notebooks/01-joint-report", "exercises/01-joint-report")
    '../exercises/01-joint-report'
    """
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return Markdown with `change` applied to all of it but blocks of code and comments."""
    done: list[str] = []
    words: list[str] = []
    fenced = False
    for line in [*text.splitlines(), None]:
        fence = line is not None and bool(_FENCE.match(line))
        if (fence or line is None) and not fenced and words:
            done.append(change("\n".join(words)))
            words = []
        if line is not None:
            (done if fenced or fence else words).append(line)
        fenced ^= fence
    return "\n".join(done) + "\n"


def raw(html: str) -> str:
    """Return HTML as a block of Markdown that is taken over as it stands."""
    return f"~~~~~~{{raw}} html\n{html}\n~~~~~~\n"


def note(page: str, words: str) -> str:
    """Return a note; `{run}` in its words becomes the address of the page on running the pack."""
    return raw(f'<p class="note">{words.format(run=relative(page, RUN_PAGE) + ".html")}</p>')


def run_here(page: str, file: str, pages: Pages) -> str:
    """Return the link to the same notebook in the browser edition, or nothing where only the pages are made."""
    if not pages.browser:
        return ""
    address = f"{relative(page, BROWSER)}/lab/index.html?path={file}"
    return raw(
        f'<p class="run-here"><a href="{address}">Run this notebook here</a>, in this browser: nothing is installed.</p>'
    )


def title(text: str) -> str:
    """Return the words of a Markdown text's first heading of the first rank. Raises PackError when it has none."""
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    if not heading:
        raise PackError(f"A page needs a title, a first line such as '# Title'; this one begins {text[:60]!r}.")
    return re.sub(r"[`*]", "", heading[1]).strip()


def after_title(text: str, block: str) -> str:
    """Return a Markdown text with a block put in after its title."""
    head, line, rest = text.partition("\n")
    return f"{head}{line}\n{block}\n{rest}"


# --- notebooks ---------------------------------------------------------------------------------------


def notebook_page(notebook: NotebookNode, page: str, file: str, pages: Pages, values: list[Any]) -> str:
    """Return a notebook as a page: its words, its code, and what each cell shows without a kernel.

    `values` is what each code cell ended with, as `live.values` returns it.
    """
    parts, ends = [], iter(values)
    shown: list[str] = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            text = cell.source
            if shown and text.startswith(AFTER_GUESS):
                # What the cell shows answers the guess as well as the words do, so both are folded together.
                summary, _, text = text.partition("\n\n")
                parts.append(raw(summary.replace("<details>", '<details class="later">')))
            parts += [*shown, pages.markdown(page, file, text)]
            shown = []
        elif cell.cell_type == "code":
            parts += [*shown, f"~~~~~~python\n{cell.source}\n~~~~~~\n"]
            shown = _outputs(cell, f"cell-{number}", page, next(ends))
    parts += shown
    sentence = (
        "You are reading this notebook, and nothing runs on this page. Texts, contrasts, the timeline and charts work "
        'here; to write, guess and be checked, <a href="{run}">run the pack</a>.'
    )
    return after_title("\n".join(parts), note(page, sentence) + run_here(page, file, pages))


def _outputs(cell: Any, name: str, page: str, value: object) -> list[str]:
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            parts.append(raw(f'<pre class="output">{escape(output.text)}</pre>'))
            continue
        data = output.data
        widget = live_widgets.kind(value) if isinstance(value, EsmWidget) else ""
        if CHART in data:
            parts += _chart(data, name)
        elif isinstance(value, EsmWidget) and widget:
            if value.summary() != data["text/plain"]:
                raise PackError(
                    f"{page}, {name}: the saved output is not what the cell shows now. Run first: nhsreform run"
                )
            parts.append(live(widget, data["text/html"], live_widgets.state(value)))
        elif "text/html" in data:
            needs = isinstance(value, Panel) or cell.source.lstrip().startswith(("nr.check", "brief"))
            needs_pack = '<p class="needs">This part answers when you <a href="{run}">run the pack</a>.</p>'
            needs_pack = needs_pack.format(run=relative(page, RUN_PAGE) + ".html") if needs else ""
            shown = _saved(data["text/html"])
            box = (
                f'<div class="output kept">\n{shown}\n{needs_pack}</div>'
                if needs
                else f'<div class="output">{shown}</div>'
            )
            parts.append(raw(box))
        else:
            parts.append(raw(f'<pre class="output">{escape(data["text/plain"])}</pre>'))
    return parts


def live(widget: str, saved: str, state: str) -> str:
    """Return a widget that runs in the page, with what is shown until its script has drawn it, or where none runs."""
    return raw(
        f'<div class="live" data-widget="{widget}">\n<div class="saved">{_saved(saved)}</div>\n'
        f'<script type="application/json">{state}</script>\n</div>'
    )


def _saved(html: str) -> str:
    """Return a saved output without what only makes sense beside a kernel, its wide tables in boxes that scroll."""
    soup = soup_of(html)
    take_out(soup, RUN_IT)
    # Sections of an output are no sections of the page.
    for section in soup("section"):
        section.name = "div"
    for table in soup("table"):
        scrolls = table.parent is not None and table.parent.get("style") == "overflow-x:auto"
        box = table.parent if scrolls and table.parent is not None else table.wrap(soup.new_tag("div"))
        box.attrs = {**_box("A table of results" if scrolls else "A table")}
    return as_html(soup)


def _box(label: str) -> dict[str, str]:
    """Return the attributes of a box in which a wide table scrolls by itself, by keyboard too."""
    return {"class": "wide", "role": "group", "tabindex": "0", "aria-label": label}


def wide(label: str) -> str:
    """Return the opening tag of a box in which a wide table scrolls by itself, by keyboard too."""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in _box(label).items())
    return f"<div{attributes}>"


def linked(value: str) -> str:
    """Return a cell of a table as HTML; an address becomes a link."""
    if re.fullmatch(r"https?://\S+", value):
        return f"<a href='{escape(value)}'>{escape(value)}</a>"
    return escape(value)


def _chart(data: Any, name: str) -> list[str]:
    # The edition brings a later Vega-Lite than JupyterLab does.
    spec = json.dumps({**data[CHART], "$schema": SCHEMA}, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    sentence = data["text/plain"].splitlines()[0]
    table = data["text/markdown"].partition("\n")[2].strip()
    return [
        raw(
            f'<figure class="chart" id="{name}">\n<div class="drawing" role="img" aria-label="Chart"></div>\n'
            f"<figcaption>{escape(sentence)}</figcaption>\n"
            f'<script type="application/json">{spec}</script>\n</figure>\n'
            "<details><summary>The numbers of this chart</summary>"
        ),
        table + "\n",
        raw("</details>"),
    ]


# --- exercises ---------------------------------------------------------------------------------------


def exercise_page(notebook: NotebookNode, page: str, file: str, pages: Pages) -> str:
    """Return an exercise as a page: each question as the learner gets it, its worked answer and why folded below."""
    questions = cells_by_question(notebook, file)
    parts = []
    for cell in notebook.cells:
        tag = tag_of(cell)
        if tag == "check":
            parts.append(_answer(question_of(cell), questions[question_of(cell)], page, file, pages))
        elif cell.cell_type == "markdown" and "nr.progress" not in cell.source:
            text = "\n\n".join(
                block for block in cell.source.split("\n\n") if not block.startswith("Fill in each blank")
            )
            if not text.startswith("## Where you stand"):
                parts.append(pages.markdown(page, file, text))
    sentence = (
        "Decide on your answer before you open ours. Nothing is checked on this page: to be told at once what is right, "
        'and why something is not, <a href="{run}">run the pack</a>.'
    )
    return after_title("\n".join(parts), note(page, sentence) + run_here(page, file, pages))


def _answer(question: str, cells: dict[str, Any], page: str, file: str, pages: Pages) -> str:
    key = tomllib.loads(cells["key"].source)
    stub = _given(blanked(cells["answer"].source, variable(question), key.get("blanks", []), file))
    said = [f"**Why:** {key['why']}"] if key.get("why") else []
    said.append(key["right"])
    which = "A possible answer" if key["kind"] == "prose" else "The worked answer"
    return "\n".join(
        [
            stub,
            raw(f'<details class="answer"><summary>{which} to {question}</summary>'),
            f"~~~~~~python\n{cells['answer'].source}\n~~~~~~\n",
            pages.markdown(page, file, "\n\n".join(said)),
            raw("</details>"),
        ]
    )


def _given(stub: str) -> str:
    """Return what a learner is given to answer with, beside the question: lines of code, or the lines to be matched."""
    body = ast.parse(stub).body
    last = body[-1]
    before = "\n".join(stub.splitlines()[: last.lineno - 1]).strip()
    parts = [f"Given, in Python:\n\n~~~~~~python\n{before}\n~~~~~~\n"] if before else []
    if isinstance(last, ast.Assign) and isinstance(last.value, ast.Dict):
        lines = [ast.literal_eval(key) for key in last.value.keys if key]
        parts.append(
            raw("<ul class='to-match'>" + "".join(f"<li>{escape(str(line))}</li>" for line in lines) + "</ul>")
        )
    return "\n".join(parts)


# --- codebook, glossary, texts -------------------------------------------------------------------------

_HALVES = "\n## How reliable the coding is\n"
_AFTER_06 = "This part shows codes of claims that notebook 06 asks you to code. Open it when you have locked yours."


def codebook_pages(text: str, kept_back: set[str]) -> tuple[str, str]:
    """Return data/codebook.md as two pages: the rules, and how reliable the coding is.

    A part that names a kept-back claim is folded, and says why.

    Raises PackError when the file has no part on reliability.
    """
    rules, heading, measured = text.partition(_HALVES)
    if not heading:
        raise PackError("data/codebook.md has no part 'How reliable the coding is'. Run first: nhsreform build")
    pointer = "How reliable the coding is stands [on a page of its own](reliability.md).\n"
    measured = "# How reliable the coding is\n" + re.sub(r"^#(#+) ", r"\1 ", measured, flags=re.MULTILINE)
    return folded(after_title(rules, pointer), kept_back), folded(measured, kept_back)


def folded(text: str, kept_back: set[str]) -> str:
    """Return Markdown with each part, from heading to heading, that names a kept-back claim folded."""
    parts = re.split(r"^(?=#+ )", text, flags=re.MULTILINE)
    ids = re.compile("|".join(rf"{re.escape(claim)}\b" for claim in sorted(kept_back)))
    done = []
    for part in parts:
        if kept_back and ids.search(part):
            heading, _, rest = part.partition("\n")
            part = f"{heading}\n\n" + raw(f"<details class='later'><summary>{_AFTER_06}</summary>")
            part += f"\n{rest.strip()}\n\n" + raw("</details>") + "\n"
        done.append(part)
    return "".join(done)


def term_id(term: str) -> str:
    """Return the anchor of a term on the glossary page.

    >>> term_id("King’s Fund")
    'term-king-s-fund'
    """
    return "term-" + re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def glossary_page() -> str:
    """Return the glossary as a page, one anchor to a term."""
    lines = [
        "# The words",
        "",
        "Words of the National Health Service (NHS) and of the texts, in alphabetical order.",
        "",
    ]
    items = []
    facts = tables.table("facts").set_index("fact_id")
    for row in tables.table("glossary").itertuples():
        expansion = f" <span class='expansion'>({escape(row.expansion)})</span>" if row.expansion else ""
        where = f" <span class='where'>In: {escape(', '.join(row.in_texts.split()))}.</span>" if row.in_texts else ""
        if row.fact_id:
            fact = facts.loc[row.fact_id]
            seen = f"<a href='{escape(fact.url)}'>{escape(fact.citation)}</a>, {fact.mark}, {fact.source_kind}"
            where += f" <span class='where'>Seen in: {seen}.</span>"
        items.append(
            f"<dt id='{term_id(row.term)}'>{escape(row.term)}{expansion}</dt>\n<dd>{escape(row.meaning)}{where}</dd>\n"
        )
    return "\n".join([*lines, raw(f"<dl class='glossary'>\n{''.join(items)}</dl>")])


_ABOUT_A_TEXT = (
    ("author", "Who wrote it"), ("outlet", "Where it appeared"), ("genre", "What kind of text it is"),
    ("audience", "For whom"), ("date_basis", "How its date is known"), ("stake", "What its author stood to gain or lose"),
    ("not_said", "What it does not say"), ("cautions", "Be careful"), ("citation", "How to cite it"),
)  # fmt: skip


def texts_page(readers: dict[str, str]) -> str:
    """Return the page on the texts. `readers` gives the notebook page in which each is read; one may have none yet."""
    lines = [
        "# The five texts",
        "",
        "What each text is, who speaks in it, and what it leaves out. Where the files come from, and who holds the rights,",
        "stands on [a page of its own](texts-from.md).",
        "",
    ]
    for row in tables.table("sources").itertuples():
        facts = [
            ("When", days(row.date_earliest, row.date_latest)),
            *((label, getattr(row, name)) for name, label in _ABOUT_A_TEXT),
        ]
        said = "".join(f"<dt>{label}</dt><dd>{linked(value)}</dd>\n" for label, value in facts if value)
        said += f"<dt>Address</dt><dd>{linked(row.url)}</dd>\n" if row.url else ""
        page = readers.get(row.source_id)
        read_in = f", read in [its notebook]({page}.md)" if page else ""
        lines += [f"## {row.title}", "", f"`{row.source_id}`{read_in}.", ""]
        lines += [raw(f"<dl class='facts'>\n{said}</dl>")]
    return "\n".join(lines)


# --- first page, running the pack ------------------------------------------------------------------------


def run_page(readme: str, page: str, pages: Pages) -> str:
    """Return the page on running the pack: what README.md says on it.

    Raises PackError when README.md has no part on the ways to run the pack.
    """
    section = re.search(r"^## [^\n]*ways to run it\n(.*?)(?=^## )", readme, re.MULTILINE | re.DOTALL)
    if not section:
        raise PackError(
            "README.md has no part '... ways to run it', which the reading edition's page on running takes."
        )
    text = re.sub(r"^###", "##", section[1].strip(), flags=re.MULTILINE)
    intro = "Predicting, coding, the simulators, the board and the exercises need Python. The pack brings it to you."
    return f"# Run the pack\n\n{intro}\n\n" + pages.markdown(page, "README.md", text)
