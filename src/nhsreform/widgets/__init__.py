"""What learners look at and touch: reader, contrast, coder, timeline, simulators, board, predictions and recall.

Light to import: each name is loaded when it is first used, so the Jupyter server can load
the save hook without loading a single widget.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Each name, and the module it lives in. No name equals a module's, or the module would hide it.
_HOME = {
    "Reader": "reading",
    "reader": "reading",
    "Prediction": "predicting",
    "predict": "predicting",
    "Recall": "recalling",
    "recall": "recalling",
    "Contrast": "contrasting",
    "contrast": "contrasting",
    "Timeline": "timelining",
    "timeline": "timelining",
    "Board": "boarding",
    "board": "boarding",
    "Coder": "coding",
    "coder": "coding",
    "Simulator": "simulating",
    "simulator": "simulating",
}

__all__ = sorted(_HOME)

if TYPE_CHECKING:
    from nhsreform.widgets.boarding import Board as Board
    from nhsreform.widgets.boarding import board as board
    from nhsreform.widgets.coding import Coder as Coder
    from nhsreform.widgets.coding import coder as coder
    from nhsreform.widgets.contrasting import Contrast as Contrast
    from nhsreform.widgets.contrasting import contrast as contrast
    from nhsreform.widgets.predicting import Prediction as Prediction
    from nhsreform.widgets.predicting import predict as predict
    from nhsreform.widgets.reading import Reader as Reader
    from nhsreform.widgets.reading import reader as reader
    from nhsreform.widgets.recalling import Recall as Recall
    from nhsreform.widgets.recalling import recall as recall
    from nhsreform.widgets.simulating import Simulator as Simulator
    from nhsreform.widgets.simulating import simulator as simulator
    from nhsreform.widgets.timelining import Timeline as Timeline
    from nhsreform.widgets.timelining import timeline as timeline


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"nhsreform.widgets has no name {name!r}. Known: {', '.join(__all__)}.")
    value = getattr(import_module(f"nhsreform.widgets.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
