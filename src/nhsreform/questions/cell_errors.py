"""In a notebook: which cell that sets an answer ended in an error, and a beginner's error said in one sentence.

`import nhsreform` calls `watch` where there is a notebook. Nothing here runs a learner's code or changes a value.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from nhsreform.errors import PackError
from nhsreform.questions.answer_cells import call_in, elsewhere, slips, variable_like, variables_set, worked_out_in

_VARIABLE = re.compile(r"q(\d+)_(\d+)")
_OURS = re.compile(r"\bnr\b|\bnhsreform\b|\bq\d+_\d+\b")
UNDO = "Undo what you changed last in this cell. `%tb` in a cell of its own shows all that Python has to say."
MEND = "Mend that cell and run it, and then this one."
# A call for a question: of a public name, however it is spelt.
_ASKS = re.compile(r"\w+\(\W*q?\d+[._]\d+")
IMPORT = (
    "The pack is not loaded yet. Run the first cell, `import nhsreform as nr`: click in it and press Shift + Enter. Then run "
    "this cell again."
)


class _Watch:
    """What became of the cells of one notebook.

    stale: {variable: why its value is an earlier one than the last cell was to give it}. worked_out: {variable: what
    Python worked out in the cell that set it}.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.cell, self.cell_id = "", None
        self.stale: dict[str, str] = {}
        self.worked_out: dict[str, str] = {}
        shell.events.register("pre_run_cell", self._begins)
        shell.events.register("post_run_cell", self._ended)
        self._show = shell._showtraceback
        shell._showtraceback = self._shown
        shell.prefilter_manager.register_checker(_NoMagic(shell))

    def _begins(self, info: Any) -> None:
        self.cell, self.cell_id = str(info.raw_cell or ""), getattr(info, "cell_id", None)

    def _ended(self, result: Any) -> None:
        cell = str(getattr(result.info, "raw_cell", "") or "")
        error = result.error_before_exec or result.error_in_exec
        sets = variables_set(cell)
        missed = elsewhere(cell, self.cell_id) | slips(cell)
        for name in sets | set(missed):
            self.stale.pop(name, None)
            if name not in sets:
                self.stale[name] = missed[name]
            elif error is not None:
                self.stale[name] = f"The cell that sets {name} last ended in an error ({type(error).__name__})."
            else:
                self.worked_out[name] = worked_out_in(cell, name)
        if error is None:
            self._without_brackets(cell)
        self.cell, self.cell_id = "", None

    def _without_brackets(self, cell: str) -> None:
        """Say what is missing in a cell that names something to do and does not do it: Python shows what it is made of."""
        named = re.fullmatch(r"\s*nr\.(\w+)\s*", cell)
        if named and named[1] in sys.modules["nhsreform"].__all__ and "nr" in self.shell.user_ns:
            print(f"Type brackets after it: nr.{named[1]}(). With `?` in their place it tells you what goes in.")

    def _shown(self, kind: Any, error: Any, lines: list[str]) -> None:
        """Show an error as IPython does; one of a beginner's by its last line and a sentence."""
        try:
            missed = slips(self.cell) or elsewhere(self.cell, self.cell_id)
            ours = not isinstance(error, PackError)
            sentence = said(error, self.cell, self.shell.user_ns, missed, self.stale) if ours else ""
        except Exception:
            sentence = ""
        if sentence:
            lines = [f"{kind.__name__}{_line(error, self.cell)}: {_words(error)}\n", sentence]
        self._show(kind, error, lines)


class _NoMagic:
    """Keeps a public name that is typed without `nr.` from IPython, which has commands of the names save and recall.

    IPython would take `save()` for its own %save, and write a file. Its other commands go without % as before, since many
    learners type `pip install` or `ls`; and %save does what it did. IPython asks what has an `enabled` and a `check` which
    handler gets a line, in the order of `priority`: its own that looks for commands is at 700.
    """

    enabled, priority = True, 690

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def check(self, line: Any) -> Any:
        ours = not line.esc and line.ifun.partition(".")[0] in _public()
        return self.shell.prefilter_manager.get_handler_by_name("normal") if ours else None


