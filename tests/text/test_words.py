"""Signs that are read alike, names as files write them, numbers and days in words."""

import unicodedata
from datetime import date

import pytest

from nhsreform import quote
from nhsreform.questions.value import fold
from nhsreform.text.numbers_in_words import days, number, plural
from nhsreform.text.typography import as_typed, folded, squeezed


@pytest.mark.parametrize(
    "written",
    [
        "Zo\u00eb O'Brien",
        # as macOS names files
        unicodedata.normalize("NFD", "Zo\u00eb O'Brien"),
        # as Canvas names files
        "zo\u00ebobrien",
        # as archives without Unicode, and people, write it
        "ZOE O\u2019BRIEN",
        "zoe_obrien",
        "Zo\u00eb\u202f O\u02bcBrien".replace("\u02bc", "'"),
        "\uff3ao\u00eb O'Brien",
    ],
)
def test_a_name_is_squeezed_alike_however_it_is_written(written):
    assert squeezed(written) == "zoeobrien"


def test_squeezing_keeps_what_tells_names_apart():
    assert squeezed("Stra\u00dfe") == squeezed("STRASSE") and squeezed("\u0130nan") == squeezed("inan")
    assert squeezed("Ada 2") != squeezed("Ada 3")
    # vowel signs are letters
    assert squeezed("\u0930\u093e\u092e") != squeezed("\u0930\u092e")
    assert squeezed("'!?") == ""


@pytest.mark.parametrize("minus", "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
def test_every_minus_is_one_to_the_judge_and_to_a_quotation(minus):
    assert fold(f"{minus}2") == folded(f"{minus}2") == "-2"
    there = quote(f"GP{minus}led commissioning")
    assert there.exact or (there.status == "close" and "words are right" in there.departs)


def test_signs_are_made_as_a_keyboard_has_them():
    assert as_typed("\u201cit\u2019s\u201d \u201elow\u201f\u00a0\u2009\u202f") == '"it\'s" "low"   '


def test_numbers_and_days():
    assert plural(1234, "student") == "1,234 students" and number(2.5) == "2.5" and number(100) == "100"
    assert days(date(2011, 1, 14), date(2011, 1, 14)) == "14 January 2011"
