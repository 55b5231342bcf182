"""How long marking a class takes, and how much memory: 300 students by every exercise there is.

    python benchmarks/marking.py [--students 300] [--jobs 2] [--subset 24] [--nbgrader PYTHON]

The class is made up from the real exercises: right, wrong, blank and broken notebooks, no two files alike. A subset of it
(without the broken ones, which would cost the others their time-outs) is then run under nbval with two workers; and by
`nbgrader autograde`, where --nbgrader names the Python of an environment that has nbgrader, pandas and filelock. nbval's and
nbgrader's own start is measured on a class of one and taken off, in their favour. Timings depend on the machine and on what
else it does: compare the rows.

From the pack's folder, with the test environment (`python3 start.py test` makes it; nbval is in it), all of it is

    python3 -m venv /tmp/nbgrader && /tmp/nbgrader/bin/pip install nbgrader pandas filelock
    nice -n 10 .venv-test/bin/python benchmarks/marking.py --nbgrader /tmp/nbgrader/bin/python

and the same in small, in a few minutes: `--students 30 --subset 8`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.marking.made_up_notebooks import (  # noqa: E402
    EXERCISES,
    as_bytes,
    code,
    question_of,
    tags_of,
    untouched,
    with_answers,
    worked,
    wrong,
)


@dataclass
class Cost:
    """What a command cost: wall and processor seconds of it and all its children, and the peak of their memory together."""

    wall: float
    cpu: float
    peak: int = 0


def broken(name: str, number: int) -> dict[str, object] | bytes:
    """Return a notebook that something happened to."""
    first = f"{int(name[:2])}.1"
    kind = number % 4
    if kind == 0:
        return with_answers(name, {first: "1 / 0"})
    if kind == 1:
        return with_answers(name, {first: "import os\nos._exit(1)"})
    if kind == 2:
        learner = worked(name)
        learner["cells"].reverse()
        return learner
    return as_bytes(worked(name))[:-2000]


def build(folder: Path, students: int) -> list[Path]:
    """Write a class and return the files that are whole: of ten students four right, three wrong, two blank, one broken."""
    whole = []
    for number in range(students):
        for name in EXERCISES:
            make = (worked, wrong, worked, untouched, worked, wrong, worked, untouched, wrong, broken)[number % 10]
            learner = broken(name, number // 10) if make is broken else make(name)
            if isinstance(learner, dict):
                learner["cells"].append(code(f"mine = {number}")["cells"][0])
            path = folder / f"s{number:04d}" / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_bytes(learner) + b" " * number)
            if make is not broken:
                whole.append(path)
    return whole


def memory_of(pid: int) -> int:
    """Return the memory of a process and all below it in bytes, pages shared between them counted once."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total = int(line.split()[1]) * 1024
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            total += memory_of(int(child))
    except OSError:
        return total
    return total


