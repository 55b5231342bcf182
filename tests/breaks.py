"""A list of faults, and the tests that must catch them: what shows that the suite still bites.

python -m tests.breaks                  put each fault into a copy of the pack, and run the test named beside it
python -m tests.breaks overview key     only the faults whose file or words hold one of these

Run it with the Python of .venv-test, before and after a change of the suite; it is no part of the suite. A fault whose
test stays green, or fails for another reason than the fault (a test that is gone, a line that is no longer there), is
named, and the command exits with 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SRC = "src/nhsreform"
WORK = f"{SRC}/{'work'}"
PYTEST = ("-m", "pytest", "-q", "-x", "--tb=no", "-rfE", "-p", "no:cacheprovider", "-n0", "--no-header")
TESTS_FAILED = 1


class Break(NamedTuple):
    """A fault: in `file`, `right` becomes `wrong` where it stands first; `test` must fail then."""

    file: str
    right: str
    wrong: str
    test: str


BREAKS = (
    # what strangers type, and what is written for them
    Break(f"{SRC}/text/typography.py", 'kind == "Pd" or name == "MINUS SIGN"', 'kind == "Pd"', "tests/text/test_words.py"),
    Break(f"{SRC}/text/untrusted.py", r"[=+\-@|%", r"[=+\-|%", "tests/text/test_untrusted.py"),
    Break(f"{SRC}/text/untrusted.py", "html.escape(seen)}", "seen}", "tests/text/test_untrusted.py"),
    Break(f"{SRC}/text/atomic.py", "            os.replace(scratch, path)\n        else", "            path.write_bytes(data)\n        else", "tests/text/test_files.py"),
    Break(f"{SRC}/text/csv_files.py", "guard: bool = True", "guard: bool = False", "tests/text/test_files.py"),
    Break(f"{SRC}/text/html_clean.py", '_begun(soup("li"), "- ")', '_begun(soup("li"), "")', "tests/text/test_markup.py"),
    # the texts, the tables, the codes
    Break(f"{SRC}/data/sources.py", "hexdigest() != row.sha256", 'hexdigest() == ""', "tests/test_sources.py"),
    Break(f"{SRC}/data/sources.py", "text.find(needle, at + 1)", "text.find(needle, at + len(needle))", "tests/test_doctests.py"),
    Break(f"{SRC}/data/sources.py", 'if "\\u2026" in asked or "..." in asked:', "if False:", "tests/test_sources.py"),
    Break(f"{SRC}/data/stances.py", '"mixed": 0})', '"mixed": 0, "none": 0})', "tests/test_stances.py"),
    Break("seeds/000_a42128e519472f2e.txt", "already leaving", "allready leaving", "tests/test_sources.py"),
    Break("data/claims.csv", ",condition,", ",requirement,", "tests/test_validate.py"),
    Break("data/codings.csv", "reference,walk-away-c03,engagement,sceptic", "reference,walk-away-c03,engagement,enthusiast", "tests/test_cli.py"),
    Break("data/figures.csv", "joint-report-f01,joint-report,478", "joint-report-f01,joint-report,479", "tests/test_validate.py"),
    Break("data/codebook.md", "Code by the words", "Code by the motive", "tests/test_cli.py"),
    # how far coders agree
    Break(f"{SRC}/reliability/coefficients.py", "apart = np.abs(heights[:, None] - heights)", "apart = np.abs(heights[:, None] - heights) ** 2", "tests/test_agreement.py"),
    Break(f"{SRC}/reliability/coefficients.py", "np.cumsum(margins, axis=1) - margins / 2", "np.cumsum(margins, axis=1)", "tests/test_agreement.py"),
    Break(f"{SRC}/reliability/coefficients.py", "(1 + CONFIDENCE) / 2", "CONFIDENCE", "tests/test_agreement.py"),
    Break(f"{SRC}/reliability/studies.py", "by_theme[1]), \"\")", "by_theme[0]), \"\")", "tests/test_reliability.py"),
    # exercises
    Break(f"{SRC}/questions/judge.py", "return Verdict(UNTRIED)", 'return wrong("")', "tests/test_judge.py"),
    Break(f"{SRC}/questions/kinds/number.py", "if answer and _close(number, -answer, tolerance)", "if answer and _close(number, answer, tolerance)", "tests/test_judge.py"),
    Break(f"{SRC}/questions/cell_errors.py", "enabled, priority = True, 690", "enabled, priority = True, 710", "tests/test_cell_errors.py"),
    Break(f"{SRC}/questions/answer_cells.py", 'if sign == "==":', 'if sign == "=":', "tests/test_cell_errors.py"),
    Break(f"{SRC}/questions/cell_errors.py", "            if name not in sets:", "            if False:", "tests/test_cell_errors.py"),
    Break(f"{SRC}/questions/kinds/choice.py", "if label in self.also:", "if False:", "tests/test_judge.py"),
    Break(f"{SRC}/questions/kinds/match.py", "if len(set(right_labels)) == 1:", "if False:", "tests/test_judge.py"),
    Break("exercises/key.json", '"kind": "number"', '"kind": "range"', "tests/test_exercises.py"),
    Break("exercises/02-pct-managers.ipynb", "q2_1 = ", "q2_2 = ", "tests/test_exercises.py"),
    Break(f"{SRC}/questions/export/moodle.py", "fraction=fraction(answer.share)", 'fraction="0"', "tests/test_quiz.py"),
    # notebooks
    Break("notebooks/03-mps-inquiry.ipynb", "the bulk of the work will be done", "most of the work will be done", "tests/test_prose.py"),
    Break("notebooks/06-enthusiasts-and-sceptics.ipynb", "18 say yes to the principle", "19 say yes to the principle", "tests/test_notebooks.py"),
    Break(f"{SRC}/notebooks/nbval_guard.py", "item.cell.execution_count is None", "False", "tests/test_notebooks.py"),
    # the learner's work
    Break(f"{WORK}/store.py", "    _write(work_folder() / LAST_GOOD, sections)\n", "", "tests/test_work.py"),
    Break(f"{WORK}/store.py", "if version > VERSION:", "if False:", "tests/test_work.py"),
    Break(f"{SRC}/widgets/shared/keeping.py", "if there is not None and there != self._version:", "if False:", "tests/widgets/test_keeping.py"),
    # a class marked
    Break(f"{SRC}/marking/hand_ins/late_work.py", "if over <= timedelta():", "if over < timedelta():", "tests/marking/test_hand_ins.py"),
    Break(f"{SRC}/marking/gradebook/matching.py", "    _leave_out_the_shared(matching)\n    return", "    return", "tests/marking/test_gradebook.py"),
    Break(f"{SRC}/marking/gradebook/fill.py", "total.points += mark.points or 0", "total.points += mark.max", "tests/marking/test_gradebook.py"),
    Break(f"{SRC}/marking/sandbox/system_calls.txt", "socketpair ", "socket      41  198\nsocketpair ", "tests/marking/test_system_calls.py"),
    Break(f"{SRC}/marking/gradebook/fill.py", "[*before, grade]", "[grade]", "tests/marking/test_gradebook.py"),
    Break(f"{SRC}/marking/by_hand.py", "        ).held()", "        )", "tests/marking/test_judge_class.py"),
    Break(f"{SRC}/marking/by_hand.py", "file.sha256 or file.content", "file.sha256", "tests/marking/test_by_hand.py"),
    Break(f"{SRC}/marking/prose/collect.py", "elif not old or reading.new:", "else:", "tests/marking/test_prose.py"),
    Break(f"{SRC}/questions/brief_check.py", "and not places & beside", "and False", "tests/test_brief.py"),
    Break(f"{SRC}/marking/hand_ins/archives.py", "if item.is_symlink():", "if False:", "tests/marking/test_hand_ins.py"),
    Break(f"{SRC}/marking/prose/page.js", "document.createElement(\"li\");\n    item.textContent", "document.createElement(\"li\");\n    item.innerHTML", "tests/browser/test_marking_pages.py"),
    # models and widgets
    Break(f"{SRC}/widgets/simulator/budget_risk.py", "1 - _NORMAL.cdf(", "_NORMAL.cdf(", "tests/test_scenarios.py"),
    Break(f"{SRC}/widgets/simulator/staff_exit.py", "net=saved - paid - extra", "net=saved - paid", "tests/test_scenarios.py"),
    Break(f"{SRC}/widgets/simulator/walk_away.py", "share * (100 - gone) / 100", "share * gone / 100", "tests/test_scenarios.py"),
    Break(f"{SRC}/widgets/overview/model.py", "~claims.claim_id.isin(kept_back.claim_id) & claims.asserted", "~claims.claim_id.isin(kept_back.claim_id)", "tests/widgets/test_overview.py"),
    Break(f"{SRC}/widgets/overview/overview.js", "column === ALL || debate.claims", "true || debate.claims", "tests/browser/test_overview.py"),
    Break(f"{SRC}/widgets/shared/base.js", "Math.max(ids.indexOf(id) + step, 0)", "Math.abs(ids.indexOf(id) + step)", "tests/browser/test_overview.py"),
    Break(f"{SRC}/widgets/overview/overview.css", "padding-bottom: var(--nhsr-space-4);", "padding-bottom: 0;", "tests/browser/test_overview.py"),
    Break(f"{SRC}/widgets/contrast/contrast.js", "if (voices.size < 2 || ", "if (", "tests/browser/test_contrast.py"),
    Break(f"{SRC}/widgets/contrast/contrast.js", "pair.relation === \"opposes\"", "pair.relation !== \"opposes\"", "tests/browser/test_contrast.py"),
    Break(f"{SRC}/widgets/timeline/timeline.js", "event.end >= start && event.start <= end", "event.start >= start && event.end <= end", "tests/browser/test_timeline.py"),
    Break(f"{SRC}/widgets/reader/reader.js", "key === except || VALUES", "VALUES", "tests/browser/test_reader.py"),
    Break(f"{SRC}/widgets/shared/base.js", "element.append(...children.filter((child) => child != null && child !== false));", "for (const child of children.filter((child) => child != null && child !== false)) child instanceof Node ? element.append(child) : element.insertAdjacentHTML(\"beforeend\", child);", "tests/browser/test_in_a_page.py"),
    Break(f"{SRC}/widgets/shared/base.js", "    event.stopPropagation();\n", "", "tests/browser/test_in_lab.py::test_the_whole_contract[contrast]"),
    Break(f"{SRC}/widgets/shared/keyboard.js", "      cancelAnimationFrame(frame);\n      waiting += 1;", "      waiting += 1;", "tests/browser/test_keyboard.py"),
    # what is published, and how it starts
    Break(f"{SRC}/publish/slides/deck.js", 'addEventListener("hashchange"', 'addEventListener("popstate2"', "tests/browser/test_slides.py"),
    Break("start.py", "if found_stamp(kind) == wanted:", "if found_stamp(kind):", "tests/test_start.py"),
    Break("environment.yml", "pandas=", "pandas>=", "tests/test_environment.py"),
    Break("README.md", "python3 start.py", "python3 begin.py", "tests/test_start.py"),
    Break(f"{SRC}/debate/select.py", "import", "import subprocess  # noqa\nimport", "tests/test_style.py"),
    # a learner's copy, and a department's hub
    Break(f"{SRC}/notebooks/copy.py", "elif mine == before:", "elif before:", "tests/test_copy.py"),
    Break(f"{SRC}/notebooks/copy.py", "(gone if before is not None else write)", "(write)", "tests/test_copy.py"),
    Break(f"{SRC}/marking/student_homes.py", '_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)', "_FILE = os.O_RDONLY", "tests/marking/test_student_homes.py"),
    Break(f"{SRC}/marking/student_homes.py", "if what.st_uid != owner:", "if False:", "tests/marking/test_student_homes.py"),
    Break("teaching/jupyterhub/jupyterhub_config.py", "os.umask(0o077)", "os.umask(0o022)", "tests/test_hub.py"),
    Break("teaching/jupyterhub/jupyterhub_config.py", "transport_encryption=required", "transport_encryption=disabled", "tests/test_hub.py"),
    Break(f"{SRC}/widgets/shared/kernel_lost.js", "  } catch {\n    return null;", "  } finally {\n    void 0;", "tests/browser/test_hosted.py"),
    # claims in their sentence, the map, the deck
    Break(f"{SRC}/debate/sentence.py", '_SHOWN = ("claim", "context")', '_SHOWN = ("claim", "context", "contact")', "tests/test_sentence.py"),
    Break(f"{SRC}/data/tables.py", "if value not in known.tolist():", "if False:", "tests/test_tables.py"),
    Break(f"{SRC}/questions/progress.py", "if done < asked:", "if False:", "tests/test_progress.py"),
    Break(f"{SRC}/widgets/outcomes/outcomes.js", "claim.side === side && claim.verdict === verdict", "claim.side === side", "tests/browser/test_outcomes.py"),
    Break(f"{SRC}/widgets/timeline/timeline.js", "filled + 10 <= x", "filled - 60 <= x", "tests/browser/test_timeline.py"),
    Break(f"{SRC}/widgets/shared/keyboard.js", "if (queue.length === 1) sendNext();", "sendNext();", "tests/browser/test_keyboard.py"),
    Break(f"{SRC}/widgets/shared/keyboard.js", "if (held) event.stopImmediatePropagation();", "", "tests/browser/test_keyboard.py"),
    Break(f"{SRC}/widgets/shared/stock_aria.js", "event.stopImmediatePropagation();", "return;", "tests/browser/test_predict.py"),
    Break(f"{SRC}/publish/slides/slide_kinds.py", "if coded.empty:", "if False:", "tests/test_slides.py"),
    Break(f"{SRC}/widgets/contrast/contrast.css", "border-radius: var(--nhsr-corner);", "border-radius: 5px;", "tests/test_hand.py"),
    Break(f"{SRC}/widgets/recall/recall.py", 'if question["cut"]:', 'if question["sentence"]:', "tests/widgets/test_recall.py"),
    Break(f"{SRC}/widgets/board/board.py", "self._first + PAGE]", "self._first + PAGE + 1]", "tests/widgets/test_board.py::test_many_claims_are_turned_over_a_page_at_a_time"),
    Break(f"{SRC}/publish/slides/deck.css", ".two .by { font-size: var(--nhsr-type-3);", ".two .by { font-size: var(--nhsr-type-1);", "tests/browser/test_slides.py"),
    Break("teaching/slides.toml", 'sceptic = "walk-away-c10"', 'sceptic = "walk-away-c51"', "tests/test_slides.py"),
    Break(f"{SRC}/publish/site/start_page.py", "escape(text.short_title)", "escape(text.source_id)", "tests/test_site.py"),
)  # fmt: skip


def copy(folder: Path) -> Path:
    """Return a copy of what is checked in or new, without environments and other things of this machine."""
    place = folder / "pack"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    # Some tests ask git what is checked in.
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "copy"],
    ):
        subprocess.run(["git", *command], cwd=place, check=True)
    return place


def run(place: Path, test: str) -> tuple[int, str]:
    """Run one test in the copy; return pytest's exit code and the last lines that it printed."""
    inside = {**os.environ, "PYTHONPATH": str(place / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *PYTEST, *test.split()], cwd=place, env=inside, capture_output=True, text=True
    )
    return done.returncode, "\n".join((done.stderr + done.stdout).strip().splitlines()[-12:])