_watch: _Watch | None = None


def watch(shell: Any) -> None:
    """Begin to watch a notebook's cells; a second call changes nothing."""
    global _watch
    if _watch is None or _watch.shell is not shell:
        _watch = _Watch(shell)


def earlier(variable: str) -> str:
    """Return why the value of a variable, in the cell that runs, is an earlier one than it was to have; "" when it is not."""
    if _watch is None or not re.search(rf"\b{variable}\b", _watch.cell) or variable in variables_set(_watch.cell):
        return ""
    return slips(_watch.cell).get(variable) or _watch.stale.get(variable, "")


def worked_out(variable: str) -> str:
    """Return what Python worked out in the cell that set a variable, as it was typed; "" for nothing."""
    if _watch is None or not re.search(rf"\b{variable}\b", _watch.cell):
        return ""
    return worked_out_in(_watch.cell, variable) or _watch.worked_out.get(variable, "")


def given_instead(question_id: str, variable: str) -> str:
    """Return the variable of another question that the cell which runs gives to this one, or ""."""
    asked = re.escape(question_id)
    named = re.search(rf"check\(\s*[\"']{asked}[\"']\s*,\s*(q\d+_\d+)\s*\)", _watch.cell if _watch else "")
    return named[1] if named and named[1] != variable else ""


def said(
    error: BaseException, cell: str, names: dict[str, Any], missed: Mapping[str, str], stale: Mapping[str, str]
) -> str:
    """Return one sentence, or a few, on what to type instead, for an error of a cell; "" where the pack has no part in it.

    names: what the notebook's names stand for. missed: see answer_cells. stale: see _Watch.
    """
    if isinstance(error, NameError):
        pack = _pack(str(error.name), cell, names)
        if pack:
            return pack
    bare = re.match(r"\s*(\w+)\s*[(\"'\d]", str(error.text or "")) if isinstance(error, SyntaxError) else None
    if bare and bare[1] in _public():
        return f"Type nr. before {bare[1]}, and what goes in between round brackets after it: nr.{bare[1]}(...)."
    sets = sorted(variables_set(cell))
    if not (_OURS.search(cell) or missed) or isinstance(error, KeyboardInterrupt | SystemExit):
        return ""
    if missed and not sets:
        return next(iter(missed.values()))
    if isinstance(error, SyntaxError):
        why = _syntax(error, cell)
    elif isinstance(error, NameError):
        why = _name(str(error.name), cell, names, bool(sets), stale)
    elif isinstance(error, KeyError):
        why = _key(error)
    elif isinstance(error, AttributeError) and error.name:
        known = [name for name in dir(error.obj) if not name.startswith("_")]
        why = f"There is no {error.name} there.{_near(error.name, known)}"
    elif isinstance(error, TypeError):
        why = _type(str(error), cell)
    elif isinstance(error, ModuleNotFoundError) and re.match(r"nr\b|nhs", str(error.name), re.IGNORECASE):
        why = "The line that loads the pack is `import nhsreform as nr`, in small letters."
    else:
        why = UNDO
    return f"{why} {_form(sets[0])}" if sets else why


def _public() -> list[str]:
    """Return the names that the pack offers, and the modules that a notebook may enter by name."""
    pack = sys.modules["nhsreform"]
    return [*pack.__all__, *pack._MODULES]


def _pack(name: str, cell: str, names: dict[str, Any]) -> str:
    """Return what to say of a name that stands for nothing, where it is the pack's, or one of the pack's without `nr.`."""
    exact = name in _public()
    if name.casefold() in ("nr", "nhsreform"):
        return IMPORT if "nr" not in names else "The pack is called nr here, in small letters, as in nr.progress()."
    public = {one.casefold(): one for one in _public()}
    public |= {f"nr_{one}": name for one, name in public.items()}
    call = call_in(cell, name)
    close = get_close_matches(name.casefold(), public, n=1, cutoff=0.8) if _ASKS.match(call) else []
    meant = public.get(name.casefold()) or (public[close[0]] if close else "")
    if call and meant:
        return f"You mean nr.{meant}{call.removeprefix(name)}: the pack's names begin with nr."
    if not exact or variables_set(cell) or _is_word(name, cell):
        return ""
    if cell.strip() == name:
        return f"You mean nr.{name}(): the pack's names begin with nr."
    if name in sys.modules["nhsreform"]._MODULES:
        return f"You mean nr.{name}: the pack's names begin with nr."
    return (
        f"Nothing is called {name} here. Run the cell that sets it first; if you mean the pack's own, type nr.{name}()."
    )


