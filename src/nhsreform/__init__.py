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

# Each name a learner sees, and the module it lives in. No name equals a room's.
_HOME = {
    "table": "data.tables",
    "source": "data.sources",
    "quote": "data.sources",
    "claims": "debate.select",
    "positions": "debate.select",
    "cite": "debate.select",
    "alt": "debate.charts",
    "save": "work.store",
    "restore": "work.store",
    "reader": "widgets.reader.reader",
    "contrast": "widgets.contrast.contrast",
    "timeline": "widgets.timeline.timeline",
    "predict": "widgets.prediction.prediction",
    "recall": "widgets.recall.recall",
    "coder": "widgets.coder.coder",
    "board": "widgets.board.board",
    "simulator": "widgets.simulator.simulator",
    "check": "questions.learner",
    "check_brief": "questions.brief_check",
    "hint": "questions.learner",
    "answer": "questions.learner",
    "progress": "questions.learner",
}

# Rooms that a notebook may enter by name, as in nr.charts.stance_chart(...).
_ROOMS = {"charts": "debate.charts", "scenarios": "widgets.simulator.scenarios"}

__all__ = sorted(_HOME)

if TYPE_CHECKING:
    from nhsreform.data.sources import quote as quote
    from nhsreform.data.sources import source as source
    from nhsreform.data.tables import table as table
    from nhsreform.debate.charts import alt as alt
    from nhsreform.debate.select import cite as cite
    from nhsreform.debate.select import claims as claims
    from nhsreform.debate.select import positions as positions
    from nhsreform.questions.brief_check import check_brief as check_brief
    from nhsreform.questions.learner import answer as answer
    from nhsreform.questions.learner import check as check
    from nhsreform.questions.learner import hint as hint
    from nhsreform.questions.learner import progress as progress
    from nhsreform.widgets.board.board import board as board
    from nhsreform.widgets.coder.coder import coder as coder
    from nhsreform.widgets.contrast.contrast import contrast as contrast
    from nhsreform.widgets.prediction.prediction import predict as predict
    from nhsreform.widgets.reader.reader import reader as reader
    from nhsreform.widgets.recall.recall import recall as recall
    from nhsreform.widgets.simulator.simulator import simulator as simulator
    from nhsreform.widgets.timeline.timeline import timeline as timeline
    from nhsreform.work.store import restore as restore
    from nhsreform.work.store import save as save


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if name in _ROOMS:
        return import_module(f"nhsreform.{_ROOMS[name]}")
    if home is None:
        from nhsreform.errors import nearest

        raise AttributeError(f"nhsreform has no name {name!r}. {nearest(name, __all__)}")
    value = getattr(import_module(f"nhsreform.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
