"""The class bundle: a smaller checkout for students, with the exercises a lecturer chose and without the worked answers.

What goes in is listed here; whatever else lies in the folder stays out, so nothing private is given away by accident. What
nr.check compares with stays in the bundle's key, in base64: right and wrong could not be told without it.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nhsreform.checkout import checkout
from nhsreform.data.sources import HOW_TO_ADD
from nhsreform.data.tables import package, table
from nhsreform.errors import PackError
from nhsreform.notebooks.files import title
from nhsreform.questions import key
from nhsreform.questions.exercise_names import exercise_names

FOLDER = "nhsreform-class"
NOT_GIVEN = ("worked", "why")
_TOP = (
    ".gitattributes",
    ".gitignore",
    "CITATION.cff",
    "LICENSE",
    "LICENSE-CONTENT.md",
    "environment.yml",
    "jupyter_server_config.py",
    "postBuild",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
    "start.py",
)
_CODE = ("**/*.py", "**/*.pyi", "**/*.js", "**/*.css", "**/*.html", "**/*.txt")
_RUN = {"postBuild", "start.py"}
_LEFT_OUT = (
    "exercises/answers (the worked answers), and the worked answers and reasons in exercises/key.json",
    "teaching (for lecturers)",
    "tests and benchmarks",
)


_NO_TEXTS = "the texts in seeds/, and the notebooks' outputs, which show them; quotations from them stay"


class ReleaseError(PackError):
    """The bundle cannot be made; says why."""


@dataclass(frozen=True)
class Bundle:
    """A bundle's files by path, the exercises in it, and what it leaves out, in words."""

    files: dict[str, bytes]
    exercises: list[str]
    left_out: list[str]


def small_key(folder: Path, exercises: Sequence[str]) -> str:
    """Return a key's text with these exercises alone, and without worked answers and reasons. Raises PackError."""
    questions = {}
    for question, stored in key.read(folder).items():
        if stored["exercise"] in exercises:
            entry = key.unseal(stored)
            questions[question] = key.seal({name: value for name, value in entry.items() if name not in NOT_GIVEN})
    whole = {"format": 1, "fields": list(key.OPEN_FIELDS), "questions": questions}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def bundle(asked: Sequence[str] = (), texts: bool = True) -> Bundle:
    """Return the class bundle of this checkout.

    Without `texts` the files in seeds/ stay out, and so do the outputs of the notebooks, where the reader shows the
    texts in full. Quotations stay: in the tables, in what the notebooks say and in the exercises.

    Raises PackError for an unknown exercise or a missing file.
    """
    root = checkout()
    known = sorted({stored["exercise"] for stored in key.read(root / "exercises").values()})
    names = exercise_names(asked, known)
    exercises = [name for name in known if name in names or not asked]
    paths = [root / name for name in _TOP] + _data(root, texts) + _notebooks(root)
    paths += sorted((root / "labconfig").glob("*.json"))
    code = [path for pattern in _CODE for path in (root / "src" / "nhsreform").glob(pattern)]
    paths += [path for path in code if not path.parent.name.startswith((".", "__"))]
    paths += [root / "exercises" / f"{name}.ipynb" for name in exercises]
    missing = [name for name in known if name not in exercises]
    try:
        files = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        if "seeds" in Path(error.filename).parts:
            raise ReleaseError(
                f"{error.filename} cannot be read ({error.strerror}). {HOW_TO_ADD}, or make a bundle --without-texts."
            ) from error
        raise ReleaseError(
            f"{error.filename} cannot be read ({error.strerror}): this checkout is not whole."
        ) from error
    for name in [name for name in files if name.startswith("notebooks/")]:
        files[name] = _without_links(files[name], missing)
        if not texts:
            files[name] = _without_outputs(files[name])
    files[f"exercises/{key.FILE}"] = small_key(root / "exercises", exercises).encode("utf-8")
    files["README.md"] = _readme(root, exercises, texts).encode("utf-8")
    left_out = [
        *_LEFT_OUT,
        *([] if texts else [_NO_TEXTS]),
        *([f"the exercises {', '.join(missing)}"] if missing else []),
    ]
    return Bundle(dict(sorted(files.items())), exercises, left_out)


def _data(root: Path, with_texts: bool) -> list[Path]:
    """Return the tables that the schema names, the texts that they name, and what explains both; no file beside them."""
    tables = [entry["path"] for entry in package()["resources"]]
    texts = table("sources").file if with_texts else []
    data = ["datapackage.json", *tables, "README.md", "codebook.md"]
    return [*(root / "data" / name for name in data), *(root / "seeds" / name for name in [*texts, "README.md"])]


