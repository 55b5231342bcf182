"""Claims chosen, set side by side in a fair order, and cited."""

import re

import pandas as pd
import pytest

import nhsreform as nr
from nhsreform.checkout import forget
from nhsreform.data.stances import POSITIONS, codings, stance
from nhsreform.errors import PackError


def test_claims_without_a_filter_are_all_that_somebody_put_forward():
    everything = nr.table("claims")
    assert len(nr.claims()) == everything.asserted.sum()
    assert len(nr.claims(asserted=None)) == len(everything)
    assert set(nr.claims(asserted=False).voice) == {"hypothetical"}


def test_filters_narrow_and_combine():
    chosen = nr.claims(theme="engagement", position=["sceptic", "enthusiast"], source_id="joint-report")
    assert set(chosen.position) == {"sceptic", "enthusiast"}
    assert (chosen.theme == "engagement").all()
    assert nr.claims(speaker="field").speaker.unique().tolist() == ["field"]


def test_a_claim_that_answers_two_questions_is_found_under_both_with_its_answer_to_each():
    coded = codings()
    assert coded.main.sum() == coded.claim_id.nunique() == len(nr.table("claims"))
    for second in coded[~coded.main].itertuples():
        main = coded[coded.main & (coded.claim_id == second.claim_id)].iloc[0]
        for answer in (main, second):
            found = nr.claims(theme=answer.theme, asserted=None).set_index("claim_id").loc[second.claim_id]
            assert (found.position, found.strength, found.theme) == (answer.position, answer.strength, answer.theme)
        assert nr.claims(asserted=None).set_index("claim_id").theme[second.claim_id] == main.theme


@pytest.mark.parametrize("read", [codings, nr.claims, lambda: nr.claims(asserted=None, theme="engagement")])
def test_what_you_do_to_claims_and_codings_changes_nothing_for_the_next_reader(read):
    before = read()
    mine = read()
    mine.loc[0, "position"] = "changed"
    mine["more"] = 1
    pd.testing.assert_frame_equal(read(), before)


def test_an_unknown_coder_lists_the_nearest():
    with pytest.raises(PackError, match="no coder called 'referense'. Did you mean reference"):
        codings("referense")


def test_the_coder_set_can_be_left_out_or_asked_for():
    kept, others = nr.claims(coder_set=True), nr.claims(coder_set=False)
    assert len(kept) + len(others) == len(nr.claims())
    assert not set(kept.claim_id) & set(others.claim_id)


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda: nr.claims(theme="engagment"), "Did you mean engagement"),
        (lambda: nr.claims(speaker="Field"), "Did you mean field"),
        (lambda: nr.claims(position="enthusiastic"), "Did you mean enthusiast"),
        (lambda: nr.claims(source_id="walkaway"), "Did you mean walk-away"),
        (lambda: nr.positions("engagment"), "Did you mean engagement"),
        (lambda: nr.cite("joint-report-c999"), "There is no claim called"),
    ],
)
def test_unknown_names_list_the_nearest(call, told):
    with pytest.raises(PackError, match=told):
        call()


def test_taking_no_side_is_never_a_number():
    claims = nr.claims()
    numbers = stance(claims)
    assert numbers[claims.position == "none"].isna().all()
    assert (numbers[claims.position == "mixed"] == 0).all()
    assert (numbers[claims.position == "sceptic"] < 0).all() and (numbers[claims.position == "enthusiast"] > 0).all()
    assert numbers.dropna().between(-2, 2).all()


@pytest.mark.parametrize("theme", [None, *nr.table("themes").theme])
def test_positions_shows_all_four_even_when_empty_and_orders_each_by_one_rule(theme):
    shown = nr.positions(theme)
    assert shown.position.tolist() == list(POSITIONS)
    assert shown.claims.sum() == len(nr.claims(theme=theme))
    strengths = nr.claims(theme=theme).set_index("claim_id").strength
    for row in shown.itertuples():
        ids = row.said.split()
        assert len(ids) == row.claims
        given = [strengths[claim_id] for claim_id in ids]
        assert given == sorted(given, reverse=True)


def test_flipping_a_claim_moves_it_to_the_other_side(copy_of_data):
    before = nr.positions()
    file = copy_of_data / "data" / "codings.csv"
    ours = re.compile(r"^(reference,joint-report-c36,.*?,)enthusiast,", re.MULTILINE)
    flipped, times = ours.subn(r"\1sceptic,", file.read_text(encoding="utf-8"))
    assert times == 1
    file.write_text(flipped, encoding="utf-8", newline="\n")
    forget()
    after = nr.positions()
    assert after.claims[0] == before.claims[0] + 1 and after.claims[2] == before.claims[2] - 1


def test_a_citation_names_words_speaker_voice_and_source():
    cited = nr.cite("joint-report-c52")
    for part in (
        "It is the right policy direction",
        "Anna Dixon",
        "direct quotation",
        "[joint-report-c52]",
        "King’s Fund",
    ):
        assert part in cited


@pytest.mark.parametrize("claim_id", nr.table("claims").claim_id)
def test_every_claim_can_be_cited_in_text_and_bibtex(claim_id):
    cited = nr.cite(claim_id)
    assert claim_id in cited and "\n" not in cited
    entry = cited.bibtex
    assert re.match(r"@misc\{[a-z-]+,\n", entry) and entry.endswith("}")
    assert entry.count("{") == entry.count("}")
    assert not re.search(r"(?<!\\)[%&]", entry)
    claim = nr.table("claims").set_index("claim_id").loc[claim_id]
    actor = nr.table("actors").set_index("actor_id").name[claim.speaker]
    assert f"({actor}, {claim.voice})" in entry, "the author of the page would pass for the speaker"


def test_words_that_nobody_said_are_cited_as_imagined():
    assert "hypothetical" in nr.cite("walk-away-c26")


def test_dates_and_numbers_are_typed():
    assert isinstance(nr.claims().start.iloc[0].item(), int)
    assert pd.api.types.is_bool_dtype(nr.claims().asserted)


def test_claims_are_chosen_by_what_their_words_hold():
    assert nr.claims(source_id="walk-away", containing=["8 hours", "EIGHT hours"]).claim_id.tolist() == [
        "walk-away-c15",
        "walk-away-c53",
    ]
    assert nr.claims(containing="no such words").empty


def test_words_of_a_text_are_counted():
    counted = nr.source("joint-report").count("GP", "nurse")
    assert counted.times.tolist() == [nr.source("joint-report").text.lower().count(word) for word in ("gp", "nurse")]
