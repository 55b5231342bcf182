"""Who Commissions? Reading the NHS reforms in England, 2010-11.

Learners write `import nhsreform as nr`. The import is light: each name is loaded when it is first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# A dependency of JupyterLab's compiles 35 grammars when Altair, nbformat or nbval imports jsonschema, only to see
# whether it can check internationalised addresses. Nothing here needs that, and without it the import of Altair is
# three times faster (benchmarks/imports.py; upstream: jsonschema issues 1392 and 1428).
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# Each name a learner sees, and the room it lives in. No name equals a submodule's.
_HOME = {
    "table": "tables",
    "source": "sources",
    "quote": "sources",
    "claims": "stances",
    "positions": "stances",
    "cite": "stances",
    "alt": "charts",
    "save": "work",
    "restore": "work",
    "reader": "widgets",
    "contrast": "widgets",
    "timeline": "widgets",
    "predict": "widgets",
    "recall": "widgets",
    "coder": "widgets",
    "board": "widgets",
    "simulator": "widgets",
    "check": "questions.learner",
    "check_brief": "questions.brief_check",
    "hint": "questions.learner",
    "answer": "questions.learner",
    "progress": "questions.learner",
}

# Rooms that a notebook may enter by name, as in nr.charts.stance_chart(...).
_ROOMS = {"charts", "scenarios"}

__all__ = sorted(_HOME)

if TYPE_CHECKING:
    from nhsreform.charts import alt as alt
    from nhsreform.questions.brief_check import check_brief as check_brief
    from nhsreform.questions.learner import answer as answer
    from nhsreform.questions.learner import check as check
    from nhsreform.questions.learner import hint as hint
    from nhsreform.questions.learner import progress as progress
    from nhsreform.sources import quote as quote
    from nhsreform.sources import source as source
    from nhsreform.stances import cite as cite
    from nhsreform.stances import claims as claims
    from nhsreform.stances import positions as positions
    from nhsreform.tables import table as table
    from nhsreform.widgets import board as board
    from nhsreform.widgets import coder as coder
    from nhsreform.widgets import contrast as contrast
    from nhsreform.widgets import predict as predict
    from nhsreform.widgets import reader as reader
    from nhsreform.widgets import recall as recall
    from nhsreform.widgets import simulator as simulator
    from nhsreform.widgets import timeline as timeline
    from nhsreform.work import restore as restore
    from nhsreform.work import save as save


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if name in _ROOMS:
        return import_module(f"nhsreform.{name}")
    if home is None:
        from nhsreform.paths import nearest

        raise AttributeError(f"nhsreform has no name {name!r}. {nearest(name, __all__)}")
    value = getattr(import_module(f"nhsreform.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
