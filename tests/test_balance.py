"""The balance report: the numbers are those of the tables, and a theme that is one-sided says so."""

import csv
from functools import cache

import pandas as pd
import pytest

import nhsreform as nr
from nhsreform.checkout import forget
from nhsreform.data.stances import POSITIONS
from nhsreform.debate import balance as module
from nhsreform.debate.balance import balance, report
from nhsreform.errors import PackError
from tests.made_up_codings import coded_of

SHARES = ["sceptic_2", "sceptic_1", "mixed", "enthusiast_1", "enthusiast_2", "none"]
THEMES = nr.table("themes").theme.tolist()


@cache
def by_theme():
    return balance("theme")


def row(theme, claims=None, coded=None):
    counted = by_theme() if claims is None else balance("theme", claims, coded)
    return counted[counted.theme == theme].iloc[0]


def made(*said):
    """Return claims on one theme: (position, speaker, source_id) each, two words long."""
    columns = ["position", "speaker", "source_id"]
    frame = pd.DataFrame(said, columns=columns).assign(theme="engagement", exact="two words")
    frame["claim_id"] = [f"joint-report-c{number:02}" for number in range(1, len(frame) + 1)]
    return frame.assign(strength=frame.position.isin(["sceptic", "enthusiast"]).astype(int))


# --- the numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["theme", "source", "speaker"])
def test_the_distribution_is_whole(by):
    counted = balance(by)
    assert (counted[SHARES].sum(axis=1) == counted.claims).all()
    assert (counted[[f"{camp}_words" for camp in POSITIONS]].sum(axis=1) == counted.words).all()


@pytest.mark.parametrize("by", ["source", "speaker", "camp"])
def test_every_claim_is_in_one_row(by):
    claims = nr.claims()
    counted = balance(by)
    assert counted.claims.sum() == len(claims)
    assert counted.words.sum() == claims.exact.str.split().str.len().sum()


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_counts_as_positions_does(theme):
    found, expected = row(theme), nr.positions(theme).set_index("position")
    for camp in POSITIONS:
        assert found[f"{camp}_words"] == expected.words[camp]
        assert sum(found[share] for share in SHARES if share.startswith(camp)) == expected.claims[camp]
    assert (found.sceptic_2, found.enthusiast_2) == (expected.strong["sceptic"], expected.strong["enthusiast"])
    claims = nr.claims(theme=theme)
    assert (found.sources, found.speakers) == (claims.source_id.nunique(), claims.speaker.nunique())


def test_the_camps_count_as_positions_does():
    found, expected = balance("camp"), nr.positions()
    assert found.camp.tolist() == expected.position.tolist()
    for ours, theirs in [("claims", "claims"), ("words", "words"), ("strength_2", "strong"), ("speakers", "speakers")]:
        assert found[ours].tolist() == expected[theirs].tolist()
    sided = found.camp.isin(["sceptic", "enthusiast"])
    assert (found.strength_1 + found.strength_2 == found.claims.where(sided, 0)).all()


def test_every_theme_and_source_has_its_row_even_when_empty():
    nothing = nr.claims().head(0)
    assert balance("theme", nothing).theme.tolist() == THEMES
    assert balance("source", nothing).source.tolist() == nr.table("sources").source_id.tolist()
    assert set(balance("theme", nothing).one_sided) == {"no claim"}
    assert balance("speaker", nothing).empty


def test_words_nobody_put_forward_are_left_out_unless_given():
    assert balance("camp", nr.claims(asserted=None)).claims.sum() == len(nr.table("claims"))
    assert balance("camp").claims.sum() == nr.table("claims").asserted.sum()


def test_the_claims_given_stay_as_they_are():
    claims = nr.claims()
    before = claims.copy()
    balance("theme", claims)
    pd.testing.assert_frame_equal(claims, before)


# --- what is one-sided is told ----------------------------------------------------------------------------


def test_a_side_removed_from_the_file_is_told_in_the_report(copy_of_data):
    claims = nr.claims(theme="engagement")
    assert not claims[claims.position == "sceptic"].empty
    assert "no sceptic claim" not in row("engagement").one_sided
    file = copy_of_data / "data" / "codings.csv"
    with file.open(encoding="utf-8", newline="") as opened:
        head, *rows = csv.reader(opened)
    theme, position = map(head.index, ("theme", "position"))
    kept = [cells for cells in rows if cells[theme] != "engagement" or cells[position] != "sceptic"]
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows([head, *kept])
    forget()
    told = report().splitlines()
    place = next(number for number, line in enumerate(told) if line.startswith("engagement "))
    assert told[place + 1].startswith("    one-sided: no sceptic claim")


