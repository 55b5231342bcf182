"""The timeline without a browser: dates as honestly as they are known, and nothing after its end."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd

import nhsreform as nr
from nhsreform.data.tables import table
from nhsreform.widgets.timeline.timeline import EVERY_YEAR, KINDS, MARKS, timeline_model
from tests.widgets import html_said

LAST_TEXT = "2011-11-30"


def made_up(*dates, **changes):
    """A table of events; each date is a day, or a bracket of two days."""
    plain = table("events").iloc[0].to_dict() | {"source_id": "", "kind": "government"} | changes
    rows = []
    for number, when in enumerate(dates, 1):
        first, last = when if isinstance(when, tuple) else (when, when)
        rows.append(
            plain | {"event_id": f"e{number}", "date_earliest": pd.Timestamp(first), "date_latest": pd.Timestamp(last)}
        )
    return pd.DataFrame(rows, columns=table("events").columns)


def ids(model):
    return [event["id"] for event in model["events"]]


def test_every_event_is_there_oldest_first():
    model = timeline_model(table("events"))
    assert sorted(ids(model)) == sorted(table("events").event_id)
    starts = [event["start"] for event in model["events"]]
    assert starts == sorted(starts)
    assert {event["source"] for event in model["events"]} - {""} == set(table("sources").source_id)
    assert model["left_out"] == ""
    json.dumps(model)


def test_each_event_is_told_whole():
    model = timeline_model(table("events"))
    rows = table("events").set_index("event_id")
    for event in model["events"]:
        row = rows.loc[event["id"]]
        assert (event["said"], event["event"], event["turning"]) == (row.date_as_said, row.event, row.turning_point)
        assert (event["citation"], event["url"], event["note"]) == (row.citation, row.url, row.note)
        assert date.fromordinal(event["start"]) == row.date_earliest.date()
        assert date.fromordinal(event["end"]) == row.date_latest.date()
        assert bool(event["between"]) == (row.date_earliest != row.date_latest)
        assert event["mark"].startswith(f"{row.mark}: ")
    assert set(table("events").mark) <= set(MARKS)
    assert set(table("events").kind) <= set(KINDS)


def test_a_bracket_is_said_and_a_day_is_not_made_one():
    day, bracket = timeline_model(made_up("2010-11-04", ("2010-07-26", "2010-08-15")))["events"][::-1]
    assert day["between"] == ""
    assert bracket["between"] == "between 26 July 2010 and 15 August 2010"
    assert bracket["end"] - bracket["start"] == 20


def test_it_ends_where_it_is_told_to():
    events = made_up("2011-11-30", ("2011-11-29", "2011-12-05"), "2011-12-01", "2012-03-27")
    model = timeline_model(events, date(2011, 11, 30))
    assert ids(model) == ["e2", "e1"]
    assert model["left_out"] == "2 later events are left out: this line ends on 30 November 2011."
    assert timeline_model(events[:3], date(2011, 11, 30))["left_out"].startswith("1 later event is")
    assert timeline_model(events, date(2012, 3, 27))["left_out"] == ""


def test_nothing_after_its_end_reaches_the_page_or_the_fallback():
    """Before notebook 07 nobody is told what happened next."""
    later = table("events")
    later = later[later.date_earliest > LAST_TEXT]
    assert len(later) > 10
    timeline = nr.timeline(LAST_TEXT)
    for period in timeline.line["periods"]:
        timeline.period = period["id"]
        said = json.dumps([timeline.line, timeline.fallback()])
        for row in later.itertuples():
            assert f'"{row.event_id}"' not in said
            assert json.dumps(row.event)[1:-1] not in said
    assert (timeline.events.date_earliest <= LAST_TEXT).all()


def test_periods():
    dates = [f"{year}-0{month}-01" for year in (2010, 2011) for month in (1, 2, 3)]
    model = timeline_model(made_up("2006-10-01", *dates, "2022-07-01"))
    assert [(each["id"], each["label"]) for each in model["periods"]] == [
        ("2010-2011", "2010 to 2011"), (EVERY_YEAR, "All years, 2006 to 2022"), ("2010", "2010"), ("2011", "2011"),
    ]  # fmt: skip
    close, every, year, _ = model["periods"]
    assert (date.fromordinal(close["start"]), date.fromordinal(close["end"])) == (date(2010, 1, 1), date(2011, 12, 31))
    assert [tick["label"] for tick in close["ticks"]] == ["2010", "Apr", "Jul", "Oct", "2011", "Apr", "Jul", "Oct"]
    assert [tick["label"] for tick in every["ticks"]] == [str(each) for each in range(2006, 2023)]
    assert [tick["label"] for tick in year["ticks"]][:3] == ["2010", "Feb", "Mar"]


def test_few_events_or_none():
    assert [each["id"] for each in timeline_model(made_up("2010-11-04"))["periods"]] == [EVERY_YEAR]
    empty = timeline_model(made_up("2010-11-04"), date(2000, 1, 1))
    assert (empty["events"], empty["kinds"]) == ([], [])
    assert empty["left_out"].startswith("1 later event is left out")
    timeline = nr.timeline("2000-01-01")
    assert repr(timeline).startswith("Timeline, all years: 0 of 0 events.")
    assert timeline.events.empty


# --- the widget ---------------------------------------------------------------------------------------


def test_it_opens_on_the_crowded_years_with_all_five_texts():
    timeline = nr.timeline()
    assert timeline.period == timeline.line["periods"][0]["id"] != EVERY_YEAR
    assert set(timeline.events.source_id) - {""} == set(table("sources").source_id)
    assert timeline.events.date_earliest.is_monotonic_increasing


def test_says_its_content():
    timeline = nr.timeline()
    for period in [each["id"] for each in timeline.line["periods"]]:
        timeline.period = period
        said = html_said(timeline)
        assert f": {len(timeline.events)} of {len(table('events'))} events." in repr(timeline)
        assert said.count("<li") == len(timeline.events)
        assert all(mark in said for mark in MARKS.values())


def test_the_turning_points_are_named():
    assert [event["turning"] for event in timeline_model(table("events"))["events"] if event["turning"]] == [
        "White Paper", "Bill", "Pause", "Royal Assent", "First day",
    ]  # fmt: skip
    assert nr.timeline().fallback().count("<strong>Pause.</strong>") == 1


def test_kinds_and_periods_choose():
    timeline = nr.timeline()
    timeline.period = EVERY_YEAR
    for kind in KINDS:
        timeline.kind = kind
        assert set(timeline.events.kind) == {kind}
        assert f"{KINDS[kind].lower()} only" in repr(timeline)
    timeline.kind = ""
    timeline.period = "2011"
    years = timeline.events
    assert ((years.date_latest >= "2011-01-01") & (years.date_earliest <= "2011-12-31")).all()


def test_the_open_event():
    timeline = nr.timeline()
    assert timeline.event is None
    timeline.selected = "white-paper"
    assert timeline.event.date_as_said == "12 July 2010"
    timeline.period = "2010"
    assert timeline.selected == "white-paper"
    timeline.kind = "research"
    assert (timeline.selected, timeline.event) == (None, None)


def test_its_end_can_be_moved():
    timeline = nr.timeline()
    timeline.selected = "ccgs-take-over"
    timeline.until = LAST_TEXT
    assert timeline.event is None
    assert timeline.period in [period["id"] for period in timeline.line["periods"]]
    assert "this line ends on 30 November 2011" in repr(timeline)
    timeline.until = ""
    assert len(timeline.line["events"]) == len(table("events"))


def test_a_kind_that_ends_before_the_line_does_is_let_go():
    timeline = nr.timeline()
    kinds = {kind["id"] for kind in timeline.line["kinds"]}
    timeline.until = "2010-07-01"
    (gone, *_) = kinds - {kind["id"] for kind in timeline.line["kinds"]}
    timeline.until = ""
    timeline.kind = gone
    timeline.until = "2010-07-01"
    assert timeline.kind == ""
    assert len(timeline.events)
