"""A claim inside its sentence: to the letter, no further than the sentence, and never into what may not be shown."""

import pytest

from nhsreform.data.sources import source
from nhsreform.data.tables import table
from nhsreform.debate import sentence
from nhsreform.debate.sentence import Sentence, in_sentence, quoted_html

CLAIMS = table("claims").set_index("claim_id", drop=False).to_dict("index")


def test_every_claim_stands_in_its_sentence_to_the_letter():
    contact = table("passages").query("kind == 'contact'")
    for claim_id, claim in CLAIMS.items():
        before, after = in_sentence(claim)
        text = source(claim["source_id"]).text
        place = claim["start"] - len(before)
        assert text[place : claim["end"] + len(after)] == before + claim["exact"] + after, claim_id
        assert not {"\n", "\r"} & {*before, *after} and before == before.lstrip() and after == after.rstrip()
        for row in contact[contact.source_id == claim["source_id"]].itertuples():
            assert claim["end"] + len(after) <= row.start or place >= row.end, claim_id


def test_no_stretch_that_may_be_shown_holds_contact_details():
    for source_id in table("sources").source_id:
        stretches = sentence._stretches(source_id)
        assert list(stretches) == sorted(stretches) and all(low < high for low, high in stretches)
        for row in table("passages", source_id=source_id).itertuples():
            inside = any(low <= row.start and row.end <= high for low, high in stretches)
            assert inside == (row.kind in ("claim", "context")), row.passage_id


@pytest.mark.parametrize(
    "claim_id, before, after",
    [
        ("mps-inquiry-c06", "The worry was that expert managers were already leaving and ", "."),
        # A dash ends no sentence, a title no more.
        (
            "joint-report-c34",
            "But the scale of the challenge should not be underestimated \u2013 ",
            ", as will breaking",
        ),
        (
            "joint-report-c31",
            "Dr Judith Smith, Head of Policy at the Nuffield Trust, said: \u2018",
            " and has much potential",
        ),
        # What follows the bullet of a list is the beginning; a quotation mark alone is no word.
        ("joint-report-c19", "Mandatory or voluntary: ", "."),
        ("pct-managers-c22", "", ""),
        ("walk-away-c26", "", ""),
    ],
)
def test_what_stands_before_and_after(claim_id, before, after):
    told = in_sentence(CLAIMS[claim_id])
    assert told.before == before and told.after.startswith(after) and bool(told.after) == bool(after)


def test_without_the_texts_the_words_stand_alone(monkeypatch):
    def missing(_):
        raise sentence.SourceError("not here")

    monkeypatch.setattr(sentence, "source", missing)
    assert in_sentence(CLAIMS["mps-inquiry-c06"]) == Sentence("", "")


def test_as_html_everything_is_escaped_and_the_claim_is_marked():
    assert quoted_html("a <b>", Sentence("", "")) == "a &lt;b&gt;"
    assert quoted_html("b", Sentence("<a> ", "")) == '<span class="nhsr-quiet">&lt;a&gt; </span><mark>b</mark>'