def _notebooks(root: Path) -> list[Path]:
    """Return the notebooks to read. Raises ReleaseError when there are two of a number: one may be somebody's own copy."""
    by_number: dict[str, Path] = {}
    for path in sorted((root / "notebooks").glob("[0-9][0-9]-*.ipynb")):
        other = by_number.setdefault(path.name[:2], path)
        if other != path:
            raise ReleaseError(
                f"notebooks/ holds both {other.name} and {path.name}. Move your own copy elsewhere, so that it is not given away."
            )
    return list(by_number.values())


def _without_links(notebook: bytes, missing: Sequence[str]) -> bytes:
    """Return a notebook whose links to exercises that are not there have become plain words."""
    text = notebook.decode("utf-8")
    for name in missing:
        text = re.sub(rf"\[([^\]\n]*)\]\(\.\./exercises/{re.escape(name)}\.ipynb\)", r"\1", text)
    return text.encode("utf-8")


def _without_outputs(notebook: bytes) -> bytes:
    """Return a notebook as it is before it is run."""
    content = json.loads(notebook)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


_ADD_TEXTS = """
## Add the texts

The texts that the pack reads are not in this folder, because their rights belong to others. Whoever holds copies lawfully
puts them in with one command, before or after the first start:

| macOS, Linux | Windows |
|---|---|
| `python3 start.py --texts FOLDER` | `py start.py --texts FOLDER` |

`FOLDER` is where your copies are. Their names do not matter: each text is known by its hash, and what an editor did to line
ends or encoding is mended. Without them you can look at the tables, contrasts, timeline and simulators, and fill in most
exercises; the reader, the coder and questions that ask for a quotation say what is missing. On Binder, upload your copies and
type the command in a terminal there (File, New, Terminal).
"""


def _readme(root: Path, exercises: Sequence[str], texts: bool) -> str:
    reading = "\n".join(f"- [{title(path)}](notebooks/{path.name})" for path in _notebooks(root))
    filling = "\n".join(
        f"- [{title(root / 'exercises' / f'{name}.ipynb')}](exercises/{name}.ipynb)" for name in exercises
    )
    return f"""# Who Commissions? Reading the NHS reforms in England, 2010-11

This is a class bundle: the notebooks, the {"texts and " if texts else ""}tables, and the exercises that whoever teaches you has chosen. The
worked answers are not in it. `nr.hint` gives hints; for an answer, ask whoever gave you this folder.

## Start

You need [Python](https://www.python.org/downloads/) 3.11, 3.12 or 3.13 and about 600 MB of disk. Unzip all of this folder,
open a terminal in it, and type one command:

| macOS, Linux | Windows |
|---|---|
| `python3 start.py` | `py start.py` |

The first start installs everything into a folder called `.venv` beside this file. It takes a minute or two and needs the
network, once. Then JupyterLab opens at notebook 00. Every later start takes a few seconds and works offline. To remove
everything, delete the folder. The folder also holds all that conda (`environment.yml`, then `python postBuild`) and Binder need.
{"" if texts else _ADD_TEXTS}
## Read

{reading}

## Fill in

{filling}

What you write is saved in the notebook, and what you answer in a folder `my-work/` on your own computer. Hand in the notebook
itself, the file that ends in `.ipynb`.

## Rights

The code is under the [MIT licence](LICENSE), the pack's own words and tables are under [CC BY 4.0](LICENSE-CONTENT.md).
Neither covers the five texts, nor quotations from them: see [seeds/README.md](seeds/README.md).
"""


def write(bundle: Bundle, out: Path) -> None:
    """Write a bundle as a folder, or as a zip where the name ends so. Raises ReleaseError when something is there already."""
    place, root = out.resolve(), checkout().resolve()
    if place == root or root in place.parents:
        raise ReleaseError(f"{out} lies in the pack's own folder. Choose a place outside it.")
    if place.exists() and (place.is_file() or any(place.iterdir())):
        raise ReleaseError(f"{out} exists already, and nothing is overwritten. Choose another name.")
    try:
        if out.suffix.lower() == ".zip":
            _write_zip(bundle, place)
            return
        for name, data in bundle.files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(0o755 if name in _RUN else 0o644)
        for folder in (place, *(path for path in place.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
    except OSError as error:
        raise ReleaseError(f"{out} cannot be written: {error.strerror}.") from error


def _write_zip(bundle: Bundle, place: Path) -> None:
    """Write a zip, always the same for the same files."""
    with zipfile.ZipFile(place, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, data in bundle.files.items():
            info = zipfile.ZipInfo(f"{FOLDER}/{name}", (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o100755 if name in _RUN else 0o100644) << 16
            archive.writestr(info, data)