def _form(variable: str) -> str:
    """Return a sentence on the form of an answer, and that the one from before stands."""
    from nhsreform.questions import key

    match = _VARIABLE.fullmatch(variable)
    try:
        form = key.question(f"{match[1]}.{match[2]}").form() if match else ""
    except PackError:
        form = ""
    return f"{form} {variable} is as it was before. Mend the cell and run it again.".strip()


def _words(error: BaseException) -> str:
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join(str(words).split())[:300]


def _line(error: BaseException, cell: str) -> str:
    """Return " in line 2" where a cell has more than one, or ""."""
    numbers = [error.lineno] if isinstance(error, SyntaxError) else []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "__main__":
            numbers.append(trace.tb_lineno)
        trace = trace.tb_next
    return f" in line {numbers[-1]}" if numbers and "\n" in cell.strip() else ""


def _near(name: str, known: list[str]) -> str:
    folded = {one.casefold(): one for one in known}
    # A name that differs by its capitals alone leaves no choice.
    same = [folded[name.casefold()]] if name.casefold() in folded else []
    close = same or [folded[one] for one in get_close_matches(name.casefold(), list(folded), n=2, cutoff=0.6)]
    return f" Did you mean {' or '.join(close)}?" if close else ""


def _name(name: str, cell: str, names: dict[str, Any], is_answer: bool, stale: Mapping[str, str]) -> str:
    """Return what to say of a name that stands for nothing."""
    if name in stale:
        return f"{name} is not set yet. {stale[name]} {MEND}"
    if _VARIABLE.fullmatch(name):
        return f"{name} is not set yet. Run the cell that begins with `{name} =` first, and then this one."
    apart = re.search(rf"\b{re.escape(name)}\s*[-.]\s*\w+", cell)
    variable = variable_like(name) or (variable_like(apart[0]) if apart else "")
    if variable:
        return f"The question reads {variable}. Type {variable} in place of {apart[0] if apart else name}."
    near = _near(name, [known for known in names if not known.startswith("_")])
    if near and not is_answer:
        return (
            f'Nothing is called {name} here.{near} If it is a word and not a name, put it in quotation marks: "{name}".'
        )
    if is_answer or _is_word(name, cell):
        return f'Python takes {name} for the name of something. Put words and letters in quotation marks: "{name}".'
    return f'Nothing is called {name} here. Run the cell that sets it first; a word has quotation marks: "{name}".'


def _is_word(name: str, cell: str) -> bool:
    """Return whether a name stands where a word in quotation marks may: in brackets, alone or in a list."""
    return bool(re.search(rf"[(\[,=]\s*{re.escape(name)}\s*[)\],]", cell))


def _key(error: KeyError) -> str:
    """Return what to say of a name that a table, or a dictionary, does not have."""
    asked = re.findall(r"'([^']+)'", str(error)) or [str(error).strip("'\"")]
    known: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        where = trace.tb_frame.f_locals.get("self")
        kinds = {base.__name__ for base in type(where).__mro__}
        if "Index" in kinds:
            known = [str(one) for one in where]  # type: ignore[union-attr]
        elif "DataFrame" in kinds and not known:
            known = [str(one) for one in where.columns]  # type: ignore[union-attr]
        trace = trace.tb_next
    missing = next((one for one in asked if one not in known), asked[0])
    near = _near(missing, known)
    choice = "" if near or not known else f" There are: {', '.join(known[:8])}{', ...' if len(known) > 8 else ''}."
    return f"There is no {missing!r} in it; small and capital letters count.{near}{choice}"


