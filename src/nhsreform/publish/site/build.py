"""The reading edition made by Sphinx, from a temporary folder of Markdown pages."""

from __future__ import annotations

import importlib.util
import io
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nhsreform.checkout import checkout
from nhsreform.data import tables
from nhsreform.errors import PackError
from nhsreform.notebooks.files import read, read_with_outputs
from nhsreform.publish import out_folder
from nhsreform.publish.site import live_widgets, table_pages
from nhsreform.publish.site import pages as texts
from nhsreform.publish.site.start_page import start_page
from nhsreform.text.html import hand
from nhsreform.text.untrusted import one_line

NAME = "Who Commissions?"
NEEDED = {"sphinx": "sphinx", "myst_parser": "myst-parser", "vl_convert": "vl-convert-python"}
_HERE = Path(__file__).resolve().parent
# What Sphinx leaves that no page asks for.
_UNUSED = (".buildinfo", "objects.inv", "_static/basic.css", "_static/pygments.css", "_static/plus.png",
           "_static/minus.png", "_static/file.png", "_static/base-stemmer.js", "_static/english-stemmer.js")  # fmt: skip


def needs(modules: dict[str, str]) -> None:
    """Refuse to go on without what a command is made with. `modules` maps a module to what is to be installed.

    Raises PackError with the one command that installs it all.
    """
    missing = sorted({install for module, install in modules.items() if importlib.util.find_spec(module) is None})
    if missing:
        raise PackError(
            f"The reading edition is made with {', '.join(missing)}, which the learner's environment leaves out. Type "
            "python3 start.py test --version, which makes .venv-test, and run this command from there: "
            ".venv-test/bin/nhsreform build --site (on Windows .venv-test\\Scripts\\nhsreform)."
        )


def kept_back() -> set[str]:
    """Return the ids of the claims whose codes notebook 06 asks for."""
    claims = tables.table("claims")
    return set(claims[claims.coder_set].claim_id)


def _lecturers_pages(root: Path) -> dict[str, str]:
    """Return {page: file} of what teaching/ holds, its README first."""
    paths = sorted((root / "teaching").glob("*.md"), key=lambda path: (path.stem != "README", path.stem))
    return {f"teaching/{path.stem}": f"teaching/{path.name}" for path in paths}


def _map(root: Path, browser: bool = False) -> texts.Pages:
    """Return which file is which page."""
    of_file = {
        "README.md": "index", "notebooks": "index", "exercises": "index", "data": "tables/index",
        "data/README.md": "tables/index", "data/datapackage.json": "tables/index",
        "data/codebook.md": "codebook", "seeds": "texts", "seeds/README.md": "texts-from",
    }  # fmt: skip
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        of_file[f"notebooks/{path.name}"] = f"notebooks/{path.stem}"
    for path in sorted((root / "exercises").glob("*.ipynb")):
        of_file[f"exercises/{path.name}"] = of_file[f"exercises/answers/{path.name}"] = f"exercises/{path.stem}"
    for resource in tables.package()["resources"]:
        of_file[f"data/{resource['path']}"] = f"tables/{resource['name']}"
    guides = {file: page for page, file in _lecturers_pages(root).items()}
    if guides:
        of_file["teaching"] = next(iter(guides.values()))
    return texts.Pages(of_file | guides, browser=browser)


