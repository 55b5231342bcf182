"""Who Commissions? Reading the NHS reforms in England, 2010-11.

Learners write `import nhsreform as nr`. The import is light: each name is loaded when it is first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

# A dependency of JupyterLab's compiles 35 grammars when Altair, nbformat or nbval imports jsonschema, only to see
# whether it can check internationalised addresses. Nothing here needs that, and without it the import of Altair is
# three times faster (benchmarks/imports.py; upstream: jsonschema issues 1392 and 1428).
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def _in_the_way() -> str:
    """Return the name of a file in the current folder that Python takes for a library of its name, or ""."""
    if not {"", str(Path.cwd())} & set(sys.path):
        return ""
    elsewhere = [path for path in sys.path if path not in ("", str(Path.cwd()))]
    for file in sorted(Path.cwd().glob("*.py")):
        # What was loaded before from its own place is safe.
        loaded = file.stem in sys.modules and getattr(sys.modules[file.stem], "__file__", "") != str(file)
        if not loaded and (file.stem in sys.stdlib_module_names or PathFinder.find_spec(file.stem, elsewhere)):
            return file.name
    return ""


if _file := _in_the_way():
    raise ImportError(
        f"The file {_file} beside this notebook takes the place of the library {_file.removesuffix('.py')}, so the pack cannot "
        f"be loaded. Give the file another name, such as my_{_file}; then choose Kernel, Restart Kernel."
    )

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
    # What the pack is made of is no learner's business: it would be offered for a misspelt name, and after Tab.
    return sorted({*(name for name in globals() if name.startswith("__")), *__all__, *_MODULES})


# In a notebook, and nowhere else, IPython is loaded already and has a shell.
_shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
if _shell is not None:
    load_ipython_extension(_shell)
