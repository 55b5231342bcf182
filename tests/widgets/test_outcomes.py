"""Predictions, scored, without a browser: each scored claim once, on its side, under its verdict."""

from __future__ import annotations

import pytest

import nhsreform as nr
from nhsreform.data.tables import table
from nhsreform.errors import PackError
from nhsreform.widgets.outcomes.outcomes import SIDES, VERDICTS, outcomes_model
from tests.widgets import html_said


def test_every_scored_claim_is_there_with_what_the_tables_say():
    scored, rows = outcomes_model(), table("outcomes").set_index("claim_id")
    assert sorted(claim["id"] for claim in scored) == sorted(rows.index)
    positions = table("claims").merge(nr.claims(asserted=None)[["claim_id", "position"]]).set_index("claim_id")
    for claim in scored:
        row = rows.loc[claim["id"]]
        for name in ("verdict", "evidence", "limits", "citation", "url", "source_kind"):
            assert claim[name] == row[name]
        assert claim["mark"].startswith(f"{row.mark}:")
        assert claim["words"] == positions.exact[claim["id"]]
        assert claim["side"] == positions.position[claim["id"]]
    assert set(rows.verdict) <= set(VERDICTS) and {claim["side"] for claim in scored} <= set(SIDES)


def test_the_counts_add_up():
    picture = nr.outcomes()
    assert sum(sum(each.values()) for each in picture.counts().values()) == len(table("outcomes"))
    table_of = nr.claims(asserted=None).merge(table("outcomes"), on="claim_id")
    for (side, verdict), rows in table_of.groupby(["position", "verdict"]):
        assert picture.counts()[side][verdict] == len(rows)


def test_the_open_claim():
    picture = nr.outcomes()
    assert picture.row is None
    picture.selected = "walk-away-c39"
    assert picture.row.verdict == "borne out"
    with pytest.raises(PackError, match="No claim called 'walk-away-c93' is scored. Did you mean walk-away-c39"):
        picture.selected = "walk-away-c93"


def test_says_its_content():
    said = html_said(nr.outcomes())
    for claim_id in table("outcomes").claim_id:
        assert f"[{claim_id}]" in said
    assert said.count("<i>Limits:</i>") == len(table("outcomes"))