def sources(root: Path, *, browser: bool = False) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return {page: Markdown} of the whole edition, and the groups of the table of contents, each with its pages.

    With `browser` the pages lead to the browser edition beside them.
    """
    pages, claims = _map(root, browser), kept_back()
    markdown: dict[str, str] = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = read_with_outputs(path)
        markdown[f"notebooks/{path.stem}"] = texts.notebook_page(
            notebook, f"notebooks/{path.stem}", f"notebooks/{path.name}", pages, live_widgets.values(notebook, path)
        )
    for path in sorted((root / "exercises" / "answers").glob("*.ipynb")):
        markdown[f"exercises/{path.stem}"] = texts.exercise_page(
            read(path), f"exercises/{path.stem}", f"exercises/{path.name}", pages
        )
    readers = {
        source: page
        for source in tables.table("sources").source_id
        for page in markdown
        if page.startswith("notebooks/") and page.endswith(f"-{source}")
    }
    markdown["texts"] = texts.texts_page(readers)
    markdown["texts-from"] = pages.markdown("texts-from", "seeds/README.md", _text(root / "seeds" / "README.md"))
    markdown["glossary"] = texts.glossary_page()
    rules, measured = texts.codebook_pages(_text(root / "data" / "codebook.md"), claims)
    markdown["codebook"] = pages.markdown("codebook", "data/codebook.md", rules)
    markdown["reliability"] = pages.markdown("reliability", "data/codebook.md", measured)
    package = tables.package()
    markdown["tables/index"] = table_pages.tables_page(package)
    for resource in package["resources"]:
        markdown[f"tables/{resource['name']}"] = table_pages.table_page(resource, claims)
    for page, file in _lecturers_pages(root).items():
        markdown[page] = pages.markdown(page, file, _text(root / file))
    markdown[texts.RUN_PAGE] = texts.run_page(_text(root / "README.md"), texts.RUN_PAGE, pages)
    titles = {page: texts.title(text) for page, text in markdown.items()}
    titles["texts-from"] = "Where the texts come from"

    def group(heading: str, names: list[str]) -> dict[str, Any]:
        return {"heading": heading, "pages": [(name, titles[name]) for name in names]}

    def below(start: str) -> list[str]:
        return [page for page in markdown if page.startswith(start)]

    groups = [
        group("The notebooks", below("notebooks/")),
        group("The exercises", below("exercises/")),
        group("Texts and data", ["texts", "texts-from", "glossary", "codebook", "reliability", *below("tables/")]),
        group("For lecturers", below("teaching/")),
    ]
    markdown["index"] = start_page(groups[0]["pages"][0], readers, browser=browser)
    start = {"heading": "", "pages": [("index", "Start page"), (texts.RUN_PAGE, titles[texts.RUN_PAGE])]}
    return markdown, [start, *groups]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def make(out: Path, *, browser: bool = False) -> None:
    """Make the whole edition in an empty folder; with `browser`, with links to the browser edition beside it.

    Raises PackError when a program is missing, a notebook's outputs are stale, or Sphinx finds anything to warn of.
    """
    needs(NEEDED)
    import vl_convert

    root = checkout()
    markdown, groups = sources(root, browser=browser)
    with tempfile.TemporaryDirectory(prefix="nhsreform-") as temporary:
        # Pages are read from here; the folder's own name gets into no page.
        source = Path(temporary) / "source"
        for page, text in markdown.items():
            path = source / f"{page}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"---\norphan: true\n---\n\n{text}", encoding="utf-8", newline="\n")
        pictures = root / "teaching" / "images"
        if pictures.is_dir():
            shutil.copytree(pictures, source / "teaching" / "images")
        static = Path(temporary) / "static"
        static.mkdir()
        (static / "live.js").write_text(live_widgets.script(), encoding="utf-8", newline="\n")
        (static / "hand.css").write_text(hand(), encoding="utf-8", newline="\n")
        (static / "live.css").write_text(live_widgets.styles(), encoding="utf-8", newline="\n")
        bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        (static / "vega.js").write_text(bundle, encoding="utf-8", newline="\n")
        _run_sphinx(source, static, Path(temporary) / "doctrees", out, groups)
        (out / "_static" / "page-texts.js").write_text(_page_texts(out), encoding="utf-8", newline="\n")
    for name in _UNUSED:
        (out / name).unlink(missing_ok=True)
    (out / "_sources").rmdir()


def _page_texts(out: Path) -> str:
    """Return a script with the words of every page, for the lines that a search shows of it.

    A page opened from a folder may not read another, so Sphinx's own way, which fetches it, shows nothing there. What is folded
    on a page, such as a worked answer, is left out.
    """
    from lxml import html

    texts = {}
    for path in sorted(out.rglob("*.html")):
        tree = html.document_fromstring(path.read_text(encoding="utf-8"))
        for part in tree.xpath("//details | //script | //style | //nav | //pre"):
            part.drop_tree()
        for article in tree.xpath("//article"):
            texts[path.relative_to(out).with_suffix("").as_posix()] = one_line(" ".join(article.itertext()))
    return f"window.pageTexts = {json.dumps(texts, ensure_ascii=False, indent=0)};\n".replace("<", "\\u003c")


def _run_sphinx(source: Path, static: Path, doctrees: Path, out: Path, groups: list[dict[str, Any]]) -> None:
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    config = {
        "project": NAME,
        "language": "en",
        "extensions": ["myst_parser", "nhsreform.publish.site.sphinx_extension"],
        "myst_heading_anchors": 4,
        "highlight_language": "none",
        "smartquotes": False,
        "html_theme": "theme",
        "html_theme_path": [str(_HERE)],
        "html_static_path": [str(static)],
        "html_context": {"groups": groups, "name": NAME},
        "html_title": NAME,
        "html_permalinks": False,
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_use_index": False,
    }
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            source, None, out, doctrees, "html", confoverrides=config, status=None, warning=warnings, freshenv=True
        )
        app.build(force_all=True)
    if warnings.getvalue().strip():
        raise PackError(f"The reading edition was not written. Sphinx warns:\n{warnings.getvalue().strip()}")


def build(out: Path, beside: Callable[[Path], object] | None = None) -> int:
    """Make the edition and put it into `out`; return how many pages it has.

    `beside` writes the browser edition into the folder that it is given; the pages lead to it then.

    Raises PackError as `make` and `out_folder.check` do. What an earlier build wrote is replaced, nothing else is touched.
    """
    needs(NEEDED)
    out_folder.check(out)
    with tempfile.TemporaryDirectory(prefix="nhsreform-") as temporary:
        site = Path(temporary) / "site"
        site.mkdir()
        make(site, browser=beside is not None)
        pages = sum(1 for _ in site.rglob("*.html"))
        if beside:
            beside(site / texts.BROWSER)
        out_folder.replace(out, site)
    return pages
