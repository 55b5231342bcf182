"""nr.check_brief sees length, citations and quotations; it never judges."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.errors import PackError
from nhsreform.questions.brief_check import check_brief, cited, quotations

GOOD = """
I advise it, slowly. The best objection is the six bodies': help for GPs “will be a particular challenge at a time when
management costs, as well as training budgets, are being significantly reduced” [joint-report-c27]. Julie Wood answers that "GPs leading the way, working closely with
other clinicians and managers, is the right way to achieve better outcomes for patients" [joint-report-c43]. A manager
adds that in the first months “it is really easy to spend money” [pct-managers-c17].
"""


def say(text, words=(20, 100)):
    return check_brief(text, words=words)


def states(result):
    return {text: well for well, text in result.findings}


def test_a_brief_in_order_is_all_well_and_says_what_was_not_seen():
    result = say(GOOD)
    assert result.ok
    assert "3 of 3 quotations are verbatim" in str(result)
    assert str(result).endswith("by the rubric.") and "a person judges" in result._repr_html_()
    assert repr(result) == str(result)


@pytest.mark.parametrize("text", [None, ..., "", "  \n", "\nWrite here.\n", "\nWrite or paste your brief here.\n"])
def test_nothing_yet_is_said_as_such(text):
    result = check_brief(text)
    assert not result.ok and str(result).startswith("Nothing to check yet")
    assert "Nothing to check yet" in result._repr_html_()


@pytest.mark.parametrize("value", [3, ["text"], {"brief": "text"}, b"text"])
def test_what_is_no_text_is_refused_with_what_to_type(value):
    with pytest.raises(PackError, match="Put your text between three quotation marks"):
        check_brief(value)
    with pytest.raises(PackError, match="far more than a brief"):
        check_brief("x" * 50_000)


@pytest.mark.parametrize(
    "old, new, told",
    [
        (" [joint-report-c43]", "", "claims of one side only"),
        ("[joint-report-c27]", "", "stands in joint-report-c27. Give the id after it."),
        ("[pct-managers-c17]", "[joint-report-c27]", "You cite 1 text: joint-report. Cite at least two."),
        ("[joint-report-c27]", "[joint-report-c90]", "There is no claim joint-report-c90. Did you mean"),
        ("is the right way", "is the best way", "you wrote “best”, the source has “right”"),
        ("I advise it, slowly.", "I advise it, slowly. " + "And then some more. " * 20, "20 to 100 are wanted"),
    ],
)
def test_each_thing_that_is_wrong_is_named(old, new, told):
    assert old in GOOD
    result = say(GOOD.replace(old, new))
    assert not result.ok
    assert any(told in text for text, well in states(result).items() if well is False), str(result)


def test_the_id_beside_a_quotation_is_its_own_wherever_else_its_own_stands():
    own, other = "[joint-report-c27]", "[pct-managers-c17]"
    for beside in (f"{other}. As in {own}", f"{other} and {own}", "[pct-managers-c17; joint-report-c43], see " + own):
        told = str(say(GOOD.replace(own, beside)))
        assert "stands in joint-report-c27, and the id beside it is" in told and "2 of 3 quotations" in told, beside
    for beside in (own, f"{other} {own}", "[pct-managers-c17; joint-report-c27]", f", he says {other}, see {own}"):
        assert "3 of 3 quotations" in str(say(GOOD.replace(own, beside))), beside
    block = "> it is really easy\n> to spend money\n\n[joint-report-c27], not [pct-managers-c17]"
    assert "the id beside it is joint-report-c27" in str(say(block))


@pytest.mark.parametrize("marks", ["\u2018{}\u2019", "'{}'", "\u201c{}\u201d", '"{}"'])
@pytest.mark.parametrize(
    "words, verbatim",
    [
        ("We are more than ready for the job", True),
        ("We are more than ready for the jobs", False),
        ("We won\u2019t be ready, and the GPs\u2019 leaders know", False),
    ],
)
def test_a_quotation_is_seen_whichever_marks_it_stands_in(marks, words, verbatim):
    if "\u2018" not in marks:
        words = words.replace("\u2019", "'")
    text = (
        f"Field's view, and the GPs' view, isn't mine: {marks.format(words)} [joint-report-c66]. It's the trusts' own."
    )
    assert quotations(text) == [words]
    told = str(say(text))
    assert ("1 of 1 quotations are verbatim" in told) == verbatim, told


@pytest.mark.parametrize(
    "text",
    [
        "The GPs' leaders and the trusts' managers don't agree, it's said.",
        "The GPs\u2019 leaders and the trusts\u2019 managers don\u2019t agree, it\u2019s said.",
        "In the \u201890s the GPs\u2019 budgets grew; in the '90s the GPs' did.",
        "A \u2018choice\u2019 is 'no choice' here.",
        "Rock 'n' roll is 'it'.",
    ],
)
def test_an_apostrophe_opens_no_quotation(text):
    assert quotations(text) == []


def test_ids_are_no_words_with_or_without_brackets():
    text = "one two joint-report-c09, [walk-away-c01; walk-away-c02] (pct-managers-c17) three"
    assert "The text has 3 words" in str(say(text))


def test_the_next_cell_of_a_question_asks_for_as_many_texts_as_the_question():
    one_text = GOOD.replace("[pct-managers-c17]", "").split("A manager")[0] + " And so on."
    told = str(check_brief(one_text, words=(20, 100), texts=1))
    assert "You cite 1 text" in told and "Cite at least" not in told
    assert "Cite at least two" in str(say(one_text))


def test_a_brief_without_quotation_or_claims_is_told():
    result = say("I advise it because I do. " * 10)
    assert "There is no quotation" in str(result)
    assert "no claim on either side" in str(result)
    assert "You cite 0 texts. Cite at least two." in str(result)


def test_a_claim_counts_for_each_side_that_can_be_read_in_it():
    answers = codings()
    both = answers[answers.claim_id == "joint-report-c52"].position
    assert set(both) == {"enthusiast", "sceptic"}
    one = say("word " * 30 + "[joint-report-c52]")
    assert "claims of one side only" in str(one) or "no claim" in str(one)
    two = say("word " * 30 + "[joint-report-c52] [joint-report-c66]")
    assert "Both sides are cited" in str(two)


def test_imagined_words_are_on_no_side_and_are_pointed_out():
    result = say("word " * 30 + "[walk-away-c26] [joint-report-c66]")
    assert "claims of one side only" in str(result)
    assert states(result)[next(text for text in states(result) if "imagined" in text)] is None


def test_a_quotation_is_found_in_every_dress():
    assert quotations("“a b” and \"c d\" and 'e'") == ["a b", "c d"]
    assert quotations("> a\n> b [joint-report-c09].\n\ntext") == ["a b"]
    assert quotations("“a\nb” and “a b”") == ["a b"]
    assert quotations('a mark " that is never closed\n\n"a" next') == ["a"]
    assert quotations("“…”") == []
    for words in (
        "“We are more than ready for the job,”",
        "“which demands a radical change in how health care is designed and delivered. GPs leading the way”",
        "“Understanding that will be done by really good consortia”",
    ):
        shown = str(say(f"{words} [joint-report-c66] [joint-report-c42] [pct-managers-c21]"))
        assert "1 of 1 quotations are verbatim" in shown


def test_the_words_of_the_two_cases_may_be_quoted_too():
    words = next(words for words in table("cases").quotation if words)
    assert "not" not in str(say(f"“{words}” " + "word " * 30)).split("quotations")[0].splitlines()[-1]


def test_ids_are_found_wherever_they_stand():
    assert cited("[joint-report-c09; walk-away-c26] mps-inquiry-c04, xjoint-report-c10 joint-report-f03") == [
        "joint-report-c09",
        "walk-away-c26",
        "mps-inquiry-c04",
    ]


def test_what_a_learner_types_is_escaped():
    shown = say(GOOD + "“<script>alert(1)</script>”")._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["“", "”", '"', "> ", "\n", "[joint-report-c09]", "[", "]", "word ", "x" * 9]), max_size=30
    )
)
def test_any_text_gets_findings_and_no_crash(pieces):
    result = check_brief("".join(pieces))
    assert isinstance(str(result), str) and isinstance(result._repr_html_(), str)