def run(command: list[str], folder: Path, fine: tuple[int, ...] = (0,), **environment: str) -> Cost:
    """Run a command and return what it cost. Ends everything when its exit code is not one of `fine`."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    cost = Cost(0.0, 0.0)
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.2):
            cost.peak = max(cost.peak, memory_of(process.pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    assert process.stdout
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    cost.wall, cost.cpu = time.perf_counter() - begun, used.ru_utime + used.ru_stime
    ended.set()
    watcher.join()
    if os.waitstatus_to_exitcode(status) not in fine:
        sys.exit(f"{command} ended with {os.waitstatus_to_exitcode(status)}:\n{told[-2000:]}")
    return cost


def mark(folder: Path, students: int, jobs: int) -> tuple[Cost, int, int]:
    """Mark a new class; return the cost, the number of notebooks, and that of lines in marks.csv."""
    where = folder / f"class-{students}"
    build(where, students)
    out = folder / f"out-{students}"
    command = [sys.executable, "-m", "nhsreform.commands", "mark", str(where), "--out", str(out), "--jobs", str(jobs)]
    cost = run(command, folder, (0, 1))
    return cost, students * len(EXERCISES), len((out / "marks.csv").read_text(encoding="utf-8").splitlines()) - 1


def nbval(files: list[Path], folder: Path) -> Cost:
    """Run notebooks under nbval with two workers, as fast as it goes: one worker to a file, nothing compared."""
    options = ["-p", "no:cacheprovider", "-q", "-n", "2", "--dist=loadfile", "--nbval-lax", "--nbval-current-env"]
    options += ["--nbval-cell-timeout=60", "-c", os.devnull, "--rootdir", str(folder)]
    work = {"NHSREFORM_WORK": str(folder / "work"), "PYTHONWARNINGS": "ignore"}
    return run([sys.executable, "-m", "pytest", *options, *map(str, files)], folder, **work)


def nbgrader(python: str, files: list[Path], folder: Path) -> Cost:
    """Run notebooks through nbgrader autograde, in an environment of its own."""
    course = folder / f"course-{len(files)}"
    name = files[0].stem
    for number, path in enumerate(files):
        place = course / "submitted" / f"s{number}" / "ex"
        place.mkdir(parents=True)
        (place / f"{name}.ipynb").write_bytes(as_bytes(graded(json.loads(path.read_bytes()))))
    source = course / "source" / "ex"
    source.mkdir(parents=True)
    (source / f"{name}.ipynb").write_bytes(as_bytes(graded(worked(name))))
    work = {"NHSREFORM_WORK": str(folder / "work"), "PYTHONPATH": str(ROOT / "src"), "HOME": str(folder)}
    work["PATH"] = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    run([python, "-m", "nbgrader", "generate_assignment", "ex"], course, **work)
    return run([python, "-m", "nbgrader", "autograde", "ex"], course, **work)


def graded(learner: dict[str, object]) -> dict[str, object]:
    """Return a notebook with nbgrader's marks on it: each check cell is a test worth a point."""
    learner["metadata"] = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for number, cell in enumerate(learner["cells"]):  # type: ignore[arg-type, var-annotated]
        cell["id"] = f"c{number}"
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
        kind = "check" in tags_of(cell)
        if kind:
            # nbgrader would read the "1.2" at the beginning of what nr.check shows as a number of points.
            cell["source"] = "%%capture\n" + "".join(cell["source"])
        if kind or "answer" in tags_of(cell):
            grade_id = f"{'test' if kind else 'answer'}-{question_of(cell).replace('.', '-')}"
            mine = {"grade": kind, "solution": not kind, "locked": kind, "task": False, "schema_version": 3}
            cell["metadata"]["nbgrader"] = mine | {"grade_id": grade_id} | ({"points": 1} if kind else {})
    return learner


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--subset", type=int, default=24)
    parser.add_argument(
        "--nbgrader", metavar="PYTHON", help="the Python of an environment with nbgrader, pandas and filelock"
    )
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="nhsreform-benchmark-"))
    try:
        report(chosen, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(chosen: argparse.Namespace, folder: Path) -> None:
    """Run everything and print what it cost."""
    print(f"{len(EXERCISES)} exercises; load of the machine before: {os.getloadavg()[0]:.1f}\n", flush=True)
    head = f"{'':<44}{'notebooks':>9}{'wall s':>8}{'cpu s':>8}{'wall each':>11}{'cpu each':>10}{'peak MB':>9}"
    print(head, flush=True)

    def row(name: str, cost: Cost, count: int) -> float:
        each, cpu = cost.wall / count, cost.cpu / count
        peak = f"{cost.peak / 1e6:>9.0f}" if cost.peak else f"{'':>9}"
        print(f"{name:<44}{count:>9}{cost.wall:>8.1f}{cost.cpu:>8.1f}{each:>11.3f}{cpu:>10.3f}{peak}", flush=True)
        return each

    few, count, _ = mark(folder, max(1, chosen.students // 10), chosen.jobs)
    row(f"nhsreform mark, {chosen.jobs} jobs", few, count)
    many, count, lines = mark(folder, chosen.students, chosen.jobs)
    ours = row(f"nhsreform mark, {chosen.jobs} jobs", many, count)
    files = build(folder / "subset", 10 * (chosen.subset // (9 * len(EXERCISES)) + 1))[: chosen.subset]
    start = nbval(files[:1], folder)
    whole = nbval(files, folder)
    row("nbval --nbval-lax, 2 workers", whole, len(files))
    slope = Cost(whole.wall - start.wall, whole.cpu - start.cpu)
    theirs = row("  without its start", slope, len(files) - 1)
    if chosen.nbgrader:
        same = [path for path in files if path.stem == EXERCISES[0]] or files[:1]
        same += [path for path in sorted((folder / f"class-{chosen.students}").glob(f"*/{EXERCISES[0]}.ipynb"))][:9]
        same = [path for path in same if path.read_bytes().rstrip().endswith(b"}")]
        start = nbgrader(chosen.nbgrader, same[:1], folder)
        whole = nbgrader(chosen.nbgrader, same, folder)
        row("nbgrader autograde, 1 process", whole, len(same))
        row("  without its start", Cost(whole.wall - start.wall, whole.cpu - start.cpu), len(same) - 1)
    print(f"\n{lines} lines of marks.csv. {theirs / ours:.0f} times as fast as nbval with two workers.")
    print(f"Memory: {many.peak / few.peak:.2f} times as much for ten times the class.")


if __name__ == "__main__":
    main()
