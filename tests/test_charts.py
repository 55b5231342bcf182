"""Charts draw offline, are the same on every run, and say their content as text."""

import json
import subprocess
import sys

import pytest

import nhsreform as nr
from nhsreform.data.stances import STANCES, stance
from nhsreform.debate import charts
from tests.conftest import contrast


def bundle(chart):
    return chart._repr_mimebundle_()


@pytest.fixture
def chart():
    return charts.stance_chart(nr.claims(source_id="joint-report", coder_set=False))


def test_the_chart_is_what_jupyterlab_draws_without_a_network(chart):
    data, metadata = bundle(chart)
    spec = data["application/vnd.vegalite.v5+json"]
    assert spec["$schema"].endswith("/vega-lite/v5.json")
    assert metadata["application/vnd.vegalite.v5+json"]["embed_options"] == {"actions": False, "renderer": "svg"}
    assert set(data) == {"application/vnd.vegalite.v5+json", "text/markdown", "text/plain"}


def test_the_chart_says_its_numbers_as_text(chart):
    data, _ = bundle(chart)
    claims = nr.claims(source_id="joint-report", coder_set=False)
    sceptic = (claims.position == "sceptic").sum()
    for kind in ("text/markdown", "text/plain"):
        assert f"{sceptic} sceptic" in data[kind]
        assert "Steve Field" in data[kind]
    assert "| speaker | stance | claims | meaning |\n| --- |" in data["text/markdown"]


@pytest.mark.slow
def test_two_runs_give_the_same_bytes():
    code = "import json, nhsreform as nr; print(json.dumps(nr.charts.stance_chart(nr.claims())._repr_mimebundle_()))"
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1


def test_a_chart_stays_small(chart):
    assert len(json.dumps(bundle(chart))) < 14_000


def test_no_address_but_the_schema_s_is_in_a_chart(chart):
    text = json.dumps(bundle(chart)).replace(charts.LAB_SCHEMA, "")
    assert "http" not in text


def test_claims_that_take_no_side_stand_apart_and_are_counted():
    claims = nr.claims()
    counted = charts.stance_counts(claims)
    assert counted.claims.sum() == len(claims)
    assert counted[counted.stance == "no side"].claims.sum() == (claims.position == "none").sum()
    assert stance(claims).isna().sum() == (claims.position == "none").sum()
    assert charts._COLUMNS[-1] == "no side"


def test_titles_are_escaped():
    shown, _ = bundle(
        nr.alt.Chart(nr.table("segments")[["label", "share"]])
        .mark_bar()
        .encode(x="share", y="label")
        .properties(title="<b>x")
    )
    assert "<b>x" not in shown["text/markdown"] and "\\<b\\>x" in shown["text/markdown"]


def test_a_long_data_set_says_what_is_left_out():
    import pandas as pd

    spec = nr.alt.Chart(pd.DataFrame({"x": range(100)})).mark_point().encode(x="x").to_dict()
    assert "40 more rows." in charts.fallback(spec)["text/plain"]


@pytest.mark.parametrize("number", STANCES)
@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_the_palette_keeps_three_to_one_on_both_grounds(number, ground):
    assert contrast(STANCES[number][2], ground) >= 3


@pytest.mark.slow
def test_the_slow_grammar_module_is_blocked_before_altair_is_imported():
    code = "import sys, nhsreform as nr; nr.alt; print(sys.modules.get('rfc3987_syntax', 'absent'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"


def test_a_poll_is_joined_only_to_one_with_the_same_question_base_and_pollster():
    followed, polls = charts.poll_series(), nr.table("polls")
    assert len(followed) == (polls.series != "").sum() > 20
    for _, rows in followed.groupby(["commissioned_by", "series"]):
        assert rows.started.is_monotonic_increasing and rows.item.nunique() == 1
        assert polls[polls.series == rows.series.iloc[0]].population.nunique() == 1
    alone = set(followed[followed.place.isin(["above", "below"])].series)
    assert alone == {"against the direction", "for the direction", "against it, as changed", "for it, as changed"}


def test_the_chart_of_polls_says_its_numbers_and_draws_each_once():
    chart = charts.poll_chart()
    data, _ = bundle(chart)
    for said in ("care noticeably better: 23% (2010), then 12% (2012)", "care is better: 13% (2014), then 18% (2015)"):
        assert said in data["text/plain"]
    assert len(chart.vconcat) == charts.poll_series().commissioned_by.nunique() == 5
    places = [place for place, *_ in charts.POLL_WORDS]
    assert sorted(set(charts.poll_series().place)) == sorted(places)
    assert len(json.dumps(data)) < 45_000
