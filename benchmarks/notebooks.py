"""How long the notebooks take under strict nbval, one by one and all together with two workers.

python benchmarks/notebooks.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def seconds(*arguments: str) -> float:
    """Return how long pytest takes. Stops when a notebook fails: a failing run would not be comparable."""
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout[-2000:])
    return time.perf_counter() - begin


if __name__ == "__main__":
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        print(f"{path.name:<40}{seconds(str(path)):>8.1f} s", flush=True)
    print(f"{'all, one worker':<40}{seconds('notebooks'):>8.1f} s", flush=True)
    print(f"{'all, two workers':<40}{seconds('-n', '2', 'notebooks'):>8.1f} s", flush=True)
