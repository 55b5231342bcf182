"""Who Commissions? Reading the NHS reforms in England, 2010-11.

Learners write `import nhsreform as nr`. The import is light: each name is loaded when it is first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

# A dependency of JupyterLab's compiles 35 grammars when Altair, nbformat or nbval imports jsonschema, only to see
# whether it can check internationalised addresses. Nothing here needs that, and without it the import of Altair is
# three times faster (benchmarks/imports.py; upstream: jsonschema issues 1392 and 1428).
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

_LINES = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8").splitlines()
# Each name a learner sees, and the module it comes from; and modules that a notebook may enter by name, as in nr.charts.
_HOME = {line.split()[-1]: line.split()[1] for line in _LINES if line.startswith("from ")}
_MODULES = {line.split()[-1]: line.split()[1] for line in _LINES if line.startswith("import ")}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _HOME:
        from nhsreform.errors import nearest

        raise AttributeError(f"nhsreform has no name {name!r}. {nearest(name, __all__)}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: Any) -> None:
    """Let a notebook say a beginner's errors in one sentence, and tell which cell that sets an answer ended in one."""
    from nhsreform.questions.cell_errors import watch

    watch(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})


# In a notebook, and nowhere else, IPython is loaded already and has a shell.
_shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
if _shell is not None:
    load_ipython_extension(_shell)
