"""How long the imports take: nhsreform, Altair with and without the blocked module, and a first chart.

    python benchmarks/imports.py

Each time is the median of fresh processes, so the disk cache is warm. Timings depend on the machine: compare the rows.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 7
CASES = {
    "python alone": "pass",
    "import nhsreform": "import nhsreform",
    "import altair": "import altair",
    "import altair, slow module blocked": "import sys; sys.modules['rfc3987_syntax'] = None; import altair",
    "nr.alt": "import nhsreform as nr; nr.alt",
    "nr.table('claims')": "import nhsreform as nr; nr.table('claims')",
    "nr.quote(...)": "import nhsreform as nr; nr.quote('the right policy direction')",
}


def seconds(code: str) -> float:
    """Return how long a fresh Python takes for `code`, as the median of RUNS."""
    taken = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


if __name__ == "__main__":
    print(f"{'case':<38}{'seconds':>8}")
    results = {name: seconds(code) for name, code in CASES.items()}
    for name, value in results.items():
        print(f"{name:<38}{value:>8.2f}")
    blocked, open_ = results["import altair, slow module blocked"], results["import altair"]
    print(f"\nAltair without the slow module: {open_ / blocked:.1f} times as fast.")
