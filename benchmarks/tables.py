"""How long the tables take to load, and the bare import. Type: python benchmarks/tables.py.

Every number comes from processes of their own, because a second load in one process is answered from memory: the
median of seven, with the fastest and the slowest. One more process runs first, unmeasured, so that compiled modules
are in place. Aim: every table in well under 0.5 s once pandas is in.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys

RUNS = 7

IMPORT = """
import time
began = time.perf_counter()
import nhsreform
print(time.perf_counter() - began)
"""
LOAD = """
import time
import pandas
began = time.perf_counter()
from nhsreform.data import tables
for name in tables.names():
    tables.table(name)
print(time.perf_counter() - began)
"""
SIZE = "from nhsreform.data import tables; print(*(len(tables.table(name)) for name in tables.names()))"


def fresh(code: str) -> str:
    """Return what a new Python prints. Raises CalledProcessError when it fails."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def timed(code: str) -> str:
    """Return the median of RUNS processes in seconds, with the range."""
    seconds = [float(fresh(code)) for _ in range(RUNS)]
    return f"{statistics.median(seconds):.3f} s ({min(seconds):.3f} to {max(seconds):.3f}, {RUNS} processes)"


def main() -> None:
    """Print both times."""
    rows = [int(number) for number in fresh(SIZE).split()]
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores")
    print(f"import nhsreform: {timed(IMPORT)}")
    print(f"{len(rows)} tables, {sum(rows):,} rows, once pandas is in: {timed(LOAD)}")


if __name__ == "__main__":
    main()
