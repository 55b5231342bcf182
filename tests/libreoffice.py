"""What LibreOffice makes of the pack's files: worksheets opened and saved by it are still read, and no cell is a formula.

Slow, and not in the suite: `pytest tests/libreoffice.py`. Without `soffice` it is skipped, under CI it fails.
"""

import csv
import io
import os
import shutil
import subprocess

import pytest

from nhsreform.text.csv_files import sheet_text
from tests.marking import test_gradebook as sheets
from tests.marking.test_gradebook import BLACKBOARD, CANVAS, MOODLE, PLATFORMS

COMMA, TAB = 44, 9
UTF_8, UTF_16 = 76, 65535


@pytest.fixture(scope="module")
def soffice(tmp_path_factory):
    """Return a function that opens a CSV in LibreOffice, saves it as a spreadsheet and then as a CSV again."""
    program = shutil.which("soffice")
    if program is None:
        assert os.environ.get("CI") != "true", "CI must have LibreOffice"
        pytest.skip("LibreOffice is not installed")
    home = tmp_path_factory.mktemp("office")

    def convert(path, to, *options):
        command = [program, "--headless", f"-env:UserInstallation=file://{home}/profile", *options]
        command += ["--convert-to", to, "--outdir", str(home), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)

    def saved(name, data, sign=COMMA, letters=UTF_8):
        path = home / "in" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        convert(path, "ods", f"--infilter=CSV:{sign},34,{letters},1")
        convert(home / f"{name}.ods", f"csv:Text - txt - csv (StarCalc):{sign},34,{letters},1")
        return (home / f"{name}.csv").read_bytes()

    return saved


@pytest.mark.parametrize(
    ("name", "platform", "sign", "letters"),
    [
        ("MOODLE_FILE", MOODLE, COMMA, UTF_8),
        ("CANVAS_FILE", CANVAS, COMMA, UTF_8),
        ("BLACKBOARD_UTF16", BLACKBOARD, TAB, UTF_16),
        ("BLACKBOARD_CSV", BLACKBOARD, COMMA, UTF_8),
    ],
)
def test_a_worksheet_that_it_saved_is_read(soffice, name, platform, sign, letters):
    data = getattr(sheets, name)
    read = PLATFORMS[platform]
    before, after = read.parse(data), read.parse(soffice(name, data, sign, letters))
    assert after.header() == before.header()
    assert [target.name for target in read.targets(after)] == [target.name for target in read.targets(before)]
    keys = [before.header().index(column) for column in read.ids if column in before.header()]
    for row in range(1, len(before.rows)):
        assert [after.value(row, key) for key in keys] == [before.value(row, key) for key in keys]


def test_no_cell_that_the_pack_writes_is_a_formula_and_numbers_are_numbers(soffice):
    nasty = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "y;@SUM(1+1);", '=HYPERLINK("x")', "Zo\u00eb", "a\nb", "\t=1+1"]
    text = sheet_text(["student", "points"], [[cell, "0.5"] for cell in nasty])
    saved = list(csv.reader(io.StringIO(soffice("marks", text.encode()).decode("utf-8-sig"))))
    whole = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row[0].strip() for row in saved] == [row[0].strip() for row in whole]
    assert {row[1] for row in saved[1:]} == {"0.5"}
