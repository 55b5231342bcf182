"""One rule for signs that nobody sees, and no formula however a spreadsheet splits a line."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhsreform.text import untrusted
from nhsreform.text.untrusted import (
    as_label,
    for_cell,
    for_file,
    for_page,
    for_terminal,
    guarded,
    is_formula,
    unguarded,
)

STEERING = [
    *("\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\ud83d"),
    *("\u200b", "\u200e", "\u202e", "\u2066", "\u2069", "\ufeff", "\u2028", "\u2029"),
]
CELLS = st.text(alphabet="'\"=+-@|%;,\t\r\n ab\uff1d\u00a0", max_size=12)


@pytest.mark.parametrize("sign", STEERING, ids=lambda sign: f"{ord(sign):04x}")
def test_a_sign_that_nobody_sees_goes_everywhere_a_stranger_is_shown(sign):
    text = f"Ann{sign}Lee"
    assert untrusted.is_unseen(sign)
    assert for_terminal(text) == "Ann\ufffdLee"
    assert for_page(text) == "<bdi>AnnLee</bdi>"
    assert for_cell(text) == "Ann Lee"
    assert as_label(text) == ("Ann Lee" if sign.isspace() else "AnnLee")


def test_what_is_written_with_joiners_stays_whole_on_a_page_and_in_a_file():
    family = "\U0001f469\u200d\U0001f4bb \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert for_page(family) == f"<bdi>{family}</bdi>" and for_file(family) == family


def test_lines_stay_on_a_page_and_nowhere_else():
    assert for_page("a\nb") == "<bdi>a\nb</bdi>"
    assert for_terminal("a\nb") == "a\ufffdb" and for_cell("a\nb") == "a b" and as_label("a\nb") == "a b"


def test_what_shows_nothing_says_so():
    assert for_page("\u202e \x00") == "<bdi>(nothing that can be seen)</bdi>"
    assert as_label("\u202e \x00") == "no name"


def test_long_texts_are_cut():
    assert for_terminal("N" * 300, 60) == "N" * 59 + "\u2026"
    assert as_label("N" * 300) == "N" * 80 and as_label("Ann Lee", 4) == "Ann"


def test_a_file_keeps_all_that_it_can_hold():
    assert for_file("a\x00\x0b\ud83d\uffff\u202e\u2028b\tc\r\nd\re") == "a\u202e\u2028b\tc\nd\ne"


def test_page_text_is_no_markup():
    assert for_page("<img src=x onerror=\"a('b')\">&") == (
        "<bdi>&lt;img src=x onerror=&quot;a(&#x27;b&#x27;)&quot;&gt;&amp;</bdi>"
    )


@pytest.mark.parametrize(
    "text", ["=1", " =1", "\t=1", "\u00a0+1", "-2", "@SUM(1)", "|cmd", "%1", "\uff1d1", "\uff0d1", "y;@SUM(1+1);", "a\t=1"]
    + ["a|=1", "a\r=1", "a\n=1", "a\n-1", "a\n  =1", 'a;"=1', 'a; ""=1', "a;;=1"],
)  # fmt: skip
def test_what_may_be_a_formula_is_guarded(text):
    assert is_formula(text) and not is_formula(guarded(text))
    assert guarded(text).count("'") == 1 and unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    "text", ["Ada", "O'Neil", "'Ada'", "a=b", "2-3", "a; b", "one\n- two\n  - three", "", "'", "a, =b"]
)
def test_other_texts_are_left_alone(text):
    assert not is_formula(text) and guarded(text) == text == unguarded(text)


@given(CELLS)
def test_a_guarded_text_comes_back_and_holds_no_formula(text):
    assert unguarded(guarded(text)) == text
    assert not is_formula(guarded(text))


@given(CELLS, CELLS)
def test_the_guard_makes_no_two_texts_alike(one, other):
    assert (guarded(one) == guarded(other)) == (one == other)


@given(st.lists(CELLS.map(lambda text: text.replace("\n", " ").replace("\r", " ")), min_size=2, max_size=4))
def test_a_line_is_inert_however_it_is_split(cells):
    """Written with commas, read with another sign between cells: the first quotation marks mean nothing there any more."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(["Ada", *map(guarded, cells)])
    for delimiter in ",;\t|":
        for cell in next(csv.reader([stream.getvalue()], delimiter=delimiter)):
            assert not re.match(r"\s*[=+\-@%\uff1d]", cell), (delimiter, cell)
