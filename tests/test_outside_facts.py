"""The numbers from outside the five texts: each that can be worked out again is, and each says what kind of source it has."""

import json
import re

import pandas as pd
import pytest

from nhsreform.data.tables import table
from nhsreform.data.validate.small_tables import CITING
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def facts():
    return table("facts").set_index("fact_id")


@pytest.fixture(scope="module")
def percent():
    return table("polls").set_index("poll_id").percent


def test_those_who_came_back(facts):
    low = facts.low
    assert 100 * low["rehired-people"] / low["redundancies"] == low["rehired-by-2012"] == 22
    assert low["rehired-people"] * low["redundancy-mean"] / 1e6 == pytest.approx(low["rehired-cost"], abs=0.5)
    returned, of = (
        int(number.replace(",", "")) for number in re.findall(r"\d+,\d{3}", facts.fact["rehired-of-19000"])[:2]
    )
    assert (returned, of) == (low["rehired-of-19000"], 19_126)
    assert round(100 * returned / of) == 17
    assert low["redundancies"] * low["redundancy-mean"] / 1e6 == pytest.approx(low["redundancy-total"], rel=0.01)


def test_real_terms_by_the_money_that_is_counted(facts):
    low, high = facts.low, facts.high
    inflation, lodged = low["deflator-nuffield"], 2.0
    assert low["pct-growth-cash"] - low["pct-growth-real"] == pytest.approx(low["deflator-department"])
    recurrent, total = ([rows[f"pct-growth{kind}-range"] for rows in (low, high)] for kind in ("", "-total"))
    assert [round(each - lodged - inflation, 1) for each in recurrent] == [-2.5, -0.3], "as nuffield-polls prints them"
    assert [round(each - lodged - inflation, 1) for each in total] == [
        rows["pct-real-range-total"] for rows in (low, high)
    ]
    assert low["pct-growth-total"] - low["deflator-department"] == pytest.approx(low["pct-growth-total-real"])
    assert low["pct-real-range-total"] < 0 < high["pct-real-range-total"], "the third choice turns a sign"


def test_the_audits_of_the_groups(facts):
    assert round(100 * facts.low["ccg-overspent-2018"] / 207) == 36
    cut = 1 - facts.low["ccg-running-costs-total"] / facts.high["ccg-running-costs-total"]
    assert round(100 * cut) == 10
    assert round(1300 / facts.low["ccgs-authorised-number"]) == 6
    assert [facts.low[f"ccg-overspent-{year}"] for year in (2016, 2017, 2018)] == [56, 57, 75]


def test_what_the_others_said(percent):
    assert percent["kings-fund-2010-not-improve"] == 25 + 15
    assert 100 - percent["kings-fund-2010-improve"] - percent["kings-fund-2010-not-improve"] == 37
    assert round(32.1 + 28.9, 1) == percent["rcgp-2011-against"] and round(20.2 + 3.8, 1) == percent["rcgp-2011-for"]
    assert percent["rcgp-2011-outcomes-no"] + percent["rcgp-2011-outcomes-yes"] + 27 == 100
    assert percent["rcgp-july-2011-against"] == 30 + 20 and percent["rcgp-july-2011-for"] == 25 + 4


def test_a_page_is_of_one_kind_wherever_it_is_cited():
    rows = pd.concat([table(name)[["url", "source_kind"]] for name in (*CITING, "structure")])
    kinds = rows[rows.url != ""].groupby("url").source_kind.unique()
    assert kinds[kinds.map(len) > 1].to_dict() == {}


def test_a_term_of_the_debate_that_no_text_uses_says_where_it_was_seen():
    """What is in none of the texts, and is no plain English word, comes from a page outside."""
    rows = table("glossary").set_index("term")
    plain = {"Deflator", "Notional budget", "Pingback", "Risk pool"}
    for term, row in rows[rows.in_texts == ""].iterrows():
        assert bool(row.fact_id) == (term not in plain), term
    assert {"Payment by results", "World class commissioning", "Any willing provider", "Any qualified provider"} <= set(
        rows.index
    )


def test_the_scores_of_the_trusts_that_exercise_02_gives(facts):
    question = next(
        cell["source"]
        for cell in json.loads((ROOT / "exercises" / "02-pct-managers.ipynb").read_text(encoding="utf-8"))["cells"]
        if "".join(cell["source"]).startswith("## 2.7")
    )
    row = facts.loc["wcc-all-green"]
    text = "".join(question)
    assert f"just under {row.high:g}% of trusts are green in all three categories, up from {row.low:g}%" in text
    assert "146 of 152 trusts" in text and "146 of the 152" in row.base and row.url in text
    assert 100 - row.high > 75, "more than three in four were not green throughout"
