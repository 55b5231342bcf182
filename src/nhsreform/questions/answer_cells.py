"""What a cell does to the variable of a question: it sets it, or was meant to and does something else. No cell is run here."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from nhsreform.errors import PackError
from nhsreform.text.files import read_text

# For cells that Python cannot read as a whole.
_SETS = re.compile(r"^[ \t]*(q\d+_\d+)[ \t]*(?:[-+*/|&]|:[^=\n]+)?=(?![=>:])", re.MULTILINE)
_LINE = re.compile(
    r"^[ \t]*(q[\w .,\u2010-\u2015-]*?|\d+[._]\d+)[ \t]*(=[=:>]|:=|=|:|(?=[\"'\u2018-\u201f\[{]))", re.MULTILINE | re.I
)
# What one may type for the name of a variable; letters may stand for figures that look like them.
_LIKE_A_VARIABLE = re.compile(r"(?:q[\W_]*)?[\dlio][\dlio\W_]*", re.IGNORECASE)
_FIGURES = str.maketrans({"l": "1", "i": "1", "o": "0"})


def variables_set(cell: str) -> set[str]:
    """Return the variables of questions that a cell sets.

    >>> sorted(variables_set("q1_1 = 'q1_2 = 3'; q1_4: int; q1_5 += 1"))
    ['q1_1', 'q1_5']
    """
    tree = _tree(cell)
    names = _SETS.findall(cell) if tree is None else _stored(tree)
    return {name for name in names if re.fullmatch(r"q\d+_\d+", name)}


def slips(cell: str) -> dict[str, str]:
    """Return {variable: what was typed in its place, and what to type}, for each variable that a cell misses by a little.

    Whether it sets that too is another question: see variables_set.
    """
    tree = _tree(cell)
    meant = {}
    for typed, sign in _LINE.findall(cell) if tree is None else _almost(tree):
        variable = variable_like(typed)
        if variable and variable not in meant:
            meant[variable] = _said(typed.strip(), sign, variable)
    return {variable: sentence for variable, sentence in meant.items() if sentence}


def variable_like(typed: str) -> str:
    """Return the variable of a question that a name is like: by its figures alone; "" for none, or for more than one.

    >>> [variable_like(typed) for typed in ("Q1_1", "q1_l", "q11", "q1__1", "q1.1", "1.1", "quote", "q99")]
    ['q1_1', 'q1_1', 'q1_1', 'q1_1', 'q1_1', 'q1_1', '', '']
    """
    if not _LIKE_A_VARIABLE.fullmatch(typed.strip()):
        return ""
    from nhsreform.questions import key

    try:
        known = [str(stored["variable"]) for stored in key.questions().values()]
    except PackError:
        return ""
    asked = _figures(typed)
    alike = [variable for variable in known if typed == variable] or [
        variable for variable in known if _figures(variable) == asked
    ]
    return alike[0] if len(alike) == 1 else ""


def elsewhere(cell: str, cell_id: str | None) -> dict[str, str]:
    """Return {variable: what the cell sets instead} for the answer cell of a question; {} for any other cell.

    Only the notebook's own file says which cell that is.
    """
    tree = _tree(cell)
    variable = _variable_of(cell_id) if cell_id else ""
    if not variable or tree is None or not tree.body or variable in variables_set(cell):
        return {}
    last, names = tree.body[-1], _stored(tree)
    if names:
        return {
            variable: f"You set {names[-1]} in the cell of this question, which reads {variable}. {_type(variable)}"
        }
    # To call something, such as a hint, is no answer.
    bare = isinstance(last, ast.Expr) and not isinstance(last.value, ast.Call)
    return {variable: f"You gave no name in the cell of this question. {_type(variable)}"} if bare else {}


def worked_out_in(cell: str, variable: str) -> str:
    """Return what Python works out in the cell that sets a variable, of what is all typed there; "" for nothing.

    >>> worked_out_in("q1_4 = 3-4", "q1_4"), worked_out_in("q1_4 = n - 4", "q1_4"), worked_out_in("q1_4 = -4", "q1_4")
    ('3-4', '', '')
    >>> worked_out_in("q1_5 = 'b' and 'd'", "q1_5")
    "'b' and 'd'"
    """
    tree = _tree(cell)
    for line in reversed(tree.body if tree else []):
        if isinstance(line, ast.Assign) and any(_is(target, variable) for target in line.targets):
            parts = [part for part in ast.walk(line.value) if isinstance(part, ast.BinOp | ast.BoolOp) and _typed(part)]
            return (ast.get_source_segment(cell, parts[0]) or "") if parts else ""
    return ""


def call_in(cell: str, name: str) -> str:
    """Return the first call of a name as it stands in a cell, shortened; "" when it is not called.

    >>> call_in('hint("1.1")', "hint"), call_in("save", "save")
    ('hint("1.1")', '')
    """
    for part in ast.walk(_tree(cell) or ast.Module([], [])):
        if isinstance(part, ast.Call) and _is(part.func, name):
            call = ast.get_source_segment(cell, part) or ""
            return call if "\n" not in call and len(call) <= 60 else f"{name}(...)"
    return ""


def _tree(cell: str) -> ast.Module | None:
    """Return a cell as Python reads it, without IPython's own lines; None where Python cannot."""
    for text in (cell, re.sub(r"^[ \t]*(?:[%!?].*|.*\?[ \t]*)$", "", cell, flags=re.MULTILINE)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _stored(tree: ast.Module) -> list[str]:
    """Return the names that a cell sets, in order."""
    unset = [part.target for part in ast.walk(tree) if isinstance(part, ast.AnnAssign) and part.value is None]
    names = [part for part in ast.walk(tree) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
    return [part.id for part in sorted(names, key=lambda part: part.lineno) if part not in unset]


def _almost(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (name, sign) for each line that sets a name, or has another sign where that would."""
    for name in _stored(tree):
        yield name, "="
    for line in tree.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is None:
            yield line.target.id, ":"
        compared = line.value if isinstance(line, ast.Expr) else None
        if (
            isinstance(compared, ast.Compare)
            and isinstance(compared.left, ast.Name)
            and type(compared.ops[0]) is ast.Eq
        ):
            yield compared.left.id, "=="


def _said(typed: str, sign: str, variable: str) -> str:
    """Return what was typed instead of a variable and a sign, and what to type; "" for the right ones."""
    if re.search(r"[^\w ]", typed):
        return f"A name has an underscore here: {variable}, and not {typed}. {_type(variable)}"
    if typed != variable:
        return f"You typed {typed}; the question reads {variable}. {_type(variable)}"
    if sign == "==":
        return f"The sign == after {variable} asks whether two things are equal, and sets nothing. {_type(variable)}"
    if sign == ":":
        return f"A colon after {variable} sets nothing. {_type(variable)}"
    if sign == "=":
        return ""
    return f"{'The sign = is missing' if not sign else f'Type =, and not {sign},'} after {variable}. {_type(variable)}"


def _type(variable: str) -> str:
    return f"Type {variable} = and then your answer."


def _figures(name: str) -> str:
    """Return what counts when names are held side by side: the figures, and letters that look like them.

    >>> _figures("Q_1l.O")
    '110'
    """
    return re.sub(r"[\W_]", "", name.casefold().lstrip("q").translate(_FIGURES))


def _is(part: ast.expr, name: str) -> bool:
    return isinstance(part, ast.Name) and part.id == name


def _typed(part: ast.expr) -> bool:
    """Return whether a part is figures with signs between them, or anything with "and" or "or" between."""
    if isinstance(part, ast.BoolOp):
        return all(isinstance(value, ast.Constant) for value in part.values)
    if isinstance(part, ast.BinOp):
        return _typed(part.left) and _typed(part.right)
    return isinstance(part, ast.Constant) and type(part.value) in (int, float)


def _variable_of(cell_id: str) -> str:
    """Return the variable of the question whose answer a cell of this notebook is to hold, or ""."""
    # Jupyter's server names the notebook to the kernels that it starts; they run in its folder.
    notebook = Path.cwd() / PurePosixPath(os.environ.get("JPY_SESSION_NAME", "").replace("\\", "/")).name
    try:
        cells = json.loads(read_text(notebook))["cells"]
        tags, question = next(
            (cell["metadata"].get("tags", []), cell["metadata"]["nhsreform"]["question"])
            for cell in cells
            if cell.get("id") == cell_id
        )
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return ""
    return variable_like(f"q{question}".replace(".", "_")) if "answer" in tags else ""