def _type(words: str, cell: str) -> str:
    """Return what to say of something that was given the wrong things, or used for what it is not."""
    asked = re.search(r"\(\W*q?(\d+)[._](\d+)", cell)
    exercise, number = asked.groups() if asked else ("1", "1")
    if words.startswith("check()"):
        variable = f"q{exercise}_{number}"
        return f'Give the question, and after a comma the name of your answer: nr.check("{exercise}.{number}", {variable}).'
    if words.startswith(("hint() missing", "answer() missing")):
        return f'Give the number of the question in quotation marks, as in nr.{words.partition("(")[0]}("1.1").'
    if words.startswith("'function' object is not subscriptable"):
        return 'Type round brackets after a name that does something, and no square ones, as in nr.hint("1.1").'
    if "argument" in words:
        return "Give what the brackets after the name ask for, no more and no less; `?` after the name tells you, as in nr.cite?"
    return UNDO


def _syntax(error: SyntaxError, cell: str) -> str:
    """Return what to say of a cell that Python cannot read."""
    message, line = str(error.msg), str(error.text or "")
    if "incomplete input" in message:
        # IPython asks Python only whether more is to come.
        try:
            ast.parse(cell)
        except SyntaxError as whole:
            message = str(whole.msg)
    apart = re.search(r"(?<![\w.\"'])q\d+[.-]\d+", line)
    variable = variable_like(apart[0]) if apart else ""
    if apart and variable:
        return f"A name has an underscore here: {variable}, and not {apart[0]}."
    call = re.match(r"\s*nr(?:\.|\s+)(\w+)\s*(\(?)", line)
    if call and call[1] in _public() and not line.strip().startswith(f"nr.{call[1]}("):
        return f"Type a point after nr and round brackets after {call[1]}: nr.{call[1]}(...)."
    if re.fullmatch(r"\s*q\d+_\d+\s*=\s*(?:#.*)?", line):
        return "Nothing stands after the sign =. Type your answer there."
    if re.search(r"=\s*'[^'\"]*\w'\w[^'\"]*'\s*$", line):
        return 'An apostrophe ends words in single quotation marks. Begin and end them with double ones, as in "word".'
    if re.search(r"=\s*\"[^\"]*\"[^\",\]]*\w[^\",\]]*\"[^\"]*\"\s*$", line):
        return "Double quotation marks inside your words end them. Take those inside out, or make them single ones."
    odd = re.search(r"invalid (?:non-printable )?character (?:'(.+?)' )?\(?(U\+[0-9A-F]+)", message)
    value = line.partition("=")[2].strip()
    if "unterminated" in message:
        return 'A quotation mark is missing: words begin and end with one, as in "word".'
    if odd and odd[1] in tuple("“”‘’„‚«»"):
        return f'Type straight quotation marks, as in "word": {odd[1]} is one that word processors set.'
    if odd:
        return (
            f"Take out the sign {odd[1] or ''} ({odd[2]}): a number stands alone, and words stand in quotation marks."
        )
    if re.match(r"[-+]?\d[\d.]*\s*(?:%|per\b)", value):
        return f"Write the number alone, without a percent sign: {re.match(r'[-+]?[0-9.]+', value)[0]}."  # type: ignore[index]
    if "leading zeros" in message or "invalid decimal literal" in message:
        return "Write a number in digits alone: no comma, no unit, and decimals with a point, as in 2200 or 0.5."
    if "was never closed" in message:
        return f"A bracket is opened and never closed: {message}. Put the other one at the end."
    if "unmatched" in message or "does not match" in message:
        return f"A bracket is too many, or of another kind than the one it closes: {message}."
    if isinstance(error, IndentationError):
        return "Begin the line at the left edge, without blanks before it."
    if "comma" in message:
        return 'Put a comma between the items, and words in quotation marks: ["one", "two"].'
    return 'Python cannot read this. Words stand in quotation marks, as in "word"; numbers without.'