def trouble(place: Path, fault: Break) -> str:
    """Put a fault in, run its test, take the fault out; return what is wrong with the pair, or ""."""
    path = place / fault.file
    if not path.is_file():
        return "there is no such file"
    before = path.read_bytes()
    right, wrong = fault.right.encode(), fault.wrong.encode()
    if right not in before:
        return f"there is no {fault.right!r} in it any more"
    path.write_bytes(before.replace(right, wrong, 1))
    try:
        code, said = run(place, fault.test)
    finally:
        path.write_bytes(before)
    if code == TESTS_FAILED:
        print("  " + next((line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))), said)[:160])
        return ""
    return f"NOT CAUGHT, pytest ended with {code}: {said}"


def main(words: list[str]) -> int:
    """Try the faults that hold one of the words, or all; return 1 when one was not caught."""
    chosen = [fault for fault in BREAKS if not words or any(word in " ".join(fault) for word in words)]
    slipped = 0
    with tempfile.TemporaryDirectory() as folder:
        place = copy(Path(folder))
        tests = sorted({fault.test for fault in chosen})
        code, said = run(place, " ".join(tests))
        if code:
            print(f"The tests are not green without any fault (pytest ended with {code}):\n{said}")
            return 1
        for number, fault in enumerate(chosen, 1):
            print(f"{number:3} {fault.file}: {fault.right.strip()[:60]!r}", flush=True)
            if told := trouble(place, fault):
                slipped += 1
                print(f"    {told}")
    print(f"{len(chosen) - slipped} of {len(chosen)} faults were caught.")
    return int(slipped > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
