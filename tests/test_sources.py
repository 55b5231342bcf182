"""The texts as supplied, and quotations found or refused."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nhsreform as nr
from nhsreform.data import sources
from nhsreform.errors import PackError
from tests.conftest import ROOT

SUPPLIED = {
    "000_a42128e519472f2e.txt": (3696, "2c9e60a3abc4"),
    "001_3d1a1c9428265c43.txt": (6483, "b7cc8043218a"),
    "002_ae33970d31fd2c0d.txt": (2450, "fe4b93dda735"),
    "003_17bd1def0fb3f5ed.txt": (2734, "d543765e47bd"),
    "004_2a9afa266097d7a5.txt": (9187, "3c72074354f5"),
}


@pytest.mark.parametrize("name", SUPPLIED)
def test_the_texts_are_byte_for_byte_as_supplied(name):
    raw = (ROOT / "seeds" / name).read_bytes()
    assert (len(raw), hashlib.sha256(raw).hexdigest()[:12]) == SUPPLIED[name]


def test_an_unknown_source_lists_the_nearest():
    with pytest.raises(sources.SourceError, match="Did you mean joint-report"):
        nr.source("joint-reprot")


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda raw: raw.replace(b"GPs", b"GPS", 1), "not the text as supplied"),
        (lambda raw: raw.replace(b"\n", b"\r\n"), "CRLF"),
        (lambda raw: b"", "not the text"),
    ],
)
def test_a_changed_text_is_refused(copy_of_data, change, told):
    file = copy_of_data / "seeds" / "004_2a9afa266097d7a5.txt"
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(sources.SourceError, match=told):
        nr.source("joint-report")


def test_an_exact_quotation_gives_its_place():
    found = nr.quote("We are more than ready for the job.")
    assert found.status == "exact"
    source_id, start, end = found.places[0]
    assert nr.source(source_id).text[start:end] == "We are more than ready for the job."


def test_a_quotation_found_twice_says_so():
    found = nr.quote("Skilled management will be needed")
    assert found.status == "found twice" and len(found.places) == 2
    assert "Found 2 times" in str(found)


@pytest.mark.parametrize(
    "asked, told",
    [
        ("There will be a small number of GPs directly involved", "word 5: the source has “very”, which you left out"),
        ("It is the right political direction", "you wrote “political”, the source has “policy”"),
        ("It is the very right policy direction", "you wrote “very”, which is not in the source here"),
        ("what we don't want to do", "The words are right"),
        ("GPs strive  to deliver\nlocal services", "only the spaces or line breaks differ"),
    ],
)
def test_a_near_quotation_says_where_it_departs(asked, told):
    found = nr.quote(asked)
    assert found.status == "close"
    assert told in found.departs
    assert not found.exact


@pytest.mark.parametrize(
    "asked, told",
    [
        ("the moon is made of green cheese tonight", "Less than half"),
        ("GPs strive … to the needs", "ellipsis"),
        ("  ", "no words"),
        ("?!", "no words"),
        ("word " * 300, "longer than"),
    ],
)
def test_what_is_not_there_is_said(asked, told):
    found = nr.quote(asked)
    assert found.status == "not found" and told in found.departs and found.text == ""


def test_asking_for_something_that_is_not_text_is_said():
    with pytest.raises(PackError, match="looks for text"):
        nr.quote(23)


def test_asking_one_source_only():
    assert nr.quote("the right policy direction", "walk-away").status != "exact"


def test_the_answer_is_escaped_in_html():
    assert "<script>" not in nr.quote("<script>alert(1)</script> GPs strive to deliver")._repr_html_()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_stretch_of_every_text_is_found_where_it_stands(data):
    source_id = data.draw(st.sampled_from(list(nr.table("sources").source_id)))
    text = nr.source(source_id).text
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, min(len(text), start + 120)))
    asked = text[start:end].strip()
    found = nr.quote(text[start:end], source_id)
    if any(sign.isalnum() for sign in asked):
        assert found.exact
        assert all(text[a:b] == asked for _, a, b in found.places)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gets_an_answer_and_never_a_false_exact(asked):
    found = nr.quote(asked)
    if found.exact:
        assert found.text == asked.strip()