@pytest.mark.parametrize("theme", THEMES)
def test_the_words_say_what_the_numbers_say(theme):
    found = row(theme)
    sceptic, enthusiast = found.sceptic_1 + found.sceptic_2, found.enthusiast_1 + found.enthusiast_2
    assert ("no sceptic claim" in found.one_sided) == (sceptic == 0)
    assert ("no enthusiast claim" in found.one_sided) == (enthusiast == 0)
    fewer, more = sorted((sceptic, enthusiast))
    assert (f"{more} " in found.one_sided and f" to {fewer} " in found.one_sided) == (0 < 3 * fewer <= more)


S, E, M, N = (("sceptic", "a", "x"), ("enthusiast", "b", "y"), ("mixed", "c", "x"), ("none", "f", "y"))
OTHER_S, OTHER_E = ("sceptic", "d", "y"), ("enthusiast", "e", "x")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([], "no claim"),
        ([S, E], ""),
        ([S, OTHER_S, E, OTHER_E], ""),
        ([S, M, N], "no enthusiast claim"),
        ([E, M, N], "no sceptic claim"),
        ([M, N], "no sceptic claim; no enthusiast claim"),
        ([S, E, OTHER_E], ""),
        ([S, E, E, OTHER_E], "3 enthusiast claims to 1 sceptic"),
        ([S, S, OTHER_S, E], "3 sceptic claims to 1 enthusiast"),
        ([S, OTHER_S] + [E] * 4 + [OTHER_E], ""),
        ([S, OTHER_S] + [E] * 5 + [OTHER_E], "6 enthusiast claims to 2 sceptic"),
        ([S, S, E, OTHER_E], "all sceptic claims by one speaker"),
        ([S, S, E, E], "all sceptic claims by one speaker; all enthusiast claims by one speaker"),
        ([S, ("sceptic", "d", "x"), E, OTHER_E], "all sceptic claims from one source"),
        ([S, OTHER_E], "all from one source"),
        ([S, ("enthusiast", "a", "y")], "all by one speaker"),
        ([S, S], "no enthusiast claim; all by one speaker"),
        ([S], "no enthusiast claim"),
    ],
)
def test_a_made_theme_is_told_what_it_lacks(said, told):
    claims = made(*said)
    found = row("engagement", claims, coded_of(claims))
    assert found.one_sided == told
    assert found.claims == len(said) and found.words == 2 * len(said)


def test_a_source_is_not_told_that_it_is_one_source():
    counted = balance("source", made(S, ("sceptic", "d", "x"), OTHER_E).replace({"x": "mps-inquiry"}))
    found = counted.set_index("source").one_sided
    assert found["mps-inquiry"] == ""
    assert found["walk-away"] == "no claim"


def test_a_camp_is_told_its_one_origin_and_a_speaker_nothing():
    counted = balance("camp", made(S, S, E, OTHER_E, M, ("mixed", "d", "x"), N))
    assert counted.one_sided.tolist() == ["all by one speaker", "all from one source", "", ""]
    assert "one_sided" not in balance("speaker")


# --- the report -------------------------------------------------------------------------------------------


def test_the_report_shows_every_row_with_its_numbers():
    lines = report().splitlines()
    for by in module.BY:
        for cells in balance(by).drop(columns="one_sided", errors="ignore").values.tolist():
            assert [str(cell) for cell in cells] in [line.split() for line in lines]


def test_the_report_can_be_read():
    told = report()
    # Nothing that a plain Windows console could not print.
    assert told.isascii()
    lines = told.splitlines()
    assert max(map(len, lines)) <= 130 and all(line == line.rstrip() for line in lines)
    for note in balance("theme").one_sided:
        assert not note or f"    one-sided: {note}" in lines
    assert told == report()


def test_an_unknown_row_lists_the_nearest():
    with pytest.raises(PackError, match=r"Did you mean theme\? Known: theme, group, source, speaker, camp"):
        balance("themes")
