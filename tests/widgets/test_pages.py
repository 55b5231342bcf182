"""The pure models: a text cut into runs, a claim in words, and what is kept back."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from nhsreform.data.sources import source
from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.debate.card import KEPT_BACK, OPEN_COLUMNS, card, stance_of, words
from nhsreform.widgets.reader import model as pages

SOURCES = ["joint-report", "pct-managers", "mps-inquiry", "nuffield-polls", "walk-away"]


def cut(text, passages, claims=(), title=""):
    """Cut a text; passages are (end, kind), claims are (claimed words, id)."""
    starts = [0, *(end for end, _ in passages)]
    stretches = pd.DataFrame(
        [(start, end, kind) for start, (end, kind) in zip(starts, passages, strict=False)],
        columns=["start", "end", "kind"],
    )
    spans = [(text.index(said), text.index(said) + len(said), name) for said, name in claims]
    marked = pd.DataFrame(spans, columns=["start", "end", "claim_id"])
    return pages.page_sections(text, stretches, marked, title)


def shape(sections):
    return [
        (section["folded"], block["kind"], block["marker"], [(run["claim"], run["text"]) for run in block["runs"]])
        for section in sections
        for block in section["blocks"]
    ]


def test_blocks_and_runs():
    text = "The title\n\nBefore. One claim. After.\n\n  \u2022 A point\n  1. A number\n\nNotes to editors\n\nEnd."
    assert shape(cut(text, [(len(text), "context")], [("One claim.", "c1"), ("A point", "c2")], "The title")) == [
        (False, "title", "", [(None, "The title")]),
        (False, "paragraph", "", [(None, "Before. "), ("c1", "One claim."), (None, " After.")]),
        (False, "item", "\u2022", [("c2", "A point")]),
        (False, "item", "1.", [(None, "A number")]),
        (False, "heading", "", [(None, "Notes to editors")]),
        (False, "paragraph", "", [(None, "End.")]),
    ]


def test_a_claim_over_a_line_break_and_an_emoji():
    text = "\U0001f609 He said: one,\ntwo\U0001f609. Rest."
    assert shape(cut(text, [(len(text), "claim")], [("one,\ntwo\U0001f609.", "c1")])) == [
        (False, "paragraph", "", [(None, "\U0001f609 He said: "), ("c1", "one,")]),
        (False, "paragraph", "", [("c1", "two\U0001f609."), (None, " Rest.")]),
    ]


def test_boilerplate_is_folded_and_contacts_are_left_out():
    text = "Menu\nSay this. Call 020 7946 0000 now.\nCall 020 7946 0001.\nLog in"
    found = cut(text, [(5, "boilerplate"), (15, "claim"), (34 + 20, "contact"), (len(text), "boilerplate")])
    assert [section["folded"] for section in found] == [True, False, True]
    assert "7946" not in json.dumps(found)
    assert shape(found)[1][3] == [(None, "Say this. "), (None, f" {pages.LEFT_OUT}")]


@pytest.mark.parametrize("source_id", SOURCES)
def test_nothing_lost_nothing_added(source_id):
    """The runs hold the text in order: all of it but contact details, list markers and line ends."""
    text, passages = source(source_id).text, table("passages")
    contacts = passages[(passages.source_id == source_id) & (passages.kind == "contact")]
    for start, end in sorted(zip(contacts.start, contacts.end, strict=True), reverse=True):
        text = text[:start] + text[end:]
    blocks = [block for section in pages.reader_model(source_id)["sections"] for block in section["blocks"]]
    said = " ".join(
        block["marker"] + " " + "".join(run["text"] for run in block["runs"])
        for block in blocks
        if block["kind"] != "left-out"
    )
    assert "".join(said.split()) == "".join(text.split())


@pytest.mark.parametrize("source_id", SOURCES)
def test_each_claim_is_its_exact_words(source_id):
    model = pages.reader_model(source_id)
    runs = [run for section in model["sections"] for block in section["blocks"] for run in block["runs"]]
    claims = table("claims")
    claims = claims[claims.source_id == source_id].sort_values("start")
    assert [claim["id"] for claim in model["claims"]] == claims.claim_id.tolist()
    for claim_id, exact in zip(claims.claim_id, claims.exact, strict=True):
        said = "".join(run["text"] for run in runs if run["claim"] == claim_id)
        assert "".join(said.split()) == "".join(exact.split()), claim_id


def test_no_contact_detail_reaches_the_reader():
    passages = table("passages")
    assert (passages.kind == "contact").any()
    for row in passages[passages.kind == "contact"].itertuples():
        said = json.dumps(pages.reader_model(row.source_id), ensure_ascii=False)
        details = [word for word in source(row.source_id).text[row.start : row.end].split() if "@" in word]
        assert not [word for word in details if word in said]


@pytest.mark.parametrize("source_id", SOURCES)
def test_kept_back_claims_show_no_code(source_id):
    """Before notebook 06 nobody sees these codes: only who speaks and how the words reach you."""
    claims = table("claims")
    kept = claims[(claims.source_id == source_id) & claims.coder_set]
    assert not kept.empty
    shown = {claim["id"]: claim for claim in pages.reader_model(source_id)["claims"]}
    for row in kept.itertuples():
        claim = shown[row.claim_id]
        assert set(claim) == {
            "id", "kept_back", "stance", "token", "stance_label", "speaker", "role", "voice", "chain",
            "position", "kind", "themes", "answers", "counted",
        }  # fmt: skip
        assert (claim["stance"], claim["token"], claim["stance_label"]) == KEPT_BACK
        assert (claim["position"], claim["kind"], claim["themes"], claim["counted"]) == ("kept-back", None, [], True)
        assert claim["answers"] == []
    # Two claims that differ in their codes alone look the same.
    one = kept.iloc[0].copy()
    other = one.copy()
    for column in set(claims.columns) - set(OPEN_COLUMNS):
        other[column] = "changed"
    assert card(one, words()) == card(other, words())


def test_a_card_in_words():
    names, answers = words(), codings()
    for _, row in table("claims").iterrows():
        claim = card(row, names)
        json.dumps(claim)
        if row.coder_set:
            continue
        assert claim["token"] and claim["stance_label"] and claim["kind"]["label"]
        assert claim["chain"][-1] == claim["speaker"]["label"]
        assert bool(claim["condition_label"]) == bool(claim["condition"])
        mine = answers[answers.claim_id == row.claim_id]
        assert [each["theme"] for each in claim["answers"]] == mine.theme.tolist()
        for each, answer in zip(claim["answers"], mine.itertuples(), strict=True):
            assert each["stance"] == stance_of(answer.position, answer.strength)[0]
            assert each["question"] and each["label"]
            assert len(each["readings"]) == len(list(filter(None, answer.alternative_reading.split(" | "))))
        assert claim["stance"] == claim["answers"][0]["stance"]


@pytest.mark.parametrize(
    ("position", "strength", "shown"),
    [
        ("sceptic", 2, ("sceptic-2", "\u2212\u2212", "strongly sceptic")),
        ("sceptic", 1, ("sceptic-1", "\u2212", "sceptic")),
        ("mixed", 0, ("mixed", "\u00b1", "mixed")),
        ("enthusiast", 1, ("enthusiast-1", "+", "enthusiast")),
        ("enthusiast", 2, ("enthusiast-2", "++", "strongly enthusiast")),
        ("none", 0, ("none", "\u25cb", "takes no side")),
    ],
)
def test_stances(position, strength, shown):
    assert stance_of(position, strength) == shown


def test_dates_in_words():
    assert pages.reader_model("mps-inquiry")["byline"].endswith("4 November 2010")
    assert "between" in pages.reader_model("pct-managers")["byline"]
