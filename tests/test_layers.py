"""The rooms of the package, bottom up: a module may import from rooms below its own, never above."""

import ast
import subprocess
import sys
from importlib import import_module

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "src" / "nhsreform"
# What every floor may use, and then the six floors, from the ground up.
FLOORS = [
    {"errors"},
    {"checkout", "text"},
    {"data", "work", "notebooks"},
    {"debate", "questions", "reliability"},
    {"widgets"},
    {"marking", "publish"},
    {"commands"},
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(path):
    """Return (line, room) for every import of the package's own rooms in a module."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            parts = node.module.split(".")
            if parts == ["nhsreform"]:
                found += [(node.lineno, alias.name) for alias in node.names]
            elif parts[0] == "nhsreform":
                found.append((node.lineno, parts[1]))
        elif isinstance(node, ast.Import):
            found += [
                (node.lineno, alias.name.split(".")[1]) for alias in node.names if alias.name.startswith("nhsreform.")
            ]
    return found


def test_imports_only_point_down():
    """Between rooms; within a room a module may use its neighbours."""
    wrong = []
    for path in modules():
        room = room_of(path)
        for line, other in imported_rooms(path):
            if other != room and not LEVEL.get(other, 99) < LEVEL.get(room, -1):
                wrong.append(f"{path.relative_to(PACKAGE)}:{line} imports {other}, which is on no floor below {room}")
    assert not wrong, "\n".join(wrong)


def test_importing_the_package_is_light():
    heavy = [
        "pandas",
        "numpy",
        "altair",
        "ipywidgets",
        "anywidget",
        "IPython",
        "nbformat",
        "docx",
        "mistune",
        "bs4",
        "jinja2",
    ]
    code = f"import sys, nhsreform; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_loads_and_none_hides_a_module():
    import nhsreform as nr

    names = {path.stem for path in PACKAGE.glob("*.py")} | {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    for name in nr.__all__:
        assert getattr(nr, name) is getattr(import_module(nr._HOME[name]), name)
        assert name not in names
        assert name in dir(nr)


def test_an_unknown_name_lists_the_nearest():
    import nhsreform as nr

    with pytest.raises(AttributeError, match="Did you mean claims"):
        _ = nr.clams
