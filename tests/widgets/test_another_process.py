"""Every widget says the same in another process: nbval compares what it says with what is committed."""

import json
import re
import subprocess
import sys

import pytest

from nhsreform.widgets.simulator.scenarios import SCENARIOS

pytestmark = pytest.mark.slow

SHOWN = {
    "board": "nr.board()",
    "coder": "nr.coder()",
    "contrast": "nr.contrast('patient-care')",
    "outcomes": "nr.outcomes()",
    "prediction": "nr.predict('01.1')",
    "choice": "nr.predict('01.3')",
    "recall": "nr.recall(3)",
    "structure": "nr.structure()",
    "timeline": "nr.timeline('2011-11-30')",
    "reader": "nr.reader('walk-away', revealed=True)",
    **{f"simulator of {name}": f"nr.simulator({name!r})" for name in SCENARIOS},
}


@pytest.fixture(scope="module")
def runs():
    """What each widget says in two processes with another hashing each: [{widget: its sentence and its HTML}]."""
    lines = [f"shown = {made}; said[{name!r}] = f'{{shown}} {{shown.fallback()}}'" for name, made in SHOWN.items()]
    code = "\n".join(["import json, nhsreform as nr", "said = {}", *lines, "print(json.dumps(said))"])
    environment = {"PATH": "", "NHSREFORM_WORK": "/nonexistent/empty"}
    return [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", code],
                env=environment | {"PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
            ).stdout
        )
        for seed in ("1", "2")
    ]


@pytest.mark.parametrize("name", SHOWN)
def test_the_same_in_another_process(runs, name):
    first, second = (run[name] for run in runs)
    assert first == second
    assert not re.search(r"0x[0-9a-f]{6}|[0-9a-f]{32}", first), "an address or an id of a model"
