"""Reading a handed-in file: what can be put right is, and is said; nothing that is handed in stops the reading."""

import json

import pytest

from nhsreform.marking.sandbox import read_notebook as cells
from nhsreform.questions import build, key
from tests.marking.made_up_notebooks import EXERCISES, as_bytes, code, untouched, worked

FIRST = EXERCISES[0]


def sources(reading):
    return [cell.source for cell in reading.cells]


def answered(reading):
    return sorted({question for cell in reading.cells for question in cell.questions}, key=lambda q: q.split("."))


def test_every_question_of_the_real_exercises_is_found_by_its_cell():
    for name in EXERCISES:
        wanted = [question for question, entry in key.questions().items() if entry["exercise"] == name]
        assert answered(cells.read(as_bytes(untouched(name)))) == sorted(wanted, key=lambda q: q.split("."))
        assert cells.read(as_bytes(worked(name))).notes == []


def test_the_variable_is_the_one_that_build_uses():
    for question, entry in key.questions().items():
        assert cells.variable(question) == entry["variable"] == build.variable(question)
        assert cells.question_id(entry["variable"]) == question


def test_without_metadata_the_variable_says_the_question():
    reading = cells.read(as_bytes(code("q1_1 = 'x'", "a = 1", "q1_2, q1_3 = 1, 2\nq1_4 += 1")))
    assert [cell.questions for cell in reading.cells] == [["1.1"], [], ["1.2", "1.3", "1.4"]]


def test_a_cell_that_only_checks_answers_nothing():
    learner = code('nr.check("1.1", q1_1)')
    learner["cells"][0]["metadata"] = {"nhsreform": {"question": "1.1"}}
    assert cells.read(as_bytes(learner)).cells[0].questions == []


@pytest.mark.parametrize("data", [b"", b" \n", b"\x00" * 100, b"\xef\xbb\xbf"])
def test_an_empty_file_is_for_a_person(data):
    reading = cells.read(data)
    assert reading.doubt and reading.notes == ["the file is empty"] and not reading.cells


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_another_encoding_is_read_and_said(encoding):
    reading = cells.read(json.dumps(worked(FIRST), ensure_ascii=False).encode(encoding))
    assert not reading.doubt and len(reading.cells) > 6 and "byte order mark" in reading.notes[0]


def test_bytes_that_are_no_utf8_are_replaced_and_said():
    data = as_bytes(code("q1_1 = 'x'")).replace(b"'x'", b"'\xff'")
    assert cells.read(data).notes == ["some characters are not UTF-8"]


def test_another_kernel_is_said_and_run_as_python():
    learner = worked(FIRST)
    learner["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}
    learner["metadata"]["language_info"] = {"name": "R"}
    reading = cells.read(as_bytes(learner))
    assert len(reading.cells) > 6 and "kernel that is not Python" in reading.notes[0] and not reading.doubt


def test_a_notebook_of_format_3_is_read():
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["q1_1 = 'x'\n", "y = 1"]}]}], "nbformat": 3}
    assert sources(cells.read(as_bytes(old))) == ["q1_1 = 'x'\ny = 1"]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_of_a_file_cut_off_the_whole_cells_are_read_and_the_rest_is_in_doubt(share):
    data = as_bytes(worked(FIRST))
    reading = cells.read(data[: int(len(data) * share)])
    assert reading.doubt and 0 < len(reading.cells) <= len(cells.read(data).cells)
    assert "cut off or damaged" in reading.notes[-1]


@pytest.mark.parametrize(
    "data", [b"{", b"not json", b"[1, 2]", b'"x"', b'{"cells": 3}', b"\x80\x81", b"PK\x03\x04" * 9]
)
def test_what_is_no_notebook_is_for_a_person(data):
    reading = cells.read(data)
    assert reading.doubt and not reading.cells and reading.notes


@pytest.mark.parametrize(
    "cell",
    [None, 3, [], {}, {"cell_type": "code"}, {"cell_type": "code", "source": 3}, {"cell_type": "code", "source": [1]}],
)
def test_a_cell_that_is_none_is_passed_over(cell):
    learner = code("q1_1 = 'x'")
    learner["cells"].insert(0, cell)
    assert sources(cells.read(as_bytes(learner))) == ["q1_1 = 'x'"]


@pytest.mark.parametrize("metadata", [None, 3, {"nhsreform": 3}, {"nhsreform": {"question": ["1.1"]}}, {"tags": 3}])
def test_metadata_of_any_shape_is_survived(metadata):
    learner = code("q1_1 = 'x'")
    learner["cells"][0]["metadata"] = metadata
    assert cells.read(as_bytes(learner)).cells[0].questions == ["1.1"]


def test_conflict_markers_inside_a_cell_are_contested_too():
    source = "<<<<<<< HEAD\nq1_2 = 'b'\n=======\nq1_2 = 'c'\n>>>>>>> other\n"
    reading = cells.read(as_bytes(code("q1_1 = 'a'", source)))
    assert reading.contested == {"1.2"} and sources(reading)[1] == "q1_2 = 'b'\n"


def test_a_line_of_equal_signs_is_no_conflict():
    assert not cells.has_conflict("Title\n=======\ntext")


def test_two_cells_for_a_question_are_said():
    reading = cells.read(as_bytes(code("q1_1 = 'a'", "q1_1 = 'b'")))
    assert reading.notes == ["more than one cell answers 1.1; the last that is filled in counts"]


def test_bombs_of_nesting_are_survived():
    assert cells.read(b"[" * 10_000_000).doubt
    assert cells.read(b'{"cells": ' + b"[" * 1_000_000).doubt
    assert cells.read(as_bytes(code("(" * 100_000))).cells[0].questions == []


def test_too_many_cells_and_too_long_cells_are_cut_and_said():
    reading = cells.read(as_bytes(code(*["x = 1"] * 1200)))
    assert len(reading.cells) == cells.MAX_CELLS and reading.doubt
    reading = cells.read(as_bytes(code("q1_1 = 1", "#" * 300_000)))
    assert sources(reading) == ["q1_1 = 1"] and reading.doubt


@pytest.mark.parametrize(
    "source",
    [
        *("q1_1 = 1", "q1_1: int = 1", "q1_1 += 1", "print(q1_1 := 1)", "*q1_1, rest = 1, 2", "a = [q1_1, b] = 1, 2"),
        *("for q1_1 in []: pass", "async def f():\n    async for q1_1 in x: pass", "[0 for q1_1 in []]"),
        *("with a as q1_1: pass", "with(a)as(q1_1): pass", "\U0001d42a1_1 = 1", "q1_1 \\\n= 1", "q1_1 = not Python"),
    ],
)
def test_whatever_sets_a_variable_answers_its_question(source):
    assert cells.assigned(source) == ["1.1"]
