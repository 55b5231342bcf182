"""How long the suite takes: both lanes side by side, wall and CPU seconds of each, and the slowest tests.

python benchmarks/suite.py                     once
python benchmarks/suite.py --runs 3            three times in a row
python benchmarks/suite.py --runs 1 --busy 2   beside two processes that do nothing but turn

Run it with the Python of .venv-test, on a machine that does nothing else; what stands after the options goes to pytest.
Without --busy this is what `python3 start.py test` does, which prints the summary in place of the seconds.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANES = ("lab", "rest")
SLOWEST = 20


def run(folder: Path, more: list[str]) -> tuple[int, list[str]]:
    """Run both lanes once and print their seconds; return the worse exit code and pytest's lines on slow tests."""
    begun, started = time.perf_counter(), {}
    for lane in LANES:
        command = [sys.executable, "-m", "pytest", f"--lane={lane}", "-q", f"--durations={SLOWEST}", *more]
        # As tests/lanes.py does.
        command += ["-n2"] if lane == "rest" else []
        command += ["-o", f"cache_dir=.pytest_cache/{lane}"]
        with (folder / lane).open("w") as file:
            started[subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file).pid] = lane
    codes = []
    while started:
        # Kernels, servers and browsers are counted with the lane that started them and saw them end.
        pid, status, used = os.wait4(-1, 0)
        if pid in started:
            lane = started.pop(pid)
            codes.append(os.waitstatus_to_exitcode(status))
            wall, cpu = time.perf_counter() - begun, used.ru_utime + used.ru_stime
            last = (folder / lane).read_text().splitlines()[-1]
            print(f"{lane:5} {wall:7.0f} s {cpu:7.0f} s CPU   exit code {codes[-1]}   {last}", flush=True)
    print(f"both  {time.perf_counter() - begun:7.0f} s", flush=True)
    said = "".join((folder / lane).read_text() for lane in LANES)
    return max(codes), re.findall(r"^[\d.]+s (?:call|setup|teardown) .*", said, re.MULTILINE)


def main() -> int:
    """Run the suite as often as asked; return the worst exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="processes that turn beside the suite")
    options, more = parser.parse_known_args()
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(options.busy)]
    worst, slow = 0, []
    try:
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory() as folder:
                code, slow = run(Path(folder), more)
            worst = max(worst, code)
    finally:
        for process in busy:
            process.kill()
    print("\n".join(sorted(slow, key=lambda line: -float(line.split("s ")[0]))[:SLOWEST]))
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
